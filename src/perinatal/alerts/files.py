"""Files that are there whole or not at all, and a lock between processes."""

from __future__ import annotations

import json
import logging
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)


def claim(file: Path, content: str) -> bool:
    """Put the content in place unless something else is there; True when it is there now."""
    part = _part(file, content)
    try:
        file.hardlink_to(part)  # unlike a rename it fails on an existing file, also in a race
    except FileExistsError:
        return file.read_text(encoding="utf-8") == content
    except OSError:  # some network and USB volumes know no hard links
        if file.exists():
            return file.read_text(encoding="utf-8") == content
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return True


def write(file: Path, content: str) -> None:
    """Whole or not at all."""
    _part(file, content).replace(file)


def _part(file: Path, content: str) -> Path:
    part = file.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_text(content, encoding="utf-8", newline="\n")
    except OSError:  # a full disk: leave no half file behind
        part.unlink(missing_ok=True)
        raise
    return part


def as_json(record: dict[str, Any]) -> str:
    """A record as people can read it."""
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def read_json(file: Path) -> dict[str, Any]:
    """The record; empty when it is absent or damaged, since twice is better than never."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


@contextmanager
def locked(file: Path, patience: float) -> Iterator[None]:
    """Let one process at a time do what follows.

    An SQLite lock, since it works on every platform, waits with a limit and ends with a killed
    process. When it cannot be had we go on all the same: told twice is better than never.
    """
    lock: sqlite3.Connection | None = None
    try:
        lock = sqlite3.connect(file, timeout=patience, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        _LOG.warning("%s could not be locked; going on all the same", file.name)
    try:
        yield
    finally:
        if lock is not None:
            lock.close()
