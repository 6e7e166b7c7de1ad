"""What is done with a file that was seen before: who has the last turn speaks, and nobody else."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from perinatal.catalog import load_catalog
from perinatal.catalog.load import PACKAGED
from perinatal.pipeline import inbox, receive, refresh
from perinatal.pipeline.handover import handed_over_again, what_to_do
from perinatal.pipeline.withdraw import withdraw
from perinatal.settings import Settings
from perinatal.store import DeliveryEvent, deliveries, open_store
from perinatal.store.turns import Past
from tests.conftest import MOMENT

DATA = Path(__file__).parents[1] / "data"
MAP = (DATA / "proef_kaart_2021.geojson").read_bytes()
OLD, NEW = MAP, MAP + b"\n"
"""Two deliveries of a map: those are judged without Great Expectations, in a moment."""


@dataclass
class House:
    """An installation with an inbox, its own catalogue and a clock that goes on."""

    settings: Settings
    minutes: int = 0
    environment: pytest.MonkeyPatch = field(default_factory=pytest.MonkeyPatch)

    def put(self, name: str, content: bytes) -> Path:
        """Write a file into the inbox, later than any before it."""
        self.minutes += 1
        file = self.settings.inbox_dir / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        written = (MOMENT + timedelta(minutes=self.minutes)).timestamp()
        os.utime(file, (written, written))
        return file

    def at_work(self) -> Settings:
        self.minutes += 1
        now = MOMENT + timedelta(hours=1, minutes=self.minutes)
        self.environment.setenv("PERINATAL_NOW", now.isoformat())
        return self.settings.model_copy(update={"now": now})

    def look(self) -> list[str]:
        """What a refresh does with each file."""
        settings = self.at_work()
        files = inbox.look(load_catalog(settings.catalog_dir), settings, shipped=False).files
        outcomes = refresh.ingest(list(map(str, files)), str(settings.data_dir))
        return [f"{one.file_name}: {one.todo}" for one in outcomes]

    def name(self, file: Path) -> str:
        """What is done with a file that a person names."""
        settings = self.at_work()
        return receive.ingest(file, load_catalog(settings.catalog_dir), settings).todo

    def take_back(self, content: bytes) -> None:
        settings = self.at_work()
        withdraw(self.id_of(content), "fout", load_catalog(settings.catalog_dir), settings)

    def id_of(self, content: bytes) -> str:
        with open_store(self.settings.store_file) as store:
            names = [d.delivery_id for d, _ in deliveries.deliveries(store)]
        (found,) = [
            name for name in names
            if next((self.settings.raw_dir / "proef_kaart" / name).glob("*.geojson")).read_bytes()
            == content
        ]  # fmt: skip
        return found

    @property
    def speaks(self) -> bytes:
        with open_store(self.settings.store_file) as store:
            (row,) = deliveries.speaking(store, MOMENT + timedelta(days=9), [])
        folder = self.settings.raw_dir / "proef_kaart" / row["delivery_id"]
        return next(folder.glob("*.geojson")).read_bytes()

    def new_rules(self) -> None:
        assert self.settings.catalog_dir is not None
        contract = self.settings.catalog_dir / "sources" / "proef_kaart.yaml"
        text = contract.read_text(encoding="utf-8")
        contract.write_text(text.replace("title: Kaart", "title: Nieuwe kaart"), encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    catalog = shutil.copytree(DATA / "catalog", tmp_path / "catalog")
    monkeypatch.setenv("PERINATAL_CATALOG_DIR", str(catalog))
    settings = Settings(data_dir=tmp_path / "data", catalog_dir=catalog)
    return House(settings, environment=monkeypatch)


def _written(house: House) -> list[tuple[object, ...]]:
    with open_store(house.settings.store_file) as store:
        return (
            store.connection.execute(
                "SELECT delivery_id, event FROM meta.delivery_event ORDER BY event_number"
            ).fetchall()
            + store.connection.execute("FROM meta.handover ORDER BY ALL").fetchall()
        )


def test_old_files_that_stay_in_the_inbox_change_nothing(house: House) -> None:
    house.put("proef_kaart_1.geojson", OLD)
    assert house.look() == ["proef_kaart_1.geojson: new"]
    house.put("proef_kaart_2.geojson", NEW)
    expected = ["proef_kaart_1.geojson: overtaken", "proef_kaart_2.geojson: new"]
    assert house.look() == [expected[0].replace("overtaken", "speaks"), expected[1]]
    written = _written(house)
    for _ in range(2):
        assert house.look() == [expected[0], "proef_kaart_2.geojson: speaks"]
    assert house.speaks == NEW
    assert _written(house) == written


def test_bytes_that_are_put_there_anew_speak_again_once(house: House) -> None:
    house.put("proef_kaart_1.geojson", OLD)
    house.look()
    house.put("proef_kaart_2.geojson", NEW)
    house.look()
    house.put("proef_kaart_3.geojson", OLD)  # the way back from a wrong correction
    assert house.look() == [
        "proef_kaart_1.geojson: overtaken",
        "proef_kaart_2.geojson: speaks",
        "proef_kaart_3.geojson: again",
    ]
    assert house.speaks == OLD
    house.look()
    assert house.speaks == OLD
    house.put("proef_kaart_2.geojson", NEW)  # the same file written once more
    house.look()
    house.look()
    assert house.speaks == NEW


def test_tidying_the_inbox_hands_nothing_over(house: House) -> None:
    old = house.put("proef_kaart_1.geojson", OLD)
    house.look()
    house.put("proef_kaart_2.geojson", NEW)
    house.look()
    (old.parent / "verwerkt").mkdir()
    old.rename(old.parent / "verwerkt" / "proef_kaart_oud.geojson")
    assert house.look()[-1] == "proef_kaart_oud.geojson: overtaken"
    shutil.move(old.parent / "verwerkt", house.settings.data_dir / "away")
    house.look()
    shutil.move(house.settings.data_dir / "away", old.parent / "verwerkt")
    house.look()
    assert house.speaks == NEW


def test_a_file_that_a_person_names_is_handed_over(house: House) -> None:
    old = house.put("proef_kaart_1.geojson", OLD)
    new = house.put("proef_kaart_2.geojson", NEW)
    house.look()
    assert house.name(new) == "speaks"
    assert house.name(old) == "again"
    assert house.name(old) == "speaks"
    assert house.look() == ["proef_kaart_1.geojson: speaks", "proef_kaart_2.geojson: overtaken"]
    assert house.speaks == OLD


def test_what_a_person_took_back_no_folder_brings_back(house: House) -> None:
    house.put("proef_kaart_1.geojson", OLD)
    house.look()
    new = house.put("proef_kaart_2.geojson", NEW)
    house.look()
    house.take_back(NEW)
    assert house.look()[-1] == "proef_kaart_2.geojson: withdrawn"
    house.put("proef_kaart_2.geojson", NEW)
    assert house.look()[-1] == "proef_kaart_2.geojson: withdrawn"
    house.new_rules()
    assert house.look() == [
        "proef_kaart_1.geojson: other_rules", "proef_kaart_2.geojson: withdrawn",
    ]  # fmt: skip
    assert house.speaks == OLD
    assert house.name(new) == "again"
    assert house.look() == ["proef_kaart_1.geojson: overtaken", "proef_kaart_2.geojson: speaks"]
    assert house.speaks == NEW


def test_other_rules_judge_anew_and_give_no_other_turn(house: House) -> None:
    # by the order of letters the older one would come last
    house.put("proef_kaart_b.geojson", OLD)
    house.look()
    house.put("proef_kaart_a.geojson", NEW)
    house.look()
    house.new_rules()
    assert house.look() == [
        "proef_kaart_a.geojson: other_rules",
        "proef_kaart_b.geojson: overtaken",
    ]
    assert house.speaks == NEW


def test_a_refused_file_never_comes_after_what_replaced_it(house: House) -> None:
    broken = OLD.replace(b'"code": "GM0999"', b'"code": "XX0999"')
    house.put("proef_kaart_b.geojson", broken)
    assert house.look() == ["proef_kaart_b.geojson: new"]
    assert house.look() == ["proef_kaart_b.geojson: refused"]
    house.new_rules()
    assert house.look() == ["proef_kaart_b.geojson: other_rules"]
    house.put("proef_kaart_a.geojson", NEW)
    house.look()
    house.new_rules()
    with open_store(house.settings.store_file) as store:
        # the turn of a delivery is that of its hand-over, by whatever rules it is accepted
        name = house.id_of(broken)
        event = deliveries.last_event(store, name)
        assert event is not None
        moment = MOMENT + timedelta(days=1)
        accepted = DeliveryEvent(name, moment, "accepted", "other", "", event.turn)
        deliveries.record_event(store, accepted)
    assert house.speaks == NEW


def test_judging_an_earlier_patch_anew_leaves_the_later_one_on_top(house: House) -> None:
    assert house.settings.catalog_dir is not None
    contract = house.settings.catalog_dir / "sources" / "proef_kaart.yaml"
    contract.write_text(contract.read_text(encoding="utf-8") + "redelivery: patch\n", "utf-8")
    house.put("proef_kaart_1.geojson", OLD)
    house.look()
    later = house.put("proef_kaart_2.geojson", NEW)
    house.look()
    later.unlink()
    house.new_rules()
    assert house.look() == ["proef_kaart_1.geojson: other_rules"]
    with open_store(house.settings.store_file) as store:
        speaking = deliveries.speaking(store, MOMENT + timedelta(days=9), ["proef_kaart"])
    assert [row["delivery_id"] for row in speaking] == [house.id_of(OLD), house.id_of(NEW)]


def test_a_store_that_knows_no_moments_hands_nothing_over(house: House) -> None:
    """Those of before 0.2: all that lies in the inbox was seen."""
    house.put("proef_kaart_b.geojson", OLD)
    house.look()
    house.put("proef_kaart_a.geojson", NEW)
    house.look()
    with open_store(house.settings.store_file) as store:
        store.connection.execute("DELETE FROM meta.handover")
        store.connection.execute("UPDATE meta.delivery_event SET turn = NULL")
    assert house.look() == ["proef_kaart_a.geojson: speaks", "proef_kaart_b.geojson: overtaken"]
    house.new_rules()
    house.look()
    assert house.speaks == NEW
    house.put("proef_kaart_b.geojson", OLD)
    assert house.look()[-1] == "proef_kaart_b.geojson: again"


def test_an_upgrade_hands_nothing_over() -> None:
    event = DeliveryEvent("d", MOMENT, "accepted", "1", "", 1)
    seen = Past(event, frozenset([datetime(2000, 1, 1)]), waits=False, overtaken=True)  # noqa: DTZ001
    shipped = next((PACKAGED / "deliveries").iterdir())
    assert not handed_over_again(seen, shipped, named=False)
    assert handed_over_again(seen, shipped, named=True)
    assert handed_over_again(seen, Path(__file__), named=False)


def test_who_was_killed_before_judging_keeps_the_turn(house: House) -> None:
    old = house.put("proef_kaart_1.geojson", OLD)
    house.look()
    house.put("proef_kaart_2.geojson", NEW)
    house.look()
    settings = house.at_work()
    catalog = load_catalog(settings.catalog_dir)
    asked = receive.receive(old, catalog, settings, named=True)  # and then it is killed
    assert asked.todo == "again"
    assert house.speaks == NEW
    assert house.look() == ["proef_kaart_1.geojson: again", "proef_kaart_2.geojson: overtaken"]
    assert house.speaks == OLD


def test_a_patch_is_never_overtaken() -> None:
    event = DeliveryEvent("d", datetime(2026, 1, 1, tzinfo=UTC), "accepted", "1", "", 1)
    past = Past(event, frozenset(), waits=False, overtaken=True)
    asked = {"again": False, "named": False, "full": False}
    assert what_to_do(past, **asked, same_rules=True) == "speaks"
    assert what_to_do(past, **asked, same_rules=False) == "other_rules"
    assert what_to_do(past, **asked | {"again": True}, same_rules=True) == "again"
