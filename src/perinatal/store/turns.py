"""Whose turn it is: when bytes were handed over, and who has the last word of a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perinatal.store.db import Store, naive_utc
from perinatal.store.deliveries import DeliveryEvent, last_event


@dataclass(frozen=True)
class Past:
    """What is known of the bytes of a file.

    ``event``: what became of them last. ``seen``: the moments of writing at which they were handed
    over. ``waits``: they were handed over again, and the run ended before they were judged.
    ``overtaken``: another delivery of their source that was accepted has a later turn.
    """

    event: DeliveryEvent | None
    seen: frozenset[datetime]
    waits: bool
    overtaken: bool


def past(store: Store, delivery_id: str, moment: datetime) -> Past:
    """What is known of a delivery at a moment."""
    event = last_event(store, delivery_id)
    rows = store.connection.execute(
        "SELECT written_at, turn FROM meta.handover WHERE delivery_id = ?", [delivery_id]
    ).fetchall()
    last = max((turn for _, turn in rows if turn is not None), default=0)
    mine = event.turn if event is not None and event.turn is not None else 0
    later = store.connection.execute(
        """
        SELECT count(*) FROM meta.accepted_as_of(?::TIMESTAMP) AS other
        JOIN meta.delivery AS mine ON mine.source = other.source
        WHERE mine.delivery_id = ? AND other.delivery_id <> ? AND other.event_number > ?
        """,
        [naive_utc(moment), delivery_id, delivery_id, mine],
    ).fetchall()
    return Past(event, frozenset(written for written, _ in rows), last > mine, later[0][0] > 0)


def hand_over(store: Store, delivery_id: str, written_at: datetime, *, turn: bool) -> None:
    """Write down that bytes were handed over, and that it is their turn now."""
    store.connection.execute(
        """
        INSERT OR REPLACE INTO meta.handover
        VALUES (?, ?, CASE WHEN ? THEN nextval('meta.event_number') END)
        """,
        [delivery_id, naive_utc(written_at), turn],
    )


def turn_of(store: Store, delivery_id: str) -> int | None:
    """The turn of a delivery: when it was last handed over, or else judged."""
    row = store.connection.execute(
        """
        SELECT coalesce(
            (SELECT max(turn) FROM meta.handover WHERE delivery_id = $id),
            (SELECT arg_max(coalesce(turn, event_number), event_number)
             FROM meta.delivery_event WHERE delivery_id = $id))
        """,
        {"id": delivery_id},
    ).fetchone()
    return row[0] if row else None
