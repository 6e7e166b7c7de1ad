"""How far the true figures of the areas lie apart: one band on one axis, without any verdict."""

from __future__ import annotations

from typing import Final

from perinatal.startfoto.charts.svg import (
    PITCH,
    Scale,
    centred,
    decimal,
    drawing,
    group,
    line,
    rect,
    text,
    text_width,
    wrap,
)
from perinatal.startfoto.document import Spread
from perinatal.startfoto.tokens import COLOURS, INTERVAL, PHONE, PRINT

_BAND: Final = INTERVAL["ONBESLIST"]
OWN: Final = COLOURS["eigen"]
THEIRS: Final = COLOURS["inkt2"]


def spread(figure: Spread, width: int = 640, *, prefix: str) -> str:
    """The band of most areas; '' where no spread beyond chance is seen: nothing to draw.

    The own figure is named above the band and the reference below it, so that two figures that
    are nearly equal never write over each other.
    """
    if figure.lower is None or figure.upper is None:
        return ""
    size = 9.0 if width == PRINT else 13.0 if width == PHONE else 13.5
    unit, pitch = size / 13, size * PITCH
    left = text_width(decimal(figure.axis[0]), size) / 2 + 4
    right = width - text_width(figure.range_text, size, bold=True) - 14 * unit
    ends = [*figure.axis, figure.own, figure.reference.estimate, figure.lower, figure.upper]
    scale = Scale(min(ends), max(ends), left, right)

    own = f"{figure.own_name} {figure.own_text}"
    reference = f"{figure.reference.name} {figure.reference.text}"
    half, stub = 6 * unit, 11 * unit
    middle = len(wrap(own, width, size, bold=True)) * pitch + 3 * unit + stub + half
    below = middle + half + stub
    bottom = below + len(wrap(reference, width, size)) * pitch + 9 * unit

    at, low, high = scale(figure.own), scale(figure.lower), scale(figure.upper)
    there = scale(figure.reference.estimate)
    pen = 1.4 * unit
    drawn = [
        line(left, middle, right, middle, COLOURS["zand3"], unit),
        group(
            rect(low, middle - half, high - low, 2 * half, _BAND, 0.4)
            + line(low, middle, high, middle, _BAND, pen)
            + line(low, middle - half, low, middle + half, _BAND, pen)
            + line(high, middle - half, high, middle + half, _BAND, pen),
            kind="spreiding",
        ),
        line(there, middle - half, there, below, THEIRS, 1.5 * unit),
        line(at, middle - half - stub, at, middle + half, OWN, 2.2 * unit),
        centred(own, at, size, width, size=size, colour=OWN, bold=True),
        centred(reference, there, below + size, width, size=size, colour=THEIRS),
        text(width, middle + size * 0.35, figure.range_text, size=size, anchor="end", bold=True),
        line(left, bottom, right, bottom, COLOURS["as"], unit),
    ]
    for tick in figure.axis:
        x = scale(tick)
        drawn.append(line(x, bottom, x, bottom + 4 * unit, COLOURS["as"], unit))
        drawn.append(
            text(
                x,
                bottom + 5 * unit + size,
                decimal(tick),
                size=size,
                colour=COLOURS["inkt3"],
                anchor="middle",
            )
        )
    foot = bottom + 5 * unit + size + pitch
    drawn.append(
        text(right, foot, figure.unit_text, size=size, colour=COLOURS["inkt3"], anchor="end")
    )
    return drawing(
        "".join(drawn),
        width,
        foot + 6,
        prefix=prefix,
        title=figure.title.text,
        alt=figure.alt,
    )
