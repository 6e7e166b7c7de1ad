"""kill -9 between any two steps of a refresh: the next one ends as if nothing had happened.

What a run says goes from the verdict's own transaction to the outbox, so that no moment is left at
which the verdict is known and the alert is not.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perinatal.pipeline import refresh
from perinatal.settings import Settings
from perinatal.store import edition_ids, open_store
from tests.conftest import MOMENT
from tests.flows.house import DATA, Held, write_catalog

if TYPE_CHECKING:
    from tests.flows.conftest import Server

pytestmark = [
    pytest.mark.xdist_group("prefect"),
    pytest.mark.skipif(not hasattr(os, "WUNTRACED"), reason="needs the signals of POSIX"),
]

ROOT = Path(__file__).parents[2]
# The process stops itself at each of these moments, until whoever watches has copied what stands on
# the disk: that is what a kill at that moment would leave. One process shows all moments of a run.
HALTING = """
import os, signal, sys
from pathlib import Path
from perinatal.alerts import intents, outbox, troubles
from perinatal.pipeline import refresh, telling, watch
from perinatal.store import db

data, how, label = sys.argv[1:]

def halt(name):
    Path(label).write_text(name)
    os.kill(os.getpid(), signal.SIGSTOP)

def before(owner, name):
    step = getattr(owner, name)
    def halting(*arguments, **options):
        halt(f"before {name}")
        return step(*arguments, **options)
    setattr(owner, name, halting)

before(outbox, "keep")
before(outbox, "hand_over")
before(telling, "strike")
before(intents.Intent, "carry_out")
before(db.Store, "transaction")
write = watch._Marker.write
def noted(marker):
    write(marker)
    halt(f"step {marker.about['step']}")
watch._Marker.write = noted

def no_documents(*_):
    return refresh.Made("e1")

refresh.startfotos = no_documents
if how == "flow":
    import flows.refresh
    from flows._shared import FLOWS
    FLOWS[no_documents] = no_documents
    flows.refresh.refresh(None, data)
else:
    refresh.refresh_here(None, data)
"""
PATIENCE = 300.0
"""Seconds; only a process that hangs takes as long."""


@dataclass(frozen=True)
class Moment:
    """A moment at which the run stood still, and the data folder as it was."""

    name: str
    data: Path


class House:
    """A small installation with an edition, and new deliveries of every kind in its inbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalog = write_catalog(folder / "own")
        self.start = folder / "start"

    def prepare(self) -> None:
        inbox = Settings(data_dir=self.start).inbox_dir
        inbox.mkdir(parents=True)
        shutil.copy(DATA / "proef_kaart_2021.geojson", inbox / "proef_kaart_1.geojson")
        shutil.copy(DATA / "good" / "gewoon.csv", inbox / "proef_telling_1.csv")
        refresh.refresh_here(None, str(self.start))
        for number, name in enumerate(("missing_column", "double_row", "marker_swing"), start=2):
            shutil.copy(DATA / "bad" / f"{name}.csv", inbox / f"proef_telling_{number}.csv")
        (inbox / "proef_kaart_1.geojson").write_bytes(
            (DATA / "proef_kaart_2021.geojson").read_bytes() + b"\n"
        )
        (inbox / "notulen.txt").write_text("no delivery")

    def moments(self, how: str, environment: dict[str, str]) -> list[Moment]:
        """Each moment of a run that differs from the one before by what it would leave."""
        data = shutil.copytree(self.start, self.folder / how / "data")
        label = self.folder / how / "label"
        found: list[Moment] = []
        seen: set[str] = set()
        said = (self.folder / how / "said").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-c", HALTING, str(data), how, str(label)],
            cwd=ROOT, env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL,
            process_group=0,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE
        try:
            while True:
                done, status = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
                if not done:
                    assert time.monotonic() < until, "the run hangs"
                    time.sleep(0.001)
                    continue
                if not os.WIFSTOPPED(status):
                    process.returncode = os.waitstatus_to_exitcode(status)
                    break
                state = _state(data)
                if state not in seen:
                    seen.add(state)
                    copy = self.folder / how / f"moment {len(found)}"
                    shutil.copytree(data, copy, ignore=shutil.ignore_patterns(".prefect"))
                    found.append(Moment(label.read_text(), copy))
                os.killpg(process.pid, signal.SIGCONT)
        finally:
            said.close()
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        assert process.returncode == 0, (self.folder / how / "said").read_text()
        return found

    def ended(self, data: Path) -> tuple[Held, list[str], str]:
        refresh.refresh_here(None, str(data))
        published = Settings(data_dir=data).published_dir
        current = (published / "current").read_text()
        return Held.read(data, self.catalog), sorted(edition_ids(published)), current


