"""Release of a startfoto: the steps are kept beside the editions, the files are drawn anew."""

from __future__ import annotations

import re
from pathlib import Path

from perinatal.catalog import Catalog
from perinatal.errors import UserError
from perinatal.language import slips
from perinatal.pipeline import document_sets, documents
from perinatal.pipeline.release_steps import read_steps, write_steps
from perinatal.pipeline.taken_back import is_taken_back, tell_taken_back
from perinatal.settings import Settings
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.readback import NUMBER
from perinatal.startfoto.release import (
    AUDIENCES,
    State,
    Step,
    addresses,
    digest_of,
    needed,
    numbers_of,
    state_of,
    with_changes,
)

_YEAR = re.compile(r"(19|20)\d\d")


def concept(
    edition_id: str, area_id: str, catalog: Catalog, settings: Settings
) -> tuple[Startfoto, tuple[Step, ...]]:
    """The startfoto as it stands before release, with its changes, and the steps."""
    document = documents.composed(area_id, catalog, settings, edition_id)
    steps = read_steps(settings, document.edition.id, area_id)
    return with_changes(document, steps), steps


def standing(document: Startfoto, steps: tuple[Step, ...]) -> tuple[State, list[str]]:
    """Where it stands, and what has to be done before it can be released."""
    state = state_of(steps, digest_of(document))
    lacking = [
        f"somebody has to read {what}: --read {name} --by ROLE"
        for name, what in needed(document).items()
        if name not in state.read
    ]
    if state.checked is None:
        lacking.append("somebody has to check it: --checked --by ROLE")
    return state, lacking


def take(
    step: Step, edition_id: str, area_id: str, catalog: Catalog, settings: Settings
) -> list[Path]:
    """Note a step and draw the files anew; returns their paths.

    A startfoto that rests on a withdrawn delivery can only be revoked, and its files then go.

    Raises:
        UserError: the step cannot be taken now; nothing is noted.
    """
    if not step.by.strip():
        raise UserError("say with --by in which role you do this, for example 'epidemioloog'.")
    if step.kind == "revoked" and is_taken_back(edition_id, settings):
        documents.find_area(catalog, area_id)
        steps = (*read_steps(settings, edition_id, area_id), step)
        write_steps(steps, settings, edition_id, area_id)
        document_sets.remove(documents.output_folder(settings, edition_id, area_id))
        tell_taken_back(settings)
        return []
    plain = documents.composed(area_id, catalog, settings, edition_id)
    steps = read_steps(settings, plain.edition.id, area_id)
    document = with_changes(plain, steps)
    if step.kind == "read" and step.what not in needed(document):
        known = ", ".join(needed(document)) or "none"
        raise UserError(f"{area_id}: no pages '{step.what}' to read. Known: {known}.")
    if step.kind in ("explained", "held"):
        _speaks_well(step, document)
    if step.kind == "held" and step.what not in addresses(document):
        raise UserError(
            f"{area_id}: no sentence '{step.what}'. 'perinatal release {edition_id} {area_id} "
            "--sentences' prints the addresses."
        )
    if step.kind == "released":
        _may_go(step, document, steps, catalog)
    if step.kind in ("read", "checked", "released"):
        step = step.model_copy(update={"digest": digest_of(document)})
    taken = (*steps, step)
    with document_sets.redrawn(plain, taken, catalog, settings) as files:
        write_steps(taken, settings, document.edition.id, area_id)
    tell_taken_back(settings)
    return files


def _speaks_well(step: Step, document: Startfoto) -> None:
    if not step.text.strip():
        raise UserError("say it with --text, or why with --reason; it cannot be empty.")
    names = (document.area_name, *document.members)
    found = [str(slip) for slip in slips(step.text, names)]
    name = step.what.partition("/")[0]
    shown = {number for chapter in document.chapters if chapter.id == name
             for number in numbers_of(chapter)}  # fmt: skip
    found += [
        f"{number} is no number that this chapter shows; what is not shown may not be typed in"
        for number in sorted({*NUMBER.findall(step.text)} - shown)
        if not _YEAR.fullmatch(number)
    ]
    if found:
        raise UserError("; ".join(found))


def _may_go(step: Step, document: Startfoto, steps: tuple[Step, ...], catalog: Catalog) -> None:
    _, lacking = standing(document, steps)
    if lacking:
        raise UserError(f"{document.area_id} cannot be released yet: {'; '.join(lacking)}.")
    assert step.audience is not None
    for note in document.account.sources:
        allowed = catalog.sources[note.id].audience
        if AUDIENCES.index(step.audience) > AUDIENCES.index(allowed):
            raise UserError(
                f"{document.area_id}: source '{note.id}' may be shown to '{allowed}' only (field "
                f"'audience' of its contract). Release it with --audience {allowed}, or ask the "
                "source for permission and change the contract."
            )
