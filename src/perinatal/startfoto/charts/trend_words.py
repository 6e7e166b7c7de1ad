"""The words of a trend: names, years, and how each side of a break counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from perinatal.startfoto.charts.svg import Anchor, Scale, line, pieces, text, text_width, wrap
from perinatal.startfoto.document import Trend, TrendPoint
from perinatal.startfoto.signs import number
from perinatal.startfoto.tokens import COLOURS

STATUS_WORDS: Final = {
    "provisional": "voorlopig",
    "under_registered": "niet volledig",
    "reconstructed": "nagerekend",
}
OWN: Final = COLOURS["eigen"]
THEIRS: Final = COLOURS["inkt2"]


@dataclass(frozen=True)
class Style:
    """Sizes of one width; ``margin`` is 0 where the names stand above the figure."""

    size: float
    line: float
    plot: float
    margin: float
    dot: float
    band: float
    pen: float


@dataclass(frozen=True)
class Placed:
    """A point with its place on the axis."""

    point: TrendPoint
    x: float


def period(point: TrendPoint) -> str:
    """'2019' or '2016–2020'."""
    return str(point.start) if point.start == point.end else f"{point.start}–{point.end}"


def margin(figure: Trend, style: Style) -> float:
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


def key(figure: Trend, width: int, style: Style) -> tuple[str, float]:
    """On a phone the names stand above the figure: beside it there is no room."""
    drawn, y = [], style.size
    for name, own in ((figure.own_name, True), (figure.reference_name, False)):
        middle = y - style.size * 0.33
        if own:
            drawn.append(
                f'<circle cx="9" cy="{number(middle)}" r="{number(style.dot)}" fill="{OWN}"/>'
            )
        else:
            drawn.append(line(0, middle, 18, middle, THEIRS, 1.8))
        for words in wrap(name, width - 26, style.size, bold=True):
            colour = OWN if own else THEIRS
            drawn.append(text(26, y, words, size=style.size, colour=colour, bold=True))
            y += style.line
        y += 3
    return "".join(drawn), y + 2


def break_labels(
    figure: Trend, breaks: Sequence[float], top: float, width: int, style: Style
) -> tuple[str, float]:
    """How each side counts, left and right of the break."""
    names = [segment.label for segment in figure.segments if segment.points]
    if not breaks:
        return "", top
    edges = [0.0, *breaks, float(width)]
    drawn, most = [], 0
    x: float
    anchor: Anchor
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
                    anchor=anchor,
                )
            )
    return "".join(drawn), top + most * style.line + 8


def direct_labels(
    figure: Trend,
    placed: Sequence[Sequence[Placed]],
    scale: Scale,
    style: Style,
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
        entries.append((scale(shown[-1].own.estimate), f"{figure.own_name}{value}", OWN))
    known = [entry.point for entry in row if entry.point.reference is not None]
    if known and known[-1].reference is not None:
        value = f" {known[-1].reference_text}" if known[-1] is row[-1].point else ""
        words = f"{figure.reference_name}{value}"
        entries.append((scale(known[-1].reference), words, THEIRS))
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


def axis_words(
    placed: Sequence[Sequence[Placed]], bottom: float, left: float, width: int, style: Style
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


def _runs(placed: Sequence[Sequence[Placed]]) -> list[tuple[float, float, str]]:
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
