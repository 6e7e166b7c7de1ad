"""What a workbook (xlsx) holds that a table of values does not tell.

calamine reads values fast, but gives an empty cell for an error and for a formula that was never
computed, and makes room for every cell up to the furthest one. So the XML of the sheet is looked
through first, and calamine gets only the parts that were looked at.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from perinatal.catalog import Source
from perinatal.ingest.readers.refusal import AGAIN, refuse
from perinatal.ingest.readers.unpack import members

Cell = tuple[int, int]
Attributes = dict[str, str]
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_PERCENT = {"9", "10"}  # numbers of the built-in formats 0% and 0.00%
_LITERAL = re.compile(r'"[^"]*"|\\.')
_ROOM = 1_000_000
_ROOM_PER_CELL = 20


class _Forbidden(Exception):
    """The XML declares entities, which no workbook needs and which can explode."""


@dataclass(frozen=True)
class Sheet:
    name: str
    part: str
    hidden: bool


@dataclass
class Marks:
    """Cells of a sheet (row and column from 1) that need a word, and the sheet's reach."""

    unfinished: list[Cell] = field(default_factory=list)
    """Formulas without a computed value."""
    errors: list[Cell] = field(default_factory=list)
    percent: set[Cell] = field(default_factory=set)
    """Numbers that are shown with a percent sign, a hundred times as large as they are stored."""
    merged: list[tuple[str, int, int]] = field(default_factory=list)
    """Range, first and last row."""
    cells: int = 0
    last: Cell = (0, 0)
    width: int = 0


