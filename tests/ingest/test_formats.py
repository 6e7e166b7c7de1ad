"""The same content in any format gives the same table; other hands than ours wrote these files."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
import xlsxwriter

from perinatal.catalog import Catalog, Source
from perinatal.errors import RejectedDelivery
from perinatal.ingest.conform import conform
from perinatal.ingest.readers import LINE, read_table, spss
from perinatal.ingest.readers.table import number_text
from perinatal.practice import write_practice


@pytest.fixture(scope="module")
def practice_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_practice(tmp_path_factory.mktemp("formats"))[1]


@pytest.fixture(scope="module")
def rows(practice_file: Path) -> list[list[str]]:
    text = practice_file.read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def _contract(catalog: Catalog, **other: object) -> Source:
    content = json.loads(catalog.sources["oefen_perinataal"].model_dump_json())
    return Source.model_validate_json(json.dumps({**content, **other}))


def _number(cell: str) -> float | str | None:
    return float(cell) if cell.isdigit() else cell or None


def _workbook(file: Path, fill: Callable[[Any, Any], None]) -> Path:
    book = xlsxwriter.Workbook(str(file))
    fill(book, book.add_worksheet("Cijfers"))
    book.close()
    return file


def test_a_workbook_gives_the_same_table(
    practice_file: Path, rows: list[list[str]], catalog: Catalog, tmp_path: Path
) -> None:
    def fill(book: Any, sheet: Any) -> None:
        wide = book.add_format({"num_format": "#,##0"})
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, [_number(cell) for cell in row], wide)

    file = _workbook(tmp_path / "cijfers.xlsx", fill)
    found = read_table(file, _contract(catalog, format="xlsx"))
    plain = read_table(practice_file, _contract(catalog))
    pd.testing.assert_frame_equal(found.frame, plain.frame)
    assert found.place("geboorten", found.frame[LINE] == 5) == "column 'geboorten', cell E5"
    assert plain.place("geboorten", plain.frame[LINE] == 5) == "column 'geboorten', line 5"


def test_an_spss_file_gives_the_same_figures(
    practice_file: Path, rows: list[list[str]], catalog: Catalog, tmp_path: Path
) -> None:
    """A marker cannot stand among numbers there: it is the system's own missing value."""
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    for name in frame:
        if name not in ("niveau", "regiocode", "regionaam"):
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
    pyreadstat.write_sav(frame, str(tmp_path / "cijfers.sav"))
    found = conform(tmp_path / "cijfers.sav", _contract(catalog, format="sav"), set())
    plain = conform(practice_file, _contract(catalog), set())
    pd.testing.assert_frame_equal(found.judged.drop(columns=LINE), plain.judged.drop(columns=LINE))
    assert found.judged[LINE].tolist() == [line - 1 for line in plain.judged[LINE]]


@pytest.mark.parametrize(
    ("value", "decimal", "text"),
    [
        (12.0, ".", "12"), (7.1, ",", "7,1"), (0.1 + 0.2, ".", "0.3"), (-99996.0, ".", "-99996"),
        (1e-7, ".", "0.0000001"), (1e20, ".", "100000000000000000000"), (0.0, ",", "0"),
        (float("nan"), ".", ""), (168681.0, ",", "168681"), (14.55, ",", "14,55"),
    ],
)  # fmt: skip
def test_a_stored_number_is_the_text_of_a_csv(value: float, decimal: str, text: str) -> None:
    assert number_text(value, decimal) == text


def test_values_of_formulas_that_wait_to_be_computed_are_no_values(
    rows: list[list[str]], catalog: Catalog, tmp_path: Path
) -> None:
    """xlsxwriter stores a 0 beside each formula, and asks the spreadsheet to compute it."""

    def fill(book: Any, sheet: Any) -> None:
        for number, row in enumerate(rows[:10]):
            sheet.write_row(number, 0, [_number(cell) for cell in row])
        sheet.write_formula("F7", "=E7/10")

    file = _workbook(tmp_path / "cijfers.xlsx", fill)
    with pytest.raises(RejectedDelivery, match="cell F7: holds a formula that was never computed"):
        read_table(file, _contract(catalog, format="xlsx"))


