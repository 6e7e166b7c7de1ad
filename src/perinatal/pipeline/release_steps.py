"""The steps of a release on disk: one file per edition and area, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from perinatal.errors import IntegrityError
from perinatal.settings import Settings
from perinatal.startfoto.release import Step

_STEPS = TypeAdapter(tuple[Step, ...])


def steps_file(settings: Settings, edition_id: str, area_id: str) -> Path:
    return settings.curated_dir / "release" / edition_id / f"{area_id}.json"


def steps_files(settings: Settings, edition_id: str) -> list[Path]:
    """The files with steps of one edition; the name of each is the area."""
    return sorted(steps_file(settings, edition_id, "any").parent.glob("[!.]*.json"))


def read_steps(settings: Settings, edition_id: str, area_id: str) -> tuple[Step, ...]:
    """The steps that were taken, oldest first.

    Raises:
        IntegrityError: the file was changed by hand and cannot be read.
    """
    file = steps_file(settings, edition_id, area_id)
    if not file.is_file():
        return ()
    try:
        return _STEPS.validate_json(file.read_bytes())
    except ValidationError as error:
        raise IntegrityError(
            f"{file}: {error.error_count()} faults, the first at {error.errors()[0]['loc']}. Put "
            "the file back as it was; until then nothing of it counts as released."
        ) from None


def write_steps(steps: tuple[Step, ...], settings: Settings, edition_id: str, area_id: str) -> None:
    """Keep the steps of one startfoto."""
    file = steps_file(settings, edition_id, area_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    working = file.with_name(f".{file.name}.{os.getpid()}")
    working.write_text(as_json(steps), encoding="utf-8")
    working.replace(file)


def as_json(steps: tuple[Step, ...]) -> str:
    """The steps as they stand in the file."""
    content = [step.model_dump(exclude_defaults=True) for step in steps]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
