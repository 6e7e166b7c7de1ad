"""A delivered table on the contract's columns, with the place of every cell."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perinatal.catalog import Source
from perinatal.ingest.readers.refusal import AGAIN, refuse

LINE = "_line"
_SHOWN = 5
Unit = Literal["line", "cell", "row"]
Codes = NDArray[np.integer]


@dataclass(frozen=True)
class Table:
    """Cells as text in contract columns, plus ``_line``: the place of each row in the file.

    A column is categorical, each distinct text one category: what is asked of a text is asked once.
    ``unit`` is what people call that place; ``letters`` are the columns of a workbook.
    """

    frame: pd.DataFrame
    unit: Unit
    letters: dict[str, str]

    def with_frame(self, frame: pd.DataFrame) -> Table:
        """Other rows or types of the same file, which keep their places."""
        return replace(self, frame=frame)

    def place(self, column: str, wrong: pd.Series[bool]) -> str:
        """Where the wrong cells of a column are: the first ones by name, the others counted."""
        lines = self.frame.loc[wrong, LINE].tolist()
        letter = self.letters.get(column, "")
        more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
        named = ", ".join(f"{letter}{line}" for line in lines[:_SHOWN])
        return f"column '{column}', {self.unit} {named}{more}"


def number_text(value: float, decimal: str) -> str:
    """A stored number as the text that a csv file would hold; 15 digits, as Excel shows."""
    if value != value:
        return ""
    text = format(value, ".15g")
    if "e" in text:
        text = format(value, ".15f").rstrip("0").rstrip(".")
    return text.replace(".", decimal)


def stripped(codes: Codes, texts: Sequence[str]) -> pd.Categorical:
    """Cells without the blanks around them, from codes and the texts that these stand for."""
    place, known = pd.factorize(np.array([text.strip() for text in texts], dtype=object))
    return pd.Categorical.from_codes(place[codes], pd.Index(known, dtype="str"))


def build_table(
    file: Path,
    source: Source,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    lines: Sequence[int],
    unit: Unit = "line",
    letters: Sequence[str] = (),
) -> Table:
    """The contract's columns of rows that are as long as their header.

    Raises:
        RejectedDelivery: no rows.
    """
    cells = {}
    for place, name in enumerate(header):
        codes, texts = pd.factorize(np.array([row[place] for row in rows], dtype=object))
        cells[name] = stripped(codes, texts.tolist())
    return table_of(file, source, cells, np.array(lines, dtype=np.int64), unit, letters)


def table_of(
    file: Path,
    source: Source,
    cells: Mapping[str, pd.Categorical],
    lines: NDArray[np.int64],
    unit: Unit = "line",
    letters: Sequence[str] = (),
) -> Table:
    """The contract's columns among stripped cells, in the order of the header.

    Raises:
        RejectedDelivery: no rows.
    """
    if not len(lines):
        refuse(file, "file", "has a header and no rows.", "at least one row.", AGAIN, "STR-EMPTY")
    wanted = [column.name for column in source.columns if column.name in cells]
    frame = pd.DataFrame({**{name: cells[name] for name in wanted}, LINE: lines})
    return Table(frame, unit, dict(zip(cells, letters, strict=False)))


def check_lower_header(
    file: Path,
    header: Sequence[str],
    source: Source,
    below: Sequence[Sequence[str]],
    unit: Unit = "line",
) -> None:
    """Tell where the names are when they stand some rows lower.

    Args:
        below: the rows under the supposed header.

    Raises:
        RejectedDelivery: naming both places.
    """
    known = {column.name for column in source.columns}
    if known & set(header):
        return
    for row, cells in enumerate(below, start=source.header_row + 1):
        if len(known & {cell.strip() for cell in cells}) * 2 > len(known):
            refuse(
                file,
                f"{unit} {source.header_row}",
                f"holds no column names; they stand on {unit} {row}.",
                f"the columns of {source.id}.yaml.",
                f"Remove what stands above them, or write 'header_row: {row}' in the contract.",
                "STR-COLUMN",
            )


def check_header(file: Path, header: Sequence[str], source: Source) -> None:
    """Every delivered column is known, once, and no expected one is missing.

    Raises:
        RejectedDelivery: naming the column.
    """
    known = [column.name for column in source.columns]
    contract = f"the columns of {source.id}.yaml."
    for position, name in enumerate(header, start=1):
        if name in known or name in source.ignore:
            continue
        if not name:
            refuse(
                file,
                f"column {position}",
                "has no name.",
                contract,
                "Give it a name, or remove it; a header in two rows or with merged cells becomes "
                "one row with a name for every column.",
                "STR-COLUMN",
            )
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        # the place travels by mail, and in a file without a header the name is a value
        refuse(
            file,
            f"column {position}",
            f"'{name[:60]}' is not in the contract ({source.id}.yaml).",
            contract,
            f"{hint}Add it to 'columns' or to 'ignore'.",
            "STR-COLUMN",
        )
    # only after the unknown ones: a name that the contract knows is no value
    doubles = sorted({name for name in header if list(header).count(name) > 1})
    if doubles:
        refuse(
            file,
            f"column '{doubles[0]}'",
            "stands twice.",
            contract,
            "Remove one of the two.",
            "STR-COLUMN",
        )
    for column in source.columns:
        if column.name not in header and not column.optional:
            refuse(
                file,
                f"column '{column.name}'",
                "is missing.",
                contract,
                "Ask the sender for it, or mend the contract.",
                "STR-COLUMN",
            )
