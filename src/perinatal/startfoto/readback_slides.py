"""Read slides back from their XML: texts, what each chart draws, and the sheet behind it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from posixpath import basename
from xml.etree import ElementTree
from zipfile import ZipFile

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.startfoto.document import DotInterval, FigureRow, IndicatorChapter, Startfoto, Trend
from perinatal.startfoto.readback_lines import (
    asks,
    contact,
    imprint,
    source_line,
    texts,
    trend_line,
)
from perinatal.startfoto.readback_parts import (
    Part,
    Row,
    Table,
    Wanted,
    differences,
    row,
    squeezed,
    stop,
)
from perinatal.startfoto.readback_pictures import NO_FIGURE, period, speaks

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_SLIDE = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_NUMBERED = re.compile(r"\(\d+van(\d+)\)$")


def check_slides(document: Startfoto, content: bytes) -> None:
    """Hold slides against their document: every text, and every dot with its ranges and sheet.

    Raises:
        IntegrityError: a text or a dot that is missing or different, or a number that the
            document has not.
    """
    with ZipFile(io.BytesIO(content)) as parts:
        found = [*_slides(parts)]
    wanted = [*_wanted(document, found)]
    faults = []
    if len(found) != len(wanted):
        faults.append(f"it has {len(found)} slides instead of {len(wanted)}")
    for slide, there in zip(found, wanted, strict=False):
        faults += differences(slide, there)
    stop("deck of slides", faults)


def _slides(parts: ZipFile) -> Iterator[Part]:
    names = [name for name in parts.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
    for name in sorted(names, key=lambda one: int(re.sub(r"\D", "", one))):
        tree = ElementTree.fromstring(parts.read(name))
        said = ["".join(run.text or "" for run in line.iter(f"{_TEXT}t"))
                for line in tree.iter(f"{_TEXT}p")]  # fmt: skip
        slide = Part(said[0], said)
        slide.texts += [own.get("descr", "") for own in tree.iter(f"{_SLIDE}cNvPr")]
        for chart in _linked(parts, name, "charts"):
            slide.tables.append(_drawn(ElementTree.fromstring(parts.read(chart))))
            for sheet in _linked(parts, chart, "embeddings"):
                slide.tables.append(_behind(parts.read(sheet)))
        yield slide


def _linked(parts: ZipFile, name: str, folder: str) -> Iterator[str]:
    links = f"{name.rpartition('/')[0]}/_rels/{basename(name)}.rels"
    for link in ElementTree.fromstring(parts.read(links)):
        target = link.get("Target", "")
        if f"/{folder}/" in target:
            yield f"ppt/{folder}/{basename(target)}"


def _drawn(chart: ElementTree.Element) -> Table:
    """Names of the lines, then every place on the axis: what the chart itself holds."""
    broad, own, beside = chart.iter(f"{_CHART}ser")
    named = [_cached(series, "tx/strRef").get("0", "") for series in (own, beside)]
    table = [row(*named)]
    figures, twice, country = (_cached(series, "val") for series in (own, broad, beside))
    ranges = [
        [_cached(series, f"errBars/{side}") for side in ("minus", "plus")]
        for series in (broad, own)
    ]
    for place, name in _cached(own, "cat").items():
        figure = figures.get(place, "")
        ends = [side.get(place, "0") for pair in ranges for side in pair]
        same = "" if twice.get(place, "") == figure else "tweemaal verschillend"
        table.append(_dot(name, figure, ends, country.get(place, "")) + row(same))
    return [cells for cells in table if cells]


def _cached(series: ElementTree.Element, path: str) -> dict[str, str]:
    found = series.find("/".join(f"{_CHART}{step}" for step in path.split("/")))
    return {
        point.attrib["idx"]: point.findtext(f"{_CHART}v") or ""
        for point in (found.iter(f"{_CHART}pt") if found is not None else ())
    }


def _behind(sheet: bytes) -> Table:
    """The same from the sheet that an editor opens: lengths above and below the figure."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(sheet))
    head, *lines = book.get_sheet_by_name(book.sheet_names[0]).to_python()
    table = [row(str(head[2]), str(head[3]))]
    for name, twice, figure, country, *lengths in lines:
        above, below, far_above, far_below = (str(one) if one != "" else "0" for one in lengths)
        same = "" if twice == figure else "tweemaal verschillend"
        ends = [below, above, far_below, far_above]
        table.append(_dot(str(name), str(figure), ends, str(country)) + row(same))
    return [cells for cells in table if cells]


def _dot(name: str, figure: str, lengths: Sequence[str], country: str) -> Row:
    """A name, its figure with both its ranges, and the country's: as they are printed."""
    if not figure:
        return row(name, country and dutch.number(float(country), 1))
    below, above, far_below, far_above = map(float, lengths)
    value = float(figure)
    ranges = [
        dutch.span(value - down, value + up) if down or up else ""
        for down, up in ((below, above), (far_below, far_above))
    ]
    return row(name, dutch.number(value, 1), *ranges, country and dutch.number(float(country), 1))


