"""Flow `ingest`: bring delivered files through gate 1 into the store."""

from __future__ import annotations

from prefect import flow

from flows._pages import judged_page, publish_page, rejected_page
from flows._shared import FLOWS, IN_PREFECT, settings_for, task_of
from flows._watch import ended_badly, ended_on_purpose, watched
from perinatal.errors import RejectedDelivery
from perinatal.pipeline import refresh as sequence
from perinatal.pipeline import steps
from perinatal.pipeline.receive import Judgement
from perinatal.pipeline.refresh import Outcome


@task_of(steps.take_in)
def take_in(delivery_id: str, data_dir: str) -> Judgement:
    """Gate 1; its quality report is an artifact of the run, whatever the verdict."""
    source = delivery_id.rpartition("-")[0]
    key, title = f"kwaliteit-{source}", "Kwaliteit van de levering"
    try:
        judgement = steps.take_in(delivery_id, data_dir)
    except RejectedDelivery as error:
        publish_page(key, title, rejected_page(error, source, delivery_id))
        raise
    publish_page(key, title, judged_page(judgement))
    return judgement


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
        return sequence.ingest(files, str(settings.data_dir), IN_PREFECT)


FLOWS[sequence.ingest] = ingest
