"""Makes the files of this folder: ``python tests/data/make.py [FOLDER]``; always the same bytes.

Every bad file is the good one with one fault. Nothing here is packed by a library, whose next
version could pack otherwise; only the SPSS files are written by one, and get a fixed date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from formats import (
    Cell,
    Error,
    Formula,
    Row,
    Styled,
    declaring,
    deflated_run,
    gz,
    locked,
    numbers,
    packed_run,
    parts,
    sav,
    sheet_xml,
    stored,
)

HERE = Path(__file__).parent
HEADER = ["jaar", "regiocode", "regionaam", "geboorten", "te_vroeg", "thuis_percentage",
          "toelichting"]  # fmt: skip
PLACES = {
    "NL99": "Oefenland",
    "GM0999": "'s-Proefbosch",
    "GM9995": "Súdwest-Proeflân",
    "WK0999AA": "Centrum",
    "WK0999AB": "Zuid-West",
    "WK999500": "Wijk 00 Dorp",
    "WK999501": "Wijk 01 It Fjild (noord)",
}
YEARS = (2020, 2021, 2022)
WIJKEN = {
    "WK0999AA": (180, 14),
    "WK0999AB": (240, 17),
    "WK999500": (330, 22),
    "WK999501": (280, 19),
}
PLANTED = "987654"
"""Stands where a value is wrong: no alert may repeat it."""


def table() -> list[Row]:
    """The good delivery: header and 21 rows; wijken add up to their municipality."""
    rows = [HEADER]
    for number, year in enumerate(YEARS):
        counts = {}
        for code, (births, early) in WIJKEN.items():
            counts[code] = (births + 5 * number, early + number % 2, births // 8)
        for code, inside in (("GM0999", "WK0999"), ("GM9995", "WK9995")):
            parts = [value for wijk, value in counts.items() if wijk.startswith(inside)]
            counts[code] = tuple(map(sum, zip(*parts, strict=True)))
        counts["NL99"] = (168_000 + number, 11_300 - 100 * number, 26_000)
        for code, name in PLACES.items():
            births, early, home = counts[code]
            share = f"{100 * home / births:.1f}".replace(".", ",")
            rows.append([str(year), code, name, str(births), str(early), share, ""])
    return rows


def text(rows: Iterable[Sequence[str]], delimiter: str = ";", end: str = "\n") -> str:
    """Lines of a csv file; a cell with a separator or quote is quoted."""

    def cell(value: str) -> str:
        if any(sign in value for sign in (delimiter, '"', "\n")):
            return '"' + value.replace('"', '""') + '"'
        return value

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


def changed(line: int, column: str, value: str, *more: tuple[int, str, str]) -> bytes:
    """The good delivery with other cells; line 1 is the header, line 17 the last year's GM0999."""
    rows = table()
    for place, name, new in ((line, column, value), *more):
        rows[place - 1][HEADER.index(name)] = new
    return text(rows).encode()


def noted(note: str) -> bytes:
    """The good delivery with a note, so that no two files are the same delivery."""
    return changed(16, "toelichting", note)


def everywhere(column: str, change: Callable[[str], str]) -> bytes:
    """The good delivery with every cell of a column changed."""
    rows = table()
    for row in rows[1:]:
        row[HEADER.index(column)] = change(row[HEADER.index(column)])
    return text(rows).encode()


def workbook(
    rows: Sequence[Sequence[Cell]] | None = None,
    merged: str = "",
    far: str = "",
    more: dict[str, str] | None = None,
    hidden: Sequence[str] = (),
) -> bytes:
    """A workbook with the sheet 'Cijfers'; without rows: the good delivery."""
    cells = numbers(table()) if rows is None else rows
    return stored(parts({"Cijfers": sheet_xml(cells, merged, far), **(more or {})}, hidden))


def cells(*changes: tuple[int, str, Cell]) -> bytes:
    """The good workbook with other cells; row 1 is the header."""
    rows = numbers(table())
    for row, column, value in changes:
        rows[row - 1][HEADER.index(column)] = value
    return workbook(rows)


