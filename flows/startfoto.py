"""Flow `startfoto`: make the startfoto of each area, in every format."""

from __future__ import annotations

from typing import Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows._pages import publish_page, table
from flows._shared import FLOWS, IN_PREFECT, settings_for, task_of
from flows._watch import AREAS_FAILED, ended_badly, ended_on_purpose, watched
from perinatal.pipeline import refresh as sequence
from perinatal.pipeline import steps
from perinatal.pipeline.document_sets import Made


@task_of(steps.make_documents)
def make_documents(areas: list[str] | None, edition_id: str | None, data_dir: str) -> Made:
    """Make what changed; a page of the run says what could not be made."""
    made = steps.make_documents(areas, edition_id, data_dir)
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
        made = sequence.startfotos(areas, edition_id, str(settings.data_dir), IN_PREFECT)
    message = f"{len(made.files)} startfoto's, {len(made.unchanged)} of them as they were."
    state: State[Any] = Completed(message=message, data=made)
    if made.failed:
        names = ", ".join(made.failed)
        state = Failed(name=AREAS_FAILED, message=f"{message} Not made: {names}.", data=made)
    return cast(Made, state)


def _as_part(areas: list[str] | None, edition_id: str | None, data_dir: str) -> Made:
    """The flow inside another one, which goes on when some areas failed."""
    ended = startfoto(areas, edition_id, data_dir, return_state=True)
    made = ended.result(raise_on_failure=False)
    if not isinstance(made, Made):
        raise made  # it broke off: its error is ours
    return made


FLOWS[sequence.startfotos] = _as_part
