"""Spread, gap, sight and change of one area, drawn from the tables of insight of an edition."""

from __future__ import annotations

from typing import Any

import numpy as np

from perinatal import dutch
from perinatal.catalog.models import Indicator
from perinatal.disclosure.published import Shown
from perinatal.startfoto import wording_areas, wording_change
from perinatal.startfoto.charts.births import ticks
from perinatal.startfoto.document import (
    DotInterval,
    Funnel,
    FunnelLimit,
    Gap,
    GapRow,
    Sentence,
    Sight,
    SightRow,
    Spread,
    TrendFinding,
)
from perinatal.startfoto.findings import Cell, axis_of, reference_of
from perinatal.startfoto.view import View
from perinatal.statistics.funnel_proportion import ALARM, WARNING, proportion_funnel


def rows_of(view: View, table: str, cell: Cell, *, period: bool = True) -> list[dict[str, Any]]:
    """Rows of a table about the same region and series (and period) as a cell."""
    series = (cell.region, cell.source, cell.indicator, cell.definition)
    return [
        row
        for row in view.told(table).get(series, ())
        if not period or (row["period_start"], row["period_end"]) == (cell.start, cell.end)
    ]


def trend_finding(view: View, indicator: Indicator, last: Cell | None) -> TrendFinding:
    """The change in the line that ends in ``last``."""
    found = rows_of(view, "published_trend", last, period=False) if last else []
    if last is None or not found:
        return wording_change.unknown_trend(view.area.name)
    return wording_change.trend_finding(
        indicator,
        found[0],
        area=view.area.name,
        country=view.country,
        evidence=last.reference_id,
    )


def excess(view: View, indicator: Indicator, main: Cell) -> Sentence | None:
    found = rows_of(view, "published_effect", main)
    if not found:
        return None
    return wording_change.excess(indicator, main.label, found[0], main.reference_id)


def goal(view: View, indicator: Indicator, main: Cell) -> Sentence | None:
    found = rows_of(view, "published_goal", main)
    return wording_change.goal(indicator, found[0], main.reference_id) if found else None


_FEWEST_AREAS = 5
_CURVE = 40
"""Points of a curve: enough to look smooth at the width of a page."""


def funnel(view: View, indicator: Indicator, areas: DotInterval, main: Cell) -> Funnel | None:
    """Areas with a figure in the funnel of chance; None for a handful of areas, or a rate."""
    rows = tuple(row for row in areas.rows[1:] if isinstance(row.published, Shown))
    births = [row.published.denominator for row in rows if isinstance(row.published, Shown)]
    if len(rows) < _FEWEST_AREAS or indicator.kind != "proportion":
        return None
    ends = ticks(min(births), max(births))
    sizes = np.unique(
        np.geomspace(max(ends[0], min(births) * 0.9), ends[-1], _CURVE).round().astype(int)
    )
    average, scale = areas.reference.estimate / indicator.per, indicator.per
    (low95, high95), (low998, high998) = (
        proportion_funnel(sizes, average, c) for c in (WARNING, ALARM)
    )
    limits = tuple(
        FunnelLimit(
            births=int(n), lower998=round(d * scale, 4), lower95=round(b * scale, 4),
            upper95=round(c * scale, 4), upper998=round(e * scale, 4),
        )
        for n, b, c, d, e in zip(sizes, low95, high95, low998, high998, strict=True)
    )  # fmt: skip
    figures = [row.published.estimate for row in rows if isinstance(row.published, Shown)]
    axis, note = axis_of([*figures, *(v for one in limits for v in (one.lower998, one.upper998))])
    outside = sum(row.direction != 0 for row in rows)
    when = dutch.years(main.start, main.end)
    title, *lead = wording_areas.funnel(indicator, outside, view.country, main.reference_id)
    what = "zwangeren" if indicator.words.who == "zwangeren" else "geboorten"
    return Funnel(
        title=title,
        subtitle=f"{indicator.words.title}, {areas.unit_text}, {when}.",
        alt=f"Een stip per wijk: hoe meer {what}, hoe verder naar rechts. {title.text}. De cijfers "
        "staan in de tabel.",
        lead=tuple(lead), unit_text=areas.unit_text, reference=areas.reference, rows=rows,
        limits=limits, axis=axis, axis_note=note, births_axis=ends,
        births_text=f"{what} van een wijk, {when}",
    )  # fmt: skip


