"""Work that falls apart in pieces, done by a few processes at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from threading import Thread
from types import ModuleType
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_inside = False
"""Whether this process is itself a worker: a worker starts no workers."""


def spread(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int,
    *,
    at_least: int = 2,
    initializer: Callable[..., object] | None = None,
    initargs: tuple[object, ...] = (),
) -> Iterator[Result]:
    """What a function makes of each item, in the order of the items, whoever gets ready first.

    The processes start empty (``spawn``): DuckDB, Arrow and Prefect have threads, which a fork
    would cut off. They end with the iterator, and also when this process is killed.

    Args:
        function: of an importable module, as what it takes, gives and raises travels by pickle.
        workers: processes at once; with one everything happens in this process.
        at_least: with fewer items no process is worth its start.
        initializer: called once in each process before its first item, with ``initargs``.
    """
    if workers < 2 or len(items) < max(at_least, 2) or _inside:
        if initializer is not None:
            initializer(*initargs)
        yield from map(function, items)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(items)),
        multiprocessing.get_context("spawn"),
        _begin,
        (initializer, initargs),
    )
    try:
        with _no_program():
            results = pool.map(function, items)
        yield from results
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(initializer: Callable[..., object] | None, initargs: tuple[object, ...]) -> None:
    global _inside
    _inside = True
    # the keyboard speaks to the parent, which ends its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    if initializer is not None:
        initializer(*initargs)


def _end_with_parent() -> None:
    """A worker of a killed parent would wait for its next item for ever (cpython #111873)."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _no_program() -> Iterator[None]:
    """The program that was started stays out of the workers.

    A spawned process imports the main module of its parent first. Nothing of it is needed there,
    and it may be a whole Prefect, or a script that would begin anew.
    """
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program
