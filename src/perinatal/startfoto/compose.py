"""Compose the document of one area from a published edition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from perinatal import dutch
from perinatal.catalog import Area, Catalog, Indicator
from perinatal.disclosure.published import Published, Shown
from perinatal.errors import UserError
from perinatal.language import require_clean
from perinatal.startfoto import wording, wording_whole
from perinatal.startfoto.account import account, left_out
from perinatal.startfoto.chapters import chapter
from perinatal.startfoto.document import (
    Births,
    BirthsRow,
    Card,
    Edition,
    IndicatorChapter,
    Sentence,
    Startfoto,
    Strip,
    TalkingPoint,
)
from perinatal.startfoto.findings import read_cells
from perinatal.startfoto.insight import sight
from perinatal.startfoto.origin import origins
from perinatal.startfoto.questions import questions
from perinatal.startfoto.theme import style
from perinatal.startfoto.view import View
from perinatal.startfoto.wording_change import change_on_card

NOBODY_NAMED = "uw GGD"
INVENTED = "Verzonnen cijfers: dit is een oefenvoorbeeld. De gebieden bestaan niet."
CONCEPT = "Concept: deze startfoto is nog niet vrijgegeven."
BY_CHANCE = (
    "Elk cijfer kan door toeval iets hoger of lager uitvallen. Hoe minder geboorten, hoe groter "
    "het toeval."
)
READING = (
    "We vergelijken het cijfer van {area} met {country}. " + BY_CHANCE,
    "We noemen een cijfer alleen hoger of lager als het onwaarschijnlijk is dat het verschil "
    "toeval is. "
    "Weten we het niet? Dan staat er: kan toeval zijn. Dat is iets anders dan ongeveer gelijk.",
    "In de figuren is de stip ons cijfer. De brede streep laat zien waar het cijfer waarschijnlijk "
    "ligt. Binnen de dunne streep ligt het bijna zeker.",
    "De cijfers zeggen niet waardoor een verschil komt. Een cijfer van een wijk zegt niets over "
    "één gezin in die wijk. Met andere grenzen zijn de cijfers ook anders.",
)


def compose(
    area: Area,
    catalog: Catalog,
    tables: Mapping[str, pd.DataFrame],
    *,
    edition_id: str,
    made_at: datetime,
    code_version: str,
    contact: str,
) -> Startfoto:
    """Write the startfoto of an area.

    Args:
        tables: the allow-listed tables of one published edition; nothing else is read.
        contact: whom a reader can turn to; empty: whom the theme names.

    Raises:
        UserError: the edition has no figure and no map for this area.
        IntegrityError: the language guard refuses a sentence that our own code made.
    """
    regions = tables["published_region"]
    names = dict(zip(regions["code"], regions["name"], strict=True))
    lacking = [code for code in area.municipalities if code not in names]
    if lacking:
        raise UserError(
            f"{area.id}: edition {edition_id} has no municipality {', '.join(lacking)}. Ingest "
            f"the map of {area.boundary_year} and a delivery, then build again."
        )
    cells = read_cells(tables["published_value"])
    view = View(area, catalog, tables, cells)
    if not view.cells_of_area or not view.tells_anything:
        raise UserError(f"{area.id}: edition {edition_id} has no figures for this area.")
    chapters = tuple(
        made
        for number, indicator in enumerate(view.indicators(), start=1)
        if (made := chapter(view, indicator, number)) is not None
    )
    period = view.period
    text = dutch.years(*period)
    invented = any(catalog.sources[name].invented for name in view.sources_used)
    notices = ([INVENTED] if invented else []) + [CONCEPT]
    births = _births(view)
    total = view.births(view.region, *period)
    document = Startfoto(
        title=f"Startfoto {area.name}",
        area_id=area.id,
        area_name=area.name,
        members=tuple(names[code] for code in area.municipalities) if area.is_coalition else (),
        reference_name=view.country,
        period_text=text,
        edition=Edition(
            id=edition_id,
            made_on=dutch.date(made_at.year, made_at.month, made_at.day),
            made_at=made_at.isoformat(),
            code_version=code_version,
            invented=invented,
        ),
        contact=contact or (catalog.theme and catalog.theme.contact) or NOBODY_NAMED,
        style=style(catalog),
        notices=tuple(notices),
        intro=wording_whole.introduction(
            area.name, view.country, total, period, coalition=area.is_coalition,
            evidence=view.counted, whole=view.whole,
        ),
        cards=_cards(view, chapters),
        talking_points=_talking_points(view, chapters),
        unknowns=_unknowns(view, chapters),
        questions=questions(
            chapters,
            {c.id for c in chapters if catalog.indicators[c.id].key_figure},
            area.name,
        ),
        reading=_reading(view),
        sight=sight(view),
        births=births,
        chapters=chapters,
        left_out=left_out(view),
        account=account(view),
        origins=origins(view, chapters),
    )  # fmt: skip
    require_clean(document.model_dump(), {*view.words_of_others, document.contact})
    return document


def _reading(view: View) -> tuple[str, ...]:
    """How to read the figures; where the area is the country, only its wijken are compared."""
    first, *more = (line.format(area=view.area.name, country=view.country) for line in READING)
    return (f"{wording.WHOLE} {BY_CHANCE}" if view.whole else first, *more)


def _births(view: View) -> Births:
    start, end = view.period
    single = tuple(
        (row["period_start"], row["births"])
        for row in view.births_table.sort_values("period_start").to_dict("records")
        if row["region"] == view.region and row["period_start"] == row["period_end"]
    )
    total = view.births(view.region, start, end)
    span = end - start + 1
    a_year = round(total / span, -1) if total else 0
    named = [(view.region, f"Heel {view.area.name}")]
    if view.area.is_coalition:
        named += [(code, view.names[code]) for code in view.area.municipalities]
    named += [(code, view.display(code)) for code in view.wijken]
    table = tuple(
        BirthsRow(name=name, period=dutch.years(start, end), births_text=dutch.number(births))
        for code, name in named
        if (births := view.births(code, start, end)) is not None
    )
    alt = (
        f"Lijn met het aantal geboorten per jaar in {view.area.name}, van {single[0][0]} tot en "
        f"met {single[-1][0]}. Het laagste aantal is {dutch.number(min(b for _, b in single))}, "
        f"het hoogste {dutch.number(max(b for _, b in single))}."
        if single
        else ""
    )
    return Births(
        title=wording_whole.births_title(view.area.name, a_year, view.counted),
        lead=(wording_whole.BIRTHS_LEAD,), years=single, alt=alt, rows=table,
    )  # fmt: skip


def _cards(view: View, chapters: tuple[IndicatorChapter, ...]) -> tuple[Card, ...]:
    cards = []
    strips = [c.strip for c in chapters if c.strip is not None]
    wide = any(_outside(strip) for strip in strips)
    for made in chapters:
        indicator = view.catalog.indicators[made.id]
        if not indicator.key_figure:
            continue
        strip = made.strip
        if strip is not None:
            reference = strip.reference.estimate
            low, high = (0.0, 2.0) if wide else (0.5, 1.5)
            strip = strip.model_copy(
                update={"low": round(low * reference, 4), "high": round(high * reference, 4)}
            )
        cards.append(_card(view, indicator, made, strip))
    return tuple(cards)


def _outside(strip: Strip) -> bool:
    published = strip.row.published
    if not isinstance(published, Shown):
        return False
    reference = strip.reference.estimate
    return published.lower95 < 0.5 * reference or published.upper95 > 1.5 * reference


def _card(view: View, indicator: Indicator, made: IndicatorChapter, strip: Strip | None) -> Card:
    words = indicator.words
    published: Published | None = strip.row.published if strip else None
    number, unit, reference = "", "Geen cijfer", f"In {view.country}: ook geen cijfer"
    if strip is not None and isinstance(published, Shown):
        value, national = published.estimate, strip.reference.estimate
        direction = wording.direction_of(made.label, value, national)
        pair = wording.printed(value, national, published.per, direction)
        number, unit = pair.own, f"van de {pair.base} {words.who}"
        reference = f"In {view.country}: {pair.reference} van de {pair.base}"
        if made.label == "GEEN_VERGELIJKING":
            reference = "Geen vergelijking"
    elif strip is not None:
        base = dutch.number(indicator.per)
        reference = f"In {view.country}: {strip.reference.text} van de {base}"
    return Card(
        indicator=made.id,
        title=words.title,
        subtitle=words.subtitle,
        number_text=number,
        unit_text=unit,
        reference_text=reference,
        strip=strip,
        label=made.label,
        word=made.word,
        sentence=_card_sentence(view, made, published),
        precision=made.precision,
        change=change_on_card(
            made.trend.finding if made.trend else None,
            made.trend.segments[-1].points[0].start if made.trend else None,
        ),
        sensitive=indicator.sensitive,
        anchor=made.id,
    )


def _card_sentence(view: View, made: IndicatorChapter, published: Published | None) -> Sentence:
    """One short line under the verdict; the whole finding stands in the chapter."""
    label, delivered = made.label, published is not None
    hidden = label == "GEEN_CIJFER" and delivered
    return wording_whole.on_card(
        label, view.country, deaths=made.sensitive and isinstance(published, Shown),
        delivered=delivered, offer=view.offer(view.main[made.id][0]) if hidden else "",
    )  # fmt: skip


def _talking_points(view: View, chapters: tuple[IndicatorChapter, ...]) -> tuple[TalkingPoint, ...]:
    """At most three: what is higher first, then lower, then what we cannot say."""
    order = [
        "DUIDELIJK_HOGER", "WAARSCHIJNLIJK_HOGER", "DUIDELIJK_LAGER", "WAARSCHIJNLIJK_LAGER",
        "INGETROKKEN", "ONBESLIST", "KLEIN_MAAR_ECHT", "ONGEVEER_GELIJK",
    ]  # fmt: skip
    asked = [c for c in chapters if c.label in order and not c.sensitive]
    asked = [c for c in asked if view.catalog.indicators[c.id].key_figure]
    points = []
    for made in sorted(asked, key=lambda c: order.index(c.label))[:3]:
        lead, question = wording_whole.talking_point(
            view.catalog.indicators[made.id], made.label, made.title.text
        )
        points.append(TalkingPoint(lead=lead, question=question))
    return tuple(points)


def _unknowns(view: View, chapters: tuple[IndicatorChapter, ...]) -> tuple[Sentence, ...]:
    lines = [wording_whole.unknown_causes()]
    for made in chapters:
        title = view.catalog.indicators[made.id].words.title
        if made.label == "INGETROKKEN":
            lines.append(wording_whole.unknown_withdrawn(title))
        elif made.label == "GEEN_CIJFER" and view.catalog.indicators[made.id].key_figure:
            lines.append(wording_whole.unknown_figure(title, view.area.name))
    if not any(c.trend is not None and c.trend.own_name for c in chapters):
        lines.append(wording_whole.unknown_change())
    lines.append(wording_whole.unknown_now(view.period))
    return tuple(lines)
