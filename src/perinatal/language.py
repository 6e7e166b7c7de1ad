"""The language guard: what a startfoto never says, in generated text and in typed text alike.

Words of others (names, notes of a source, file names) are quoted as they are, and never judged.

Word lists cannot judge a sentence, but they stop the slips that hurt: a neighbourhood that is
blamed, a certainty that no figure has, a cause that nobody measured. Each entry says what to
write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Any, Literal

from perinatal.errors import IntegrityError

Kind = Literal["stigma", "certainty", "cause", "ranking", "judgement", "persons", "jargon"]

# Endings are left open where Dutch inflects ('achterstandswijk', 'achterstandswijken').
_FORBIDDEN: dict[Kind, tuple[tuple[str, str], ...]] = {
    "stigma": (
        (r"(probleem|achterstands|krachts?|kracht|pracht|prob|volks)wijk\w*",
         "'in deze wijk vraagt vroeggeboorte om aandacht'"),
        (r"(probleem|risico|achterstands|multiprobleem)(gezin|moeder|vrouw|groep|buurt|gebied)\w*",
         "wat er aan de hand is, niet wie iemand is"),
        (r"kansarm\w*|kansloos|kansloze|zwakkere?n?\s+in\s+de\s+samenleving|laagopgeleid\w*",
         "'in een kwetsbare situatie'"),
        (r"allochto\w+|niet-westers\w*", "het land van herkomst, als dat ertoe doet"),
        (r"asociaal|asociale|onverantwoord\w*|nalatig\w*|eigen schuld|slechte? (moeder|ouder)s?",
         "niets: een cijfer beoordeelt geen ouders"),
    ),
    "certainty": (
        (r"geen toeval", "'het is heel onwaarschijnlijk dat dit verschil toeval is'"),
        (r"echt(e)? verschil\w*", "'het verschil is klein' of wat het cijfer laat zien"),
        (r"bewezen|bewijst|bewijs|aangetoond|toont aan|tonen aan", "'we zien' of 'we zien niet'"),
        (r"zonder twijfel|ongetwijfeld|vaststaat|staat vast|het is zeker dat|absoluut",
         "hoe zeker het is, volgens het oordeel bij het cijfer"),
        (r"(elk|ieder) jaar (minder|meer|lager|hoger|vaker)|steeds (minder|meer|lager|hoger|vaker)",
         "'sinds 2016 komt het minder vaak voor'"),
    ),
    "cause": (
        (r"dankzij|doordat|als gevolg van|ten gevolge van|te wijten aan|te danken aan",
         "'waardoor dit komt, weten we niet'"),
        (r"veroorza\w+|leid(t|en|de|den) tot|effect van|gevolg van", "'hangt samen met'"),
        (r"(komt|kwam|komen) (vooral |waarschijnlijk |mede )?door\b(?! toeval)",
         "'waardoor dit komt, weten we niet'"),
        (r"wat hier werkt|heeft gewerkt|werpt? vruchten af|succes van|resultaat van (de|het|onze)",
         "'of dat door de aanpak komt, weten we niet'"),
    ),
    "ranking": (
        (r"(slechtste|beste|hoogste|laagste|ongezondste|gezondste) (wijk|buurt|gemeente|gebied)\w*",
         "de wijken in vaste volgorde"),
        (r"ranglijst\w*|koploper\w*|hekkensluiter\w*|top[ -]\d+|boven ?aan|onder ?aan de lijst",
         "de wijken in vaste volgorde"),
        (r"scoor(t|de|den)|scoren|presteer\w+|presteren", "'het cijfer is hier'"),
    ),
    "judgement": (
        (r"gelukkig|helaas|jammer genoeg|zorgwekkend\w*|zorgelijk\w*|alarmerend\w*|schokkend\w*",
         "het cijfer, zonder oordeel"),
        (r"goed nieuws|slecht nieuws|mooi resultaat|goede? cijfers?|slechte? cijfers?",
         "het cijfer, zonder oordeel"),
    ),
    "persons": (
        (r"(moeders|vaders|ouders|gezinnen|vrouwen|zwangeren) (in|uit) (deze|die) (wijk|buurt)",
         "'in deze wijk': een cijfer van een wijk zegt niets over één gezin"),
    ),
    "jargon": (
        (r"significant\w*|betrouwbaarheidsinterval\w*|p-waarde|standaarddeviatie|prevalentie"
         r"|incidentie|populatie\w*|cohort\w*|odds|regressie|hypothese|causa\w+|correlatie\w*",
         "gewone woorden"),
        (r"\d\s?%|procentpunt\w*|\bprocent\b", "'van de 100'"),
    ),
}  # fmt: skip
_RULES = tuple(
    (kind, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE), advice)
    for kind, entries in _FORBIDDEN.items()
    for pattern, advice in entries
)


@dataclass(frozen=True)
class Slip:
    """One forbidden wording: what stood there, of which kind, and what to write instead."""

    found: str
    kind: Kind
    advice: str

    def __str__(self) -> str:
        return f"'{self.found}' ({self.kind}): schrijf liever {self.advice}"


def slips(text: str, names: Iterable[str] = ()) -> list[Slip]:
    """Every forbidden wording in a text, in reading order.

    Args:
        names: words of others (names of areas, notes, files), which are never judged.
    """
    return _slips(text, _theirs(names))


def _slips(text: str, theirs: re.Pattern[str] | None) -> list[Slip]:
    if theirs is not None:
        text = theirs.sub("·", text)
    found = [
        (match.start(), Slip(match.group(), kind, advice))
        for kind, pattern, advice in _RULES
        for match in pattern.finditer(text)
    ]
    return [slip for _, slip in sorted(found, key=lambda item: item[0])]


def _theirs(names: Iterable[str]) -> re.Pattern[str] | None:
    """What matches any of these words of others, the longest first; None without any."""
    longest = sorted(filter(None, set(names)), key=lambda name: (-len(name), name))
    if not longest:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)


# A name, a code, a path or a licence is not ours to word.
_NOT_TEXT = frozenset({
    "id", "region", "name", "names", "own_name", "reference_name", "area_id", "area_name", "path",
    "outline", "reference_id", "evidence", "rule", "anchor", "indicator", "delivery", "source",
    "attribution", "licence", "publisher", "made_at", "code_version", "label", "certainty", "kind",
    "status", "file", "calculation", "citation",
})  # fmt: skip


def texts(
    content: Any, place: str = "", *, without: Set[str] = _NOT_TEXT
) -> Iterator[tuple[str, str]]:
    """(place, text) of every sentence in a dumped document, names and codes left out.

    Args:
        without: fields that are left out.
    """
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            if key not in without:
                below = f"{place}.{key}" if place else str(key)
                yield from texts(value, below, without=without)
    elif isinstance(content, list | tuple):
        for number, value in enumerate(content):
            yield from texts(value, f"{place}[{number}]", without=without)


def require_clean(content: Any, names: Iterable[str] = ()) -> None:
    """The last look at what our own code says: a slip there is a fault of ours.

    Catalogue, suites and typed words are judged where they come in, so none is left to be found.

    Args:
        names: words of others that stand in the content, see :func:`slips`.

    Raises:
        IntegrityError: naming the place, the wording and what to write instead.
    """
    theirs, said = _theirs(names), list(texts(content))
    # one look over all of it is enough to clear it; only a slip asks in which text it stands
    if not _slips("\n".join(text for _, text in said), theirs):
        return
    wrong = [f"{place}: {slip}" for place, text in said for slip in _slips(text, theirs)]
    if wrong:
        raise IntegrityError(f"language guard: {'; '.join(wrong[:5])}")
