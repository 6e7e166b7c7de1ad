"""What stands behind one figure: its key, source, file, lines, rule, calculation and edition."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from perinatal import dutch
from perinatal.catalog import Area, Catalog
from perinatal.disclosure.published import Shown, Withdrawn
from perinatal.errors import UserError
from perinatal.pipeline.taken_back import taken_back
from perinatal.settings import Settings
from perinatal.startfoto import wording
from perinatal.startfoto.account import key_in_words
from perinatal.startfoto.findings import Cell, read_cells
from perinatal.startfoto.origin import origins_of
from perinatal.startfoto.view import View
from perinatal.store import PublishedEdition, open_edition


def explain(
    reference: str, catalog: Catalog, settings: Settings, edition_id: str | None = None
) -> list[tuple[str, str]]:
    """Labels and texts, in Dutch, for one reference of a startfoto.

    The file is read again, so that a file that was lost or changed is told.

    Args:
        reference: 'GM9901/vroeggeboorte/oefen_perinataal.oefen-24w/2021-2025', as it stands in
            the open file, the workbook and the page.

    Raises:
        UserError: the edition has no such figure.
    """
    edition = open_edition(settings.published_dir, edition_id)
    cells = read_cells(edition.tables["published_value"])
    cell = next((one for one in cells if one.reference_id == reference), None)
    if cell is None:
        near = [c.reference_id for c in cells if c.region == reference.split("/")[0]][:3]
        known = f" Some that it has: {', '.join(near)}." if near else ""
        raise UserError(
            f"edition {edition.edition_id} has no figure '{reference}'.{known} References stand "
            "in the column 'verwijzing' of the open file."
        )
    return list(_lines(cell, cells, edition, catalog, settings))


def _lines(
    cell: Cell, cells: list[Cell], edition: PublishedEdition, catalog: Catalog, settings: Settings
) -> Iterator[tuple[str, str]]:
    regions = edition.tables["published_region"]
    names = dict(zip(regions["code"], regions["name"], strict=True))
    area_id = cell.region.removeprefix("area:")
    definition = catalog.definition(cell.indicator, cell.definition)
    source = catalog.sources[cell.source]
    coalition = catalog.areas.get(area_id)
    yield "verwijzing", cell.reference_id
    yield "gebied", f"{coalition.name if coalition else names.get(area_id, area_id)} ({area_id})"
    yield "we tellen", f"{definition.counts}, van {definition.out_of}"
    yield "periode", dutch.years(cell.start, cell.end)
    yield "definitie", f"{cell.indicator}/{cell.definition}, versie {definition.version}"
    yield "manier van tellen", key_in_words(definition.key)
    yield "cijfer", _figure(cell)
    yield "ons woord", f"{wording.WORDS[cell.label]}. {wording.RULES[cell.label]}"
    yield "bron", f"{source.title}. {source.publisher}"
    view = View(coalition or _anywhere(cell, catalog), catalog, edition.tables, cells)
    for origin in origins_of([cell.reference_id], view):
        yield "berekening", origin.calculation
        yield "bestand", f"{origin.file}, regels {origin.lines_text}"
        yield "levering", f"{origin.delivery}, SHA-256 {origin.sha256}"
        yield "ligt in", _kept(cell.source, origin.delivery, origin.sha256, settings)
    yield "editie", f"{edition.edition_id}, {edition.made_at:%Y-%m-%d %H:%M} UTC"
    for gone in taken_back(settings).get(edition.edition_id, ()):
        yield "let op", f"{gone.delivery_id} is ingetrokken op {gone.on:%Y-%m-%d}: {gone.reason}"
    yield "versie van perinatal", edition.code_version


def _anywhere(cell: Cell, catalog: Catalog) -> Area:
    """Some area around the cell; where its lines stand does not depend on which."""
    code = f"GM{cell.region[2:6]}"
    found = [a for a in catalog.areas.values() if code in a.municipalities]
    return next(iter(found or catalog.areas.values()))


def _figure(cell: Cell) -> str:
    p = cell.published
    if isinstance(p, Withdrawn):
        return f"ingetrokken: {p.reason}"
    if not isinstance(p, Shown):
        return "geen cijfer: het wordt niet getoond, ook hier niet"
    per = dutch.number(p.per)
    return (
        f"{dutch.number(p.numerator)} van {dutch.number(p.denominator)}: "
        f"{dutch.number(p.estimate, 4)} van de {per} (95%: {dutch.span(p.lower95, p.upper95, 4)}; "
        f"99,8%: {dutch.span(p.lower998, p.upper998, 4)})"
    )


def _kept(source: str, delivery: str, digest: str, settings: Settings) -> str:
    folder = settings.raw_dir / source / delivery
    files = [file for file in folder.glob("*") if file.is_file()]
    for file in files:
        if sha256(file.read_bytes()).hexdigest() == digest:
            return f"{file} (onveranderd)"
    return f"{folder}: het bestand is weg of veranderd" if files else f"{folder}: niet gevonden"
