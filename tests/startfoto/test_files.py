"""Workbook, slides, open file and PDF: the same numbers, as numbers, and nothing that runs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from perinatal.disclosure.published import Shown, Withheld
from perinatal.errors import IntegrityError
from perinatal.pipeline.documents import compose_area
from perinatal.startfoto import slide_charts
from perinatal.startfoto.document import FigureRow, IndicatorChapter, Startfoto
from perinatal.startfoto.figures import COLUMNS, figures
from perinatal.startfoto.readback_files import check_csv, check_pdf, check_slides, check_workbook
from perinatal.startfoto.render_csv import csv_metadata, render_csv
from perinatal.startfoto.render_pdf import render_pdf
from perinatal.startfoto.render_pptx import render_pptx
from perinatal.startfoto.render_xlsx import ALL_FIGURES, render_xlsx
from tests.conftest import Practice

from .sample import bare, coalition, longest_names, one_area, sample, sixty_areas

Render = Callable[[Startfoto], bytes]
Check = Callable[[Startfoto, bytes], None]
FORMS: dict[str, tuple[Render, Check]] = {
    "csv": (render_csv, check_csv),
    "xlsx": (render_xlsx, check_workbook),
    "pptx": (render_pptx, check_slides),
    "pdf": (render_pdf, check_pdf),
}
every_form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture(scope="module")
def document(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Startfoto:
    out = tmp_path_factory.mktemp("files")
    file = compose_area("oefenstad", practice_data.catalog, practice_data.settings, out=out)
    return Startfoto.model_validate_json(file.read_bytes())


@every_form
def test_a_file_says_what_its_document_says(document: Startfoto, form: str) -> None:
    render, check = FORMS[form]
    check(document, render(document))


def _with_row(document: Startfoto, change: Callable[[FigureRow], FigureRow]) -> Startfoto:
    """The document with another third wijk in its first chapter."""
    first = document.chapters[0]
    assert first.areas is not None
    rows = list(first.areas.rows)
    rows[3] = change(rows[3])
    areas = first.areas.model_copy(update={"rows": tuple(rows)})
    return _with_chapter(document, first.model_copy(update={"areas": areas}))


def _with_chapter(document: Startfoto, first: IndicatorChapter) -> Startfoto:
    return document.model_copy(update={"chapters": (first, *document.chapters[1:])})


def _moved(row: FigureRow) -> FigureRow:
    """One case more: the figure and its ends move a little."""
    assert isinstance(row.published, Shown)
    published = row.published.model_copy(
        update={"numerator": row.published.numerator + 1, "estimate": row.published.estimate + 0.1}
    )
    whole, _, digit = row.estimate_text.partition(",")
    return row.model_copy(
        update={
            "published": published,
            "count_text": str(published.numerator),
            "estimate_text": f"{whole},{(int(digit) + 1) % 10}",
        }
    )


@every_form
def test_a_figure_that_moved_is_found(document: Startfoto, form: str) -> None:
    render, check = FORMS[form]
    with pytest.raises(IntegrityError, match="is not its document"):
        check(document, render(_with_row(document, _moved)))


@every_form
def test_a_figure_where_none_may_stand_is_found(document: Startfoto, form: str) -> None:
    render, check = FORMS[form]
    hidden = _with_row(document, lambda row: row.model_copy(update=_NONE))
    check(hidden, render(hidden))
    with pytest.raises(IntegrityError, match="is not its document"):
        check(hidden, render(document))


_NONE = {
    "published": Withheld(), "label": "GEEN_CIJFER", "word": "geen cijfer",
    "direction": 0, "births_text": "", "count_text": "", "estimate_text": "",
    "interval95_text": "", "interval998_text": "",
}  # fmt: skip


@pytest.mark.parametrize("form", ["xlsx", "pptx", "pdf"])
def test_a_number_in_a_sentence_that_the_document_has_not_is_found(
    document: Startfoto, form: str
) -> None:
    render, check = FORMS[form]
    first = document.chapters[0]
    title = first.title.model_copy(update={"text": "Er zijn 4.711 baby's te vroeg geboren"})
    with pytest.raises(IntegrityError, match=r"4\.711"):
        check(document, render(_with_chapter(document, first.model_copy(update={"title": title}))))


@every_form
@pytest.mark.parametrize("made", [sample, coalition, longest_names, bare, one_area, sixty_areas])
def test_every_kind_of_document_becomes_a_file(made: Callable[[], Startfoto], form: str) -> None:
    one = made()
    assert len(FORMS[form][0](one)) > 500


def test_the_open_file_is_read_by_its_own_metadata(document: Startfoto) -> None:
    about = json.loads(csv_metadata(document, "startfoto.csv"))
    rows = list(csv.DictReader(io.StringIO(render_csv(document).decode("utf-8"))))
    columns = about["tableSchema"]["columns"]
    assert list(rows[0]) == [column["name"] for column in columns]
    kinds = {"integer": int, "number": float, "string": str}
    for row in rows:
        for column in columns:
            cell = row[column["name"]]
            assert cell or not column["required"]
            assert not cell or kinds[column["datatype"]](cell) is not None
    keys = [row[about["tableSchema"]["primaryKey"]] for row in rows]
    assert len(set(keys)) == len(keys) > 60
    assert "Verzonnen" in about["dc:description"]
    hidden = [row for row in rows if row["stand"] != "getoond"]
    numbers = [column.name for column in COLUMNS if column.datatype != "string"]
    for row in hidden:
        told = {name for name in numbers if row[name]}
        assert told <= {"van", "tot_en_met", "cijfer_vergeleken"}


COMMAND = "=HYPERLINK(1+1)"


def _with_a_command(document: Startfoto) -> Startfoto:
    return _with_row(document, lambda row: row.model_copy(update={"name": COMMAND}))


def test_a_name_that_is_a_formula_stays_a_name(document: Startfoto) -> None:
    evil = _with_a_command(document)
    book = render_xlsx(evil)
    check_workbook(evil, book)
    with ZipFile(io.BytesIO(book)) as parts:
        sheets = [parts.read(n) for n in parts.namelist() if n.startswith("xl/worksheets/")]
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)
    open_file = render_csv(evil)
    check_csv(evil, open_file)
    cells = [cell for row in csv.reader(io.StringIO(open_file.decode())) for cell in row]
    assert f"'{COMMAND}" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


def test_the_workbook_has_a_sheet_a_chapter_and_numbers_as_numbers(document: Startfoto) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(document)))
    names = book.sheet_names
    assert names[:3] == ["Over deze startfoto", "In één minuut", "Geboorten"]
    assert names[-3:] == ["Verantwoording", "Zinnen", ALL_FIGURES]
    assert len(names) == 6 + len(document.chapters)
    flat = book.get_sheet_by_name(ALL_FIGURES).to_python()
    assert len(flat) == 1 + len(figures(document))
    rates = [row[[column.name for column in COLUMNS].index("cijfer")] for row in flat[1:]]
    assert all(isinstance(rate, float) or rate == "" for rate in rates)
    chapter = book.get_sheet_by_name("1 Te vroeg geboren").to_python()
    whole = next(row for row in chapter if row[0] == "Heel Oefenstad")
    row = document.chapters[0].areas.rows[0]  # type: ignore[union-attr]
    assert isinstance(row.published, Shown)
    assert whole[1:3] == [row.published.denominator, row.published.numerator]
    assert f"{whole[3]:.1f}".replace(".", ",") == row.estimate_text


def test_slides_carry_a_title_a_description_and_their_notice(document: Startfoto) -> None:
    from pptx import Presentation

    deck = Presentation(io.BytesIO(render_pptx(document)))
    charts = 0
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        said = " ".join(s.text_frame.text for s in slide.shapes if s.has_text_frame)
        assert "Verzonnen cijfers" in said
        assert "Concept" in said
        for shape in slide.shapes:
            if shape.has_chart:
                charts += 1
                assert len(shape._element.nvGraphicFramePr.cNvPr.get("descr")) > 40
    assert charts >= 6
    sensitive = next(chapter for chapter in document.chapters if chapter.sensitive)
    (about_deaths,) = [
        slide for slide in deck.slides
        if slide.shapes.title.text_frame.text == sensitive.title.text
    ]  # fmt: skip
    assert not any(shape.has_chart for shape in about_deaths.shapes)
    assert "Wilt u erover praten?" in about_deaths.shapes[-1].text_frame.text


def test_the_sheet_behind_a_chart_holds_what_it_draws(document: Startfoto) -> None:
    first = document.chapters[0].areas
    assert first is not None
    with ZipFile(io.BytesIO(render_pptx(document))) as parts:
        (sheet, *_) = sorted(n for n in parts.namelist() if n.startswith("ppt/embeddings/"))
        book = CalamineWorkbook.from_filelike(io.BytesIO(parts.read(sheet)))
    head, *rows = book.get_sheet_by_name("Sheet1").to_python()
    assert head[2:4] == ["Cijfer", document.reference_name]
    known = [row for row in first.rows[1:] if isinstance(row.published, Shown)]
    for row, figure in zip(rows[1:], known, strict=False):
        assert str(row[0]).startswith(figure.name)
        low, high = (float(end.replace(",", ".")) for end in figure.interval95_text.split(" – "))
        assert row[1] == row[2]
        assert row[2] + row[4] == pytest.approx(high)
        assert row[2] - row[5] == pytest.approx(low)


@pytest.mark.parametrize(("areas", "slides"), [(1, 1), (2, 1), (10, 1), (11, 2), (60, 7)])
def test_areas_are_spread_over_slides_as_evenly_as_can_be(areas: int, slides: int) -> None:
    figure = sample().chapters[0].areas
    assert figure is not None
    shown = next(row for row in figure.rows if isinstance(row.published, Shown))
    figure = figure.model_copy(update={"rows": (shown,) * areas})
    parts = slide_charts.of_areas(figure)
    assert len(parts) == slides
    sizes = [len(part.dots) for part in parts]
    assert sum(size - 1 for size in sizes) == len(figure.rows) - 1
    assert max(sizes) <= slide_charts.MOST + 1
    assert max(sizes) - min(sizes) <= slides


def test_areas_without_a_figure_take_no_place_in_a_chart_and_that_is_told(
    document: Startfoto,
) -> None:
    hidden = _with_row(document, lambda row: row.model_copy(update=_NONE))
    before, after = (one.chapters[0].areas for one in (document, hidden))
    assert before is not None
    assert after is not None
    dots = [sum(len(part.dots) for part in slide_charts.of_areas(one)) for one in (before, after)]
    assert dots[1] < dots[0]
    with ZipFile(io.BytesIO(render_pptx(hidden))) as parts:
        slides = " ".join(
            parts.read(name).decode() for name in parts.namelist() if "slides/slide" in name
        )
    gone = sum(not isinstance(row.published, Shown) for row in after.rows)
    assert gone == 1
    assert "Gebieden zonder cijfer staan niet in de figuur." in slides


def test_the_pdf_has_the_card_with_five_questions(document: Startfoto) -> None:
    pages = [
        p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(render_pdf(document))
    ]
    (card,) = [page for page in pages if "Vijf vragen om samen te bespreken" in page
               and "Inhoud" not in page]  # fmt: skip
    flat = re.sub(r"\s+", " ", card)
    assert len(document.questions) == 5
    for asked in document.questions:
        assert asked.text in flat


@pytest.fixture(scope="module")
def office() -> str:
    """LibreOffice, in CI."""
    if "office" not in os.environ.get("PERINATAL_REQUIRE", "").split(","):
        pytest.skip("an office is asked in CI only")
    found = shutil.which("soffice")
    if found is None:
        pytest.fail("LibreOffice is not here")
    return found


def _opened(office: str, folder: Path, name: str, content: bytes, kind: str) -> Path:
    """The file as LibreOffice saves it after opening."""
    (folder / name).write_bytes(content)
    subprocess.run(
        [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", kind, "--outdir", str(folder), str(folder / name)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return (folder / name).with_suffix(f".{kind}")


def test_an_office_opens_the_slides_with_charts_that_can_be_edited(
    document: Startfoto, office: str, tmp_path: Path
) -> None:
    opened = _opened(office, tmp_path, "dia.pptx", render_pptx(document), "odp")
    with ZipFile(opened) as parts:
        charts = [
            parts.read(name).decode()
            for name in parts.namelist()
            if re.fullmatch(r"Object \d+/content\.xml", name)
        ]
    assert len(charts) >= 6
    for chart in charts:
        assert "<chart:series" in chart
        assert "chart:error-category" in chart
        assert 'office:value-type="float"' in chart  # the table that an editor changes


def test_an_office_opens_the_workbook_with_numbers_as_numbers(
    document: Startfoto, office: str, tmp_path: Path
) -> None:
    opened = _opened(office, tmp_path, "cijfers.xlsx", render_xlsx(document), "fods")
    text = opened.read_text(encoding="utf-8")
    first = document.chapters[0].areas
    assert first is not None
    shown = [row.published for row in first.rows if isinstance(row.published, Shown)]
    for published in shown:
        assert f'office:value-type="float" office:value="{published.denominator}"' in text
    assert "of:=" not in text
