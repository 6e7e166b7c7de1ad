"""Read what was made back: a document beside the published figures, a page beside its document.

Written from what a reader of the file sees, and not from how it was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.errors import IntegrityError
from perinatal.startfoto.document import FigureRow, Startfoto, Variant
from perinatal.startfoto.figures import figure_rows
from perinatal.startfoto.findings import Cell, read_cells
from perinatal.startfoto.readback_parts import (
    Drawing,
    Part,
    Table,
    Wanted,
    differences,
    row,
    squeezed,
    stop,
)
from perinatal.startfoto.readback_variants import of_page

NUMBER = re.compile(r"\d+(?:\.\d{3})*(?:,\d+)?")
"""A number as it is printed: '1.667', '7,8'."""
_UNSEEN = ("style", "script", "meta", "link")
_SPOKEN = ("alt", "title", "aria-label", "aria-description")
"""Attributes that a reading voice or a pointer brings out."""
_TRACED = ", waar komt dit vandaan?"


def check_page(document: Startfoto, page: str, variant: Variant = "volledig") -> None:
    """Hold a finished page against its document.

    Raises:
        IntegrityError: a text, a row of a table or a drawing that is missing or different, or a
            number that the document has not.
    """
    found, wanted = read_page(page), of_page(document, variant)
    faults = [
        fault
        for name in {**wanted, **found}
        for fault in differences(found.get(name, Part()), wanted.get(name, Wanted(name)))
    ]
    stop("page", faults)


def read_page(page: str) -> dict[str, Part]:
    """Parts of a page by the id of the innermost section that they stand in."""
    from lxml import etree

    parts = {"": Part()}
    _read(etree.HTML(page), parts, "")
    return parts


def _read(element: Any, parts: dict[str, Part], name: str) -> None:
    """Take in an element and what it holds; the text behind it is its parent's."""
    tag = element.tag
    if not isinstance(tag, str) or tag in _UNSEEN:
        return
    if tag == "section":
        name = element.get("id", name)
        parts.setdefault(name, Part())
    part = parts[name]
    if tag in ("table", "dl", "select") or element.get("class") == "gekozen":
        part.tables.append(_table(element, part))
    elif tag == "svg":
        part.drawings += _drawing(element)
    else:
        part.texts += [element.get(key) for key in _SPOKEN if element.get(key)]
        part.texts.append(element.text or "")
        for child in element:
            _read(child, parts, name)
            part.texts.append(child.tail or "")


def _table(element: Any, part: Part) -> Table:
    """Rows with the reference and region that they carry; what is spoken is read beside them."""
    for told in element.xpath(f".//*[{' or '.join('@' + key for key in _SPOKEN)}]"):
        printed = squeezed("".join(told.itertext()))
        for key in _SPOKEN:
            said = squeezed(told.get(key, ""))
            # a link says what it prints and where it leads
            part.texts.append("" if said == printed + squeezed(_TRACED) else said)
    return [*_rows(element, part)]


def _rows(element: Any, part: Part) -> Iterator[tuple[str, ...]]:
    for child in element.iter():
        tag = child.tag
        if tag == "caption":
            part.texts.append("".join(child.itertext()))
        elif tag == "optgroup":
            yield row(child.get("label", ""))
        elif tag == "option":
            yield row(child.get("value", ""), child.text or "")
        elif tag == "p" and child.get("data-region"):
            yield row(child.get("data-region"), "".join(child.itertext()))
        elif tag == "tr" or (tag == "div" and child.getparent().tag == "dl"):
            own = (child.get("data-ref", ""), child.get("data-region", ""))
            yield row(*own, *("".join(cell.itertext()) for cell in child))


def _drawing(element: Any) -> list[Drawing]:
    """Its letters in the order they are drawn; a sign has none, and no description."""
    drawing, edge = Drawing(""), None
    for child in element.iter("{*}desc", "{*}title", "{*}text"):
        said = "".join(child.itertext())
        tag = child.tag.rpartition("}")[2]
        if tag == "desc":
            drawing.alt += said
        elif tag == "title":
            drawing.told.append(child.getparent().get("data-region", "") + said)
        else:
            # letters with a white edge are drawn twice, the edge below
            drawing.text += "" if said == edge else said
            edge = said if child.get("aria-hidden") == "true" else None
    return [drawing] if drawing.alt or drawing.text or drawing.told else []


def check_document(document: Startfoto, values: pd.DataFrame) -> None:
    """Hold the figures of a document, and how they are printed, against the published table.

    Args:
        values: ``published_value`` of the edition.

    Raises:
        IntegrityError: a figure that is another one there, or none.
    """
    published = {cell.reference_id: cell for cell in read_cells(values)}
    wrong = {
        row.reference_id
        for row in figure_rows(document)
        if not _same(row, published.get(row.reference_id))
    } | {
        point.reference_id
        for chapter in document.chapters
        for segment in (chapter.trend.segments if chapter.trend else ())
        for point in segment.points
        if isinstance(point.own, Shown)
        and not _is_own(point.own, point.own_text, published.get(point.reference_id))
    }
    if wrong:
        told = "; ".join(sorted(wrong)[:5])
        raise IntegrityError(f"the document differs from its edition: {told}")


def _same(row: FigureRow, cell: Cell | None) -> bool:
    if cell is None or row.published != cell.published or row.label != cell.label:
        return False
    p = cell.published
    printed = (
        (dutch.number(p.denominator), dutch.number(p.numerator), dutch.number(p.estimate, 1),
         dutch.span(p.lower95, p.upper95), dutch.span(p.lower998, p.upper998))
        if isinstance(p, Shown)
        else ("",) * 5
    )  # fmt: skip
    return printed == (
        row.births_text, row.count_text, row.estimate_text, row.interval95_text,
        row.interval998_text,
    )  # fmt: skip


def _is_own(own: Shown, text: str, cell: Cell | None) -> bool:
    return cell is not None and cell.published == own and text == dutch.number(own.estimate, 1)
