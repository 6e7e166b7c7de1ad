"""Two fifths of the births on one axis: a dot with its 95% range, neither of them good or bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
from perinatal.startfoto.document import Gap, GapRow
from perinatal.startfoto.signs import number
from perinatal.startfoto.tokens import COLOURS, PHONE, PRINT

_INK: Final = COLOURS["eigen"]


@dataclass(frozen=True)
class _Style:
    size: float
    line: float
    pitch: float
    names: float
    value: float
    dot: float
    band: float
    pen: float


def _style(width: int) -> _Style:
    if width == PHONE:
        return _Style(13, 16, 40, 132, 38, 4.4, 6, 1.3)
    if width == PRINT:
        return _Style(9, 11, 21, 160, 30, 3, 4.4, 0.9)
    return _Style(13.5, 17, 36, 210, 42, 4.8, 7, 1.3)


def gap(figure: Gap, width: int = 640, *, prefix: str) -> str:
    """One row a fifth, in the order of the document."""
    style = _style(width)
    blocks = [wrap(row.name, style.names - 10, style.size, bold=True) for row in figure.rows]
    longest = max(text_width(words, style.size, bold=True) for names in blocks for words in names)
    left, right = min(style.names, longest + 14), width - style.value - 8
    ends = list(figure.axis)
    for row in figure.rows:
        ends += [row.lower95, row.upper95]
    scale = Scale(min(ends), max(ends), left, right)
    heights = [max(style.pitch, len(names) * style.line + style.pitch / 3) for names in blocks]
    top = 2.0
    bottom = top + sum(heights)
    drawn = [
        axis_across(
            figure.axis,
            scale,
            top,
            bottom,
            size=style.size,
            pitch=style.line,
            unit=figure.unit_text,
        )
    ]
    y = top
    for row, names, height in zip(figure.rows, blocks, heights, strict=True):
        drawn.append(_row(row, names, y + height / 2, scale, width, style))
        y += height
    return drawing(
        "".join(drawn),
        width,
        bottom + 2 * style.line + 7,
        prefix=prefix,
        title=figure.title.text,
        alt=figure.alt,
    )


def _row(
    row: GapRow, names: tuple[str, ...], middle: float, scale: Scale, width: int, style: _Style
) -> str:
    size = style.size
    base = middle - (len(names) - 1) * style.line / 2 + size * 0.35
    low, high = scale(row.lower95), scale(row.upper95)
    drawn = [
        text(0, base + place * style.line, words, size=size, bold=True)
        for place, words in enumerate(names)
    ]
    drawn += [
        rect(low, middle - style.band / 2, high - low, style.band, _INK, 0.22),
        line(low, middle, high, middle, _INK, style.pen),
        f'<circle cx="{number(scale(row.estimate))}" cy="{number(middle)}"'
        f' r="{number(style.dot)}" fill="{_INK}" stroke="{COLOURS["wit"]}"'
        f' stroke-width="{number(style.pen)}"/>',
        text(width, middle + size * 0.35, row.estimate_text, size=size, anchor="end", bold=True),
    ]
    return group("".join(drawn), kind="vijfde")