def _wanted(document: Startfoto, found: Sequence[Part]) -> Iterator[Wanted]:
    d, edition = document, document.edition
    foot = f"{d.title}, editie {edition.id}, {edition.made_on}. {' '.join(d.notices)}"
    for slide in _texts(document, found):
        slide.say(slide.title, foot)
        yield slide


def _texts(document: Startfoto, found: Sequence[Part]) -> Iterator[Wanted]:
    d = document
    together = f"Samen: {', '.join(d.members)}." if d.members else ""
    named = d.style.name if d.style and d.style.logo else ""
    opening = Wanted(d.title)
    opening.say(d.intro.text, f"Cijfers over {d.period_text}.", together, *d.notices, named)
    yield opening
    minute = Wanted(f"{d.area_name} in één minuut")
    for card in d.cards:
        minute.say(card.title, card.subtitle, f"{card.number_text} {card.unit_text}",
                   card.reference_text, "" if card.sensitive else card.word,
                   *texts((card.sentence, card.precision)), card.change)  # fmt: skip
    yield minute
    at = 2
    for chapter in d.chapters:
        for slide in _chapter(d, chapter, found[at:]):
            at += 1
            yield slide
    yield Wanted("Wat we niet weten", texts(d.unknowns))
    if d.questions:
        asked = [f"{number}. {line.text}" for number, line in enumerate(d.questions, start=1)]
        yield Wanted("Vijf vragen om samen te bespreken", asked)
    sources = [f"{one.title}. {one.publisher}. {one.period}" for one in d.account.sources]
    account = Wanted("Waar komt dit vandaan?")
    account.say(*sources, d.account.licence, d.account.policy,
                contact(d), *imprint(d))  # fmt: skip
    yield account


def _chapter(
    document: Startfoto, chapter: IndicatorChapter, found: Sequence[Part]
) -> Iterator[Wanted]:
    source = source_line(document, chapter)
    title, figure = chapter.title.text, chapter.areas
    if chapter.sensitive:
        yield Wanted(title, [*texts((*chapter.lead, chapter.precision)), asks(document)])
        return
    if figure is None:
        lines = [*texts((*chapter.lead, chapter.precision)), *filter(None, [source])]
        yield Wanted(title, lines)
    else:
        lacking = any(not isinstance(one.published, Shown) for one in figure.rows)
        without = "Gebieden zonder cijfer staan niet in de figuur." if lacking else ""
        for number, dots in enumerate(charts := _spread(figure, found), start=1):
            more = f" ({number} van {len(charts)})" if len(charts) > 1 else ""
            slide = Wanted(title + more)
            slide.say(f"{figure.title}.", figure.subtitle, figure.alt)
            slide.say(" ".join((*texts([chapter.precision]), figure.axis_note, without, source)))
            slide.tables += [dots, dots]  # what is drawn, and the sheet behind it
            yield slide
    if chapter.trend is not None and chapter.trend.own_name:
        trend = chapter.trend
        slide = Wanted(trend.title.text)
        slide.say(f"{trend.subtitle} {trend.break_text}", trend.alt,
                  trend.finding.sentence.text if trend.finding else "",
                  f"{trend.axis_note} {trend_line(document, chapter)}")  # fmt: skip
        years = _years(trend)
        slide.tables += [years, years]
        yield slide


def _spread(figure: DotInterval, found: Sequence[Part]) -> list[Table]:
    """The areas over as many slides as there are, each with the whole before them."""
    many = _NUMBERED.search(squeezed(found[0].title)) if found else None
    slides = int(many[1]) if many else 1
    names = row("Cijfer", figure.reference.name)
    whole, *others = figure.rows
    rows = [_area(one, figure) for one in others if isinstance(one.published, Shown)]
    charts: list[Table] = []
    for slide in found[:slides]:
        size = len(slide.tables[0]) - 2 if slide.tables else 0
        size = len(rows) if len(charts) == slides - 1 else size
        charts.append([names, _area(whole, figure), *rows[:size]])
        rows = rows[size:]
    return charts


def _area(one: FigureRow, figure: DotInterval) -> Row:
    beside = figure.reference.text
    if not isinstance(one.published, Shown):
        return row(f"{one.name} ({NO_FIGURE})", _decimal(beside))
    name = f"{one.name} ({one.word})" if speaks(one) else one.name
    return row(name, one.estimate_text, one.interval95_text, one.interval998_text,
               _decimal(beside))  # fmt: skip


def _decimal(text: str) -> str:
    return dutch.number(dutch.value(text), 1) if text else ""


def _years(trend: Trend) -> Table:
    rows = [row(trend.own_name, trend.reference_name)]
    for segment in trend.segments:
        for point in segment.points:
            own = []
            if isinstance(point.own, Shown):
                own = [point.own_text, dutch.span(point.own.lower95, point.own.upper95)]
            rows.append(row(period(point), *own, _decimal(point.reference_text)))
    return rows
