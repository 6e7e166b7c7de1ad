"""What Prefect sees of a run that ended badly, and what it should know of one that nobody saw."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
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

from perinatal.pipeline import watch
from perinatal.pipeline.steps import settings_for
from perinatal.settings import Settings

_LOG = logging.getLogger("perinatal.flows")
AREAS_FAILED = "Areas failed"
"""Name of the end of a run that made all but some startfoto's, and has told of them."""


def watched(settings: Settings) -> AbstractContextManager[None]:
    """Mark that this flow run is under way; the hooks below tell when it ends badly."""
    return watch.marked(str(this_flow_run.id or uuid4()), settings)


def tell_vanished(settings: Settings) -> int:
    """Tell of runs that stopped without an end, and close them in Prefect too."""
    return watch.tell_vanished(settings, _mark_crashed)


def _mark_crashed(run_id: str) -> None:
    """Close a vanished run in Prefect, where it would stay 'Running' for ever."""
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
            file = watch.marker_of(str(run.id), settings)
            lock = watch.hold(file.with_suffix(".lock")) if file.exists() else None
            if file.exists() and lock is None:
                continue  # left alone by a server or runner that ended, and still at work
            watch.let_go(lock)
            _LOG.warning("closing run '%s', which was cut off", run.name)
            client.set_flow_run_state(run.id, _gone(), force=True)
            closed += 1
    return closed


def _gone() -> State[Any]:
    return Crashed(message="The process of this run is gone.")


def ended_badly(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook: tell the maintainer that a flow failed or crashed."""
    if flow_run.parent_task_run_id is not None:
        return  # the flow that started this one tells, once
    if state.name == AREAS_FAILED:
        return  # it came to its end, and has told
    watch.tell_crashed(flow.name, str(flow_run.id), cause_of(state), _settings(flow_run))


def ended_on_purpose(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook: somebody cancelled the run."""
    if flow_run.parent_task_run_id is None:
        watch.clear(watch.marker_of(str(flow_run.id), _settings(flow_run)))


def cause_of(state: State[Any]) -> object:
    """The error that a failed state holds, if it holds one."""
    return getattr(state.data, "result", state.data)


def _settings(flow_run: FlowRun) -> Settings:
    told = flow_run.parameters
    return settings_for(told.get("data_dir"), bool(told.get("example")))
