"""Areas in one figure: a sign on its two ranges, row by row, beside the line of the reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

from perinatal.startfoto.charts.svg import (
    Scale,
    axis_across,
    drawing,
    group,
    line,
    rect,
    text,
    text_width,
    wrap,
)
from perinatal.startfoto.document import DotInterval, FigureRow
from perinatal.startfoto.signs import sign
from perinatal.startfoto.tokens import COLOURS, INTERVAL, PHONE, PRINT, SIGN, SPEAKING

NO_FIGURE = "geen cijfer"
_IN_PLACE = 6
"""Up to so many areas without a figure keep a row; more are named under the figure."""


@dataclass(frozen=True)
class _Style:
    size: float
    line: float
    pitch: float
    names: float
    value: float
    words: float
    mark: float
    thin: float
    band: float
    head: float


def _style(width: int, figure: DotInterval) -> _Style:
    """Sizes for this width; the columns of text are as wide as their words, up to a limit."""
    if width == PHONE:
        style = _Style(13, 15, 25, 132, 38, 0, 11, 1.3, 6, 24)
    elif width == PRINT:
        pitch = 13.5 if len(figure.rows) <= 34 else 11.2
        style = _Style(9, 10.4, pitch, 150, 30, 104, 7.6, 0.9, 4, 16)
    else:
        style = _Style(13.5, 16, 22, 190, 42, 150, 11, 1.3, 6, 24)
    names = max(text_width(row.name, style.size, bold=True) for row in figure.rows) + 14
    words = [row.word for row in figure.rows if row.label in SPEAKING]
    words += [NO_FIGURE for row in figure.rows if row.published.kind != "shown"]
    wanted = max((text_width(word, style.size, bold=True) for word in words), default=0) + 16
    return replace(
        style,
        names=min(style.names, max(names, style.size * 7)),
        words=min(style.words, wanted) if style.words else 0,
    )


@dataclass(frozen=True)
class _Line:
    """One row with its wrapped texts; ``row`` is None for the heading of a group."""

    row: FigureRow | None
    names: tuple[str, ...]
    words: tuple[str, ...]
    height: float


def _hidden(figure: DotInterval) -> tuple[FigureRow, ...]:
    return tuple(row for row in figure.rows[1:] if row.published.kind != "shown")


def names_without_figure(figure: DotInterval) -> tuple[str, ...]:
    """Areas that have no row in the drawing because too many have no figure."""
    hidden = _hidden(figure)
    return tuple(row.name for row in hidden) if len(hidden) > _IN_PLACE else ()


def _lines(figure: DotInterval, style: _Style) -> list[_Line]:
    left_out = set() if not names_without_figure(figure) else set(map(id, _hidden(figure)))
    found: list[_Line] = []
    last: str | None = None
    for row in figure.rows:
        if id(row) in left_out:
            continue
        if row.group is not None and row.group != last:
            room = style.names + (0 if style.words else 200)
            heading = wrap(row.group, room, style.size, bold=True)
            height = len(heading) * style.line + style.pitch * 0.55
            found.append(_Line(None, heading, (), height))
        last = row.group
        bold = row.label in SPEAKING or row is figure.rows[0]
        names = wrap(row.name, style.names - 10, style.size, bold=bold)
        words: tuple[str, ...] = ()
        if row.label in SPEAKING:
            room = style.words - 10 if style.words else style.names - 10
            words = wrap(row.word, room, style.size, bold=True)
        count = len(names) + len(words) if not style.words else max(len(names), len(words))
        height = max(style.pitch, count * style.line + style.pitch - style.line)
        found.append(_Line(row, names, words, height))
    return found


def pages(
    figure: DotInterval, first: float, room: float, width: int = PRINT
) -> tuple[tuple[int, int], ...]:
    """Slices of rows that each fit on their page: sixty areas do not go on one.

    ``first`` is the height left on the first page, ``room`` that of a whole one. A slice ends
    where a group ends if that leaves it reasonably full.
    """
    style = _style(width, figure)
    lines = _lines(figure, style)
    spare = style.head + 3.2 * style.line
    slices: list[tuple[int, int]] = []
    start = 0
    while start < len(lines):
        limit, end, used, group_end = (room if slices else first) - spare, start, 0.0, 0
        while end < len(lines) and (end == start or used + lines[end].height <= limit):
            if lines[end].row is None and used > limit * 0.6:
                group_end = end
            used += lines[end].height
            end += 1
        if end < len(lines):
            end = group_end or (end - 1 if lines[end - 1].row is None else end)
        slices.append((start, max(end, start + 1)))
        start = slices[-1][1]
    return tuple(slices)


def _domain(figure: DotInterval) -> tuple[float, float]:
    """The ends of the axis, wider only if a range would otherwise leave the drawing."""
    ends = [figure.axis[0], figure.axis[-1], figure.reference.estimate]
    for row in figure.rows:
        if row.published.kind == "shown":
            ends += [row.published.lower998, row.published.upper998]
    return min(ends), max(ends)


def dot_interval(
    figure: DotInterval,
    width: int = 640,
    *,
    prefix: str,
    part: tuple[int, int] | None = None,
) -> str:
    """Rows in the order of the document; ``part`` draws a slice from ``pages``."""
    style = _style(width, figure)
    lines = _lines(figure, style)
    first, last = part or (0, len(lines))
    lines = lines[first:last]
    begin = lines[0].row if lines else None
    if first and begin is not None and begin.group is not None:
        # A slice that starts inside a group says which one it goes on with.
        again = wrap(f"{begin.group}, vervolg", width * 0.5, style.size, bold=True)
        lines.insert(0, _Line(None, again, (), len(again) * style.line + style.pitch * 0.55))
    left = style.names + 4
    right = width - style.words - style.value - 8
    low, high = _domain(figure)
    scale = Scale(low, high, left, right)
    reference = figure.reference
    label = f"{reference.name} {reference.text}"
    heading = wrap(label, width * 0.6, style.size, bold=True)
    top = style.head + (len(heading) - 1) * style.line
    bottom = top + sum(entry.height for entry in lines) + style.pitch * 0.2
    drawn: list[str] = []
    if reference.lower_strip is not None and reference.upper_strip is not None:
        start, end = max(left, scale(reference.lower_strip)), scale(reference.upper_strip)
        drawn.append(rect(start, top, min(right, end) - start, bottom - top, COLOURS["zand2"]))
    drawn.append(
        axis_across(
            figure.axis,
            scale,
            top,
            bottom,
            size=style.size,
            pitch=style.line,
            unit=figure.unit_text,
        )
    )
    at = scale(reference.estimate)
    drawn.append(line(at, top - 3, at, bottom, COLOURS["inkt2"], style.thin * 1.15))
    for place, words in enumerate(heading):
        half = text_width(words, style.size, bold=True) / 2
        drawn.append(
            text(
                min(max(at, half), width - half),
                style.size + place * style.line,
                words,
                size=style.size,
                colour=COLOURS["inkt2"],
                anchor="middle",
                bold=True,
            )
        )
    y = top
    for place, entry in enumerate(lines):
        if entry.row is None:
            drawn.append(_group_heading(entry, y, width, style))
        else:
            drawn.append(_row(entry, entry.row, y, scale, right, width, style, figure))
        y += entry.height
        if entry.row is figure.rows[0] and place + 1 < len(lines):
            drawn.append(line(0, y, width, y, COLOURS["zand3"], 1))
    height = bottom + 2 * style.line + 8
    return drawing("".join(drawn), width, height, prefix=prefix, title=figure.title, alt=figure.alt)


def _group_heading(entry: _Line, y: float, width: float, style: _Style) -> str:
    base = y + style.pitch * 0.5 + style.size * 0.8
    return "".join(
        text(
            0,
            base + place * style.line,
            words,
            size=style.size,
            colour=COLOURS["eigen"],
            bold=True,
        )
        for place, words in enumerate(entry.names)
    )


def _row(
    entry: _Line,
    row: FigureRow,
    y: float,
    scale: Scale,
    right: float,
    width: float,
    style: _Style,
    figure: DotInterval,
) -> str:
    whole = row is figure.rows[0]
    bold = whole or row.label in SPEAKING
    beside = len(entry.names) + (0 if style.words else len(entry.words))
    block = (beside - 1) * style.line
    middle = y + entry.height / 2
    base = middle - block / 2 + style.size * 0.35
    ink = COLOURS["inkt"] if bold else COLOURS["inkt2"]
    drawn = [
        text(0, base + place * style.line, words, size=style.size, colour=ink, bold=bold)
        for place, words in enumerate(entry.names)
    ]
    if style.words:
        start, first = width - style.words + 10, middle - (len(entry.words) - 1) * style.line / 2
        first += style.size * 0.35
    else:
        start, first = 0.0, base + len(entry.names) * style.line
    drawn += [
        text(
            start,
            first + place * style.line,
            words,
            size=style.size,
            colour=SIGN[row.label],
            bold=True,
        )
        for place, words in enumerate(entry.words)
    ]
    # nothing on paper; a page lights it up when a reader chooses the area
    ground = rect(0, y, width, entry.height, "none", kind="grond")
    own = row.published
    edge = right + style.value + 4
    if own.kind != "shown":
        drawn.append(
            text(
                start if style.words else edge,
                middle + style.size * 0.35,
                NO_FIGURE,
                size=style.size,
                colour=COLOURS["inkt3"],
                anchor="start" if style.words else "end",
            )
        )
        return group(ground + "".join(drawn), region=row.region, kind="rij")
    colour = INTERVAL[row.label]
    dash = "" if own.status == "ok" else "3 2"
    start, end = scale(own.lower998), scale(own.upper998)
    drawn.append(line(start, middle, end, middle, colour, style.thin, dash=dash))
    start, end = scale(own.lower95), scale(own.upper95)
    drawn.append(rect(start, middle - style.band / 2, end - start, style.band, colour, 0.5))
    size = style.mark * (1.15 if whole else 1)
    drawn.append(sign(row.label, scale(own.estimate), middle, size, way=row.direction))
    drawn.append(
        text(
            edge,
            middle + style.size * 0.35,
            row.estimate_text,
            size=style.size,
            colour=ink,
            anchor="end",
            bold=bold,
        )
    )
    told = f"{row.name}: {row.estimate_text}, bijna zeker tussen {row.interval998_text}"
    return group(ground + "".join(drawn), region=row.region, kind="rij", told=told)
