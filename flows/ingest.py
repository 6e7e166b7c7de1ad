"""Flow `ingest`: keep, judge and load delivered files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prefect import flow

from flows._pages import judged_page, publish_page, rejected_page
from flows._shared import LOG, rooms, settings_for, step
from flows._watch import ended_badly, ended_on_purpose, watched
from perinatal.errors import CatalogError, RejectedDelivery, UserError
from perinatal.pipeline import inbox, receive
from perinatal.pipeline.receive import Judgement, Received, Verdict

LOADED = ("accepted", "accepted_with_warnings")


@dataclass(frozen=True)
class Outcome:
    """What became of one file. ``known``: these bytes were judged before, nothing was done."""

    file_name: str
    verdict: Verdict | Literal["waiting", "unknown"]
    delivery_id: str = ""
    known: bool = False

    @property
    def loaded(self) -> bool:
        return self.verdict in LOADED


@step("keep {file}")
def keep(file: str, data_dir: str) -> Received:
    """Keep the untouched bytes and register the delivery."""
    catalog, settings = rooms(data_dir)
    return receive.receive(Path(file), catalog, settings)


@step("judge {delivery_id}")
def judge(delivery_id: str, source: str, data_dir: str) -> Verdict:
    """Gate 1; its quality report is an artifact of the run, whatever the verdict."""
    catalog, settings = rooms(data_dir)
    key, title = f"kwaliteit-{source}", "Kwaliteit van de levering"
    try:
        judgement = receive.judge(delivery_id, catalog, settings)
    except RejectedDelivery as error:
        publish_page(key, title, rejected_page(error, source, delivery_id))
        raise
    publish_page(key, title, judged_page(judgement))
    return judgement.verdict


@step("load {delivery_id}")
def load(delivery_id: str, source: str, verdict: Verdict, data_dir: str) -> None:
    """Load an accepted delivery, whole or not at all."""
    catalog, settings = rooms(data_dir)
    receive.load(Judgement(delivery_id, source, "", verdict, ()), catalog, settings)


@flow(
    name="ingest",
    description="Bring delivered files through gate 1 into the store.",
    on_failure=[ended_badly],
    on_crashed=[ended_badly],
    on_cancellation=[ended_on_purpose],
)
def ingest(files: list[str], data_dir: str | None = None) -> list[Outcome]:
    """Ingest files in the given order; one that is refused does not stop the others."""
    settings = settings_for(data_dir)
    with watched(settings):
        return [_ingest_one(file, str(settings.data_dir)) for file in files]


def _ingest_one(file: str, data_dir: str) -> Outcome:
    name = Path(file).name
    received = keep(file, data_dir)
    if received.known_verdict is not None:
        LOG.info("%s: seen before, %s", name, received.known_verdict.replace("_", " "))
        return Outcome(name, received.known_verdict, received.delivery_id, known=True)
    LOG.info("%s: checking as '%s' ...", name, received.source)
    verdict: Verdict
    try:
        verdict = judge(received.delivery_id, received.source, data_dir)
    except RejectedDelivery as error:
        LOG.error("%s", error)
        verdict = "rejected"
    except CatalogError:
        raise
    except UserError as error:
        # most often figures without their map: they wait, and the maintainer is told once
        LOG.error("%s: %s", name, error)
        inbox.tell_left(name, "INBOX-WACHT", settings_for(data_dir))
        return Outcome(name, "waiting", received.delivery_id)
    if verdict in LOADED:
        load(received.delivery_id, received.source, verdict, data_dir)
    LOG.info("%s: %s", name, verdict.replace("_", " "))
    return Outcome(name, verdict, received.delivery_id)
