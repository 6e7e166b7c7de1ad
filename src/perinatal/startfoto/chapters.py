"""One chapter per indicator: the finding, the areas, the map, the years, the definition."""

from __future__ import annotations

from perinatal import dutch
from perinatal.catalog.models import Indicator
from perinatal.disclosure.published import Shown
from perinatal.startfoto import insight, wording, wording_change, wording_whole
from perinatal.startfoto.document import (
    DotInterval,
    FigureRow,
    IndicatorChapter,
    LabelCode,
    MapFigure,
    MapShape,
    OtherDefinition,
    Reference,
    Sentence,
    Strip,
    Trend,
)
from perinatal.startfoto.findings import (
    Cell,
    axis_of,
    figure_row,
    national_trend,
    reference_of,
    text_of,
    trend_of,
)
from perinatal.startfoto.view import View

_EARNED = (
    "DUIDELIJK_HOGER", "WAARSCHIJNLIJK_HOGER", "DUIDELIJK_LAGER", "WAARSCHIJNLIJK_LAGER",
    "KLEIN_MAAR_ECHT",
)  # fmt: skip
READING = (
    "De stip is het cijfer van de wijk. De brede streep laat zien waar het waarschijnlijk ligt. "
    "Binnen de dunne streep ligt het bijna zeker. Raakt de brede streep de lijn van {country}? Dan "
    "kan het verschil toeval zijn. Dat kan ook als de brede streep net niet raakt: bij veel "
    "wijken valt er door toeval altijd wel een op."
)


def chapter(view: View, indicator: Indicator, number: int) -> IndicatorChapter | None:
    """The chapter of an indicator, also when all it can say is that there is no figure."""
    cells = view.main.get(indicator.id, [])
    if not cells:
        return _without_figure(view, indicator, number)
    main, others = cells[0], cells[1:]
    area, country = view.area.name, view.country
    reference = reference_of(main, indicator, country)
    row = figure_row(main, area)
    lead = _lead(view, indicator, main)
    areas = None if indicator.sensitive else _areas(view, indicator, main, reference)
    trend = _trend(view, indicator, main)
    members = _members(view, indicator, main) if view.area.is_coalition else ()
    return IndicatorChapter(
        id=indicator.id,
        number=str(number),
        kicker=indicator.words.title,
        title=wording.heading(
            indicator, main.label, main.published, main.reference, area=area, country=country,
            evidence=main.reference_id,
        ),
        label=main.label,
        word=wording.label_word(main.label, main.published, main.reference),
        lead=lead,
        precision=wording.precision(
            indicator, main.label, main.published, main.reference, main.reference_id
        ),
        counted_text=f"Geteld: {row.count_text} van de {row.births_text} {indicator.words.who}."
        if row.count_text
        else "",
        sensitive=indicator.sensitive,
        strip=_strip(reference, row),
        members=members,
        members_reference=reference if members else None,
        areas=areas,
        map=_map(view, indicator, main, areas) if areas is not None else None,
        trend=trend,
        others=tuple(_other(view, indicator, cell) for cell in others),
        excess=insight.excess(view, indicator, main),
        funnel=insight.funnel(view, indicator, areas, main) if areas is not None else None,
        spread=None if indicator.sensitive else insight.spread(view, indicator, main),
        gap=None if indicator.sensitive else insight.gap(view, indicator, main),
        goal=insight.goal(view, indicator, main),
        denominator_title=denominator_title(indicator),
        unit_text=f"van de {dutch.number(indicator.per)} {indicator.words.who}",
        definition=_definition(view, main),
        caveats=view.catalog.sources[main.source].caveats,
    )  # fmt: skip


def _trend(view: View, indicator: Indicator, main: Cell) -> Trend | None:
    """The line of the area with what may be said of it, else the line of the country."""
    area, country = view.area.name, view.country
    own = trend_of(view.cells, view.region, indicator, view.catalog, area, country)
    if own is not None and not indicator.sensitive:  # single years of deaths are only noise
        line, last = own
        found = insight.trend_finding(view, indicator, last)
        start = line.segments[-1].points[0].start
        title = wording_change.trend_title(indicator, found, start) or line.title
        return line.model_copy(update={"finding": found, "title": title})
    if not isinstance(main.published, Shown):
        return None
    line_of_country = national_trend(
        view.tables["published_elsewhere"], indicator, view.catalog, country
    )
    if line_of_country is None:
        return None
    unknown = insight.trend_finding(view, indicator, None)
    return line_of_country.model_copy(update={"finding": unknown})


