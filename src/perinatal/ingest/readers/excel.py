"""Workbooks (xlsx): stored values as the text that a csv export would hold."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from perinatal.catalog import Source
from perinatal.ingest.readers.refusal import AGAIN, refuse
from perinatal.ingest.readers.table import (
    Table,
    build_table,
    check_header,
    check_lower_header,
    number_text,
)
from perinatal.ingest.readers.unpack import read_bytes
from perinatal.ingest.readers.workbook import Cell, Marks, Workbook, address, column_letters

_LOOK_BELOW = 20
_SHOWN = 5
_TIMES = (datetime.date, datetime.time, datetime.timedelta)
Value = str | float | bool | datetime.date | datetime.time | datetime.timedelta


@dataclass(frozen=True)
class Grid:
    """One sheet from its first row on: every row as long as the others."""

    sheet: str
    values: list[list[Value]]
    marks: Marks

    def text(self, row: int, decimal: str) -> list[str]:
        """A row (from 1) as text; a date as 2022-01-31, a share shown as 7.5% as '7.5%'."""
        return [
            self._cell(value, (row, column), decimal)
            for column, value in enumerate(self.values[row - 1], start=1)
        ]

    def _cell(self, value: Value, place: Cell, decimal: str) -> str:
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, int | float):
            if place in self.marks.percent:
                return number_text(value * 100, decimal) + "%"
            return number_text(value, decimal)
        return value if isinstance(value, str) else str(value)

    def dates(self) -> list[Cell]:
        """Cells that hold a date, a time or a duration."""
        return [
            (row, column)
            for row, cells in enumerate(self.values, start=1)
            for column, value in enumerate(cells, start=1)
            if isinstance(value, _TIMES)
        ]


def xlsx_grid(file: Path, data: bytes, source: Source) -> Grid:
    """The cells of the contract's sheet.

    Raises:
        RejectedDelivery: no workbook, another sheet, damaged, too large.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    book = Workbook(file, data, source)
    sheet = book.choose(source)
    marks = book.marks(sheet)
    try:
        values = (
            CalamineWorkbook.from_filelike(book.only(sheet))
            .get_sheet_by_name(sheet.name)
            .to_python(skip_empty_area=False)
        )
    except (CalamineError, OSError, ValueError):
        refuse(
            file,
            "workbook",
            "is damaged, or was not written by a spreadsheet.",
            "an xlsx file.",
            f"Open it in Excel and save it anew. {AGAIN}",
            "STR-TRUNCATED",
        )
    return Grid(sheet.name, [list(row) for row in values], marks)


def read_xlsx(file: Path, source: Source) -> Table:
    """A sheet on the contract's columns; the line of a row is its row in Excel.

    Raises:
        RejectedDelivery: naming the cell or column, what was expected and what to do.
    """
    grid = xlsx_grid(file, read_bytes(file, source), source)
    top, end = source.header_row, len(grid.values)
    if end < top:
        refuse(
            file,
            "file",
            f"ends before row {top}, where the header should be.",
            "a header and rows.",
            f"{AGAIN} Or mend 'header_row' in the contract.",
            "STR-EMPTY",
        )
    _refuse_merged(file, grid.marks, top)
    rows = {number: grid.text(number, source.decimal) for number in range(top, end + 1)}
    # empty columns at both sides and empty rows are formatting, not data
    filled = [n for n in range(len(rows[top])) if any(cells[n].strip() for cells in rows.values())]
    first, last = (filled[0], filled[-1] + 1) if filled else (0, 0)
    header = [name.strip() for name in rows.pop(top)[first:last]]
    below = [rows[n] for n in range(top + 1, min(top + 1 + _LOOK_BELOW, end + 1))]
    check_lower_header(file, header, source, below, "row")
    check_header(file, header, source)
    letters = [column_letters(first + n) for n in range(1, len(header) + 1)]
    wanted = {column.name for column in source.columns}
    columns = {first + n for n, name in enumerate(header, start=1) if name in wanted}
    _refuse_cells(file, grid, columns, top)
    kept = {n: cells[first:last] for n, cells in rows.items() if any(map(str.strip, cells))}
    return build_table(file, source, header, list(kept.values()), list(kept), "cell", letters)


def _refuse_merged(file: Path, marks: Marks, top: int) -> None:
    for ref, first, last in marks.merged:
        if first <= top <= last:
            refuse(
                file,
                f"cells {ref}",
                "are merged in the header.",
                "a header in one row, with a name in every cell.",
                "Split the cells and write the names in one row, or say with 'header_row' in the "
                "contract which row holds them.",
                "STR-COLUMN",
            )
        if last > top:
            refuse(
                file,
                f"cells {ref}",
                "are merged, so that all but one of them are empty.",
                "a value in every cell.",
                "Split the cells and fill each of them.",
                "STR-FORMAT",
            )


def _refuse_cells(file: Path, grid: Grid, columns: Collection[int], top: int) -> None:
    """Cells of the contract's columns whose value cannot be taken as it stands."""
    faults: tuple[tuple[Sequence[Cell], str, str], ...] = (
        (
            grid.marks.unfinished,
            "a formula that was never computed.",
            "Open the file in Excel, let it compute, and save it; or paste the values.",
        ),
        (
            grid.marks.errors,
            "an error, such as a division by zero.",
            "Mend the formula, or leave the cell empty when the figure is missing.",
        ),
        (
            grid.dates(),
            "a date; Excel may have made it of a code or a number.",
            "Give the column the format Text and type the code again.",
        ),
    )
    for cells, problem, remedy in faults:
        wrong = [cell for cell in cells if cell[0] > top and cell[1] in columns]
        if wrong:
            more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
            named = ", ".join(address(cell) for cell in wrong[:_SHOWN])
            refuse(
                file,
                f"cell {named}{more}",
                f"holds {problem}",
                "a code, a word or a number.",
                remedy,
                "STR-TYPE",
            )
