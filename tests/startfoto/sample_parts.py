"""Building stones of the invented startfoto: words, names, and rows with their texts."""

from __future__ import annotations

from math import sqrt
from typing import Literal

from perinatal.disclosure.published import Published, Shown, Withheld
from perinatal.startfoto.document import FigureRow, LabelCode, Reference, Sentence

LONGEST = "'s-Gravendeel-Westmaas en Tussen de Vaarten Noord"
WORDS: dict[LabelCode, str] = {
    "GEEN_CIJFER": "geen cijfer",
    "INGETROKKEN": "nu niet betrouwbaar",
    "KLEIN_MAAR_ECHT": "iets hoger, het verschil is klein",
    "DUIDELIJK_HOGER": "duidelijk hoger",
    "DUIDELIJK_LAGER": "duidelijk lager",
    "WAARSCHIJNLIJK_HOGER": "waarschijnlijk hoger",
    "WAARSCHIJNLIJK_LAGER": "waarschijnlijk lager",
    "ONGEVEER_GELIJK": "ongeveer gelijk",
    "ONBESLIST": "kan toeval zijn",
}
RULES: dict[LabelCode, tuple[str, str]] = {
    "DUIDELIJK_HOGER": ("duidelijk hoger", "De dunne streep raakt de lijn van Oefenland niet."),
    "DUIDELIJK_LAGER": ("duidelijk lager", "De dunne streep raakt de lijn van Oefenland niet."),
    "WAARSCHIJNLIJK_HOGER": ("waarschijnlijk hoger", "De brede streep raakt de lijn niet."),
    "WAARSCHIJNLIJK_LAGER": ("waarschijnlijk lager", "De brede streep raakt de lijn niet."),
    "KLEIN_MAAR_ECHT": ("iets hoger of lager", "Het verschil is er wel, maar het is klein."),
    "ONGEVEER_GELIJK": ("ongeveer gelijk", "De brede streep ligt binnen de lichte strook."),
    "ONBESLIST": ("kan toeval zijn", "Geen van deze regels past."),
    "GEEN_CIJFER": ("geen cijfer", "Dit cijfer laten we niet zien."),
    "INGETROKKEN": ("nu niet betrouwbaar", "De bron zegt dat het cijfer niet klopt."),
}
# Name, group, births, cases, label. The withheld row has no cases to give.
WIJKEN: tuple[tuple[str, str, int, int, LabelCode], ...] = (
    ("Oude Haven", "Haven", 1310, 92, "ONGEVEER_GELIJK"),
    ("De Werven", "Haven", 412, 33, "ONBESLIST"),
    ("Zeilmakerswijk", "Haven", 0, 0, "GEEN_CIJFER"),
    ("De Marken", "Haven", 655, 24, "DUIDELIJK_LAGER"),
    ("Centrum", "Stad", 983, 76, "ONBESLIST"),
    ("Filmwijk", "Stad", 702, 79, "DUIDELIJK_HOGER"),
    ("Parkwijk-Noord", "Stad", 540, 26, "WAARSCHIJNLIJK_LAGER"),
    ("Tussen de Vaarten Noord", "Stad", 611, 58, "WAARSCHIJNLIJK_HOGER"),
    ("Verzetswijk", "Stad", 1502, 118, "KLEIN_MAAR_ECHT"),
    ("Muziekwijk", "Stad", 1188, 82, "ONGEVEER_GELIJK"),
    ("Oostvaart", "Buiten", 478, 30, "ONBESLIST"),
    ("Regenboogbuurt", "Buiten", 391, 31, "ONBESLIST"),
    ("Bloemenbuurt en Eilandenbuurt", "Buiten", 860, 59, "ONBESLIST"),
    ("Noorderplassen", "Buiten", 733, 50, "ONBESLIST"),
)


def say(text: str) -> Sentence:
    """A sentence without evidence."""
    return Sentence(text=text, rule="voorbeeld")


def comma(value: float) -> str:
    """One decimal, with a comma."""
    return f"{value:.1f}".replace(".", ",")


def dots(value: int) -> str:
    """Thousands with a point."""
    return f"{value:,}".replace(",", ".")


def shown(cases: int, births: int, per: int = 100, *, status: str = "ok") -> Shown:
    """A figure with Wilson ranges."""

    def limits(z: float) -> tuple[float, float]:
        share, square = cases / births, z * z
        middle = (share + square / (2 * births)) / (1 + square / births)
        half = z * sqrt(share * (1 - share) / births + square / (4 * births**2))
        half /= 1 + square / births
        return per * (middle - half), per * (middle + half)

    low, high = limits(1.96)
    lower, upper = limits(3.09)
    return Shown.model_validate(
        {
            "numerator": cases,
            "denominator": births,
            "per": per,
            "estimate": per * cases / births,
            "lower95": low,
            "upper95": high,
            "lower998": lower,
            "upper998": upper,
            "status": status,
        }
    )


def figure(
    name: str,
    published: Published,
    label: LabelCode,
    *,
    group: str | None = None,
    region: str = "GM9999",
) -> FigureRow:
    """A row with its texts."""
    way: Literal[-1, 0, 1] = 0
    if label.endswith("LAGER"):
        way = -1
    elif label.endswith("HOGER") or label == "KLEIN_MAAR_ECHT":
        way = 1
    texts = ["", "", "", "", ""]
    if published.kind == "shown":
        texts = [
            dots(published.denominator),
            dots(published.numerator),
            comma(published.estimate),
            f"{comma(published.lower95)} – {comma(published.upper95)}",
            f"{comma(published.lower998)} – {comma(published.upper998)}",
        ]
    return FigureRow(
        reference_id=f"{region}/vroeg/v1/2019-2023",
        region=region,
        name=name,
        group=group,
        published=published,
        label=label,
        word=WORDS[label],
        direction=way,
        births_text=texts[0],
        count_text=texts[1],
        estimate_text=texts[2],
        interval95_text=texts[3],
        interval998_text=texts[4],
    )


def reference(value: float, *, strip: bool = True) -> Reference:
    """The invented country."""
    return Reference(
        name="Oefenland",
        estimate=value,
        text=comma(value),
        lower_strip=value * 0.85 if strip else None,
        upper_strip=value * 1.15 if strip else None,
    )


def wijken(area: str, longest: bool, wijk_count: int | None = None) -> tuple[FigureRow, ...]:
    """The whole first, then the wijken in geographic order."""
    rows = [figure(f"Heel {area}", shown(758, 10365), "WAARSCHIJNLIJK_HOGER")]
    many = WIJKEN if wijk_count is None else (WIJKEN * 6)[:wijk_count]
    for place, (name, group, births, cases, label) in enumerate(many):
        published: Published = Withheld() if label == "GEEN_CIJFER" else shown(cases, births)
        title = LONGEST if longest and place in (0, 5) else name
        region = f"WK9999{place:02d}"
        rows.append(figure(title, published, label, group=group, region=region))
    return tuple(rows)
