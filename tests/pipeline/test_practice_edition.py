"""The practice edition against the delivered file, read by hand with the csv module."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from zipfile import ZipFile

import pandas as pd
import pytest

from perinatal.disclosure.published import Shown, Withheld
from perinatal.errors import UserError
from perinatal.pipeline.build import build
from perinatal.pipeline.documents import OUTPUTS, compose_area, render_file
from perinatal.pipeline.tables import NUMBERS
from perinatal.startfoto.document import Startfoto
from perinatal.store import open_edition
from tests.conftest import Practice

TOWN, VILLAGE = "GM9901", "GM9902"


def _hand_sums(practice: Practice) -> dict[tuple[str, str], list[int]]:
    """(region, column) -> counts of 2021-2025, from the file itself."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0])
    with practice.figures.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if 2021 <= int(row["jaar"]) <= 2025:
                for name, value in row.items():
                    if value and value.isdigit():
                        sums[row["regiocode"], name][0] += int(value)
    return sums


@pytest.fixture(scope="module")
def published(practice_data: Practice) -> pd.DataFrame:
    edition = open_edition(practice_data.settings.published_dir, practice_data.edition_id)
    return edition.tables["published_value"]


def _cell(published: pd.DataFrame, region: str, indicator: str, definition: str) -> pd.Series:
    rows = published[
        (published["region"] == region)
        & (published["indicator"] == indicator)
        & (published["definition"] == definition)
        & (published["period_start"] == 2021)
        & (published["period_end"] == 2025)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_block_is_the_sum_of_its_years(practice_data: Practice, published: pd.DataFrame) -> None:
    sums = _hand_sums(practice_data)
    cell = _cell(published, TOWN, "vroeggeboorte", "oefen-24w")
    assert cell["numerator"] == sums[TOWN, "te_vroeg"][0]
    assert cell["denominator"] == sums[TOWN, "geboorten"][0]


def test_a_coalition_is_the_sum_of_its_members(
    practice_data: Practice, published: pd.DataFrame
) -> None:
    sums = _hand_sums(practice_data)
    for indicator, definition, upper, lower in (
        ("vroeggeboorte", "oefen-24w", "te_vroeg", "geboorten"),
        ("perinatale_sterfte", "oefen-24w-7d", "overleden_24w_7d", "geboorten"),
        ("laat_in_zorg", "oefen-alle", "start_na_10_weken", "zwangeren"),
    ):
        cell = _cell(published, "area:oefenregio", indicator, definition)
        assert cell["numerator"] == sums[TOWN, upper][0] + sums[VILLAGE, upper][0]
        assert cell["denominator"] == sums[TOWN, lower][0] + sums[VILLAGE, lower][0]


def test_mortality_of_a_member_cannot_be_subtracted(published: pd.DataFrame) -> None:
    kinds = {
        region: _cell(published, region, "perinatale_sterfte", "oefen-24w-7d")["kind"]
        for region in (TOWN, VILLAGE, "area:oefenregio")
    }
    assert kinds == {TOWN: "withheld", VILLAGE: "withheld", "area:oefenregio": "shown"}


def test_no_relation_in_the_edition_has_a_single_gap(published: pd.DataFrame) -> None:
    wijken = published[published["level"] == "wijk"].assign(
        town=lambda frame: "GM" + frame["region"].str[2:6]
    )
    key = ["source", "indicator", "definition", "period_start", "period_end"]
    totals = published[published["level"] == "municipality"].set_index(["region", *key])["kind"]
    assert len(wijken)
    for name, rows in wijken.groupby(["town", *key]):
        if totals.get(name) == "shown":
            assert (rows["kind"] != "shown").sum() != 1


def test_withheld_rows_hold_no_number(published: pd.DataFrame) -> None:
    hidden = published[published["kind"] == "withheld"]
    assert len(hidden)
    assert hidden[NUMBERS].isna().all(axis=None)
    assert set(hidden["label"]) == {"GEEN_CIJFER"}


def test_nothing_internal_is_published(practice_data: Practice) -> None:
    folder = practice_data.settings.published_dir / practice_data.edition_id
    names = {file.stem for file in folder.glob("*.parquet")}
    assert names == {
        "published_value", "published_births", "published_elsewhere", "published_region",
        "published_source", "published_effect", "published_trend", "published_spread",
        "published_gap", "published_sight", "published_goal", "published_correction",
        "published_quarantine", "published_area", "published_line",
    }  # fmt: skip
    values = pd.read_parquet(folder / "published_value.parquet")
    assert "decision" not in values.columns
    assert json.loads((folder / "edition.json").read_text())["invented"] is True


def test_the_same_deliveries_give_the_same_edition(practice: Practice) -> None:
    again = build(practice.catalog, practice.settings)
    assert (again.edition_id, again.new) == (practice.edition_id, False)


def test_every_output_says_that_the_figures_are_invented(
    practice_data: Practice, documents: dict[str, Startfoto], tmp_path
) -> None:
    for document in documents.values():
        assert document.edition.invented
        assert any("erzonnen" in notice for notice in document.notices)
        assert document.reference_name == "Oefenland"
        assert "Nederland" not in document.model_dump_json()
    saved = compose_area("oefenstad", practice_data.catalog, practice_data.settings, out=tmp_path)
    assert "erzonnen" in render_file(saved, "html").read_text(encoding="utf-8")


def test_sums_of_the_document_are_those_of_the_edition(
    documents: dict[str, Startfoto], published: pd.DataFrame
) -> None:
    chapter = documents["oefenstad"].chapters[0]
    assert chapter.areas is not None
    for row in chapter.areas.rows:
        cell = _cell(published, row.region, "vroeggeboorte", "oefen-24w")
        assert (cell["kind"] == "shown") == isinstance(row.published, Shown)
        if isinstance(row.published, Shown):
            assert row.published.numerator == cell["numerator"]
        else:
            assert isinstance(row.published, Withheld)
            texts = (row.births_text, row.count_text, row.estimate_text, row.interval95_text)
            assert texts == ("", "", "", "")


def test_a_change_of_definition_is_a_gap_in_the_line(documents: dict[str, Startfoto]) -> None:
    chapter = next(c for c in documents["oefenstad"].chapters if c.id == "laat_in_zorg")
    assert chapter.trend is not None
    before, after = chapter.trend.segments
    assert (before.points[-1].end, after.points[0].start) == (2020, 2021)
    assert "is er anders geteld" in chapter.trend.break_text


def test_a_figure_that_is_not_shown_here_is_offered_for_the_larger_area(
    documents: dict[str, Startfoto],
) -> None:
    chapter = next(c for c in documents["proefdorp"].chapters if c.sensitive)
    assert chapter.label == "GEEN_CIJFER"
    assert "Voor Oefenstad en Proefdorp samen is er wel een cijfer." in [
        sentence.text for sentence in chapter.lead
    ]


def test_areas_stand_by_municipality_and_first_wijk_never_by_value(
    documents: dict[str, Startfoto], practice_data: Practice
) -> None:
    joined = open_edition(practice_data.settings.published_dir).tables["published_area"]
    first = joined.groupby("code")["wijk"].min().to_dict()
    for chapter in documents["oefenregio"].chapters:
        if chapter.areas is not None:
            rows = chapter.areas.rows[1:]
            assert [row.group for row in rows] == sorted(str(row.group) for row in rows)
            places = [first.get(row.region, row.region)[2:] for row in rows]
            assert places == sorted(places)


def test_the_document_says_no_word_that_is_forbidden(documents: dict[str, Startfoto]) -> None:
    words = re.compile(r"gelukkig|significant|probleemwijk|betrouwbaarheidsinterval|\bcausaal|%")
    for document in documents.values():
        assert not words.search(document.model_dump_json().lower())


def test_the_same_input_gives_the_same_bytes(
    practice_data: Practice, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outputs = []
    for _ in range(2):
        out = tmp_path_factory.mktemp("same")
        saved = compose_area("oefenstad", practice_data.catalog, practice_data.settings, out=out)
        outputs.append(
            [saved.read_bytes()]
            + [_unzipped(render_file(saved, *one).read_bytes()) for one in OUTPUTS]
        )
    assert outputs[0] == outputs[1]


def _unzipped(content: bytes) -> object:
    """The parts of a workbook or of slides: their zip file holds the moment of writing."""
    if not content.startswith(b"PK"):
        return content
    with ZipFile(io.BytesIO(content)) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def test_an_unknown_area_says_which_there_are(practice_data: Practice) -> None:
    with pytest.raises(UserError, match="oefenstad"):
        compose_area("oefenstda", practice_data.catalog, practice_data.settings)
