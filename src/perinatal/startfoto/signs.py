"""The signs: shape is direction, fill is certainty; a colour only helps.

Drawn as paths: the text font has no triangles, and a fallback font differs per machine.
"""

from __future__ import annotations

from math import sqrt
from typing import Final, Literal

from perinatal.startfoto.document import LabelCode
from perinatal.startfoto.tokens import COLOURS, HATCHED, MAP_FILL, SIGN

Direction = Literal["up", "down"]

_HIGHER: Final = frozenset({"DUIDELIJK_HOGER", "WAARSCHIJNLIJK_HOGER"})
_LOWER: Final = frozenset({"DUIDELIJK_LAGER", "WAARSCHIJNLIJK_LAGER"})
_OPEN: Final = frozenset({"WAARSCHIJNLIJK_HOGER", "WAARSCHIJNLIJK_LAGER", "ONBESLIST"})


def number(value: float) -> str:
    """A coordinate: two decimals at most, and never a signed zero, so that runs are equal."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def direction(label: LabelCode, word: str = "", way: int = 0) -> Direction | None:
    """Which way a triangle points; None for a small difference that may go either way.

    A small but real difference takes its way from its row (``way``: below or above 0), or from
    the word where there is no row, as in a key to the signs.
    """
    if label in _LOWER:
        return "down"
    if label in _HIGHER:
        return "up"
    if way:
        return "up" if way > 0 else "down"
    higher, lower = "hoger" in word.lower(), "lager" in word.lower()
    return None if higher == lower else "up" if higher else "down"


def _triangle(x: float, y: float, size: float, way: Direction) -> str:
    height = size * sqrt(3) / 2
    # The centre of gravity, not of the box, lies on the value.
    top, bottom = y - height * 0.58, y + height * 0.42
    if way == "down":
        top, bottom = y + height * 0.58, y - height * 0.42
    half = size / 2
    return (
        f"M{number(x - half)} {number(bottom)}L{number(x + half)} {number(bottom)}"
        f"L{number(x)} {number(top)}Z"
    )


def sign(
    label: LabelCode,
    x: float,
    y: float,
    size: float = 14,
    *,
    way: int = 0,
    word: str = "",
    colour: str | None = None,
    ground: str = COLOURS["wit"],
) -> str:
    """The sign of ``label`` with its middle on (x, y), as an SVG fragment.

    ``colour`` overrides the ink (white on a dark area of a map); ``ground`` fills an open sign.
    """
    ink = colour or SIGN[label]
    stroke = max(1.2, size / 8)
    if label in HATCHED:
        return _square(label, x, y, size * 0.82, ink, stroke * 0.75)
    if label == "GEEN_VERGELIJKING":
        half = size * 0.32
        return (
            f'<rect x="{number(x - half)}" y="{number(y - half)}" width="{number(2 * half)}"'
            f' height="{number(2 * half)}" fill="{ink}"/>'
        )
    if label in ("ONGEVEER_GELIJK", "ONBESLIST"):
        radius = size * 0.38
        middle = f'<circle cx="{number(x)}" cy="{number(y)}" r='
        if label == "ONGEVEER_GELIJK":
            return f'{middle}"{number(radius)}" fill="{ink}"/>'
        return (
            f'{middle}"{number(radius - stroke / 2 + 0.3)}" fill="{ground}" stroke="{ink}"'
            f' stroke-width="{number(stroke)}"/>'
        )
    pointing = direction(label, word, way)
    if pointing is None:
        path = _triangle(x - size * 0.28, y, size * 0.6, "up")
        path += _triangle(x + size * 0.28, y, size * 0.6, "down")
        return f'<path d="{path}" fill="{ink}"/>'
    if label == "KLEIN_MAAR_ECHT":
        return f'<path d="{_triangle(x, y, size * 0.68, pointing)}" fill="{ink}"/>'
    if label in _OPEN:
        path = _triangle(x, y, size - stroke * 1.4, pointing)
        return (
            f'<path d="{path}" fill="{ground}" stroke="{ink}" stroke-width="{number(stroke)}"'
            ' stroke-linejoin="round"/>'
        )
    return f'<path d="{_triangle(x, y, size, pointing)}" fill="{ink}"/>'


def _square(label: LabelCode, x: float, y: float, size: float, ink: str, stroke: float) -> str:
    half = size / 2 - stroke / 2
    box = (
        f'<rect x="{number(x - half)}" y="{number(y - half)}" width="{number(2 * half)}"'
        f' height="{number(2 * half)}" fill="{COLOURS["wit"]}" stroke="{ink}"'
        f' stroke-width="{number(stroke)}"/>'
    )
    if label == "INGETROKKEN":
        arm = half * 0.55
        lines = [(-arm, -arm, arm, arm), (-arm, arm, arm, -arm)]
    else:
        lines = []
        for step in (-1.0, 0.0, 1.0):
            # Lines of x + y = step * half, cut off at the edges of the square.
            low, high = max(-half, step * half - half), min(half, step * half + half)
            lines.append((low, step * half - low, high, step * half - high))
    path = "".join(
        f"M{number(x + a)} {number(y + b)}L{number(x + c)} {number(y + d)}" for a, b, c, d in lines
    )
    return f'{box}<path d="{path}" fill="none" stroke="{ink}" stroke-width="{number(stroke)}"/>'


def icon(
    label: LabelCode, size: int = 18, *, way: int = 0, word: str = "", colour: str | None = None
) -> str:
    """A sign as a picture of its own; hidden from a screen reader, which reads the word."""
    drawn = sign(label, size / 2, size / 2, size * 0.86, way=way, word=word, colour=colour)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="teken" width="{size}" height="{size}"'
        f' viewBox="0 0 {size} {size}" aria-hidden="true" focusable="false">{drawn}</svg>'
    )


def swatch(label: LabelCode, *, word: str = "", width: int = 30, height: int = 18) -> str:
    """How an area with this label looks on the map, small enough to stand in a sentence."""
    drawn = (
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}"'
        f' fill="{MAP_FILL[label]}" stroke="{COLOURS["rand"]}" stroke-width="1"/>'
    )
    if label in HATCHED:
        # Lines of x + y = at, cut off at the edges.
        ends = [
            (max(1, at - height + 1), min(width - 1, at - 1))
            for at in range(6, width + height - 2, 6)
        ]
        lines = "".join(
            f"M{left} {at - left}L{right} {at - right}"
            for at, (left, right) in zip(range(6, width + height - 2, 6), ends, strict=True)
        )
        drawn += f'<path d="{lines}" stroke="{COLOURS["arcering"]}" stroke-width="0.9"/>'
    drawn += map_sign(label, width / 2, height / 2, 12, word=word)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="staal" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false">{drawn}</svg>'
    )


def map_sign(label: LabelCode, x: float, y: float, size: float, *, word: str = "") -> str:
    """The sign on an area of the map; empty for a label that only has a tint."""
    if label in ("DUIDELIJK_HOGER", "DUIDELIJK_LAGER"):
        return sign(label, x, y, size, word=word, colour=COLOURS["wit"])
    if label in ("WAARSCHIJNLIJK_HOGER", "WAARSCHIJNLIJK_LAGER", "KLEIN_MAAR_ECHT"):
        return sign(label, x, y, size, word=word)
    return ""
