"""kill -9 at a moment that is seen from outside: the next run goes on, nothing lost or doubled."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest

from perinatal.alerts import open_troubles
from perinatal.cli import run
from perinatal.pipeline.documents import OUTPUTS
from perinatal.settings import Settings
from perinatal.store import edition_ids, open_edition, open_store
from perinatal.store.editions import PUBLISHED_TABLES
from tests.conftest import MOMENT, Practice

fcntl = pytest.importorskip("fcntl", reason="needs the locks of POSIX")
pytestmark = [
    pytest.mark.xdist_group("killed"),
    pytest.mark.skipif(not hasattr(os, "WUNTRACED"), reason="needs the signals of POSIX"),
]

# Between two steps lie microseconds: no poll would meet a moment for sure. So the process stops
# itself before each step that reaches the disk, until whoever watches has looked and lets it go
# on. It does nothing else than without this, only slower; files are also copied in two parts,
# as on a slow disk.
HALTING = """
import os, shutil, signal
import duckdb

def before(owner, name):
    step = getattr(owner, name)
    def halting(*arguments, **options):
        os.kill(os.getpid(), signal.SIGSTOP)
        return step(*arguments, **options)
    setattr(owner, name, halting)

whole = shutil.copyfile
def in_two_parts(source, target, **options):
    with open(source, "rb") as content, open(target, "wb") as copy:
        copy.write(content.read(os.path.getsize(source) // 2))
    os.kill(os.getpid(), signal.SIGSTOP)
    return whole(source, target, **options)

shutil.copyfile = in_two_parts
for name in ("link", "rename", "replace"):
    before(os, name)
before(duckdb, "connect")
for name in ("execute", "close"):
    before(duckdb.DuckDBPyConnection, name)
before(duckdb.DuckDBPyRelation, "write_parquet")
"""
AREA = "proefdorp"
SOURCE = "oefen_perinataal"
NOW = MOMENT + timedelta(hours=1)
PATIENCE = 180.0
"""Seconds; only a process that hangs takes as long."""

Look = Callable[[], bool]


@dataclass(frozen=True)
class Point:
    """A moment of a command.

    ``seen(data)`` gives the look from outside that recognises it; ``then`` is how far the work had
    come. ``during``: not killed here but photographed, in the run that is killed at that point;
    what stands on the disk while a process stands still is what a kill would leave.
    """

    id: str
    command: str
    seen: Callable[[Path], Look]
    then: str
    during: str | None = None


def _store(data: Path) -> Path:
    return Settings(data_dir=data).store_file


def _wal(data: Path) -> Path:
    return _store(data).with_name("perinatal.duckdb.wal")


def _published(data: Path) -> Path:
    return Settings(data_dir=data).published_dir


def _drawn(data: Path) -> Path:
    return Settings(data_dir=data).curated_dir / "startfoto"


def half_a_copy(data: Path) -> Look:
    """The working folder in raw holds the beginning of the file and nothing else yet."""
    return lambda: any(
        len(list(file.parent.iterdir())) == 1 for file in data.glob(f"raw/{SOURCE}/.*/*.csv")
    )


def message(data: Path) -> Look:
    """What was judged is loaded and the alert is out; the store does not know so yet."""
    return lambda: any(data.glob("alerts/[!.]*.json"))


def much_in_the_wal(data: Path) -> Look:
    """What was committed last is large and stands in the log only, not in the store."""
    return lambda: _wal(data).is_file() and _wal(data).stat().st_size > 100_000


def second_use(data: Path) -> Look:
    """The store was read and let go, is in use again, and that for a while."""
    was_free, times, steps = True, 0, 0

    def look() -> bool:
        nonlocal was_free, times, steps
        free = _free(data)
        times += was_free and not free
        steps = 0 if free else steps + 1
        was_free = free
        return times == 2 and steps == 12

    return look


def store_grown(data: Path) -> Look:
    """The store changed and has no log any more; the edition is not published."""
    before = hashlib.sha256(_store(data).read_bytes()).digest()
    return lambda: (
        not _wal(data).exists() and hashlib.sha256(_store(data).read_bytes()).digest() != before
    )


def some_parquet(data: Path) -> Look:
    """The working folder holds some of the tables."""
    return lambda: any(
        1 < len(list(folder.glob("*.parquet"))) < len(PUBLISHED_TABLES) for folder in _working(data)
    )


def whole_working_folder(data: Path) -> Look:
    """All is written, under the name of a working folder."""
    known = len(edition_ids(_published(data)))
    return lambda: (
        any((folder / "edition.json").is_file() for folder in _working(data))
        and len(edition_ids(_published(data))) == known
    )


def pointer_left_behind(data: Path) -> Look:
    """The edition has its name; ``current`` still names the one before."""
    known = len(edition_ids(_published(data)))
    return lambda: len(edition_ids(_published(data))) > known


def _working(data: Path) -> list[Path]:
    return [folder for folder in _published(data).glob(".e*") if folder.is_dir()]


def _free(data: Path) -> bool:
    """Whether nobody has the store open, told by DuckDB's lock; only looks."""
    with _store(data).open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


POINTS = {
    point.id: point
    for point in (
        Point("half a copy", "ingest", half_a_copy, "nothing", during="told"),
        Point("loaded in the log", "ingest", much_in_the_wal, "loaded", during="told"),
        Point("told", "ingest", message, "loaded"),
        Point("half an edition", "build", second_use, "loaded", during="not yet current"),
        Point("edition in the log", "build", much_in_the_wal, "stored", during="not yet current"),
        Point("edition stored", "build", store_grown, "stored", during="not yet current"),
        Point("some parquet", "build", some_parquet, "stored", during="not yet current"),
        Point("not yet named", "build", whole_working_folder, "stored", during="not yet current"),
        Point("not yet current", "build", pointer_left_behind, "published"),
    )
}
BEFORE = {"ingest": "start", "build": "ingest", "startfoto": "build"}


@dataclass(frozen=True)
class Held:
    """What an installation holds, as it can be compared."""

    held: dict[str, str]
    out: dict[str, str]
    files: dict[str, str]
    told: list[str]

    @classmethod
    def read(cls, data: Path) -> Held:
        return cls(_held(data), _out(data), _files(data), _told(data))


class House:
    """One practice installation in every state: of runs to the end, and of killed runs."""

    def __init__(self, practice: Practice, folder: Path) -> None:
        self.folder = folder
        self.before = practice.edition_id
        self.figures = folder / "oefenregio_perinataal_anders.csv"
        self.figures.write_text(_other_figures(practice.figures), encoding="utf-8")
        (folder / "halting").mkdir()
        (folder / "halting" / "sitecustomize.py").write_text(HALTING, encoding="utf-8")
        shutil.copytree(practice.settings.data_dir, folder / "start")

    def words(self, command: str) -> list[str]:
        arguments = {"ingest": [str(self.figures)], "build": [], "startfoto": [AREA]}
        return [command, *arguments[command]]

    def state(self, command: str) -> Path:
        """The data folder after a run that nothing disturbed."""
        data = self.folder / command
        if not data.exists():
            begun = _copy(self.state(BEFORE[command]), self.folder / f"{command} under way")
            assert self.run(begun, *self.words(command))[0] == 0
            begun.rename(data)
        return data

    @cache  # noqa: B019 - there is one house
    def ended(self, command: str) -> Held:
        """What the installation holds after a run that nothing disturbed."""
        return Held.read(self.state(command))

    @cache  # noqa: B019
    def gone_on(self, point: Point) -> Held:
        """What it holds when the command was killed and then run to its end."""
        data = _copy(self.killed(point), self.folder / f"gone on after {point.id}")
        assert self.run(data, *self.words(point.command))[0] == 0
        return Held.read(data)

    def killed(self, point: Point) -> Path:
        """The data folder after a run that was killed."""
        data = self.folder / f"killed at {point.id}"
        if point.during:
            self.killed(POINTS[point.during])
        elif not data.exists():
            unfinished = _copy(
                self.state(BEFORE[point.command]), self.folder / f"{point.id} under way"
            )
            self._kill(unfinished, point)
            unfinished.rename(data)
        return data

    def run(self, data: Path, *words: str) -> tuple[int, str]:
        """Run a command to its end, in this process: its modules are here already."""
        told, out = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(told):
            code = run(["--data", str(data), *words])
        return code, out.getvalue()

    def _kill(self, data: Path, point: Point) -> None:
        passing = [other for other in POINTS.values() if other.during == point.id]
        looks = [(one, one.seen(data)) for one in (*passing, point)]
        speaking = self._speaking(data)
        told = self.folder / f"{point.id}.txt"
        path = os.pathsep.join(
            [str(self.folder / "halting"), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        with told.open("wb") as words:
            process = subprocess.Popen(
                [sys.executable, "-m", "perinatal.cli", "--data", str(data),
                 *self.words(point.command)],
                stdin=subprocess.DEVNULL, stdout=words, stderr=words, cwd=self.folder,
                env={**os.environ, "PYTHONPATH": path}, process_group=0,
            )  # fmt: skip
        until = time.monotonic() + PATIENCE
        try:
            while True:
                done, status = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
                if not done:
                    assert time.monotonic() < until, f"'{looks[0][0].id}' was not seen in time"
                    time.sleep(0.0005)
                    continue
                if not os.WIFSTOPPED(status):
                    process.returncode = os.waitstatus_to_exitcode(status)
                    pytest.fail(
                        f"'perinatal {point.command}' ended with {process.returncode} before "
                        f"'{looks[0][0].id}' was seen; it said:\n{told.read_text()}"
                    )
                assert self._speaking(data) == speaking
                one, look = looks[0]
                if look():
                    if one is point:
                        return
                    _copy(data, self.folder / f"killed at {one.id}")
                    looks.pop(0)
                os.killpg(process.pid, signal.SIGCONT)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _speaking(self, data: Path) -> tuple[str, int]:
        """What a reader is led to: the last good edition, and how many of its files are there."""
        edition = (_published(data) / "current").read_text().strip()
        return edition, len(list((_published(data) / edition).iterdir()))


def _copy(data: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)  # what a test that failed left there
    return shutil.copytree(data, target)


def _other_figures(file: Path) -> str:
    """The delivery with many more preterm births in the town: it warns, and a figure moves."""
    lines = [line.split(";") for line in file.read_text(encoding="utf-8").splitlines()]
    early, both = (lines[0].index(name) for name in ("te_vroeg", "te_vroeg_of_te_licht"))
    for cells in lines[1:]:
        # the town, its largest wijk and a buurt of it: parts and whole go on to fit
        if cells[2] in ("GM9901", "WK990109", "BU99010900") and int(cells[0]) >= 2021:
            cells[early] = str(int(cells[early]) + 40)
            cells[both] = str(int(cells[both]) + 40)
    return "\n".join(";".join(cells) for cells in lines) + "\n"


@pytest.fixture(scope="module")
def house(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERINATAL_NOW", NOW.isoformat())
        yield House(practice_data, tmp_path_factory.mktemp("killed"))


_ROWS = {
    # numbers may have gaps
    "meta.delivery_event": "SELECT * EXCLUDE (event_number, turn) FROM meta.delivery_event "
    "ORDER BY event_number",
    "meta.handover": "SELECT * EXCLUDE (turn) FROM meta.handover ORDER BY turn",
    "meta.intent": "SELECT * EXCLUDE (number) FROM meta.intent ORDER BY number",
}


def _held(data: Path) -> dict[str, str]:
    """A checksum of all rows of every table."""
    with open_store(_store(data)) as store:
        connection = store.connection
        assert connection.execute("SELECT * FROM meta.orphan").fetchall() == []
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY ALL"
        ).fetchall()
        return {
            table: _checksum(
                connection.sql(_ROWS.get(table, f"SELECT * FROM {table} ORDER BY ALL"))
            )
            for (table,) in tables
        }


def _checksum(rows: duckdb.DuckDBPyRelation) -> str:
    lines = rows.fetchall()
    digest = hashlib.sha256(repr((rows.columns, lines)).encode()).hexdigest()
    return f"{len(lines)} rows, {digest}"


def _out(data: Path) -> dict[str, str]:
    """A checksum of every table of every edition that a reader finds, twice: DuckDB and Parquet."""
    found = {"current": (_published(data) / "current").read_text()}
    for edition in edition_ids(_published(data)):
        folder = _published(data) / edition
        found[edition] = " ".join(sorted(file.name for file in folder.iterdir()))
        with duckdb.connect(str(folder / "edition.duckdb"), read_only=True) as copy:
            for table in PUBLISHED_TABLES:
                found[f"{edition} {table}"] = _checksum(copy.table(table))
                file = folder / f"{table}.parquet"
                assert _checksum(copy.read_parquet(str(file))) == found[f"{edition} {table}"]
    return found


def _files(data: Path) -> dict[str, str]:
    return {
        str(file.relative_to(data)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(_drawn(data).rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    }


def _told(data: Path) -> list[str]:
    """The messages, and the troubles that are open."""
    settings = Settings(data_dir=data)
    messages = {file.name.partition(".")[0] for file in settings.alerts_dir.glob("[!.]*.json")}
    return sorted(messages) + [trouble.alert.fingerprint for trouble in open_troubles(settings)]


def _progress(data: Path, house: House) -> str:
    """How far the work has come, by what the next run will find."""
    if open_edition(_published(data)).edition_id != house.before:
        return "current"
    if len(edition_ids(_published(data))) > 1:
        return "published"
    with open_store(_store(data)) as store:
        stored, loaded, known = (
            store.connection.execute(f"SELECT count(*) FROM {rows}").fetchall()[0][0]
            for rows in (
                "curated.edition",
                "(SELECT DISTINCT delivery_id FROM data.observation)",
                f"meta.delivery WHERE source = '{SOURCE}'",
            )
        )
    if stored > 1:
        return "stored"
    return "loaded" if loaded > 1 else "registered" if known > 1 else "nothing"


def _name(point: Point) -> str:
    return f"{point.command}: {point.id}"


every_point = pytest.mark.parametrize("point", POINTS.values(), ids=_name)
# to go on from each of them costs a whole build: these tell them apart, the others are deep
_APART = ("loaded in the log", "not yet named", "not yet current")
gone_on_from = pytest.mark.parametrize(
    "point",
    [
        pytest.param(point, marks=() if name in _APART else pytest.mark.deep, id=_name(point))
        for name, point in POINTS.items()
    ],
)


def test_the_runs_that_nothing_disturbs_leave_what_a_kill_could_lose_or_double(
    house: House,
) -> None:
    start = Held.read(house.state("start"))
    ingested, built, drawn = (house.ended(command) for command in BEFORE)
    for table in ("meta.delivery", "meta.delivery_event", "data.observation", "data.check_result"):
        assert start.held[table] != ingested.held[table]
    assert len(edition_ids(_published(house.state("build")))) == 2
    assert built.out["current"].strip() != house.before
    kinds = {
        trouble.alert.kind for trouble in open_troubles(Settings(data_dir=house.state("build")))
    }
    assert kinds == {"new_warning", "moved"}
    assert len(drawn.files) == len(built.files) + len(OUTPUTS) + 2


@every_point
def test_after_a_kill_the_last_good_edition_is_there_and_nothing_is_half(
    point: Point, house: House, tmp_path: Path
) -> None:
    # in a copy: looking into the store would already mend it
    left = shutil.copytree(house.killed(point), tmp_path / "left")
    good = open_edition(_published(left))
    assert good.edition_id == house.before or point.then == "current"
    assert len(good.tables["published_value"]) > 100
    assert _progress(left, house) == point.then, "the process was killed at another moment"


@gone_on_from
def test_after_a_kill_the_next_run_ends_as_if_nothing_had_happened(
    point: Point, house: House
) -> None:
    mended, undisturbed = house.gone_on(point), house.ended(point.command)
    assert mended.held == undisturbed.held
    assert mended.out == undisturbed.out
    assert mended.files == undisturbed.files


@gone_on_from
def test_after_a_kill_every_alert_is_told_once(point: Point, house: House) -> None:
    assert house.gone_on(point).told == house.ended(point.command).told
