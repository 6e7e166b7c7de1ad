"""Flow `startfoto`: make the startfoto of each area, in every format."""

from __future__ import annotations

from typing import Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows._pages import publish_page, table
from flows._shared import LOG, rooms, settings_for, step
from flows._watch import AREAS_FAILED, ended_badly, ended_on_purpose, watched
from perinatal.pipeline import document_sets
from perinatal.pipeline.document_sets import Made


@step("make_documents")
def make_documents(areas: list[str] | None, edition_id: str | None, data_dir: str) -> Made:
    """Make what changed, and tell the maintainer of what could not be made.

    One task for all areas: a task for each of hundreds would cost more than some of them.
    """
    catalog, settings = rooms(data_dir)

    def heard(area_id: str, what: str) -> None:
        LOG.info("startfoto %s: %s", area_id, what)

    made = document_sets.make(areas, catalog, settings, edition_id, heard=heard)
    document_sets.tell(made, settings, whole=areas is None)
    if made.failed:
        rows = [(area, failure.reason) for area, failure in made.failed.items()]
        page = "# Niet gemaakt\n\n" + table(("Gebied", "Reden"), rows)
        publish_page("niet-gemaakt", "Gebieden zonder nieuwe startfoto", page)
    return made


@flow(
    name="startfoto",
    description="The startfoto of each area, in every format.",
    on_failure=[ended_badly],
    on_crashed=[ended_badly],
    on_cancellation=[ended_on_purpose],
)
def startfoto(
    areas: list[str] | None = None, edition_id: str | None = None, data_dir: str | None = None
) -> Made:
    """Make the startfoto of the given areas, or of all that the edition has figures of.

    An area that cannot be made does not stop the others; the run then ends as failed, with all
    that was made in its message.
    """
    settings = settings_for(data_dir)
    with watched(settings):
        made = make_documents(areas, edition_id, str(settings.data_dir))
    message = f"{len(made.files)} startfoto's, {len(made.unchanged)} of them as they were."
    state: State[Any] = Completed(message=message, data=made)
    if made.failed:
        names = ", ".join(made.failed)
        state = Failed(name=AREAS_FAILED, message=f"{message} Not made: {names}.", data=made)
    return cast(Made, state)
