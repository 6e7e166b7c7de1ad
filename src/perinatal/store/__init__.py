"""The store: one DuckDB file, written by one process. SQL lives here and nowhere else."""

from perinatal.store.db import Store, open_store
from perinatal.store.deliveries import Delivery, DeliveryEvent
from perinatal.store.editions import PublishedEdition, edition_ids, open_edition

__all__ = [
    "Delivery",
    "DeliveryEvent",
    "PublishedEdition",
    "Store",
    "edition_ids",
    "open_edition",
    "open_store",
]
