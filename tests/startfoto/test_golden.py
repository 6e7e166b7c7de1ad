"""What the practice town's documents say, kept as text: a change is read before it is kept.

``make golden`` writes them anew. Edition and version differ from run to run and are masked.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import get_args

import pytest
from pptx import Presentation
from pypdf import PdfReader

from perinatal.startfoto.document import Startfoto, Variant
from perinatal.startfoto.render_csv import render_csv
from perinatal.startfoto.render_html import render_html
from perinatal.startfoto.render_pdf import render_pdf
from perinatal.startfoto.render_pptx import render_pptx

FOLDER = Path(__file__).parents[1] / "golden"
BODY = re.compile(r"<body.*</body>", re.DOTALL)
VARIANTS: tuple[Variant, ...] = get_args(Variant)


def masked(text: str, document: Startfoto) -> str:
    """Without what differs from run to run: edition, version, name of a delivery."""
    for value, name in (
        (document.edition.id, "EDITIE"),
        (document.edition.code_version, "VERSIE"),
    ):
        text = text.replace(value, name)
    return text


def printed(content: bytes) -> str:
    """The text of a PDF, page by page."""
    pages = PdfReader(BytesIO(content)).pages
    return "".join(
        f"--- bladzijde {number} ---\n{page.extract_text()}\n"
        for number, page in enumerate(pages, 1)
    )


def page(document: Startfoto, variant: Variant) -> str:
    """The body of a page with its drawings, an element a line."""
    found = BODY.search(render_html(document, variant))
    assert found is not None
    return found[0].replace("><", ">\n<") + "\n"


def slides(content: bytes) -> str:
    """Slide by slide the texts, and of each chart the categories and values."""
    lines = []
    for number, slide in enumerate(Presentation(BytesIO(content)).slides, 1):
        lines.append(f"--- dia {number} ---")
        for shape in slide.shapes:
            if shape.has_text_frame:
                lines.append(shape.text_frame.text)
            if shape.has_chart:
                plot = shape.chart.plots[0]
                lines.append(" | ".join(map(str, plot.categories)))
                lines += [f"{one.name}: {list(one.values)}" for one in plot.series]
    return "\n".join(lines) + "\n"


def made(document: Startfoto) -> dict[str, str]:
    """Every golden file, by name."""
    files = {f"{variant}.pdf.txt": printed(render_pdf(document, variant)) for variant in VARIANTS}
    short: tuple[Variant, ...] = ("bestuurlijk", "bewoners")
    files |= {f"{variant}.html": page(document, variant) for variant in short}
    files["cijfers.csv"] = render_csv(document).decode("utf-8-sig").replace("\r\n", "\n")
    files["dia.txt"] = slides(render_pptx(document))
    return {name: masked(text, document) for name, text in files.items()}


def test_the_documents_say_what_they_said(
    documents: dict[str, Startfoto], request: pytest.FixtureRequest
) -> None:
    found = made(documents["oefenstad"])
    if request.config.getoption("--write-golden"):
        FOLDER.mkdir(exist_ok=True)
        for name, text in found.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    assert sorted(found) == sorted(file.name for file in FOLDER.iterdir())
    for name, text in found.items():
        assert text == (FOLDER / name).read_text(encoding="utf-8"), f"{name}: see 'make golden'"
