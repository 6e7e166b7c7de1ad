"""Workbooks, archives and SPSS files, written by hand so that their bytes never change."""

from __future__ import annotations

import datetime
import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Row = list[str]


@dataclass(frozen=True)
class Formula:
    text: str
    value: float | str | None = None


@dataclass(frozen=True)
class Styled:
    """A number with a style: 1 is a date, 2 a percentage."""

    value: float
    style: int


@dataclass(frozen=True)
class Error:
    text: str


Cell = str | float | Formula | Styled | Error | None
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _escaped(value: str) -> str:
    return (
        value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def _cell(address: str, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, Formula):
        kind = ' t="str"' if isinstance(value.value, str) else ""
        stored = "" if value.value is None else f"<v>{_escaped(str(value.value))}</v>"
        return f'<c r="{address}"{kind}><f>{_escaped(value.text)}</f>{stored}</c>'
    if isinstance(value, Styled):
        return f'<c r="{address}" s="{value.style}"><v>{value.value}</v></c>'
    if isinstance(value, Error):
        return f'<c r="{address}" t="e"><v>{value.text}</v></c>'
    if isinstance(value, str):
        return f'<c r="{address}" t="inlineStr"><is><t>{_escaped(value)}</t></is></c>'
    return f'<c r="{address}"><v>{value!r}</v></c>'


def sheet_xml(rows: Sequence[Sequence[Cell]], merged: str = "", far: str = "") -> str:
    """One sheet; ``far`` adds a cell with an address of its own."""
    lines = [
        f'<row r="{number}">'
        + "".join(_cell(f"{chr(64 + place)}{number}", v) for place, v in enumerate(row, start=1))
        + "</row>"
        for number, row in enumerate(rows, start=1)
    ]
    if far:
        number = far.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        lines.append(f'<row r="{number}">{_cell(far, 1)}</row>')
    below = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f"{_HEAD}<worksheet {_MAIN}><sheetData>{''.join(lines)}</sheetData>{below}</worksheet>"


def parts(sheets: dict[str, str], hidden: Sequence[str] = ()) -> dict[str, bytes]:
    """The files inside a workbook, by name."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{_escaped(name)}" sheetId="{n}" r:id="rId{n}"'
        + (' state="hidden"' if name in hidden else "")
        + "/>"
        for n, name in zip(numbers, sheets, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    typed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in numbers
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    made = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
        f"{typed}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_RELS}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}'
        f'<Relationship Id="rId90" Type="{_RELS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {_MAIN}><numFmts count="1"><numFmt numFmtId="164" '
        'formatCode="dd\\-mm\\-yyyy"/></numFmts><cellXfs count="3"><xf numFmtId="0"/>'
        '<xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>',
    }
    made |= {
        f"xl/worksheets/sheet{n}.xml": xml for n, xml in zip(numbers, sheets.values(), strict=True)
    }
    return {
        name: (xml if xml.startswith("<?xml") else _HEAD + xml).encode()
        for name, xml in made.items()
    }


def numbers(rows: Sequence[Row]) -> list[list[Cell]]:
    """Cells as a spreadsheet stores them: numbers as numbers."""

    def cell(value: str) -> Cell:
        try:
            return int(value)
        except ValueError:
            pass
        try:
            return float(value.replace(",", "."))
        except ValueError:
            return value or None

    return [[cell(value) for value in row] for row in rows]


def stored(members: dict[str, bytes]) -> bytes:
    """A zip archive, unpacked inside, with one fixed date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.create_system = 3
            archive.writestr(entry, content)
    return out.getvalue()


def deflated(content: bytes) -> bytes:
    """A deflate stream of stored blocks."""
    blocks = [content[n : n + 65535] for n in range(0, len(content), 65535)] or [b""]
    return b"".join(
        bytes([block is blocks[-1]]) + struct.pack("<HH", len(block), len(block) ^ 0xFFFF) + block
        for block in blocks
    )


def deflated_run(count: int) -> tuple[bytes, bytes]:
    """About ``count`` line ends, and the deflate stream that makes them with 13 bits per 258."""
    copies = count // 258
    bits = "1" + "10" + f"{0x30 + 10:08b}" + ("11000101" + "00000") * copies + "0000000"
    bits += "0" * (-len(bits) % 8)
    stream = bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))
    return b"\n" * (1 + 258 * copies), stream


def gz(content: bytes, stream: bytes | None = None, declared: int | None = None) -> bytes:
    """A gzip file."""
    size = len(content) if declared is None else declared
    return (
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
        + (deflated(content) if stream is None else stream)
        + struct.pack("<II", zlib.crc32(content), size)
    )


def packed_run(name: str, count: int) -> bytes:
    """A zip archive with one member that unpacks to many times its size."""
    content, stream = deflated_run(count)
    about = struct.pack(
        "<HHHHHIIIHH", 20, 0, 8, 0, 0x5C21, zlib.crc32(content), len(stream), len(content),
        len(name), 0,
    )  # fmt: skip
    local = b"PK\x03\x04" + about + name.encode() + stream
    central = (
        b"PK\x01\x02" + struct.pack("<H", 20) + about + struct.pack("<HHHII", 0, 0, 0, 0, 0)
        + name.encode()
    )  # fmt: skip
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end


def declaring(archive: bytes, size: int) -> bytes:
    """The same archive, whose first member declares another size."""
    where = archive.index(b"PK\x01\x02") + 24
    return archive[:where] + struct.pack("<I", size) + archive[where + 4 :]


def locked(archive: bytes) -> bytes:
    """The same archive, whose first member says that it is encrypted."""
    where = archive.index(b"PK\x01\x02") + 8
    return archive[:where] + b"\x01\x00" + archive[where + 2 :]


def sav(rows: Sequence[Row], dates: Sequence[str] = (), missing: float | None = None) -> bytes:
    """An SPSS file of text and numbers."""
    import pandas as pd
    import pyreadstat

    header, *body = rows
    columns: dict[str, list[object]] = {}
    for place, name in enumerate(header):
        values = [row[place] for row in body]
        if name in dates:
            columns[name] = [datetime.date(2020, 1, 3) for _ in values]
        elif all(value.replace(",", "").replace("-", "").isdigit() for value in values):
            columns[name] = [float(value.replace(",", ".")) for value in values]
        else:
            columns[name] = list(values)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.sav"
        ranges = {} if missing is None else {"geboorten": [missing]}
        pyreadstat.write_sav(pd.DataFrame(columns), str(file), missing_ranges=ranges)
        content = file.read_bytes()
    return content[:92] + b"01 Jan 2612:00:00" + content[109:]
