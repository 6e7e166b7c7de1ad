"""What the letters in a drawing must be, from the document alone: names, figures, years, axes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, product

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.startfoto.document import (
    Births,
    DotInterval,
    FigureRow,
    Funnel,
    Gap,
    MapFigure,
    Spread,
    Strip,
    Trend,
    TrendPoint,
)
from perinatal.startfoto.readback_parts import Picture, squeezed

NO_FIGURE = "geen cijfer"
_SILENT = ("GEEN_CIJFER", "GEEN_VERGELIJKING", "INGETROKKEN", "ONGEVEER_GELIJK", "ONBESLIST")
"""Labels that stand in a figure as a sign alone, without their word or name."""
_NAMED_BELOW = 6
"""With more areas without a figure, these are named under the drawing and have no row in it."""
STATES = {"provisional": "voorlopig", "under_registered": "niet volledig",
          "reconstructed": "nagerekend"}  # fmt: skip


def shown(row: FigureRow) -> bool:
    return isinstance(row.published, Shown)


def speaks(row: FigureRow) -> bool:
    return row.label not in _SILENT


def period(point: TrendPoint) -> str:
    return str(point.start) if point.start == point.end else f"{point.start}–{point.end}"


def named_below(figure: DotInterval) -> list[str]:
    """Areas that a drawing leaves out because too many have no figure."""
    hidden = [row.name for row in figure.rows[1:] if not shown(row)]
    return hidden if len(hidden) > _NAMED_BELOW else []


def strip(figure: Strip, alt: str = "", *, title: bool = False) -> Picture:
    row, beside = figure.row, figure.reference
    described = (
        f"{row.name}: {row.estimate_text}, waarschijnlijk tussen {row.interval95_text}, bijna "
        f"zeker tussen {row.interval998_text}. {beside.name}: {beside.text}."
    )
    drawn = _exactly(row.name, row.estimate_text, beside.name, beside.text)
    told = [f"{row.name} naast {beside.name}"] if title else []
    return Picture(alt or described, drawn, told)


def no_strip(alt: str, *, title: bool = False) -> Picture:
    return Picture(alt, _exactly(NO_FIGURE), ["Geen cijfer"] if title else [])


def dots(figure: DotInterval, *, title: bool = False) -> Picture:
    """Rows in the order of the document; every slice begins with its axis and its reference."""
    beside = figure.reference
    head = _joined(*ticks(figure.axis), figure.unit_text, beside.name, beside.text)
    left_out = bool(named_below(figure))
    rows, told, last = [], [], None
    again: set[str] = set()
    for place, row in enumerate(figure.rows):
        if left_out and place and not shown(row):
            continue
        if row.group is not None:
            again.add(_joined(row.group, ", vervolg"))
            rows += [row.group] if row.group != last else []
        last = row.group
        rows += [row.name, row.word if speaks(row) else "", row.estimate_text or NO_FIGURE]
        if shown(row):
            told.append(
                f"{row.region}{row.name}: {row.estimate_text}, bijna zeker tussen "
                f"{row.interval998_text}"
            )
    wanted = _joined(*rows)

    def drawn(text: str) -> bool:
        if not text.startswith(head):
            return False
        for repeated in (head, *again):
            text = text.replace(repeated, "")
        return text == wanted

    return Picture(figure.alt, drawn, [figure.title, *told] if title else [], sliced=not title)


def map_of(figure: MapFigure, told: Sequence[str] = ()) -> Picture:
    names = "".join(_perhaps(shape.name) for shape in figure.shapes)
    return Picture(figure.alt, re.compile(names).fullmatch, [figure.title, *told] if told else [])


def funnel(figure: Funnel, *, title: bool = False) -> Picture:
    beside = figure.reference
    words = (*ticks(figure.axis), *ticks(figure.births_axis), figure.births_text, beside.name,
             beside.text)  # fmt: skip
    names = "".join(_perhaps(row.name) for row in figure.rows if speaks(row))
    told = [f"{row.region}{row.name}: {row.estimate_text}" for row in figure.rows if shown(row)]
    drawn = re.compile(re.escape(_joined(*words)) + names).fullmatch
    return Picture(figure.alt, drawn, [figure.title.text, *told] if title else [])


def spread(figure: Spread, *, title: bool = False) -> Picture:
    drawn = _exactly(
        figure.own_name, figure.own_text, figure.reference.name, figure.reference.text,
        figure.range_text, *ticks(figure.axis), figure.unit_text,
    )  # fmt: skip
    return Picture(figure.alt, drawn, [figure.title.text] if title else [])


def gap(figure: Gap, *, title: bool = False) -> Picture:
    rows = [text for row in figure.rows for text in (row.name, row.estimate_text)]
    drawn = _exactly(*ticks(figure.axis), figure.unit_text, *rows)
    return Picture(figure.alt, drawn, [figure.title.text] if title else [])


def trend(figure: Trend, *, title: bool = False) -> Picture:
    """Names above or beside the line, each with its last figure; years where there is room."""
    parts = [segment for segment in figure.segments if segment.points]
    points = [point for segment in parts for point in segment.points]
    sides = _joined(*(segment.label for segment in parts)) if len(parts) > 1 else ""
    above = re.escape(_joined(figure.own_name, figure.reference_name))
    ends = "|".join({re.escape(_joined(*order)) for order in _last_figures(figure)})
    axis = re.escape(_joined(*ticks(figure.axis)))
    years = [re.escape(squeezed(period(point))) for point in reversed(points)]
    states = "|".join(squeezed(state) for state in STATES.values())
    drawn = re.compile(
        f"(?:{above}{re.escape(sides)}{axis}|{re.escape(sides)}{axis}(?:{ends}))"
        + "".join(years[:1] + [f"(?:{year})?" for year in years[1:]])
        + f"(?:{states})*{re.escape(squeezed(figure.unit_text))}"
    ).fullmatch
    told = [
        f"{period(point)}: {point.own_text}, waarschijnlijk tussen "
        f"{dutch.span(point.own.lower95, point.own.upper95)}"
        for point in points
        if isinstance(point.own, Shown)
    ]
    return Picture(figure.alt, drawn, [figure.title.text, *told] if title else [])


def _last_figures(figure: Trend) -> Iterator[list[str]]:
    """Own name and that of the reference with their last figures, whichever stands above."""
    last = [segment for segment in figure.segments if segment.points][-1].points
    names = []
    if any(isinstance(point.own, Shown) for point in last):
        names.append(f"{figure.own_name} {last[-1].own_text}")
    if any(point.reference is not None for point in last):
        names.append(f"{figure.reference_name} {last[-1].reference_text}")
    yield names
    yield names[::-1]


def births(figure: Births, *, title: bool = False) -> Picture:
    """The axis is of the drawing's own making: even steps around all counts."""
    counts = [count for _, count in figure.years]
    years = [str(year) for year, _ in reversed(figure.years)]
    ends = [dutch.number(counts[place]) for place in sorted({0, len(counts) - 1})]
    # their white edge may be read as well; tried apart, since a count can be the last tick too
    read_as = [
        re.compile(
            "(?P<axis>.*?)"
            + "".join(re.escape(end) * often for end, often in zip(ends, times, strict=True))
            + years[0] + "".join(f"(?:{year})?" for year in years[1:])
            + squeezed("geboorten per jaar")
            + f"(?:{squeezed('. De as begint bij')}(?P<start>.+?){squeezed(', niet bij 0')})?"
        )
        for times in product((1, 2), repeat=len(ends))
    ]  # fmt: skip

    def drawn(text: str) -> bool:
        return any(
            axis[0] <= min(counts) and axis[-1] >= max(counts)
            and (read["start"] or "0") == _tick(axis[0])
            for read in (form.fullmatch(text) for form in read_as) if read is not None
            for axis in _even_steps(read["axis"])
        )  # fmt: skip

    told = [f"{year}: {dutch.number(count)}" for year, count in figure.years]
    return Picture(figure.alt, drawn, [figure.title.text, *told] if title else [])


