"""The steps of a refresh: each is done whole or not at all, and a second time does nothing more.

Between steps travel ids and paths only; catalogue and settings are looked up anew in each. A flow
makes a task of each, ``perinatal refresh`` calls them as they are.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

from perinatal.alerts import settle
from perinatal.catalog import Catalog, load_catalog
from perinatal.pipeline import alarms, document_sets, inbox, receive, telling, watch
from perinatal.pipeline import build as building
from perinatal.pipeline.build import Built
from perinatal.pipeline.document_sets import Made
from perinatal.pipeline.quality_page import write_quality_page
from perinatal.pipeline.receive import Judgement, Received
from perinatal.settings import Settings

LOG = logging.getLogger("perinatal.refresh")


def settings_for(data_dir: str | None, example: bool = False) -> Settings:
    """Settings of the environment, with the data folder that is told.

    The example has its own folder, so that invented figures never meet real ones. Addresses of
    alerts are secrets: they come from the environment and are no parameter, which Prefect shows.
    """
    settings = Settings(data_dir=Path(data_dir)) if data_dir else Settings()
    if example:
        settings = settings.model_copy(update={"data_dir": settings.data_dir / "example"})
    return settings


def rooms(data_dir: str) -> tuple[Catalog, Settings]:
    """Catalogue and settings, as they are at this moment."""
    settings = settings_for(data_dir)
    own = settings.catalog_dir
    files = sorted(own.rglob("*")) if own is not None else ()
    stamps = ((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    return _catalog(own, tuple(stamps)), settings


@lru_cache(maxsize=1)
def _catalog(own: Path | None, stamps: tuple[object, ...]) -> Catalog:
    """Read again when a file of it has changed: an inbox with many files asks for it as often."""
    return load_catalog(own)


def look_for_vanished(data_dir: str) -> int:
    """Tell of earlier runs that were killed."""
    return watch.tell_vanished(settings_for(data_dir))


def catch_up(data_dir: str) -> int:
    """Tell and send what an earlier run could not, and reminders; how many have gone now."""
    return telling.catch_up(settings_for(data_dir))


def practise(data_dir: str) -> None:
    """Put the invented deliveries in the inbox, unless they are there."""
    from perinatal.practice import BOUNDARIES_FILE, FIGURES_FILE, write_practice

    folder = settings_for(data_dir).inbox_dir
    if not all((folder / name).is_file() for name in (BOUNDARIES_FILE, FIGURES_FILE)):
        LOG.info("inventing a practice town ...")
        write_practice(folder)


def look_in_inbox(data_dir: str, shipped: bool) -> tuple[list[str], list[str]]:
    """Paths of the files that wait, in order, and of files with a name that no source expects."""
    catalog, settings = rooms(data_dir)
    found = inbox.look(catalog, settings, shipped=shipped)
    for file in found.unknown:
        LOG.error("%s: no single source expects a file with this name; left alone", file.name)
        inbox.tell_left(file.name, "INBOX-NAAM", settings)
    return [str(file) for file in found.files], [str(file) for file in found.unknown]


def keep(file: str, data_dir: str) -> Received:
    """Keep the untouched bytes, and say what the file asks for."""
    catalog, settings = rooms(data_dir)
    return receive.receive(Path(file), catalog, settings, named=False)


def take_in(delivery_id: str, data_dir: str) -> Judgement:
    """Judge a delivery and load what is good of it, in one commit."""
    catalog, settings = rooms(data_dir)
    return receive.take_in(delivery_id, catalog, settings)


def tell_waiting(file_name: str, data_dir: str) -> None:
    """Tell of a file that cannot be judged yet, most often for want of its map."""
    inbox.tell_left(file_name, "INBOX-WACHT", settings_for(data_dir))


def quality_page(data_dir: str) -> Path:
    """Write the quality page; its path."""
    return write_quality_page(*rooms(data_dir))


def look_around(left: list[str], data_dir: str) -> None:
    """Tell of deliveries that are late; end the troubles about files that are read by now."""
    catalog, settings = rooms(data_dir)
    settle(
        alarms.late(catalog, settings), settings, kinds=("late",),
        because="Er is een nieuwe levering binnen.",
    )  # fmt: skip
    inbox.forget_left(set(left), settings)


def decide(data_dir: str) -> tuple[str, bool]:
    """Compute all figures and decide on them together; id of the edition, and if it is new."""
    return building.decide(*rooms(data_dir))


def publish(edition_id: str, new: bool, data_dir: str) -> Built:
    """Put the read-only copy of an edition in its place."""
    catalog, settings = rooms(data_dir)
    return building.publish(edition_id, catalog, settings, new=new)


def make_documents(areas: list[str] | None, edition_id: str | None, data_dir: str) -> Made:
    """Make the startfoto's that changed, and tell the maintainer of what could not be made.

    One step for all areas: a task for each of hundreds would cost more than some of them.
    """
    catalog, settings = rooms(data_dir)

    def heard(area_id: str, what: str) -> None:
        LOG.info("startfoto %s: %s", area_id, what)

    made = document_sets.make(areas, catalog, settings, edition_id, heard=heard)
    document_sets.tell(made, settings, whole=areas is None)
    return made
