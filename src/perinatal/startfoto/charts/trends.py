"""Years in a row: never joined across a change of definition."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from perinatal import dutch
from perinatal.startfoto.charts.svg import (
    Scale,
    decimal,
    drawing,
    group,
    line,
    rect,
    text,
    text_width,
)
from perinatal.startfoto.charts.trend_words import (
    OWN,
    THEIRS,
    Placed,
    Style,
    axis_words,
    break_labels,
    direct_labels,
    key,
    margin,
    period,
)
from perinatal.startfoto.document import Trend, TrendPoint
from perinatal.startfoto.signs import number
from perinatal.startfoto.tokens import COLOURS, PHONE, PRINT

_GAP: Final = 1.1
"""White between two definitions, in steps of the axis."""


def _style(width: int) -> Style:
    if width == PHONE:
        return Style(13, 16, 210, 0, 3.6, 6, 1)
    if width == PRINT:
        return Style(9, 11, 132, 92, 2.8, 4.4, 0.7)
    return Style(13.5, 17, 236, 128, 4.2, 7, 1)


def _step(trend: Trend) -> float:
    mids = [[(p.start + p.end) / 2 for p in segment.points] for segment in trend.segments]
    steps = [b - a for row in mids for a, b in pairwise(row) if b > a]
    return min(steps) if steps else 1.0


def _place(trend: Trend, left: float, right: float) -> tuple[list[list[Placed]], float]:
    """Points on the axis, and the width of one step."""
    step = _step(trend)
    at = 0.0
    rows: list[list[tuple[TrendPoint, float]]] = []
    for segment in trend.segments:
        if not segment.points:
            continue
        first = (segment.points[0].start + segment.points[0].end) / 2
        rows.append([(p, at + ((p.start + p.end) / 2 - first) / step) for p in segment.points])
        at = rows[-1][-1][1] + 1 + _GAP
    total = max(at - 1 - _GAP, 0.0)
    unit = (right - left) / (total + 1)
    return [[Placed(p, left + (x + 0.5) * unit) for p, x in row] for row in rows], unit


def _domain(trend: Trend) -> tuple[float, float]:
    ends = [trend.axis[0], trend.axis[-1]]
    for segment in trend.segments:
        for point in segment.points:
            if point.own.kind == "shown":
                ends += [point.own.lower95, point.own.upper95]
            if point.reference is not None:
                ends.append(point.reference)
    return min(ends), max(ends)


def trend(figure: Trend, width: int = 640, *, prefix: str) -> str:
    """Own figures as dots with their 95% range, the reference as a plain line."""
    style = _style(width)
    size = style.size
    left = max(text_width(decimal(tick), size) for tick in figure.axis) + 10
    right = width - max(margin(figure, style), size * 0.6)
    placed, unit = _place(figure, left, right)
    head: list[str] = []
    top = size * 0.6
    if not style.margin:
        names, top = key(figure, width, style)
        head.append(names)
    breaks = [(row[-1].x + after[0].x) / 2 for row, after in pairwise(placed)]
    labels, top = break_labels(figure, breaks, top, width, style)
    head.append(labels)
    low, high = _domain(figure)
    bottom = top + style.plot
    scale = Scale(low, high, bottom, top + 6)
    drawn = [*head]
    drawn += [
        text(
            left - 8,
            scale(tick) + size * 0.35,
            decimal(tick),
            size=size,
            colour=COLOURS["inkt3"],
            anchor="end",
        )
        for tick in figure.axis
    ]
    for row in placed:
        start, end = row[0].x - unit / 2, row[-1].x + unit / 2
        drawn += [
            line(start, scale(tick), end, scale(tick), COLOURS["zand3"], 0.8)
            for tick in figure.axis
        ]
    drawn += [
        line(at, top - 2, at, bottom, COLOURS["as"], 1.2 * style.pen, dash="4 3") for at in breaks
    ]
    for row in placed:
        drawn.append(_reference(row, scale, style, unit))
        drawn.append(_own(row, scale, style, unit))
    if style.margin and placed:
        drawn.append(direct_labels(figure, placed, scale, style, width, (top, bottom)))
    foot, bottom = axis_words(placed, bottom, left, width, style)
    drawn.append(foot)
    drawn.append(
        text(left, bottom + style.line, figure.unit_text, size=size, colour=COLOURS["inkt3"])
    )
    return drawing(
        "".join(drawn),
        width,
        bottom + style.line + 6,
        prefix=prefix,
        title=figure.title.text,
        alt=figure.alt,
    )


def _joined(row: Sequence[Placed], unit: float) -> list[tuple[Placed, Placed]]:
    """Neighbours only: a missing year between two points leaves a gap."""
    return [(first, second) for first, second in pairwise(row) if second.x - first.x < unit * 1.5]


def _unsure(point: TrendPoint) -> bool:
    return point.status in ("provisional", "under_registered")


def _reference(row: Sequence[Placed], scale: Scale, style: Style, unit: float) -> str:
    drawn = []
    linked: set[int] = set()
    for first, second in _joined(row, unit):
        start, end = first.point.reference, second.point.reference
        if start is None or end is None:
            continue
        linked |= {id(first), id(second)}
        dash = "3 3" if _unsure(second.point) else ""
        drawn.append(
            line(
                first.x,
                scale(start),
                second.x,
                scale(end),
                THEIRS,
                1.8 * style.pen,
                dash=dash,
                cap="round",
            )
        )
    for entry in row:
        value = entry.point.reference
        if value is not None and id(entry) not in linked:
            y = scale(value)
            drawn.append(line(entry.x - 8, y, entry.x + 8, y, THEIRS, 1.8 * style.pen, cap="round"))
    return "".join(drawn)


def _own(row: Sequence[Placed], scale: Scale, style: Style, unit: float) -> str:
    drawn = []
    for first, second in _joined(row, unit):
        one, two = first.point.own, second.point.own
        if one.kind == "shown" and two.kind == "shown":
            dash = "3 2" if _unsure(second.point) else ""
            drawn.append(
                line(
                    first.x,
                    scale(one.estimate),
                    second.x,
                    scale(two.estimate),
                    OWN,
                    1.2 * style.pen,
                    dash=dash,
                    opacity=0.7,
                )
            )
    for entry in row:
        own = entry.point.own
        if own.kind != "shown":
            continue
        low, high, y = scale(own.lower95), scale(own.upper95), scale(own.estimate)
        dash = "3 2" if _unsure(entry.point) else ""
        dot = (
            f'<circle cx="{number(entry.x)}" cy="{number(y)}" r="{number(style.dot)}"'
            f' fill="{COLOURS["wit"] if dash else OWN}"'
            f' stroke="{OWN if dash else COLOURS["wit"]}"'
            f' stroke-width="{number(1.5 * style.pen)}"/>'
        )
        drawn.append(
            group(
                rect(entry.x - style.band / 2, high, style.band, low - high, OWN, 0.22)
                + line(entry.x, high, entry.x, low, OWN, 1.2 * style.pen, dash=dash)
                + dot,
                kind="jaar",
                told=f"{period(entry.point)}: {entry.point.own_text}, waarschijnlijk tussen "
                f"{dutch.span(own.lower95, own.upper95)}",
            )
        )
    return "".join(drawn)
