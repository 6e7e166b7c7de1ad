"""What is still to be told of a verdict: written in its transaction, struck when it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perinatal.store.db import Store, naive_utc


@dataclass(frozen=True)
class Intended:
    """One intent as it is kept; what it says is for who carries it out."""

    number: int
    delivery_id: str
    content: str


def intend(store: Store, delivery_id: str, content: str) -> None:
    store.connection.execute(
        "INSERT INTO meta.intent (delivery_id, content) VALUES (?, ?)", [delivery_id, content]
    )


def still_to_tell(store: Store) -> list[Intended]:
    """In the order in which they came up."""
    rows = store.connection.execute(
        "SELECT number, delivery_id, content FROM meta.intent WHERE done_at IS NULL ORDER BY number"
    ).fetchall()
    return [Intended(*row) for row in rows]


def strike(store: Store, number: int, moment: datetime) -> None:
    """Write down that it was told."""
    store.connection.execute(
        "UPDATE meta.intent SET done_at = ? WHERE number = ?", [naive_utc(moment), number]
    )
