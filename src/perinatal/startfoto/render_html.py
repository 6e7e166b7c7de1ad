"""The startfoto as one HTML file that needs nothing beside it and runs no script."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from perinatal.startfoto import charts, wording_areas
from perinatal.startfoto.charts.guide import parts
from perinatal.startfoto.charts.trend_words import STATUS_WORDS, period
from perinatal.startfoto.document import (
    FigureRow,
    IndicatorChapter,
    MapFigure,
    Startfoto,
    Variant,
    sentences,
)
from perinatal.startfoto.signs import icon, swatch
from perinatal.startfoto.tokens import FONT, PHONE, SPEAKING, WIDE, colours_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

_HERE = Path(__file__).parent
_PAGES: dict[Variant, str] = {
    "volledig": "whole.html.j2", "bestuurlijk": "board.html.j2", "bewoners": "residents.html.j2",
}  # fmt: skip


@cache
def _font(weight: int) -> str:
    path = _HERE / "fonts" / f"source-sans-3-latin-{weight}-normal.woff2"
    return b64encode(path.read_bytes()).decode("ascii")


def css_string(text: str) -> str:
    """A text inside the quotes of a style sheet: everything but letters and digits escaped."""
    return "".join(
        letter if letter.isascii() and letter.isalnum() else f"\\{ord(letter):x} "
        for letter in text
    )


def origin_id(reference_id: str) -> str:
    """Where on the page the origin of a figure stands."""
    return "herkomst-" + re.sub(r"[^A-Za-z0-9]+", "-", reference_id)


def first_map(document: Startfoto) -> MapFigure | None:
    """The map whose outlines decorate the opening, if any chapter has one."""
    return next((chapter.map for chapter in document.chapters if chapter.map), None)


def source_line(chapter: IndicatorChapter, document: Startfoto) -> str:
    """Where a figure comes from, and that it is made up when it is."""
    found = {label.lower(): text for label, text in chapter.definition}
    parts_ = [f"Bron: {found['bron']}"] if "bron" in found else []
    if "periode" in found:
        parts_.append(found["periode"] if parts_ else f"Periode: {found['periode']}")
    line = ". ".join(part.rstrip(".") for part in [", ".join(parts_)] if part)
    if document.edition.invented:
        return f"{line}. Deze cijfers zijn verzonnen." if line else "Deze cijfers zijn verzonnen."
    return f"{line}." if line else ""


def trend_source(chapter: IndicatorChapter, document: Startfoto) -> str:
    """Where a line of years comes from: its own sources, which may differ from the chapter's."""
    text = chapter.trend.source_text if chapter.trend else ""
    if not text:
        return source_line(chapter, document)
    return f"{text} Deze cijfers zijn verzonnen." if document.edition.invented else text


def kicker(chapter: IndicatorChapter) -> str:
    """Number and subject; a kicker that already starts with its number keeps it once."""
    if not chapter.number or chapter.kicker.startswith(chapter.number):
        return chapter.kicker
    return f"{chapter.number} {chapter.kicker}"


def subject(chapter: IndicatorChapter) -> str:
    """The kicker without its number, for the caption of a table."""
    return chapter.kicker.removeprefix(chapter.number).lstrip(". ") or chapter.kicker


def contact_line(document: Startfoto) -> str:
    """How to reach the organisation, as a sentence around the name the document gives."""
    return f"Neem contact op met {document.contact.strip().rstrip('.')}."


def said_of(chapter: IndicatorChapter) -> dict[str, str]:
    """What a chapter prints of each of its areas, as one line, by region."""
    rows = [*chapter.members, *(chapter.areas.rows if chapter.areas else ())]
    return {row.region: wording_areas.chosen(row, chapter.unit_text).text for row in rows}


def choices(document: Startfoto) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Areas that a reader can choose, in the order of the document: group, then code and name."""
    found: dict[str, dict[str, str]] = {}
    for chapter in document.chapters:
        if chapter.sensitive:
            continue
        for row in chapter.members:
            found.setdefault("Gemeenten", {}).setdefault(row.region, row.name)
        for row in chapter.areas.rows[1:] if chapter.areas else ():
            found.setdefault(row.group or "Gebieden", {}).setdefault(row.region, row.name)
    return tuple((name, tuple(areas.items())) for name, areas in found.items())


def columns(rows: tuple[FigureRow, ...]) -> dict[str, bool]:
    """Which columns a table needs: counts only where the document gives them."""
    return {
        "births": any(row.births_text for row in rows),
        "counts": any(row.count_text for row in rows),
        "wide": any(row.interval95_text for row in rows),
        "thin": any(row.interval998_text for row in rows),
    }


def silent(rows: tuple[FigureRow, ...]) -> tuple[tuple[str, str], ...]:
    """Signs that stand in a figure without their word, each once, for the line under it."""
    found: dict[str, str] = {}
    for row in rows:
        if row.published.kind == "shown" and row.label not in SPEAKING:
            found.setdefault(row.label, row.word)
    return tuple(found.items())


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def two_widths(draw: Callable[..., str]) -> Callable[[object, str], Markup]:
        def both(figure: object, prefix: str) -> Markup:
            wide = draw(figure, WIDE, prefix=f"{prefix}-w")
            phone = draw(figure, PHONE, prefix=f"{prefix}-s")
            return Markup(f'<div class="wijd">{wide}</div><div class="smal">{phone}</div>')

        return both

    environment.globals.update(
        teken=lambda *a, **k: Markup(icon(*a, **k)),
        staal=lambda *a, **k: Markup(swatch(*a, **k)),
        strip=lambda *a, **k: Markup(charts.strip(*a, **k)),
        no_strip=lambda **k: Markup(charts.no_strip(**k)),
        guide=lambda *a, **k: Markup(charts.reading_guide(*a, **k)),
        backdrop=lambda *a: Markup(charts.backdrop(*a)),
        dots=two_widths(charts.dot_interval),
        trend=two_widths(charts.trend),
        births=two_widths(charts.births),
        funnel=two_widths(charts.funnel),
        spread=two_widths(charts.spread),
        gap=two_widths(charts.gap),
        map=lambda figure, prefix, figures: Markup(
            charts.map_figure(figure, PHONE, prefix=prefix, highest=480, figures=figures)
        ),
        said_of=said_of,
        names_without_figure=charts.names_without_figure,
        guide_parts=parts,
        source_line=source_line,
        trend_source=trend_source,
        kicker=kicker,
        subject=subject,
        contact_line=contact_line,
        columns=columns,
        silent=silent,
        period=period,
        status_words=STATUS_WORDS,
        sentences=lambda part: list({line.text: line for line in sentences(part)}.values()),
    )
    return environment


def render_html(document: Startfoto, variant: Variant = "volledig") -> str:
    """One variant as a page. The same document gives the same text."""
    from markupsafe import Markup

    environment = _environment()
    offered = choices(document) if variant == "volledig" else ()
    style = environment.get_template("style.css.j2").render(
        regions=[code for _, areas in offered for code, _ in areas],
        colours=colours_of(document),
        font=FONT,
        fonts={weight: _font(weight) for weight in (400, 600)},
        banner=css_string(" ".join(document.notices)),
        released=document.release is not None,
    )
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    return environment.get_template("page.html.j2").render(
        d=document,
        variant=variant,
        choices=offered,
        pages=_PAGES,
        key_figures=[card.indicator for card in document.cards],
        origin_ids={
            origin.reference_id: origin_id(origin.reference_id) for origin in document.origins
        },
        style=Markup(style),
        digest=digest,
        backdrop_map=first_map(document),
    )