def good() -> dict[str, bytes]:
    """Other spellings of the good delivery."""
    rows, plain = table(), text(table())
    order = [3, 6, 0, 5, 1, 4, 2]
    shuffled = [rows[0], *[rows[1 + (8 * n) % 21] for n in range(21)]]
    titled: list[list[Cell]] = [
        ["Cijfers van Oefenland"],
        [],
        *numbers(rows),
        [None] * 7,
        [None] * 7,
    ]
    summed = numbers(rows)
    for number, row in enumerate(summed[1:], start=2):
        row[3] = Formula(f"B{number}*1", int(rows[number - 1][3]))
    shown = [[value or None for value in row] for row in rows]
    other = {"Uitleg": sheet_xml([["Dit blad hoort er niet bij."]])}
    accents = plain.replace("Súdwest-Proeflân", "Su\u0301dwest-Proefla\u0302n")
    return {
        "gewoon.csv": plain.encode(),
        "crlf.csv": text(rows, end="\r\n").encode(),
        "old_mac_line_ends.csv": text(rows, end="\r").encode(),
        "bom.csv": b"\xef\xbb\xbf" + plain.encode(),
        "quoted_everywhere.csv": "".join(
            ";".join(f'"{cell}"' for cell in row) + "\n" for row in rows
        ).encode(),
        "other_column_order.csv": text([[row[n] for n in order] for row in rows]).encode(),
        "sorted_otherwise.csv": text(shuffled).encode(),
        "spaces_around_cells.csv": "".join(" ; ".join(row) + " \n" for row in rows).encode(),
        "no_last_line_end.csv": plain.rstrip("\n").encode(),
        "blank_lines_below.csv": plain.encode() + b"\n\n\n",
        "empty_rows_below.csv": plain.encode() + b";;;;;;\n;;;;;;\n",
        "accents_in_two_signs.csv": accents.encode(),
        "curly_apostrophe.csv": plain.replace("'s-", "’s-").encode(),
        "latin1.csv": plain.encode("latin-1"),
        "cp1252.csv": plain.replace("'s-", "’s-").encode("cp1252"),
        "tabs.csv": text(rows, "\t").encode(),
        "decimal_points.csv": everywhere("thuis_percentage", lambda cell: cell.replace(",", ".")),
        "no_optional_column.csv": text([row[:-1] for row in rows]).encode(),
        "ignored_column.csv": text(
            [[*row, "opmaak" if row is rows[0] else "x"] for row in rows]
        ).encode(),
        "title_above.csv": b"Cijfers van Oefenland\n\n" + plain.encode(),
        "declared_markers.csv": changed(5, "te_vroeg", "<10", (6, "te_vroeg", "n.b.")),
        "note_with_line_end.csv": changed(5, "toelichting", "Een; met een teken.\nTwee."),
        "packed.csv.gz": gz(plain.encode()),
        "packed.csv.zip": stored({"cijfers.csv": plain.encode()}),
        "workbook.xlsx": workbook(),
        "workbook_of_text.xlsx": workbook(shown),
        "workbook_with_title.xlsx": workbook(titled, merged="A1:G1"),
        "workbook_with_computed_formulas.xlsx": workbook(summed),
        "workbook_with_other_sheets.xlsx": workbook(more=other, hidden=["Uitleg"]),
        "spss.sav": sav(rows),
    }  # fmt: skip


def bad() -> dict[str, bytes]:
    """One fault each; what must become of them stands in bad/cases.yaml."""
    return {**_bad_text(), **_bad_rows(), **_bad_cells(), **_bad_codes(), **_bad_binary()}


