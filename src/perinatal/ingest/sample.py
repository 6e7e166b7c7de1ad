"""What a delivered file says about itself: format, header, types, regions, period, key.

Everything here is a guess from one sample, for a draft that a person corrects.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path
from typing import Any, Literal

from perinatal.catalog import Source
from perinatal.catalog.models import COUNTRY_NAMES
from perinatal.errors import UserError
from perinatal.ingest.readers.delimited import records
from perinatal.ingest.readers.excel import xlsx_grid
from perinatal.ingest.readers.spss import sav_grid
from perinatal.ingest.readers.unpack import unpack
from perinatal.ingest.readers.workbook import Workbook

_CODE = re.compile(r"(NL)\d{2}|(GM)\d{4}|(WK)\d{4}[0-9A-Z]{2}|(BU)\d{4}[0-9A-Z]{2}\d{2}")
_LEVELS = {"NL": "country", "GM": "municipality", "WK": "wijk", "BU": "buurt"}
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]*[.,]?[0-9]+")
_SWING = re.compile(r"-9999\d")
_DELIMITERS = ";,\t|"
_LOOK = 200
_FEW = 40
_YEARS = range(1950, 2051)
Type = Literal["text", "integer", "decimal"]


@dataclass(frozen=True)
class Layout:
    """How the file is written, and its cells as text."""

    format: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    other_sheets: int
    header_row: int
    header: list[str]
    rows: list[list[str]]

    def column(self, name: str) -> list[str]:
        place = self.header.index(name)
        return [row[place].strip() for row in self.rows]


@dataclass(frozen=True)
class Guess:
    """The roles of the columns, as far as the sample tells."""

    decimal: str
    types: dict[str, Type]
    markers: dict[str, list[str]]
    """Word that stands where numbers should -> columns with it."""
    region: str | None
    level: str | None
    levels: dict[str, str]
    label: str | None
    country: str | None
    period: str | None
    chosen_by: str | None
    """Column whose words say what a row is about."""
    key: list[str]

    @property
    def numbers(self) -> list[str]:
        """Columns that can be measured."""
        return [name for name, kind in self.types.items() if kind != "text" and name != self.period]


def _stand_in(**fields: Any) -> Source:
    """A contract before there is one: only what the readers ask for."""
    empty: dict[str, Any] = {"id": "voorbeeld", "columns": (), "ignore": {}}
    return Source.model_construct(**{**empty, **fields})


def look(file: Path) -> Layout:
    """Read a csv, xlsx or sav file without a contract.

    Raises:
        UserError: no such file, or nothing in it that looks like a table.
        RejectedDelivery: damaged, or a format that no contract can have.
    """
    if not file.is_file():
        raise UserError(f"{file}: no such file.")
    data = unpack(file, _stand_in(format="csv"))
    if data.startswith(b"PK\x03\x04"):
        layout = _look_xlsx(file, data)
    elif data.startswith(b"$FL"):
        grid = sav_grid(file, data, _stand_in(format="sav", decimal="."))
        layout = Layout("sav", None, None, None, 0, 1, grid.names, grid.rows)
    else:
        layout = _look_csv(file, data)
    if len(layout.header) < 2 or not layout.rows:
        raise UserError(f"{file.name}: no table found. A header and rows are needed.")
    return layout


def _look_csv(file: Path, data: bytes) -> Layout:
    encoding = "utf-8"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = data.decode(encoding, errors="replace")
    if "\x00" in text:
        raise UserError(f"{file.name}: neither csv, xlsx nor sav.")
    best: tuple[float, str, int] = (0, ",", 0)
    for delimiter in _DELIMITERS:
        lines = io.StringIO(text, newline="")
        widths = Counter(len(row) for row in islice(csv.reader(lines, delimiter=delimiter), _LOOK))
        width, count = widths.most_common(1)[0]
        best = max(best, (count * (width > 1) * (1 + width / 1000), delimiter, width))
    _, delimiter, width = best
    contract = _stand_in(format="csv", delimiter=delimiter)
    found = [(line, row) for line, row in records(file, text, contract) if len(row) == width]
    top = _header_place([row for _, row in found])
    line, header = found[top] if found else (1, [])
    rows = [row for _, row in found[top + 1 :]]
    return Layout("csv", encoding, delimiter, None, 0, line, _names(header), rows)


def _look_xlsx(file: Path, data: bytes) -> Layout:
    book = Workbook(file, data, _stand_in(format="xlsx"))
    seen = [sheet.name for sheet in book.sheets if not sheet.hidden]
    if not seen:
        raise UserError(f"{file.name}: the workbook has no sheet that can be seen.")
    contract = _stand_in(format="xlsx", sheet=seen[0], decimal=".")
    grid = xlsx_grid(file, data, contract)
    rows = [grid.text(number, ".") for number in range(1, len(grid.values) + 1)]
    filled = [n for n in range(len(rows[0]) if rows else 0) if any(row[n].strip() for row in rows)]
    rows = [row[filled[0] : filled[-1] + 1] for row in rows] if filled else []
    top = _header_place(rows)
    header = _names(rows[top]) if rows else []
    body = [row for row in rows[top + 1 :] if any(cell.strip() for cell in row)]
    return Layout("xlsx", None, None, seen[0], len(book.sheets) - 1, top + 1, header, body)


def _header_place(rows: Sequence[Sequence[str]]) -> int:
    """The first row with a different word in every cell; else the first row."""
    for place, row in enumerate(islice(rows, _LOOK)):
        cells = [cell.strip() for cell in row]
        words = [cell for cell in cells if cell and not _NUMBER.fullmatch(cell)]
        if len(words) == len(cells) == len(set(cells)):
            return place
    return 0


def _names(header: Iterable[str]) -> list[str]:
    return [name.strip() for name in header]


def guess(layout: Layout) -> Guess:
    """Roles of the columns of a sample."""
    columns = {name: layout.column(name) for name in layout.header if name}
    commas, points = 0, 0
    for cells in columns.values():
        numbers = [cell for cell in cells if _NUMBER.fullmatch(cell)]
        commas += sum("," in cell for cell in numbers)
        points += sum("." in cell for cell in numbers)
    decimal = "," if commas > points else "."
    types: dict[str, Type] = {}
    markers: dict[str, list[str]] = {}
    for name, cells in columns.items():
        types[name], found = _type(cells, decimal)
        for marker in found:
            markers.setdefault(marker, []).append(name)
    region = _with_codes(columns)
    period = _period(columns, types)
    words = [name for name, kind in types.items() if kind == "text" and name != region]
    codes = columns[region] if region else []
    level = next((n for n in words if region and _is_level(columns[n], codes)), None)
    label = next((n for n in words if region and n != level and _is_label(columns[n], codes)), None)
    rest = [n for n in words if n not in (level, label) and 1 < len(set(columns[n])) <= _FEW]
    key = _key([n for n in (period, region) if n], rest, columns)
    country = next((code for code in codes if code in COUNTRY_NAMES), None)
    return Guess(
        decimal, types, markers, region, level,
        _levels(columns[level] if level else codes, codes), label, country, period,
        next((name for name in key if name in rest), None), key,
    )  # fmt: skip


def _type(cells: Sequence[str], decimal: str) -> tuple[Type, list[str]]:
    """Type of a column, and the words in it that stand for a number."""
    filled = [cell for cell in cells if cell]
    numbers = [cell for cell in filled if _NUMBER.fullmatch(cell) and not _SWING.fullmatch(cell)]
    words = {cell for cell in filled if not _NUMBER.fullmatch(cell) or _SWING.fullmatch(cell)}
    if not numbers or any(len(word) > 8 for word in words) or len(words) > 5:
        return "text", []
    if any(cell.startswith("0") and len(cell) > 1 and cell[1].isdigit() for cell in numbers):
        return "text", []  # a code with leading zeros
    whole = all(_INTEGER.fullmatch(cell) for cell in numbers)
    return ("integer" if whole else "decimal"), sorted(words)


def _with_codes(columns: dict[str, list[str]]) -> str | None:
    """The column that holds the most region codes, if they are most of what it holds."""
    shares = {
        name: sum(bool(_CODE.fullmatch(cell)) for cell in cells) / max(len(cells), 1)
        for name, cells in columns.items()
    }
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] > 0.5 else None


def _period(columns: dict[str, list[str]], types: dict[str, Type]) -> str | None:
    years = [
        name
        for name, cells in columns.items()
        if types[name] == "integer"
        and all(re.fullmatch("[0-9]{4}", c) and int(c) in _YEARS for c in cells)
    ]
    named = [name for name in years if re.search(r"jaar|year|period", name, re.IGNORECASE)]
    return next(iter(named or years), None)


def _kind(code: str) -> str:
    found = _CODE.fullmatch(code)
    return _LEVELS[code[:2]] if found else "skip"


def _levels(words: Sequence[str], codes: Sequence[str]) -> dict[str, str]:
    """Delivered word (or the first two letters of the code) -> level."""
    own = words is codes
    found: dict[str, str] = {}
    for word, code in zip(words, codes, strict=True):
        found.setdefault(word[:2] if own else word, _kind(code))
    return found


def _is_level(words: Sequence[str], codes: Sequence[str]) -> bool:
    pairs = {(word, _kind(code)) for word, code in zip(words, codes, strict=True)}
    told, kinds = {word for word, _ in pairs}, {kind for _, kind in pairs}
    # a word for every code is a name, not a level
    return all(words) and len(pairs) == len(told) < len(set(codes)) and len(kinds) > 1


def _is_label(words: Sequence[str], codes: Sequence[str]) -> bool:
    pairs = set(zip(codes, words, strict=True))
    return len(pairs) == len(set(codes)) and len(set(words)) * 2 > len(set(codes)) > 1


def _key(base: list[str], rest: list[str], columns: dict[str, list[str]]) -> list[str]:
    for size in range(3):
        for more in combinations(rest, size):
            names = [*base, *more]
            rows = list(zip(*(columns[name] for name in names), strict=True))
            if names and len(set(rows)) == len(rows):
                return names
    return []
