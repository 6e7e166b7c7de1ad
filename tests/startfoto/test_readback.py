"""What was made is read back: a planted difference stops it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perinatal.errors import IntegrityError
from perinatal.pipeline.documents import compose_area, render_file
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.readback import check_document, check_page
from perinatal.startfoto.render_html import render_html
from perinatal.store import open_edition
from tests.conftest import Practice


@pytest.fixture(scope="module")
def document(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Startfoto:
    out = tmp_path_factory.mktemp("readback")
    file = compose_area("oefenregio", practice_data.catalog, practice_data.settings, out=out)
    return Startfoto.model_validate_json(file.read_bytes())


@pytest.fixture(scope="module")
def page(document: Startfoto) -> str:
    return render_html(document)


def _planted(page: str, row: str, found: str, instead: str) -> str:
    """The page with something else in the row of that kind."""
    whole = re.search(row, page, re.DOTALL)
    assert whole is not None
    spoiled = re.sub(found, instead, whole[0], count=1)
    assert spoiled != whole[0]
    return page.replace(whole[0], spoiled, 1)


def test_a_page_says_what_its_document_says(document: Startfoto, page: str) -> None:
    check_page(document, page)
    assert page.count("data-ref=") > 40


SHOWN = r'<tr[^>]*data-ref="[^"]*/vroeggeboorte/[^>]*>.*?</tr>'
HIDDEN = r'<tr[^>]*data-ref="(?:(?!</tr>).)*?geen cijfer.*?</tr>'


@pytest.mark.parametrize(
    ("row", "found", "instead", "told"),
    [
        (SHOWN, r'(vandaan\?">)\d+,\d', r"\g<1>99,9", "does not say"),
        (SHOWN, r'(<td class="r breed">)[\d.]+', r"\g<1>12.345", "does not say"),
        (HIDDEN, "geen cijfer", "ongeveer 3", "may have none"),
        (SHOWN, 'data-ref="[^"]*', 'data-ref="GM9901/iets/anders', "no figure of the document"),
        ("<h1>.*?</h1>", "</h1>", " 4.711</h1>", "4.711 stands in the text"),
        ("<svg.*?</svg>", "</svg>", "<text>4.711</text></svg>", "4.711 stands in the text"),
        ("<h1>.*?</h1>", "<h1", '<h1 title="4.711 baby\'s"', "4.711 stands in the text"),
    ],
)
def test_a_planted_difference_is_found(
    document: Startfoto, page: str, row: str, found: str, instead: str, told: str
) -> None:
    with pytest.raises(IntegrityError, match=told):
        check_page(document, _planted(page, row, found, instead))


def test_a_document_that_is_not_its_edition_is_found(
    practice_data: Practice, document: Startfoto
) -> None:
    values = open_edition(practice_data.settings.published_dir).tables["published_value"]
    check_document(document, values)
    moved = values.copy()
    own = (moved["kind"] == "shown") & (moved["indicator"] == "vroeggeboorte")
    moved.loc[own, "numerator"] += 1
    with pytest.raises(IntegrityError, match="vroeggeboorte"):
        check_document(document, moved)


def test_a_page_that_differs_is_not_written(
    document: Startfoto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "startfoto-oefenregio.json"
    file.write_text(document.model_dump_json(), encoding="utf-8")
    good = render_file(file, "html").read_bytes()
    monkeypatch.setattr(
        "perinatal.startfoto.render_html.render_html", lambda *_: "<p>Het zijn er 4.711.</p>"
    )
    with pytest.raises(IntegrityError):
        render_file(file, "html")
    assert file.with_suffix(".html").read_bytes() == good
