"""An edition has the same bytes however many processes made it."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from perinatal.pipeline.build import build
from perinatal.pipeline.receive import ingest
from perinatal.settings import Settings
from tests.conftest import MOMENT, Practice


def test_two_processes_publish_the_same_bytes(
    practice_data: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def pool(*args: Any) -> ProcessPoolExecutor:
        started.append(args[0])
        return ProcessPoolExecutor(*args)

    monkeypatch.setattr("perinatal.workers.ProcessPoolExecutor", pool)
    for module in ("disclosure.protect", "disclosure.audit", "pipeline.insight"):
        monkeypatch.setattr(f"perinatal.{module}._MANY", 2)
    settings = Settings(data_dir=tmp_path / "data", now=MOMENT, workers=2)
    for file in (practice_data.map, practice_data.figures):
        ingest(file, practice_data.catalog, settings)
    built = build(practice_data.catalog, settings)
    assert started == [2, 2, 2]
    alone = practice_data.settings.published_dir / practice_data.edition_id
    files = sorted(file.name for file in alone.iterdir() if file.suffix != ".duckdb")
    assert len(files) > 15
    for name in files:
        assert (built.folder / name).read_bytes() == (alone / name).read_bytes(), name
