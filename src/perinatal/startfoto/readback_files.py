"""Read workbook and open file back, with other hands than those that wrote them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from perinatal import dutch
from perinatal.disclosure.published import Shown
from perinatal.startfoto.document import (
    FigureRow,
    IndicatorChapter,
    Reference,
    Startfoto,
    Trend,
    sentences,
)
from perinatal.startfoto.figures import COLUMNS, Value, figures
from perinatal.startfoto.readback_lines import imprint, released, texts
from perinatal.startfoto.readback_parts import Part, Row, Wanted, differences, row, stop
from perinatal.startfoto.readback_pdf import check_pdf
from perinatal.startfoto.readback_pictures import NO_FIGURE, STATES, period
from perinatal.startfoto.readback_slides import check_slides

__all__ = ["check_csv", "check_pdf", "check_slides", "check_workbook"]

Cells = Sequence[object]
_COMMANDS = ("=", "+", "-", "@", "\t", "\r")
_LETTERS = re.compile(r"\W")


def check_csv(document: Startfoto, content: bytes) -> None:
    """Hold the open file against the figures of its document.

    Raises:
        IntegrityError: a row that is missing, too many or different.
    """
    found = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    wanted = [[_harmless(value) for value in figure] for figure in figures(document)]
    stop("open file", _different(found, wanted))


def _harmless(value: Value) -> str:
    """A text that a spreadsheet would calculate has an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_COMMANDS) else text


def check_workbook(document: Startfoto, content: bytes) -> None:
    """Hold a workbook against its document, sheet by sheet.

    Raises:
        IntegrityError: a text or a row that is missing or different, or a number that the
            document has not.
    """
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    *names, last = book.sheet_names
    flat: list[Cells] = [list(cells) for cells in book.get_sheet_by_name(last).to_python()]
    faults = [*_different(flat, [[_as_read(value) for value in one] for one in figures(document)])]
    wanted = _sheets(document)
    told = [(_LETTERS.sub("", name), _LETTERS.sub("", part.title)) for name, part
            in zip(names, wanted, strict=False)]  # fmt: skip
    if len(names) != len(wanted) or not all(title.startswith(name) for name, title in told):
        faults.append(f"its sheets are {names}")
    for name, part in zip(names, wanted, strict=False):
        cells = book.get_sheet_by_name(name).to_python()
        faults += differences(_read_sheet(name, cells), part)
    stop("workbook", faults)


def _read_sheet(name: str, cells: Sequence[Cells]) -> Part:
    """Lines of one cell are texts; rows of more cells, one below the other, are a table."""
    part = Part(name)
    table: list[Row] = []
    for line in cells:
        found = [_as_text(cell) for cell in line if cell != ""]
        if len(found) > 1:
            if not table:
                part.tables.append(table)
            table.append(row(*found))
        else:
            table = []
            part.texts += found
    return part


def _as_text(cell: object) -> str:
    return cell if isinstance(cell, str) else number(cell)


def number(value: object) -> str:
    """A number in a cell, however it is shown."""
    return repr(float(value)) if isinstance(value, int | float) else str(value)


def _printed(text: str) -> str:
    """The number in a cell that stands as ``text`` elsewhere."""
    return number(dutch.value(text)) if text else ""


def _ends(interval: str) -> list[str]:
    return [_printed(end) for end in interval.split(" – ")]


def _sheets(document: Startfoto) -> list[Wanted]:
    said = {line.text: line for line in sentences(document)}.values()
    every = Wanted("Zinnen")
    every.table(row(line.text, line.rule, "; ".join(line.evidence)) for line in said)
    chapters = [_chapter(chapter) for chapter in document.chapters]
    return [_about(document), _minute(document), _births(document), *chapters,
            _account(document), every]  # fmt: skip


def _about(document: Startfoto) -> Wanted:
    d, edition = document, document.edition
    part = Wanted("Over deze startfoto")
    part.say(
        d.title, *d.notices, d.intro.text, f"Cijfers over {d.period_text}.",
        f"Samen: {', '.join(d.members)}." if d.members else "",
        f"Editie {edition.id}, gemaakt op {edition.made_on} met versie {edition.code_version}.",
        f"Vragen? {d.contact}", *imprint(d), d.account.licence, *d.reading,
    )  # fmt: skip
    if d.sight is not None:
        part.say(d.sight.title.text, *texts(d.sight.lead))
        part.table(
            row(one.title, _printed(one.births_text), _printed(one.reference_text),
                _printed(one.lower_text) or "niet te zien",
                _printed(one.upper_text) or "niet te zien",
                _printed(one.same_text) or "zeggen we hier niet")
            for one in d.sight.rows
        )  # fmt: skip
    return part


def _minute(document: Startfoto) -> Wanted:
    part = Wanted("In één minuut")
    part.table(
        row(card.title, _printed(card.number_text) or NO_FIGURE,
            card.unit_text if card.number_text else "", card.word)
        for card in document.cards
    )  # fmt: skip
    for card in document.cards:
        part.say(card.title, f"{card.reference_text}.", *texts((card.sentence, card.precision)),
                 card.change)  # fmt: skip
    part.say(*(f"{point.lead.text} {point.question}" for point in document.talking_points))
    part.say(*texts(document.unknowns))
    return part


