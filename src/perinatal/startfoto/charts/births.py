"""Births a year: dots and a line, because the axis need not start at zero."""

from __future__ import annotations

from math import ceil, floor, log10

from perinatal.startfoto.charts.svg import Scale, decimal, drawing, line, text, text_width
from perinatal.startfoto.document import Births
from perinatal.startfoto.signs import number
from perinatal.startfoto.tokens import COLOURS, PHONE, PRINT


def ticks(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """At most ``most`` round numbers around the range; from zero unless that wastes the space."""
    start = 0.0 if low < high / 3 else low - (high - low) * 0.25 - high * 0.02
    span = max(high - start, 1.0)
    power = 10.0 ** floor(log10(span / (most - 1)))
    for factor in (1, 2, 2.5, 5, 10, 20):
        step = max(power * factor, 1.0)
        first, last = floor(start / step), ceil(high / step)
        if last - first + 1 <= most:
            return tuple(place * step for place in range(first, last + 1))
    return (start, high)


def births(figure: Births, width: int = 640, *, prefix: str) -> str:
    """Every year a dot; first and last year carry their number."""
    size = 9.0 if width == PRINT else 13.0 if width == PHONE else 13.5
    plot = 130.0 if width == PRINT else 190.0
    pitch, dot = size * 1.25, 2.8 if width == PRINT else 4.2
    counts = [count for _, count in figure.years]
    axis = ticks(min(counts), max(counts))
    left = max(text_width(decimal(tick), size) for tick in axis) + 10
    top, right = size * 2.2, width - size * 1.6
    bottom = top + plot
    up = Scale(axis[0], axis[-1], bottom, top)
    first, last = figure.years[0][0], figure.years[-1][0]
    across = Scale(first, last, left + size * 1.6, right)
    drawn = []
    for tick in axis:
        y = up(tick)
        drawn.append(line(left, y, width, y, COLOURS["zand3"], 0.8))
        drawn.append(
            text(
                left - 8,
                y + size * 0.35,
                decimal(tick),
                size=size,
                colour=COLOURS["inkt3"],
                anchor="end",
            )
        )
    places = [(across(year), up(count)) for year, count in figure.years]
    path = "".join(
        f"{'L' if place else 'M'}{number(x)} {number(y)}" for place, (x, y) in enumerate(places)
    )
    own = COLOURS["eigen"]
    drawn.append(
        f'<path d="{path}" fill="none" stroke="{own}" stroke-width="1.4" stroke-opacity="0.7"/>'
    )
    drawn += [
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(dot)}" fill="{own}"'
        f' stroke="{COLOURS["wit"]}" stroke-width="1.5"><title>{year}: {decimal(count)}</title>'
        "</circle>"
        for (x, y), (year, count) in zip(places, figure.years, strict=True)
    ]
    ends = {0, len(places) - 1}
    for place in sorted(ends):
        x, y = places[place]
        beside = places[1] if place == 0 else places[place - 1]
        # The label keeps clear of the line: below the dot when the line comes from above.
        drawn.append(
            text(
                x,
                y + size * 1.6 if beside[1] < y else y - size * 0.8,
                decimal(counts[place]),
                size=size,
                colour=own,
                anchor="middle",
                bold=True,
                halo=True,
            )
        )
    edge = width + 20.0
    for (x, _), (year, _) in reversed(list(zip(places, figure.years, strict=True))):
        half = text_width(str(year), size) / 2
        if x + half <= edge:
            drawn.append(
                text(
                    x,
                    bottom + pitch + 2,
                    str(year),
                    size=size,
                    colour=COLOURS["inkt3"],
                    anchor="middle",
                )
            )
            edge = x - half - 10
    note = "geboorten per jaar"
    if axis[0] > 0:
        note += f". De as begint bij {decimal(axis[0])}, niet bij 0"
    drawn.append(text(left, bottom + 2 * pitch + 6, note, size=size, colour=COLOURS["inkt3"]))
    return drawing(
        "".join(drawn),
        width,
        bottom + 2 * pitch + 12,
        prefix=prefix,
        title=figure.title.text,
        alt=figure.alt,
    )
