"""Years in a row: never joined across a change of definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from perinatal.startfoto.charts.svg import (
    Scale,
    decimal,
    drawing,
    group,
    line,
    pieces,
    rect,
    text,
    text_width,
    wrap,
)
from perinatal.startfoto.document import Trend, TrendPoint
from perinatal.startfoto.signs import number
from perinatal.startfoto.tokens import COLOURS, PHONE, PRINT

STATUS_WORDS: Final = {
    "provisional": "voorlopig",
    "under_registered": "niet volledig",
    "reconstructed": "nagerekend",
}
_GAP: Final = 1.1
"""White between two definitions, in steps of the axis."""
_OWN: Final = COLOURS["eigen"]
_THEIRS: Final = COLOURS["inkt2"]


@dataclass(frozen=True)
class _Style:
    size: float
    line: float
    plot: float
    margin: float
    dot: float
    band: float
    pen: float


def _style(width: int) -> _Style:
    if width == PHONE:
        return _Style(13, 16, 210, 0, 3.6, 6, 1)
    if width == PRINT:
        return _Style(9, 11, 132, 92, 2.8, 4.4, 0.7)
    return _Style(13.5, 17, 236, 128, 4.2, 7, 1)


@dataclass(frozen=True)
class _Placed:
    point: TrendPoint
    x: float


def period(point: TrendPoint) -> str:
    """'2019' or '2016–2020'."""
    return str(point.start) if point.start == point.end else f"{point.start}–{point.end}"


def _step(trend: Trend) -> float:
    mids = [[(p.start + p.end) / 2 for p in segment.points] for segment in trend.segments]
    steps = [b - a for row in mids for a, b in zip(row, row[1:], strict=False) if b > a]
    return min(steps) if steps else 1.0


def _place(trend: Trend, left: float, right: float) -> tuple[list[list[_Placed]], float]:
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
    return [[_Placed(p, left + (x + 0.5) * unit) for p, x in row] for row in rows], unit


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
    right = width - max(_margin(figure, style), size * 0.6)
    placed, unit = _place(figure, left, right)
    head: list[str] = []
    top = size * 0.6
    if not style.margin:
        key, top = _key(figure, width, style)
        head.append(key)
    breaks = [
        (row[-1].x + after[0].x) / 2 for row, after in zip(placed, placed[1:], strict=False)
    ]
    labels, top = _break_labels(figure, breaks, top, width, style)
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
    drawn += [line(at, top - 2, at, bottom, COLOURS["as"], 1.2 * style.pen, dash="4 3") for at in breaks]
    for row in placed:
        drawn.append(_reference(row, scale, style, unit))
        drawn.append(_own(row, scale, style, unit))
    if style.margin and placed:
        drawn.append(_direct_labels(figure, placed, scale, style, width, (top, bottom)))
    foot, bottom = _axis(placed, bottom, left, width, style)
    drawn.append(foot)
    drawn.append(
        text(left, bottom + style.line, figure.unit_text, size=size, colour=COLOURS["inkt3"])
    )
    return drawing(
        "".join(drawn),
        width,
        bottom + style.line + 6,
        prefix=prefix,
        title=figure.title,
        alt=figure.alt,
    )


def _margin(figure: Trend, style: _Style) -> float:
    """Room for the names beside the last points: at least their longest piece."""
    if not style.margin:
        return 0.0
    longest = max(
        text_width(piece, style.size, bold=True)
        for name in (figure.own_name, figure.reference_name)
        for word in name.split()
        for piece in pieces(word)
    )
    last = [point for segment in figure.segments for point in segment.points][-1:]
    labels = [f"{figure.own_name} {point.own_text}" for point in last]
    labels += [f"{figure.reference_name} {point.reference_text}" for point in last]
    wanted = max((text_width(label, style.size, bold=True) for label in labels), default=0)
    return max(longest, min(style.margin, wanted)) + 16


def _key(figure: Trend, width: int, style: _Style) -> tuple[str, float]:
    """On a phone the names stand above the figure: beside it there is no room."""
    drawn, y = [], style.size
    for name, own in ((figure.own_name, True), (figure.reference_name, False)):
        middle = y - style.size * 0.33
        if own:
            drawn.append(
                f'<circle cx="9" cy="{number(middle)}" r="{number(style.dot)}" fill="{_OWN}"/>'
            )
        else:
            drawn.append(line(0, middle, 18, middle, _THEIRS, 1.8))
        for words in wrap(name, width - 26, style.size, bold=True):
            colour = _OWN if own else _THEIRS
            drawn.append(text(26, y, words, size=style.size, colour=colour, bold=True))
            y += style.line
        y += 3
    return "".join(drawn), y + 2


def _break_labels(
    figure: Trend, breaks: Sequence[float], top: float, width: int, style: _Style
) -> tuple[str, float]:
    """How each side counts, left and right of the break."""
    names = [segment.label for segment in figure.segments if segment.points]
    if not breaks:
        return "", top
    edges = [0.0, *breaks, float(width)]
    drawn, most = [], 0
    for place, name in enumerate(names):
        start, end = edges[place], edges[place + 1]
        room = end - start - 16
        lines = wrap(name, room, style.size)
        most = max(most, len(lines))
        for row, words in enumerate(lines):
            y = top + style.size + row * style.line
            if place == 0:
                x, anchor = end - 8, "end"
            elif place == len(names) - 1:
                x, anchor = start + 8, "start"
            else:
                x, anchor = (start + end) / 2, "middle"
            drawn.append(
                text(
                    x,
                    y,
                    words,
                    size=style.size,
                    colour=COLOURS["inkt3"],
                    anchor=anchor,  # type: ignore[arg-type]
                )
            )
    return "".join(drawn), top + most * style.line + 8


def _joined(row: Sequence[_Placed], unit: float) -> list[tuple[_Placed, _Placed]]:
    """Neighbours only: a missing year between two points leaves a gap."""
    return [
        (first, second)
        for first, second in zip(row, row[1:], strict=False)
        if second.x - first.x < unit * 1.5
    ]


def _unsure(point: TrendPoint) -> bool:
    return point.status in ("provisional", "under_registered")


def _reference(row: Sequence[_Placed], scale: Scale, style: _Style, unit: float) -> str:
    drawn = []
    linked: set[int] = set()
    for first, second in _joined(row, unit):
        start, end = first.point.reference, second.point.reference
        if start is None or end is None:
            continue
        linked |= {id(first), id(second)}
        dash = "3 3" if _unsure(second.point) else ""
        drawn.append(
            line(first.x, scale(start), second.x, scale(end), _THEIRS, 1.8 * style.pen, dash=dash, cap="round")
        )
    for entry in row:
        value = entry.point.reference
        if value is not None and id(entry) not in linked:
            y = scale(value)
            drawn.append(line(entry.x - 8, y, entry.x + 8, y, _THEIRS, 1.8 * style.pen, cap="round"))
    return "".join(drawn)


def _own(row: Sequence[_Placed], scale: Scale, style: _Style, unit: float) -> str:
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
                    _OWN,
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
            f' fill="{COLOURS["wit"] if dash else _OWN}"'
            f' stroke="{_OWN if dash else COLOURS["wit"]}"'
            f' stroke-width="{number(1.5 * style.pen)}"/>'
        )
        drawn.append(
            group(
                rect(entry.x - style.band / 2, high, style.band, low - high, _OWN, 0.22)
                + line(entry.x, high, entry.x, low, _OWN, 1.2 * style.pen, dash=dash)
                + dot,
                kind="jaar",
            )
        )
    return "".join(drawn)


def _direct_labels(
    figure: Trend,
    placed: Sequence[Sequence[_Placed]],
    scale: Scale,
    style: _Style,
    width: int,
    ends: tuple[float, float],
) -> str:
    """Names with the last figures, beside the last points and never on top of each other."""
    row = placed[-1]
    x = row[-1].x + style.band / 2 + 8
    room = width - x
    entries: list[tuple[float, str, str]] = []
    shown = [entry.point for entry in row if entry.point.own.kind == "shown"]
    if shown and shown[-1].own.kind == "shown":
        value = f" {shown[-1].own_text}" if shown[-1] is row[-1].point else ""
        entries.append((scale(shown[-1].own.estimate), f"{figure.own_name}{value}", _OWN))
    known = [entry.point for entry in row if entry.point.reference is not None]
    if known and known[-1].reference is not None:
        value = f" {known[-1].reference_text}" if known[-1] is row[-1].point else ""
        words = f"{figure.reference_name}{value}"
        entries.append((scale(known[-1].reference), words, _THEIRS))
    entries.sort()
    blocks = [(wrap(words, room, style.size, bold=True), ink) for _, words, ink in entries]
    heights = [len(lines) * style.line for lines, _ in blocks]
    tops = [y - height / 2 for (y, _, _), height in zip(entries, heights, strict=True)]
    if len(tops) == 2:
        overlap = tops[0] + heights[0] + 2 - tops[1]
        if overlap > 0:
            tops = [tops[0] - overlap / 2, tops[1] + overlap / 2]
        push = max(0.0, ends[0] - tops[0]) - max(0.0, tops[1] + heights[1] - ends[1])
        tops = [top + push for top in tops]
    return "".join(
        text(
            x,
            top + style.size * 0.85 + place * style.line,
            words,
            size=style.size,
            colour=ink,
            bold=True,
        )
        for top, (lines, ink) in zip(tops, blocks, strict=True)
        for place, words in enumerate(lines)
    )


def _axis(
    placed: Sequence[Sequence[_Placed]], bottom: float, left: float, width: int, style: _Style
) -> tuple[str, float]:
    """Years that fit, the last one always; under them what is provisional or incomplete."""
    drawn: list[str] = []
    size, y = style.size, bottom + style.line
    edge = float(width)
    for entry in reversed([entry for row in placed for entry in row]):
        half = text_width(period(entry.point), size) / 2
        middle = min(max(entry.x, half), width - half)
        if middle + half <= edge:
            drawn.append(
                text(
                    middle,
                    y,
                    period(entry.point),
                    size=size,
                    colour=COLOURS["inkt3"],
                    anchor="middle",
                )
            )
            edge = middle - half - 8
    rows: list[float] = []
    for start, end, words in _runs(placed):
        half = text_width(words, size) / 2
        middle = min(max((start + end) / 2, left + half), width - half)
        place = next((i for i, right in enumerate(rows) if middle - half > right + 8), len(rows))
        if place == len(rows):
            rows.append(0)
        rows[place] = middle + half
        drawn.append(
            text(
                middle,
                y + (place + 1) * style.line,
                words,
                size=size,
                colour=COLOURS["inkt2"],
                anchor="middle",
            )
        )
    return "".join(drawn), y + len(rows) * style.line + 2


def _runs(placed: Sequence[Sequence[_Placed]]) -> list[tuple[float, float, str]]:
    """Neighbouring points of one status share one word."""
    runs: list[tuple[float, float, str]] = []
    for row in placed:
        last = ""
        for entry in row:
            words = STATUS_WORDS.get(entry.point.status, "")
            if words and words == last:
                runs[-1] = (runs[-1][0], entry.x, words)
            elif words:
                runs.append((entry.x, entry.x, words))
            last = words
    return runs