def spread(view: View, indicator: Indicator, main: Cell) -> Spread | None:
    """The spread between the wijken of a municipality; None with too few shown wijken."""
    found = rows_of(view, "published_spread", main)
    reference = reference_of(main, indicator, view.country)
    if not found or reference is None or not isinstance(main.published, Shown):
        return None
    row, own = found[0], main.published
    low, high = row["middle_lower"], row["middle_upper"]
    title, lead = wording_areas.spread(indicator, row["p_value"], low, high, main.reference_id)
    seen = row["p_value"] < wording_areas.SPREAD_SEEN
    axis, note = axis_of([*([low, high] if seen else []), reference.estimate, own.estimate])
    unit = f"van de {dutch.number(indicator.per)} {indicator.words.who}"
    range_text = dutch.span(low, high) if seen else ""
    return Spread(
        title=title,
        subtitle=f"{indicator.words.title}, {unit}, {dutch.years(main.start, main.end)}. "
        f"{dutch.number(row['areas'])} wijken met een cijfer.",
        alt=f"{title.text}. {view.area.name}: {dutch.number(own.estimate, 1)}. {view.country}: "
        f"{reference.text}." + (f" De meeste wijken: {range_text}." if seen else ""),
        lead=lead, unit_text=unit, reference=reference, own_name=f"Heel {view.area.name}",
        own=own.estimate, own_text=dutch.number(own.estimate, 1),
        lower=round(low, 4) if seen else None, upper=round(high, 4) if seen else None,
        range_text=range_text, axis=axis, axis_note=note,
    )  # fmt: skip


def gap(view: View, indicator: Indicator, main: Cell) -> Gap | None:
    """The two fifths of the births; None where the delivery brings no order of the wijken."""
    order = view.catalog.sources[main.source].order
    rows = {row["side"]: row for row in rows_of(view, "published_gap", main)}
    if order is None or len(rows) != 2:
        return None
    most, least = rows["most"], rows["least"]
    limits = (most["difference_lower95"], most["difference_upper95"])
    title, lead = wording_areas.gap(
        indicator, order, most["estimate"], least["estimate"], limits, main.reference_id
    )
    axis, note = axis_of([v for row in (most, least) for v in (row["lower95"], row["upper95"])])
    unit = f"van de {dutch.number(indicator.per)} {indicator.words.who}"
    when = dutch.years(main.start, main.end)
    named = ((order.most, most), (order.least, least))
    return Gap(
        title=title,
        subtitle=f"{indicator.words.title}, {unit}, {when}. De wijken staan op volgorde van "
        f"{order.score}.",
        alt=f"{title.text}. "
        + " ".join(
            f"{name[0].upper()}{name[1:]}: {dutch.number(row['estimate'], 1)} "
            f"({dutch.span(row['lower95'], row['upper95'])})."
            for name, row in named
        ),
        lead=lead,
        unit_text=unit,
        rows=tuple(
            GapRow(
                name=name[0].upper() + name[1:],
                areas=tuple(view.display(code) for code in row["areas"]),
                births_text=dutch.number(row["denominator"]),
                estimate=round(row["estimate"], 4), lower95=round(row["lower95"], 4),
                upper95=round(row["upper95"], 4),
                estimate_text=dutch.number(row["estimate"], 1),
                interval95_text=dutch.span(row["lower95"], row["upper95"]),
            )
            for name, row in named
        ),
        difference_text=f"{dutch.number(most['difference'], 1)} "
        f"({dutch.number(limits[0], 1)} tot {dutch.number(limits[1], 1)})",
        table_title=f"{indicator.words.title}: een vijfde van de geboorten aan elke kant, {when}",
        axis=axis,
        axis_note=note,
    )  # fmt: skip


def sight(view: View) -> Sight | None:
    """What the births of the area can show, per key figure; known without any outcome."""
    rows = []
    for indicator in view.indicators():
        cells = view.main.get(indicator.id)
        found = rows_of(view, "published_sight", cells[0]) if cells else []
        if not found or cells is None:
            continue
        for row in sorted(found, key=lambda row: str(row["scope"])):
            where = ", in een wijk van gemiddelde grootte" if row["scope"] == "wijk" else ""
            same = row["same_births"]
            rows.append(
                SightRow(
                    title=f"{indicator.words.title}{where} (van de {dutch.number(indicator.per)})",
                    births_text=dutch.number(row["births"]),
                    reference_text=dutch.number(row["reference_estimate"], 1),
                    lower_text=_number(row["seen_below"]),
                    upper_text=_number(row["seen_above"]),
                    same_text="" if same is None or same != same else dutch.number(round(same, -2)),
                )
            )
    if not rows:
        return None
    return Sight(
        title=Sentence(text=wording_areas.SIGHT_TITLE, rule="zicht-kop"),
        lead=tuple(Sentence(text=text, rule="zicht") for text in wording_areas.SIGHT_LEAD),
        rows=tuple(rows),
        table_title="Vanaf welk cijfer we een verschil meestal zien",
    )


def _number(value: float | None) -> str:
    return "" if value is None or value != value else dutch.number(value, 1)
