"""SPSS files (sav): stored values, not their labels, as a csv export would hold them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from perinatal.catalog import Source
from perinatal.ingest.readers.refusal import AGAIN, refuse
from perinatal.ingest.readers.table import Table, build_table, check_header, number_text
from perinatal.ingest.readers.unpack import read_bytes

_CHILD = Path(__file__).with_name("sav_child.py")
_PATIENCE = 300
_DATE = re.compile(r"[AESJ]?DATE|YMDHMS|[DM]?TIME|(MO|Q|WK)YR|MONTH|WKDAY")


@dataclass(frozen=True)
class SavGrid:
    """Rows as text, and the SPSS format of each column."""

    names: list[str]
    rows: list[list[str]]
    formats: dict[str, str]

    def dates(self) -> list[str]:
        """Columns that SPSS shows as a date or time."""
        return [name for name in self.names if _DATE.match(self.formats.get(name, ""))]


def read_sav(file: Path, source: Source) -> Table:
    """An SPSS file on the contract's columns; a row is numbered by its case.

    Values that SPSS calls missing come as they are, so that the contract must name them; the
    system's own missing value is empty.

    Raises:
        RejectedDelivery: damaged, other columns, a date where the contract wants something else.
    """
    grid = sav_grid(file, read_bytes(file, source), source)
    check_header(file, grid.names, source)
    wanted = {column.name for column in source.columns}
    for name in grid.dates():
        if name in wanted:
            refuse(
                file,
                f"column '{name}'",
                "holds dates.",
                "codes, words or numbers.",
                "Turn the dates into a year or a code in SPSS, and save it again.",
                "STR-TYPE",
            )
    return build_table(file, source, grid.names, grid.rows, range(1, len(grid.rows) + 1), "row")


def sav_grid(file: Path, data: bytes, source: Source) -> SavGrid:
    """All cells as the text of a csv export.

    Raises:
        RejectedDelivery: damaged, or more cells than the contract's size allows.
    """
    limit = int(source.max_megabytes * 1_000_000)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD), str(limit)],
            input=data,
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, json.JSONDecodeError):
        refuse(
            file,
            "file",
            "is damaged, cut off, or holds letters of another encoding than it says.",
            "a whole SPSS file.",
            f"Open it in SPSS and save it anew as UTF-8. {AGAIN}",
            "STR-TRUNCATED",
        )
    if found["too_large"]:
        refuse(
            file,
            "file",
            "is too large once unpacked.",
            f"at most {source.max_megabytes:g} MB.",
            "Ask for a smaller delivery or raise 'max_megabytes'.",
            "STR-SIZE",
        )
    columns = [[_text(value, source.decimal) for value in column] for column in found["columns"]]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return SavGrid([str(name).strip() for name in found["names"]], rows, found["formats"])


def _text(value: str | float | None, decimal: str) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else number_text(value, decimal)
