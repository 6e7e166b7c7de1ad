"""Building stones of a drawing: elements, text that knows its width, a scale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

from perinatal.startfoto.signs import number
from perinatal.startfoto.tokens import COLOURS, FONT

Box = tuple[float, float, float, float]
Anchor = Literal["start", "middle", "end"]
PITCH: Final = 1.2
"""From line to line of a label, in sizes of its letters."""

# Advance widths of Source Sans 3 in thousandths of the size, so that a name is wrapped before it
# collides. A letter that is not listed counts as a wide one.
_REGULAR: Final = {
    200: " ", 246: "iïí|", 247: "j", 249: "',.:;’‘·", 255: "l", 263: "I", 292: "f!",
    303: "()[]{}", 311: "-", 347: "rt", 350: "/\\", 419: "s", 425: '?z*"“”', 446: "x",
    456: "cç", 467: "vyk", 480: "YJ–", 497: "LFeéëèê$+0123456789<=>_", 504: "agáàäâ",
    515: "XV", 539: "EÉSTZ", 542: "oöó", 544: "Ahuüúnñ", 555: "bdpq", 579: "PRCKB",
    617: "D&G", 652: "UNH", 664: "OQ", 719: "w", 727: "M", 829: "mW—%",
}  # fmt: skip
_SEMIBOLD: Final = {
    200: " ", 263: "iïíj|", 275: "',.:;’‘·l", 282: "I", 317: "f!", 324: "()[]{}-", 350: "/\\",
    373: "rt", 444: 's*?z', 482: 'cçx"“”', 495: "vyJ–", 507: "YLeéëèê_", 513: "F0123456789$+<=>",
    520: "aáàäâgk", 541: "VEÉZX", 549: "SToöó", 560: "AhuüúnñÏ", 564: "bdpq", 597: "CPRBK",
    628: "DG&", 657: "UN", 674: "HOQ", 748: "Mw", 843: "WmM—%",
}  # fmt: skip
_WIDTHS: Final[dict[bool, dict[str, int]]] = {
    bold: {letter: width for width, letters in table.items() for letter in letters}
    for bold, table in ((False, _REGULAR), (True, _SEMIBOLD))
}


def meet(one: Box, two: Box) -> bool:
    """Whether two boxes (left, top, right, bottom) share any place."""
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text in the drawing's own units."""
    widths = _WIDTHS[bold]
    return sum(widths.get(letter, 680) for letter in text) * size / 1000


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """Lines that fit in ``room``; nothing is ever cut off, a word too long has its own line."""
    lines: list[str] = []
    for word in text.split():
        # A word too long for a line may be broken after its own hyphen, nowhere else.
        fits = text_width(word, size, bold=bold) <= room
        for place, piece in enumerate([word] if fits else pieces(word)):
            space = " " if place == 0 else ""
            longer = f"{lines[-1]}{space}{piece}" if lines else piece
            if lines and text_width(longer, size, bold=bold) <= room:
                lines[-1] = longer
            else:
                lines.append(piece)
    return tuple(lines) or ("",)


def pieces(word: str) -> list[str]:
    """A word cut after each hyphen that has letters on both sides ('-s-' stays whole)."""
    return [piece for piece in re.split(r"(?<=\w\w-)(?=\w\w)", word) if piece]


def decimal(value: float) -> str:
    """A tick as Dutch text: '7', '7,5', '2.400'."""
    if abs(value - round(value)) < 1e-9:
        return f"{round(value):,}".replace(",", ".")
    return f"{value:.2f}".rstrip("0").replace(".", ",")