def denominator_title(indicator: Indicator) -> str:
    """Head of the column of denominators."""
    return "Zwangeren" if indicator.words.who == "zwangeren" else "Geboorten"


def _strip(reference: Reference | None, row: FigureRow) -> Strip | None:
    if reference is None:
        return None
    return Strip(
        low=round(0.5 * reference.estimate, 4), high=round(1.5 * reference.estimate, 4),
        reference=reference, row=row,
    )  # fmt: skip


def _lead(view: View, indicator: Indicator, main: Cell) -> tuple[Sentence, ...]:
    words = indicator.words
    found = wording.finding(
        indicator, main.label, main.published, main.reference,
        area=view.area.name, country=view.country, period=(main.start, main.end),
        evidence=main.reference_id,
    )  # fmt: skip
    sentences = [found]
    if main.label == "GEEN_CIJFER" and (offer := view.offer(main)):
        sentences.append(Sentence(text=offer, rule="geen-cijfer-aanbod"))
    if indicator.sensitive:
        counts = view.catalog.definition(indicator.id, main.definition).counts
        limits = None
        if isinstance(main.published, Shown):
            limits = main.published.lower95, main.published.upper95
        # the undecided finding has named these limits already
        said = wording_whole.deaths(counts, limits, named=main.label == "ONBESLIST")
        sentences.append(said.model_copy(update={"evidence": (main.reference_id,)}))
    else:
        sentences.append(Sentence(text=words.explanation, rule="uitleg"))
        if words.first_time:
            sentences.append(Sentence(text=words.first_time, rule="uitleg-grens"))
    return tuple(sentences)


def _without_figure(view: View, indicator: Indicator, number: int) -> IndicatorChapter | None:
    """A withdrawn figure is shown as withdrawn; a figure never delivered gets one honest line."""
    elsewhere = view.tables["published_elsewhere"]
    gone = elsewhere[
        (elsewhere["indicator"] == indicator.id) & (elsewhere["status"] == "withdrawn")
    ]
    label: LabelCode = "INGETROKKEN" if len(gone) else "GEEN_CIJFER"
    title = indicator.words.title
    definition: tuple[tuple[str, str], ...] = ()
    if len(gone):
        row = gone.sort_values("year").iloc[-1]
        source = view.catalog.sources[row["source"]]
        told = wording_whole.withdrawn_everywhere(view.area.name, text_of(row["note"]))
        definition = (
            ("Bron", f"{source.title}. {source.publisher}"),
            ("Ingetrokken", _taken_back(row["since"], row["citation"])),
            ("Ons woord", wording.WORDS[label]),
        )
    else:
        told = wording_whole.not_delivered(view.area.name)
    return IndicatorChapter(
        id=indicator.id, number=str(number), kicker=title,
        title=Sentence(text=title, rule="kop-sterfte")
        if indicator.sensitive
        else wording_whole.heading_without(title, withdrawn=bool(len(gone))),
        label=label, word=wording.WORDS[label],
        lead=(
            told,
            Sentence(text=indicator.words.explanation, rule="uitleg"),
        ),
        precision=None, counted_text="", sensitive=indicator.sensitive, strip=None, members=(),
        members_reference=None, areas=None, map=None, trend=None, others=(),
        definition=definition, caveats=(),
    )  # fmt: skip


def _taken_back(since: object, citation: object) -> str:
    when = f"op {dutch.day(text_of(since))} " if text_of(since) else ""
    return f"{when}door de bron. {text_of(citation)}".strip()


def _members(view: View, indicator: Indicator, main: Cell) -> tuple[FigureRow, ...]:
    found = ((code, view.cell(code, main)) for code in view.area.municipalities)
    return tuple(figure_row(cell, view.names[code]) for code, cell in found if cell is not None)


def _areas(
    view: View, indicator: Indicator, main: Cell, reference: Reference | None
) -> DotInterval | None:
    """Areas in fixed geographic order, with the newest block; None without any area figure."""
    found = [(code, view.cell(code, main)) for code in view.wijken]
    rows = [
        figure_row(cell, view.display(code), view.group(code))
        for code, cell in found
        if cell is not None
    ]
    shown = [r for r in rows if isinstance(r.published, Shown)]
    if not shown or reference is None:
        return None
    whole = figure_row(main, f"Heel {view.area.name}")
    limits = [reference.estimate]
    for row in (whole, *shown):
        if isinstance(row.published, Shown):
            limits += [row.published.lower998, row.published.upper998]
    axis, note = axis_of(limits)
    words = indicator.words
    who = f"van de {dutch.number(indicator.per)} {words.who}"
    return DotInterval(
        title=_areas_title(shown, view.country),
        subtitle=f"{words.title}, {who}, {dutch.years(main.start, main.end)}. De wijken staan in "
        "vaste volgorde, niet van hoog naar laag.",
        alt=f"Per wijk een stip met een streep voor de onzekerheid, naast {view.country} "
        f"({reference.text}). {_areas_title(shown, view.country)}. De cijfers staan in "
        "de tabel.",
        unit_text=who,
        reference=reference,
        rows=(whole, *rows),
        axis=axis,
        axis_note=note,
        reading=READING.format(country=view.country),
        table_title=f"{words.title} per wijk, {dutch.years(main.start, main.end)}",
        denominator_title=denominator_title(indicator),
    )


