"""The funnel: figures by number of births, and how far chance may carry them."""

from __future__ import annotations

from collections.abc import Iterator

from perinatal.startfoto.charts.svg import (
    Box,
    Scale,
    decimal,
    drawing,
    group,
    line,
    meet,
    text,
    text_width,
)
from perinatal.startfoto.document import FigureRow, Funnel
from perinatal.startfoto.signs import number, sign
from perinatal.startfoto.tokens import COLOURS, PHONE, PRINT, SIGN, SPEAKING


def funnel(figure: Funnel, width: int = 640, *, prefix: str) -> str:
    """A sign for every area with a figure; only areas that earned a word are named."""
    size = 9.0 if width == PRINT else 13.0 if width == PHONE else 13.5
    plot = 160.0 if width == PRINT else 250.0 if width == PHONE else 320.0
    unit, pitch = size / 13, size * 1.25
    left = max(text_width(decimal(tick), size) for tick in figure.axis) + 10
    label = f"{figure.reference.name} {figure.reference.text}"
    right = width - max(text_width(label, size, bold=True) + 10, size * 2)
    top = size
    bottom = top + plot
    up = Scale(figure.axis[0], figure.axis[-1], bottom, top)
    across = Scale(figure.births_axis[0], figure.births_axis[-1], left, right)
    drawn = [*_grid(figure, up, across, width, size, pitch), _area(figure, up, across)]
    drawn += _edges(figure, up, across, unit)
    y = up(figure.reference.estimate)
    drawn.append(line(left, y, right, y, COLOURS["inkt2"], 1.5 * unit))
    drawn.append(
        text(right + 8, y + size * 0.35, label, size=size, colour=COLOURS["inkt2"], bold=True)
    )
    places = [(row, x, y) for row, x, y in _places(figure, up, across)]
    for row, x, y in places:
        mark = 9 * unit if row.label in SPEAKING else 7.5 * unit
        ring = (
            f'<circle class="ring" cx="{number(x)}" cy="{number(y)}" r="{number(11 * unit)}"'
            f' fill="none"/>'
        )
        drawn.append(
            group(
                ring + sign(row.label, x, y, mark, way=row.direction),
                region=row.region,
                kind="punt",
                told=f"{row.name}: {row.estimate_text}",
            )
        )
    drawn += _names(places, right, size)
    return drawing(
        "".join(drawn), width, bottom + 2 * pitch + 10, prefix=prefix, title=figure.title.text,
        alt=figure.alt,
    )  # fmt: skip


def _places(figure: Funnel, up: Scale, across: Scale) -> Iterator[tuple[FigureRow, float, float]]:
    for row in figure.rows:
        if row.published.kind == "shown":
            yield row, across(row.published.denominator), up(row.published.estimate)


def _grid(
    figure: Funnel, up: Scale, across: Scale, width: float, size: float, pitch: float
) -> Iterator[str]:
    ink = COLOURS["inkt3"]
    for tick in figure.axis:
        y = up(tick)
        yield line(across.start, y, across.end, y, COLOURS["zand3"], 0.8)
        yield text(
            across.start - 8, y + size * 0.35, decimal(tick), size=size, colour=ink, anchor="end"
        )
    for tick in figure.births_axis:
        yield text(
            across(tick), up.start + pitch, decimal(tick), size=size, colour=ink, anchor="middle"
        )
    yield text(
        across.end,
        up.start + 2 * pitch + 1,
        figure.births_text,
        size=size,
        colour=ink,
        anchor="end",
    )


def _inside(value: float, up: Scale) -> float:
    return up(min(max(value, up.low), up.high))


def _area(figure: Funnel, up: Scale, across: Scale) -> str:
    """Where 95 of 100 areas would lie by chance alone."""
    there = [(across(one.births), _inside(one.upper95, up)) for one in figure.limits]
    back = [(across(one.births), _inside(one.lower95, up)) for one in reversed(figure.limits)]
    path = "L".join(f"{number(x)} {number(y)}" for x, y in (*there, *back))
    return f'<path class="trechter" d="M{path}Z" fill="{COLOURS["zand2"]}"/>'


def _edges(figure: Funnel, up: Scale, across: Scale, unit: float) -> Iterator[str]:
    """Where almost all would: 998 of 1,000."""
    for name in ("upper998", "lower998"):
        path = "L".join(
            f"{number(across(one.births))} {number(_inside(getattr(one, name), up))}"
            for one in figure.limits
        )
        yield (
            f'<path d="M{path}" fill="none" stroke="{COLOURS["as"]}"'
            f' stroke-width="{number(1.3 * unit)}" stroke-dasharray="4 3"/>'
        )


def _names(
    places: list[tuple[FigureRow, float, float]], right: float, size: float
) -> Iterator[str]:
    """Names beside the signs that earned a word, where they are free; the table names them all."""
    taken: list[Box] = [(x - 8, y - 8, x + 8, y + 8) for _, x, y in places]
    for row, x, y in places:
        if row.label not in SPEAKING:
            continue
        long = text_width(row.name, size, bold=True)
        for start, base in (
            (x + 11, y + size * 0.35), (x - 11 - long, y + size * 0.35),
            (x - long / 2, y - 12), (x - long / 2, y + 12 + size * 0.8),
        ):  # fmt: skip
            box = (start - 2, base - size * 0.8, start + long + 2, base + size * 0.25)
            if start > 0 and start + long < right and not any(meet(box, other) for other in taken):
                taken.append(box)
                yield text(
                    start, base, row.name, size=size, colour=SIGN[row.label], bold=True, halo=True
                )
                break