def _state(data: Path) -> str:
    """What stands on the disk, but for which step the run is at."""
    digest = hashlib.sha256()
    for file in sorted(data.rglob("*")):
        inside = file.relative_to(data).parts
        if file.is_file() and inside[0] not in ("runs", ".prefect", "inbox"):
            digest.update(str(inside).encode() + file.read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("between"))


@pytest.fixture(autouse=True)
def _here(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERINATAL_CATALOG_DIR", str(house.catalog))
    monkeypatch.setenv("PERINATAL_NOW", MOMENT.isoformat())
    monkeypatch.setattr(refresh, "startfotos", lambda *_: refresh.Made("e1"))
    if not house.start.exists():
        house.prepare()
    later = MOMENT.replace(hour=MOMENT.hour + 1)
    monkeypatch.setenv("PERINATAL_NOW", later.isoformat())


def _go_on(house: House, moments: list[Moment], how: str) -> None:
    undisturbed = shutil.copytree(house.start, house.folder / f"{how} undisturbed")
    held, editions, current = house.ended(undisturbed)
    assert {row[0] for row in held.troubles.values()} >= {"rejected", "quarantined"}
    assert len(editions) == 2
    for moment in moments:
        vanished = list((moment.data / "runs").glob("*.json"))
        mended, its_editions, its_current = house.ended(moment.data)
        gone = {name for name, row in mended.troubles.items() if row[0] == "vanished"}
        messages = [name for name in mended.messages if name.partition("-")[0] in gone]
        assert len(messages) == len(vanished), moment.name  # told once
        for name, rows in held.tables.items():
            assert mended.tables[name] == rows, (moment.name, name)
        troubles = {name: row for name, row in mended.troubles.items() if name not in gone}
        assert troubles == held.troubles, moment.name
        assert set(mended.messages) - set(messages) == set(held.messages), moment.name
        assert (its_editions, its_current) == (editions, current), moment.name


_TELLING = ("before carry_out", "before keep", "before hand_over", "before strike")


def test_a_killed_refresh_loses_no_alert_and_tells_none_twice(house: House) -> None:
    moments = house.moments("here", dict(os.environ))
    names = [moment.name for moment in moments]
    assert set(_TELLING) <= set(names)
    # one of each kind, where most can be lost: with the last delivery that is told of
    last = [len(names) - 1 - names[::-1].index(name) for name in _TELLING]
    first = names.index("before carry_out")
    with open_store(Settings(data_dir=moments[first].data).store_file) as store:
        waiting = store.connection.execute(
            "SELECT count(*) FROM meta.intent WHERE done_at IS NULL"
        ).fetchall()
    assert waiting == [(1,)], "the verdict is known, so the intent to tell it must be"
    _go_on(house, [moments[place] for place in sorted({first, *last})], "here")


@pytest.mark.deep
def test_a_refresh_that_is_killed_anywhere_goes_on(house: House) -> None:
    _go_on(house, house.moments("command", dict(os.environ)), "command")


@pytest.mark.deep
@pytest.mark.server
def test_a_flow_that_is_killed_anywhere_goes_on(house: House, server: Server) -> None:
    names = ("PERINATAL_CATALOG_DIR", "PERINATAL_NOW")
    environment = {**server.environment, **{name: os.environ[name] for name in names}}
    moments = house.moments("flow", environment)
    assert len(moments) > 15
    _go_on(house, moments, "flow")
