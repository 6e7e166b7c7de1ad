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

from perinatal.catalog import Catalog, load_catalog
from perinatal.errors import RejectedDelivery
from perinatal.pipeline import receive
from perinatal.pipeline.build import build
from perinatal.settings import Settings
from perinatal.store import deliveries, open_store
from tests.conftest import MOMENT

if TYPE_CHECKING:
    from tests.conftest import Practice

DATA = Path(__file__).parents[1] / "data"
PLANTED = ("987654", "GEHEIM", "31,4159", "31.4159")
"""What bad deliveries hold as cell values; no alert may repeat them."""


_JUDGEMENTS = ("delivery", "delivery_event", "check_result", "handover", "intent")
"""Tables that tell what came in and what was said of it; all others hold what may speak."""


def contents(settings: Settings) -> dict[str, tuple[int, int]]:
    """Rows and a checksum of every table that holds something that may speak."""
    with open_store(settings.store_file) as store:
        tables = store.connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
            "WHERE NOT list_contains(?, table_name) ORDER BY ALL",
            [list(_JUDGEMENTS)],
        ).fetchall()
        found = {}
        for (table,) in tables:
            row = store.connection.execute(
                f"SELECT count(*), coalesce(sum(hash(line)::HUGEINT), 0) FROM {table} AS line"
            ).fetchone()
            assert row is not None
            found[table] = row
        spoken = store.connection.execute(
            "SELECT count(*), 0 FROM meta.delivery_event WHERE event LIKE 'accepted%'"
        ).fetchone()
        assert spoken is not None
    return {**found, "accepted": spoken}


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
    told: str = ""
    """The alert as a person reads it."""


@dataclass
class Watched:
    settings: Settings
    catalog: Catalog
    good: bytes
    map: bytes
    edition: Path
    before: dict[str, tuple[int, int]] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before, self.published = contents(self.settings), fingerprints(self.edition)

    def refuse(
        self, file: Path, source: str | None = None, catalog: Catalog | None = None
    ) -> Outcome:
        """Deliver a bad file; everything but its verdict is asserted here."""
        for known in self.settings.alerts_dir.glob("*"):
            known.unlink()  # a trouble that is known already would only be counted
        seen: set[Path] = set()
        try:
            judged = receive.ingest(file, catalog or self.catalog, self.settings, source)
            failed = {r.id: (r.rows, r.keys) for r in judged.results if r.outcome != "passed"}
            outcome, told = Outcome(judged.verdict, "", "", failed), ()
        except RejectedDelivery as error:
            outcome = Outcome("rejected", str(error), error.place, {error.rule: (0, ())})
            told = (error.place, error.problem, error.expected, error.remedy)
        assert outcome.verdict in ("rejected", "quarantined")
        assert all(told)
        assert contents(self.settings) == self.before
        assert fingerprints(self.edition) == self.published
        new = set(self.settings.alerts_dir.glob("*")) - seen
        (alert,) = [f for f in new if f.suffix == ".json" and not f.name.endswith(".sent.json")]
        outcome.alert = json.loads(alert.read_text(encoding="utf-8"))
        text = alert.with_suffix(".txt").read_text(encoding="utf-8")
        outcome.told = " ".join(text.split())  # the lines are wrapped
        assert outcome.alert["kind"] == outcome.verdict
        assert set(outcome.rules) <= {rule["id"] for rule in outcome.alert["rules"]}
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


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A small installation in which an earlier delivery speaks, with an edition made of it."""
    root = tmp_path_factory.mktemp("corpus")
    settings = Settings(data_dir=root / "data", catalog_dir=DATA / "catalog", now=MOMENT)
    catalog = load_catalog(settings.catalog_dir)
    receive.ingest(DATA / "proef_kaart_2021.geojson", catalog, settings)
    plain = (DATA / "good" / "gewoon.csv").read_text(encoding="utf-8")
    first = root / "proef_telling_eerste.csv"
    first.write_text(plain.replace("168002;11100;15,5;", "168002;11100;15,5;eerste levering"))
    assert receive.ingest(first, catalog, settings).verdict == "accepted"
    edition = build(catalog, settings)
    assert edition.shown
    later = settings.model_copy(update={"now": MOMENT + timedelta(hours=1)})
    return Watched(later, catalog, b"", b"", edition.folder)


@pytest.fixture(scope="module")
def known(house: Watched) -> set[str]:
    """Regions of the map."""
    with open_store(house.settings.store_file) as store:
        return deliveries.region_codes(store, house.settings.clock(), 2021)


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
