"""What was taken back stays back: editions that rest on a delivery that was withdrawn."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import TypeAdapter

from perinatal.alerts import settle
from perinatal.errors import StoreBusy, UserError
from perinatal.pipeline import alarms_documents
from perinatal.pipeline.release_steps import read_steps, steps_files
from perinatal.settings import Settings
from perinatal.startfoto.release import state_of
from perinatal.store import editions, open_store
from perinatal.store.editions import TakenBack

_NOTE = TypeAdapter(dict[str, list[TakenBack]])


def require_speaking(edition_id: str, settings: Settings) -> None:
    """Refuse to go on with an edition of which a delivery was withdrawn since.

    Raises:
        UserError: naming the delivery, the day and the reason that was given.
    """
    gone = taken_back(settings).get(edition_id, [])
    if gone:
        named = "; ".join(
            f"{one.delivery_id} ({one.on:%Y-%m-%d}: {one.reason.rstrip('.')})" for one in gone
        )
        raise UserError(
            f"edition {edition_id} rests on what was withdrawn since: {named}. Run 'perinatal "
            "build': it makes an edition of what still speaks."
        )


def is_taken_back(edition_id: str, settings: Settings) -> bool:
    """Whether a delivery of the edition was withdrawn."""
    return edition_id in taken_back(settings)


def taken_back(settings: Settings) -> dict[str, list[TakenBack]]:
    """By edition, from the store; from the note beside it while another run holds the store."""
    if not settings.store_file.is_file():
        return {}  # a copy of the editions alone: there is nobody who could have taken back
    try:
        with open_store(settings.store_file) as store:
            found = editions.taken_back(store)
    except StoreBusy:
        return _noted(settings)
    if found != _noted(settings):
        note(found, settings)
    return found


def note(found: dict[str, list[TakenBack]], settings: Settings) -> None:
    """Write down what was taken back where it can be read without the store."""
    file = _note_file(settings)
    working = file.with_name(f".{file.name}.{os.getpid()}")
    working.write_bytes(_NOTE.dump_json(found, indent=1))
    working.replace(file)


def _noted(settings: Settings) -> dict[str, list[TakenBack]]:
    try:
        return _NOTE.validate_json(_note_file(settings).read_bytes())
    except FileNotFoundError:
        return {}


def _note_file(settings: Settings) -> Path:
    return settings.curated_dir / "taken_back.json"


def released_and_taken_back(settings: Settings) -> dict[str, list[Path]]:
    """Files of released startfoto's of which a delivery was withdrawn, by edition.

    A startfoto that was revoked is no longer out. The steps are read as they were taken, whatever
    the document says by now: once out is out.
    """
    found: dict[str, list[Path]] = {}
    for edition_id in taken_back(settings):
        for file in steps_files(settings, edition_id):
            if state_of(read_steps(settings, edition_id, file.stem)).released is not None:
                folder = settings.startfoto_dir / edition_id / file.stem
                found.setdefault(edition_id, []).extend(
                    sorted(one for one in folder.glob("*") if not one.name.startswith("."))
                    or [folder]
                )
    return found


def tell_taken_back(settings: Settings) -> list[Path]:
    """Raise a trouble about what is out and was taken back, or end it; returns the files."""
    found = released_and_taken_back(settings)
    settle(
        alarms_documents.taken_back(found, settings), settings, kinds=("taken_back",),
        because="Wat was ingetrokken, is ook als vrijgegeven startfoto teruggenomen.",
    )  # fmt: skip
    return [file for files in found.values() for file in files]
