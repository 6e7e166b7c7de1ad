"""The files of tests/data: what is bad ends in its verdict, what is odd but good is accepted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from perinatal.catalog import Catalog, Source
from perinatal.ingest.conform import conform, observations
from perinatal.pipeline import receive
from perinatal.store import deliveries, open_store
from tests.ingest.conftest import DATA, PLANTED, Watched, contents

# one process for all of them, beside that of the other tests with Great Expectations
pytestmark = pytest.mark.xdist_group("corpus")

CELL = ["variable", "region", "period_start"]
Case = dict[str, Any]


def _cases(folder: str) -> dict[str, Case]:
    return yaml.safe_load((DATA / folder / "cases.yaml").read_text(encoding="utf-8"))


BAD, GOOD = _cases("bad"), _cases("good")


def _catalog(catalog: Catalog, case: Case) -> tuple[Catalog, Source]:
    """The catalogue with what the contract of this case says otherwise."""
    source = catalog.sources[case.get("source", "proef_telling")]
    content = json.loads(source.model_dump_json()) | case.get("contract", {})
    source = Source.model_validate_json(json.dumps(content))
    return catalog.model_copy(update={"sources": {**catalog.sources, source.id: source}}), source


def test_every_file_is_a_case_and_no_two_are_the_same_delivery() -> None:
    for folder, cases in (("bad", BAD), ("good", GOOD)):
        assert set(cases) == {f.name for f in (DATA / folder).iterdir()} - {"cases.yaml"}
    files = [
        DATA / folder / name for folder, cases in (("bad", BAD), ("good", GOOD)) for name in cases
    ]
    assert len({file.read_bytes() for file in files}) == len(files)
    assert len(BAD) >= 60
    assert len(GOOD) >= 15


def test_the_script_makes_exactly_these_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DATA / "make.py", tmp_path], check=True, timeout=120)
    made = {str(f.relative_to(tmp_path)): f.read_bytes() for f in tmp_path.rglob("*.*")}
    there = {
        str(file.relative_to(DATA)): file.read_bytes()
        for file in (*DATA.glob("bad/*"), *DATA.glob("good/*"), *DATA.glob("*.geojson"))
        if file.name != "cases.yaml"
    }
    assert made.keys() == there.keys()
    assert [name for name in made if made[name] != there[name]] == []


def _file(name: str, folder: Path) -> Path:
    """The file under the name that it is delivered with."""
    file = DATA / "bad" / name
    if "named" in BAD[name]:
        return Path(shutil.copyfile(file, folder / BAD[name]["named"]))
    return file


@pytest.mark.parametrize("name", [name for name, case in BAD.items() if "in_part" not in case])
def test_bad(name: str, house: Watched, tmp_path: Path) -> None:
    case = BAD[name]
    catalog, source = _catalog(house.catalog, case)
    outcome = house.refuse(_file(name, tmp_path), source.id, catalog)
    verdict = "rejected" if "rejected" in case else "quarantined"
    assert (outcome.verdict, case[verdict] in outcome.rules) == (verdict, True), outcome
    said = outcome.message if verdict == "rejected" else outcome.told
    assert [words for words in case["says"] if words not in said] == [], said


@pytest.mark.parametrize("name", [name for name, case in BAD.items() if "in_part" in case])
def test_bad_in_part(name: str, house: Watched, tmp_path: Path) -> None:
    """The cells that a rule stops never speak, whatever becomes of the rest."""
    case = BAD[name]
    catalog, source = _catalog(house.catalog, case)
    data = shutil.copytree(house.settings.data_dir, tmp_path / "data")
    settings = house.settings.model_copy(update={"data_dir": data})
    before = set(settings.alerts_dir.glob("*.txt"))
    judged = receive.ingest(_file(name, tmp_path), catalog, settings, source.id)
    assert judged.verdict == "accepted_with_warnings"
    assert case["in_part"] in {r.id for r in judged.results if r.outcome == "failed"}
    with open_store(settings.store_file) as store:
        rows = deliveries.observations_as_of(
            store, settings.clock(), catalog.patching, catalog.keeping
        )
    new = rows[(rows["delivery_id"] == judged.delivery_id) & rows["value"].notna()]
    spoken = {f"{row.variable} {row.period_start} {row.region}" for row in new.itertuples()}
    assert spoken
    assert spoken & set(case["cells"]) == set()
    texts = [f.read_text(encoding="utf-8") for f in set(settings.alerts_dir.glob("*.txt")) - before]
    said = " ".join(" ".join(texts).split())
    assert [words for words in case["says"] if words not in said] == [], said
    assert [value for value in PLANTED if value in said] == []


def _figures(file: Path, source: Source, known: set[str]) -> pd.DataFrame:
    rows = observations(conform(file, source, known), source)
    return rows.set_index(CELL)[["value", "status"]].sort_index()


@pytest.mark.parametrize("name", GOOD)
def test_good_reads_the_same(name: str, house: Watched, known: set[str]) -> None:
    case = GOOD[name]
    _, source = _catalog(house.catalog, case)
    plain = _figures(DATA / "good" / "gewoon.csv", house.catalog.sources["proef_telling"], known)
    differs = plain.compare(_figures(DATA / "good" / name, source, known), keep_equal=True)
    told = {
        f"{variable} {year} {region}": status
        for (variable, region, year), status in differs.get(("status", "other"), {}).items()
    }
    assert told == case.get("differs", {})


@pytest.mark.parametrize("name", [name for name, case in GOOD.items() if not case.get("alike")])
def test_good_is_accepted(name: str, house: Watched) -> None:
    """Those that leave the same rows as another one ('alike') need not be judged again."""
    catalog, source = _catalog(house.catalog, GOOD[name])
    troubles = set(house.settings.alerts_dir.glob("*"))
    judged = receive.ingest(DATA / "good" / name, catalog, house.settings, source.id)
    told = [result for result in judged.results if result.outcome != "passed"]
    verdict = GOOD[name].get("verdict", "accepted")
    assert judged.verdict == verdict, told
    assert not judged.already_known
    if verdict == "accepted":
        assert set(house.settings.alerts_dir.glob("*")) <= troubles
    with open_store(house.settings.store_file) as store:
        rows = deliveries.observations_as_of(
            store, house.settings.clock(), catalog.patching, catalog.keeping
        )
    own = rows[rows["source"] == source.id]
    assert set(own["delivery_id"]) == {judged.delivery_id}
    assert len(own) == 63


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("bad/marker_x.csv", 4),
        ("good/workbook.xlsx", 0),
    ],
)
def test_through_the_command(name: str, code: int, house: Watched, tmp_path: Path) -> None:
    """A person who types the command is told the same, and may read the exit code."""
    folder, _, file_name = name.partition("/")
    case = (BAD if folder == "bad" else GOOD)[file_name]
    data = shutil.copytree(house.settings.data_dir, tmp_path / "data")
    settings = house.settings.model_copy(update={"data_dir": data})
    before = contents(settings)
    file = Path(shutil.copyfile(DATA / name, tmp_path / case.get("named", file_name)))
    words = ["ingest", str(file), "--source", case.get("source", "proef_telling")]
    done = subprocess.run(
        [sys.executable, "-m", "perinatal.cli", "--data", str(data), *words],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        env={
            **os.environ, "PYTHONIOENCODING": "utf-8",
            "PERINATAL_CATALOG_DIR": str(DATA / "catalog"),
            "PERINATAL_NOW": house.settings.clock().isoformat(),
        },
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code == 0:
        assert done.stdout.startswith("accepted")
        return
    assert contents(settings) == before
    assert case.get("rejected", case.get("quarantined")) in done.stderr
    told = done.stderr.replace("\n", " ")
    if code == 4:
        assert [w for w in case["says"] if not all(part in told for part in w.split(":"))] == []
