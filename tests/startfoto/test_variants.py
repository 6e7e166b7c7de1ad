"""Two pages for a board, four for residents: the same words and numbers, never more."""

from __future__ import annotations

import re
from collections.abc import Callable

import pypdfium2
import pytest

from perinatal.errors import UserError
from perinatal.pipeline.documents import OUTPUTS, render_file
from perinatal.startfoto.document import Startfoto, Variant
from perinatal.startfoto.readback import check_page
from perinatal.startfoto.readback_files import check_pdf
from perinatal.startfoto.render_html import render_html
from perinatal.startfoto.render_pdf import render_pdf
from tests.conftest import Practice

from .sample import bare, coalition, longest_names, one_area, sample, sixty_areas
from .test_origin import _Links

AREAS = ("oefenstad", "oefenregio", "proefdorp")
PAGES: dict[Variant, int] = {"bestuurlijk": 2, "bewoners": 4}
every_variant = pytest.mark.parametrize("variant", PAGES)


def _pages(content: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(content)
    return [re.sub(r"\s+", " ", page.get_textpage().get_text_bounded()) for page in pdf]


@every_variant
@pytest.mark.parametrize("area", AREAS)
def test_as_many_pages_as_promised_and_the_same_numbers(
    documents: dict[str, Startfoto], area: str, variant: Variant
) -> None:
    document = documents[area]
    content = render_pdf(document, variant)
    check_pdf(document, content, variant)
    pages = _pages(content)
    assert len(pages) == PAGES[variant]
    for page in pages:
        assert "Verzonnen cijfers" in page
    text = " ".join(pages)
    for card in document.cards:
        chapter = next(c for c in document.chapters if c.id == card.indicator)
        assert chapter.title.text in text
        if chapter.precision is not None:
            assert chapter.precision.text in text


@every_variant
@pytest.mark.parametrize("made", [sample, coalition, longest_names, bare, one_area, sixty_areas])
def test_the_longest_names_do_not_add_a_page(
    made: Callable[[], Startfoto], variant: Variant
) -> None:
    assert len(_pages(render_pdf(made(), variant))) == PAGES[variant]


@every_variant
def test_the_page_has_no_broken_link_and_no_other_number(
    documents: dict[str, Startfoto], variant: Variant
) -> None:
    for document in documents.values():
        page = render_html(document, variant)
        check_page(document, page, variant)
        links = _Links()
        links.feed(page)
        assert links.targets <= set(links.ids)
        assert len(links.ids) == len(set(links.ids))


def test_residents_read_of_no_single_neighbourhood(documents: dict[str, Startfoto]) -> None:
    document = documents["oefenstad"]
    areas = document.chapters[0].areas
    assert areas is not None
    names = [row.name for row in areas.rows[1:]]
    text = " ".join(_pages(render_pdf(document, "bewoners"))) + render_html(document, "bewoners")
    assert len(names) > 10
    # the outlines on the opening carry names only for who cannot see them
    assert not [name for name in names if name in re.sub(r"<svg.*?</svg>", "", text, flags=re.S)]
    assert "zegt niets over één gezin" in text
    assert "Wilt u erover praten?" in text


def test_a_board_gets_the_questions_and_what_is_left_out(documents: dict[str, Startfoto]) -> None:
    document = documents["oefenregio"]
    _, second = _pages(render_pdf(document, "bestuurlijk"))
    for line in (*document.questions, *document.left_out):
        assert line.text in second


def test_a_variant_that_does_not_exist_is_told(
    practice_data: Practice, tmp_path, documents: dict[str, Startfoto]
) -> None:
    file = tmp_path / "startfoto-oefenstad.json"
    file.write_text(documents["oefenstad"].model_dump_json())
    assert ("xlsx", "bewoners") not in OUTPUTS
    with pytest.raises(UserError, match="no bewoners variant as xlsx"):
        render_file(file, "xlsx", "bewoners")
    made = render_file(file, "pdf", "bewoners")
    assert made.name == "startfoto-oefenstad-bewoners.pdf"
