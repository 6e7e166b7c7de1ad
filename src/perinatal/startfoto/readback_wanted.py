"""What must stand in a page or a PDF, part by part: the document's own texts, and no others.

Made from the document alone; nothing here is shared with what draws it. The two forms say the same
and differ in little: a page repeats captions for a reading voice, and tells a pointer something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.startfoto import readback_pictures as pictures
from perinatal.startfoto.document import (
    Card,
    FigureRow,
    Gap,
    IndicatorChapter,
    Reference,
    Sight,
    Startfoto,
    Strip,
    Trend,
    TrendPoint,
    sentences,
)
from perinatal.startfoto.readback_lines import (
    asks,
    chosen,
    contact,
    imprint,
    kicker,
    released,
    source_line,
    subject,
    texts,
    trend_line,
)
from perinatal.startfoto.readback_parts import Picture, Row, Wanted, row
from perinatal.startfoto.readback_pictures import NO_FIGURE, STATES, shown


@dataclass(frozen=True)
class Form:
    """How the whole document stands in one format: a page, or else a PDF."""

    document: Startfoto
    page: bool

    # opening, cards, reading, births

    def minute(self) -> Wanted:
        d = self.document
        part = Wanted(f"{d.area_name} in één minuut")
        part.say(part.title)
        for card in d.cards:
            self._card(part, card)
        part.say(*(word for _, word, _ in d.account.labels))
        for place, point in enumerate(d.talking_points, start=1):
            part.say(self._numbered(place, f"{point.lead.text} {point.question}"))
        part.say(*texts(d.unknowns))
        return part

    def _card(self, part: Wanted, card: Card) -> None:
        part.say(card.title, card.subtitle, f"{card.number_text} {card.unit_text}",
                 card.reference_text, "" if card.sensitive else card.word, card.sentence.text,
                 card.precision.text if card.precision else "", card.change)  # fmt: skip
        alt = f"{card.title}: {card.word}" if card.number_text else "Geen cijfer"
        if card.strip is not None and shown(card.strip.row):
            alt = "" if self.page else alt
            part.pictures.append(pictures.strip(card.strip, alt, title=self.page))
        else:
            alt = "Er is geen cijfer om te tekenen." if self.page else alt
            part.pictures.append(pictures.no_strip(alt, title=self.page))

    def _numbered(self, place: int, text: str) -> str:
        return text if self.page else f"{place} {text}"

    def reading(self) -> Wanted:
        d = self.document
        part = Wanted("Hoe leest u de cijfers?")
        part.say(*d.reading, "12345")  # the numbers in the drawing that explains the others
        if not self.page:
            part.say(*(word for _, word, _ in d.account.labels))
        if d.sight is not None:
            part.say(d.sight.title.text, *texts(d.sight.lead), d.sight.table_title)
            part.table(self._sight(d.sight))
        return part

    def _sight(self, sight: Sight) -> Iterator[Row]:
        for one in sight.rows:
            same = one.same_text or "zeggen we hier niet"
            small = (
                f"{one.births_text} geboorten. {self.document.reference_name}: "
                f"{one.reference_text}. Nodig voor ‘ongeveer gelijk’: {same}."
                if self.page
                else ""
            )
            yield row(
                one.title + small, one.births_text, one.reference_text,
                f"{one.lower_text} of lager" if one.lower_text else "niet te zien",
                f"{one.upper_text} of hoger" if one.upper_text else "niet te zien",
                same,
            )  # fmt: skip

    def births(self) -> Wanted:
        births = self.document.births
        part = Wanted(births.title.text)
        part.say(part.title, *texts(births.lead))
        if births.years:
            part.pictures += self._twice(pictures.births(births, title=self.page))
        if births.years and self.page:
            part.table(row(str(year), dutch.number(count)) for year, count in births.years)
        periods = {one.period for one in births.rows}
        if len(periods) == 1:
            part.say(f"Geboorten per gebied, {periods.pop()}")
        if births.rows:
            several = len({one.period for one in births.rows}) > 1
            rows = [self._births(one.name, one.period if several else "", one.births_text)
                    for one in births.rows]  # fmt: skip
            half = len(rows) if self.page or len(rows) <= 8 else (len(rows) + 1) // 2
            for column in (rows[:half], rows[half:]):
                if column:
                    part.table(column)
        return part

    def _births(self, name: str, period: str, births: str) -> Row:
        if period and not self.page:
            return row(f"{name}, {period}", births or NO_FIGURE)
        return row(name, period, births or NO_FIGURE)

    def _twice(self, picture: Picture) -> list[Picture]:
        """A page has each large drawing for a screen and for a telephone."""
        return [picture, picture] if self.page else [picture]

    # chapters

    def chapter(self, chapter: IndicatorChapter) -> Wanted:
        d = self.document
        part = Wanted(chapter.title.text)
        part.say(part.title, *texts((*chapter.lead, chapter.precision)))
        if self.page:
            part.say(kicker(chapter))
        if not chapter.sensitive:
            part.say(chapter.word, chapter.counted_text, *texts([chapter.excess]))
        self.strip(part, chapter)
        if chapter.sensitive and part.pictures:
            self._source(part, chapter, "")
        if chapter.members:
            caption = f"{subject(chapter)} per gemeente"
            self._figures(part, chapter, chapter.members, chapter.members_reference, caption)
        if not chapter.sensitive:
            self._areas(part, chapter)
            self._map(part, chapter)
            self._panels(part, chapter)
        if chapter.trend is not None:
            self._trend(part, chapter, chapter.trend)
        alone = chapter.sensitive or (chapter.areas is None and not chapter.members)
        if chapter.strip is not None and alone:
            only = (chapter.strip.row,)
            self._figures(part, chapter, only, chapter.strip.reference, subject(chapter))
        part.say(*texts([chapter.goal]), *chapter.caveats)
        for other in chapter.others:
            part.say(other.sentence.text, f"Geteld: {other.counts}.")
        for added in chapter.explanations:
            part.say(added.text, f"{added.signed}, {added.on}")
        if chapter.definition:
            part.table(row(label, text) for label, text in chapter.definition)
        if chapter.sensitive:
            part.say(asks(d))
        return part

    def strip(self, part: Wanted, chapter: IndicatorChapter) -> None:
        own = chapter.strip
        if own is None or not shown(own.row):
            return
        part.pictures.append(pictures.strip(own, "" if self.page else _strip_alt(own),
                                            title=self.page))  # fmt: skip

    def _figures(
        self,
        part: Wanted,
        chapter: IndicatorChapter,
        rows: Sequence[FigureRow],
        reference: Reference | None,
        caption: str,
    ) -> None:
        if self.page:
            part.say(caption, caption)
        part.say(chapter.unit_text)
        signs = not chapter.sensitive
        if signs and reference is not None:
            part.say(f"{reference.name} ({reference.text})")
        part.table(self._figure_rows(rows, None if signs else reference, signs=signs))

    def _figure_rows(
        self, rows: Sequence[FigureRow], reference: Reference | None, *, signs: bool
    ) -> Iterator[Row]:
        last = None
        for one in rows:
            if one.group is not None and one.group != last:
                yield row(one.group)
            last = one.group
            # on a page a row carries its reference and its region, by which others find it
            own = (one.reference_id, one.region) if self.page else ()
            word = one.word if signs else ""
            if not isinstance(one.published, Shown):
                yield row(*own, one.name, NO_FIGURE, word)
                continue
            figure = one.estimate_text
            if self.page:
                state = "voorlopig" if one.published.status == "provisional" else ""
                figure += state + (one.interval998_text or one.interval95_text)
            yield row(*own, one.name, one.births_text, one.count_text, figure, one.interval95_text,
                      one.interval998_text, word)  # fmt: skip
        if reference is not None:
            yield row(reference.name, reference.text)

    def _areas(self, part: Wanted, chapter: IndicatorChapter) -> None:
        figure = chapter.areas
        if self.page and (figure or chapter.map):
            everyone = (*chapter.members, *(figure.rows if figure else ()))
            lines = {one.region: chosen(one, chapter.unit_text) for one in everyone}
            part.table(row(region, line) for region, line in lines.items())
        if figure is None:
            return
        part.say(figure.title, figure.subtitle, figure.reading)
        part.say(*{one.label: one.word for one in figure.rows
                   if shown(one) and not pictures.speaks(one)}.values())  # fmt: skip
        below = pictures.named_below(figure)
        part.say(f"Geen cijfer: {', '.join(below)}." if below else "")
        self._source(part, chapter, figure.axis_note)
        part.pictures += self._twice(pictures.dots(figure, title=self.page))
        part.say("" if self.page else figure.table_title)
        self._figures(part, chapter, figure.rows, figure.reference, figure.table_title)

    def _source(self, part: Wanted, chapter: IndicatorChapter, note: str) -> None:
        part.say(f"{note} {source_line(self.document, chapter)}")

    def _map(self, part: Wanted, chapter: IndicatorChapter) -> None:
        figure = chapter.map
        if figure is None:
            return
        part.say(figure.title, figure.subtitle, *(words for _, words in figure.legend))
        self._source(part, chapter, "")
        everyone = (*chapter.members, *(chapter.areas.rows if chapter.areas else ()))
        lines = {one.region: chosen(one, chapter.unit_text) for one in everyone}
        told = [shape.region + lines[shape.region] for shape in figure.shapes
                if shape.region in lines]  # fmt: skip
        part.pictures.append(pictures.map_of(figure, told if self.page else ()))

    def _panels(self, part: Wanted, chapter: IndicatorChapter) -> None:
        for figure in (chapter.funnel, chapter.spread, chapter.gap):
            if figure is not None:
                part.say(figure.title.text, figure.subtitle, *texts(figure.lead))
        title = self.page
        if chapter.funnel is not None:
            part.pictures += self._twice(pictures.funnel(chapter.funnel, title=title))
            self._source(part, chapter, chapter.funnel.axis_note)
        spread = chapter.spread
        if spread is not None and spread.lower is not None and spread.upper is not None:
            part.pictures += self._twice(pictures.spread(spread, title=title))
            self._source(part, chapter, spread.axis_note)
        if chapter.gap is not None:
            self._gap(part, chapter, chapter.gap)

    def _gap(self, part: Wanted, chapter: IndicatorChapter, gap: Gap) -> None:
        part.pictures += self._twice(pictures.gap(gap, title=self.page))
        self._source(part, chapter, gap.axis_note)
        part.say(f"Verschil: {gap.difference_text} {gap.unit_text}.", gap.unit_text)
        part.say(*[gap.table_title] * (2 if self.page else 1))
        part.table(
            row(one.name, ", ".join(one.areas), one.births_text,
                one.estimate_text + (one.interval95_text if self.page else ""),
                one.interval95_text)
            for one in gap.rows
        )  # fmt: skip

    def _trend(self, part: Wanted, chapter: IndicatorChapter, trend: Trend) -> None:
        part.say(trend.title.text, trend.subtitle, trend.break_text)
        found = trend.finding
        if found is not None:
            word = "" if chapter.sensitive else f"Verandering: {found.word}."
            part.say(f"{word} {found.sentence.text}", *texts((found.against, found.sight)))
        part.say(f"{trend.axis_note} {trend_line(self.document, chapter)}")
        part.say(f"{trend.table_title}, {trend.unit_text}")
        if any(segment.points for segment in trend.segments):
            part.pictures += self._twice(pictures.trend(trend, title=self.page))
        if self.page:
            part.say(trend.table_title, trend.own_name, trend.reference_name)
            part.table(_years_down(trend))
        else:
            for years in _years_across(trend):
                part.table(years)

    # what stands after the chapters

    def account(self) -> Wanted:
        d, a = self.document, self.document.account
        part = Wanted("Waar komen de cijfers vandaan?")
        part.say(a.age.text, a.policy, a.licence, *a.corrections, *a.omitted, *a.checks)
        if d.release is not None:
            part.say(released(d.release))
        for source in a.sources:
            part.say(source.title, *source.notes)
            part.table([
                row("Van", source.publisher), row("Periode", source.period),
                row("Ontvangen", source.delivered), row("Levering", source.delivery),
                row("Gebruik", source.licence), row("Naam noemen", source.attribution),
            ])  # fmt: skip
        for note in a.definitions:
            part.say(note.title)
            part.table([row("We tellen", note.counts), row("Van", note.out_of),
                        row("Bron", note.source), row("Manier van tellen", note.key)])  # fmt: skip
        if a.labels:
            part.table(row(word, rule) for _, word, rule in a.labels)
        if a.elsewhere:
            part.table(
                row(one.what, f"{one.figure_text} ({one.period})",
                    one.difference + (f" Let op: {one.status_text}" if one.status_text else ""),
                    one.source)
                for one in a.elsewhere
            )  # fmt: skip
        if self.page and d.origins:
            self._origins(part)
        elif not self.page:
            part.say(contact(d), *imprint(d))
        return part

    def _origins(self, part: Wanted) -> None:
        d = self.document
        part.say(f"Editie {d.edition.id}, gemaakt met versie {d.edition.code_version}.")
        part.table(
            row(one.reference_id, one.file, one.lines_text, one.calculation,
                f"{one.delivery}, controlegetal {one.sha256[:12]}")
            for one in d.origins
        )  # fmt: skip
        part.table(
            row(line.text, line.rule, "; ".join(line.evidence))
            for line in {line.text: line for line in sentences(d)}.values()
        )

    def short_account(self) -> Wanted:
        d = self.document
        part = Wanted("Waar komen de cijfers vandaan?")
        part.say(d.account.age.text, *texts(d.left_out))
        part.say(*(f"{one.title}. {one.publisher}." for one in d.account.sources))
        return part


def _strip_alt(own: Strip) -> str:
    one = own.row
    return (
        f"{one.name} {one.estimate_text}, waarschijnlijk tussen {one.interval95_text}. "
        f"{own.reference.name} {own.reference.text}."
    )


def _year(point: TrendPoint) -> str:
    return pictures.period(point) + STATES.get(point.status, "")


def _own(point: TrendPoint) -> str:
    return point.own_text if isinstance(point.own, Shown) else NO_FIGURE


def _years_down(trend: Trend) -> Iterator[Row]:
    for segment in trend.segments:
        if len(trend.segments) > 1:
            yield row(segment.label)
        for point in segment.points:
            own = _own(point) if trend.own_name else ""
            yield row(_year(point), own, point.reference_text or NO_FIGURE)


def _years_across(trend: Trend) -> Iterator[list[Row]]:
    """In print the years run across, six or ten in a row."""
    points = [point for segment in trend.segments for point in segment.points]
    across = 6 if any(point.start != point.end for point in points) else 10
    for segment in trend.segments:
        label = segment.label if len(trend.segments) > 1 else ""
        for first in range(0, len(segment.points), across):
            years = segment.points[first : first + across]
            rows = [row(label, *map(_year, years))]
            if trend.own_name:
                rows.append(row(trend.own_name, *map(_own, years)))
            beside = [point.reference_text or NO_FIGURE for point in years]
            yield [*rows, row(trend.reference_name, *beside)]
