"""Invented names of municipalities, wijken and buurten, in every form that real ones have.

A form is written with ``{a}``, ``{b}`` and ``{c}`` for invented words. The forms were taken from
the names on the maps of CBS; the words were not, except for those that stand everywhere (Centrum,
Noord, Buitengebied).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

_FIRST = (
    "Anker", "Appel", "Bakkers", "Bloesem", "Boei", "Dassen", "Dauw", "Distel", "Eekhoorn",
    "Egel", "Esdoorn", "Hagel", "Hazel", "Hommel", "IJs", "Kaap", "Kersen", "Kikker", "Klaver",
    "Klokken", "Kriek", "Kuipers", "Leeuwerik", "Lepelaar", "Libel", "Linnen", "Maan", "Mast",
    "Merel", "Mist", "Mosterd", "Mussen", "Noten", "Otter", "Papaver", "Peren", "Regen",
    "Reünie", "Roer", "Schelpen", "Smids", "Sneeuw", "Snoek", "Specht", "Sterren", "Súder",
    "Touw", "Tweeë", "Varen", "Vlas", "Vlinder", "Vossen", "Wevers", "Wolken",
    "Zeelt", "Zeil", "Zwaluw",
)  # fmt: skip
_TOWN = ("ambt", "drecht", "gouw", "heem", "kerke", "loo", "monde", "muiden", "stede", "werd",
         "wolde", "zijl")  # fmt: skip
_PLACE = ("akker", "brink", "dreef", "gaarde", "griend", "hof", "kade", "kamp", "kolk", "kreek",
          "laar", "meent", "rade", "singel", "tuin", "veld", "wal", "weide", "zoom")  # fmt: skip

MUNICIPALITY_FORMS = (
    "{a} (o)", "'s-{a}", "{a}, Wold en Zijl", "{a}-{b}", "{a} (Z.)", "{a} aan den {b}",
    "'t {a}", "De {a}", "{a} en {b}", "Sint {a}", "{a} a/d {b}", "{a} op den Hoge {b}",
)  # fmt: skip
TWIN = "{a} (W.)"
"""A second municipality of the same name as the one in the other province."""
WIJK_FORMS = (
    "{a}-{b}", "'t {a}", "'s-{a}", "{a}/{b}", "{a} / {b}", "{a}/ {b}/ {c}", "{a} & {b}", "{a} e.o.",
    "St. {a}/{b}", "St.-{a}parochie", "{a} (kern)", "{a} (buitengebied)", "{a} (o)",
    "{a} Centrum (D,F,H)", "{a} (woonkern-Zuid en Buitengebied)", "{a}, {b} en {c}",
    "Verspreide huizen {a}", "Verspr.h. oosten en zuiden {a}.", "Ind.terrein {a}", "2e {a}mond",
    "W13-{a}", "Rijksweg 20", "1953", "Plan 7,2", "Blok 100", "Oud {a} a/d {b}", "{a} III/{b}",
    "{a} - P.H.W.", "Súd-{a}", "Coöperatie {a}", "Stad aan 't {a}",
    "Omgeving Industrieterrein {a} en verspreide huizen ten noorden van {b}",
)  # fmt: skip
_GENERIC = ("Noord", "Oost", "Zuid", "West", "Buitengebied", "Binnenstad", "Noordoost", "Zuidwest",
            "Bedrijventerrein")  # fmt: skip
QUIET = ("Bedrijventerrein", "Ind.terrein", "Rijksweg")
"""How the name begins of a wijk where hardly anybody lives."""
_CENTRE = ("Centrum", "{own}", "Centrum", "Centrum", "{own}-kern", "Centrum", "{own}")
_SOME_FORM = 0.08


class Words:
    """Invented words, in an order of chance; each is given once a round."""

    def __init__(self, rng: np.random.Generator, ends: Sequence[str]) -> None:
        self._rng = rng
        self._all = [first + end for first in _FIRST for end in ends]
        self._ready: list[str] = []

    def word(self) -> str:
        """The next word."""
        if not self._ready:
            self._ready = [self._all[i] for i in self._rng.permutation(len(self._all))]
        return self._ready.pop()

    def filled(self, form: str) -> str:
        """A form with words in it."""
        for slot in "abc":
            if f"{{{slot}}}" in form:
                form = form.replace(f"{{{slot}}}", self.word())
        return form


def municipality_names(rng: np.random.Generator, count: int) -> list[str]:
    """Different names, every form among them where there are enough municipalities."""
    words = Words(rng, _TOWN)
    names = [words.filled(form) for form in MUNICIPALITY_FORMS[: count // 2]]
    twins = [name for name in names if name.endswith(" (Z.)")]
    names += [TWIN.replace("{a}", name.removesuffix(" (Z.)")) for name in twins]
    names += [words.word() for _ in range(count - len(names))]
    return [names[i] for i in rng.permutation(count)]


def wijk_names(
    rng: np.random.Generator, municipalities: Sequence[str], sizes: Sequence[int]
) -> list[list[str]]:
    """Names of the wijken of each municipality, different within one and often equal beyond.

    Half of the municipalities number their wijken ('Wijk 01 Oost'), and some have nothing but the
    number.
    """
    words = Words(rng, _PLACE)
    forms = _forms(rng, sum(sizes) - len(sizes))
    fewest = sizes.index(min(sizes))
    found = []
    for place, (own, size) in enumerate(zip(municipalities, sizes, strict=True)):
        if (place == fewest and len(sizes) > 1) or (size <= 3 and rng.random() < 0.5):
            found.append([f"Wijk {i:02d}" for i in range(size)])
        else:
            first = _CENTRE[place % len(_CENTRE)].replace("{own}", own)
            found.append(_numbered(rng, _wijken(rng, words, forms, first, size)))
    return found


def _forms(rng: np.random.Generator, count: int) -> Iterator[str | None]:
    """For each wijk a form of its own, or None: every form comes once, most wijken have none."""
    often = min(count, max(len(WIJK_FORMS), round(_SOME_FORM * count)))
    forms: list[str | None] = [WIJK_FORMS[i % len(WIJK_FORMS)] for i in range(often)]
    forms += [None] * (count - often)
    return iter([forms[i] for i in rng.permutation(count)])


def _wijken(
    rng: np.random.Generator, words: Words, forms: Iterator[str | None], first: str, size: int
) -> list[str]:
    generic = [_GENERIC[i] for i in rng.permutation(len(_GENERIC))[: rng.integers(0, 6)]]
    names = [first]
    for _ in range(size - 1):
        form = next(forms)
        name = words.filled(form) if form else generic.pop() if generic else words.word()
        while name in names:
            name = words.word()
        names.append(name)
    return names


def _numbered(rng: np.random.Generator, names: list[str]) -> list[str]:
    """Half of the municipalities number their wijken, a few with a colon."""
    sign = ("", " ", ": ")[rng.choice(3, p=(0.5, 0.45, 0.05))]
    return [f"Wijk {i:02d}{sign}{name}" for i, name in enumerate(names)] if sign else names


def buurt_names(
    rng: np.random.Generator, wijken: Sequence[str], sizes: Sequence[int]
) -> list[tuple[str, ...]]:
    """Names of the buurten of each wijk; none where its size is 0."""
    words = Words(rng, _PLACE)
    ends = ("-Noord", "-Zuid", " 1", " 2", "", "", "", "")
    return [
        (
            *(words.word() + ends[rng.integers(len(ends))] for _ in range(size - 1)),
            *([f"Verspreide huizen {wijk}"] if size else []),
        )
        for wijk, size in zip(wijken, sizes, strict=True)
    ]
