"""Read a delivered file as it is: every cell as text, every row with its line in the file."""

from __future__ import annotations

import codecs
import csv
import difflib
import gzip
import io
import json
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from perinatal.catalog import Source
from perinatal.errors import RejectedDelivery

LINE = "_line"
_LONGEST_FIELD = 100_000
_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"$FL2": "an SPSS file",
    b"SQLite format 3": "a GeoPackage or SQLite file",
}


def _reject(file: Path, place: str, problem: str, expected: str, remedy: str, rule: str) -> None:
    raise RejectedDelivery(file.name, place, problem, expected, remedy, rule)


def read_bytes(file: Path, source: Source) -> bytes:
    """The file's bytes, unpacked when gzipped; never more than the contract's limit.

    Raises:
        RejectedDelivery: empty, too large, cut off, or another format than it claims.
    """
    limit = source.max_megabytes * 1_000_000
    data = b""
    if file.stat().st_size > limit:
        _reject(
            file,
            "file",
            "is larger than the contract allows.",
            f"at most {source.max_megabytes} MB.",
            "Ask for a smaller delivery or raise 'max_megabytes'.",
            "STR-SIZE",
        )
    try:
        if file.suffix == ".gz":
            with gzip.open(file) as packed:
                data = packed.read(limit + 1)
        else:
            data = file.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile):
        _reject(
            file,
            "file",
            "the gzip file is damaged or cut off.",
            "a whole gzip file.",
            "Ask the sender to deliver it again.",
            "STR-TRUNCATED",
        )
    if len(data) > limit:
        _reject(
            file,
            "file",
            "is too large once unpacked.",
            f"at most {source.max_megabytes} MB.",
            "Ask for a smaller delivery or raise 'max_megabytes'.",
            "STR-SIZE",
        )
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        _reject(
            file,
            "file",
            "is empty.",
            f"a {source.format} file with rows.",
            "Ask the sender to deliver it again.",
            "STR-EMPTY",
        )
    for magic, name in _OTHER_FORMATS.items():
        if data.startswith(magic):
            _reject(
                file,
                "file",
                f"is {name}, not {source.format}.",
                f"a {source.format} file.",
                f"Save it as {source.format} and deliver it again.",
                "STR-FORMAT",
            )
    if b"\x00" in data[:4096] or data.lstrip()[:14].lower().startswith((b"<html", b"<!doctype")):
        _reject(
            file,
            "file",
            f"is not a {source.format} text file.",
            f"a {source.format} file.",
            f"Export it as {source.format} and deliver it again.",
            "STR-FORMAT",
        )
    return data


def _decode(file: Path, data: bytes, source: Source) -> str:
    encoding = "utf-8-sig" if source.encoding.startswith("utf-8") else source.encoding
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        _reject(
            file,
            f"line {line}",
            "has a character in another encoding.",
            f"{source.encoding}.",
            f"Save the file as {source.encoding}.",
            "STR-ENCODING",
        )
    return text


def read_csv(file: Path, source: Source) -> pd.DataFrame:
    """All cells as delivered (text), columns of the contract only, with the line of each row.

    Returns:
        Frame of ``str`` columns in contract order plus ``_line`` (1 is the header).

    Raises:
        RejectedDelivery: naming the line or column, what was expected and what to do.
    """
    text = _decode(file, read_bytes(file, source), source)
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    header: list[str] = []
    try:
        header = [name.strip() for name in next(reader)]
        _check_header(file, header, source)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                _reject(
                    file,
                    f"line {reader.line_num}",
                    f"has {len(row)} fields, the header has {len(header)}.",
                    "as many fields as the header on every line.",
                    "The file may be cut off, or hold a footer or a stray separator.",
                    "STR-TRUNCATED" if len(row) < len(header) else "STR-FIELDS",
                )
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error:
        _reject(
            file,
            f"line {reader.line_num}",
            "cannot be read as csv.",
            "closed quotes and no overlong fields.",
            "The file may be cut off. Ask the sender to deliver it again.",
            "STR-TRUNCATED",
        )
    if not rows:
        _reject(
            file,
            "file",
            "has a header and no rows.",
            "at least one row.",
            "Ask the sender to deliver it again.",
            "STR-EMPTY",
        )
    frame = pd.DataFrame(rows, columns=pd.Index(header, dtype="object"), dtype="object")
    wanted = [column.name for column in source.columns if column.name in frame]
    stripped = pd.DataFrame({name: frame[name].str.strip() for name in wanted})
    stripped[LINE] = lines
    return stripped


def _check_header(file: Path, header: list[str], source: Source) -> None:
    known = [column.name for column in source.columns]
    contract = f"the columns of {source.id}.yaml."
    if len(header) == 1 and len(known) > 1:
        _reject(
            file,
            "line 1",
            f"has no '{source.delimiter}' between the columns.",
            f"columns separated by '{source.delimiter}'.",
            "Export with that separator, or mend 'delimiter' in the contract.",
            "STR-COLUMN",
        )
    for position, name in enumerate(header, start=1):
        if name not in known and name not in source.ignore:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean '{near[0]}'? " if near else ""
            # the place travels by mail, and in a file without a header the name is a value
            _reject(
                file,
                f"column {position}",
                f"'{name[:60]}' is not in the contract ({source.id}.yaml).",
                contract,
                f"{hint}Add it to 'columns' or to 'ignore'.",
                "STR-COLUMN",
            )
    # only after the unknown ones: a name that the contract knows is no value
    doubles = sorted({name for name in header if header.count(name) > 1})
    if doubles:
        _reject(
            file,
            f"column '{doubles[0]}'",
            "stands twice.",
            contract,
            "Remove one of the two.",
            "STR-COLUMN",
        )
    for column in source.columns:
        if column.name not in header and not column.optional:
            _reject(
                file,
                f"column '{column.name}'",
                "is missing.",
                contract,
                "Ask the sender for it, or mend the contract.",
                "STR-COLUMN",
            )


def read_geojson(file: Path, source: Source) -> list[dict[str, Any]]:
    """The features of a FeatureCollection.

    Raises:
        RejectedDelivery: no JSON, no FeatureCollection, no features.
    """
    text = _decode(file, read_bytes(file, source), source)
    features: object = None
    try:
        content = json.loads(text)
        features = content.get("features") if isinstance(content, dict) else None
    except json.JSONDecodeError as error:
        _reject(
            file,
            f"line {error.lineno}",
            "cannot be read as JSON.",
            "a GeoJSON file.",
            "The file may be cut off. Ask the sender to deliver it again.",
            "STR-TRUNCATED",
        )
    if not isinstance(features, list) or not features:
        _reject(
            file,
            "file",
            "has no features.",
            "a GeoJSON FeatureCollection.",
            "Export the map again.",
            "STR-EMPTY",
        )
    assert isinstance(features, list)
    return features
