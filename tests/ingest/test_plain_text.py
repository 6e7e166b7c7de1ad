"""Arrow reads a text file as the csv module does, or leaves it to that: cells, lines, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perinatal.catalog import Catalog, Source
from perinatal.catalog.contracts import Column
from perinatal.errors import RejectedDelivery
from perinatal.ingest.readers import delimited, read_table
from perinatal.ingest.readers.plain import read_plain

HEADER = "jaar;regiocode;aantal;opmaak"
CELLS = ["", "7", "2016", "GM9901", " ë ", "\u00a0x\x1c", "a b", '"a"', '"a;b"', '""', "n.b."]
ODD_CELLS = ['"a""b"', '"a\nb"', '"a\r\nb"', 'a"b', '"a"b', '"', "\r", "\ufeff", "\u2028", "\x0b"]
ENDS = ["\n", "\r\n"]
ODD_ENDS = ["\r", "", "\n\n", "\n;;;\n", "\n;\n", '\n"";\n', "\n \n", "\n\r\n", "\r\r\n"]


ODD_ROWS = ["1;2;3", "1;2;3;4;5", "1", "x" * 101, "ë" * 60 + ";;;"]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A csv file with at most two odd things in it: with more, one hides the other."""
    row = st.lists(st.sampled_from(CELLS), min_size=4, max_size=4)
    rows = draw(st.lists(row, max_size=4))
    lines = [HEADER, *(";".join(cells) for cells in rows)]
    ends = [draw(st.sampled_from(ENDS))] * len(lines)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(rows)))
        odd = draw(st.sampled_from(["cell", "end", "row", "no end"]))
        if odd == "cell" and place:
            rows[place - 1][draw(st.integers(0, 3))] = draw(st.sampled_from(ODD_CELLS))
            lines[place] = ";".join(rows[place - 1])
        elif odd == "row" and place:
            lines[place] = draw(st.sampled_from(ODD_ROWS))
        elif odd == "end":
            ends[place] = draw(st.sampled_from(ODD_ENDS))
        elif odd == "no end":
            ends[-1] = ""
    bom = draw(st.sampled_from(["", "\ufeff"]))
    return bom + "".join(line + end for line, end in zip(lines, ends, strict=True))


@pytest.fixture(scope="module")
def source(catalog: Catalog) -> Source:
    """Four columns as text, one of them ignored."""
    columns = tuple(Column(name=name, type="text") for name in HEADER.split(";")[:3])
    return catalog.sources["oefen_perinataal"].model_copy(
        update={"columns": columns, "ignore": {"opmaak": "hoe het eruitzag"}, "max_line": 100}
    )


def _read(file: Path, source: Source) -> pd.DataFrame | str:
    try:
        found = read_table(file, source)
    except RejectedDelivery as error:
        return str(error)
    return found.frame.astype("str")


def _by_csv_module(file: Path, source: Source) -> pd.DataFrame | str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "read_plain", lambda *_: None)
        patch.setattr(delimited, "longest_line", lambda _: source.max_line + 1)
        return _read(file, source)


def _agree(content: bytes, source: Source, folder: Path) -> None:
    file = folder / "levering.csv"
    file.write_bytes(content)
    found, expected = _read(file, source), _by_csv_module(file, source)
    if isinstance(found, str) or isinstance(expected, str):
        assert str(found) == str(expected), content
    else:
        pd.testing.assert_frame_equal(found, expected, obj=repr(content))


def _one_odd_thing() -> Iterator[str]:
    plain = [HEADER, *("2016;GM9901;7;x" for _ in range(3))]
    for row, column, odd in product((1, 3), (0, 1, 3), ODD_CELLS):
        cells = plain[row].split(";")
        cells[column] = odd
        yield "\n".join([*plain[:row], ";".join(cells), *plain[row + 1 :]]) + "\n"
    for row, odd in product((1, 3), ODD_ROWS):
        yield "\n".join([*plain[:row], odd, *plain[row + 1 :]]) + "\n"
    for row, odd in product(range(4), ODD_ENDS):
        yield "".join(line + (odd if n == row else "\n") for n, line in enumerate(plain))
    yield HEADER
    yield HEADER + "\n"


@pytest.mark.parametrize(("end", "header_row"), [("\n", 1), ("\r\n", 2)], ids=["unix", "windows"])
def test_one_odd_thing(end: str, header_row: int, source: Source, tmp_path: Path) -> None:
    source = source.model_copy(update={"header_row": header_row})
    above = 'een titel;met "aanhaling\n' * (header_row - 1)
    for text in _one_odd_thing():
        _agree((above + text).replace("\n", end).encode(), source, tmp_path)


@settings(max_examples=100)
@given(text=texts())
def test_the_same_table_or_the_same_refusal(
    text: str, source: Source, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _agree(text.encode(), source, tmp_path_factory.getbasetemp())


def test_an_encoding_of_one_byte_a_letter(source: Source, tmp_path: Path) -> None:
    source = source.model_copy(update={"encoding": "cp1252"})
    _agree(f"{HEADER}\n2016;Súdwest-Fryslân;7;€\n".encode("cp1252"), source, tmp_path)


ROWS = f"{HEADER}\n2016;GM9901;7;\n\n;;;\n2017;GM9901;8;x\n"


@pytest.mark.parametrize(
    "text",
    [ROWS, ROWS.replace("\n", "\r\n"), ROWS.rstrip(), ROWS.replace("GM9901", '"GM 99;01"')],
    ids=["as it is", "of Windows", "without a last line end", "with quotes"],
)
def test_what_arrow_reads(text: str) -> None:
    """Without this the csv module could read every file, and nobody would see more than time."""
    plain = read_plain(text, 1, 4, ";")
    assert plain is not None
    assert plain.lines.tolist() == [2, 4, 5]
    codes, years = plain.columns[0]
    assert [years[code] for code in codes] == ["2016", "", "2017"]


@pytest.mark.parametrize(
    "row",
    ['a"b;;;', '"a"b;;;', '"a""b";;;', '"a\nb";;;', '"a;;;', "a\rb;;;", "\ufeffa;;;", "a;b;c",
     "a;b;c;d;e", ";"],
)  # fmt: skip
def test_what_the_csv_module_reads(row: str) -> None:
    assert read_plain(f"{HEADER}\n{row}\n", 1, 4, ";") is None
