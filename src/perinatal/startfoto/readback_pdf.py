"""Read a finished PDF back by its tags: rows are rows and cells are cells, whatever lies where.

Each letter on a page belongs to an element of the structure tree, or to nothing: then it is a
header or a footer, which must be the one of its page.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from perinatal.startfoto.document import Startfoto, Variant
from perinatal.startfoto.readback_parts import (
    Drawing,
    Part,
    Row,
    differences,
    row,
    squeezed,
    stop,
)
from perinatal.startfoto.readback_variants import of_pdf

_LONGEST, _ENDING = 1 << 15, 2
_LINE_END = str.maketrans({"\x02": "-", "\ufffe": "-"})
"""What the library gives for a hyphen at the end of a line."""


@dataclass
class Element:
    """An element of the structure tree; the library shows of it what lies on one page."""

    kind: str = ""
    alt: str = ""
    page: int = 0
    kids: dict[int, Element | str] = field(default_factory=dict)

    def inside(self) -> Iterator[Element | str]:
        """Elements and texts in their order, also where they were found page by page."""
        for place in sorted(self.kids):
            yield self.kids[place]

    def text(self) -> str:
        return "".join(kid if isinstance(kid, str) else kid.text() for kid in self.inside())


def check_pdf(document: Startfoto, content: bytes, variant: Variant = "volledig") -> None:
    """Hold a finished PDF against its document.

    Raises:
        IntegrityError: a text, a row of a table or a drawing that is missing or different, or a
            number that the document has not.
    """
    root, around = read_pdf(content)
    parts = _Parts(root)
    wanted = of_pdf(document, variant)
    if variant == "volledig":
        # the table of contents names every heading after its own, with its page
        wanted[1].say(*(f"{part.title} {page}" for part, page in parts.found[2:]))
    titles = [part.title.strip() for part, _ in parts.found]
    faults = []
    if list(map(squeezed, titles)) != [squeezed(part.title) for part in wanted]:
        faults.append(f"its parts are {titles}")
    for (part, _), there in zip(parts.found, wanted, strict=False):
        faults += differences(part, there)
    faults += _around(document, around, parts.heads)
    stop("PDF", faults)


def _around(document: Startfoto, pages: list[str], heads: set[Row]) -> Iterator[str]:
    """Header and footer of each page, and between them the heads of tables that go on there."""
    d = document
    sources = ", ".join(source.title for source in d.account.sources)
    header = squeezed(f"{d.title} Editie {d.edition.id} {' '.join(d.notices)}")
    footer = squeezed(f"Cijfers over {d.period_text}" + (f" · bron: {sources}" if sources else ""))
    for number, said in enumerate(pages, start=1):
        text = squeezed(said).removeprefix("concept")
        own = f"{footer}{number}"
        if text.startswith(header) and text.endswith(own):
            text = text[len(header) : len(text) - len(own)]
            for head in sorted(heads, key=len, reverse=True):
                text = text.replace("".join(head), "")
        if text:
            yield f"page {number} has '{text[:80]}' around it"


class _Parts:
    """Parts of a PDF, each from one heading of the first level to the next, with its page."""

    def __init__(self, root: Element) -> None:
        self.found: list[tuple[Part, int]] = [(Part(), 1)]
        self.heads: set[Row] = set()
        self._take(root)

    def _take(self, element: Element) -> None:
        if element.kind == "H1":
            self.found.append((Part(element.text()), element.page))
        part = self.found[-1][0]
        if element.kind == "Table":
            part.tables.append([*self._rows(element)])
        elif element.kind == "Figure":
            part.drawings.append(Drawing(element.alt, element.text()))
        elif element.kind == "L":
            self._list(element)
        else:
            for kid in element.inside():
                if isinstance(kid, str):
                    part.texts.append(kid)
                else:
                    self._take(kid)

    def _rows(self, element: Element) -> Iterator[Row]:
        for kid in element.inside():
            if isinstance(kid, str):
                continue
            if kid.kind == "TR":
                cells = row(*(k if isinstance(k, str) else k.text() for k in kid.inside()))
                if element.kind == "THead":
                    self.heads.add(cells)
                yield cells
            else:
                yield from self._rows(kid)

    def _list(self, element: Element) -> None:
        """Items without their mark, which is a dot or their own number."""
        for place, item in enumerate(element.inside(), start=1):
            for kid in item.inside() if isinstance(item, Element) else ():
                mark = kid.text().strip() if isinstance(kid, Element) and kid.kind == "Lbl" else ""
                if isinstance(kid, Element) and mark not in ("•", f"{place}."):
                    self._take(kid)


def read_pdf(content: bytes) -> tuple[Element, list[str]]:
    """The structure tree with its texts, and for each page the text that is not in it."""
    import pypdfium2

    root, around = Element(), []
    pdf = pypdfium2.PdfDocument(content)
    try:
        for number, page in enumerate(pdf, start=1):
            around.append(_Page(page, number).read_into(root))
    finally:
        pdf.close()
    return root, around


class _Page:
    """One page: its texts by the number of their marked content, then by the tree."""

    def __init__(self, page: Any, number: int) -> None:
        import pypdfium2.raw

        self._c = pypdfium2.raw
        self._page, self._number = page.raw, number
        self._letters = page.get_textpage()
        self._room: Any = ctypes.create_string_buffer(2 * _LONGEST)
        self._as_text = ctypes.cast(self._room, ctypes.POINTER(ctypes.c_ushort))
        self._marked: dict[int, bytes] = {}

    def read_into(self, root: Element) -> str:
        """Give the tree the texts of this page; returns the text that it has no place for."""
        c = self._c
        self._texts(self._page)
        around = self._marked.pop(-1, b"")
        tree = c.FPDF_StructTree_GetForPage(self._page)
        top = c.FPDF_StructTree_GetChildAtIndex(tree, 0)
        # a page goes on where the last one ended, except for what does not
        self._element(top, root, max(root.kids, default=0))
        if self._marked:
            self._element(top, root)
        c.FPDF_StructTree_Close(tree)
        # a text that no element has would be read by nobody else
        return _plain(around + b"".join(self._marked.values()))

    def _texts(self, holder: Any, inherited: int | None = None) -> None:
        """Texts on the page, or in a form on it that has the mark ``inherited``."""
        c, marked, room = self._c, self._marked, self._room
        count, get = c.FPDFPage_CountObjects, c.FPDFPage_GetObject
        if inherited is not None:
            count, get = c.FPDFFormObj_CountObjects, c.FPDFFormObj_GetObject
        letters, mark_of = c.FPDFTextObj_GetText, c.FPDFPageObj_GetMarkedContentID
        for place in range(count(holder)):
            found = get(holder, place)
            size = letters(found, self._letters.raw, self._as_text, _LONGEST)
            if size == _ENDING:
                continue  # a space between words
            mark = mark_of(found)
            if mark < 0 and inherited is not None:
                mark = inherited
            if size:
                marked[mark] = marked.get(mark, b"") + room[: size - _ENDING]
            elif c.FPDFPageObj_GetType(found) == c.FPDF_PAGEOBJ_FORM:
                self._texts(found, mark)

    def _element(self, found: Any, element: Element, first: int = 0) -> None:
        c, kids, marked = self._c, element.kids, self._marked
        for place in range(first, c.FPDF_StructElement_CountChildren(found)):
            child = c.FPDF_StructElement_GetChildAtIndex(found, place)
            if child:
                kid = kids.get(place)
                if not isinstance(kid, Element):
                    kid = kids[place] = self._new(child)
                self._element(child, kid)
                continue
            mark = c.FPDF_StructElement_GetChildMarkedContentID(found, place)
            if mark in marked:
                kids[place] = _plain(marked.pop(mark))
            elif first and not marked:
                break  # what follows lies on later pages

    def _new(self, found: Any) -> Element:
        kind = self._string(self._c.FPDF_StructElement_GetType, found)
        drawn = kind == "Figure"
        alt = self._string(self._c.FPDF_StructElement_GetAltText, found) if drawn else ""
        return Element(kind, alt, self._number)

    def _string(self, read: Any, found: Any) -> str:
        size = read(found, self._room, 2 * _LONGEST)
        return _plain(self._room[: max(size - _ENDING, 0)])


def _plain(letters: bytes) -> str:
    return letters.decode("utf-16-le").translate(_LINE_END)