def _bad_text() -> dict[str, bytes]:
    rows, plain = table(), text(table())
    lines = plain.splitlines(keepends=True)
    twice = [[*row, row[4]] for row in rows]
    return {
        "empty.csv": b"",
        "blank.csv": b" \n\n",
        "only_a_bom.csv": b"\xef\xbb\xbf",
        "header_only.csv": lines[0].encode(),
        "only_skipped_rows.csv": "".join(lines[:2]).encode(),
        "utf16.csv": b"\xff\xfe" + plain.encode("utf-16-le"),
        "latin1_for_utf8.csv": noted("als latin-1").decode().encode("latin-1"),
        "dos_letters_for_utf8.csv": plain.encode("cp850"),
        "utf8_for_cp1252.csv": noted("als utf-8"),
        "encoded_twice.csv": plain.encode().decode("cp1252").encode(),
        "letters_lost.csv": plain.replace("Súd", "S\ufffdd").encode(),
        "bom_twice.csv": b"\xef\xbb\xbf\xef\xbb\xbf" + plain.encode(),
        "comma_separated.csv": text(rows, ",").encode(),
        "tab_separated.csv": text(rows[:-1], "\t").encode(),
        "stray_separator.csv": (
            "".join(lines[:4]) + lines[4].replace("Centrum", "Centrum; oost") + "".join(lines[5:])
        ).encode(),
        "unclosed_quote.csv": plain.replace("Centrum", '"Centrum', 1).encode(),
        "cut_in_a_line.csv": plain[:700].encode(),
        "footer.csv": (plain + "Bron: GEHEIM\n").encode(),
        "footer_with_separators.csv": (plain + "Bron: GEHEIM;;;;;;\n").encode(),
        "header_lower_down.csv": ("Cijfers GEHEIM\n\nStand 1 mei\n" + plain).encode(),
        "header_in_two_rows.csv": ("Regio;;;Geboorten;;;\n" + plain).encode(),
        "header_without_names.csv": plain.replace("te_vroeg;", ";", 1).encode(),
        "no_header.csv": plain.split("\n", 1)[1].encode(),
        "wrong_column.csv": plain.replace("te_vroeg", "te_vroegg", 1).encode(),
        "missing_column.csv": text([row[:4] + row[5:] for row in rows]).encode(),
        "duplicated_column.csv": text(twice).encode(),
        "swapped_columns.csv": plain.replace(
            "geboorten;te_vroeg", "te_vroeg;geboorten", 1
        ).encode(),
        "swapped_code_and_name.csv": plain.replace(
            "regiocode;regionaam", "regionaam;regiocode", 1
        ).encode(),
        "zero_bytes.csv": plain.replace("Centrum", "Cen\x00trum").encode(),
        "web_page.csv": b"\n<!DOCTYPE html><p>GEHEIM</p>\n",
        "long_line.csv": (plain + "2022;NL99;" + "x" * 600 + ";1;1;1;\n").encode(),
        "line_ends_lost.csv": plain.replace("\n", " ").encode(),
        "larger_than_the_limit.csv": plain.encode() + b"\n" * 1000,
    }  # fmt: skip


def _bad_rows() -> dict[str, bytes]:
    rows, plain = table(), text(table())

    def without(keep: Callable[[Row], bool]) -> bytes:
        return text([rows[0], *[row for row in rows[1:] if keep(row)]]).encode()

    total = "2022;Totaal;;987654;987654;15,0;\n"
    return {
        "totals_row.csv": (plain + total).encode(),
        "totals_row_without_code.csv": (plain + ";;Totaal;987654;987654;15,0;\n").encode(),
        "double_row.csv": (plain + text([rows[17]])).encode(),
        "cut_at_a_line.csv": text(rows[:-2]).encode(),
        "region_missing_in_one_year.csv": without(lambda r: r[:2] != ["2021", "WK999500"]),
        "year_gone.csv": without(lambda row: row[0] != "2020"),
        "municipality_gone.csv": without(lambda row: "9995" not in row[1]),
        "national_row_gone.csv": without(lambda row: row[1] != "NL99"),
    }  # fmt: skip


