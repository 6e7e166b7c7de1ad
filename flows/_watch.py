"""Knowing that a run ended badly: hooks for what Prefect sees, markers for what nobody sees.

A run keeps ``runs/<id>.json`` in the data folder, and a lock on ``runs/<id>.lock``, until it has
ended. The hooks of Prefect cannot run when the machine or the runner is gone too; a marker whose
lock is free then tells the next run.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.runtime import flow_run as this_flow_run
from prefect.states import Crashed

from perinatal.alerts import Alert, Kind, raise_alert
from perinatal.errors import RejectedDelivery
from perinatal.settings import Settings

_LOG = logging.getLogger("perinatal.flows")
AREAS_FAILED = "Areas failed"
"""Name of the end of a run that made all but some startfoto's, and has told of them."""


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


@contextmanager
def watched(settings: Settings) -> Iterator[None]:
    """Mark that a run is under way. A flow inside another one belongs to that one's marker.

    After an error the marker stays: the hook that tells of it clears it away, and when no hook
    comes, the next run finds it.
    """
    if _ACTIVE.get() is not None:
        yield
        return
    folder = settings.data_dir / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    run_id = str(this_flow_run.id or uuid4())
    marker = _Marker(
        folder / f"{run_id}.json",
        _lock(folder / f"{run_id}.lock"),
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
        _free(marker.lock)
        raise
    else:
        _free(marker.lock)
        _clear(marker.file)
    finally:
        _ACTIVE.reset(token)


def note_step(name: str) -> None:
    """Write down which step the run is at, so that an alert can name it."""
    marker = _ACTIVE.get()
    if marker is not None:
        marker.about["step"] = name
        marker.write()


def _lock(file: Path) -> sqlite3.Connection | None:
    """Hold the file until released or until this process is gone; None when someone else does.

    An SQLite lock, since it works on every platform and ends with a killed process, and a process
    number does not: after a restart of the machine another process can have it.
    """
    lock: sqlite3.Connection | None = None
    try:
        lock = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        _free(lock)
        return None
    return lock


def _free(lock: sqlite3.Connection | None) -> None:
    if lock is not None:
        lock.close()


def _clear(file: Path) -> None:
    # the lock goes first: a marker without a lock is found again, a lock alone never
    # a half-written marker is what a kill at a bad moment leaves
    for left in (*(file.with_suffix(end) for end in (".part", ".lock", ".lock-journal")), file):
        with suppress(OSError):
            left.unlink(missing_ok=True)


def tell_vanished(settings: Settings) -> int:
    """Raise an alert for each run that stopped without an end; return how many there were."""
    active = _ACTIVE.get()
    found = 0
    for file in sorted((settings.data_dir / "runs").glob("*.json")):
        if active is not None and file == active.file:
            continue
        lock = _lock(file.with_suffix(".lock"))
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
            _mark_crashed(file.stem)
            found += 1
        finally:
            _free(lock)
        _clear(file)
    return found


def _read(file: Path) -> dict[str, str]:
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        return {"started": str(about["started"]), "step": str(about["step"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {"started": "onbekend", "step": "onbekend"}


def _mark_crashed(run_id: str) -> None:
    """Close the vanished run in Prefect too, where it would stay 'Running' for ever."""
    try:
        with get_client(sync_client=True) as client:
            run = client.read_flow_run(UUID(run_id))
            if run.state is None or not run.state.is_final():
                client.set_flow_run_state(run.id, _gone(), force=True)
    except Exception:  # another server, or none: the alert has told what matters
        _LOG.info("run %s is not known to this Prefect server", run_id)


def close_lost_runs(deployment: str, settings: Settings) -> int:
    """Close runs of a deployment that the server believes to be under way and that are not.

    Call it before serving, when none can be. After a power cut the server remembers a run as
    'Running', and that run keeps the only place of the deployment: every later one would wait for
    it, without end and without a word.
    """
    tell_vanished(settings)
    under_way = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    closed = 0
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[deployment])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=under_way))
            ),
        ):
            file = settings.data_dir / "runs" / f"{run.id}.json"
            lock = _lock(file.with_suffix(".lock")) if file.exists() else None
            if file.exists() and lock is None:
                continue  # left alone by a server or runner that ended, and still at work
            _free(lock)
            _LOG.warning("closing run '%s', which was cut off", run.name)
            client.set_flow_run_state(run.id, _gone(), force=True)
            closed += 1
    return closed


def _gone() -> State[Any]:
    return Crashed(message="The process of this run is gone.")


def ended_badly(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook: tell the maintainer that a flow failed or crashed.

    The message holds the step and the type of the error; the text of an error can hold a value.
    """
    if flow_run.parent_task_run_id is not None:
        return  # the flow that started this one tells, once
    settings = _settings(flow_run)
    marker = settings.data_dir / "runs" / f"{flow_run.id}.json"
    about = _read(marker)
    cause = cause_of(state)
    # who pressed Ctrl-C knows; and gate 1 has told of a rejected delivery, with its rule
    known = state.name == AREAS_FAILED or isinstance(cause, (KeyboardInterrupt, RejectedDelivery))
    if not known:
        reason = type(cause).__name__ if isinstance(cause, BaseException) else "proces verdwenen"
        problem = (
            f"De verwerking '{flow.name}' is gestopt bij de stap '{about['step']}' ({reason})."
        )
        raise_alert(_crash_alert("crashed", problem, settings), settings)
    _clear(marker)


def ended_on_purpose(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook: somebody cancelled the run."""
    if flow_run.parent_task_run_id is None:
        _clear(_settings(flow_run).data_dir / "runs" / f"{flow_run.id}.json")


def settings_for(data_dir: str | None, example: bool = False) -> Settings:
    """Settings of the environment, with the data folder that a flow's parameters tell.

    The example has its own folder, so that invented figures never meet real ones. Addresses of
    alerts are secrets: they come from the environment and are no parameter, which Prefect shows.
    """
    settings = Settings(data_dir=Path(data_dir)) if data_dir else Settings()
    if example:
        settings = settings.model_copy(update={"data_dir": settings.data_dir / "example"})
    return settings


def cause_of(state: State[Any]) -> object:
    """The error that a failed state holds, if it holds one."""
    return getattr(state.data, "result", state.data)


def _settings(flow_run: FlowRun) -> Settings:
    told = flow_run.parameters
    return settings_for(told.get("data_dir"), bool(told.get("example")))


def _crash_alert(kind: Kind, problem: str, settings: Settings) -> Alert:
    return Alert(
        kind=kind,
        severity="critical",
        problem=problem,
        what_happened="Er is geen halve levering geladen en geen halve editie gepubliceerd: beide "
        "verschijnen heel of niet. De laatste editie blijft gelden.",
        to_do="Start de verwerking opnieuw met 'python -m flows.refresh'. Wat al klaar was, wordt "
        "niet dubbel gedaan. Stopt zij weer, bekijk dan de run in Prefect of vraag het de "
        "beheerder van de software.",
        happened_at=settings.clock(),
    )
