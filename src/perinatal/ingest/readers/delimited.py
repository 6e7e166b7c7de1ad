"""Text files with separators (csv)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np

from perinatal.catalog import Source
from perinatal.ingest.readers.plain import Plain, longest_line, read_plain
from perinatal.ingest.readers.refusal import AGAIN, refuse
from perinatal.ingest.readers.table import (
    Table,
    build_table,
    check_header,
    check_lower_header,
    stripped,
    table_of,
)
from perinatal.ingest.readers.unpack import read_bytes

_LOOK_BELOW = 20
# UTF-8 read as Windows or Latin text and saved again: 'ë' became 'Ã«'
_TWICE = re.compile("[ÂÃ][\u0080-\u00bf]|Ã[ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|\ufffd")
_TWICE_BEGINS = "ÂÃâ\ufffd"
"""One of these stands in whatever ``_TWICE`` finds; to look for them takes no time."""


def decode(file: Path, data: bytes, source: Source) -> str:
    """The text of a file in the contract's encoding.

    Raises:
        RejectedDelivery: naming the line with a character that another encoding wrote.
    """
    utf8 = source.encoding.startswith("utf-8")
    try:
        text = data.decode("utf-8-sig" if utf8 else source.encoding)
    except UnicodeDecodeError as error:
        _other_encoding(file, data[: error.start].count(b"\n") + 1, source.encoding)
    if not utf8 and _is_utf8(data):
        # every byte is a letter in these encodings, so nothing would fail and names would break
        line = next(n for n, part in enumerate(data.split(b"\n"), 1) if not part.isascii())
        _other_encoding(file, line, source.encoding)
    broken = any(sign in text for sign in _TWICE_BEGINS) and _TWICE.search(text)
    if broken:
        refuse(
            file,
            f"line {text.count(chr(10), 0, broken.start()) + 1}",
            "holds letters that were broken by a wrong encoding before it was delivered.",
            f"{source.encoding}, written once.",
            "Ask the sender to export it again; opening and saving it cannot mend the letters.",
            "STR-ENCODING",
        )
    return text


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _other_encoding(file: Path, line: int, encoding: str) -> NoReturn:
    refuse(
        file,
        f"line {line}",
        "has a character in another encoding.",
        f"{encoding}.",
        f"Save the file as {encoding}, or mend 'encoding' in the contract.",
        "STR-ENCODING",
    )


def _check_lines(file: Path, text: str, source: Source) -> None:
    if longest_line(text) <= source.max_line:
        return
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line.rstrip("\r\n")) > source.max_line:
            refuse(
                file,
                f"line {number}",
                "is longer than a line of figures can be.",
                f"at most {source.max_line} characters on a line.",
                "The line ends may be lost: export it again, or raise 'max_line' in the contract.",
                "STR-SIZE",
            )


def records(file: Path, text: str, source: Source) -> Iterator[tuple[int, list[str]]]:
    """The records from the header on, each with the number of its last line.

    Lines without anything between the separators are left out: spreadsheets write them below.

    Raises:
        RejectedDelivery: a line too long, a quote that is not closed.
    """
    _check_lines(file, text, source)
    csv.field_size_limit(source.max_line)
    lines = io.StringIO(text, newline="")
    for _ in range(source.header_row - 1):
        lines.readline()
    reader = csv.reader(lines, delimiter=source.delimiter, strict=True)
    above = source.header_row - 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield above + reader.line_num, row
    except csv.Error:
        refuse(
            file,
            f"line {above + reader.line_num}",
            "cannot be read as csv.",
            "closed quotes and no overlong fields.",
            f"The file may be cut off. {AGAIN}",
            "STR-TRUNCATED",
        )


def read_csv(file: Path, source: Source) -> Table:
    """A csv file on the contract's columns; the line of a row is where its record ends.

    Raises:
        RejectedDelivery: naming the line or column, what was expected and what to do.
    """
    text = decode(file, read_bytes(file, source), source)
    found = records(file, text, source)
    above, first = next(found, (0, []))
    header = [name.strip() for name in first]
    if not header:
        refuse(
            file,
            "file",
            f"ends before line {source.header_row}, where the header should be.",
            "a header and rows.",
            f"{AGAIN} Or mend 'header_row' in the contract.",
            "STR-EMPTY",
        )
    _check_header(file, header, text, source)
    plain = read_plain(text, above, len(header), source.delimiter)
    if plain is not None:
        return _plain_table(file, source, header, plain)
    rows, lines = [], []
    for line, row in found:
        if len(row) != len(header):
            refuse(
                file,
                f"line {line}",
                f"has {len(row)} fields, the header has {len(header)}.",
                "as many fields as the header on every line.",
                "The file may be cut off, or hold a footer or a stray separator.",
                "STR-TRUNCATED" if len(row) < len(header) else "STR-FIELDS",
            )
        rows.append(row)
        lines.append(line)
    return build_table(file, source, header, rows, lines)


def _plain_table(file: Path, source: Source, header: list[str], plain: Plain) -> Table:
    cells = dict(zip(header, (stripped(*column) for column in plain.columns), strict=True))
    filled = np.logical_or.reduce([column != "" for column in cells.values()])
    if not filled.all():
        cells = {name: column.take(np.flatnonzero(filled)) for name, column in cells.items()}
    return table_of(file, source, cells, plain.lines[filled])


def _check_header(file: Path, header: list[str], text: str, source: Source) -> None:
    last = source.header_row + _LOOK_BELOW
    lines = text.split("\n", last)[source.header_row : last]
    below = [line.replace('"', "").split(source.delimiter) for line in lines]
    check_lower_header(file, header, source, below)
    if len(header) == 1 and len(source.columns) > 1:
        refuse(
            file,
            f"line {source.header_row}",
            f"has no '{source.delimiter}' between the columns.",
            f"columns separated by '{source.delimiter}'.",
            "Export with that separator, or mend 'delimiter' in the contract.",
            "STR-COLUMN",
        )
    check_header(file, header, source)
