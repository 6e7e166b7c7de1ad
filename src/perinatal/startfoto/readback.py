"""Read what was made back: a document beside the published figures, a page beside its document.

Written from what a reader of the file sees, and not from how it was made: rows of tables by the
reference they carry, and every number in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pandas as pd

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.errors import IntegrityError
from perinatal.startfoto.charts.births import ticks
from perinatal.startfoto.charts.svg import decimal
from perinatal.startfoto.document import Startfoto, TrendPoint
from perinatal.startfoto.figures import figure_rows
from perinatal.startfoto.findings import read_cells

NUMBER = re.compile(r"\d+(?:\.\d{3})*(?:,\d+)?")
"""A number as it is printed: '1.667', '7,8'."""
ORIGINS = "herkomsten"
"""Class of the part of a page that tells where everything comes from."""
_UNSEEN = ("style", "script")
_SPOKEN = ("alt", "title", "aria-label", "aria-description")
"""Attributes that a reading voice or a pointer brings out."""
_VOID = ("meta", "link", "br", "img", "input", "hr", "col", "wbr")


class _Page(HTMLParser):
    """Rows of figures by their reference, and all text that can be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, list[str]]] = []
        self.text: list[str] = []
        self.origins: list[str] = []
        self._open: list[str] = []
        self._at_origins = 0
        self._row = self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += [told for name, told in attrs if name in _SPOKEN and told]
        if tag in _VOID:
            return
        self._open.append(tag)
        reference = dict(attrs).get("data-ref")
        if dict(attrs).get("class") == ORIGINS:
            self._at_origins = len(self._open)
        if tag == "tr":
            self._row = reference is not None
            if reference is not None:
                self.rows.append((reference, []))
        if tag == "td" and self._row:
            self._cell = True
            self.rows[-1][1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if len(self._open) < self._at_origins:
            self._at_origins = 0
        if tag == "td":
            self._cell = False

    def handle_data(self, data: str) -> None:
        if any(tag in _UNSEEN for tag in self._open):
            return
        (self.origins if self._at_origins else self.text).append(data)
        if self._cell:
            self.rows[-1][1][-1] += data


def check_document(document: Startfoto, values: pd.DataFrame) -> None:
    """Hold the figures of a document against the published table that it was made from.

    Args:
        values: ``published_value`` of the edition.

    Raises:
        IntegrityError: a figure that is another one there, or none.
    """
    published = {cell.reference_id: cell.published for cell in read_cells(values)}
    wrong = sorted({
        row.reference_id
        for row in figure_rows(document)
        if published.get(row.reference_id) != row.published
    })  # fmt: skip
    if wrong:
        raise IntegrityError(f"the document differs from its edition: {'; '.join(wrong[:5])}")


def check_page(document: Startfoto, page: str) -> None:
    """Hold a finished page against its document.

    Raises:
        IntegrityError: a figure that differs, is missing, stands where none may, or a number in
            the text that the document has not.
    """
    read = _Page()
    read.feed(page)
    faults = [*_rows(document, read.rows), *unknown_numbers(document, " ".join(read.text))]
    lines = " ".join(_strings(document.model_dump(include={"origins"})))
    known = known_numbers(document) | {*NUMBER.findall(lines)}
    faults += [
        f"{number} stands among the origins and not in the document"
        for number in sorted({*NUMBER.findall(" ".join(read.origins))} - known)
    ]
    if faults:
        raise IntegrityError(f"the page is not its document: {'; '.join(faults[:5])}")


def _rows(document: Startfoto, found: list[tuple[str, list[str]]]) -> Iterator[str]:
    figures = {row.reference_id: row for row in figure_rows(document)}
    for reference, cells in found:
        row = figures.get(reference)
        if row is None:
            yield f"{reference} is no figure of the document"
            continue
        if not isinstance(row.published, Shown):
            if any(NUMBER.search(cell) for cell in cells):
                yield f"{reference} has a number and may have none"
            continue
        said = {text.strip() for cell in cells for text in [cell, *cell.split("\n")]}
        for text in (row.births_text, row.count_text, row.interval95_text, row.interval998_text):
            if text and text not in said:
                yield f"{reference} does not say {text}"
        if not any(cell.strip().startswith(row.estimate_text) for cell in cells):
            yield f"{reference} does not say {row.estimate_text}"


def known_numbers(document: Startfoto) -> set[str]:
    """Every number that the document prints, the years of its lines, and its axes."""
    # lines of a file are no figures: they would let too much pass
    printed = " ".join(_strings(document.model_dump(exclude={"origins"})))
    counts = " ".join(dutch.number(births) for _, births in document.births.years)
    drawn = {
        dutch.number(end, 1)
        for point in _points(document)
        if isinstance(point.own, Shown)
        for end in (point.own.lower95, point.own.upper95)
    }
    said = {*NUMBER.findall(printed), *NUMBER.findall(counts)}
    return said | drawn | {tick for axis in beside_axes(document) for tick in axis}


def unknown_numbers(document: Startfoto, text: str) -> Iterator[str]:
    """A line for each number of a text that the document has not; the number comes first."""
    for number in sorted(set(NUMBER.findall(text)) - known_numbers(document)):
        yield f"{number} stands in the text and not in the document"


def beside_axes(document: Startfoto) -> list[tuple[str, ...]]:
    """Ticks or years along each axis of the drawings, in order."""
    axes: list[tuple[str, ...]] = []
    if document.births.years:
        births = [count for _, count in document.births.years]
        axes.append(tuple(map(decimal, ticks(min(births), max(births)))))
        axes.append(tuple(str(year) for year, _ in document.births.years))
    for chapter in document.chapters:
        figures = (chapter.areas, chapter.trend, chapter.funnel, chapter.spread, chapter.gap)
        axes += [tuple(map(decimal, figure.axis)) for figure in figures if figure is not None]
        if chapter.funnel is not None:
            axes.append(tuple(map(decimal, chapter.funnel.births_axis)))
        points = [p for s in (chapter.trend.segments if chapter.trend else ()) for p in s.points]
        years = {year for point in points for year in (point.start, point.end)}
        axes.append(tuple(map(str, sorted(years))))
    return axes


def _points(document: Startfoto) -> Iterator[TrendPoint]:
    for chapter in document.chapters:
        for segment in chapter.trend.segments if chapter.trend else ():
            yield from segment.points


def _strings(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from _strings(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _strings(value)
