"""Dutch sentences on the wijken together: their spread, the gap, and what births can show."""

from __future__ import annotations

from perinatal.catalog.contracts import AreaOrder
from perinatal.catalog.models import Indicator
from perinatal.dutch import count_words, number
from perinatal.startfoto.document import FigureRow, Sentence
from perinatal.startfoto.wording import printed

SPREAD_SEEN = 0.05
"""A spread is told only where chance alone would seldom give as much."""
SIGHT_TITLE = "Wat kunnen we met dit aantal geboorten zien?"
SIGHT_LEAD = (
    "Is het cijfer in werkelijkheid zo laag of zo hoog als in deze tabel, of nog verder van het "
    "landelijke cijfer? Dan zien we dat meestal: in 8 van de 10 keer.",
    "Kleinere verschillen kunnen er zijn, maar die zien we vaak niet. Dan staat er: kan toeval "
    "zijn. Om te kunnen zeggen dat een cijfer ongeveer gelijk is, zijn veel geboorten nodig.",
)


def between(low: float, high: float, per: int) -> tuple[str, str, str]:
    """Two bounds and their base, printed so that they differ: ('6', '9', '100')."""
    pair = printed(low, high, per, -1)
    return pair.own, pair.reference, pair.base


def chosen(row: FigureRow, unit: str) -> Sentence:
    """The figure of an area that a reader chooses or points at, as its table prints it."""
    if row.published.kind != "shown":
        text = f"{row.name}: {row.word}."
    else:
        text = (
            f"{row.name}: {row.estimate_text} {unit}, bijna zeker tussen {row.interval998_text}. "
            f"Ons woord: {row.word}."
        )
    return Sentence(text=text, rule="gekozen-gebied", evidence=(row.reference_id,))


def spread(
    indicator: Indicator, p_value: float, low: float, high: float, evidence: str
) -> tuple[Sentence, tuple[Sentence, ...]]:
    """Title and lead of the spread between wijken."""
    if p_value >= SPREAD_SEEN:
        return (
            Sentence(
                text="De verschillen tussen de wijken kunnen toeval zijn",
                rule="spreiding-toeval", evidence=(evidence,),
            ),
            (
                Sentence(
                    text="De cijfers van de wijken liggen niet duidelijk verder uit elkaar dan we "
                    "door toeval verwachten. Er kunnen verschillen zijn die we niet zien. Daarvoor "
                    "zijn er te weinig geboorten per wijk.",
                    rule="spreiding-toeval-uitleg", evidence=(evidence,),
                ),
            ),
        )  # fmt: skip
    bottom, top, base = between(low, high, indicator.per)
    return (
        Sentence(
            text=f"In de meeste wijken ligt het echte cijfer tussen {bottom} en {top} van de "
            f"{base}",
            rule="spreiding", evidence=(evidence,),
        ),
        (
            Sentence(
                text="Dat geldt voor ongeveer 9 van de 10 wijken met een cijfer. Het toeval is "
                "eruit gehaald. De figuur zegt niet welke wijken dat zijn.",
                rule="spreiding-uitleg", evidence=(evidence,),
            ),
        ),
    )  # fmt: skip


def funnel(indicator: Indicator, outside: int, country: str, evidence: str) -> tuple[Sentence, ...]:
    """Title and lead of the funnel; ``outside``: areas that earned a word."""
    noun = "wijk" if outside == 1 else "wijken"
    title = (
        f"In {count_words(outside)} {noun} ligt het cijfer verder van {country} dan we door toeval "
        "verwachten"
        if outside
        else f"Bij geen enkele wijk zien we een cijfer dat duidelijk verder van {country} ligt dan "
        "door toeval kan"
    )
    few = "zwangeren" if indicator.words.who == "zwangeren" else "geboorten"
    return (
        Sentence(text=title, rule="trechter", evidence=(evidence,)),
        Sentence(
            text=f"Hoe minder {few}, hoe verder een cijfer door toeval van {country} kan liggen. "
            "Daarom lopen de lijnen als een trechter.",
            rule="trechter-uitleg",
        ),
        Sentence(
            text="Is er alleen toeval? Dan liggen ongeveer 95 van de 100 wijken in het vlak, en "
            "bijna alle wijken tussen de stippellijnen. Het teken hoort bij ons woord.",
            rule="trechter-uitleg",
            evidence=(evidence,),
        ),
    )


def gap(
    indicator: Indicator,
    order: AreaOrder,
    most: float,
    least: float,
    limits: tuple[float, float],
    evidence: str,
) -> tuple[Sentence, tuple[Sentence, ...]]:
    """Title and lead of the gap; a direction only where the 95% interval leaves out 0.

    Args:
        most, least: figures of the two fifths, in units of ``per``.
        limits: 95% interval of ``most`` minus ``least``.
    """
    words = indicator.words
    seen = (limits[0] > 0) - (limits[1] < 0)
    if seen:
        verb, rest = (words.more_of if seen > 0 else words.less_of).split(" ", 1)
        title = f"Waarschijnlijk {verb} in {order.most} {rest} dan in {order.least}"
        pair = printed(most, least, indicator.per, seen)
        figures = (
            f"In {order.most} gaat het om {pair.own} van de {pair.base} {words.who}, in "
            f"{order.least} om {pair.reference}."
        )
    else:
        title = f"Het verschil tussen {order.most} en {order.least} kan toeval zijn"
        figures = (
            f"In {order.most} is het cijfer {number(most, 1)} van de {number(indicator.per)}, in "
            f"{order.least} {number(least, 1)}. In werkelijkheid kan dat andersom zijn."
        )
    return (
        Sentence(text=title, rule="kloof" if seen else "kloof-onbeslist", evidence=(evidence,)),
        (
            Sentence(text=figures, rule="kloof-cijfers", evidence=(evidence,)),
            Sentence(
                text="Elke groep is ongeveer een vijfde van de geboorten in wijken met een cijfer. "
                "Een cijfer van een wijk zegt niets over één gezin. Waardoor het verschil komt, "
                "weten we niet.",
                rule="kloof-uitleg",
            ),
        ),
    )
