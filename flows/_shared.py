"""What all flows share: the steps as tasks, the parts as flows, the command line's manners."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from flows._watch import cause_of
from perinatal.errors import PerinatalError, RetriableError
from perinatal.pipeline.refresh import RETRY_DELAYS
from perinatal.pipeline.steps import rooms, settings_for
from perinatal.pipeline.watch import note_step

__all__ = ["FLOWS", "IN_PREFECT", "LOG", "rooms", "run_command", "settings_for", "step", "task_of"]

LOG = logging.getLogger("perinatal.flows")

_P = ParamSpec("_P")
_R = TypeVar("_R")


def may_retry(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Only what may go well the next time is tried again; a wrong file stays wrong."""
    return isinstance(cause_of(state), RetriableError)


def step(run_name: str) -> Callable[[Callable[_P, _R]], Task[_P, _R]]:
    """A Prefect task around one step.

    Never cached by Prefect: a delivery has its checksum and an edition its id, so a step that was
    done before does nothing.

    Args:
        run_name: how Prefect shows a run of it, with the task's parameters in braces.
    """

    as_task = task(
        task_run_name=run_name,
        cache_policy=NO_CACHE,
        retries=len(RETRY_DELAYS),
        retry_delay_seconds=list(RETRY_DELAYS),
        retry_condition_fn=may_retry,
    )

    def decorate(function: Callable[_P, _R]) -> Task[_P, _R]:
        @functools.wraps(function)
        def noted(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            note_step(function.__name__)
            return function(*args, **kwargs)

        return as_task(noted)

    return decorate


TASKS: dict[Callable[..., Any], Task[..., Any]] = {}
"""Tasks of steps of the pipeline; one that no flow has made a task of becomes one as it is."""
FLOWS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""Flows of the parts of the sequence."""
_RUN_NAMES = {
    "keep": "keep {file}",
    "take_in": "take in {delivery_id}",
    "publish": "publish {edition_id}",
}


def task_of(own: Callable[_P, _R]) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """The task of a step of the pipeline that does something for Prefect too."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        TASKS[own] = step(_RUN_NAMES.get(own.__name__, own.__name__))(function)
        return function

    return decorate


class _InPrefect:
    """Runs the sequence of :mod:`perinatal.pipeline.refresh`: tasks for steps, flows for parts."""

    def step(self, own: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        if own not in TASKS:
            task_of(own)(own)
        made: Callable[_P, _R] = TASKS[own]
        return made(*args, **kwargs)

    def part(self, own: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        made: Callable[_P, _R] = FLOWS[own]
        return made(*args, **kwargs)


IN_PREFECT = _InPrefect()


def run_command(main: Callable[[], int]) -> None:
    """Run a command; an error that the user can mend is shown without a traceback."""
    try:
        code = main()
    except PerinatalError as error:
        print(f"\n{error}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        code = 130
    sys.exit(code)