def _bad_cells() -> dict[str, bytes]:
    # line 17 is GM0999 in 2022, line 19 its wijk WK0999AA
    made = {
        f"marker_{name}.csv": changed(19, "te_vroeg", sign)
        for name, sign in {
            "x": "x", "point": ".", "dash": "-", "star": "*", "not_applicable": "n.v.t.",
            "swing": "-99996", "word": "GEHEIM",
        }.items()
    }  # fmt: skip
    return made | {
        "decimal_point_for_comma.csv": everywhere(
            "thuis_percentage", lambda cell: cell.replace(",", ".") + "0"
        ),
        "decimal_comma_for_point.csv": noted("met komma's"),
        "decimals_in_a_count.csv": changed(19, "te_vroeg", "31,4159"),
        "thousands_point.csv": changed(16, "geboorten", "987.654"),
        "thousands_space.csv": changed(16, "geboorten", "987\u00a0654"),
        "thousands_and_decimals.csv": changed(16, "thuis_percentage", "1.071,2"),
        "exponent.csv": changed(16, "geboorten", "9,87654E+05"),
        "more_digits_than_a_number_keeps.csv": changed(16, "geboorten", "9876549876549876"),
        "other_digits.csv": changed(19, "te_vroeg", "١٤"),
        "percent_sign.csv": everywhere("thuis_percentage", lambda cell: cell + "%"),
        "promille_sign.csv": changed(19, "thuis_percentage", "121‰"),
        "unit_in_the_cell.csv": changed(19, "thuis_percentage", "12 van de 100"),
        "two_units_in_one_column.csv": changed(
            19, "thuis_percentage", "0,12", (20, "thuis_percentage", "0,13")
        ),
        "percentage_above_100.csv": changed(19, "thuis_percentage", "987,6"),
        "excel_error.csv": changed(19, "te_vroeg", "#DEEL/0!"),
        "infinite.csv": changed(19, "te_vroeg", "inf"),
        "not_a_number.csv": changed(19, "thuis_percentage", "NaN"),
        "negative.csv": changed(19, "te_vroeg", "-987654"),
        "numerator_above_denominator.csv": changed(19, "te_vroeg", "987654"),
        "denominator_missing.csv": changed(17, "geboorten", ""),
        "wijken_above_municipality.csv": changed(19, "geboorten", "987654"),
        "no_year.csv": changed(17, "jaar", ""),
        "year_of_two_digits.csv": everywhere("jaar", lambda cell: cell[2:]),
        "year_of_five_digits.csv": changed(17, "jaar", "20222"),
        "date_for_a_year.csv": everywhere("jaar", lambda cell: f"1-1-{cell}"),
        "formula_in_a_name.csv": changed(19, "regionaam", "=HYPERLINK(987654)"),
        "formula_with_a_plus.csv": changed(19, "toelichting", "+cmd|' /C calc'!A0"),
        "html_in_a_name.csv": changed(19, "regionaam", "<script>GEHEIM</script>"),
        "html_in_a_note.csv": changed(19, "toelichting", "zie <a href='x'>GEHEIM</a>"),
        "sql_in_a_name.csv": changed(19, "regionaam", "x'); DROP TABLE data.observation; --"),
        "sql_in_a_code.csv": changed(19, "regiocode", "WK'; DROP TABLE data.observation; --"),
        "path_in_the_name.csv": noted("een pad als naam"),
        "packed_path_in_the_name.csv": noted("een verstopt pad als naam"),
        "formula_in_the_name.csv": noted("een formule als naam"),
        "html_in_the_name.csv": noted("een stukje pagina als naam"),
        "line_end_in_the_name.csv": noted("een regeleinde in de naam"),
        "reading_direction_turned.csv": changed(19, "regionaam", "Cen\u202etrum"),
    }  # fmt: skip


def _bad_codes() -> dict[str, bytes]:
    return {
        "no_code.csv": changed(19, "regiocode", ""),
        "unknown_region.csv": changed(19, "regiocode", "WK0999AZ"),
        "lost_leading_zeros.csv": everywhere("regiocode", lambda c: c.replace("0999", "999")),
        "code_without_letters.csv": everywhere("regiocode", lambda c: c[2:].lstrip("0")),
        "lower_case_codes.csv": everywhere("regiocode", str.lower),
        "lower_case_letters_in_a_wijk.csv": everywhere(
            "regiocode", lambda c: c.replace("AA", "aa")
        ),
        "letters_of_a_wijk_as_digits.csv": everywhere(
            "regiocode", lambda c: c.replace("AA", "00").replace("AB", "01")
        ),
        "space_in_a_code.csv": changed(17, "regiocode", "GM 0999"),
        "padded_code.csv": everywhere("regiocode", lambda c: c.replace("GM", "GM00")),
        "unseen_sign_in_a_code.csv": changed(17, "regiocode", "GM0999\u200b"),
        "date_in_a_code.csv": changed(19, "regiocode", "3-jan-22"),
        "postcode_for_a_wijk.csv": changed(19, "regiocode", "1234AB"),
        "merged_away_municipality.csv": text(
            [*table(), ["2022", "GM9996", "Weggefuseerd", "120", "8", "12,5", ""]]
        ).encode(),
        "other_country.csv": everywhere("regiocode", lambda c: c.replace("NL99", "BE01")),
    }  # fmt: skip


