"""Opening, locking and migrating the store."""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from itertools import count
from pathlib import Path
from threading import Lock

import duckdb

from perinatal.errors import IntegrityError, StoreBusy


def naive_utc(moment: datetime) -> datetime:
    """DuckDB's TIMESTAMP has no zone: everything in the store is UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One engine a process: starting one takes 40 ms, attaching a file to it 2."""
    return duckdb.connect(":memory:")


_attached: dict[Path, tuple[str, int]] = {}
"""File: its name in the engine, and how many hold it; a file can be attached only once."""
_attaching = Lock()
_names = (f"file_{number}" for number in count())
_of_parents: list[object] = []


def _after_fork() -> None:
    """A child has an engine of its own: the parent's threads are not here to end it."""
    if _engine.cache_info().currsize:
        _of_parents.append(_engine())
    _engine.cache_clear()
    _attached.clear()


@atexit.register
def _at_exit() -> None:
    """An engine that outlives the interpreter would be told as a leak."""
    if _engine.cache_info().currsize:
        _engine().close()
    _engine.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def attached(file: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose tables are those of the file.

    Raises:
        duckdb.Error: another process writes it, or it is no DuckDB file.
    """
    connection = _engine().cursor()
    file = file.resolve()
    with _attaching:
        name, holders = _attached.get(file, ("", 0))
        if not holders:
            name = next(_names)
            path = str(file).replace("'", "''")
            mode = "(READ_ONLY)" if read_only else ""
            connection.execute(f"ATTACH '{path}' AS {name} {mode}")
        _attached[file] = (name, holders + 1)
    try:
        connection.execute(f"USE {name}")
        yield connection
    finally:
        connection.close()
        with _attaching:
            name, holders = _attached.pop(file)
            if holders > 1:
                _attached[file] = (name, holders - 1)
            else:
                _engine().execute(f"DETACH {name}")


class Store:
    """An open store; use :func:`open_store`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: Path) -> None:
        self.connection = connection
        self.file = file

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """All or nothing; refuses to commit while a row points at no delivery."""
        self.connection.execute("BEGIN")
        try:
            yield self.connection
            orphans = self.connection.execute(
                "SELECT place, count(*) FROM meta.orphan GROUP BY place"
            ).fetchall()
            if orphans:
                raise IntegrityError(f"rows without a delivery: {orphans}")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


@contextmanager
def open_store(file: Path) -> Iterator[Store]:
    """Open (and create or migrate) the store for one short piece of work.

    Raises:
        StoreBusy: another process has it open.
        IntegrityError: the store was written by a newer version.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(attached(file))
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                holder = re.search(r"PID (\d+)", str(error))
                by = f" (process {holder[1]})" if holder else ""
                raise StoreBusy(
                    f"{file.name} is in use by another run{by}. Wait until it has finished and try "
                    "again; when no run is at work, end that process."
                ) from None
            raise IntegrityError(f"{file} cannot be opened as a DuckDB store: {error}") from None
        connection.execute("SET TimeZone = 'UTC'")
        _migrate(connection)
        yield Store(connection, file)


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY)")
    done = {row[0] for row in connection.execute("SELECT number FROM migration").fetchall()}
    folder = resources.files("perinatal.store") / "migrations"
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    known = {int(script.name[:4]) for script in scripts}
    if done - known:
        raise IntegrityError("the store was written by a newer version of perinatal: upgrade first")
    for script in scripts:
        number = int(script.name[:4])
        if number in done:
            continue
        connection.execute("BEGIN")
        connection.execute(script.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO migration VALUES (?)", [number])
        connection.execute("COMMIT")