def _even_steps(text: str) -> Iterator[list[float]]:
    """Axes of even steps that a row of letters can be: '0500' is 0 and 500."""
    for one, two in combinations(range(1, len(text) + 1), 2):
        try:
            first, second = dutch.value(text[:one]), dutch.value(text[one:two])
        except ValueError:
            continue
        axis = [float(first)]
        while second > first and len("".join(map(_tick, axis))) < len(text):
            axis.append(first + len(axis) * (second - first))
        if "".join(map(_tick, axis)) == text:
            yield axis


def ticks(axis: Iterable[float]) -> list[str]:
    return [_tick(value) for value in axis]


def _tick(value: float) -> str:
    """'7', '7,5', '2.400'."""
    return dutch.number(value, 2).rstrip("0").rstrip(",")


def _joined(*texts: str) -> str:
    return squeezed("".join(texts))


def _exactly(*texts: str) -> Callable[[str], object]:
    return _joined(*texts).__eq__


def _perhaps(name: str) -> str:
    """A name that stands there if there is room; its white edge may be read as well.

    Of an edge that lies under its letters a reader can take the first ones alone.
    """
    whole, edge = squeezed(name), ""
    for letter in reversed(whole):
        edge = f"(?:{re.escape(letter)}{edge})?"
    return f"(?:{re.escape(whole)}{edge})?"