@dataclass(frozen=True)
class Scale:
    """From a value to a place: ``low`` lies on ``start`` and ``high`` on ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float,
    colour: str = COLOURS["inkt"],
    anchor: Anchor = "start",
    bold: bool = False,
    halo: bool = False,
) -> str:
    """One line of text; ``halo`` keeps it readable on top of a line or an edge."""
    weight = ' font-weight="600"' if bold else ""
    side = f' text-anchor="{anchor}"' if anchor != "start" else ""
    place = f'x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{weight}{side}'
    words = escape(content, quote=False)
    # Typst paints a stroke over the letters whatever paint-order says: the halo lies underneath.
    edge = (
        f'<text {place} fill="none" stroke="{COLOURS["wit"]}" stroke-width="3.5"'
        f' stroke-linejoin="round" aria-hidden="true">{words}</text>'
        if halo
        else ""
    )
    return f'{edge}<text {place} fill="{colour}">{words}</text>'


def line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    colour: str,
    width: float,
    *,
    dash: str = "",
    opacity: float = 1,
    cap: str = "",
) -> str:
    """A straight line."""
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    extra += f' stroke-opacity="{number(opacity)}"' if opacity < 1 else ""
    extra += f' stroke-linecap="{cap}"' if cap else ""
    return (
        f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        f' stroke="{colour}" stroke-width="{number(width)}"{extra}/>'
    )


def rect(
    x: float, y: float, width: float, height: float, fill: str, opacity: float = 1, kind: str = ""
) -> str:
    """A filled rectangle; ``kind`` is its class."""
    extra = f' fill-opacity="{number(opacity)}"' if opacity < 1 else ""
    extra += f' class="{kind}"' if kind else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(0.0, width))}"'
        f' height="{number(height)}" fill="{fill}"{extra}/>'
    )


def centred(
    content: str, x: float, y: float, width: float, *, size: float, colour: str, bold: bool = False
) -> str:
    """A label with its middle on ``x`` that never leaves the picture; a long one takes more lines.

    ``y`` is the base of the first line.
    """
    drawn = []
    for place, words in enumerate(wrap(content, width, size, bold=bold)):
        half = text_width(words, size, bold=bold) / 2
        drawn.append(
            text(
                min(max(x, half), width - half),
                y + place * size * PITCH,
                words,
                size=size,
                colour=colour,
                anchor="middle",
                bold=bold,
            )
        )
    return "".join(drawn)


def axis_across(
    ticks: Sequence[float],
    scale: Scale,
    top: float,
    bottom: float,
    *,
    size: float,
    pitch: float,
    unit: str,
) -> str:
    """A thin line and a number at every tick, and the unit once, at the right below them."""
    ink = COLOURS["inkt3"]
    drawn = []
    for tick in ticks:
        at = scale(tick)
        drawn.append(line(at, top, at, bottom, COLOURS["zand3"], 0.8))
        drawn.append(
            text(at, bottom + pitch, decimal(tick), size=size, colour=ink, anchor="middle")
        )
    drawn.append(text(scale.end, bottom + 2 * pitch + 1, unit, size=size, colour=ink, anchor="end"))
    return "".join(drawn)


def group(content: str, *, region: str = "", kind: str = "", told: str = "") -> str:
    """A group that belongs to one area or year; the area's code lets a page point at it.

    ``told`` is what a pointer brings out: only what is printed elsewhere too.
    """
    content = (f"<title>{escape(told, quote=False)}</title>" if told else "") + content
    attributes = f' class="{kind}"' if kind else ""
    attributes += f' data-region="{escape(region)}"' if region else ""
    return f"<g{attributes}>{content}</g>"


def drawing(content: str, width: float, height: float, *, prefix: str, title: str, alt: str) -> str:
    """The whole picture, with its name and description for a screen reader."""
    size = f'width="{number(width)}" height="{number(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
        f' viewBox="0 0 {number(width)} {number(height)}" role="img"'
        f' aria-labelledby="{prefix}-titel {prefix}-uitleg" font-family="\'{FONT}\'">'
        f'<title id="{prefix}-titel">{escape(title, quote=False)}</title>'
        f'<desc id="{prefix}-uitleg">{escape(alt, quote=False)}</desc>{content}</svg>'
    )
