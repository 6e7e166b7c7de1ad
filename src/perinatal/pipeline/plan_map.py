"""The areas of a plan as a drawing that says in words what it shows."""

from __future__ import annotations

import textwrap
from html import escape

import pandas as pd

from perinatal.pipeline.plan import MunicipalPlan
from perinatal.regions import draw, neighbours
from perinatal.startfoto.tokens import COLOURS, FONT

_WIDTH, _MARGIN, _LINE, _LETTERS = 640.0, 16.0, 20.0, 78
# areas of several wijken differ by pattern, not by colour alone
_PATTERNS = {
    "schuin": '<path d="M-2 10 10 -2M4 16 16 4" stroke="{ink}" stroke-width="1.5"/>',
    "terug": '<path d="M-2 2 10 14M4 -4 16 8" stroke="{ink}" stroke-width="1.5"/>',
    "punten": '<circle cx="3" cy="3" r="1.6" fill="{ink}"/><circle cx="9" cy="9" r="1.6" '
    'fill="{ink}"/>',
    "liggend": '<path d="M0 3H12M0 9H12" stroke="{ink}" stroke-width="1.2"/>',
    "staand": '<path d="M3 0V12M9 0V12" stroke="{ink}" stroke-width="1.2"/>',
    "kruis": '<path d="M6 2V10M2 6H10" stroke="{ink}" stroke-width="1.4"/>',
}


def svg(name: str, plans: list[MunicipalPlan], regions: pd.DataFrame) -> str:
    """One drawing of all municipalities: a number in every wijk, the names below (Dutch).

    Args:
        name: of the whole area.
        regions: as for ``plan.explain``; the wijken of the plans stand in it.
    """
    area_of = {
        wijk: planned.gebied.code
        for plan in plans
        for planned in plan.areas
        for wijk in planned.gebied.wijken
    }
    years = {plan.municipality: plan.boundary_year for plan in plans}
    wijken = regions[(regions["level"] == "wijk") & regions["parent"].isin(list(years))]
    wijken = wijken[wijken["boundary_year"] == wijken["parent"].map(years)].sort_values("code")
    owner = wijken["code"].map(area_of).fillna(wijken["parent"])
    drawn = draw(wijken.assign(parent=owner), _WIDTH)
    areas = [planned for plan in plans for planned in plan.areas]
    number = {planned.gebied.code: str(at) for at, planned in enumerate(areas, start=1)}
    joined = [p.gebied.code for p in areas if len(p.gebied.wijken) > 1]
    pattern = _different(joined, dict(zip(wijken["code"], owner, strict=True)), wijken)
    shapes = []
    for code, region in zip(wijken["code"], owner, strict=True):
        fill = f"url(#{pattern[region]})" if region in pattern else COLOURS["zand2"]
        shapes.append(f'<path d="{drawn.paths[code]}" fill="{fill}"/>')
    numbers = [
        f'<text x="{x}" y="{y}">{number[region]}</text>'
        for code, region in zip(wijken["code"], owner, strict=True)
        if region in number
        for x, y in [drawn.points[code]]
    ]
    lines = _legend(plans, number)
    top = drawn.height + 2 * _MARGIN + _LINE
    legend = [
        f'<text x="0" y="{top + at * _LINE:.0f}" xml:space="preserve">{escape(line)}</text>'
        for at, line in enumerate(lines)
    ]
    title = f"Startfotogebieden van {name}"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-_MARGIN:.0f} {-_MARGIN:.0f} '
        f'{drawn.width + 2 * _MARGIN:.0f} {top + len(lines) * _LINE + _MARGIN:.0f}" lang="nl" '
        f'role="img" aria-labelledby="titel uitleg" font-family="{FONT}, sans-serif">',
        f'<title id="titel">{escape(title)}</title>',
        f'<desc id="uitleg">{escape(_told(plans))}</desc>',
        "<defs>", *(_defined(key) for key in dict.fromkeys(pattern.values())), "</defs>",
        f'<g stroke="{COLOURS["as"]}" stroke-width="0.6" stroke-dasharray="3 2">', *shapes, "</g>",
        f'<path d="{drawn.outline}" fill="none" stroke="{COLOURS["inkt"]}" stroke-width="2" '
        'stroke-linejoin="round"/>',
        f'<g font-size="15" font-weight="600" text-anchor="middle" dominant-baseline="central" '
        f'fill="{COLOURS["inkt"]}" stroke="{COLOURS["wit"]}" stroke-width="4" '
        'paint-order="stroke">', *numbers, "</g>",
        f'<g font-size="15" fill="{COLOURS["inkt"]}">', *legend, "</g>",
        "</svg>", "",
    ])  # fmt: skip


def _different(joined: list[str], owner: dict[str, str], wijken: pd.DataFrame) -> dict[str, str]:
    """A pattern for every joined area, another one than its neighbours have where that can be."""
    beside: dict[str, set[str]] = {code: set() for code in joined}
    for one, other in neighbours(wijken):
        a, b = owner[one], owner[other]
        if a != b and a in beside and b in beside:
            beside[a].add(b)
            beside[b].add(a)
    found: dict[str, str] = {}
    for code in joined:
        taken = [found.get(other) for other in beside[code]]
        uses = list(found.values())
        found[code] = min(_PATTERNS, key=lambda key: (taken.count(key), uses.count(key)))
    return found


def _defined(key: str) -> str:
    return (
        f'<pattern id="{key}" width="12" height="12" patternUnits="userSpaceOnUse">'
        f'<rect width="12" height="12" fill="{COLOURS["zand1"]}"/>'
        f"{_PATTERNS[key].format(ink=COLOURS['merk-licht'])}</pattern>"
    )


def _legend(plans: list[MunicipalPlan], number: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for plan in plans:
        if len(plans) > 1 or not plan.areas:
            none = "" if plan.areas else ": geen gebieden, alleen de gemeente als geheel"
            lines.append(plan.name + none)
        for planned in plan.areas:
            first = f"{number[planned.gebied.code]:>3}  "
            lines += textwrap.wrap(
                planned.gebied.name, _LETTERS, initial_indent=first, subsequent_indent=" " * 6
            )
    return lines


def _told(plans: list[MunicipalPlan]) -> str:
    told = []
    for plan in plans:
        if not plan.areas:
            told.append(f"{plan.name} heeft geen gebieden: alleen de gemeente als geheel.")
            continue
        joined = [p.gebied.name for p in plan.areas if len(p.gebied.wijken) > 1]
        text = f"{plan.name} heeft {len(plan.areas)} gebieden."
        if joined:
            text += f" Samengevoegd zijn: {'; '.join(joined)}."
        told.append(f"{text} Grenzen van {plan.boundary_year}.")
    return " ".join(told)
