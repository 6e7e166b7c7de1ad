"""The startfoto as a tagged PDF (PDF/UA-1), set by Typst from the same document and drawings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from perinatal.startfoto import charts
from perinatal.startfoto.charts.guide import parts
from perinatal.startfoto.charts.trend_words import STATUS_WORDS
from perinatal.startfoto.document import IndicatorChapter, LabelCode, Startfoto, Variant
from perinatal.startfoto.logo import logo
from perinatal.startfoto.render_html import (
    contact_line,
    first_map,
    kicker,
    silent,
    source_line,
    subject,
    trend_source,
)
from perinatal.startfoto.signs import icon, swatch
from perinatal.startfoto.tokens import FONT, MAP_FILL, PRINT, colours_of

_HERE = Path(__file__).parent
_AUTHOR = "perinatal"
_FIRST_ROOM, _PAGE_ROOM = 415.0, 640.0
"""Points of height for a figure: below a chapter's opening, and on a page of its own."""


_PAGES: dict[Variant, str] = {
    "volledig": "startfoto.typ", "bestuurlijk": "bestuurlijk.typ", "bewoners": "bewoners.typ",
}  # fmt: skip


class PdfError(RuntimeError):
    """Typst refused the document."""


def _first_room(chapter: IndicatorChapter) -> float:
    """What the opening of a chapter leaves of its page, estimated from the length of its texts."""
    title = ceil(len(chapter.title.text) / 46)
    lead = sum(ceil(len(line.text) / 46) * 15 + 6 for line in chapter.lead)
    beside = ceil(len(chapter.excess.text) / 44) * 12.2 + 9.5 if chapter.excess else 0
    members = 72 + 15 * len(chapter.members) if chapter.members else 0
    room = _FIRST_ROOM - 28 * (title - 2) - max(0, lead - 95, beside) - members
    return room if room > 180 else _PAGE_ROOM


def _pictures(chapter: IndicatorChapter) -> dict[str, object]:
    """Every drawing of a chapter at print size, each with its own description."""
    found: dict[str, object] = {}
    key = chapter.id
    own = chapter.strip
    if own is not None and own.row.published.kind == "shown":
        row = own.row
        found["strip"] = charts.strip(
            own, 170, prefix=f"{key}-strip", quiet=chapter.sensitive, size=9
        )
        found["strip_alt"] = (
            f"{row.name} {row.estimate_text}, waarschijnlijk tussen {row.interval95_text}. "
            f"{own.reference.name} {own.reference.text}."
        )
    if chapter.areas is not None:
        slices = charts.pages(chapter.areas, _first_room(chapter), _PAGE_ROOM)
        found["areas"] = [
            charts.dot_interval(chapter.areas, PRINT, prefix=f"{key}-{at}", part=part)
            for at, part in enumerate(slices)
        ]
        found["without"] = list(charts.names_without_figure(chapter.areas))
        found["silent"] = [list(pair) for pair in silent(chapter.areas.rows)]
    if chapter.map is not None:
        found["map"] = charts.map_figure(chapter.map, 300, prefix=f"{key}-kaart", highest=250)
    if chapter.funnel is not None:
        found["funnel"] = charts.funnel(chapter.funnel, PRINT, prefix=f"{key}-trechter")
    if chapter.spread is not None:
        drawn = charts.spread(chapter.spread, PRINT, prefix=f"{key}-spreiding")
        found |= {"spread": drawn} if drawn else {}
    if chapter.gap is not None:
        found["gap"] = charts.gap(chapter.gap, PRINT, prefix=f"{key}-vijfden")
    if chapter.trend is not None:
        found["trend"] = charts.trend(chapter.trend, PRINT, prefix=f"{key}-verloop")
    return found


def _signs() -> dict[str, str]:
    labels: tuple[LabelCode, ...] = tuple(MAP_FILL)
    found: dict[str, str] = {label: icon(label, 18) for label in labels}
    for way, name in enumerate(("lager", "", "hoger"), start=-1):
        found[f"KLEIN_MAAR_ECHT{name}"] = icon("KLEIN_MAAR_ECHT", 18, way=way)
    return found


def _logo(document: Startfoto) -> dict[str, object]:
    kind, content = logo(document) or ("", b"")
    # Typst takes bytes as a text or as a list of numbers
    return {
        "logo": content.decode("utf-8") if kind == "svg" else list(content),
        "logo_format": kind,
    }


def _extra(document: Startfoto) -> dict[str, object]:
    """Drawings and tokens beside the document; nothing here is a figure of its own."""
    cover = first_map(document)
    cards = []
    for place, card in enumerate(document.cards):
        shown = card.strip is not None and card.strip.row.published.kind == "shown"
        if card.strip is not None and shown:
            cards.append(
                charts.strip(card.strip, 200, prefix=f"kaart-{place}", quiet=card.sensitive, size=9)
            )
        else:
            cards.append(charts.no_strip(200, prefix=f"kaart-{place}", size=9))
    return {
        "author": _AUTHOR,
        "font": FONT,
        "colours": colours_of(document),
        "status": STATUS_WORDS,
        **_logo(document),
        "signs": _signs(),
        "swatches": {label: swatch(label) for label in MAP_FILL},
        "backdrop": charts.backdrop(cover, 640, 470) if cover else "",
        "cards": cards,
        "guide": charts.reading_guide(document.reference_name, prefix="gids"),
        "guide_parts": list(parts(document.reference_name)),
        "births": charts.births(document.births, PRINT, prefix="geboorten")
        if document.births.years
        else "",
        "chapters": {chapter.id: _pictures(chapter) for chapter in document.chapters},
        "contact": contact_line(document),
        "kickers": {chapter.id: kicker(chapter) for chapter in document.chapters},
        "trend_sources": {
            chapter.id: trend_source(chapter, document) for chapter in document.chapters
        },
        "subjects": {chapter.id: subject(chapter) for chapter in document.chapters},
        "key_figures": [card.indicator for card in document.cards],
        "sources": {chapter.id: source_line(chapter, document) for chapter in document.chapters},
    }


def render_pdf(document: Startfoto, variant: Variant = "volledig") -> bytes:
    """One variant as a PDF. Its date is the edition's, so equal documents give equal bytes."""
    import typst

    made = datetime.fromisoformat(document.edition.made_at)
    if made.tzinfo is None:
        made = made.replace(tzinfo=UTC)
    templates = _HERE / "templates"
    compiler = typst.Compiler(
        str(templates / _PAGES[variant]),
        root=str(templates),
        font_paths=[str(_HERE / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={
            "document": document.model_dump_json(),
            "extra": json.dumps(_extra(document), ensure_ascii=False),
        },
    )
    try:
        made_pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=made)
    except typst.TypstError as error:
        raise PdfError(error.diagnostic or str(error)) from error
    if not isinstance(made_pdf, bytes):
        raise PdfError("Typst gaf geen PDF terug.")
    return made_pdf
