"""Read workbook, open file and PDF back, with other hands than those that wrote them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree
from zipfile import ZipFile

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.errors import IntegrityError
from perinatal.startfoto.charts.trend_words import period
from perinatal.startfoto.document import FigureRow, Startfoto
from perinatal.startfoto.figures import COLUMNS, Value, figure_rows, figures, references
from perinatal.startfoto.readback import beside_axes, known_numbers, unknown_numbers
from perinatal.startfoto.render_csv import harmless
from perinatal.startfoto.render_xlsx import ALL_FIGURES, SENTENCES

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
Row = Sequence[object]
_RUN = re.compile(r"\d[\d.,]*\d")


def check_csv(document: Startfoto, content: bytes) -> None:
    """Hold the open file against the figures of its document.

    Raises:
        IntegrityError: a row that is missing, too many or different.
    """
    found = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    wanted = [["" if value is None else str(harmless(value)) for value in row]
              for row in figures(document)]  # fmt: skip
    _stop("open file", _different(found, wanted))


def check_workbook(document: Startfoto, content: bytes) -> None:
    """Hold a workbook against its document: the flat sheet cell by cell, the others by number.

    Raises:
        IntegrityError: a figure that differs, is missing, stands where none may, or a number that
            the document has not.
    """
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets: dict[str, list[Row]] = {
        name: [list(row) for row in book.get_sheet_by_name(name).to_python()]
        for name in book.sheet_names
    }
    flat = sheets.pop(ALL_FIGURES, [])
    wanted = [[_as_read(value) for value in row] for row in figures(document)]
    faults = [*_different(flat, wanted)]
    rows = {row.reference_id: row for row in figure_rows(document)}
    named = {*references(document.chapters)}
    known = known_numbers(document)
    texts: list[str] = []
    for name, sheet in sheets.items():
        for number, cells in enumerate(sheet, start=1):
            texts += [
                cell
                for cell in cells
                if isinstance(cell, str) and not named.issuperset(cell.split("; "))
            ]
            numbers = [float(cell) for cell in cells if isinstance(cell, int | float)]
            row = next((rows[cell] for cell in cells if isinstance(cell, str) and cell in rows),
                       None)  # fmt: skip
            if row is not None and name != SENTENCES:
                faults += _figure(row, numbers)
            faults += [
                f"{name}, row {number}: {value} is no number of the document"
                for value in numbers
                if not {dutch.number(value, digits) for digits in (0, 1)} & known
            ]
    _stop("workbook", [*faults, *unknown_numbers(document, " ".join(texts))])


def _figure(row: FigureRow, numbers: list[float]) -> Iterator[str]:
    p = row.published
    if not isinstance(p, Shown):
        if numbers:
            yield f"{row.reference_id} has a number and may have none"
        return
    ends = f"{row.interval95_text} – {row.interval998_text}".split(" – ")
    wanted = [p.denominator, p.numerator, dutch.value(row.estimate_text), *map(dutch.value, ends)]
    if numbers != [float(value) for value in wanted]:
        yield f"{row.reference_id} is {numbers} and not {wanted}"


def check_pdf(document: Startfoto, content: bytes, *, tables: bool = True) -> None:
    """Hold the text of a finished PDF against its document.

    Args:
        tables: whether this variant has the tables of the chapters.

    Raises:
        IntegrityError: a row of a table that is not there as it should be, or a number that the
            document has not.
    """
    import pypdfium2

    pdf = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage().get_text_bounded() for page in pdf]
    text = re.sub(r"\s+", " ", " ".join(pages))
    pdf.close()
    faults = []
    for chapter in document.chapters if tables else ():
        for row in (*chapter.members, *(chapter.areas.rows if chapter.areas else ())):
            shown = isinstance(row.published, Shown)
            told = (row.births_text, row.count_text, row.estimate_text, row.interval95_text,
                    row.interval998_text)  # fmt: skip
            line = " ".join(filter(None, told)) if shown else "geen cijfer"
            if f"{row.name} {line}" not in text:
                faults.append(f"{row.reference_id} does not stand there as '{line}'")
    numbered = {str(number) for number in range(1, len(pages) + 1)}
    # what stands along one axis can be read as one number, or cut inside a number
    for axis in beside_axes(document):
        if len(axis) > 1:
            text = re.sub(r"\s*".join(map(re.escape, "".join(axis))), " ", text)
    runs = {
        "".join(axis[first:last])
        for axis in beside_axes(document)
        for first in range(len(axis))
        for last in range(first + 2, len(axis) + 1)
    }
    text = _RUN.sub(lambda found: " " if found[0] in runs else found[0], text)
    faults += [
        fault
        for fault in unknown_numbers(document, text)
        if fault.partition(" ")[0] not in numbered
    ]
    _stop("PDF", faults)


def check_slides(document: Startfoto, content: bytes) -> None:
    """Hold slides against their document: every dot, both its ranges, and each number in a text.

    Raises:
        IntegrityError: a dot that is no figure of the document, and the like.
    """
    rows = {
        (row.name, dutch.value(row.estimate_text), *_ends(row.interval95_text))
        for chapter in document.chapters
        for row in (chapter.areas.rows if chapter.areas else ())
        if isinstance(row.published, Shown)
    }
    years = {
        (period(point), dutch.value(point.own_text),
         *_ends(dutch.span(point.own.lower95, point.own.upper95)))
        for chapter in document.chapters
        for segment in (chapter.trend.segments if chapter.trend else ())
        for point in segment.points
        if isinstance(point.own, Shown)
    }  # fmt: skip
    words: list[str] = []
    faults: list[str] = []
    with ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if re.fullmatch(r"ppt/slides/slide\d+\.xml", name):
                page = ElementTree.fromstring(parts.read(name))
                words += [one.text or "" for one in page.iter(f"{_TEXT}t")]
            elif re.fullmatch(r"ppt/charts/chart\w+\.xml", name):
                for dot in _dots(ElementTree.fromstring(parts.read(name))):
                    named = {(place.partition(" (")[0], *rest) for place, *rest in (dot,)}
                    if not ({dot} | named) & (rows | years):
                        faults.append(f"{dot} in a chart is no figure of the document")
    _stop("deck of slides", [*faults, *unknown_numbers(document, " ".join(words))])


def _dots(chart: ElementTree.Element) -> Iterator[tuple[str, float, float, float]]:
    """Name, figure and ends of the broad range of every dot of the first series."""
    series = next(chart.iter(f"{_CHART}ser"))
    names = _cached(series, "cat")
    up, down = _cached(series, "errBars", "plus"), _cached(series, "errBars", "minus")
    for place, figure in _cached(series, "val").items():
        value = float(figure)
        low, high = value - float(down[place]), value + float(up[place])
        yield names[place], value, round(low, 1), round(high, 1)


def _cached(series: ElementTree.Element, *path: str) -> dict[str, str]:
    found = series.find("/".join(f"{_CHART}{step}" for step in path))
    return {
        point.attrib["idx"]: point.findtext(f"{_CHART}v") or ""
        for point in (found.iter(f"{_CHART}pt") if found is not None else ())
    }


def _ends(interval: str) -> tuple[float, float]:
    low, _, high = interval.partition(" – ")
    return float(dutch.value(low)), float(dutch.value(high))


def _as_read(value: Value) -> object:
    if value is None:
        return ""
    return value if isinstance(value, str) else float(value)


def _different(found: Sequence[Row], wanted: Sequence[Row]) -> Iterator[str]:
    head, *rows = found or [[]]
    if list(head) != [column.name for column in COLUMNS]:
        yield f"its columns are {head}"
    if len(rows) != len(wanted):
        yield f"it has {len(rows)} figures instead of {len(wanted)}"
    for own, right in zip(rows, wanted, strict=False):
        for column, cell, value in zip(COLUMNS, own, right, strict=True):
            if cell != value:
                yield f"{right[0]}: {column.name} is {cell!r} and not {value!r}"


def _stop(what: str, faults: Iterable[str]) -> None:
    found = list(faults)
    if found:
        raise IntegrityError(f"the {what} is not its document: {'; '.join(found[:5])}")
