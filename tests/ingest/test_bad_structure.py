"""Files that do not keep their contract: refused, with the place and what to do, nothing loaded."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from perinatal.catalog import Catalog

if TYPE_CHECKING:
    from tests.ingest.conftest import Watched

Write = Callable[[str, bytes], Path]
Cell = Callable[[bytes, int, str, str], bytes]


def _header(old: bytes, new: bytes) -> Callable[[bytes, Cell], bytes]:
    return lambda content, cell: content.replace(old, new, 1)


def _cell(line: int, column: str, value: str) -> Callable[[bytes, Cell], bytes]:
    return lambda content, cell: cell(content, line, column, value)


def _drop_column(content: bytes, cell: Cell) -> bytes:
    rows = [line.split(b";") for line in content.splitlines()]
    gone = rows[0].index(b"geboorten")
    return b"\n".join(b";".join(r[:gone] + r[gone + 1 :]) for r in rows)


def _double_column(content: bytes, cell: Cell) -> bytes:
    lines = content.splitlines()
    return b"\n".join([lines[0] + b";te_vroeg", *[line + b";3" for line in lines[1:]]])


def _line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes, Cell], bytes]:
    def make(content: bytes, cell: Cell) -> bytes:
        lines = content.split(b"\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\n".join(lines)

    return make


def _bytes(content: bytes) -> Callable[[bytes, Cell], bytes]:
    return lambda good, cell: content


CASES: dict[str, tuple[Callable[[bytes, Cell], bytes], str, str]] = {
    # name: (how the file is made, rule, what the message says)
    "wrong column": (
        _header(b"te_vroeg;", b"te_vroegg;"), "STR-COLUMN",
        r"column 6: 'te_vroegg' is not in the contract.*Did you mean 'te_vroeg'\?",
    ),
    "missing column": (_drop_column, "STR-COLUMN", "column 'geboorten': is missing"),
    "duplicate column": (_double_column, "STR-COLUMN", "column 'te_vroeg': stands twice"),
    "word for a number": (
        _cell(5, "geboorten", "987654 GEHEIM"), "STR-TYPE", "column 'geboorten', line 5: .*whole",
    ),
    "decimal comma in a count": (
        _cell(6, "te_vroeg", "31,4159"), "STR-TYPE", "column 'te_vroeg', line 6: .*whole number",
    ),
    "decimal point in a count": (
        _cell(6, "te_vroeg", "31.4159"), "STR-TYPE", "column 'te_vroeg', line 6: .*whole number",
    ),
    "thousands point": (_cell(2, "geboorten", "987.654"), "STR-TYPE", "'geboorten', line 2"),
    "excel error": (_cell(9, "te_licht", "#DEEL/0!"), "STR-TYPE", "'te_licht', line 9"),
    "infinite": (_cell(9, "te_licht", "inf"), "STR-TYPE", "'te_licht', line 9"),
    "no year": (_cell(7, "jaar", ""), "STR-TYPE", "column 'jaar', line 7: is empty"),
    "unknown level": (
        _cell(8, "niveau", "GEHEIM"), "STR-REGION", "column 'niveau', line 8: .*one of: land",
    ),
    "empty": (_bytes(b""), "STR-EMPTY", "file: is empty"),
    "blank": (_bytes(b" \n\n"), "STR-EMPTY", "file: is empty"),
    "only a BOM": (_bytes(b"\xef\xbb\xbf"), "STR-EMPTY", "file: is empty"),
    "header only": (
        lambda good, cell: good.split(b"\n")[0] + b"\n", "STR-EMPTY", "a header and no rows",
    ),
    "xlsx": (_bytes(b"PK\x03\x04\x14\x00GEHEIM"), "STR-FORMAT", "an Excel or zip file, not csv"),
    "xls": (_bytes(b"\xd0\xcf\x11\xe0GEHEIM"), "STR-FORMAT", "an old Excel file, not csv"),
    "pdf": (_bytes(b"%PDF-1.7 GEHEIM"), "STR-FORMAT", "a PDF, not csv"),
    "sav": (_bytes(b"$FL2@(#) GEHEIM"), "STR-FORMAT", "an SPSS file, not csv"),
    "html": (_bytes(b"\n<!DOCTYPE html><p>GEHEIM"), "STR-FORMAT", "not a csv text file"),
    "utf-16": (
        lambda good, cell: good.decode().encode("utf-16"), "STR-FORMAT", "not a csv text file",
    ),
    "latin-1": (
        _line(4, lambda line: line + "ë".encode("latin-1")),
        "STR-ENCODING", "line 4: .*another encoding.*utf-8",
    ),
    "cut in a line": (lambda good, cell: good[:700], "STR-TRUNCATED", r"line \d+: has \d+ fields"),
    "unclosed quote": (
        _line(4, lambda line: line.replace(b";", b';"', 1)), "STR-TRUNCATED",
        r"line \d+: cannot be read as csv.*cut off",
    ),
    "too many fields": (
        _line(5, lambda line: line + b";987654"), "STR-FIELDS", "line 5: has 17 fields.* 16",
    ),
    "totals row below": (
        lambda good, cell: good + b"Totaal;987654\n", "STR-TRUNCATED", r"has 2 fields.*footer",
    ),
    "other separator": (
        lambda good, cell: good.replace(b";", b","), "STR-COLUMN", "line 1: has no ';' between",
    ),
    "title above the header": (
        lambda good, cell: b"Cijfers GEHEIM\n" + good, "STR-COLUMN", "line 1: has no ';'",
    ),
    # its first row then stands where names should be: those names are values, also when double
    "no header": (
        lambda good, cell: good.split(b"\n", 1)[1].replace(b"2025;land;", b"987654;987654;", 1),
        "STR-COLUMN", "column 1: .*not in the contract",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_refused_with_place_and_remedy(
    name: str, watched: Watched, small: bytes, cell: Cell, delivery: Write
) -> None:
    make, rule, message = CASES[name]
    file = delivery(f"oefenregio_perinataal_{name.replace(' ', '_')}.csv", make(small, cell))
    outcome = watched.refuse(file)
    assert outcome.verdict == "rejected"
    assert set(outcome.rules) == {rule}
    assert re.search(message, outcome.message)
    assert outcome.message.startswith(file.name)
    assert outcome.place in outcome.alert["problem"]


def _limited(catalog: Catalog, name: str) -> Catalog:
    source = catalog.sources[name].model_copy(update={"max_megabytes": 1})
    return catalog.model_copy(update={"sources": {**catalog.sources, name: source}})


def test_larger_than_the_contract_allows(watched: Watched, small: bytes, delivery: Write) -> None:
    file = delivery("oefenregio_perinataal_groot.csv", small + b"\n" * 1_000_001)
    outcome = watched.refuse(file, catalog=_limited(watched.catalog, "oefen_perinataal"))
    assert set(outcome.rules) == {"STR-SIZE"}
    assert "at most 1 MB" in outcome.message


def test_small_archive_that_unpacks_too_large(
    watched: Watched, small: bytes, delivery: Write
) -> None:
    packed = gzip.compress(small + b"\n" * 1_000_001)
    file = delivery("oefenregio_perinataal_bom.csv.gz", packed)
    assert len(packed) < 20_000
    outcome = watched.refuse(
        file, "oefen_perinataal", _limited(watched.catalog, "oefen_perinataal")
    )
    assert "too large once unpacked" in outcome.message


def test_only_rows_that_the_contract_skips(watched: Watched, delivery: Write) -> None:
    content = (
        b"niveau,regiocode,regionaam,gemeentecode,indicator,noemer,percentage,aantal_geschat,"
        b"ink_ouders_x1000\npc3,101,,,sga,987654,10.5,1,1\n"
    )
    outcome = watched.refuse(delivery("kansenkloof_x_totalen.csv", content))
    assert set(outcome.rules) == {"STR-EMPTY"}


def _features(change: Callable[[list[Any]], object]) -> Callable[[bytes], bytes]:
    def make(content: bytes) -> bytes:
        collection = json.loads(content)
        change(collection["features"])
        return json.dumps(collection).encode()

    return make


def _geometry(geometry: object) -> Callable[[bytes], bytes]:
    return _features(lambda features: features[2].update(geometry=geometry))


MAPS: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "no geometry": (_geometry(None), "MAP-GEOMETRY", "feature 3"),
    "geometry of two points": (
        _geometry({"type": "Polygon", "coordinates": [[[5, 52], [5.1, 52]]]}),
        "MAP-GEOMETRY", "feature 3",
    ),
    "geometry of words": (
        _geometry({"type": "Polygon", "coordinates": "GEHEIM"}), "MAP-GEOMETRY", "feature 3",
    ),
    "a point": (_geometry({"type": "Point", "coordinates": [5, 52]}), "MAP-GEOMETRY", "feature 3"),
    "empty polygon": (
        _geometry({"type": "Polygon", "coordinates": []}), "MAP-GEOMETRY", "feature 3",
    ),
    "metres instead of degrees": (
        _geometry({"type": "Polygon", "coordinates": [[
            [155000, 463000], [156000, 463000], [156000, 464000], [155000, 463000]]]}),
        "MAP-GEOMETRY", "feature 3.*degrees",
    ),
    "double code": (
        _features(lambda f: f[5]["properties"].update(code=f[4]["properties"]["code"])),
        "MAP-CODE", "feature 6: has a code that is double",
    ),
    "unknown kind of code": (
        _features(lambda f: f[5]["properties"].update(code="GEHEIM")), "MAP-CODE", "feature 6",
    ),
    "no name": (
        _features(lambda f: f[1]["properties"].pop("name")), "MAP-PROPERTY",
        "feature 2: lacks 'code' or 'name'",
    ),
    "a feature that is no object": (
        _features(lambda f: f.insert(0, "GEHEIM")), "MAP-PROPERTY", "feature 1",
    ),
    "cut off": (lambda content: content[:5000], "STR-TRUNCATED", r"line \d+: cannot be read"),
    "a list": (lambda content: b"[1, 2]", "STR-EMPTY", "no features"),
}  # fmt: skip


@pytest.mark.parametrize("name", MAPS)
def test_bad_map(name: str, watched: Watched, delivery: Write) -> None:
    make, rule, message = MAPS[name]
    file = delivery(f"oefenregio_grenzen_{name.replace(' ', '_')}.geojson", make(watched.map))
    outcome = watched.refuse(file)
    assert set(outcome.rules) == {rule}
    assert re.search(message, outcome.message)


@pytest.mark.parametrize("damage", ["cut", "not gzip"])
def test_damaged_gzip_map(damage: str, watched: Watched, delivery: Write) -> None:
    packed = gzip.compress(watched.map)
    # not the very bytes of the good map: those are known, under whatever name they come
    content = packed[: len(packed) // 2] if damage == "cut" else watched.map + b" "
    file = delivery(f"oefenregio_grenzen_{damage[:3]}.geojson.gz", content)
    outcome = watched.refuse(file, "oefen_grenzen")
    assert set(outcome.rules) == {"STR-TRUNCATED"}
    assert "damaged or cut off" in outcome.message
