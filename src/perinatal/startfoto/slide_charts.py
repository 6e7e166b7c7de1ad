"""Native charts for slides: dots with two intervals beside the country, editable in the office.

PowerPoint knows no dot-and-interval chart. A line chart without its line, with error bars whose
lengths stand in the chart's own worksheet, is one; so the figures can be seen and changed there.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.startfoto.charts.trend_words import period
from perinatal.startfoto.document import DotInterval, FigureRow, Trend
from perinatal.startfoto.tokens import COLOURS, SPEAKING

MOST = 9
"""Areas on one slide beside the whole; more would make their names unreadable."""
_BROAD, _THIN = "Waarschijnlijk tussen", "Bijna zeker tussen"
_NAMESPACES = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
Ends = tuple[float, float] | None


@dataclass(frozen=True)
class Dot:
    """A place on the axis: its name, the printed figure, its two ranges, and the country's."""

    name: str
    value: float | None
    broad: Ends
    thin: Ends
    reference: float | None


@dataclass(frozen=True)
class Dots:
    """What one chart draws."""

    own_name: str
    reference_name: str
    dots: tuple[Dot, ...]
    axis: tuple[float, ...]


def of_areas(figure: DotInterval) -> list[Dots]:
    """Charts of at most :data:`MOST` areas with a figure, as evenly as can be, the whole first."""
    whole, *others = figure.rows
    rows = [row for row in others if isinstance(row.published, Shown)]
    size = ceil(len(rows) / max(ceil(len(rows) / MOST), 1)) or 1
    parts = [rows[at : at + size] for at in range(0, len(rows), size)] or [[]]
    reference = dutch.value(figure.reference.text)
    return [
        Dots("Cijfer", figure.reference.name,
             tuple(_dot(row, reference) for row in (whole, *part)), figure.axis)
        for part in parts
    ]  # fmt: skip


def of_years(figure: Trend) -> Dots:
    """The years of all definitions, with an empty place where one ends and the next begins."""
    dots: list[Dot] = []
    for segment in figure.segments:
        if dots:
            dots.append(Dot(" ", None, None, None, None))
        for point in segment.points:
            shown = point.own if isinstance(point.own, Shown) else None
            reference = dutch.value(point.reference_text) if point.reference_text else None
            dots.append(
                Dot(
                    period(point),
                    dutch.value(point.own_text) if shown else None,
                    _rounded(shown.lower95, shown.upper95) if shown else None,
                    None,
                    reference,
                )
            )
    return Dots(figure.own_name, figure.reference_name, tuple(dots), figure.axis)


def _dot(row: FigureRow, reference: float) -> Dot:
    if not isinstance(row.published, Shown):
        return Dot(f"{row.name} (geen cijfer)", None, None, None, reference)
    name = f"{row.name} ({row.word})" if row.label in SPEAKING else row.name
    return Dot(
        name, dutch.value(row.estimate_text), _ends(row.interval95_text),
        _ends(row.interval998_text), reference,
    )  # fmt: skip


def _ends(interval: str) -> Ends:
    low, _, high = interval.partition(" – ")
    return (float(dutch.value(low)), float(dutch.value(high))) if high else None


def _rounded(low: float, high: float) -> Ends:
    return _ends(dutch.span(low, high))


def add(
    slide: Any, chart: Dots, place: tuple[int, int, int, int], alt: str, made: datetime
) -> None:
    """Put a chart on a slide.

    Args:
        place: left, top, width and height in EMU.
        alt: what a reading voice says instead.
        made: moment of the edition, for the worksheet inside.
    """
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    dots = chart.dots
    data = CategoryChartData(number_format="0.0")
    data.categories = [dot.name for dot in dots]
    values = [dot.value for dot in dots]
    data.add_series(_BROAD, values)
    data.add_series(chart.own_name, values)
    data.add_series(chart.reference_name, [dot.reference for dot in dots])
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *place, data)
    frame.name = "Figuur"
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
    _style(frame.chart, chart)
    frame.chart.part.chart_workbook.update_from_xlsx_blob(_worksheet(chart, made))


