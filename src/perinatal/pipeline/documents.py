"""One startfoto of a published edition: compose its document once, draw every format from it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from perinatal.catalog import Area, Catalog
from perinatal.catalog.models import COUNTRY_NAMES
from perinatal.errors import UserError
from perinatal.pipeline.compute import region_id
from perinatal.pipeline.release_steps import read_steps
from perinatal.pipeline.taken_back import require_speaking
from perinatal.settings import Settings
from perinatal.startfoto.compose import CONCEPT, compose
from perinatal.startfoto.document import Startfoto, Variant
from perinatal.startfoto.readback import check_document, check_page
from perinatal.startfoto.release import Step, released, with_changes
from perinatal.store import PublishedEdition, open_edition

Format = Literal["html", "pdf", "pptx", "xlsx", "csv", "json"]
OUTPUTS: tuple[tuple[Format, Variant], ...] = (
    ("html", "volledig"), ("pdf", "volledig"), ("pptx", "volledig"), ("xlsx", "volledig"),
    ("csv", "volledig"), ("html", "bestuurlijk"), ("pdf", "bestuurlijk"), ("html", "bewoners"),
    ("pdf", "bewoners"),
)  # fmt: skip
"""What is drawn from a document."""
DOCUMENT: tuple[Format, Variant] = ("json", "volledig")
"""The document itself, which is always kept."""


def find_area(catalog: Catalog, area_id: str) -> Area:
    """An area of the catalogue by its id.

    Raises:
        UserError: no such area; the message shows the file to add.
    """
    area = catalog.areas.get(area_id)
    if area is None:
        raise UserError(
            f"no area '{area_id}'. Known: {', '.join(sorted(catalog.areas))}. To add one, write "
            f"areas/{area_id}.yaml with: id, name, municipalities (GM codes), boundary_year."
        )
    return area


def output_folder(settings: Settings, edition_id: str, area_id: str) -> Path:
    return settings.startfoto_dir / edition_id / area_id


def composed(
    area_id: str, catalog: Catalog, settings: Settings, edition_id: str | None = None
) -> Startfoto:
    """The startfoto of one area of a published edition, as a concept.

    Raises:
        UserError: no such area or edition, or a delivery of the edition was taken back.
    """
    area = find_area(catalog, area_id)
    edition = open_edition(settings.published_dir, edition_id)
    require_speaking(edition.edition_id, settings)
    return composed_from(edition, area, catalog, settings)


def composed_from(
    edition: PublishedEdition, area: Area, catalog: Catalog, settings: Settings
) -> Startfoto:
    """The startfoto of one area of an open edition, as a concept.

    Only the published copy is read: what was withheld is not in it and cannot leak. And of that
    only what is about the area, its wijken, and the larger areas that it is a part of: in a large
    country a startfoto costs what it costs in a small one.
    """
    around = [
        region_id(other)
        for other in catalog.areas.values()
        if set(area.municipalities) <= set(other.municipalities)
    ]
    tables = edition.tables_about(area.municipalities, around, COUNTRY_NAMES)
    document = compose(
        area,
        catalog,
        tables,
        edition_id=edition.edition_id,
        made_at=edition.made_at,
        code_version=edition.code_version,
        contact=settings.contact,
    )
    check_document(document, tables["published_value"])
    return document


def compose_area(
    area_id: str,
    catalog: Catalog,
    settings: Settings,
    edition_id: str | None = None,
    out: Path | None = None,
) -> Path:
    """Compose one startfoto, as far as it is released, and save it as JSON; returns its path."""
    document = composed(area_id, catalog, settings, edition_id)
    return save(document, read_steps(settings, document.edition.id, area_id), settings, out)


def save(
    concept: Startfoto, steps: tuple[Step, ...], settings: Settings, out: Path | None = None
) -> Path:
    """Save a concept with what people decided about it."""
    document = released(with_changes(concept, steps), steps, CONCEPT)
    folder = out or output_folder(settings, document.edition.id, document.area_id)
    file = folder / file_name(document.area_id, "json")
    _write(file, (document.model_dump_json(indent=1) + "\n").encode())
    return file


def render_file(json_file: Path, form: Format, variant: Variant = "volledig") -> Path:
    """Draw one output from a saved document; the file appears whole or not at all.

    Raises:
        UserError: there is no such variant in that format.
        IntegrityError: the file, read back, is not its document.
    """
    return _drawn(_read(json_file), json_file, form, variant)


def file_name(area_id: str, form: Format, variant: Variant = "volledig") -> str:
    """Name of the file that holds one output of an area's startfoto."""
    return f"startfoto-{area_id}{'' if variant == 'volledig' else f'-{variant}'}.{form}"


def _read(json_file: Path) -> Startfoto:
    return Startfoto.model_validate_json(json_file.read_bytes())


def _drawn(document: Startfoto, json_file: Path, form: Format, variant: Variant) -> Path:
    if form == "json":
        return json_file
    if (form, variant) not in OUTPUTS:
        raise UserError(f"there is no {variant} variant as {form}; there is one as html and pdf.")
    target = json_file.with_name(file_name(document.area_id, form, variant))
    if form == "csv":
        from perinatal.startfoto.render_csv import csv_metadata

        about = target.with_name(f"{target.name}-metadata.json")
        _write(about, csv_metadata(document, target.name))
    _write(target, _made(document, form, variant))
    return target


def render_files(json_file: Path, outputs: Sequence[tuple[Format, Variant]]) -> Iterator[Path]:
    """Draw several outputs of a saved document, in their order.

    The PDFs are made beside the others: Typst does not hold the interpreter. One at a time: the
    library that reads them back is made for one thread.
    """
    document = _read(json_file)
    with ThreadPoolExecutor(max_workers=1) as beside:
        waiting = {
            output: beside.submit(_drawn, document, json_file, *output)
            for output in outputs
            if output[0] == "pdf"
        }
        made = {
            output: _drawn(document, json_file, *output)
            for output in outputs
            if output not in waiting
        }
        for output in outputs:
            yield waiting[output].result() if output in waiting else made[output]


def _made(document: Startfoto, form: Format, variant: Variant) -> bytes:
    """The bytes of one output, held against the document. Each format loads its own libraries."""
    from perinatal.startfoto import readback_files as readback

    if form == "html":
        from perinatal.startfoto.render_html import render_html

        page = render_html(document, variant)
        check_page(document, page, variant)
        return page.encode()
    if form == "pdf":
        from perinatal.startfoto.render_pdf import render_pdf

        made = render_pdf(document, variant)
        readback.check_pdf(document, made, variant)
    elif form == "pptx":
        from perinatal.startfoto.render_pptx import render_pptx

        made = render_pptx(document)
        readback.check_slides(document, made)
    elif form == "xlsx":
        from perinatal.startfoto.render_xlsx import render_xlsx

        made = render_xlsx(document)
        readback.check_workbook(document, made)
    else:
        from perinatal.startfoto.render_csv import render_csv

        made = render_csv(document)
        readback.check_csv(document, made)
    return made


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    working = file.with_name(f".{file.name}.{os.getpid()}")
    working.write_bytes(content)
    working.replace(file)
