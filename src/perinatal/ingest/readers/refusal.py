"""One way to refuse a file."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from perinatal.errors import RejectedDelivery

AGAIN = "Ask the sender to deliver it again."


def refuse(file: Path, place: str, problem: str, expected: str, remedy: str, rule: str) -> NoReturn:
    """Raise the error that says where, what, what was expected and what to do."""
    raise RejectedDelivery(file.name, place, problem, expected, remedy, rule)
