"""The figures of the invented startfoto: areas, map, years, spread and gap."""

from __future__ import annotations

from collections.abc import Sequence
from math import sin

from perinatal.disclosure.published import Published, Withheld
from perinatal.startfoto.document import (
    DotInterval,
    FigureRow,
    Funnel,
    FunnelLimit,
    Gap,
    GapRow,
    LabelCode,
    MapFigure,
    MapShape,
    Spread,
    Trend,
    TrendFinding,
    TrendPoint,
    TrendSegment,
)

from .sample_parts import comma, dots, reference, say, shown


def shapes(rows: tuple[FigureRow, ...]) -> MapFigure:
    """Fourteen crooked blocks, five by three without a corner."""

    def node(column: int, row: int) -> tuple[float, float]:
        x = column * 100 + 18 * sin(column * 2.3 + row * 1.7) + row * 9
        y = row * 110 + 16 * sin(column * 1.1 + row * 2.9) + column * 7
        return round(x + 25, 1), round(y + 25, 1)

    def ring(nodes: list[tuple[int, int]]) -> str:
        points = [node(*place) for place in nodes]
        return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z"

    cells = [(c, r) for r in range(3) for c in range(5)][:14]
    drawn = []
    for row, (c, r) in zip(rows[1:], cells, strict=False):
        corners = [(c, r), (c + 1, r), (c + 1, r + 1), (c, r + 1)]
        x = sum(node(*corner)[0] for corner in corners) / 4
        y = sum(node(*corner)[1] for corner in corners) / 4
        drawn.append(
            MapShape(
                region=row.region,
                name=row.name,
                path=ring(corners),
                x=x,
                y=y,
                label=row.label,
                word=row.word,
            )
        )
    border = [(c, 0) for c in range(6)] + [(5, 1), (5, 2), (4, 2)]
    border += [(c, 3) for c in range(4, -1, -1)] + [(0, 2), (0, 1)]
    found = {row.label for row in rows[1:]}
    sentences: dict[LabelCode, str] = {
        "DUIDELIJK_HOGER": "is duidelijk hoger dan Oefenland.",
        "WAARSCHIJNLIJK_HOGER": "is waarschijnlijk hoger.",
        "DUIDELIJK_LAGER": "is duidelijk lager.",
        "WAARSCHIJNLIJK_LAGER": "is waarschijnlijk lager.",
        "KLEIN_MAAR_ECHT": "is iets hoger of lager.",
        "ONGEVEER_GELIJK": "is ongeveer gelijk.",
        "ONBESLIST": "betekent: het verschil kan toeval zijn.",
        "GEEN_CIJFER": "betekent: geen cijfer.",
    }
    return MapFigure(
        title="De kaart kleurt alleen waar het verschil groter is dan toeval",
        subtitle="Te vroeg geboren per wijk, 2019 tot en met 2023.",
        alt="Kaart met 14 wijken. Filmwijk is duidelijk hoger, De Marken is duidelijk lager.",
        width=580,
        height=400,
        shapes=tuple(drawn),
        outline=ring(border),
        legend=tuple((code, words) for code, words in sentences.items() if code in found),
    )


Year = tuple[int, int | None, float, str]
"""First year, cases (None where withheld), the country, status."""


def points(
    years: Sequence[Year], births: int, *, per: int = 100, length: int = 1
) -> tuple[TrendPoint, ...]:
    """Years, or blocks of years, each with the same number of births."""
    found = []
    for start, cases, country, status in years:
        own: Published = Withheld()
        if cases is not None:
            own = shown(cases, births, per, status=status)
        found.append(
            TrendPoint.model_validate(
                {
                    "start": start,
                    "end": start + length - 1,
                    "own": own,
                    "own_text": "" if own.kind != "shown" else comma(own.estimate),
                    "reference": country,
                    "reference_text": comma(country),
                    "status": status,
                }
            )
        )
    return tuple(found)


