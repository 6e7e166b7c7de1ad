"""Flow `build`: decide what may be shown and publish an edition."""

from __future__ import annotations

from prefect import flow

from flows._shared import FLOWS, IN_PREFECT, settings_for
from flows._watch import ended_badly, ended_on_purpose, watched
from perinatal.pipeline import refresh as sequence
from perinatal.pipeline.build import Built


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
        return sequence.build(str(settings.data_dir), IN_PREFECT)


FLOWS[sequence.build] = build
