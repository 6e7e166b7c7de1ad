"""Every figure of a document as one flat row: what the open file and the workbook hold.

Also what reads them back starts here, so that all outputs are held against the same list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from perinatal.disclosure.published import Published, Shown, Withdrawn
from perinatal.startfoto.document import (
    FigureRow,
    IndicatorChapter,
    Origin,
    Reference,
    Startfoto,
    Trend,
    TrendPoint,
    TrendSegment,
)

_DIGITS = 4
"""Decimals of a rate in a file; far beyond what chance leaves certain."""


@dataclass(frozen=True)
class Column:
    """A column of the flat file: its name, what it means, and its type in CSVW."""

    name: str
    title: str
    datatype: Literal["string", "integer", "number"] = "string"


COLUMNS = (
    Column("verwijzing", "Verwijzing: gebied, onderwerp, bron met definitie, en jaren"),
    Column("hoofdstuk", "Nummer en onderwerp van het hoofdstuk"),
    Column("plaats", "Waar het cijfer staat: hoofdcijfer, gemeente, gebied, jaar, anders geteld"),
    Column("gebied", "Naam van het gebied"),
    Column("regiocode", "Code van het gebied"),
    Column("van", "Eerste jaar", "integer"),
    Column("tot_en_met", "Laatste jaar", "integer"),
    Column("stand", "getoond, geen cijfer of ingetrokken"),
    Column("voorbehoud", "voorlopig, niet volledig of nagerekend; leeg als er geen voorbehoud is"),
    Column("teller", "Aantal geteld", "integer"),
    Column("noemer", "Aantal geboorten of zwangeren", "integer"),
    Column("per", "Het cijfer is per 100 of per 1.000", "integer"),
    Column("cijfer", "Teller per noemer, keer 'per'", "number"),
    Column("onder95", "Ondergrens, 95%", "number"),
    Column("boven95", "Bovengrens, 95%", "number"),
    Column("onder998", "Ondergrens, 99,8%", "number"),
    Column("boven998", "Bovengrens, 99,8%", "number"),
    Column("oordeel", "Code van het oordeel; leeg in een lijn van jaren"),
    Column("woord", "Oordeel in woorden"),
    Column("vergeleken_met", "Naam van het land of gebied ernaast"),
    Column("cijfer_vergeleken", "Het cijfer daar, met dezelfde definitie", "number"),
    Column("definitie", "Wat er geteld is"),
    Column("bron", "Bron van het cijfer"),
    Column("levering", "Levering waar het cijfer uit komt"),
    Column("bestand", "Geleverd bestand"),
    Column("controlegetal", "SHA-256 van dat bestand"),
    Column("regels", "Regels van dat bestand"),
    Column("berekening", "Teller en noemer, in namen van het contract van de bron"),
)
_STATUS = {
    "provisional": "voorlopig",
    "under_registered": "niet volledig",
    "reconstructed": "nagerekend",
}
Value = str | int | float | None


def figure_rows(document: Startfoto) -> Iterator[FigureRow]:
    """Every figure of the document that has a row of its own."""
    for chapter in document.chapters:
        yield from (row for _, row, _ in _rows(chapter))


def references(chapters: tuple[IndicatorChapter, ...]) -> list[str]:
    """Every figure of these chapters, each once, in their order."""
    found: dict[str, None] = {}
    for chapter in chapters:
        found |= dict.fromkeys(row.reference_id for _, row, _ in _rows(chapter))
        for segment in chapter.trend.segments if chapter.trend else ():
            found |= dict.fromkeys(point.reference_id for point in segment.points)
    return list(found)


def figures(document: Startfoto) -> list[tuple[Value, ...]]:
    """A row per figure, in the order of the document, each figure once; see :data:`COLUMNS`."""
    found: dict[str, tuple[Value, ...]] = {}
    for chapter in document.chapters:
        for place, row, reference in _rows(chapter):
            found.setdefault(row.reference_id, _figure(chapter, place, row, reference))
        if chapter.trend is not None:
            for segment in chapter.trend.segments:
                for point in segment.points:
                    year = _year(chapter, chapter.trend, segment, point)
                    found.setdefault(point.reference_id, year)
    by_reference: dict[str, list[Origin]] = {}
    for origin in document.origins:
        by_reference.setdefault(origin.reference_id, []).append(origin)
    return [(*row, *_origin(by_reference.get(key, []))) for key, row in found.items()]


def _origin(told: list[Origin]) -> tuple[Value, ...]:
    return tuple(
        "; ".join(dict.fromkeys(getattr(one, name) for one in told))
        for name in ("delivery", "file", "sha256", "lines_text", "calculation")
    )


def _rows(chapter: IndicatorChapter) -> Iterator[tuple[str, FigureRow, Reference | None]]:
    if chapter.strip is not None:
        yield "hoofdcijfer", chapter.strip.row, chapter.strip.reference
    for row in chapter.members:
        yield "gemeente", row, chapter.members_reference
    for row in chapter.areas.rows if chapter.areas else ():
        yield "gebied", row, chapter.areas.reference if chapter.areas else None
    for other in chapter.others:
        yield "anders geteld", other.row, other.reference


def _figure(
    chapter: IndicatorChapter, place: str, row: FigureRow, reference: Reference | None
) -> tuple[Value, ...]:
    told = dict(chapter.definition)
    other = next((o for o in chapter.others if o.row is row), None)
    return (
        row.reference_id, _name(chapter), place, row.name, row.region, *_years(row.reference_id),
        *_numbers(row.published), row.label, row.word,
        reference.name if reference else "",
        round(reference.estimate, _DIGITS) if reference else None,
        other.counts if other else told.get("We tellen", ""), told.get("Bron", ""),
    )  # fmt: skip


def _year(
    chapter: IndicatorChapter, trend: Trend, segment: TrendSegment, point: TrendPoint
) -> tuple[Value, ...]:
    told = dict(chapter.definition)
    national = None if point.reference is None else round(point.reference, _DIGITS)
    region = point.reference_id.split("/")[0]
    if trend.own_name:
        name, numbers = trend.own_name, _numbers(point.own)
        beside = (trend.reference_name, national)
    else:  # the printed figures of the country, which stand there alone
        name, beside = trend.reference_name, ("", None)
        if point.status == "withdrawn":
            numbers = _numbers(Withdrawn(since="", reason=""))
        else:
            state = ("getoond", _STATUS.get(point.status, ""))
            numbers = (*state, *(None,) * 3, national, *(None,) * 4)
    counted = "; ".join(filter(None, (told.get("We tellen", ""), segment.label)))
    return (
        point.reference_id, _name(chapter), "jaar", name, region, point.start, point.end, *numbers,
        "", "", *beside, counted, trend.source_text or told.get("Bron", ""),
    )  # fmt: skip


def _name(chapter: IndicatorChapter) -> str:
    return f"{chapter.number} {chapter.kicker}".strip()


def _years(reference_id: str) -> tuple[int, int]:
    start, _, end = reference_id.rpartition("/")[2].partition("-")
    return int(start), int(end)


def _numbers(published: Published) -> tuple[Value, ...]:
    """From ``stand`` up to and including the limits; nothing but the state where none is shown."""
    if not isinstance(published, Shown):
        state = "ingetrokken" if isinstance(published, Withdrawn) else "geen cijfer"
        return (state, "", *(None,) * 8)
    p = published
    rates = (p.estimate, p.lower95, p.upper95, p.lower998, p.upper998)
    return (
        "getoond", _STATUS.get(p.status, ""), p.numerator, p.denominator, p.per,
        *(round(rate, _DIGITS) for rate in rates),
    )  # fmt: skip