def _areas_title(shown: list[FigureRow], country: str) -> str:
    earned = [r for r in shown if r.label in _EARNED]
    if earned:
        many = dutch.count_words(len(earned))
        noun = "wijk" if len(earned) == 1 else "wijken"
        return f"In {many} {noun} is het cijfer duidelijk of waarschijnlijk anders dan in {country}"
    if all(r.label == "ONBESLIST" for r in shown):
        return f"Bij alle wijken met een cijfer kan het verschil met {country} toeval zijn"
    return f"Bij geen enkele wijk met een cijfer zien we een duidelijk verschil met {country}"


def _map(view: View, indicator: Indicator, main: Cell, areas: DotInterval) -> MapFigure | None:
    drawn = view.drawn
    if drawn is None:
        return None
    rows = {row.region: row for row in areas.rows}
    shapes = []
    for code in view.wijken:
        row = rows.get(code)
        label: LabelCode = row.label if row else "GEEN_CIJFER"
        x, y = drawn.points[code]
        shapes.append(
            MapShape(region=code, name=view.display(code), path=drawn.paths[code], x=x, y=y,
                     label=label, word=row.word if row else wording.WORDS[label])
        )  # fmt: skip
    used = [label for label in wording.WORDS if any(s.label == label for s in shapes)]
    names = {
        label: [s.name for s in shapes if s.label == label] for label in used if label in _EARNED
    }
    told = "; ".join(f"{wording.WORDS[label]}: {', '.join(n)}" for label, n in names.items())
    return MapFigure(
        title="De kaart kleurt alleen waar het verschil duidelijk of waarschijnlijk is",
        subtitle=f"{indicator.words.title} per wijk, {dutch.years(main.start, main.end)}.",
        alt=f"Kaart van de wijken van {view.area.name}. "
        + (f"Gekleurd zijn {told}." if told else "Geen enkele wijk is gekleurd."),
        width=drawn.width,
        height=drawn.height,
        shapes=tuple(shapes),
        outline=drawn.outline,
        legend=tuple((label, wording.WORDS[label]) for label in used),
    )


def _other(view: View, indicator: Indicator, cell: Cell) -> OtherDefinition:
    definition = view.catalog.definition(indicator.id, cell.definition)
    found = wording.finding(
        indicator, cell.label, cell.published, cell.reference,
        area=view.area.name, country=view.country, period=(cell.start, cell.end),
        evidence=cell.reference_id,
    )  # fmt: skip
    return OtherDefinition(
        counts=definition.counts,
        row=figure_row(cell, view.area.name),
        reference=reference_of(cell, indicator, view.country),
        sentence=found,
    )


def _definition(view: View, main: Cell) -> tuple[tuple[str, str], ...]:
    """The passport of a figure: what is counted, of whom, when, from which delivery."""
    definition = view.catalog.definition(main.indicator, main.definition)
    source = view.catalog.sources[main.source]
    sources = view.tables["published_source"]
    delivery = sources[sources["source"] == main.source].iloc[-1]
    lines = [
        ("We tellen", definition.counts),
        ("Van", definition.out_of),
        ("Periode", dutch.years(main.start, main.end)),
        ("Bron", f"{source.title}. {source.publisher}"),
        ("Bestand", f"{delivery['file_name']}, controlegetal {delivery['sha256'][:12]}"),
        ("Levering", str(delivery["delivery_id"])),
        ("Definitie", f"{main.indicator}/{main.definition}, versie {definition.version}"),
        ("Ons woord", f"{wording.WORDS[main.label]}. {wording.RULES[main.label]}"),
    ]
    if isinstance(main.published, Shown) and main.published.counts_derived:
        lines.append(("Let op", "Het aantal is teruggerekend uit een afgerond cijfer."))
    return tuple(lines)
