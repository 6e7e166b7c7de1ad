"""One writer, and a death at the worst moment: nothing half, nothing lost, a clear message."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perinatal.errors import IntegrityError, StoreBusy, UserError
from perinatal.pipeline import receive
from perinatal.store import deliveries, edition_ids, open_edition, open_store

if TYPE_CHECKING:
    from tests.conftest import Practice

HOLD = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('in', flush=True); input()"
# Stops inside the transaction of `take_in`, after the rows and before the event.
STALL = """
import sys, time
from pathlib import Path
from perinatal.catalog import load_catalog
from perinatal.pipeline import receive
from perinatal.settings import Settings

def stall(*_):
    print("in", flush=True)
    time.sleep(600)

receive.deliveries.record_event = stall
receive.take_in(sys.argv[2], load_catalog(), Settings(data_dir=Path(sys.argv[1])))
"""


@contextmanager
def _process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "in"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_locked_store_is_busy_with_a_clear_message(practice: Practice) -> None:
    file = practice.settings.store_file
    with _process(HOLD, str(file)) as holder:
        with pytest.raises(StoreBusy) as caught, open_store(file):
            pass
        message = str(caught.value)
        assert f"in use by another run (process {holder.pid})" in message
        assert "try again" in message
        assert str(file.parent) not in message
    with open_store(file) as store:
        assert deliveries.deliveries(store)


def test_readers_of_the_published_copy_are_not_held_up(practice: Practice) -> None:
    with _process(HOLD, str(practice.settings.store_file)):
        edition = open_edition(practice.settings.published_dir)
    assert edition.edition_id == practice.edition_id
    assert edition.invented


def test_killed_while_loading_leaves_nothing_half(
    practice: Practice, delivery: Callable[[str, bytes], Path]
) -> None:
    file = delivery("oefenregio_perinataal_nieuw.csv", practice.figures.read_bytes() + b"\n")
    received = receive.receive(file, practice.catalog, practice.settings)
    rows = "SELECT count(*), count(DISTINCT delivery_id) FROM data.observation"
    with open_store(practice.settings.store_file) as store:
        before = store.connection.execute(rows).fetchone()
    with _process(STALL, str(practice.settings.data_dir), received.delivery_id):
        pass  # leaving kills it with SIGKILL, in the middle of its transaction
    with open_store(practice.settings.store_file) as store:
        assert store.connection.execute(rows).fetchone() == before
        assert deliveries.last_event(store, received.delivery_id) is None
    # the next run goes on where it stopped, and doubles nothing
    for _ in range(2):
        receive.take_in(received.delivery_id, practice.catalog, practice.settings)
    assert before is not None
    with open_store(practice.settings.store_file) as store:
        assert store.connection.execute(rows).fetchone() == (2 * before[0], 2)


def test_rows_without_a_delivery_are_never_committed(practice: Practice) -> None:
    with open_store(practice.settings.store_file) as store:
        with pytest.raises(IntegrityError, match="rows without a delivery"), store.transaction():
            store.connection.execute(
                "INSERT INTO ref.region "
                "VALUES ('x', 'h', 'GM0001', 'n', 'municipality', 2022, NULL, '')"
            )
        count = store.connection.execute(
            "SELECT count(*) FROM ref.region WHERE delivery_id = 'x'"
        ).fetchone()
    assert count == (0,)


def test_a_file_that_is_no_store_is_told(tmp_path: Path) -> None:
    file = tmp_path / "perinatal.duckdb"
    file.write_bytes(b"GEHEIM" * 1000)
    with pytest.raises(IntegrityError, match="cannot be opened"), open_store(file):
        pass


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "perinatal.duckdb"
    with open_store(file) as store:
        store.connection.execute("INSERT INTO migration VALUES (9999)")
    with pytest.raises(IntegrityError, match=r"newer version.*upgrade first"), open_store(file):
        pass


def test_an_edition_left_half_by_a_killed_run_is_no_edition(practice: Practice) -> None:
    folder = practice.settings.published_dir
    shutil.copytree(folder / practice.edition_id, folder / f".e0000000000.{12345}")
    half = folder / ".e0000000000.12345" / "edition.json"
    half.chmod(0o644)
    half.write_text(half.read_text().replace(practice.edition_id, "e0000000000"))
    assert edition_ids(folder) == [practice.edition_id]
    with pytest.raises(UserError, match="no edition 'e0000000000'"):
        open_edition(folder, "e0000000000")


def test_a_published_edition_is_read_only(practice: Practice) -> None:
    folder = practice.settings.published_dir / practice.edition_id
    modes = {file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert modes == {0o444}
    names = {file.name for file in folder.iterdir()}
    assert "edition.duckdb" in names
    # the allow-list: counts of withheld cells stay inside
    assert not any("indicator_value" in name for name in names)