def broken(area: str) -> Trend:
    """Ten years on two keys, one withheld and one provisional: too few for a word."""
    before = [(2014, 171, 7.6), (2015, 160, 7.5), (2016, None, 7.4), (2017, 166, 7.5)]
    before += [(2018, 158, 7.2), (2019, 151, 7.1), (2020, 160, 6.9)]
    after = [(2021, 149, 6.4, "ok"), (2022, 138, 6.3, "ok"), (2023, 146, 6.2, "provisional")]
    return Trend(
        title=say(f"In {area} kunnen we nog niet zeggen of het cijfer verandert"),
        subtitle="Te vroeg geboren, van de 100 baby's, per jaar van 2014 tot en met 2023.",
        alt="Tien jaren met een onderbreking na 2020, omdat de bron anders ging tellen.",
        unit_text="van de 100 baby's",
        own_name=area,
        reference_name="Oefenland",
        segments=(
            TrendSegment(
                label="telt vanaf 22 weken",
                points=points([(y, c, n, "ok") for y, c, n in before], 2080),
            ),
            TrendSegment(label="telt vanaf 24 weken", points=points(after, 2080)),
        ),
        break_text="Vanaf 2021 telt de bron baby's vanaf 24 weken. Daarvoor was dat vanaf 22 "
        "weken. Daarom vergelijken we deze jaren niet met elkaar.",
        axis=(4.0, 6.0, 8.0, 10.0),
        axis_note="De as begint bij 4, niet bij 0.",
        table_title="Te vroeg geboren per jaar",
        finding=TrendFinding(
            label="TREND_ONBEKEND",
            certainty="",
            word="kunnen we nog niet zeggen",
            sentence=say(
                "Er zijn drie jaren met dezelfde manier van tellen. Dat zijn er te weinig."
            ),
            against=None,
            sight=None,
        ),
    )


def falling(area: str) -> Trend:
    """Ten years on one key that fall, beside a country that falls as well."""
    cases = (241, 229, 233, 226, 218, 221, 209, 214, 203, 200)
    years = [
        (2014 + at, count, 10.2 - 0.05 * at, "ok" if at < 9 else "provisional")
        for at, count in enumerate(cases)
    ]
    return Trend(
        title=say(f"Het aantal te lichte baby's wordt in {area} waarschijnlijk lager"),
        subtitle="Te licht, van de 100 baby's, per jaar van 2014 tot en met 2023.",
        alt=f"Tien jaren in {area}, van 11,6 naar 9,6. In Oefenland van 10,2 naar 9,8.",
        unit_text="van de 100 baby's",
        own_name=area,
        reference_name="Oefenland",
        segments=(TrendSegment(label="", points=points(years, 2080)),),
        break_text="",
        axis=(8.0, 10.0, 12.0, 14.0),
        axis_note="De as begint bij 8, niet bij 0.",
        table_title="Te licht per jaar",
        finding=TrendFinding(
            label="DAALT",
            certainty="waarschijnlijk",
            word="wordt waarschijnlijk lager",
            sentence=say(
                "Sinds 2014 zijn waarschijnlijk minder baby's te licht: eerst 12, nu 10 van de "
                "100. Of dat door de aanpak komt, weten we niet."
            ),
            against=say("Of het hier sneller lager wordt dan in Oefenland, kunnen we niet zien."),
            sight=say(
                "Met 2.080 geboorten per jaar zien we in tien jaar pas een verandering van "
                "ongeveer 2 van de 100 baby's of meer."
            ),
        ),
    )


def level(area: str) -> Trend:
    """Five blocks of two years in which nothing can be told."""
    counts = (21, 19, 24, 18, 20)
    years = [(2014 + 2 * at, count, 4.8, "ok") for at, count in enumerate(counts)]
    return Trend(
        title=say("Sterfte rond de geboorte per twee jaar"),
        subtitle="Van de 1.000 baby's, van 2014 tot en met 2023.",
        alt=f"Vijf keer twee jaar in {area}, tussen 4,3 en 5,8. In Oefenland 4,8.",
        unit_text="van de 1.000 baby's",
        own_name=area,
        reference_name="Oefenland",
        segments=(TrendSegment(label="", points=points(years, 4160, per=1000, length=2)),),
        break_text="",
        axis=(0.0, 3.0, 6.0, 9.0),
        axis_note="",
        table_title="Sterfte rond de geboorte per twee jaar",
        finding=TrendFinding(
            label="TREND_ONBESLIST",
            certainty="",
            word="kunnen we niet zien",
            sentence=say("We zien niet of het cijfer verandert. Het gaat om kleine aantallen."),
            against=None,
            sight=say("Een verandering zien we pas als het cijfer ongeveer half zo hoog wordt."),
        ),
    )


def areas(rows: tuple[FigureRow, ...]) -> DotInterval:
    """The wijken beside the country."""
    return DotInterval(
        title="In vier wijken is het verschil met Oefenland meer dan toeval",
        subtitle="Te vroeg geboren, van de 100 baby's, 2019 tot en met 2023. De wijken staan in "
        "vaste volgorde: van Haven naar Buiten.",
        alt="Veertien wijken met hun cijfer en hun strepen naast de lijn van Oefenland bij 7,0.",
        unit_text="van de 100 baby's",
        reference=reference(7.0),
        rows=rows,
        axis=(0.0, 5.0, 10.0, 15.0),
        axis_note="",
        reading="Raakt de dunne streep de lijn van Oefenland? Dan kan het verschil toeval zijn.",
        table_title="Te vroeg geboren per wijk",
    )


