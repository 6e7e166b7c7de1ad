"""What the published figures of one area say: rows, series of years, and what was left out.

Everything here is made from published cells and published totals only, so a hidden number cannot
shine through a sentence, a title or a trend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from perinatal import dutch
from perinatal.catalog import Area, Catalog, Definition, Indicator
from perinatal.catalog.comparability import segments
from perinatal.catalog.models import Status
from perinatal.disclosure.published import Published, Shown, Withdrawn, Withheld
from perinatal.startfoto import wording, wording_change
from perinatal.startfoto.document import (
    FigureRow,
    LabelCode,
    Reference,
    Trend,
    TrendPoint,
    TrendSegment,
)


@dataclass(frozen=True)
class Cell:
    """One published cell, as a row of the edition's table."""

    region: str
    source: str
    indicator: str
    definition: str
    start: int
    end: int
    level: str
    label: LabelCode
    published: Published
    reference: float | None
    decimals: int

    @property
    def reference_id(self) -> str:
        return (
            f"{self.region}/{self.indicator}/{self.source}.{self.definition}/"
            f"{self.start}-{self.end}"
        )


def text_of(value: object) -> str:
    """A text cell of a table; '' where there is none (pandas says NaN or None)."""
    return value if isinstance(value, str) else ""


def read_cells(values: pd.DataFrame) -> list[Cell]:
    """Cells of a published table (see the schema of ``curated.published_value``)."""
    return [_cell(row) for row in values.to_dict("records")]


def _cell(row: dict[Any, Any]) -> Cell:
    published: Published
    if row["kind"] == "shown":
        published = Shown(
            numerator=int(row["numerator"]),
            denominator=int(row["denominator"]),
            per=int(row["per"]),
            estimate=float(row["estimate"]),
            lower95=float(row["lower95"]),
            upper95=float(row["upper95"]),
            lower998=float(row["lower998"]),
            upper998=float(row["upper998"]),
            status=cast(Status, row["status"]),
            counts_derived=bool(row["counts_derived"]),
        )
    elif row["kind"] == "withdrawn":
        published = Withdrawn(
            since=text_of(row["since"]),
            reason=text_of(row["note"]),
        )
    else:
        published = Withheld()
    reference = row["reference_estimate"]
    decimals = row["reference_decimals"]
    return Cell(
        row["region"], row["source"], row["indicator"], row["definition"],
        int(row["period_start"]), int(row["period_end"]), row["level"],
        cast(LabelCode, row["label"]), published,
        None if pd.isna(reference) else float(reference),
        1 if pd.isna(decimals) else min(int(decimals), 1),
    )  # fmt: skip


def reference_of(cell: Cell, indicator: Indicator, country: str) -> Reference | None:
    """The national figure beside a cell, with the strip of 'about the same' around it."""
    if cell.reference is None:
        return None
    margin = indicator.equivalence_margin
    return Reference(
        name=country,
        estimate=round(cell.reference, 4),
        text=dutch.number(cell.reference, cell.decimals),
        lower_strip=round(cell.reference * (1 - margin), 4) if margin else None,
        upper_strip=round(cell.reference * (1 + margin), 4) if margin else None,
    )


def figure_row(cell: Cell, name: str, group: str | None = None) -> FigureRow:
    """One area's figure with its printed texts; all of them empty where nothing is shown."""
    p = cell.published if isinstance(cell.published, Shown) else None
    return FigureRow(
        reference_id=cell.reference_id,
        region=cell.region.removeprefix("area:"),
        name=name,
        group=group,
        published=cell.published,
        label=cell.label,
        word=wording.label_word(cell.label, cell.published, cell.reference),
        direction=wording.points(cell.label, p.estimate, cell.reference) if p else 0,
        births_text=dutch.number(p.denominator) if p else "",
        count_text=dutch.number(p.numerator) if p else "",
        estimate_text=dutch.number(p.estimate, 1) if p else "",
        interval95_text=dutch.span(p.lower95, p.upper95) if p else "",
        interval998_text=dutch.span(p.lower998, p.upper998) if p else "",
    )


