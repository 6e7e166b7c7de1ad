"""Take a delivery back: it stops speaking, and the one before it speaks again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perinatal.catalog import Catalog
from perinatal.errors import UserError
from perinatal.pipeline.taken_back import note, tell_taken_back
from perinatal.settings import Settings
from perinatal.store import DeliveryEvent, deliveries, editions, open_store


@dataclass(frozen=True)
class Withdrawn:
    """What was taken back, and what speaks for its source now; None where nothing is left.

    ``out``: files of released startfoto's that rest on a withdrawn delivery.
    """

    delivery_id: str
    source: str
    speaks_now: str | None
    out: tuple[Path, ...]


def withdraw(delivery: str, reason: str, catalog: Catalog, settings: Settings) -> Withdrawn:
    """Let a delivery stop speaking. Its file, its figures and its history stay.

    The maintainer is told of released startfoto's that rest on it.

    Args:
        delivery: id of an accepted delivery, or the beginning of one.
        reason: kept with the event.

    Raises:
        UserError: no such delivery, or it does not speak and never did.
    """
    if not reason.strip():
        raise UserError("a withdrawal needs a reason: say why with --reason.")
    if not settings.store_file.is_file():
        raise UserError(f"{settings.data_dir}: nothing was ever delivered here. Check --data.")
    with open_store(settings.store_file) as store, store.transaction():
        found = deliveries.find_delivery(store, delivery)
        if found is None:
            raise UserError(
                f"no delivery, or more than one, begins with '{delivery}'. 'perinatal status' "
                "lists them."
            )
        event = deliveries.last_event(store, found.delivery_id)
        if event is None or event.event not in deliveries.ACCEPTED:
            state = event.event.replace("_", " ") if event else "not judged yet"
            raise UserError(
                f"{found.delivery_id} is {state}: only an accepted delivery can be withdrawn."
            )
        now = settings.clock()
        deliveries.record_event(
            store,
            DeliveryEvent(found.delivery_id, now, "withdrawn", event.rules_hash, reason.strip()),
        )
        left = deliveries.speaking(store, now, catalog.patching)
        # before the commit: who is killed in between has noted too much, never too little
        note(editions.taken_back(store), settings)
    speaks = [row["delivery_id"] for row in left if row["source"] == found.source]
    out = tell_taken_back(settings)
    return Withdrawn(found.delivery_id, found.source, speaks[-1] if speaks else None, tuple(out))