def _bad_binary() -> dict[str, bytes]:
    rows, plain = table(), text(table()).encode()
    book = parts({"Cijfers": sheet_xml(numbers(rows))})
    sheet = "xl/worksheets/sheet1.xml"
    entity = b'?><!DOCTYPE worksheet [<!ENTITY a "GEHEIM">]>'
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    wrong = [[*HEADER[:4], "te_vroegg", *HEADER[5:]], *rows[1:]]
    swing = [rows[0], *[[*r[:3], "-99996", *r[4:]] if r[:2] == ["2022", "WK0999AA"] else r
                        for r in rows[1:]]]  # fmt: skip
    return {
        "workbook_for_csv.csv": cells((16, "toelichting", "een werkmap")),
        "pdf_for_csv.csv": b"%PDF-1.7 GEHEIM\n",
        "spss_for_csv.csv": b"$FL2@(#) GEHEIM\n",
        "gzip_for_csv.csv": gz(noted("gepakt")),
        "csv_for_workbook.xlsx": noted("geen werkmap"),
        "web_page_for_workbook.xlsx": b"<html><table><tr><td>GEHEIM</td></tr></table></html>\n",
        "old_excel.xlsx": ole,
        "password.xlsx": ole + "EncryptedPackage".encode("utf-16-le") + bytes(32),
        "zip_for_workbook.xlsx": stored({"cijfers.csv": noted("gepakt")}),
        "cut_workbook.xlsx": workbook()[:2500],
        "damaged_sheet.xlsx": stored({**book, sheet: book[sheet][:1500]}),
        "entities_in_a_sheet.xlsx": stored({**book, sheet: book[sheet].replace(b"?>", entity)}),
        "formulas_never_computed.xlsx": cells((17, "geboorten", Formula("D19+D20"))),
        "error_in_a_cell.xlsx": cells((19, "te_vroeg", Error("#DIV/0!"))),
        "dates_in_codes.xlsx": cells((19, "regiocode", Styled(44564, 1))),
        "percent_format.xlsx": cells((19, "thuis_percentage", Styled(0.125, 2))),
        "text_in_a_count.xlsx": cells((19, "te_vroeg", "GEHEIM")),
        "code_as_number.xlsx": cells((17, "regiocode", 999)),
        "merged_header.xlsx": workbook(merged="D1:E1"),
        "merged_names.xlsx": workbook(merged="C2:C4"),
        "header_lower_down.xlsx": workbook([["Cijfers GEHEIM"], [], *numbers(rows)]),
        "hidden_sheet.xlsx": workbook(hidden=["Cijfers"]),
        "several_sheets.xlsx": workbook(
            more={"Oud": sheet_xml([["GEHEIM"]])}, hidden=["Oud"]
        ),
        "other_sheet.xlsx": cells((16, "toelichting", "een ander blad")),
        "empty_sheet.xlsx": workbook([]),
        "cell_far_away.xlsx": workbook(far="XFD1048576"),
        "cut_spss.sav": sav(rows)[:1400],
        "dates_in_spss.sav": sav(rows, dates=["regiocode"]),
        "wrong_column_in_spss.sav": sav(wrong),
        "marker_in_spss.sav": sav(swing, missing=-99996.0),
        "cut.csv.gz": gz(plain)[:300],
        "not_a_gzip.csv.gz": noted("niet gepakt"),
        "declares_too_much.csv.gz": gz(plain, declared=900_000_000),
        "unpacks_to_too_much.csv.gz": gz(plain) + gz(*deflated_run(250_000)),
        "unpacks_to_many_times_its_size.csv.gz": gz(*deflated_run(250_000)),
        "unpacks_to_many_times_its_size.csv.zip": packed_run("cijfers.csv", 300_000),
        "declares_too_much.csv.zip": declaring(stored({"cijfers.csv": plain}), 900_000_000),
        "cut_at_the_front.csv.zip": stored({"cijfers.csv": plain})[40:],
        "two_files.csv.zip": stored({"a.csv": plain, "b.csv": plain}),
        "path_in_an_archive.csv.zip": stored({"../../cijfers.csv": plain}),
        "locked.csv.zip": locked(stored({"cijfers.csv": plain})),
    }  # fmt: skip


def borders() -> bytes:
    """A map of small squares, one for each place, for 2021."""
    features = []
    for number, (code, name) in enumerate(PLACES.items()):
        if code == "NL99":
            continue
        west = 5 + number / 10
        ring = [[west, 52], [west + 0.1, 52], [west + 0.1, 52.1], [west, 52.1], [west, 52]]
        features.append({
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        })  # fmt: skip
    content = {"type": "FeatureCollection", "features": features}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def files() -> dict[str, bytes]:
    """Every file that this script makes, by its path in the folder."""
    made = {f"good/{name}": content for name, content in good().items()}
    made |= {f"bad/{name}": content for name, content in bad().items()}
    return made | {"proef_kaart_2021.geojson": borders()}


def main(folder: Path) -> None:
    """Write them all."""
    for name, content in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
