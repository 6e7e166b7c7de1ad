"""The startfoto as a workbook: a sheet per chapter, numbers as numbers, sources and words beside.

Texts are written as texts, so that no name can become a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.startfoto.charts.trend_words import STATUS_WORDS, period
from perinatal.startfoto.document import (
    FigureRow,
    IndicatorChapter,
    Reference,
    Startfoto,
    Trend,
    sentences,
)
from perinatal.startfoto.figures import COLUMNS, Value, figures
from perinatal.startfoto.tokens import colours_of

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

ALL_FIGURES = "Alle cijfers"
SENTENCES = "Zinnen"
_NO_FIGURE = "geen cijfer"
_NARROW, _WIDE = 11, 60
"""Characters of a column."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True)
class _Styles:
    """Formats of a workbook; whole numbers with a point between thousands, rates with one digit."""

    title: Any
    caption: Any
    head: Any
    head_number: Any
    text: Any
    cell: Any
    quiet: Any
    number: Any
    rate: Any
    exact: Any

    @classmethod
    def of(cls, book: Workbook, colours: dict[str, str]) -> _Styles:
        plain = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"}
        add = book.add_format
        return cls(
            title=add({**plain, "font_size": 14, "bold": True, "font_color": colours["merk"]}),
            caption=add({**plain, "bold": True}),
            head=add({**plain, **head}),
            head_number=add({**plain, **head, "align": "right"}),
            text=add(plain),
            cell=add({**plain, "indent": 1}),
            quiet=add({**plain, "align": "right", "font_color": colours["inkt3"]}),
            number=add({**plain, "num_format": "#,##0"}),
            rate=add({**plain, "num_format": "0.0"}),
            exact=add({**plain, "num_format": "0.0000"}),
        )


