"""Dutch words and sentences at B1 level, each made by a rule with an id.

One speaker throughout: the GGD, to 'u', about 'de gemeente'. Numbers are printed as whole
children 'van de 100'; where the whole numbers would hide the direction that a sentence states,
the base becomes 1.000, or one decimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from perinatal.catalog.models import Indicator
from perinatal.disclosure.published import Published, Shown, Withdrawn
from perinatal.dutch import about, day, number, quoted
from perinatal.errors import IntegrityError
from perinatal.startfoto.document import LabelCode, Sentence

# in the order of a legend: from clear to unknown
WORDS: dict[LabelCode, str] = {
    "DUIDELIJK_HOGER": "duidelijk hoger",
    "DUIDELIJK_LAGER": "duidelijk lager",
    "WAARSCHIJNLIJK_HOGER": "waarschijnlijk hoger",
    "WAARSCHIJNLIJK_LAGER": "waarschijnlijk lager",
    "KLEIN_MAAR_ECHT": "iets hoger of lager",
    "ONGEVEER_GELIJK": "ongeveer gelijk",
    "ONBESLIST": "kan toeval zijn",
    "GEEN_VERGELIJKING": "niet vergeleken",
    "GEEN_CIJFER": "geen cijfer",
    "INGETROKKEN": "nu niet betrouwbaar",
}
WHOLE = "Dit gebied is het hele gebied waarmee we vergelijken. Daarom vergelijken we niet."
_SELDOM = "Als het hier net zo was als in het hele land, zagen we zo'n verschil minder dan "
_FAMILY = " Bij wijken houden we er rekening mee dat we veel wijken bekijken."
RULES: dict[LabelCode, str] = {
    "DUIDELIJK_HOGER": f"{_SELDOM}2 van de 1.000 keer.",
    "DUIDELIJK_LAGER": f"{_SELDOM}2 van de 1.000 keer.",
    "WAARSCHIJNLIJK_HOGER": f"{_SELDOM}5 van de 100 keer.{_FAMILY}",
    "WAARSCHIJNLIJK_LAGER": f"{_SELDOM}5 van de 100 keer.{_FAMILY}",
    "KLEIN_MAAR_ECHT": f"{_SELDOM}5 van de 100 keer. Maar het verschil is klein: bijna zeker "
    "minder dan 15 van de 100 van het landelijke cijfer.",
    "ONGEVEER_GELIJK": "Het cijfer verschilt waarschijnlijk minder dan 15 van de 100 van het "
    "landelijke cijfer.",
    "ONBESLIST": "Het verschil kan toeval zijn. Er zijn te weinig geboorten om meer te weten.",
    "GEEN_VERGELIJKING": WHOLE,
    "GEEN_CIJFER": "We laten dit cijfer niet zien.",
    "INGETROKKEN": "De bron zegt dat dit cijfer niet klopt.",
}
WITHHELD = "Dit cijfer laten we niet zien. Zo beschermen we de privacy van ouders en kinderen."
_HIGHER = ("DUIDELIJK_HOGER", "WAARSCHIJNLIJK_HOGER")
_LOWER = ("DUIDELIJK_LAGER", "WAARSCHIJNLIJK_LAGER")
_POINTS_NOWHERE = ("ONBESLIST", "ONGEVEER_GELIJK", "GEEN_CIJFER", "GEEN_VERGELIJKING")


@dataclass(frozen=True)
class Printed:
    """Two numbers on one base, printed so that their order can be seen."""

    own: str
    reference: str
    base: str


def printed(own: float, reference: float, per: int, direction: int) -> Printed:
    """Print a figure and its reference so that they differ in the direction stated.

    Args:
        own, reference: in units of ``per``.
        direction: 1 (the sentence says higher), -1 (lower), 0 (about the same: whole numbers only
            where both are equal, so that rounding does not suggest a gap).

    Raises:
        IntegrityError: no base shows the direction: the sentence would contradict its numbers.
    """
    options = [(per, 0), (1000, 0), (1000, 1)] if per == 100 else [(per, 0), (per, 1)]
    for base, decimals in options:
        factor = base / per
        pair = round(own * factor, decimals), round(reference * factor, decimals)
        seen = (pair[0] > pair[1]) - (pair[0] < pair[1])
        if seen == direction or (direction == 0 and base == 1000):
            return Printed(
                number(own * factor, decimals), number(reference * factor, decimals), number(base)
            )
    raise IntegrityError(f"no base prints {own} against {reference} in direction {direction}")


def label_word(label: LabelCode, published: Published, reference: float | None) -> str:
    """The label in words; a small but real difference says which way."""
    if label == "KLEIN_MAAR_ECHT" and isinstance(published, Shown) and reference is not None:
        return "iets hoger" if published.estimate > reference else "iets lager"
    return WORDS[label]


def direction_of(label: LabelCode, own: float, reference: float) -> int:
    """Direction that the words of a label state; for an undecided figure what its numbers show."""
    if label in _HIGHER:
        return 1
    if label in _LOWER:
        return -1
    if label in ("ONGEVEER_GELIJK", "GEEN_VERGELIJKING"):
        return 0
    if label == "KLEIN_MAAR_ECHT":
        return 1 if own > reference else -1
    return (round(own, 1) > round(reference, 1)) - (round(own, 1) < round(reference, 1))


def points(label: LabelCode, own: float, reference: float | None) -> Literal[-1, 0, 1]:
    """Which way the word of a label points; an undecided one points nowhere."""
    if reference is None or label in _POINTS_NOWHERE:
        return 0
    return 1 if direction_of(label, own, reference) > 0 else -1


def taken_back(reason: str) -> str:
    """Why a source took a figure back: in its own words, where it gave them."""
    return f"Reden: {quoted(reason)}." if reason else "De bron heeft het ingetrokken."


def finding(
    indicator: Indicator,
    label: LabelCode,
    published: Published,
    reference: float | None,
    *,
    area: str,
    country: str,
    period: tuple[int, int],
    evidence: str,
) -> Sentence:
    """The sentence that says what an area's figure means beside the national one."""
    if isinstance(published, Withdrawn):
        since = f" Ingetrokken op {day(published.since)}." if published.since else ""
        return Sentence(
            text=f"Dit cijfer is nu niet betrouwbaar. {taken_back(published.reason)}{since}",
            rule="ingetrokken", evidence=(evidence,),
        )  # fmt: skip
    if not isinstance(published, Shown) or reference is None:
        return Sentence(text=WITHHELD, rule="geen-cijfer", evidence=(evidence,))
    direction = direction_of(label, published.estimate, reference)
    if indicator.sensitive:
        text = _mortality(label, published, reference, direction, area, country, period)
    else:
        text = _proportion(indicator, label, published, reference, direction, area, country)
    return Sentence(text=text, rule=label.lower().replace("_", "-"), evidence=(evidence,))