def spread(area: str, *, seen: bool) -> Spread:
    """Wijken that lie apart, or wijken of which that cannot be seen."""
    lead = (
        say("In de meeste wijken ligt het echte cijfer tussen 6 en 9 van de 100."),
        say("Een deel van de verschillen tussen wijken is toeval. Dat deel telt hier niet mee."),
    )
    if not seen:
        lead = (say("De verschillen tussen de wijken zijn niet groter dan bij toeval past."),)
    return Spread(
        title=say(
            "De wijken liggen verder uit elkaar dan bij toeval past"
            if seen
            else "Tussen de wijken zien we geen verschil"
        ),
        subtitle="Hoe ver de wijken uit elkaar liggen, van de 100 baby's, 2019 tot en met 2023.",
        alt=f"Een band van 5,9 tot 9,1. Oefenland ligt bij 7,0, {area} bij 7,3." if seen else "",
        lead=lead,
        unit_text="van de 100 baby's",
        reference=reference(7.0),
        own_name=f"Heel {area}",
        own=7.31,
        own_text="7,3",
        lower=5.9 if seen else None,
        upper=9.1 if seen else None,
        range_text="5,9 – 9,1" if seen else "",
        axis=(4.0, 6.0, 8.0, 10.0),
        axis_note="De as begint bij 4, niet bij 0.",
    )


def funnel(rows: tuple[FigureRow, ...]) -> Funnel:
    """Every wijk with a figure; the limits are those of chance for 7 of 100, rounded."""
    shown_ = tuple(row for row in rows[1:] if row.published.kind == "shown")
    return Funnel(
        title=say("In twee wijken ligt het cijfer verder van Oefenland dan past bij toeval"),
        subtitle="Te vroeg geboren, van de 100 baby's, 2019 tot en met 2023.",
        alt="Een stip per wijk: hoe meer geboorten, hoe verder naar rechts.",
        lead=(say("Hoe minder geboorten, hoe verder een cijfer door toeval kan liggen."),),
        unit_text="van de 100 baby's",
        reference=reference(7.0),
        rows=shown_,
        limits=tuple(
            FunnelLimit(births=n, lower998=7 - 3 * d, lower95=7 - 2 * d, upper95=7 + 2 * d,
                        upper998=7 + 3 * d)
            for n, d in ((200, 1.8), (500, 1.14), (1000, 0.81), (2000, 0.57))
        ),
        axis=(0.0, 5.0, 10.0, 15.0),
        axis_note="",
        births_axis=(0.0, 500.0, 1000.0, 1500.0, 2000.0),
        births_text="geboorten van een wijk, 2019 tot en met 2023",
    )  # fmt: skip


def gap(rows: tuple[FigureRow, ...]) -> Gap:
    """Two fifths, with the first and the last wijken in them."""
    names = [row.name for row in rows[1:] if row.published.kind == "shown"]

    def fifth(name: str, areas: list[str], cases: int, births: int) -> GapRow:
        own = shown(cases, births)
        return GapRow(
            name=name,
            areas=tuple(areas),
            births_text=dots(births),
            estimate=own.estimate,
            lower95=own.lower95,
            upper95=own.upper95,
            estimate_text=comma(own.estimate),
            interval95_text=f"{comma(own.lower95)} – {comma(own.upper95)}",
        )

    return Gap(
        title=say(
            "Waarschijnlijk worden in wijken met weinig welvaart meer baby's te vroeg geboren"
        ),
        subtitle="Te vroeg geboren, van de 100 baby's, 2019 tot en met 2023. De wijken staan op "
        "volgorde van welvaart.",
        alt="De wijken met de minste welvaart: 8,9. De wijken met de meeste welvaart: 6,0.",
        lead=(
            say("Elke groep is ongeveer een vijfde van de geboorten in wijken met een cijfer."),
            say("Waardoor dit verschil komt, weten we niet. Bespreek het met elkaar."),
        ),
        unit_text="van de 100 baby's",
        rows=(
            fifth("De wijken met de minste welvaart", names[:4], 186, 2090),
            fifth("De wijken met de meeste welvaart", names[4:7] or names[:1], 124, 2066),
        ),
        difference_text="2,9 (1,3 tot 4,5)",
        table_title="Te vroeg geboren, minste en meeste welvaart",
        axis=(4.0, 6.0, 8.0, 10.0, 12.0),
        axis_note="De as begint bij 4, niet bij 0.",
    )
