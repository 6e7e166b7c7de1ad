"""The published schema, and promises about files that no linter keeps."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from perinatal.startfoto.document import Startfoto

ROOT = Path(__file__).parents[2]


def _tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_the_published_schema_is_the_document() -> None:
    """Renew with: make pages."""
    saved = json.loads((ROOT / "docs" / "startfoto.schema.json").read_text(encoding="utf-8"))
    assert saved == Startfoto.model_json_schema()


def test_lock_files_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_no_file_of_others_data_is_tracked() -> None:
    foreign = re.compile(r"\.(geojson|gpkg|parquet|duckdb|sav|xlsx)(\.gz)?$|/data/raw/.*\.csv$")
    made_by_us = "/tests/data/"  # tests/data/make.py makes each of them, and a test compares
    found = [f.as_posix() for f in _tracked() if foreign.search(f.as_posix())]
    assert [name for name in found if made_by_us not in name] == []


def test_every_decision_is_at_most_a_page() -> None:
    for file in (ROOT / "docs" / "decisions").glob("*.md"):
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(file.name[:4])}. ")
        assert len(text) < 3000