def _proportion(
    indicator: Indicator,
    label: LabelCode,
    own: Shown,
    reference: float,
    direction: int,
    area: str,
    country: str,
) -> str:
    words = indicator.words
    p = printed(own.estimate, reference, own.per, direction)
    here = f"bij {p.own} van de {p.base} {words.who}"
    if label == "GEEN_VERGELIJKING":
        return f"In {area} komt {words.subject} voor {here}. {WHOLE}"
    there = f"In {country} is dat bij {p.reference} van de {p.base}."
    often = {1: "vaker", -1: "minder vaak", 0: "ongeveer even vaak"}[direction]
    than = "als" if direction == 0 else "dan"
    stem = f"In {area} komt {words.subject} {{}}{often} voor {than} gemiddeld in {country}: {here}."
    cause = "Waardoor dit komt, weten we niet. Bespreek het met elkaar."
    if label in ("DUIDELIJK_HOGER", "DUIDELIJK_LAGER"):
        text = f"{stem.format('')} {there} Het is heel onwaarschijnlijk dat dit verschil toeval is."
        return text if direction > 0 else f"{text} {cause}"
    if label in ("WAARSCHIJNLIJK_HOGER", "WAARSCHIJNLIJK_LAGER"):
        text = f"{stem.format('waarschijnlijk ')} {there}"
        return text if direction > 0 else f"{text} {cause}"
    if label == "KLEIN_MAAR_ECHT":
        return f"{stem.format('iets ')} {there} Het verschil is klein."
    if label == "ONGEVEER_GELIJK":
        return f"{stem.format('')} {there}"
    if direction == 0:
        return (
            f"Het cijfer is hier even hoog als in {country}: {here}. Maar het aantal geboorten is "
            "klein. Het kan in werkelijkheid hoger of lager zijn."
        )
    more = "hoger" if direction > 0 else "lager"
    return f"Het cijfer is hier {more}: {here}. {there} Dat verschil kan toeval zijn."


