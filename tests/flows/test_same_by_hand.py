"""The schedule and a person at the keyboard do the same with the same files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perinatal.catalog import load_catalog
from perinatal.pipeline import inbox, refresh
from perinatal.settings import Settings
from tests.conftest import MOMENT
from tests.flows.house import Hand, Held, Look, events, live, write_catalog

if TYPE_CHECKING:
    from tests.flows.conftest import Server

pytestmark = pytest.mark.xdist_group("prefect")


def _files(data: Path) -> list[str]:
    settings = Settings(data_dir=data)
    found = inbox.look(load_catalog(settings.catalog_dir), settings, shipped=False)
    return [str(file) for file in found.files]


def _by_steps(data: Path, _: Sequence[Path]) -> None:
    refresh.ingest(_files(data), str(data))


def _by_flow(data: Path, _: Sequence[Path]) -> None:
    from flows.ingest import ingest

    ingest(_files(data), str(data))


def _clock(moment: datetime) -> None:
    os.environ["PERINATAL_NOW"] = moment.isoformat()


class Houses:
    """What an installation holds in the end, by how its deliveries came in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalog = write_catalog(folder / "own")

    @cache  # noqa: B019 - there is one of it
    def after(self, look: Look, *, whole: bool) -> Held:
        data = self.folder / f"{getattr(look, '__name__', 'hand')} {whole}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PERINATAL_CATALOG_DIR", str(self.catalog))
            patch.setenv("PERINATAL_NOW", MOMENT.isoformat())
            live(data, self.catalog, look, _clock, whole=whole)
        return Held.read(data, self.catalog)


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


def _same(one: Held, other: Held) -> None:
    for name, rows in one.tables.items():
        assert other.tables[name] == rows, name
    assert other.troubles == one.troubles
    assert other == one


def test_what_the_steps_of_a_refresh_do_a_person_does(houses: Houses) -> None:
    hand = houses.after(Hand(), whole=False)
    verdicts = {row[2] for row in hand.tables["event"]}
    assert verdicts == {
        "accepted", "accepted_with_warnings", "quarantined", "rejected", "withdrawn",
    }  # fmt: skip
    assert {"rejected", "quarantined"} <= {trouble[0] for trouble in hand.troubles.values()}
    assert hand.tables["quarantined"]
    assert all(told is not None for *_, told in hand.tables["to tell"])
    _same(hand, houses.after(_by_steps, whole=False))


@pytest.mark.deep
@pytest.mark.server
def test_what_the_flow_does_with_thirty_deliveries_a_person_does(
    houses: Houses, prefect_here: Server
) -> None:
    assert sum(len(event.files) for event in events()) >= 30
    hand = houses.after(Hand(), whole=True)
    _same(hand, houses.after(_by_steps, whole=True))
    _same(hand, houses.after(_by_flow, whole=True))