class _Sheet:
    """A sheet that is written from top to bottom."""

    def __init__(
        self, book: Workbook, styles: _Styles, name: str, links: Mapping[str, int]
    ) -> None:
        self._sheet: Worksheet = book.add_worksheet(name)
        self._styles = styles
        self._row = 0
        self._rate = styles.rate
        self._links = links
        self._width: dict[int, int] = {}
        self._sheet.hide_gridlines(2)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)  # A4
        self._sheet.fit_to_pages(1, 0)

    def lines(self, *texts: str, style: str = "text") -> None:
        for text in texts:
            if text:
                self._sheet.write_string(self._row, 0, text, getattr(self._styles, style))
                self._row += 1

    def title(self, text: str) -> None:
        self.lines(text, style="title")

    def space(self) -> None:
        self._row += 1

    def table(
        self, heads: Sequence[str], rows: Iterable[Sequence[Value]], caption: str = ""
    ) -> None:
        self.space()
        self.lines(caption, style="caption")
        rows = list(rows)
        for column, head in enumerate(heads):
            cells = [row[column] for row in rows]
            numbers = any(isinstance(cell, int | float) for cell in cells) and column > 0
            style = self._styles.head_number if numbers else self._styles.head
            self._sheet.write_string(self._row, column, head, style)
            self._widen(column, [cell for cell in cells if isinstance(cell, str)])
        self._sheet.set_row(self._row, 30)
        self._row += 1
        for row in rows:
            for column, value in enumerate(row):
                self._cell(column, value)
            self._row += 1

    def whole_table(self, heads: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
        """One table of exact figures that fills the sheet, with a filter and its head in sight."""
        self._row = -1
        self._rate = self._styles.exact
        self.table(heads, rows)
        self._sheet.autofilter(0, 0, max(len(rows), 1), len(heads) - 1)
        self._sheet.freeze_panes(1, 0)

    def _widen(self, column: int, texts: Iterable[str]) -> None:
        longest = max(map(len, texts), default=0) + 2
        self._width[column] = max(self._width.get(column, _NARROW), min(longest, _WIDE))
        self._sheet.set_column(column, column, self._width[column])

    def _cell(self, column: int, value: Value) -> None:
        styles = self._styles
        if isinstance(value, str) and value in self._links:
            place = f"internal:'{ALL_FIGURES}'!A{self._links[value]}"
            self._sheet.write_url(self._row, column, place, string=value)
        elif isinstance(value, str):
            style = styles.text if column == 0 else styles.cell
            style = styles.quiet if value == _NO_FIGURE else style
            self._sheet.write_string(self._row, column, value, style)
        elif isinstance(value, float):
            self._sheet.write_number(self._row, column, value, self._rate)
        elif value is not None:
            self._sheet.write_number(self._row, column, value, styles.number)


def render_xlsx(document: Startfoto) -> bytes:
    """The whole workbook. The date inside is the edition's, so equal documents give equal parts."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.set_properties({
        "title": document.title, "author": document.contact, "language": "nl-NL",
        "comments": " ".join(document.notices),
        "created": datetime.fromisoformat(document.edition.made_at).replace(tzinfo=None),
    })  # fmt: skip
    styles = _Styles.of(book, colours_of(document))
    flat = figures(document)
    links = {str(row[0]): place for place, row in enumerate(flat, start=2)}
    _about(_Sheet(book, styles, "Over deze startfoto", links), document)
    _minute(_Sheet(book, styles, "In één minuut", links), document)
    _births(_Sheet(book, styles, "Geboorten", links), document)
    for chapter in document.chapters:
        _chapter(_Sheet(book, styles, sheet_name(chapter), links), chapter)
    _account(_Sheet(book, styles, "Verantwoording", links), document)
    _Sheet(book, styles, SENTENCES, links).whole_table(
        ("zin", "regel", "cijfers"),
        [
            (line.text, line.rule, "; ".join(line.evidence))
            for line in {line.text: line for line in sentences(document)}.values()
        ],
    )
    _Sheet(book, styles, ALL_FIGURES, {}).whole_table([c.name for c in COLUMNS], flat)
    book.close()
    return out.getvalue()


def sheet_name(chapter: IndicatorChapter) -> str:
    """Number and subject, without what Excel refuses in a name."""
    return _FORBIDDEN.sub(" ", f"{chapter.number} {chapter.kicker}".strip())[:31].strip(" '")


def _about(sheet: _Sheet, document: Startfoto) -> None:
    sheet.title(document.title)
    sheet.lines(*document.notices, document.intro.text, f"Cijfers over {document.period_text}.")
    if document.members:
        sheet.lines(f"Samen: {', '.join(document.members)}.")
    edition = document.edition
    sheet.lines(
        f"Editie {edition.id}, gemaakt op {edition.made_on} met versie {edition.code_version}.",
        f"Vragen? {document.contact}",
        *(document.style.lines if document.style else ()),
        document.account.licence,
    )
    sheet.space()
    sheet.lines("Hoe leest u de cijfers?", style="caption")
    sheet.lines(*document.reading)
    if document.sight is not None:
        sheet.table(
            ("Onderwerp", "Geboorten", document.reference_name, "Lager te zien bij",
             "Hoger te zien bij", "Geboorten nodig voor 'ongeveer gelijk'"),
            [
                (r.title, dutch.value(r.births_text), dutch.value(r.reference_text),
                 dutch.value(r.lower_text) if r.lower_text else "niet te zien",
                 dutch.value(r.upper_text) if r.upper_text else "niet te zien",
                 dutch.value(r.same_text) if r.same_text else "zeggen we hier niet")
                for r in document.sight.rows
            ],
            document.sight.title.text,
        )  # fmt: skip
        sheet.lines(*(line.text for line in document.sight.lead))


def _minute(sheet: _Sheet, document: Startfoto) -> None:
    sheet.title("In één minuut")
    sheet.table(
        ("Onderwerp", "Cijfer", "Eenheid", "Oordeel"),
        [
            (card.title, dutch.value(card.number_text) if card.number_text else _NO_FIGURE,
             card.unit_text if card.number_text else "", card.word)
            for card in document.cards
        ],
    )  # fmt: skip
    sheet.space()
    for card in document.cards:
        sheet.lines(card.title, style="caption")
        precision = card.precision.text if card.precision else ""
        sheet.lines(f"{card.reference_text}.", card.sentence.text, precision, card.change)
    sheet.space()
    sheet.lines("Om over te praten", style="caption")
    for point in document.talking_points:
        sheet.lines(f"{point.lead.text} {point.question}")
    sheet.space()
    sheet.lines("Wat we niet weten", style="caption")
    sheet.lines(*(line.text for line in document.unknowns))


def _births(sheet: _Sheet, document: Startfoto) -> None:
    births = document.births
    sheet.title(births.title.text)
    sheet.lines(*(line.text for line in births.lead))
    if births.years:
        sheet.table(
            ("Jaar", "Geboorten"),
            [(str(year), count) for year, count in births.years],
            "Geboorten per jaar, hele gebied",
        )
    if births.rows:
        sheet.table(
            ("Gebied", "Periode", "Geboorten"),
            [
                (r.name, r.period, dutch.value(r.births_text) if r.births_text else _NO_FIGURE)
                for r in births.rows
            ],
            "Geboorten per gebied",
        )


def _chapter(sheet: _Sheet, chapter: IndicatorChapter) -> None:
    sheet.title(chapter.title.text)
    sheet.lines(*(line.text for line in chapter.lead))
    for said in (chapter.precision, chapter.excess, chapter.goal):
        sheet.lines(said.text if said else "")
    sheet.lines(chapter.counted_text)
    if chapter.strip is not None and not chapter.areas:
        _figures(sheet, chapter, (chapter.strip.row,), chapter.strip.reference, "Het hele gebied")
    if chapter.members:
        _figures(sheet, chapter, chapter.members, chapter.members_reference, "Elke gemeente apart")
    if chapter.areas is not None:
        rows, reference = chapter.areas.rows, chapter.areas.reference
        _figures(sheet, chapter, rows, reference, chapter.areas.table_title)
    if chapter.gap is not None:
        sheet.table(
            ("Groep", chapter.denominator_title, chapter.unit_text, "Van", "Tot", "Gebieden"),
            [
                (r.name, dutch.value(r.births_text), dutch.value(r.estimate_text),
                 *_ends(r.interval95_text), ", ".join(r.areas))
                for r in chapter.gap.rows
            ],
            chapter.gap.table_title,
        )  # fmt: skip
        sheet.lines(f"Verschil: {chapter.gap.difference_text} {chapter.unit_text}.")
    if chapter.trend is not None:
        _trend(sheet, chapter.trend)
    for other in chapter.others:
        _figures(sheet, chapter, (other.row,), other.reference, f"Anders geteld: {other.counts}")
        sheet.lines(other.sentence.text)
    for figure in (chapter.funnel, chapter.spread):
        if figure is not None:
            sheet.space()
            sheet.lines(figure.title.text, *(line.text for line in figure.lead))
    sheet.space()
    for added in chapter.explanations:
        sheet.lines("Toelichting", style="caption")
        sheet.lines(added.text, f"{added.signed}, {added.on}")
    sheet.lines("Waar komt dit vandaan?", style="caption")
    sheet.lines(*(f"{label}: {text}" for label, text in chapter.definition), *chapter.caveats)


def _figures(
    sheet: _Sheet,
    chapter: IndicatorChapter,
    rows: Sequence[FigureRow],
    reference: Reference | None,
    caption: str,
) -> None:
    beside = reference.name if reference else "het land"
    sheet.table(
        ("Gebied", chapter.denominator_title, "Geteld", chapter.unit_text, "Waarschijnlijk van",
         "tot", "Bijna zeker van", "tot", f"Vergeleken met {beside}", "Verwijzing"),
        [
            (row.name, *_numbers(row), row.word, row.reference_id)
            for row in rows
        ],
        caption,
    )  # fmt: skip
    if reference is not None:
        sheet.lines(f"{reference.name}: {reference.text} {chapter.unit_text}.")


def _numbers(row: FigureRow) -> tuple[Value, ...]:
    """As they are printed elsewhere: a cell that rounds for itself could show another digit."""
    if not isinstance(row.published, Shown):
        return (None, None, _NO_FIGURE, None, None, None, None)
    return (
        row.published.denominator, row.published.numerator, dutch.value(row.estimate_text),
        *_ends(row.interval95_text), *_ends(row.interval998_text),
    )  # fmt: skip


def _ends(interval: str) -> tuple[Value, Value]:
    low, _, high = interval.partition(" – ")
    return (dutch.value(low), dutch.value(high)) if high else (None, None)


def _printed(rate: float) -> Value:
    return dutch.value(dutch.number(rate, 1))


def _trend(sheet: _Sheet, trend: Trend) -> None:
    own = trend.own_name
    rows: list[tuple[Value, ...]] = []
    for segment in trend.segments:
        for point in segment.points:
            national = dutch.value(point.reference_text) if point.reference_text else _NO_FIGURE
            limits: tuple[Value, ...] = ()
            if own:
                shown = point.own if isinstance(point.own, Shown) else None
                limits = (
                    tuple(map(_printed, (shown.estimate, shown.lower95, shown.upper95)))
                    if shown
                    else (_NO_FIGURE, None, None)
                )
            told = "; ".join(filter(None, (segment.label, STATUS_WORDS.get(point.status, ""))))
            rows.append((period(point), *limits, national, told))
    heads = (own, "Waarschijnlijk van", "tot") if own else ()
    sheet.table(("Jaar", *heads, trend.reference_name, "Definitie"), rows, trend.table_title)
    sheet.lines(trend.break_text)
    if trend.finding is not None:
        said = (trend.finding.sentence, trend.finding.against, trend.finding.sight)
        sheet.lines(*(one.text for one in said if one))


def _account(sheet: _Sheet, document: Startfoto) -> None:
    account = document.account
    sheet.title("Verantwoording")
    sheet.lines(account.age.text, account.policy)
    if document.release is not None:
        told = document.release
        sheet.lines(
            f"Nagekeken door: {told.checked_by}, {told.checked_on}. "
            f"Vrijgegeven door: {told.released_by}, {told.released_on}."
        )
    sheet.lines(*(line.text for line in document.left_out), *account.omitted)
    sheet.table(
        ("Bron", "Uitgever", "Periode", "Geleverd", "Levering", "Licentie", "Naamsvermelding"),
        [
            (n.title, n.publisher, n.period, n.delivered, n.delivery, n.licence, n.attribution)
            for n in account.sources
        ],
        "Bronnen",
    )
    sheet.table(
        ("Onderwerp", "We tellen", "Van", "Bron", "Definitie"),
        [(n.title, n.counts, n.out_of, n.source, n.key) for n in account.definitions],
        "Definities",
    )
    sheet.table(
        ("Oordeel", "Regel"), [(word, rule) for _, word, rule in account.labels], "Oordelen"
    )
    if account.elsewhere:
        sheet.table(
            ("Cijfer elders", "Cijfer", "Periode", "Verschil", "Stand", "Bron"),
            [
                (e.what, e.figure_text, e.period, e.difference, e.status_text, e.source)
                for e in account.elsewhere
            ],
            "Waarom staat er iets anders op waarstaatjegemeente?",
        )
    sheet.space()
    sheet.lines("Controles en correcties", style="caption")
    sheet.lines(*account.checks, *account.corrections)
