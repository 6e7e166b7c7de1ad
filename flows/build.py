"""Flow `build`: decide what may be shown and publish an edition."""

from __future__ import annotations

from prefect import flow

from flows._shared import LOG, rooms, settings_for, step
from flows._watch import ended_badly, ended_on_purpose, watched
from perinatal.pipeline import build as building
from perinatal.pipeline.build import Built


@step("decide")
def decide(data_dir: str) -> tuple[str, bool]:
    """Compute all figures and decide on them together; id of the edition, and if it is new."""
    catalog, settings = rooms(data_dir)
    return building.decide(catalog, settings)


@step("publish {edition_id}")
def publish(edition_id: str, new: bool, data_dir: str) -> Built:
    """Put the read-only copy of an edition in its place."""
    catalog, settings = rooms(data_dir)
    return building.publish(edition_id, catalog, settings, new=new)


@flow(
    name="build",
    description="Gate 2 over all figures at once, and a published edition.",
    on_failure=[ended_badly],
    on_crashed=[ended_badly],
    on_cancellation=[ended_on_purpose],
)
def build(data_dir: str | None = None) -> Built:
    """Build an edition of all deliveries that speak now."""
    settings = settings_for(data_dir)
    with watched(settings):
        LOG.info("computing and deciding what may be shown ...")
        edition_id, new = decide(str(settings.data_dir))
        built = publish(edition_id, new, str(settings.data_dir))
    LOG.info(
        "edition %s: %d figures shown, %d withheld%s",
        edition_id, built.shown, built.withheld, "" if new else " (nothing new)",
    )  # fmt: skip
    return built
