"""Two processes give what one gives, and none of them stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perinatal.errors import CatalogError, RejectedDelivery
from perinatal.workers import spread


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions of this file, for the workers: they search where their parent does."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1])


def waits(seconds: float) -> tuple[float, int]:
    time.sleep(seconds)
    return seconds, os.getpid()


def refuses(what: str) -> None:
    if what == "catalogue":
        raise CatalogError(["one fault", "another"])
    raise RejectedDelivery("a.csv", "line 2", "wrong.", "right.", "mend it.", "R1")


def nested(_: int) -> set[int]:
    return {pid for _, pid in spread(waits, [0.0, 0.0], 2)}


_told = ""


def hears(text: str) -> None:
    global _told
    _told = text


def tells(number: int) -> str:
    return f"{_told} {number}"


@pytest.mark.parametrize("workers", [1, 2])
def test_results_stand_in_the_order_of_the_items(workers: int) -> None:
    seconds = [0.2, 0.0, 0.1, 0.0]
    found = list(spread(waits, seconds, workers))
    assert [second for second, _ in found] == seconds
    assert (os.getpid() in {pid for _, pid in found}) == (workers == 1)


def test_little_work_stays_in_this_process() -> None:
    assert list(spread(waits, [0.0] * 3, 2, at_least=4)) == [(0.0, os.getpid())] * 3
    assert list(spread(waits, [], 2)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_each_process_is_prepared_once(workers: int) -> None:
    found = spread(tells, [1, 2, 3], workers, initializer=hears, initargs=("item",))
    assert list(found) == ["item 1", "item 2", "item 3"]


def test_a_worker_starts_no_workers() -> None:
    assert all(len(pids) == 1 for pids in spread(nested, [1, 2], 2))


def test_an_error_arrives_as_it_was_raised() -> None:
    with pytest.raises(CatalogError, match=r"^one fault\nanother$") as caught:
        list(spread(refuses, ["catalogue", "catalogue"], 2))
    assert caught.value.faults == ("one fault", "another")
    with pytest.raises(RejectedDelivery, match=r"^a\.csv: line 2: wrong\.") as rejected:
        list(spread(refuses, ["delivery", "delivery"], 2))
    assert rejected.value.rule == "R1"


PROGRAM = """
import time
from perinatal.workers import spread
print("begun", flush=True)
for result in spread(time.sleep, [0.0, 3600.0, 3600.0], 2):
    print(result, flush=True)
"""


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def _alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    """And a script without a guard is not begun anew by its workers."""
    script = tmp_path / "script.py"
    script.write_text(PROGRAM)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert [parent.stdout.readline() for _ in range(2)] == ["begun\n", "None\n"]
        workers = _children(parent.pid)
        assert len(workers) >= 2
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while any(map(_alive, workers)):
        assert time.monotonic() < until, "a worker stayed behind"
        time.sleep(0.05)
