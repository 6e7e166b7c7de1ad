"""The register of startfotogebieden as a file: drafted, edited by an analyst, approved."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from perinatal import language
from perinatal.errors import UserError
from perinatal.pipeline.plan import MunicipalPlan

FOLDER = "startfotogebieden"

_HEAD = """\
# Startfotogebieden van {name}, op de grenzen van {year}. Voorstel van 'perinatal plan'.
# Een gebied is één wijk, of een paar wijken die aan elkaar liggen. Er is alleen gekeken naar het
# aantal geboorten en naar wie naast wie ligt, nooit naar de cijfers zelf.
# U mag wijken verplaatsen en namen veranderen. Elke wijk staat in precies één gebied.
# Staat een wijk alleen, dan is de code van het gebied de code van die wijk.
# De naam zegt wat erin zit. Klaar? Keur het dan goed:
#   perinatal plan {area} --approve --by "uw rol"
"""


def file_of(plan: MunicipalPlan, folder: Path) -> Path:
    """Where the register of a municipality stands in a catalogue folder."""
    return folder / FOLDER / f"{plan.municipality}-{plan.boundary_year}.yaml"


def drafted(plan: MunicipalPlan, area: str) -> str:
    """The register of a municipality as YAML, to be edited and approved (Dutch remarks).

    Args:
        area: id of the area that the analyst works on, for the command to approve with.
    """
    lines = [_HEAD.format(name=plan.name, year=plan.boundary_year, area=area).rstrip()]
    lines += [
        f"id: {plan.municipality}-{plan.boundary_year}",
        f"municipality: {plan.municipality}",
        f"boundary_year: {plan.boundary_year}",
        f"based_on: {_text(plan.based_on)}",
        "areas:",
    ]
    for planned in plan.areas:
        lines += [
            f"  - code: {planned.gebied.code}",
            f"    name: {_text(planned.gebied.name)}",
            f"    wijken: [{', '.join(planned.gebied.wijken)}]",
        ]
    return "\n".join(lines) + "\n"


def write(plans: list[MunicipalPlan], area: str, folder: Path) -> list[Path]:
    """Write a draft for every municipality that has areas; all of them or none.

    Raises:
        UserError: one has a register already, or there is nothing to write.
    """
    chosen = [plan for plan in plans if plan.areas or plan.register]
    if not chosen:
        raise UserError(f"{area}: no municipality of it has areas, so there is nothing to write.")
    for plan in chosen:
        file = file_of(plan, folder)
        if plan.register is not None or file.exists():
            place = str(file) if file.exists() else "the catalogue"
            raise UserError(
                f"{plan.name} has a register already: {place}. Edit that one; nothing was written."
            )
    for plan in chosen:
        file = file_of(plan, folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(drafted(plan, area), encoding="utf-8")
    return [file_of(plan, folder) for plan in chosen]


def approve(plans: list[MunicipalPlan], role: str, on: date, folder: Path) -> list[Path]:
    """Sign the drafts of these municipalities in the own folder; remarks in them are kept.

    Args:
        plans: made with the catalogue of that folder, so that the files fit the map.
        role: who approves; no name of a person.

    Returns:
        The files that were signed now; those that were approved before stay as they are.

    Raises:
        UserError: no draft, a role that cannot be printed, or nothing left to approve.
    """
    if not role.strip():
        raise UserError("an approval needs a role: say who approves with --by.")
    for slip in language.slips(role):
        raise UserError(f"--by: {slip}.")
    signed: dict[Path, str] = {}
    for plan in plans:
        file = file_of(plan, folder)
        if not plan.areas and plan.register is None:
            continue
        if plan.register is None or not file.is_file():
            raise UserError(f"{plan.name}: no draft in {file}. Make it with --write, and read it.")
        if not plan.register.approved_by:
            signed[file] = _signed(file, role.strip(), on)
    if not signed:
        raise UserError("nothing waits for approval. To approve anew, remove the old approval.")
    for file, text in signed.items():
        file.write_text(text, encoding="utf-8")
    return list(signed)


def _signed(file: Path, role: str, on: date) -> str:
    lines = f"approved_by: {_text(role)}\napproved_on: {on.isoformat()}\n"
    text, found = re.subn(
        r"^areas:", lambda match: lines + match.group(), file.read_text(encoding="utf-8"),
        count=1, flags=re.MULTILINE,
    )  # fmt: skip
    if not found:
        raise UserError(f"{file}: put 'areas:' at the beginning of a line, then approve again.")
    # an empty 'approved_by:' of the analyst's own would stand there twice
    if len(re.findall(r"^approved_(?:by|on):", text, flags=re.MULTILINE)) != 2:
        raise UserError(f"{file}: remove the empty lines 'approved_by' and 'approved_on' first.")
    return text


def _text(value: str) -> str:
    """A quoted text that YAML reads back as it is."""
    return json.dumps(value, ensure_ascii=False)
