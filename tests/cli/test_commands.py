"""Every command: what it prints, where, and with which exit code it ends."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from perinatal.cli.steps import QUARANTINED
from perinatal.errors import CatalogError, RejectedDelivery, StoreBusy, UserError

if TYPE_CHECKING:
    from tests.conftest import Practice

pytestmark = pytest.mark.xdist_group("gx")

Call = Callable[..., Any]
Write = Callable[[str, bytes], Path]


@pytest.fixture
def wrong_column(practice_data: Practice, delivery: Write) -> Path:
    content = practice_data.figures.read_bytes().replace(b"te_vroeg;", b"te_vroegg;", 1)
    return delivery("oefenregio_perinataal_kolom.csv", content)


@pytest.fixture
def too_many(practice_data: Practice, delivery: Write) -> Path:
    """More preterm births than births, in Oefenstad in 2025."""
    lines = practice_data.figures.read_text().split("\n")
    place = next(i for i, line in enumerate(lines) if line.startswith("2025;gemeente;GM9901;"))
    cells = lines[place].split(";")
    cells[lines[0].split(";").index("te_vroeg")] = "987654"
    lines[place] = ";".join(cells)
    return delivery("oefenregio_perinataal_te_veel.csv", "\n".join(lines).encode())


def test_ingest_puts_maps_first_and_a_folder_means_its_files(
    perinatal: Call, practice_data: Practice
) -> None:
    first = perinatal("--data", "d", "ingest", practice_data.figures, practice_data.map)
    assert first.code == 0
    lines = first.out.splitlines()
    assert [line.split()[0] for line in lines] == ["accepted", "accepted"]
    assert practice_data.map.name in lines[0]
    assert practice_data.figures.name in lines[1]
    again = perinatal("--data", "d", "ingest", practice_data.map.parent)
    assert again.code == 0
    assert again.out.count("read before, nothing changed") == 2


def test_ingest_of_a_rejected_file(at_home: Call, wrong_column: Path, practice: Practice) -> None:
    answer = at_home("ingest", wrong_column, practice.map)
    assert answer.code == RejectedDelivery.exit_code
    # the good file beside it is read all the same
    assert f"rejected                {wrong_column.name}" in answer.out
    assert "accepted                oefenregio_grenzen" in answer.out
    for part in (
        "where     column 6",
        "Did you mean 'te_vroeg'?",
        "rule      STR-COLUMN",
        "expected  the columns of oefen_perinataal.yaml",
        "Nothing was loaded.",
    ):
        assert part in answer.err

    # the stored message can be read again later
    shown = at_home("quality", "oefen_perinataal-", "--json")
    assert shown.code == UserError.exit_code  # two deliveries begin like that
    shown = at_home("quality")
    assert "verdict   rejected" in shown.out
    assert "'te_vroegg' is not in the contract" in shown.out


def test_ingest_of_a_file_with_one_bad_cell(at_home: Call, too_many: Path) -> None:
    answer = at_home("ingest", too_many)
    assert answer.code == QUARANTINED
    assert answer.out.startswith(f"accepted in part        {too_many.name}")
    (rule,) = [line for line in answer.err.splitlines() if "OEF-PART-1 " in line]
    assert "failed" in rule
    assert "1 row" in rule
    assert "at: 2025 GM9901" in answer.err
    assert "987654" not in answer.out + answer.err
    assert "Only what the failed rules touch stays out" in answer.err
    assert "Ask the sender for a corrected file" in answer.err

    shown = json.loads(at_home("quality", "--json").out)
    assert shown["verdict"] == "accepted_with_warnings"
    failed = {rule["id"]: rule for rule in shown["rules"] if rule["outcome"] == "failed"}
    assert failed["OEF-PART-1"]["rows"] == 1
    assert failed["OEF-PART-1"]["keys"] == ["2025 GM9901"]
    text = at_home("quality", shown["delivery"]).out
    assert "OEF-PART-1" in text
    # what failed stands first
    assert text.index("failed") < text.index("passed  ")


def test_superseded_bytes_speak_again_when_they_are_ingested_again(
    at_home: Call, practice: Practice, delivery: Write
) -> None:
    newer = delivery("oefenregio_perinataal_b.csv", practice.figures.read_bytes() + b"\n")
    assert at_home("ingest", newer).code == 0
    answer = at_home("ingest", practice.figures)
    assert answer.code == 0
    assert "read before" not in answer.out
    assert "read before" in at_home("ingest", practice.figures).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ingest"], "Name at least one file"),
        (["ingest", "nowhere.csv"], "nowhere.csv: no such file"),
        (["ingest", "--source", "nobody", "known.csv"], "no source 'nobody'. Known: "),
        (["ingest", "known.csv"], "no source expects a file with this name"),
        (["build"], "the store is empty"),
        (["quality"], "nothing was delivered here yet"),
        (["startfoto"], "Missing argument 'AREA...'"),
        (["startfoto", "atlantis"], "no area 'atlantis'. Known: .*oefenstad"),
        (["startfoto", "oefenstad"], "no edition yet. Run 'perinatal build' first"),
        (
            ["startfoto", "oefenstad", "--formats", "docx"],
            "choose from html, pdf, pptx, xlsx, csv, json",
        ),
        (["nonsense"], "No such command 'nonsense'"),
    ],
)
def test_a_mistake_of_the_user(
    perinatal: Call, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "known.csv").write_text("a;b\n1;2\n")
    answer = perinatal("--data", tmp_path / "d", *arguments)
    assert answer.code == UserError.exit_code
    assert re.search(message, answer.err), answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""


def test_build_and_startfoto_print_where_it_is(at_home: Call, practice: Practice) -> None:
    built = at_home("build")
    assert built.code == 0
    assert f"edition   {practice.edition_id}" in built.out
    assert "nothing new" in built.out
    answer = at_home(
        "startfoto", "oefenstad", "proefdorp", "--formats", "html,json",
        "--variants", "volledig", "--out", "here",
        "--edition", practice.edition_id,
    )  # fmt: skip
    assert answer.code == 0, answer.err
    paths = [Path(line) for line in answer.out.splitlines()]
    assert [path.name for path in paths] == [
        "startfoto-oefenstad.json", "startfoto-oefenstad.html",
        "startfoto-proefdorp.json", "startfoto-proefdorp.html",
    ]  # fmt: skip
    assert all(path.is_file() and path.stat().st_size > 1000 for path in paths)
    assert answer.err == ""
    assert at_home("startfoto", "oefenstad", "--edition", "e1").code == UserError.exit_code


def test_lists(perinatal: Call) -> None:
    areas, indicators, sources = (perinatal(x).out for x in ("areas", "indicators", "sources"))
    assert "GM9901 GM9902" in areas
    assert "perinatale_sterfte" in indicators
    header, *lines = sources.splitlines()
    places = [header.index(name) for name in header.split()]
    for line in lines:  # aligned: a column begins where its heading does
        assert all(line[place - 1] == " " and line[place] != " " for place in places[1:])
    (practice,) = [line for line in lines if line.startswith("oefen_perinataal ")]
    assert practice.split()[1:6] == ["figures", "oefenregio_perinataal_*.csv", "full", "yes", "MIT"]


def test_status(at_home: Call, practice: Practice, wrong_column: Path) -> None:
    at_home("ingest", wrong_column)
    for sent in practice.settings.alerts_dir.glob("*.sent.json"):
        sent.unlink()
    found = json.loads(at_home("status", "--json").out)
    own = {one["source"]: one["deliveries"] for one in found["sources"]}
    assert [(one["verdict"], one["speaks"]) for one in own["oefen_perinataal"]] == [
        ("rejected", False),
        ("accepted", True),
    ]
    assert own["kansenkloof_totalen"] == []
    assert [one["edition"] for one in found["editions"]] == [practice.edition_id]
    assert [one["file"] for one in found["unsent_alerts"]] == [wrong_column.name]
    text = at_home("status").out
    assert f"unsent alert  {found['unsent_alerts'][0]['alert']}  rejected" in text
    assert "nothing came yet from: " in text
    assert practice.edition_id in text


def test_status_of_nothing_makes_nothing(perinatal: Call, tmp_path: Path) -> None:
    answer = perinatal("--data", tmp_path / "new", "status")
    assert answer.code == 0
    assert "no edition published yet" in answer.out
    assert not (tmp_path / "new").exists()


def test_check(
    perinatal: Call, own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = perinatal("check")
    assert good.code == 0
    assert good.out.startswith("all fits: ")
    mine = shutil.copytree(own_folder, tmp_path / "own")
    monkeypatch.setenv("PERINATAL_CATALOG_DIR", str(mine))
    assert perinatal("check").code == 0
    for file, old, new in (
        ("areas/het-dorp.yaml", "name", "naam"),
        ("expectations/eigen_telling.yaml", "min_value", "min_valeu"),
    ):
        (mine / file).write_text((mine / file).read_text().replace(old, new))
    bad = perinatal("check")
    assert bad.code == CatalogError.exit_code
    for part in ("het-dorp.yaml: naam", "het-dorp.yaml: name", "eigen_telling.yaml: EIG-RANGE",
                 "EIG-SMALL", "faults found"):  # fmt: skip
        assert part in bad.err
    assert bad.out == ""


def test_example_says_that_it_is_invented(perinatal: Call) -> None:
    answer = perinatal("--data", "my data", "example")
    assert answer.code == 0
    assert all(Path(line).is_file() for line in answer.out.splitlines())
    assert "invented: Oefenstad and Proefdorp do not exist" in answer.err
    assert "perinatal --data 'my data' ingest 'my data/example'" in answer.err


def test_the_published_national_figures_ship_with_it(at_home: Call) -> None:
    answer = at_home("ingest", "--published")
    assert answer.code == 0
    assert "landelijk_gepubliceerd_" in answer.out


def test_a_busy_store_says_what_to_do(at_home: Call, practice: Practice) -> None:
    script = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, practice.settings.store_file],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        answer = at_home("status")
        # what is published can be read all the same
        assert at_home("startfoto", "oefenstad", "--formats", "json").code == 0
    finally:
        holder.kill()
        holder.communicate()
    assert answer.code == StoreBusy.exit_code
    assert "Wait until it has finished and try again" in answer.err
    assert "Traceback" not in answer.err


def test_a_wrong_setting_is_named(perinatal: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERINATAL_NOW", "yesterday")
    answer = perinatal("status")
    assert answer.code == UserError.exit_code
    assert "PERINATAL_NOW: " in answer.err


def test_a_folder_that_cannot_be_made(perinatal: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = perinatal("--data", tmp_path / "file" / "data", "example")
    assert answer.code == UserError.exit_code
    assert "Check the folder and its rights" in answer.err


def test_a_fault_of_ours_shows_no_traceback_and_no_cell(
    at_home: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("cell 987654")

    monkeypatch.setattr("perinatal.pipeline.build.build", fail)
    answer = at_home("build")
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "this is a fault of perinatal (ValueError)" in answer.err
    assert "987654" not in answer.err


def test_build_as_of_an_earlier_day_finds_nothing_before_the_first_delivery(at_home: Call) -> None:
    answer = at_home("build", "--as-of", "2020-01-01")
    assert answer.code == 2
    assert "the store is empty" in answer.err


@pytest.mark.parametrize("kind", ["--national", "--one-reference"])
def test_an_invented_country_says_how_to_go_on(
    perinatal: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("perinatal.practice.country.MUNICIPALITIES", 2)
    answer = perinatal("example", kind, "new land")
    assert answer.code == 0
    assert all((tmp_path / line).exists() for line in answer.out.splitlines())
    assert len(answer.out.splitlines()) == 5
    catalog = tmp_path / "new land" / "catalog"
    assert f"export PERINATAL_CATALOG_DIR='{catalog}'" in answer.err
    assert "perinatal ingest 'new land/deliveries'" in answer.err
    monkeypatch.setenv("PERINATAL_CATALOG_DIR", str(catalog))
    assert perinatal("check").code == 0
    assert answer.err.split("startfoto ")[-1].strip() in perinatal("areas").out
