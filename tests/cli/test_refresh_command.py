"""`perinatal refresh`: the sequence of the flow, without a server and without Prefect."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perinatal.alerts import open_troubles
from perinatal.errors import RetriableError, UserError
from perinatal.pipeline import inbox, refresh
from perinatal.pipeline.build import Built
from perinatal.pipeline.watch import alone, marked
from perinatal.settings import Settings
from tests.conftest import MOMENT

Call = Callable[..., Any]
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A map in the inbox; what would follow on figures is put in its place."""
    monkeypatch.setenv("PERINATAL_CATALOG_DIR", str(DATA / "catalog"))
    monkeypatch.setenv("PERINATAL_NOW", MOMENT.isoformat())
    made = refresh.Made("e1", {"stad": ["stad.html"]}, frozenset({"stad"}))
    monkeypatch.setattr(
        refresh, "build", lambda *_: Built("e1", tmp_path, shown=3, withheld=1, new=True)
    )
    monkeypatch.setattr(refresh, "startfotos", lambda *_: made)
    monkeypatch.setattr(refresh, "speak", lambda: None)
    (tmp_path / "shipped" / "deliveries").mkdir(parents=True)
    monkeypatch.setattr(inbox, "PACKAGED", tmp_path / "shipped")
    settings = Settings(data_dir=tmp_path / "data")
    settings.inbox_dir.mkdir(parents=True)
    content = (DATA / "proef_kaart_2021.geojson").read_bytes()
    (settings.inbox_dir / "proef_kaart_1.geojson").write_bytes(content)
    return settings


def test_it_shows_what_was_made(perinatal: Call, house: Settings) -> None:
    answer = perinatal("--data", house.data_dir, "refresh")
    assert answer.code == 0, answer.err
    assert answer.out == "stad\n  stad.html\n1 of them stand as they were.\n"
    assert not list((house.data_dir / "runs").iterdir())
    assert open_troubles(house) == []


def test_a_file_that_is_not_loaded_is_named_and_changes_the_exit_code(
    perinatal: Call, house: Settings
) -> None:
    (house.inbox_dir / "notulen.txt").write_text("no delivery")
    (house.inbox_dir / "proef_telling_kapot.csv").write_text("a;b\n1;2\n")
    answer = perinatal("--data", house.data_dir, "refresh")
    assert answer.code == refresh.REFUSED == 5
    assert "  proef_telling_kapot.csv: rejected\n  notulen.txt: unknown" in answer.out
    kinds = sorted(trouble.alert.kind for trouble in open_troubles(house))
    assert kinds == ["left_in_inbox", "rejected"]
    # and again, when it merely still lies there
    assert perinatal("--data", house.data_dir, "refresh").code == refresh.REFUSED
    times = {trouble.alert.kind: trouble.times for trouble in open_troubles(house)}
    assert times == {"rejected": 1, "left_in_inbox": 2}


def test_two_refreshes_of_one_folder_do_not_run_through_each_other(
    perinatal: Call, house: Settings
) -> None:
    with alone(house, patience=0):
        answer = perinatal("--data", house.data_dir, "refresh")
    assert answer.code == RetriableError.exit_code
    assert "another refresh" in answer.err
    # who is at the keyboard knows
    assert open_troubles(house) == []
    assert perinatal("--data", house.data_dir, "refresh").code == 0


def test_a_refresh_that_ends_badly_is_told_with_its_step(
    perinatal: Call, house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> Built:
        raise ValueError("GM9901 has 3 cases")

    monkeypatch.setattr(refresh, "build", stumble)
    assert perinatal("--data", house.data_dir, "refresh").code == 1
    (trouble,) = open_troubles(house)
    assert trouble.alert.kind == "crashed"
    assert "'look_around' (ValueError)" in trouble.alert.problem
    assert "3 cases" not in trouble.alert.model_dump_json()
    assert not list((house.data_dir / "runs").iterdir())


def test_a_killed_run_is_told_by_the_next(perinatal: Call, house: Settings) -> None:
    kill = (
        "import os, sys; from pathlib import Path; from perinatal.settings import Settings\n"
        "from perinatal.pipeline.watch import note_step, watched\n"
        "with watched('refresh', Settings(data_dir=Path(sys.argv[1]))):\n"
        "    note_step('take_in'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", kill, str(house.data_dir)]).returncode == 9
    (marker,) = (house.data_dir / "runs").glob("*.json")
    assert json.loads(marker.read_text())["step"] == "take_in"
    assert perinatal("--data", house.data_dir, "refresh").code == 0
    (message,) = house.alerts_dir.glob("*.txt")
    assert "verdwenen bij de stap 'take_in'" in " ".join(message.read_text().split())
    assert open_troubles(house) == []
    assert not list((house.data_dir / "runs").iterdir())


def test_a_run_within_a_run_has_no_marker_of_its_own(house: Settings) -> None:
    with marked("outer", house), marked("inner", house):
        assert [file.stem for file in (house.data_dir / "runs").glob("*.json")] == ["outer"]


def test_a_store_that_is_busy_for_a_moment_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "RETRY_DELAYS", (0, 0))
    tries: list[type[Exception]] = []

    def busy() -> None:
        tries.append(RetriableError if len(tries) < 2 else UserError)
        raise tries[-1]("not now")

    with pytest.raises(UserError):
        refresh.HERE.step(busy)
    assert tries == [RetriableError, RetriableError, UserError]


def test_neither_prefect_nor_great_expectations_is_imported_without_need(house: Settings) -> None:
    """A map, a file that is rejected and bytes that speak already are judged without a suite."""
    (house.inbox_dir / "proef_telling_kapot.csv").write_text("a;b\n1;2\n")
    look = (
        "import sys; from perinatal.pipeline import build, refresh\n"
        "for _ in range(2):\n"
        "    outcomes = refresh.ingest(sys.argv[2:], sys.argv[1])\n"
        "print([outcome.todo for outcome in outcomes])\n"
        "print({name.partition('.')[0] for name in sys.modules} & "
        "{'prefect', 'great_expectations'})"
    )
    files = sorted(map(str, house.inbox_dir.iterdir()))
    said = subprocess.run(
        [sys.executable, "-c", look, str(house.data_dir), *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.stdout == "['speaks', 'refused']\nset()\n", said.stderr
