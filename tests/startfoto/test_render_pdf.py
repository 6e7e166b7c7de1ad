"""The PDF: tagged, Dutch, in one typeface, and equal for equal documents."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader

from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.render_pdf import render_pdf

from .sample import bare, coalition, insights, longest_names, sample
from .sample_parts import LONGEST

DOCUMENTS = {"gewoon": sample, "coalitie": coalition, "lang": longest_names}


@cache
def reader(name: str) -> PdfReader:
    return PdfReader(BytesIO(render_pdf(DOCUMENTS[name]())))


def structure(node: Any) -> list[str]:
    """Names of the structure elements, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [name for child in node for name in structure(child)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/S"])] if "/S" in node else []
    return own + (structure(node["/K"]) if "/K" in node else [])


def described(node: Any) -> list[str]:
    """Alternative texts of the pictures, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [text for child in node for text in described(child)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + (described(node["/K"]) if "/K" in node else [])


def test_the_same_document_gives_the_same_bytes() -> None:
    assert render_pdf(sample()) == render_pdf(sample())


def test_title_language_tags_and_date() -> None:
    pdf = reader("gewoon")
    catalogue: Any = pdf.trailer["/Root"]
    assert catalogue["/Lang"] == "nl"
    assert bool(catalogue["/MarkInfo"]["/Marked"])
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Startfoto Oefenstad"
    assert str(pdf.metadata["/CreationDate"]).startswith("D:20261122093000")
    assert b"pdfuaid" in catalogue["/Metadata"].get_object().get_data()
    assert len(pdf.outline) >= 8


def test_headings_tables_and_pictures_are_tagged() -> None:
    names = structure(reader("gewoon").trailer["/Root"]["/StructTreeRoot"])  # type: ignore[index]
    levels = [int(name[2:]) for name in names if re.fullmatch(r"/H\d", name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for name in ("/Table", "/THead", "/TH", "/Figure", "/L"):
        assert name in names


@pytest.mark.parametrize("name", ["gewoon", "coalitie", "lang"])
def test_only_the_typeface_of_the_project_is_embedded(name: str) -> None:
    fonts = set()
    for page in reader(name).pages:
        resources: Any = page["/Resources"]
        for font in (resources.get("/Font") or {}).values():
            fonts.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
        for form in (resources.get("/XObject") or {}).values():
            inner = form.get_object().get("/Resources", {})
            for font in (inner.get("/Font") or {}).values():
                fonts.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
    assert fonts
    assert all(font.startswith("SourceSans3") for font in fonts), fonts


def test_every_page_says_concept_and_invented() -> None:
    for page in reader("gewoon").pages:
        text = page.extract_text()
        assert "CONCEPT" in text
        assert "verzonnen" in text
    final = PdfReader(BytesIO(render_pdf(sample(released=True, invented=False))))
    words = "".join(page.extract_text() for page in final.pages)
    assert "CONCEPT" not in words
    assert "Vrijgegeven" in words


def test_one_minute_is_one_page() -> None:
    for name in ("gewoon", "coalitie", "lang"):
        pages = [page.extract_text() for page in reader(name).pages]
        assert "in één minuut" in pages[2]
        assert "Wat we niet weten" in pages[2]
        assert "Hoe leest u de cijfers?" in pages[3]


@pytest.mark.parametrize("count", [1, 60])
def test_few_and_many_areas(count: int) -> None:
    pdf = PdfReader(BytesIO(render_pdf(sample(wijk_count=count))))
    assert len(pdf.pages) > 8


def test_a_document_without_any_figure() -> None:
    pdf = PdfReader(BytesIO(render_pdf(bare())))
    assert "geen cijfer" in "".join(page.extract_text() for page in pdf.pages)


@pytest.mark.parametrize("name", ["gewoon", "coalitie", "lang"])
def test_every_sentence_on_change_spread_gap_goal_and_sight_is_printed(name: str) -> None:
    text = " ".join(" ".join(page.extract_text() for page in reader(name).pages).split())
    for sentence in insights(DOCUMENTS[name]()):
        assert " ".join(sentence.split()) in text
    assert "wordt waarschijnlijk lager" in text
    assert "zeggen we hier niet" in text


def test_spread_and_gap_are_described_for_a_reading_voice() -> None:
    chapter = sample().chapters[0]
    assert chapter.spread
    assert chapter.gap
    found = described(reader("gewoon").trailer["/Root"]["/StructTreeRoot"])  # type: ignore[index]
    assert found.count(chapter.spread.alt) == 1
    assert found.count(chapter.gap.alt) == 1
    assert all(found)


def test_a_full_chapter_takes_five_pages() -> None:
    pages = [page.extract_text() for page in reader("gewoon").pages]
    starts = [place for place, text in enumerate(pages) if "\n2 Te vroeg geboren\n" in text]
    after = [place for place, text in enumerate(pages) if "\n3 Te licht voor de duur" in text]
    assert after[0] - starts[0] == 5


def test_markup_in_a_text_stays_text() -> None:
    document: Startfoto = sample("#panic() $x$ *Stad*")
    text = PdfReader(BytesIO(render_pdf(document))).pages[0].extract_text()
    assert "#panic() $x$ *Stad*" in text


def test_the_longest_name_is_printed_whole() -> None:
    text = " ".join(reader("lang").pages[1].extract_text().split())
    assert LONGEST in text