def _mortality(
    label: LabelCode,
    own: Shown,
    reference: float,
    direction: int,
    area: str,
    country: str,
    period: tuple[int, int],
) -> str:
    when = f"({'-'.join(dict.fromkeys(map(str, period)))})"
    here, there = about(own.estimate), about(reference)
    if direction != 0 and here == there:
        here, there = number(own.estimate, 1), number(reference, 1)
    limits = f"het kan ook {about(own.lower95)} of {about(own.upper95)} zijn"
    if label == "GEEN_VERGELIJKING":
        return (
            f"In {area} overleden {here} van de 1.000 baby's rond de geboorte "
            f"{when}. Het aantal is klein: {limits}. {WHOLE}"
        )
    if direction == 0:
        return (
            f"In {area} overleden naar verhouding evenveel baby's rond de geboorte als in "
            f"{country}: {here} van de 1.000 {when}. Het aantal is klein: {limits}. We zien dus "
            "niet dat het hier hoger is. Zeker is het ook niet."
        )
    more = "meer" if direction > 0 else "minder"
    stem = (
        f"In {area} overleden naar verhouding {{}}{more} baby's rond de geboorte dan in {country}: "
        f"{here} van de 1.000 {when}. In {country} waren het er {there}."
    )
    if label in ("DUIDELIJK_HOGER", "DUIDELIJK_LAGER"):
        return (
            f"{stem.format('')} Het is heel onwaarschijnlijk dat dit verschil toeval is. "
            "Waardoor dit komt, weten we niet."
        )
    if label in ("WAARSCHIJNLIJK_HOGER", "WAARSCHIJNLIJK_LAGER"):
        return f"{stem.format('waarschijnlijk ')} Waardoor dit komt, weten we niet."
    return f"{stem.format('')} Het aantal is klein: {limits}. Dat verschil kan toeval zijn."


def precision(
    indicator: Indicator,
    label: LabelCode,
    published: Published,
    reference: float | None,
    evidence: str,
) -> Sentence | None:
    """The interval in words, on the base of the finding's own numbers."""
    if not isinstance(published, Shown) or reference is None:
        return None
    base, decimals = published.per, 1
    if not indicator.sensitive:
        direction = direction_of(label, published.estimate, reference)
        shown = printed(published.estimate, reference, published.per, direction)
        if shown.base != number(published.per):
            base, decimals = 1000, 0
    factor = base / published.per
    low, high = published.lower95 * factor, published.upper95 * factor
    return Sentence(
        text=f"Door toeval kan het cijfer ook tussen {number(low, decimals)} en "
        f"{number(high, decimals)} van de {number(base)} liggen.",
        rule="precisie", evidence=(evidence,),
    )  # fmt: skip


def heading(
    indicator: Indicator,
    label: LabelCode,
    published: Published,
    reference: float | None,
    *,
    area: str,
    country: str,
    evidence: str,
) -> Sentence:
    """The finding as a heading; a page about deaths keeps a heading without a finding."""
    words = indicator.words
    rule = "kop-" + label.lower().replace("_", "-")
    if indicator.sensitive:
        return Sentence(text=words.title, rule="kop-sterfte")
    if not isinstance(published, Shown) or reference is None:
        tail = "geen cijfer" if label == "GEEN_CIJFER" else "het cijfer is nu niet betrouwbaar"
        text = f"{words.title}: {tail}"
    elif label == "GEEN_VERGELIJKING":
        text = f"{words.title}: we vergelijken niet"
    elif label == "ONGEVEER_GELIJK":
        text = f"{words.title}: ongeveer even vaak als in {country}"
    elif label == "ONBESLIST":
        text = f"{words.title}: het verschil met {country} kan toeval zijn"
        if direction_of(label, published.estimate, reference) == 0:
            text = f"{words.title}: we zien geen verschil met {country}"
    else:
        up = published.estimate > reference
        of = words.more_of if up else words.less_of
        if label == "KLEIN_MAAR_ECHT":
            text = f"In {area} {of} dan in {country}, maar het verschil is klein"
        elif label.startswith("DUIDELIJK"):
            text = f"In {area} {of} dan in {country}"
        else:
            verb, rest = of.split(" ", 1)
            text = f"Waarschijnlijk {verb} in {area} {rest} dan in {country}"
    return Sentence(text=text, rule=rule, evidence=(evidence,))