def _style(chart: Any, drawn: Dots) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_LEGEND_POSITION, XL_MARKER_STYLE
    from pptx.util import Pt

    chart.font.size, chart.font.name = Pt(12), "Arial"
    chart.has_title = False
    chart.has_legend = True
    chart.legend.position = XL_LEGEND_POSITION.TOP
    chart.legend.include_in_layout = False
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale = drawn.axis[0], drawn.axis[-1]
    axis.major_unit = drawn.axis[1] - drawn.axis[0]
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "General", False
    axis.format.line.fill.background()
    axis.major_gridlines.format.line.color.rgb = _rgb("zand3", RGBColor)
    # names under each other in their own width, never aslant
    names = chart.category_axis.tick_labels
    names.font.size = Pt(11)
    names._element.get_or_add_txPr().bodyPr.set("rot", "0")
    broad, own, country = chart.plots[0].series
    for series, colour in ((broad, "eigen"), (own, "eigen"), (country, "inkt2")):
        series.smooth = False
        series.format.line.color.rgb = _rgb(colour, RGBColor)
        series.marker.style = XL_MARKER_STYLE.NONE
    for series in (broad, own):
        series.format.line.fill.background()
    country.format.line.width = Pt(2)
    own.marker.style, own.marker.size = XL_MARKER_STYLE.CIRCLE, 9
    own.marker.format.fill.solid()
    own.marker.format.fill.fore_color.rgb = _rgb("eigen", RGBColor)
    last = len(drawn.dots) + 1
    _error_bars(broad, [(d.value, d.broad) for d in drawn.dots], ("E", "F", last), 8, "55000")
    if any(dot.thin for dot in drawn.dots):
        _error_bars(own, [(d.value, d.thin) for d in drawn.dots], ("G", "H", last), 1.5, "100000")
    # a series without line or marker is drawn by its bars alone: its legend entry would be empty
    _hide_legend_entry(chart, 0)


def _rgb(name: str, colour: Any) -> Any:
    return colour.from_string(COLOURS[name].removeprefix("#"))


def lengths(dots: Sequence[tuple[float | None, Ends]]) -> tuple[list[float], list[float]]:
    """How far the ranges reach above and below the figures, of the printed numbers."""
    known = [(value, ends) if value is not None and ends else (0.0, (0.0, 0.0))
             for value, ends in dots]  # fmt: skip
    up = [round(ends[1] - value, 1) for value, ends in known]
    return up, [round(value - ends[0], 1) for value, ends in known]


def _error_bars(
    series: Any,
    dots: Sequence[tuple[float | None, Ends]],
    cells: tuple[str, str, int],
    width: float,
    alpha: str,
) -> None:
    from lxml import etree

    plus, minus, last = cells
    up, down = lengths(dots)

    def numbers(tag: str, column: str, values: list[float]) -> str:
        points = "".join(
            f'<c:pt idx="{place}"><c:v>{value}</c:v></c:pt>' for place, value in enumerate(values)
        )
        return (
            f"<c:{tag}><c:numRef><c:f>Sheet1!${column}$2:${column}${last}</c:f><c:numCache>"
            f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{points}'
            f"</c:numCache></c:numRef></c:{tag}>"
        )

    colour = COLOURS["eigen"].removeprefix("#")
    bars = etree.fromstring(
        f'<c:errBars {_NAMESPACES}><c:errDir val="y"/><c:errBarType val="both"/>'
        f'<c:errValType val="cust"/><c:noEndCap val="1"/>{numbers("plus", plus, up)}'
        f'{numbers("minus", minus, down)}<c:spPr><a:ln w="{round(width * 12700)}" cap="flat">'
        f'<a:solidFill><a:srgbClr val="{colour}"><a:alpha val="{alpha}"/></a:srgbClr></a:solidFill>'
        "</a:ln></c:spPr></c:errBars>"
    )
    before = next(child for child in series._element if child.tag.endswith(("}cat", "}val")))
    before.addprevious(bars)


def _hide_legend_entry(chart: Any, index: int) -> None:
    from lxml import etree

    entry = etree.fromstring(
        f'<c:legendEntry {_NAMESPACES}><c:idx val="{index}"/><c:delete val="1"/></c:legendEntry>'
    )
    chart.legend._element.find(
        "{http://schemas.openxmlformats.org/drawingml/2006/chart}legendPos"
    ).addnext(entry)


def _worksheet(chart: Dots, made: datetime) -> bytes:
    """The numbers behind the chart, as the office opens them with 'edit data'."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.set_properties({"created": made.replace(tzinfo=None)})
    sheet = book.add_worksheet("Sheet1")
    heads = (
        "", _BROAD, chart.own_name, chart.reference_name,
        f"{_BROAD}: erboven", f"{_BROAD}: eronder", f"{_THIN}: erboven", f"{_THIN}: eronder",
    )  # fmt: skip
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head)
    broad = lengths([(dot.value, dot.broad) for dot in chart.dots])
    thin = lengths([(dot.value, dot.thin) for dot in chart.dots])
    for place, dot in enumerate(chart.dots):
        sheet.write_string(place + 1, 0, dot.name)
        numbers = (dot.value, dot.value, dot.reference)
        for column, number in enumerate(numbers, start=1):
            if number is not None:
                sheet.write_number(place + 1, column, number)
        if dot.value is not None:
            for column, found in enumerate((*broad, *thin), start=4):
                sheet.write_number(place + 1, column, found[place])
    book.close()
    return out.getvalue()
