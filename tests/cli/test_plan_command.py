"""The publication plan from the command line: shown, written, approved, drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from perinatal.catalog import load_catalog

Call = Callable[..., Any]
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue folder of one's own."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("PERINATAL_CATALOG_DIR", str(folder))
    return folder


def test_the_plan_says_what_is_joined_and_why(at_home: Call) -> None:
    answer = at_home("plan", "oefenregio")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert "Proefdorp (GM9902, boundaries of 2022)" in lines
    assert lines.count("no register: cut on births; --write makes it a file") == 2
    (joined,) = [line for line in lines if line.startswith("SG990202")]
    assert "Leeuwerikveld en Vlasbrink" in joined
    assert "WK990202 WK990203" in joined
    assert "too small alone: Leeuwerikveld (" in joined
    (alone,) = [line for line in lines if line.startswith("WK990105")]
    assert alone.endswith("large enough alone")
    # mortality: one block for a town that is large enough, none for a village
    deaths = [line for line in lines if "perinatale_sterfte" in line and "24w-7d" in line]
    assert [(line.split()[0], "2016-2020 yes" in line, "none" in line) for line in deaths] == [
        ("Oefenstad", True, True),
        ("Proefdorp", False, True),
        ("Oefenstad", True, True),
    ]
    (years,) = [li for li in lines if li.startswith("Oefenstad") and " vroeggeboorte " in li
                and "en Proefdorp" not in li]  # fmt: skip
    assert "2016-2025" in years


def test_the_plan_as_json(at_home: Call) -> None:
    found = json.loads(at_home("plan", "proefdorp", "--json").out)
    (town,) = found["municipalities"]
    assert (town["municipality"], town["state"], town["least"]) == ("GM9902", "cut", 20)
    assert [area["code"] for area in town["areas"]] == ["SG990201", "SG990202"]
    for area in town["areas"]:
        assert area["expected"] >= 20
        assert [(p["start"], p["end"]) for p in area["periods"]] == [(2016, 2020), (2021, 2025)]
    (sga,) = [one for one in found["shows"] if one["indicator"] == "sga"]
    assert sga["years"] == list(range(2016, 2026))


def test_a_register_is_written_edited_approved_and_built_on(at_home: Call, own: Path) -> None:
    before = json.loads(at_home("plan", "oefenregio", "--json").out)
    answer = at_home("plan", "oefenregio", "--write")
    files = [own / "startfotogebieden" / f"GM990{n}-2022.yaml" for n in (1, 2)]
    assert (answer.code, answer.out) == (0, "")
    assert [f"written: {file}" in answer.err for file in files] == [True, True]
    drafted = json.loads(at_home("plan", "oefenregio", "--json").out)
    assert [town.pop("state") for town in drafted["municipalities"]] == ["draft", "draft"]
    assert [town.pop("state") for town in before["municipalities"]] == ["cut", "cut"]
    assert drafted == before
    file = files[1]
    renamed = '"Het oosten: Leeuwerikveld, Vlasbrink"'
    edited = file.read_text().replace('"Leeuwerikveld en Vlasbrink"', renamed)
    file.write_text(edited)
    answer = at_home("plan", "oefenregio", "--approve", "--by", "epidemioloog van de GGD")
    assert answer.code == 0, answer.err
    assert answer.err.count("approved: ") == 2
    register = load_catalog(own).registers["GM9902-2022"]
    assert (register.approved_by, str(register.approved_on)) == (
        "epidemioloog van de GGD", "2026-01-02",
    )  # fmt: skip
    assert register.areas[1].name == "Het oosten: Leeuwerikveld, Vlasbrink"
    # nothing but the two lines changed: remarks are the analyst's own
    signed = [line for line in file.read_text().splitlines() if not line.startswith("approved_")]
    assert signed == edited.splitlines()
    shown = at_home("plan", "proefdorp").out
    assert "approved register: epidemioloog van de GGD, 2026-01-02" in shown
    assert at_home("check").code == 0


def test_a_file_that_is_there_is_never_overwritten(at_home: Call, own: Path) -> None:
    assert at_home("plan", "proefdorp", "--write").code == 0
    file = own / "startfotogebieden" / "GM9902-2022.yaml"
    file.write_text(file.read_text() + "# van mij\n")
    kept = file.read_bytes()
    for area in ("proefdorp", "oefenregio"):
        answer = at_home("plan", area, "--write")
        assert answer.code == 2
        assert f"Proefdorp has a register already: {file}" in answer.err
    assert file.read_bytes() == kept
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--approve"], "--approve and --by ROLE go together"),
        (["--by", "epidemioloog"], "--approve and --by ROLE go together"),
        (["--write", "--approve", "--by", "epidemioloog"], "First --write"),
        (["--approve", "--by", "epidemioloog"], "no draft in"),
        (["--approve", "--by", "  "], "needs a role"),
        (["--approve", "--by", "koploper"], "ranking"),
    ],
)
def test_what_cannot_be_approved(at_home: Call, own: Path, arguments: list[str], said: str) -> None:
    answer = at_home("plan", "proefdorp", *arguments)
    assert answer.code == 2
    assert said in answer.err
    assert not list(own.rglob("*.yaml"))


def test_an_approval_is_given_once(at_home: Call, own: Path) -> None:
    assert at_home("plan", "proefdorp", "--write").code == 0
    assert at_home("plan", "proefdorp", "--approve", "--by", "epidemioloog").code == 0
    answer = at_home("plan", "proefdorp", "--approve", "--by", "iemand anders")
    assert answer.code == 2
    assert "nothing waits for approval" in answer.err


def test_without_a_folder_of_ones_own_it_is_catalog(at_home: Call, tmp_path: Path) -> None:
    answer = at_home("plan", "proefdorp", "--write")
    assert "Next: PERINATAL_CATALOG_DIR=catalog perinatal plan proefdorp" in answer.err
    assert at_home("plan", "proefdorp", "--approve", "--by", "epidemioloog").code == 0
    text = (tmp_path / "catalog" / "startfotogebieden" / "GM9902-2022.yaml").read_text()
    assert 'approved_by: "epidemioloog"' in text


def test_an_area_that_became_too_small_is_told(at_home: Call, own: Path) -> None:
    assert at_home("plan", "proefdorp", "--write").code == 0
    file = own / "startfotogebieden" / "GM9902-2022.yaml"
    text = file.read_text().replace("[WK990200, WK990201]", "[WK990200, WK990201, WK990203]")
    text = text.replace("code: SG990202", "code: WK990202")
    file.write_text(text.replace("[WK990202, WK990203]", "[WK990202]"))
    assert "below 20: gets no figures" in at_home("plan", "proefdorp").out
    answer = at_home("plan", "proefdorp", "--approve", "--by", "epidemioloog")
    assert "fewer than 20 expected cases" in answer.err


def test_the_drawing_says_in_words_what_it_shows(at_home: Call, tmp_path: Path) -> None:
    file = tmp_path / "kaart.svg"
    assert at_home("plan", "oefenregio", "--map", file).code == 0
    drawing = ElementTree.fromstring(file.read_text())
    assert drawing.get("role") == "img"
    assert drawing.get("lang") == "nl"
    assert drawing.findtext(f"{_SVG}title") == "Startfotogebieden van Oefenstad en Proefdorp"
    told = drawing.findtext(f"{_SVG}desc") or ""
    assert "Proefdorp heeft 2 gebieden." in told
    assert "Leeuwerikveld en Vlasbrink" in told
    texts = [element.text or "" for element in drawing.iter(f"{_SVG}text")]
    # a number in each of the 18 wijken, and 14 names and 2 headings below
    assert sum(text.isdigit() for text in texts) == 18
    assert [text.strip() for text in texts[18:]][-1] == "14  Leeuwerikveld en Vlasbrink"
    # the same drawing again, to the byte
    first = file.read_bytes()
    assert at_home("plan", "oefenregio", "--map", file).code == 0
    assert file.read_bytes() == first


def test_an_unknown_area_and_an_empty_store(at_home: Call, perinatal: Call) -> None:
    answer = at_home("plan", "nergens")
    assert answer.code == 2
    assert "no area 'nergens'" in answer.err
    answer = perinatal("--data", "leeg", "plan", "oefenstad")
    assert answer.code == 2
    assert "the store is empty" in answer.err


def test_an_area_without_a_map(at_home: Call) -> None:
    answer = at_home("plan", "almere")
    assert answer.code == 2
    assert "on no map of 2022" in answer.err
