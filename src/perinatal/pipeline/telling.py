"""From a verdict to the outbox: what the store means to tell is copied there, each thing once.

The intent is committed with its verdict, so that a run that is killed before it has told anything
leaves the next run something to tell. The outbox is a folder of files and needs no store.
"""

from __future__ import annotations

import logging

from perinatal.alerts import Intent, remind, resend_unsent
from perinatal.alerts.channels import DEADLINE
from perinatal.alerts.files import locked
from perinatal.errors import IntegrityError, StoreBusy
from perinatal.settings import Settings
from perinatal.store import Store, open_store
from perinatal.store.intents import intend, still_to_tell, strike

_LOG = logging.getLogger(__name__)


def mean_to_tell(store: Store, delivery_id: str, intent: Intent) -> None:
    """Keep an intent in the transaction of its verdict."""
    intend(store, delivery_id, intent.model_dump_json())


def tell(settings: Settings) -> None:
    """Bring into the outbox what is still to be told; what cannot be told now waits in the store.

    One by one, and each struck before the next: of what a killed run had told only the last is
    tried again, and that one knows itself by its name.

    Raises:
        OSError: the outbox cannot be written.
    """
    if not settings.store_file.is_file():
        return
    settings.alerts_dir.mkdir(parents=True, exist_ok=True)
    # one process at a time: an intent that is told late would open a trouble that has ended
    with locked(settings.alerts_dir / ".telling", 2 * DEADLINE):
        try:
            with open_store(settings.store_file) as store:
                waiting = still_to_tell(store)
            for one in waiting:
                intent = Intent.model_validate_json(one.content)
                intent.carry_out(settings, f"{one.number} {one.delivery_id}")
                with open_store(settings.store_file) as store:
                    strike(store, one.number, settings.clock())
        except (StoreBusy, IntegrityError) as error:
            _LOG.warning("not everything could be told (%s); it waits", type(error).__name__)


def catch_up(settings: Settings) -> int:
    """Tell and send what an earlier run could not; how many messages have gone now."""
    tell(settings)
    return resend_unsent(settings) + remind(settings)
