"""The looks of an organisation: its colour can be read and never speaks, its logo is harmless."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from coloraide import Color
from pypdf import PdfReader

from perinatal.catalog import Catalog, load_catalog
from perinatal.catalog.theme import read_logo
from perinatal.errors import CatalogError
from perinatal.pipeline.documents import composed
from perinatal.startfoto.document import Startfoto, Style, Variant
from perinatal.startfoto.readback import check_page
from perinatal.startfoto.readback_files import check_pdf, check_slides
from perinatal.startfoto.render_html import render_html
from perinatal.startfoto.render_pdf import render_pdf
from perinatal.startfoto.render_pptx import render_pptx
from perinatal.startfoto.theme import APART, palette, style
from perinatal.startfoto.tokens import COLOURS, colours_of, contrast
from tests.conftest import Practice

DIFFICULT = (
    "#FFD100", "#E87722", "#00A3E0", "#FFFFFF", "#000000", "#FF0000", "#00FF00", "#E6007E",
    "#8F4A0B", "#0F5C8C", "#F3ECE1", "#808080", "#B4E4FF",
)  # fmt: skip
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><rect width="120" height="40"'
    b' rx="6" fill="#6A1B9A"/><circle cx="24" cy="20" r="11" fill="#FFFFFF"/></svg>'
)
LINES = ("GGD Oefenland, Postbus 12, 1234 AB Oefenstad", "Telefoon 088 000 00 00")


def png(width: int = 12, height: int = 4) -> bytes:
    """A picture of one colour."""

    def part(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\x00" + b"\x6a\x1b\x9a" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows))
        + part(b"IEND", b"")
    )  # fmt: skip


def house(
    folder: Path, logo: bytes = SVG, name: str = "logo.svg", more: dict[str, str] | None = None
) -> Catalog:
    """A catalogue whose organisation has a theme."""
    (folder / name).write_bytes(logo)
    said = {"name": "GGD Oefenland", "colour": '"#E87722"', "logo": name} | (more or {})
    lines = "".join(f"  - {line}\n" for line in LINES)
    text = "".join(f"{key}: {value}\n" for key, value in said.items()) + f"lines:\n{lines}"
    (folder / "theme.yaml").write_text(text, encoding="utf-8")
    return load_catalog(folder)


@pytest.fixture
def document(documents: dict[str, Startfoto], tmp_path: Path) -> Startfoto:
    """The startfoto of the practice region as that organisation publishes it."""
    return themed(documents, house(tmp_path))


def themed(documents: dict[str, Startfoto], catalog: Catalog) -> Startfoto:
    return documents["oefenregio"].model_copy(update={"style": style(catalog)})


@pytest.mark.parametrize("colour", DIFFICULT)
def test_a_difficult_colour_is_readable_and_never_says_higher_or_lower(colour: str) -> None:
    found = palette(colour).tokens
    for ground in ("zand1", "zand2", "wit"):
        assert contrast(found["merk"], COLOURS[ground]) >= 4.5
    assert contrast(found["merk-vlak"], COLOURS["wit"]) >= 4.5
    assert contrast(found["merk-donker"], COLOURS["wit"]) >= 7
    assert found["merk-rand"] == colour
    for meaning in ("hoger", "lager"):
        assert Color(found["merk"]).distance(Color(COLOURS[meaning]), space="oklab") >= APART


@pytest.mark.parametrize(
    ("colour", "text"), [("#E87722", "inkt"), ("#00A3E0", "inkt"), ("#8F4A0B", "inkt")]
)
def test_a_colour_that_would_speak_becomes_ink_and_that_is_told(colour: str, text: str) -> None:
    made = palette(colour)
    assert made.tokens["merk"] == COLOURS[text]
    assert any("ink instead of" in change for change in made.changes)


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    made = palette("#4B2A66")
    assert set(made.tokens.values()) == {"#4B2A66"}
    assert made.changes == ()


def test_only_what_carries_no_meaning_follows_a_theme(document: Startfoto) -> None:
    replaced = colours_of(document)
    moved = {name for name, value in replaced.items() if value != COLOURS[name]}
    assert moved == {"merk", "merk-vlak", "merk-donker", "merk-rand"}


@pytest.mark.parametrize("variant", ["volledig", "bestuurlijk", "bewoners"])
def test_logo_and_lines_stand_in_page_and_pdf(document: Startfoto, variant: Variant) -> None:
    page = render_html(document, variant)
    check_page(document, page, variant)
    assert 'alt="GGD Oefenland"' in page
    printed = render_pdf(document, variant)
    check_pdf(document, printed, variant)
    pages = PdfReader(BytesIO(printed)).pages
    text = " ".join(" ".join(one.extract_text() for one in pages).split())
    for line in LINES:
        assert line in page
        assert line in text
    if variant != "volledig":
        assert len(pages) == {"bestuurlijk": 2, "bewoners": 4}[variant]


@pytest.mark.parametrize(("logo", "name"), [(SVG, "logo.svg"), (png(), "logo.png")])
def test_slides_carry_the_logo_with_its_name(
    documents: dict[str, Startfoto], tmp_path: Path, logo: bytes, name: str
) -> None:
    document = themed(documents, house(tmp_path, logo, name))
    made = render_pptx(document)
    check_slides(document, made)
    with zipfile.ZipFile(BytesIO(made)) as parts:
        assert any(part.startswith("ppt/media/") for part in parts.namelist())
        assert 'descr="GGD Oefenland"' in parts.read("ppt/slides/slide1.xml").decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a", "neither PNG nor SVG"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "no SVG"),
        (SVG.replace(b"<rect", b"<script>1</script><rect"), "<script>"),
        (SVG.replace(b"<rect", b"<rect onclick='x()'"), "onclick"),
        (SVG.replace(b"<circle", b"<image href='https://example.org/a.png'/><circle"), "href"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG, "DOCTYPE"),
        (SVG + b" " * 300_000, "at most"),
        (png(0, 4), "width"),
    ],
)
def test_a_logo_that_cannot_stand_in_a_page_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "logo.svg"
    file.write_bytes(content)
    with pytest.raises(CatalogError, match=r"theme\.yaml: logo: logo\.svg: ") as error:
        read_logo(file)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"colour": "oranje"}, "theme.yaml: colour"),
        ({"logo": "weg.png"}, "theme.yaml: logo: weg.png: no such file"),
        ({"font": "Comic Sans"}, "theme.yaml: font"),
    ],
)
def test_a_fault_in_the_theme_is_named(tmp_path: Path, more: dict[str, str], said: str) -> None:
    with pytest.raises(CatalogError) as error:
        house(tmp_path, more=more)
    assert said in str(error.value)


def test_whom_to_turn_to_comes_from_setting_or_theme(
    tmp_path: Path, practice_data: Practice
) -> None:
    catalog = house(tmp_path, more={"contact": "de GGD Oefenland"})

    def made(catalog: Catalog, contact: str) -> Startfoto:
        settings = practice_data.settings.model_copy(update={"contact": contact})
        return composed("oefenregio", catalog, settings)

    assert made(catalog, "").contact == "de GGD Oefenland"
    assert made(catalog, "het team cijfers").contact == "het team cijfers"
    assert made(practice_data.catalog, "").contact == "uw GGD"
    found = made(catalog, "").style
    assert isinstance(found, Style)
    assert found.lines == LINES
