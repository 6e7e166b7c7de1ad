"""Dutch sentences on the startfoto as a whole: what it is about, and what it cannot say.

Rules for words and certainty as in :mod:`perinatal.startfoto.wording`. A line on what is left out
says why, and never how small a number is.
"""

from __future__ import annotations

from perinatal import dutch
from perinatal.catalog.models import Indicator
from perinatal.startfoto.document import LabelCode, Sentence
from perinatal.startfoto.wording import WITHHELD, taken_back

BIRTHS_LEAD = Sentence(
    text="Hoe meer geboorten, hoe preciezer de cijfers in deze startfoto.", rule="geboorten"
)
_UNLIKELY = "Het is onwaarschijnlijk dat dit verschil toeval is. Zeker is het niet."
_VERY_UNLIKELY = "Het is heel onwaarschijnlijk dat dit verschil toeval is."
_DISCUSS = "Waardoor dit komt, weten we niet. Bespreek het met elkaar."
_PARENTS = "Achter elk cijfer staan ouders die een kind verloren."


def introduction(
    area: str, country: str, births: int | None, period: tuple[int, int], *, coalition: bool,
    evidence: tuple[str, ...], whole: bool = False,
) -> Sentence:  # fmt: skip
    """What the startfoto is about.

    Args:
        births: None where no source gives them.
        whole: the area is the country itself.
    """
    beside = "" if whole else f", vergeleken met {country}"
    size = "Dit gaat over " + (f"{dutch.number(births)} geboorten" if births else "geboorten")
    more = " Samen is het cijfer preciezer, omdat er meer geboorten zijn." if coalition else ""
    return Sentence(
        text=f"Hoe gaat het rond de geboorte in {area}{beside}? {size} in de "
        f"jaren {dutch.years(*period)}.{more}",
        rule="inleiding", evidence=evidence,
    )  # fmt: skip


def births_title(area: str, a_year: float | None, evidence: tuple[str, ...]) -> Sentence:
    text = (
        f"In {area} worden ongeveer {dutch.number(a_year)} baby's per jaar geboren"
        if a_year
        else f"Geboorten in {area}"
    )
    return Sentence(text=text, rule="geboorten-kop", evidence=evidence)


def on_card(
    label: LabelCode, country: str, *, deaths: bool = False, delivered: bool = True, offer: str = ""
) -> Sentence:
    """One short line under the verdict; the whole finding stands in the chapter.

    Args:
        deaths: a figure about deaths that is shown.
        delivered: whether there is a figure at all, shown or not.
        offer: where there is a figure, for one that is withheld.
    """
    texts: dict[LabelCode, str] = {
        "DUIDELIJK_HOGER": _VERY_UNLIKELY,
        "DUIDELIJK_LAGER": _VERY_UNLIKELY,
        "WAARSCHIJNLIJK_HOGER": _UNLIKELY,
        "WAARSCHIJNLIJK_LAGER": _UNLIKELY,
        "KLEIN_MAAR_ECHT": "Het verschil is klein.",
        "ONGEVEER_GELIJK": f"Het cijfer is hier ongeveer even hoog als in {country}.",
        "ONBESLIST": "Het kan in werkelijkheid hoger of lager zijn.",
        "GEEN_VERGELIJKING": "Dit is het hele gebied waarmee we vergelijken.",
        "GEEN_CIJFER": f"{WITHHELD} {offer}".strip(),
        "INGETROKKEN": "De bron zegt dat dit cijfer niet klopt.",
    }
    text = texts[label]
    if deaths:
        text = _PARENTS
    if label == "GEEN_CIJFER" and not delivered:
        text = "Over dit onderwerp is geen cijfer geleverd."
    return Sentence(text=text, rule="kaart-" + label.lower().replace("_", "-"))


def talking_point(indicator: Indicator, label: LabelCode, title: str) -> tuple[Sentence, str]:
    """A finding to talk about, and the question with it; ``title`` is the chapter's heading."""
    words = indicator.words
    lead, question = f"{title}.", words.talk
    if label.endswith("LAGER"):
        question = _DISCUSS
    elif label == "INGETROKKEN":
        lead = f"{words.title}: daarover is nu geen betrouwbaar cijfer."
        question = "Wat zien verloskundigen zelf in hun praktijk?"
    elif label == "ONGEVEER_GELIJK":
        question = "Herkent u dit beeld in uw praktijk?"
    return Sentence(text=lead, rule="gesprekspunt"), question


def unknown_causes() -> Sentence:
    return _unknown("Waardoor de verschillen komen. Dat kunnen cijfers niet laten zien.")


def unknown_withdrawn(title: str) -> Sentence:
    return _unknown(f"{title}: de bron heeft het cijfer ingetrokken.")


def unknown_figure(title: str, area: str) -> Sentence:
    return _unknown(f"{title}: daarover is voor {area} geen cijfer.")