def test_marks_in_columns_that_nobody_reads_are_no_fault(
    rows: list[list[str]], catalog: Catalog, tmp_path: Path
) -> None:
    def fill(book: Any, sheet: Any) -> None:
        date = book.add_format({"num_format": "dd-mm-yyyy"})
        for number, row in enumerate(rows[:10]):
            sheet.write_row(number, 0, [_number(cell) for cell in row])
        sheet.write(0, len(rows[0]), "gemaakt")
        sheet.write_formula(1, len(rows[0]), "=TODAY()")
        sheet.write_number(2, len(rows[0]), 45000, date)

    file = _workbook(tmp_path / "cijfers.xlsx", fill)
    contract = _contract(catalog, format="xlsx", ignore={"gemaakt": "day of the export"})
    assert len(read_table(file, contract).frame) == 9


def _sav(rows: list[list[str]], file: Path) -> bytes:
    pyreadstat.write_sav(pd.DataFrame(rows[1:20], columns=rows[0]), str(file))
    return file.read_bytes()


def test_a_damaged_spss_file_never_ends_the_run(
    rows: list[list[str]], catalog: Catalog, tmp_path: Path
) -> None:
    content = _sav(rows, tmp_path / "heel.sav")
    chance = random.Random(3)
    file = tmp_path / "kapot.sav"
    for _ in range(4):
        spoilt = bytearray(content)
        for _ in range(4):
            spoilt[chance.randrange(4, len(spoilt))] = chance.randrange(256)
        file.write_bytes(spoilt)
        try:
            read_table(file, _contract(catalog, format="sav"))
        except RejectedDelivery as error:
            assert error.remedy  # noqa: PT017 - either of the two is good


_NOTHING = '{"names": [], "formats": {}, "columns": [], "too_large": false}'


@pytest.mark.parametrize(
    "end",
    [
        "import os; os.kill(os.getpid(), 11)",
        "print('{')",
        f"print('{_NOTHING}'); raise SystemExit(1)",
    ],
    ids=["killed", "half an answer", "an answer and an error"],
)
def test_a_reader_that_crashes_is_a_refused_file(
    end: str, rows: list[list[str]], catalog: Catalog, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _sav(rows, tmp_path / "heel.sav")
    (tmp_path / "child.py").write_text(end, encoding="utf-8")
    monkeypatch.setattr(spss, "_CHILD", tmp_path / "child.py")
    with pytest.raises(RejectedDelivery, match="damaged, cut off") as caught:
        read_table(tmp_path / "heel.sav", _contract(catalog, format="sav"))
    assert caught.value.rule == "STR-TRUNCATED"


def test_an_spss_file_that_unpacks_to_too_much(
    rows: list[list[str]], catalog: Catalog, tmp_path: Path
) -> None:
    frame = pd.DataFrame({name: [1.0] * 4000 for name in rows[0]})
    pyreadstat.write_sav(frame, str(tmp_path / "groot.sav"), row_compress=True)
    size = (tmp_path / "groot.sav").stat().st_size
    contract = _contract(catalog, format="sav", max_megabytes=size * 2 / 1e6)
    with pytest.raises(RejectedDelivery, match="too large once unpacked"):
        read_table(tmp_path / "groot.sav", contract)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"format": "geojson"}, "a map is geojson"),
        ({"sheet": "Blad1"}, "'sheet' belongs to format xlsx"),
        ({"format": "sav", "header_row": 2}, "'header_row' belongs to format csv or xlsx"),
        ({"header_row": 0}, "greater than or equal to 1"),
        ({"max_megabytes": 0}, "greater than 0"),
    ],
)
def test_a_contract_that_cannot_be(other: dict[str, object], told: str, catalog: Catalog) -> None:
    with pytest.raises(ValueError, match=told):
        _contract(catalog, **other)
