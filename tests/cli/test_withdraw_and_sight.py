"""Taking a delivery back, what births can show, and the quality page, from the command line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from perinatal.errors import UserError
from perinatal.store import deliveries, open_store

if TYPE_CHECKING:
    from tests.conftest import Practice

Call = Callable[..., Any]
Write = Callable[[str, bytes], Path]

MAP = "oefen_grenzen"
"""Deliveries of maps are judged without Great Expectations, which takes seconds to import."""


@pytest.fixture
def newer_map(at_home: Call, practice: Practice, delivery: Write) -> str:
    """Id of a second delivery of the map, which speaks now."""
    file = delivery("oefenregio_grenzen_nieuw.geojson", practice.map.read_bytes() + b"\n")
    answer = at_home("ingest", file)
    assert answer.code == 0, answer.err
    (name,) = re.findall(rf"{MAP}-\w+", answer.out)
    return str(name)


def _of(at_home: Call, source: str) -> dict[str, tuple[str, bool]]:
    """Delivery -> verdict, and whether it speaks."""
    found = json.loads(at_home("status", "--json").out)
    (rows,) = [one["deliveries"] for one in found["sources"] if one["source"] == source]
    return {row["delivery"]: (row["verdict"], row["speaks"]) for row in rows}


def test_a_delivery_is_taken_back_and_the_one_before_it_speaks(
    at_home: Call, practice: Practice, newer_map: str
) -> None:
    (older,) = set(_of(at_home, MAP)) - {newer_map}
    assert _of(at_home, MAP) == {newer_map: ("accepted", True), older: ("accepted", False)}
    answer = at_home("withdraw", newer_map[:-3], "--reason", "  verkeerde kaart ")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == (
        f"{newer_map} no longer speaks.\n{MAP}: {older} speaks now. Run 'perinatal build'.\n"
    )
    assert _of(at_home, MAP) == {newer_map: ("withdrawn", False), older: ("accepted", True)}
    shown = at_home("quality", newer_map).out
    assert "verdict   withdrawn" in shown
    assert "message   verkeerde kaart\n" in shown
    # the file is kept, and the edition is again the one of before
    assert list(practice.settings.raw_dir.glob(f"{MAP}/{newer_map}/*.geojson"))
    built = at_home("build")
    assert f"edition   {practice.edition_id}  (nothing new)" in built.out


def test_the_same_bytes_speak_again_when_they_are_ingested_again(
    at_home: Call, practice: Practice, newer_map: str
) -> None:
    assert at_home("withdraw", newer_map, "--reason", "vergissing").code == 0
    (file,) = practice.settings.raw_dir.glob(f"{MAP}/{newer_map}/*.geojson")
    answer = at_home("ingest", file)
    assert answer.code == 0
    assert "read before" not in answer.out
    assert _of(at_home, MAP)[newer_map] == ("accepted", True)


def test_who_takes_back_the_only_delivery_hears_that_nothing_is_left(
    at_home: Call, practice: Practice
) -> None:
    (figures,) = _of(at_home, "oefen_perinataal")
    answer = at_home("withdraw", figures, "--reason", "alles fout")
    assert answer.code == 0
    assert "oefen_perinataal: nothing is left that speaks." in answer.err
    # what was taken back is not written again, and the next edition says that it is gone
    refused = at_home("startfoto", "oefenstad", "--formats", "json")
    assert refused.code == UserError.exit_code
    assert "withdrawn since" in refused.err
    built = at_home("build")
    assert built.code == 0
    assert "shown     0" in built.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["withdraw"], "Missing argument 'DELIVERY'"),
        (["withdraw", f"{MAP}-"], "Missing option '--reason'"),
        (["withdraw", f"{MAP}-", "--reason", "  "], "a withdrawal needs a reason"),
        (
            ["withdraw", "geen", "--reason", "x"],
            "no delivery, or more than one, begins with 'geen'",
        ),
        (["withdraw", "oefen_", "--reason", "x"], "more than one, begins with 'oefen_'"),
        (["quality", "geen"], "no delivery, or more than one, begins with 'geen'"),
    ],
)
def test_a_wrong_withdrawal_says_why_and_changes_nothing(
    at_home: Call, practice: Practice, arguments: list[str], message: str
) -> None:
    before = at_home("status", "--json").out
    answer = at_home(*arguments)
    assert answer.code == UserError.exit_code
    assert message in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""
    assert at_home("status", "--json").out == before


def test_only_an_accepted_delivery_can_be_taken_back(
    at_home: Call, practice: Practice, newer_map: str, delivery: Write
) -> None:
    cut = delivery("oefenregio_grenzen_half.geojson", practice.map.read_bytes()[:5000])
    assert at_home("ingest", cut).code == 4
    (rejected,) = [
        name for name, (verdict, _) in _of(at_home, MAP).items() if verdict == "rejected"
    ]
    assert at_home("withdraw", newer_map, "--reason", "x").code == 0
    for name, state in ((rejected, "rejected"), (newer_map, "withdrawn")):
        answer = at_home("withdraw", name, "--reason", "nog eens")
        assert answer.code == UserError.exit_code
        assert f"{name} is {state}: only an accepted delivery can be withdrawn" in answer.err
    with open_store(practice.settings.store_file) as store:
        event = deliveries.last_event(store, newer_map)
    assert event is not None
    assert event.detail == "x"


def test_a_withdrawal_in_a_mistyped_folder_makes_nothing(perinatal: Call, tmp_path: Path) -> None:
    answer = perinatal("--data", tmp_path / "typo", "withdraw", "x", "--reason", "y")
    assert answer.code == UserError.exit_code
    assert not (tmp_path / "typo").exists()


def _sight(perinatal: Call, *arguments: object) -> dict[str, Any]:
    answer = perinatal("sight", *arguments, "--json")
    assert (answer.code, answer.err) == (0, "")
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_sight_says_which_differences_the_births_could_show(perinatal: Call) -> None:
    found = _sight(perinatal, "vroeggeboorte", "--births", 1000, "--reference", 7)
    assert (found["indicator"], found["per"], found["births"]) == ("vroeggeboorte", 100, 5000)
    # by hand: the normal approximation, 95% two-sided and 4 times out of 5
    one = (1.96 + 0.8416) * 100 * math.sqrt(0.07 * 0.93 / 5000)
    assert found["seen_above"] - 7 == pytest.approx(one, abs=0.1)
    assert 7 - found["seen_below"] == pytest.approx(one, abs=0.1)
    assert found["seen_after_a_rise_to"] - 7 == pytest.approx(one * math.sqrt(2), abs=0.15)
    assert 7 - found["seen_after_a_fall_to"] == pytest.approx(one * math.sqrt(2), abs=0.15)
    assert "goal" not in found
    # more births see more
    more = _sight(perinatal, "vroeggeboorte", "--births", 4000, "--reference", 7)
    assert found["seen_below"] < more["seen_below"] < 7 < more["seen_above"] < found["seen_above"]
    assert more["smallest_fall_a_year"] < found["smallest_fall_a_year"]


def test_sight_says_when_a_goal_would_show(perinatal: Call) -> None:
    words = ["vroeggeboorte", "--births", 1000, "--reference", 7]
    found = _sight(perinatal, *words, "--goal", 6)
    assert found["goal"] == 6
    years = int(found["years_before_and_after"])
    assert years == found["years_before_and_after"]
    # with the births of so many years the fall to the goal is seen, with a year less it is not
    seen = {
        span: _sight(perinatal, *words, "--years", span)["seen_after_a_fall_to"]
        for span in (years, years - 1)
    }
    assert seen[years] >= 6 > seen[years - 1]
    assert _sight(perinatal, *words, "--goal", 7)["years_before_and_after"] is None


def test_sight_has_words_for_what_cannot_be_seen_and_leaves_out_what_it_cannot_say(
    perinatal: Call,
) -> None:
    words = ["sight", "vroeggeboorte", "--births", 10, "--years", 2, "--reference", 7]
    answer = perinatal(*words, "--goal", 6.9)
    assert answer.code == 0
    lines = dict(re.split(r"\s{2,}", line) for line in answer.out.splitlines())
    assert lines["what"] == "value"
    assert lines["births"] == "20"
    assert lines["seen below"] == "cannot be seen"
    assert float(lines["seen above"]) > 30
    assert lines["years before and after"] == "cannot be seen"
    # a yearly change needs five years
    assert "smallest fall a year" not in lines
    assert "smallest fall a year" in perinatal(*words[:4], "--reference", 7).out
    # mortality knows no 'about the same'
    assert "births_for_about_the_same" not in _sight(
        perinatal, "perinatale_sterfte", "--births", 500, "--reference", 4.9
    )


def test_sight_reads_nothing_but_the_catalogue(perinatal: Call, tmp_path: Path) -> None:
    words = ("sight", "sga", "--births", 500, "--reference", 10)
    assert perinatal("--data", tmp_path / "new", *words).code == 0
    assert not (tmp_path / "new").exists()


GOOD = ["vroeggeboorte", "--births", "500", "--reference", "7"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument 'INDICATOR'"),
        (["roken", *GOOD[1:]], "no indicator 'roken'. Known: vroeggeboorte, sga"),
        (GOOD[:3], "Missing option '--reference'"),
        (["vroeggeboorte", "--reference", "7"], "Missing option '--births'"),
        ([*GOOD, "--births", "9"], "9 is not in the range x>=10"),
        ([*GOOD, "--births", "veel"], "'veel' is not a valid integer"),
        ([*GOOD, "--years", "31"], "31 is not in the range 1<=x<=30"),
        ([*GOOD, "--reference", "0"], "--reference: between 0 and 100, since it is per 100"),
        ([*GOOD, "--reference", "100"], "--reference: between 0 and 100"),
        ([*GOOD, "--reference", "nan"], "--reference: between 0 and 100"),
        (["perinatale_sterfte", *GOOD[1:4], "1000"], "between 0 and 1000, since it is per 1000"),
        ([*GOOD, "--goal", "zes"], "'zes' is not a valid float"),
    ],
)
def test_sight_names_a_mistake(perinatal: Call, arguments: list[str], message: str) -> None:
    answer = perinatal("sight", *arguments)
    assert answer.code == UserError.exit_code
    assert message in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("goal", ["-3", "200", "nan"])
def test_sight_names_a_goal_that_cannot_be(perinatal: Call, goal: str) -> None:
    answer = perinatal("sight", *GOOD, "--goal", goal, "--json")
    assert answer.code == UserError.exit_code
    assert "--goal: " in answer.err


def test_quality_page_prints_where_it_is(at_home: Call, practice: Practice) -> None:
    answer = at_home("quality", "--page")
    assert (answer.code, answer.err) == (0, "")
    file = practice.settings.curated_dir / "kwaliteit" / "index.html"
    assert answer.out == f"{file}\n"
    page = file.read_text(encoding="utf-8")
    HTMLParser().feed(page)
    assert practice.figures.name in page
    assert "<h1>Kwaliteit van de leveringen</h1>" in page


def test_quality_page_before_anything_was_delivered(perinatal: Call, tmp_path: Path) -> None:
    answer = perinatal("--data", tmp_path / "new", "quality", "--page")
    assert answer.code == 0
    page = Path(answer.out.strip()).read_text(encoding="utf-8")
    assert "Nog geen levering." in page
    assert "Laatste levering" not in page
    # a page makes no store
    assert [file.name for file in (tmp_path / "new").rglob("*") if file.is_file()] == ["index.html"]


def test_quality_page_that_cannot_be_written(perinatal: Call, tmp_path: Path) -> None:
    (tmp_path / "curated").write_text("")
    answer = perinatal("--data", tmp_path, "quality", "--page")
    assert answer.code == UserError.exit_code
    assert "Check the folder and its rights" in answer.err
    assert answer.out == ""
