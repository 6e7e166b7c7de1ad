"""Knowing that a run ended badly, and that only one is at work.

A run keeps ``runs/<id>.json`` in the data folder, and a lock on ``runs/<id>.lock``, until it has
ended. What happens to a run that is killed nobody sees; a marker whose lock is free then tells the
next run.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from perinatal.alerts import Alert, Kind, raise_alert
from perinatal.errors import RejectedDelivery, RetriableError
from perinatal.settings import Settings

_LOG = logging.getLogger(__name__)


class RunBusy(RetriableError):
    """Another refresh of this data folder is at work."""


@dataclass
class _Marker:
    """The run that is under way in this process."""

    file: Path
    lock: sqlite3.Connection | None
    about: dict[str, Any]

    def write(self) -> None:
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(self.about) + "\n", encoding="utf-8")
        part.replace(self.file)


_ACTIVE: ContextVar[_Marker | None] = ContextVar("active_run", default=None)


def marker_of(run_id: str, settings: Settings) -> Path:
    """The file that says that a run is under way."""
    return settings.data_dir / "runs" / f"{run_id}.json"


@contextmanager
def marked(run_id: str, settings: Settings) -> Iterator[None]:
    """Mark that a run is under way. A run inside another one belongs to that one's marker.

    After an error the marker stays: whoever tells of it clears it away, and when nobody does, the
    next run finds it.
    """
    if _ACTIVE.get() is not None:
        yield
        return
    file = marker_of(run_id, settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    marker = _Marker(
        file,
        hold(file.with_suffix(".lock")),
        {
            "started": settings.clock().isoformat(),
            "pid": os.getpid(),
            "host": platform.node(),
            "step": "start",
        },
    )
    marker.write()
    token = _ACTIVE.set(marker)
    try:
        yield
    except BaseException:
        let_go(marker.lock)
        raise
    else:
        let_go(marker.lock)
        clear(marker.file)
    finally:
        _ACTIVE.reset(token)


@contextmanager
def watched(name: str, settings: Settings) -> Iterator[None]:
    """A run that nothing else looks after: told when it ends badly."""
    run_id = str(uuid4())
    try:
        with marked(run_id, settings):
            yield
    except BaseException as error:
        tell_crashed(name, run_id, error, settings)
        raise


def note_step(name: str) -> None:
    """Write down which step the run is at, so that an alert can name it."""
    marker = _ACTIVE.get()
    if marker is not None:
        marker.about["step"] = name
        marker.write()


@contextmanager
def alone(settings: Settings, patience: float) -> Iterator[None]:
    """Let one refresh of a data folder at a time do what follows.

    Args:
        patience: seconds to wait for another one.

    Raises:
        RunBusy: it was still at work after that.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = hold(settings.data_dir / ".refresh.lock", patience)
    if lock is None:
        raise RunBusy(
            f"another refresh of {settings.data_dir} is at work. Wait until it has finished and "
            "try again."
        )
    try:
        yield
    finally:
        let_go(lock)


def hold(file: Path, patience: float = 0) -> sqlite3.Connection | None:
    """Hold the file until let go or until this process is gone; None when someone else does.

    An SQLite lock, since it works on every platform and ends with a killed process, and a process
    number does not: after a restart of the machine another process can have it.
    """
    lock: sqlite3.Connection | None = None
    try:
        lock = sqlite3.connect(
            file, timeout=patience, isolation_level=None, check_same_thread=False
        )
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        let_go(lock)
        return None
    return lock


def let_go(lock: sqlite3.Connection | None) -> None:
    """End a lock, if there is one."""
    if lock is not None:
        lock.close()


def clear(file: Path) -> None:
    """Take a marker away."""
    # the lock goes first: a marker without a lock is found again, a lock alone never
    # a half-written marker is what a kill at a bad moment leaves
    for left in (*(file.with_suffix(end) for end in (".part", ".lock", ".lock-journal")), file):
        with suppress(OSError):
            left.unlink(missing_ok=True)


def tell_vanished(settings: Settings, gone: Callable[[str], None] | None = None) -> int:
    """Raise an alert for each run that stopped without an end; return how many there were.

    Args:
        gone: told the id of each.
    """
    active = _ACTIVE.get()
    found = 0
    for file in sorted((settings.data_dir / "runs").glob("*.json")):
        if active is not None and file == active.file:
            continue
        lock = hold(file.with_suffix(".lock"))
        if lock is None:
            continue  # still at work
        try:
            if not file.exists():
                continue  # ended, or told by another run, since we listed it
            about = _read(file)
            _LOG.warning("a run of %s was killed at step '%s'", about["started"], about["step"])
            problem = (
                f"Een eerdere verwerking (begonnen op {about['started']}) is zonder einde "
                f"verdwenen bij de stap '{about['step']}'. Het proces is afgebroken, of de "
                "computer is uitgegaan."
            )
            raise_alert(_crash_alert("vanished", problem, settings), settings)
            if gone is not None:
                gone(file.stem)
            found += 1
        finally:
            let_go(lock)
        clear(file)
    return found


def _read(file: Path) -> dict[str, str]:
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        return {"started": str(about["started"]), "step": str(about["step"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {"started": "onbekend", "step": "onbekend"}


def tell_crashed(name: str, run_id: str, cause: object, settings: Settings) -> None:
    """Tell the maintainer that a run failed or crashed, and take its marker away.

    The message holds the step and the type of the error; the text of an error can hold a value.
    """
    marker = marker_of(run_id, settings)
    about = _read(marker)
    # who pressed Ctrl-C knows; and gate 1 has told of a rejected delivery, with its rule
    if not isinstance(cause, (KeyboardInterrupt, RejectedDelivery)):
        reason = type(cause).__name__ if isinstance(cause, BaseException) else "proces verdwenen"
        problem = f"De verwerking '{name}' is gestopt bij de stap '{about['step']}' ({reason})."
        raise_alert(_crash_alert("crashed", problem, settings), settings)
    clear(marker)


def _crash_alert(kind: Kind, problem: str, settings: Settings) -> Alert:
    return Alert(
        kind=kind,
        severity="critical",
        problem=problem,
        what_happened="Er is geen halve levering geladen en geen halve editie gepubliceerd: beide "
        "verschijnen heel of niet. De laatste editie blijft gelden.",
        to_do="Start de verwerking opnieuw met 'perinatal refresh'. Wat al klaar was, wordt niet "
        "dubbel gedaan. Stopt zij weer, bekijk dan de run in Prefect of vraag het de beheerder van "
        "de software.",
        happened_at=settings.clock(),
    )
