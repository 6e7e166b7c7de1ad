"""What all flows share: settings from parameters, what a step is, the command line's manners."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from flows._watch import cause_of, note_step, settings_for
from perinatal.catalog import Catalog, load_catalog
from perinatal.errors import PerinatalError, RetriableError
from perinatal.settings import Settings

__all__ = ["LOG", "rooms", "run_command", "settings_for", "speak", "step"]

LOG = logging.getLogger("perinatal.flows")

_P = ParamSpec("_P")
_R = TypeVar("_R")


def rooms(data_dir: str) -> tuple[Catalog, Settings]:
    """Catalogue and settings, read anew in each step: between steps travel ids and paths only."""
    settings = settings_for(data_dir)
    return load_catalog(settings.catalog_dir), settings


def may_retry(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Only what may go well the next time is tried again; a wrong file stays wrong."""
    return isinstance(cause_of(state), RetriableError)


def step(run_name: str) -> Callable[[Callable[_P, _R]], Task[_P, _R]]:
    """A Prefect task around one call of the pipeline.

    Never cached by Prefect: a delivery has its checksum and an edition its id, so a step that was
    done before does nothing.

    Args:
        run_name: how Prefect shows a run of it, with the task's parameters in braces.
    """

    as_task = task(
        task_run_name=run_name,
        cache_policy=NO_CACHE,
        retries=3,
        retry_delay_seconds=[2, 10, 30],
        retry_condition_fn=may_retry,
    )

    def decorate(function: Callable[_P, _R]) -> Task[_P, _R]:
        @functools.wraps(function)
        def noted(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            note_step(function.__name__)
            return function(*args, **kwargs)

        return as_task(noted)

    return decorate


def speak() -> None:
    """Print our own progress lines, and nothing of the libraries, on the terminal."""
    logger = logging.getLogger("perinatal")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    for other in logging.getLogger().handlers:
        other.setLevel(logging.ERROR)


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
