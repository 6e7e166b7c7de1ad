"""The small picture in a card: one figure beside its reference, on a scale all cards share."""

from __future__ import annotations

from perinatal.startfoto.charts.svg import (
    PITCH,
    Scale,
    centred,
    drawing,
    line,
    rect,
    text,
    text_width,
    wrap,
)
from perinatal.startfoto.document import Strip
from perinatal.startfoto.signs import number, sign
from perinatal.startfoto.tokens import COLOURS, INTERVAL, SIGN


def no_strip(width: float = 236, *, prefix: str, size: float = 13) -> str:
    """The place of a strip without a figure: words on a dotted line, no mark."""
    height, words = 66 * size / 13, "geen cijfer"
    y = height / 2
    half = text_width(words, size) / 2 + 8
    colour = COLOURS["as"]
    drawn = (
        line(0, y, width / 2 - half, y, colour, 1, dash="1 5", cap="round")
        + line(width / 2 + half, y, width, y, colour, 1, dash="1 5", cap="round")
        + text(
            width / 2, y + size * 0.35, words, size=size, colour=COLOURS["inkt3"], anchor="middle"
        )
    )
    return drawing(
        drawn,
        width,
        height,
        prefix=prefix,
        title="Geen cijfer",
        alt="Er is geen cijfer om te tekenen.",
    )


def strip(
    figure: Strip,
    width: float = 236,
    *,
    prefix: str,
    quiet: bool = False,
    size: float = 13,
) -> str:
    """Own figure with its ranges beside the reference; ``quiet`` draws it in grey, without sign."""
    row, reference = figure.row, figure.reference
    own = row.published
    if own.kind != "shown":
        return no_strip(width, prefix=prefix, size=size)
    # A figure outside the window widens it: a mark in a wrong place would be a lie.
    low, high = min(figure.low, own.estimate), max(figure.high, own.estimate)
    low, high = min(low, reference.estimate), max(high, reference.estimate)
    scale = Scale(low, high, 1, width - 1)
    ink = COLOURS["inkt2"] if quiet else INTERVAL[row.label]
    name = f"{row.name} {row.estimate_text}"
    pitch = size * PITCH
    head = len(wrap(name, width, size, bold=True)) * pitch
    foot = len(wrap(f"{reference.name} {reference.text}", width, size)) * pitch
    # Smaller type, thinner lines: in print a point is what a pixel is on a screen.
    unit = min(1.15, size / 13)
    y = head + 16 * unit
    height = y + 16 * unit + foot + 2
    drawn = [line(0, y, width, y, COLOURS["lijn"], 1.2)]
    if reference.lower_strip is not None and reference.upper_strip is not None:
        left = max(0.0, scale(reference.lower_strip))
        right = min(width, scale(reference.upper_strip))
        drawn.append(rect(left, y - 12 * unit, right - left, 24 * unit, COLOURS["zand3"]))
    at = scale(reference.estimate)
    drawn.append(line(at, y - 12 * unit, at, y + 12 * unit, COLOURS["inkt2"], 1.5 * unit))
    dash = "" if own.status == "ok" else "3 2"
    left, right = max(low, own.lower998), min(high, own.upper998)
    drawn.append(line(scale(left), y, scale(right), y, ink, 1.5 * unit, dash=dash))
    for limit, beyond, way in (
        (left, own.lower998 < low, 1),
        (right, own.upper998 > high, -1),
    ):
        if beyond:
            x, arm = scale(limit), 4 * unit
            drawn.append(
                f'<path d="M{number(x + way * arm)} {number(y - arm)}L{number(x)} {number(y)}'
                f'L{number(x + way * arm)} {number(y + arm)}" fill="none" stroke="{ink}"'
                f' stroke-width="{number(1.5 * unit)}"/>'
            )
    left, right = scale(max(low, own.lower95)), scale(min(high, own.upper95))
    drawn.append(rect(left, y - 3.5 * unit, right - left, 7 * unit, ink, 0.5))
    x = scale(own.estimate)
    if quiet:
        drawn.append(
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(5 * unit)}"'
            f' fill="{COLOURS["wit"]}" stroke="{COLOURS["inkt2"]}"'
            f' stroke-width="{number(2 * unit)}"/>'
        )
    else:
        drawn.append(sign(row.label, x, y, 14 * unit, way=row.direction))
    colour = COLOURS["inkt"] if quiet else SIGN[row.label]
    drawn.append(centred(name, x, size - 1, width, size=size, colour=colour, bold=True))
    drawn.append(
        centred(
            f"{reference.name} {reference.text}",
            at,
            y + 15 * unit + size,
            width,
            size=size,
            colour=COLOURS["inkt2"],
        )
    )
    alt = (
        f"{row.name}: {row.estimate_text}, waarschijnlijk tussen {row.interval95_text}, "
        f"bijna zeker tussen {row.interval998_text}. {reference.name}: {reference.text}."
    )
    return drawing(
        "".join(drawn),
        width,
        height,
        prefix=prefix,
        title=f"{row.name} naast {reference.name}",
        alt=alt,
    )