def headline(cells: list[Cell], region: str, catalog: Catalog, indicator: Indicator) -> list[Cell]:
    """The area's figures of its newest period with one, main figure first.

    Order of sources and series in the catalogue decides; a definition that can be shown goes
    before one that cannot.
    """
    own = [c for c in cells if c.region == region and c.indicator == indicator.id]
    pooled = [c for c in own if c.end > c.start] or own
    if not pooled:
        return []
    newest = max(c.end for c in pooled)
    order = {
        (source.id, series.indicator, series.definition): number
        for number, (source, series) in enumerate(
            (source, series) for source in catalog.sources.values() for series in source.series
        )
    }
    latest = [c for c in pooled if c.end == newest]
    return sorted(
        latest,
        key=lambda c: (
            isinstance(c.published, Withheld),
            order[(c.source, c.indicator, c.definition)],
        ),
    )


def trend_of(
    cells: list[Cell], region: str, indicator: Indicator, catalog: Catalog, area: str, country: str
) -> tuple[Trend, Cell] | None:
    """Single years of an area beside the country, split wherever the definition changes.

    Returns:
        The line, and the cell of its last point, whose series the change is about.
    """
    own = [
        c for c in cells if c.region == region and c.indicator == indicator.id and c.start == c.end
    ]
    if not any(isinstance(c.published, Shown) for c in own):
        return None
    by_source: dict[str, list[Cell]] = {}
    for cell in own:
        by_source.setdefault(cell.source, []).append(cell)
    source, rows = max(by_source.items(), key=lambda item: len(item[1]))
    # two definitions of one year have no place in one line: the catalogue's first one speaks
    order = [d.id for d in indicator.definitions]
    chosen: dict[int, Cell] = {}
    for cell in sorted(rows, key=lambda c: order.index(c.definition), reverse=True):
        chosen[cell.start] = cell
    points = [
        (
            catalog.table(source, indicator.id, cell.definition),
            catalog.definition(indicator.id, cell.definition),
            TrendPoint(
                reference_id=cell.reference_id, start=cell.start, end=cell.end, own=cell.published,
                own_text=dutch.number(cell.published.estimate, 1)
                if isinstance(cell.published, Shown)
                else "",
                reference=None if cell.reference is None else round(cell.reference, 4),
                reference_text="" if cell.reference is None else dutch.number(cell.reference, 1),
                status=cell.published.status if isinstance(cell.published, Shown) else "ok",
            ),
        )
        for _, cell in sorted(chosen.items())
    ]  # fmt: skip
    line = _trend(points, indicator, area, country, catalog.sources[source].title)
    return line, chosen[max(chosen)]


def national_trend(
    elsewhere: pd.DataFrame, indicator: Indicator, catalog: Catalog, country: str
) -> Trend | None:
    """The printed national figures, where the area itself has no single years."""
    rows = elsewhere[(elsewhere["indicator"] == indicator.id) & elsewhere["value"].notna()]
    if rows.empty:
        return None
    order = [d.id for d in indicator.definitions]
    # of two definitions side by side the one with most years leads, then the newest break
    sizes = rows.groupby("definition")["year"].agg(["count", "max"])
    lead = sizes.sort_values(["count", "max"]).index[-1]
    last = int(sizes.loc[lead, "max"])
    follow = sorted(
        (
            d
            for d in sizes.index
            if d != lead and rows[rows["definition"] == d]["year"].min() > last
        ),
        key=lambda d: _kinship(catalog, indicator, str(lead), str(d), order),
    )[:1]
    points, cited = [], []
    for definition_id in [str(lead), *map(str, follow)]:
        definition = catalog.definition(indicator.id, definition_id)
        for row in rows[rows["definition"] == definition_id].sort_values("year").to_dict("records"):
            cited.append(text_of(row.get("citation")))
            points.append((
                catalog.table(str(row["source"]), indicator.id, definition_id),
                definition,
                TrendPoint(
                    reference_id=f"{row['region']}/{indicator.id}/{row['source']}.{definition_id}/"
                    f"{row['year']}-{row['year']}",
                    start=int(row["year"]), end=int(row["year"]), own=Withheld(), own_text="",
                    reference=float(row["value"]), reference_text=dutch.number(row["value"], 1),
                    status=cast(Status, row["status"]),
                ),
            ))  # fmt: skip
    if len(points) < 2:
        return None
    return _trend(points, indicator, "", country, "; ".join(dict.fromkeys(filter(None, cited))))


