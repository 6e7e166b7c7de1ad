"""Deliveries with gaps, from the file on: accepted with warnings, and a document for every area."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from perinatal.catalog import Catalog
from perinatal.pipeline.build import build
from perinatal.pipeline.documents import OUTPUTS, compose_area, render_file
from perinatal.pipeline.receive import Judgement, ingest
from perinatal.startfoto.document import Startfoto
from tests.conftest import Practice

SOURCE = "oefen_perinataal"
AREAS = ("oefenstad", "oefenregio", "proefdorp")
GONE = "."
Row = dict[str, str]
Change = Callable[[list[Row]], list[Row]]


def _set(rows: list[Row], column: str, value: str, **where: str) -> list[Row]:
    """The rows with another value in a column, where other columns are as told."""
    return [
        {**row, column: value} if all(row[name] == told for name, told in where.items()) else row
        for row in rows
    ]


def without_scores(rows: list[Row]) -> list[Row]:
    """Three wijken without the score of wealth."""
    for code in ("WK990105", "WK990108", "WK990110"):
        rows = _set(rows, "welvaart", GONE, regiocode=code)
    return rows


def without_late_start(rows: list[Row]) -> list[Row]:
    """Two wijken without late start of care in one year."""
    for code in ("WK990109", "WK990111"):
        rows = _set(rows, "start_na_10_weken", GONE, regiocode=code, jaar="2022")
    return rows


def without_a_year(rows: list[Row]) -> list[Row]:
    """A year of a municipality is missing, and so every longer period with it."""
    rows = _set(rows, "start_na_10_weken", GONE, regiocode="GM9901", jaar="2022")
    return _set(rows, "zwangeren", GONE, regiocode="WK990105", jaar="2023")


def births_that_do_not_add_up(rows: list[Row]) -> list[Row]:
    """Wijken with more births than their municipality: much of it is held back in part."""
    return [
        {**row, "geboorten": str(int(row["geboorten"]) + 2)}
        if row["niveau"] == "wijk" and int(row["jaar"]) % 2 == 0
        else row
        for row in rows
    ]


def no_wijken(rows: list[Row]) -> list[Row]:
    """Rows for the country and the municipalities only."""
    return [row for row in rows if row["niveau"] in ("land", "gemeente")]


def one_municipality_is_the_country(rows: list[Row]) -> list[Row]:
    """The national row of each year holds what the municipality has."""
    town = {row["jaar"]: row for row in rows if row["regiocode"] == "GM9901"}
    names = ("jaar", "niveau", "regiocode", "regionaam")
    told = [
        town[row["jaar"]] | {name: row[name] for name in names} if row["niveau"] == "land" else row
        for row in rows
    ]
    return [row for row in told if row["regiocode"][2:6] != "9902"]


def _without_wijken(catalog: Catalog) -> Catalog:
    source = catalog.sources[SOURCE]
    assert source.region is not None
    levels = {word: source.region.levels[word] for word in ("land", "gemeente")}
    told = source.model_copy(update={"region": source.region.model_copy(update={"levels": levels})})
    return catalog.model_copy(update={"sources": {**catalog.sources, SOURCE: told}})


def _deliver(practice: Practice, folder: Path, catalog: Catalog, *changes: Change) -> Judgement:
    rows = list(csv.DictReader(io.StringIO(practice.figures.read_text("utf-8")), delimiter=";"))
    for change in changes:
        rows = change(rows)
    file = folder / practice.figures.name
    with file.open("w", encoding="utf-8", newline="") as out:
        written = csv.DictWriter(out, rows[0], delimiter=";", lineterminator="\n")
        written.writeheader()
        written.writerows(rows)
    return ingest(file, catalog, practice.settings)


def _documents(practice: Practice, catalog: Catalog, *, drawn: bool) -> list[Startfoto]:
    build(catalog, practice.settings)
    made = []
    for area in AREAS:
        file = compose_area(area, catalog, practice.settings)
        for output in OUTPUTS if drawn else ():
            render_file(file, *output)
        made.append(Startfoto.model_validate_json(file.read_bytes()))
    return made


def test_gaps_are_told_as_what_happened(bare_practice: Practice, tmp_path: Path) -> None:
    judged = _deliver(
        bare_practice, tmp_path, bare_practice.catalog,
        without_scores, without_late_start, without_a_year,
    )  # fmt: skip
    assert judged.verdict == "accepted_with_warnings"
    failed = {result.id for result in judged.results if result.outcome == "failed"}
    assert "CONTRACT-MISSING" in failed
    for document in _documents(bare_practice, bare_practice.catalog, drawn=False):
        (told,) = document.account.checks
        assert "ontbreekt in een periode een deel van de getallen." in told
        # the rule says how it should be; that is not what happened
        assert "hoogstens" not in told
        assert all(chapter.lead for chapter in document.chapters)


def test_a_first_delivery_held_back_in_part(bare_practice: Practice, tmp_path: Path) -> None:
    catalog = bare_practice.catalog
    judged = _deliver(bare_practice, tmp_path, catalog, births_that_do_not_add_up)
    assert judged.verdict == "accepted_with_warnings"
    for document in _documents(bare_practice, catalog, drawn=False):
        assert any("dit cijfer kijken we na" in line.text for line in document.left_out)


def test_a_startfoto_without_wijken(bare_practice: Practice, tmp_path: Path) -> None:
    catalog = _without_wijken(bare_practice.catalog)
    judged = _deliver(bare_practice, tmp_path, catalog, no_wijken)
    assert judged.verdict.startswith("accepted")
    for document in _documents(bare_practice, catalog, drawn=True):
        assert document.chapters[0].label not in ("GEEN_CIJFER", "INGETROKKEN")
        assert all(chapter.map is None and chapter.areas is None for chapter in document.chapters)


def test_one_municipality_is_the_whole_country(bare_practice: Practice, tmp_path: Path) -> None:
    """Through the audit too: the country has one part, and nobody can subtract anything."""
    catalog, settings = bare_practice.catalog, bare_practice.settings
    judged = _deliver(bare_practice, tmp_path, catalog, one_municipality_is_the_country)
    assert judged.verdict.startswith("accepted")
    build(catalog, settings)
    file = compose_area("oefenstad", catalog, settings)
    document = Startfoto.model_validate_json(file.read_bytes())
    assert document.chapters[0].label == "GEEN_VERGELIJKING"


@pytest.mark.deep
@pytest.mark.parametrize(
    "change", [without_scores, without_late_start, without_a_year, births_that_do_not_add_up]
)
def test_each_gap_in_every_format(bare_practice: Practice, tmp_path: Path, change: Change) -> None:
    _deliver(bare_practice, tmp_path, bare_practice.catalog, change)
    _documents(bare_practice, bare_practice.catalog, drawn=True)
