"""The map of labels: a colour only where the difference is more than chance."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from perinatal.startfoto.charts.svg import Box, drawing, meet, text, text_width
from perinatal.startfoto.document import MapFigure, MapShape
from perinatal.startfoto.signs import map_sign, number
from perinatal.startfoto.tokens import COLOURS, HATCHED, MAP_FILL, PRINT, SPEAKING


def map_figure(
    figure: MapFigure,
    width: float = 424,
    *,
    prefix: str,
    highest: float | None = None,
    figures: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Areas in the tint of their label.

    ``highest`` bounds the height of a tall municipality; ``figures`` (by region) are what a pointer
    brings out: only what the page prints elsewhere too.
    """
    edge = 3.0
    scale = (width - 2 * edge) / figure.width
    if highest is not None:
        scale = min(scale, (highest - 2 * edge) / figure.height)
    height = figure.height * scale + 2 * edge
    shift = (width - figure.width * scale) / 2
    hatch = f"{prefix}-arcering"
    hair = number(1 / scale)
    areas = "".join(
        f'<path class="gebied" data-region="{escape(shape.region)}" d="{escape(shape.path)}"'
        f' fill="{f"url(#{hatch})" if shape.label in HATCHED else MAP_FILL[shape.label]}"'
        + (
            f"><title>{escape(figures[shape.region], quote=False)}</title></path>"
            if shape.region in figures
            else "/>"
        )
        for shape in figure.shapes
    )
    step = number(7 / scale)
    drawn = (
        f'<defs><pattern id="{hatch}" patternUnits="userSpaceOnUse" width="{step}"'
        f' height="{step}" patternTransform="rotate(45)"><rect width="{step}" height="{step}"'
        f' fill="{COLOURS["wit"]}"/><rect width="{number(0.9 / scale)}" height="{step}"'
        f' fill="{COLOURS["arcering"]}"/></pattern></defs>'
        f'<g transform="translate({number(shift)} {number(edge)}) scale({scale:.5f})"'
        f' fill-rule="evenodd" stroke-linejoin="round">'
        f'<g stroke="{COLOURS["wit"]}" stroke-width="{hair}">{areas}</g>'
        f'<path d="{escape(figure.outline)}" fill="none" stroke="{COLOURS["rand"]}"'
        f' stroke-width="{number(1.4 / scale)}"/></g>'
    )
    size = 9 if width <= PRINT and highest is not None and highest < 330 else 13
    marks, places = [], []
    for shape in figure.shapes:
        x, y = shift + shape.x * scale, edge + shape.y * scale
        mark = map_sign(shape.label, x, y, size, word=shape.word)
        if mark:
            marks.append(mark)
            places.append((shape, x, y))
    names = _names(places, width, height, size)
    return drawing(
        drawn + "".join(marks) + names,
        width,
        height,
        prefix=prefix,
        title=figure.title,
        alt=figure.alt,
    )


def _names(
    places: list[tuple[MapShape, float, float]], width: float, height: float, size: float
) -> str:
    """Names of the areas that earned a colour, where they fit; the table names them all."""
    taken: list[Box] = [
        (x - size * 0.6, y - size * 0.6, x + size * 0.6, y + size * 0.6) for _, x, y in places
    ]
    drawn = []
    for shape, x, y in places:
        if shape.label not in SPEAKING:
            continue
        long = text_width(shape.name, size, bold=True)
        if long > width * 0.45:
            continue
        # Above, below, right and left of the sign: the first place that is free.
        for left, base in (
            (x - long / 2, y - size),
            (x - long / 2, y + size * 1.6),
            (x + size * 1.3, y + size * 0.35),
            (x - size * 1.3 - long, y + size * 0.35),
        ):
            start = min(max(left, 2.0), width - long - 2)
            box = (start - 5, base - size * 0.9, start + long + 5, base + size * 0.3)
            inside = start >= 0 and box[1] >= 0 and box[3] <= height
            if inside and abs(start - left) < long / 2 and not any(meet(box, b) for b in taken):
                taken.append(box)
                drawn.append(text(start, base, shape.name, size=size, bold=True, halo=True))
                break
    return "".join(drawn)


def backdrop(figure: MapFigure, width: float, height: float) -> str:
    """The areas as quiet outlines on the brand's colour: decoration without any figure."""
    scale = max(width / figure.width, height / figure.height)
    scale = min(scale, 1.25 * min(width / figure.width, height / figure.height))
    x, y = (width - figure.width * scale) / 2, (height - figure.height * scale) / 2
    # Neighbours get another tint in turn; it says nothing about them.
    shades = ("0.03", "0.08", "0.05", "0.11")
    areas = "".join(
        f'<path d="{escape(shape.path)}" fill="{COLOURS["wit"]}"'
        f' fill-opacity="{shades[place % len(shades)]}"/>'
        for place, shape in enumerate(figure.shapes)
    )
    line = number(1 / scale)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="achtergrond" width="{number(width)}"'
        f' height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
        f' aria-hidden="true" focusable="false"><g transform="translate({number(x)} {number(y)})'
        f' scale({scale:.5f})" stroke="{COLOURS["wit"]}" stroke-opacity="0.22"'
        f' stroke-width="{line}" stroke-linejoin="round" fill-rule="evenodd">{areas}</g></svg>'
    )
