"""How to read a figure: one example without any number, its parts numbered."""

from __future__ import annotations

from typing import Final

from perinatal.startfoto.charts.svg import drawing, line, rect, text
from perinatal.startfoto.signs import number, sign
from perinatal.startfoto.tokens import COLOURS

PARTS: Final = (
    "Het teken is het cijfer van het gebied.",
    "Binnen de brede streep ligt het cijfer waarschijnlijk.",
    "Binnen de dunne streep ligt het cijfer bijna zeker.",
    "De staande lijn is {reference}.",
    "Binnen de lichte strook is het verschil met {reference} klein.",
)
"""What the numbers in the drawing point at, in order."""


def parts(reference: str) -> tuple[str, ...]:
    """The explanation of the drawing, for the page that shows it."""
    return tuple(part.format(reference=reference) for part in PARTS)


def _marker(x: float, y: float, place: int) -> str:
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="9" fill="{COLOURS["eigen"]}"/>' + text(
        x, y + 4.5, str(place), size=13, colour=COLOURS["wit"], anchor="middle", bold=True
    )


def reading_guide(reference: str, *, prefix: str) -> str:
    """An interval, the strip and the line, with the numbers of ``parts``."""
    width, height, y = 328.0, 132.0, 66.0
    ink = COLOURS["toeval-streep"]
    drawn = (
        line(0, y, width, y, COLOURS["lijn"], 1)
        + rect(84, y - 26, 70, 52, COLOURS["zand3"])
        + line(119, y - 34, 119, y + 34, COLOURS["inkt2"], 1.8)
        + line(100, y, 300, y, ink, 1.8)
        + rect(140, y - 5, 120, 10, ink, 0.5)
        + sign("ONBESLIST", 200, y, 18)
        + line(200, y - 24, 200, y - 10, COLOURS["as"], 1)
        + _marker(200, y - 33, 1)
        + line(240, y + 7, 240, y + 24, COLOURS["as"], 1)
        + _marker(240, y + 33, 2)
        + line(284, y - 24, 284, y - 3, COLOURS["as"], 1)
        + _marker(284, y - 33, 3)
        + _marker(119, y - 44, 4)
        + line(92, y + 20, 92, y + 34, COLOURS["as"], 1)
        + _marker(92, y + 43, 5)
    )
    return drawing(
        drawn,
        width,
        height,
        prefix=prefix,
        title="Zo leest u een figuur",
        alt=" ".join(parts(reference)),
    )
