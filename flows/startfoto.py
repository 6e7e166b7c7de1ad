"""Flow `startfoto`: compose the document of each area and draw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from prefect import flow

from flows._shared import LOG, rooms, settings_for, step
from flows._watch import ended_badly, ended_on_purpose, watched
from perinatal.catalog import load_catalog
from perinatal.errors import CatalogError, UserError
from perinatal.pipeline import documents
from perinatal.pipeline.compute import present_areas
from perinatal.settings import Settings
from perinatal.store import open_edition


@dataclass(frozen=True)
class Made:
    """Files per area, and areas without a startfoto with the reason."""

    files: dict[str, list[str]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


@step("compose {area_id}")
def compose(area_id: str, edition_id: str | None, data_dir: str) -> str:
    """Write the document of one area from a published edition; path of its JSON."""
    catalog, settings = rooms(data_dir)
    return str(documents.compose_area(area_id, catalog, settings, edition_id))


@step("render {json_file}")
def render(json_file: str) -> list[str]:
    """Draw every output of a saved document; paths of the files."""
    return list(map(str, documents.render_files(Path(json_file), documents.OUTPUTS)))


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
    """Make the startfoto of the given areas, or of all that stand on the maps of the edition.

    An area that was asked for and cannot be made is an error; one that nobody asked for is
    skipped with its reason.
    """
    settings = settings_for(data_dir)
    made = Made()
    with watched(settings):
        for area_id in areas or _present(settings, edition_id):
            LOG.info("startfoto %s ...", area_id)
            try:
                json_file = compose(area_id, edition_id, str(settings.data_dir))
            except CatalogError:
                raise
            except UserError as error:
                if areas:
                    raise
                LOG.warning("%s: skipped: %s", area_id, error)
                made.skipped[area_id] = str(error)
                continue
            made.files[area_id] = [json_file, *render(json_file)]
    return made


def _present(settings: Settings, edition_id: str | None) -> list[str]:
    edition = open_edition(settings.published_dir, edition_id)
    regions = edition.tables["published_region"]
    return [area.id for area in present_areas(load_catalog(settings.catalog_dir), regions)]
