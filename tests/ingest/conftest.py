"""A watched installation: whatever is delivered to it, what it had before must stay as it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from perinatal.catalog import Catalog
from perinatal.errors import RejectedDelivery
from perinatal.pipeline import receive
from perinatal.settings import Settings
from perinatal.store import open_store

if TYPE_CHECKING:
    from tests.conftest import Practice

PLANTED = ("987654", "GEHEIM", "31,4159", "31.4159")
"""What bad deliveries hold as cell values; no alert may repeat them."""


def counts(settings: Settings) -> tuple[int, ...]:
    """Rows of everything that speaks, and the number of accepted deliveries."""
    with open_store(settings.store_file) as store:
        row = store.connection.execute(
            """
            SELECT (SELECT count(*) FROM data.observation), (SELECT count(*) FROM ref.region),
                   (SELECT count(*) FROM meta.delivery_event WHERE event LIKE 'accepted%')
            """
        ).fetchone()
    assert row is not None
    return row


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@dataclass
class Outcome:
    """What became of a bad delivery, and the one alert that tells it."""

    verdict: str
    message: str
    place: str
    rules: dict[str, tuple[int, tuple[str, ...]]]
    alert: dict[str, Any] = field(default_factory=dict)


@dataclass
class Watched:
    settings: Settings
    catalog: Catalog
    good: bytes
    map: bytes
    edition: Path

    def refuse(
        self, file: Path, source: str | None = None, catalog: Catalog | None = None
    ) -> Outcome:
        """Deliver a bad file; everything but its verdict is asserted here."""
        before, published = counts(self.settings), fingerprints(self.edition)
        seen = set(self.settings.alerts_dir.glob("*"))
        try:
            judged = receive.ingest(file, catalog or self.catalog, self.settings, source)
            failed = {r.id: (r.rows, r.keys) for r in judged.results if r.outcome != "passed"}
            outcome, told = Outcome(judged.verdict, "", "", failed), ()
        except RejectedDelivery as error:
            outcome = Outcome("rejected", str(error), error.place, {error.rule: (0, ())})
            told = (error.place, error.problem, error.expected, error.remedy)
        assert outcome.verdict in ("rejected", "quarantined")
        assert all(told)
        assert counts(self.settings) == before
        assert fingerprints(self.edition) == published
        new = set(self.settings.alerts_dir.glob("*")) - seen
        (alert,) = [f for f in new if f.suffix == ".json" and not f.name.endswith(".sent.json")]
        outcome.alert = json.loads(alert.read_text(encoding="utf-8"))
        text = alert.with_suffix(".txt").read_text(encoding="utf-8")
        assert outcome.alert["kind"] == outcome.verdict
        assert file.name in text
        assert all(rule in text for rule in outcome.rules)
        assert outcome.alert["to_do"]
        written = "".join(f.read_text(encoding="utf-8") for f in new)
        assert [value for value in PLANTED if value in written] == []
        kept = [f for f in self.settings.raw_dir.rglob(file.name) if f.parent.parent.is_dir()]
        assert any(f.read_bytes() == file.read_bytes() for f in kept)
        return outcome


@pytest.fixture(scope="module")
def watched(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """One installation for all bad files of a module: none may harm what the others rely on."""
    data = tmp_path_factory.mktemp("watched") / "data"
    shutil.copytree(practice_data.settings.data_dir, data)
    now = practice_data.settings.clock() + timedelta(hours=1)
    settings = Settings(data_dir=data, now=now)
    return Watched(
        settings,
        practice_data.catalog,
        practice_data.figures.read_bytes(),
        practice_data.map.read_bytes(),
        settings.published_dir / practice_data.edition_id,
    )


@pytest.fixture
def small(watched: Watched) -> bytes:
    """The practice delivery of its last year alone: 2 kB that keep the contract."""
    lines = watched.good.split(b"\n")
    return b"\n".join([lines[0], *[line for line in lines if line.startswith(b"2025;")]]) + b"\n"


@pytest.fixture
def cell() -> Callable[[bytes, int, str, str], bytes]:
    """Replace one cell: line (1 is the header) and column name."""

    def replace(content: bytes, line: int, column: str, value: str) -> bytes:
        lines = content.decode().split("\n")
        place = lines[0].split(";").index(column)
        cells = lines[line - 1].split(";")
        cells[place] = value
        lines[line - 1] = ";".join(cells)
        return "\n".join(lines).encode()

    return replace
