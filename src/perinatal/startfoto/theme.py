"""The colours of an organisation, made readable: hue kept, lightness moved until it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perinatal.startfoto.document import Style
from perinatal.startfoto.tokens import COLOURS

if TYPE_CHECKING:
    from coloraide import Color

    from perinatal.catalog import Catalog

READABLE = 4.5
"""WCAG 2.2, 1.4.3: text against its ground."""
BAND = 7.0
"""WCAG 2.2, 1.4.6, for small white text on a band."""
APART = 0.075
"""OKLab distance under which a colour is taken for that of 'hoger' or 'lager' (own judgement)."""
_STEP = 0.002


class Palette(NamedTuple):
    """Tokens that an organisation's colour replaces, and what had to be changed, in English."""

    tokens: dict[str, str]
    changes: tuple[str, ...]


def _darkened(colour: str, ground: str, least: float) -> str:
    """The colour itself, or the same hue (OKLCH) as dark as it must be on a ground."""
    from coloraide import Color

    found = Color(colour).convert("oklch")
    while (made := _hex(found)) and Color(made).contrast(Color(ground)) < least:
        found["lightness"] -= _STEP
    return made


def _hex(colour: Color) -> str:
    return colour.clone().fit("srgb").convert("srgb").to_string(hex=True, upper=True)


def palette(colour: str) -> Palette:
    """The tokens that follow one colour (``#RRGGBB``).

    ``merk`` (text and links) is readable on the sand of the page and is no colour that means higher
    or lower; ``merk-vlak`` and ``merk-donker`` carry white text; ``merk-rand`` is an edge and
    stays as it was given.
    """
    from coloraide import Color

    changes = []
    text = _darkened(colour, COLOURS["zand2"], READABLE)
    if text != colour.upper():
        changes.append(f"text and links: {text} instead of {colour.upper()}, to be readable")
    near = [
        name
        for name in ("hoger", "lager")
        if Color(text).distance(Color(COLOURS[name]), space="oklab") < APART
    ]
    if near:
        changes.append(f"text and links: ink instead of {text}, which would say '{near[0]}'")
        text = COLOURS["inkt"]
    ground = _darkened(colour, COLOURS["wit"], READABLE)
    band = _darkened(colour, COLOURS["wit"], BAND)
    if ground != colour.upper():
        changes.append(f"opening and cover: {ground}, so that white text is readable on it")
    if band not in (colour.upper(), ground):
        changes.append(f"footer: {band}, so that small white text is readable on it")
    return Palette(
        {"merk": text, "merk-vlak": ground, "merk-donker": band, "merk-rand": colour.upper()},
        tuple(changes),
    )


def style(catalog: Catalog) -> Style | None:
    """How the organisation of a catalogue shows itself; None where it says nothing."""
    theme = catalog.theme
    if theme is None:
        return None
    replaced = palette(theme.colour).tokens if theme.colour else {}
    return Style(
        name=theme.name, logo=catalog.logo, colours=tuple(replaced.items()), lines=theme.lines
    )