class Workbook:
    """The parts of one workbook; raises RejectedDelivery when they do not hold together."""

    def __init__(self, file: Path, data: bytes, source: Source) -> None:
        self.file = file
        self.to_compute = False
        """The writer asks to compute all formulas: the values that stand there are none."""
        self.parts = {
            name.lstrip("/"): content
            for name, content in members(file, data, source)
            if name.lower().endswith((".xml", ".rels"))
        }
        if "xl/workbook.xml" not in self.parts:
            refuse(
                file,
                "file",
                "is a zip file without a readable workbook in it.",
                "an xlsx file.",
                "Open it in Excel and save it as xlsx (Excel-werkmap).",
                "STR-FORMAT",
            )
        self.sheets = self._sheets()

    def _sheets(self) -> list[Sheet]:
        targets: dict[str, str] = {}
        sheets: list[Sheet] = []

        def relation(tag: str, given: Attributes) -> None:
            if tag == "Relationship" and given.get("Type", "").endswith("/worksheet"):
                target = given.get("Target", "")
                part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                targets[given.get("Id", "")] = posixpath.normpath(part)

        def sheet(tag: str, given: Attributes) -> None:
            if tag == "sheet":
                target = next((targets.get(v) for k, v in given.items() if k.endswith(":id")), None)
                if target is not None:
                    hidden = given.get("state", "visible") != "visible"
                    sheets.append(Sheet(given.get("name", ""), target, hidden))
            elif tag == "calcPr" and given.get("fullCalcOnLoad") in ("1", "true"):
                self.to_compute = True

        self._walk("xl/_rels/workbook.xml.rels", relation)
        self._walk("xl/workbook.xml", sheet)
        return sheets

    def choose(self, source: Source) -> Sheet:
        """The sheet of the contract; without one, the only sheet.

        Raises:
            RejectedDelivery: no such sheet, several, or a hidden one.
        """
        # names come from outside and travel by mail
        names = ", ".join(f"'{sheet.name[:30]}'" for sheet in self.sheets[:8])
        if source.sheet is None and len(self.sheets) != 1:
            hidden = sum(sheet.hidden for sheet in self.sheets)
            refuse(
                self.file,
                "workbook",
                f"has {len(self.sheets)} sheets, {hidden} of them hidden: {names}.",
                "one sheet, or the name of the right one in the contract.",
                "Remove the others, or write 'sheet' in the contract.",
                "STR-FORMAT",
            )
        found = [sheet for sheet in self.sheets if source.sheet in (None, sheet.name)]
        if not found or found[0].part not in self.parts:
            refuse(
                self.file,
                "workbook",
                f"has no sheet '{source.sheet}'; it has {names or 'none'}.",
                f"the sheet of {source.id}.yaml.",
                "Rename the sheet, or mend 'sheet' in the contract.",
                "STR-FORMAT",
            )
        if found[0].hidden:
            refuse(
                self.file,
                f"sheet '{found[0].name[:30]}'",
                "is hidden.",
                "a sheet that the sender can see.",
                "Make it visible and look whether it is what should be delivered.",
                "STR-FORMAT",
            )
        return found[0]

    def marks(self, sheet: Sheet) -> Marks:
        """Look through the cells of a sheet.

        Raises:
            RejectedDelivery: damaged, or cells so far apart that they would fill the memory.
        """
        percent = self._percent_styles()
        marks = Marks()
        kind, inside = "n", ""
        formula = value = False
        row = 0

        def start(tag: str, given: Attributes) -> None:
            nonlocal row, kind, inside, formula, value
            inside = tag
            if tag == "row":
                row = int(given.get("r", row + 1))
            elif tag == "c":
                kind, formula, value = given.get("t", "n"), False, False
                place = self._place(given, row, marks.last)
                if place <= marks.last:
                    self._damaged()
                marks.last, marks.cells = place, marks.cells + 1
                marks.width = max(marks.width, place[1])
                if kind == "e":
                    marks.errors.append(place)
                if kind == "n" and given.get("s") in percent:
                    marks.percent.add(place)
            elif tag == "f":
                formula = True
            elif tag == "v" and kind == "str":
                value = True  # a formula may give an empty text
            elif tag == "mergeCell":
                self._merge(given.get("ref", ""), marks)

        def text(_: str) -> None:
            nonlocal value
            if inside == "v":
                value = True

        def end(tag: str) -> None:
            nonlocal inside
            inside = ""
            if tag == "c" and formula and (self.to_compute or not value):
                marks.unfinished.append(marks.last)

        self._walk(sheet.part, start, end, text)
        if marks.last[0] * marks.width > _ROOM + _ROOM_PER_CELL * marks.cells:
            refuse(
                self.file,
                f"cell {address(marks.last)}",
                "stands so far from the others that reading would fill the memory.",
                "a table in one block.",
                "Remove what stands far below or to the right of the table.",
                "STR-SIZE",
            )
        return marks

    def _place(self, given: Attributes, row: int, last: Cell) -> Cell:
        found = _ADDRESS.fullmatch(given["r"]) if "r" in given else None
        if found is None:
            return (row, last[1] + 1 if last[0] == row else 1)
        if int(found[2]) != row:
            self._damaged()
        return (row, column_number(found[1]))

    def _merge(self, ref: str, marks: Marks) -> None:
        corners = [_ADDRESS.fullmatch(corner) for corner in ref.split(":")]
        rows = [int(corner[2]) for corner in corners if corner]
        if rows:
            marks.merged.append((ref, min(rows), max(rows)))

    def _percent_styles(self) -> set[str]:
        """Numbers of the cell styles that show a percent sign."""
        formats = set(_PERCENT)
        styles: set[str] = set()
        of_cells = False
        count = 0

        def start(tag: str, given: Attributes) -> None:
            nonlocal count, of_cells
            if tag == "numFmt" and "%" in _LITERAL.sub("", given.get("formatCode", "")):
                formats.add(given.get("numFmtId", ""))
            elif tag == "cellXfs":
                of_cells = True
            elif tag == "xf" and of_cells:
                if given.get("numFmtId") in formats:
                    styles.add(str(count))
                count += 1

        def end(tag: str) -> None:
            nonlocal of_cells
            if tag == "cellXfs":
                of_cells = False

        if "xl/styles.xml" in self.parts:
            self._walk("xl/styles.xml", start, end)
        return styles

    def only(self, sheet: Sheet) -> io.BytesIO:
        """A workbook of the judged parts and one sheet, for calamine."""
        others = {other.part for other in self.sheets} - {sheet.part}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.parts.items():
                if name not in others:
                    archive.writestr(name, content)
        out.seek(0)
        return out

    def _walk(
        self,
        part: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda tag, given: start(tag.rpartition(":")[2], given)
        if end is not None:
            closing = end
            parser.EndElementHandler = lambda tag: closing(tag.rpartition(":")[2])
        if text is not None:
            parser.CharacterDataHandler = text

        def doctype(*_: object) -> None:
            raise _Forbidden

        parser.StartDoctypeDeclHandler = doctype
        try:
            parser.Parse(self.parts.get(part, b""), True)
        except (expat.ExpatError, _Forbidden, ValueError, LookupError):
            self._damaged()

    def _damaged(self) -> NoReturn:
        refuse(
            self.file,
            "workbook",
            "is damaged, or was not written by a spreadsheet.",
            "an xlsx file.",
            f"Open it in Excel and save it anew. {AGAIN}",
            "STR-TRUNCATED",
        )


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(cell: Cell) -> str:
    """F5 for row 5, column 6."""
    return f"{column_letters(cell[1])}{cell[0]}"
