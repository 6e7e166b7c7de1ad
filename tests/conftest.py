"""What all tests share: the invented region, built once; the real open data, when it is there."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from perinatal.catalog import Catalog, load_catalog
from perinatal.settings import Settings

if TYPE_CHECKING:
    from perinatal.startfoto.document import Startfoto

MOMENT = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
"""The clock of the prepared store; a test that needs an order of events moves on from here."""
_SHARED = Path(__file__).parents[2] / "shared" / "data"
_PATIENCE = 180.0

hypothesis_settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis_settings.load_profile("ci")

for _name in [name for name in os.environ if name.startswith("PERINATAL_")]:
    # settings of the person at the keyboard must not reach the tests
    if _name not in ("PERINATAL_REQUIRE", "PERINATAL_DEEP"):
        del os.environ[_name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="keep the documents as they are")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes is for ``make deep``."""
    if os.environ.get("PERINATAL_DEEP"):
        return
    for item in items:
        if item.get_closest_marker("deep"):
            item.add_marker(pytest.mark.skip(reason="takes minutes; run by make deep"))


@dataclass(frozen=True)
class Practice:
    """The practice deliveries, read and built: do not write in it, take a copy.

    ``map`` and ``figures`` are the delivered files, ``settings`` those of the store.
    """

    map: Path
    figures: Path
    settings: Settings
    catalog: Catalog
    edition_id: str

    def at(self, moment: datetime) -> Settings:
        """The same installation at another moment."""
        return self.settings.model_copy(update={"now": moment})


def _build(root: Path, catalog: Catalog) -> None:
    from perinatal.pipeline.build import build
    from perinatal.pipeline.receive import ingest
    from perinatal.practice import write_practice

    settings = Settings(data_dir=root / "data", now=MOMENT)
    for file in write_practice(root / "deliveries"):
        ingest(file, catalog, settings)
    (root / "edition").write_text(build(catalog, settings).edition_id)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def practice_data(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Practice:
    """The practice region with its store and edition, made once for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    # the processes of one run share the folder above their own
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "practice"
    done = root / "done"
    try:
        root.mkdir()  # only one process can: the others wait for what it makes
    except FileExistsError:
        until = time.monotonic() + _PATIENCE
        while not done.exists():
            assert not (root / "failed").exists(), "the practice store could not be made"
            assert time.monotonic() < until, "the practice store was not made in time"
            time.sleep(0.1)
    else:
        try:
            _build(root, catalog)
        except BaseException:
            (root / "failed").touch()
            raise
        done.touch()
    settings = Settings(data_dir=root / "data", now=MOMENT)
    deliveries = root / "deliveries"
    return Practice(
        next(deliveries.glob("*.geojson")),
        next(deliveries.glob("*.csv")),
        settings,
        catalog,
        (root / "edition").read_text(),
    )


@pytest.fixture(scope="session")
def documents(
    practice_data: Practice, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Startfoto]:
    """The startfoto's of the practice region, by area: both towns and their coalition."""
    from perinatal.pipeline.documents import compose_area
    from perinatal.startfoto.document import Startfoto

    out = tmp_path_factory.mktemp("documents")
    catalog, settings = practice_data.catalog, practice_data.settings
    return {
        area: Startfoto.model_validate_json(
            compose_area(area, catalog, settings, out=out).read_bytes()
        )
        for area in ("oefenstad", "oefenregio", "proefdorp")
    }


@pytest.fixture
def practice(practice_data: Practice, tmp_path: Path) -> Practice:
    """A copy of the practice installation that a test may write in; its clock stands an hour on."""
    data = tmp_path / "data"
    shutil.copytree(practice_data.settings.data_dir, data)
    later = MOMENT.replace(hour=MOMENT.hour + 1)
    return dataclasses.replace(practice_data, settings=Settings(data_dir=data, now=later))


@pytest.fixture
def bare_practice(practice: Practice) -> Practice:
    """The practice installation with its map, and no figures yet."""
    from perinatal.pipeline.receive import ingest

    shutil.rmtree(practice.settings.data_dir)
    ingest(practice.map, practice.catalog, practice.settings)
    return practice


@pytest.fixture(scope="session")
def own_folder() -> Path:
    """What an analyst adds without code: an indicator, an area, a source and its suite."""
    return Path(__file__).parent / "catalog" / "own"


@pytest.fixture
def delivery(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Write a delivered file."""

    def write(name: str, content: bytes) -> Path:
        file = tmp_path / "incoming" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        return file

    return write


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real open data beside the checkout."""
    if not _SHARED.is_dir():
        message = "the real open data (../shared/data) is not beside this checkout"
        if "shared" in os.environ.get("PERINATAL_REQUIRE", "").split(","):
            pytest.fail(message)
        pytest.skip(message)
    return _SHARED


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One last line: what was left out, and why."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        told = "; ".join(f"{count}: {reason}" for reason, count in reasons.items())
        terminalreporter.write_line(f"left out: {sum(reasons.values())} tests ({told})")