def _births(document: Startfoto) -> Wanted:
    births = document.births
    part = Wanted("Geboorten", [births.title.text, *texts(births.lead)])
    if births.years:
        part.table(row(str(year), number(count)) for year, count in births.years)
    if births.rows:
        part.table(
            row(one.name, one.period, _printed(one.births_text) or NO_FIGURE) for one in births.rows
        )
    return part


def _chapter(chapter: IndicatorChapter) -> Wanted:
    part = Wanted(f"{chapter.number} {chapter.kicker}".strip())
    part.say(chapter.title.text, chapter.counted_text)
    part.say(*texts((*chapter.lead, chapter.precision, chapter.excess, chapter.goal)))
    if chapter.strip is not None and chapter.areas is None:
        _figures(part, chapter, [chapter.strip.row], chapter.strip.reference)
    if chapter.members:
        _figures(part, chapter, chapter.members, chapter.members_reference)
    if chapter.areas is not None:
        part.say(chapter.areas.table_title)
        _figures(part, chapter, chapter.areas.rows, chapter.areas.reference)
    if chapter.gap is not None:
        gap = chapter.gap
        part.say(gap.table_title, f"Verschil: {gap.difference_text} {chapter.unit_text}.",
                 chapter.unit_text)  # fmt: skip
        part.table(
            row(one.name, _printed(one.births_text), _printed(one.estimate_text),
                *_ends(one.interval95_text), ", ".join(one.areas))
            for one in gap.rows
        )  # fmt: skip
    if chapter.trend is not None:
        _trend(part, chapter.trend)
    for other in chapter.others:
        part.say(f"Anders geteld: {other.counts}", other.sentence.text)
        _figures(part, chapter, [other.row], other.reference)
    for figure in (chapter.funnel, chapter.spread):
        part.say(*([figure.title.text, *texts(figure.lead)] if figure else []))
    for added in chapter.explanations:
        part.say(added.text, f"{added.signed}, {added.on}")
    part.say(*(f"{label}: {text}" for label, text in chapter.definition), *chapter.caveats)
    return part


def _figures(
    part: Wanted, chapter: IndicatorChapter, rows: Sequence[FigureRow], beside: Reference | None
) -> None:
    part.say(chapter.unit_text)
    if beside is not None:
        part.say(f"{beside.name}: {beside.text} {chapter.unit_text}.")
    part.table(row(one.name, *_numbers(one), one.word, one.reference_id) for one in rows)


def _numbers(one: FigureRow) -> list[str]:
    if not isinstance(one.published, Shown):
        return [NO_FIGURE]
    return [
        *map(_printed, (one.births_text, one.count_text, one.estimate_text)),
        *_ends(one.interval95_text), *_ends(one.interval998_text),
    ]  # fmt: skip


def _trend(part: Wanted, trend: Trend) -> None:
    part.say(trend.table_title, trend.break_text, trend.own_name, trend.reference_name)
    if trend.finding is not None:
        found = trend.finding
        part.say(*texts((found.sentence, found.against, found.sight)))
    rows = []
    for segment in trend.segments:
        for point in segment.points:
            own = []
            if trend.own_name:
                own = [NO_FIGURE]
                if isinstance(point.own, Shown):
                    limits = dutch.span(point.own.lower95, point.own.upper95)
                    own = [_printed(point.own_text), *_ends(limits)]
            told = "; ".join(filter(None, (segment.label, STATES.get(point.status))))
            beside = _printed(point.reference_text) or NO_FIGURE
            rows.append(row(period(point), *own, beside, told))
    part.table(rows)


def _account(document: Startfoto) -> Wanted:
    a = document.account
    part = Wanted("Verantwoording")
    part.say(a.age.text, a.policy, *texts(document.left_out), *a.omitted, *a.checks,
             *a.corrections)  # fmt: skip
    if document.release is not None:
        part.say(released(document.release))
    for rows in (
        [row(n.title, n.publisher, n.period, n.delivered, n.delivery, n.licence, n.attribution)
         for n in a.sources],
        [row(n.title, n.counts, n.out_of, n.source, n.key) for n in a.definitions],
        [row(word, rule) for _, word, rule in a.labels],
        [row(e.what, e.figure_text, e.period, e.difference, e.status_text, e.source)
         for e in a.elsewhere],
    ):  # fmt: skip
        if rows:
            part.table(rows)
    return part


def _as_read(value: Value) -> object:
    if value is None:
        return ""
    return value if isinstance(value, str) else float(value)


def _different(found: Sequence[Cells], wanted: Sequence[Cells]) -> Iterator[str]:
    head, *rows = found or [[]]
    if list(head) != [column.name for column in COLUMNS]:
        yield f"its columns are {head}"
    if len(rows) != len(wanted):
        yield f"it has {len(rows)} figures instead of {len(wanted)}"
    for own, right in zip(rows, wanted, strict=False):
        for column, cell, value in zip(COLUMNS, own, right, strict=True):
            if cell != value:
                yield f"{right[0]}: {column.name} is {cell!r} and not {value!r}"