def unknown_change() -> Sentence:
    return _unknown("Of het beter of slechter gaat. Daarvoor zijn minstens vijf losse jaren nodig.")


def unknown_now(period: tuple[int, int]) -> Sentence:
    start, end = period
    return _unknown(f"Hoe het nu is. Deze cijfers gaan over {start} tot en met {end}.")


def _unknown(text: str) -> Sentence:
    return Sentence(text=text, rule="onbekend")


def deaths(counts: str, limits: tuple[float, float] | None, *, named: bool = False) -> Sentence:
    """What is counted on the page about deaths.

    Args:
        limits: 95% interval per 1,000; None without a figure.
        named: the finding has said these limits already.
    """
    numbers = ""
    if limits is not None:
        low, high = map(dutch.about, limits)
        also = "" if named else f": het kan ook {low} of {high} van de 1.000 zijn"
        numbers = f"Het gaat om kleine aantallen. Daarom is dit cijfer onzeker{also}. "
    return Sentence(text=f"Dit zijn {counts}. {numbers}{_PARENTS}", rule="sterfte-uitleg")


def not_delivered(area: str) -> Sentence:
    return Sentence(
        text=f"Over dit onderwerp is voor {area} geen cijfer geleverd.", rule="niet-geleverd"
    )


def heading_without(title: str, *, withdrawn: bool) -> Sentence:
    """The heading of a subject that has no figure of its own here."""
    tail = "het cijfer is nu niet betrouwbaar" if withdrawn else "geen cijfer"
    return Sentence(text=f"{title}: {tail}", rule="kop-zonder-cijfer")


def withdrawn_everywhere(area: str, reason: str) -> Sentence:
    """For a subject of which a source took all figures back, with its reason."""
    return Sentence(
        text=f"Voor {area} is er geen betrouwbaar cijfer. {taken_back(reason)}", rule="ingetrokken"
    )


def longer(period: tuple[int, int]) -> str:
    """An offer: a longer period that has a figure."""
    return f"Over {dutch.years(*period)} samen is er wel een cijfer."


def together(name: str) -> str:
    """An offer: a larger area that has a figure."""
    return f"Voor {name} samen is er wel een cijfer."


def age(period: tuple[int, int], *, before: bool) -> Sentence:
    """How old the figures are; ``before``: they end before the coalition began."""
    then = ", voor de coalitie begon" if before else ""
    return Sentence(
        text=f"Deze cijfers gaan over {dutch.years(*period)}{then}. Ze zeggen niets over nu.",
        rule="leeftijd",
    )


def left_out(what: str, offer: str = "") -> Sentence:
    """A withheld figure: ``what`` names it ('Te vroeg geboren, Oefenstad')."""
    return _left_out(f"{what}: {WITHHELD} {offer}".strip())


def left_out_counted(title: str, counts: str, offer: str) -> Sentence:
    return left_out(f"{title}, geteld als {counts}", offer)


def left_out_apart(title: str, which: list[str], offer: str) -> Sentence:
    """Members or single years that are withheld apart."""
    return left_out(f"{title}, {dutch.listed(which)} apart", offer)


def never_per_wijk(title: str) -> Sentence:
    return _left_out(
        f"{title} per wijk: dat cijfer maken we niet. De aantallen zijn daarvoor te klein."
    )


def left_out_wijken(titles: list[str], names: list[str], area: str) -> Sentence:
    many, noun = dutch.count_words(len(names)), "wijk" if len(names) == 1 else "wijken"
    return _left_out(
        f"{'; '.join(titles)}: voor {many} {noun} laten we geen cijfer zien "
        f"({', '.join(names)}). Zo beschermen we de privacy van ouders en kinderen. "
        f"Voor heel {area} is er wel een cijfer."
    )


def no_chapter(phases: list[str]) -> Sentence:
    """Parts of the first 1,000 days of which no source has told anything."""
    return Sentence(
        text=f"Over de tijd {dutch.listed(phases)} zijn geen cijfers geleverd. Daarover staat "
        "hier dus niets.",
        rule="geen-hoofdstuk",
    )


def in_quarantine(title: str, places: list[str], *, kept: bool) -> Sentence:
    """Figures that a quality rule stopped; ``kept``: those of the delivery before stand there."""
    then = (
        "Daar staat nog het cijfer van de vorige levering."
        if kept
        else "Daarom laten we het weg, ook in langere perioden."
    )
    return _left_out(
        f"{title}, {dutch.listed(places)}: dit cijfer kijken we na. De levering houdt zich "
        f"hier niet aan onze regels. {then}"
    )


def held_back(kicker: str, reason: str) -> Sentence:
    """A sentence that a person keeps back for now, with the reason."""
    return Sentence(
        text=f"Een zin bij ‘{kicker}’ houden we nog vast: {reason.rstrip('.')}.",
        rule="vastgehouden",
    )


def _left_out(text: str) -> Sentence:
    return Sentence(text=text, rule="weggelaten")