def _kinship(
    catalog: Catalog, indicator: Indicator, lead: str, other: str, order: list[str]
) -> tuple[int, int]:
    first = catalog.definition(indicator.id, lead).key
    second = catalog.definition(indicator.id, other).key
    return len(first.differences(second)), order.index(other)


def _trend(
    points: list[tuple[str, Definition, TrendPoint]],
    indicator: Indicator,
    area: str,
    country: str,
    source: str,
) -> Trend:
    numbers = segments([(table, definition.key) for table, definition, _ in points])
    parts: dict[int, list[tuple[Definition, TrendPoint]]] = {}
    for place, (_, definition, point) in zip(numbers, points, strict=True):
        parts.setdefault(place, []).append((definition, point))
    lines = tuple(
        TrendSegment(label=part[0][0].short, points=tuple(point for _, point in part))
        for part in parts.values()
    )
    broken = ""
    if len(lines) > 1:
        until, turn = lines[0].points[-1].end, lines[1].points[0].start
        broken = (
            f"Tot en met {until} is er zo geteld: {lines[0].label}. Vanaf {turn} is er anders "
            f"geteld: {lines[1].label}. Daarom vergelijken we die jaren niet met elkaar."
        )
    first, last = points[0][2].start, points[-1][2].end
    values = [
        value
        for *_, point in points
        for value in (
            (point.own.lower95, point.own.upper95) if isinstance(point.own, Shown) else ()
        )
    ] + [point.reference for *_, point in points if point.reference is not None]
    axis, note = axis_of(values)
    words = indicator.words
    who = f"{area} en {country}" if area else country
    return Trend(
        title=wording_change.line_title(words.title, (first, last), broken=bool(broken)),
        subtitle=f"{words.title}, {who}, {dutch.years(first, last)}.",
        alt=f"Lijn met een punt per jaar voor {who}, {dutch.years(first, last)}. "
        + (f"{broken} " if broken else "")
        + "De cijfers staan in de tabel.",
        unit_text=f"van de {dutch.number(indicator.per)} {words.who}",
        own_name=area,
        reference_name=country,
        segments=lines,
        break_text=broken,
        axis=axis,
        axis_note=note,
        table_title=f"{words.title} per jaar",
        source_text=f"Bron: {source}, {dutch.years(first, last)}.",
    )


def axis_of(values: list[float]) -> tuple[tuple[float, ...], str]:
    """At most six round ticks around the values, from zero unless that wastes the room."""
    low, high = min(values), max(values)
    low = 0.0 if low < high / 3 else low
    rough = max(high - low, high * 0.1) / 4
    magnitude = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else 0.1
    step = next(
        magnitude * factor for factor in (1, 2, 2.5, 5, 10, 20, 50) if magnitude * factor >= rough
    )
    start = int(low / step) * step
    if start == low and start > 0:
        start = round(start - step, 6)  # the lowest figure never lies on the axis itself
    ticks = [start]
    while ticks[-1] < high:
        ticks.append(round(ticks[-1] + step, 6))
    decimals = 0 if step == int(step) else 1
    note = f"De as begint bij {dutch.number(start, decimals)}, niet bij 0." if start else ""
    return tuple(ticks), note


def municipalities(area: Area, names: dict[str, str]) -> str:
    """'Oefenstad', or 'Oefenstad en Proefdorp'."""
    return " en ".join(names[code] for code in area.municipalities)
