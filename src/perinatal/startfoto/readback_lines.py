"""Lines that stand in several outputs around the document's own texts."""

from __future__ import annotations

from collections.abc import Iterable

from perinatal.startfoto.document import FigureRow, IndicatorChapter, Release, Sentence, Startfoto
from perinatal.startfoto.readback_pictures import shown


def texts(lines: Iterable[Sentence | None]) -> list[str]:
    return [line.text for line in lines if line is not None]


def source_line(document: Startfoto, chapter: IndicatorChapter) -> str:
    """Where a figure comes from: source and period, and that it is made up."""
    told = {label.lower(): text for label, text in chapter.definition}
    named = [f"Bron: {told['bron']}"] if "bron" in told else []
    if "periode" in told:
        named.append(told["periode"] if named else f"Periode: {told['periode']}")
    line = f"{', '.join(named).rstrip('.')}." if named else ""
    return line + (" Deze cijfers zijn verzonnen." if document.edition.invented else "")


def trend_line(document: Startfoto, chapter: IndicatorChapter) -> str:
    if chapter.trend is None or not chapter.trend.source_text:
        return source_line(document, chapter)
    invented = " Deze cijfers zijn verzonnen." if document.edition.invented else ""
    return chapter.trend.source_text + invented


def kicker(chapter: IndicatorChapter) -> str:
    """'1 Te vroeg geboren', with its number once."""
    begins = not chapter.number or chapter.kicker.startswith(chapter.number)
    return chapter.kicker if begins else f"{chapter.number} {chapter.kicker}"


def subject(chapter: IndicatorChapter) -> str:
    return chapter.kicker.removeprefix(chapter.number).lstrip(". ") or chapter.kicker


def contact(document: Startfoto) -> str:
    return f"Neem contact op met {document.contact.strip().rstrip('.')}."


def asks(document: Startfoto) -> str:
    return f"Wilt u erover praten? {contact(document)}"


def imprint(document: Startfoto) -> tuple[str, ...]:
    return document.style.lines if document.style else ()


def released(release: Release) -> str:
    return (
        f"Nagekeken door: {release.checked_by}, {release.checked_on}. "
        f"Vrijgegeven door: {release.released_by}, {release.released_on}."
    )


def chosen(figure: FigureRow, unit: str) -> str:
    """An area as one line, for who chooses it or points at it."""
    if not shown(figure):
        return f"{figure.name}: {figure.word}."
    return (
        f"{figure.name}: {figure.estimate_text} {unit}, bijna zeker tussen "
        f"{figure.interval998_text}. Ons woord: {figure.word}."
    )
