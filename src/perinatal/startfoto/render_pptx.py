"""Slides for the meeting of the coalition: a finding, a picture that can be edited, questions."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from perinatal.startfoto import slide_charts
from perinatal.startfoto.document import DotInterval, IndicatorChapter, Startfoto
from perinatal.startfoto.logo import logo_png
from perinatal.startfoto.render_html import contact_line, source_line, trend_source
from perinatal.startfoto.tokens import colours_of

if TYPE_CHECKING:
    from pptx.presentation import Presentation

_FONT = "Arial"
"""A slide embeds no fonts; this one is on every machine."""
_WIDTH, _HEIGHT = 13.333, 7.5
_LEFT, _TOP = 0.6, 0.45
_FULL = _WIDTH - 2 * _LEFT


class _Deck:
    """Slides with a title, texts and charts; sizes in inches and points."""

    def __init__(self, document: Startfoto) -> None:
        from pptx import Presentation
        from pptx.util import Inches

        self.document = document
        self.colours = colours_of(document)
        self.made = datetime.fromisoformat(document.edition.made_at)
        self.deck: Presentation = Presentation()
        self.deck.slide_width, self.deck.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
        about = self.deck.core_properties
        about.title, about.author, about.language = document.title, document.contact, "nl-NL"
        about.comments = " ".join(document.notices)
        about.created = about.modified = self.made.replace(tzinfo=None)
        about.last_modified_by, about.revision = document.contact, 1

    def slide(self, title: str, size: int = 30) -> Any:
        """A slide with its title in the title's own place, so that outline and voice find it."""
        from pptx.util import Inches

        layout = next(one for one in self.deck.slide_layouts if one.name == "Title Only")
        slide = self.deck.slides.add_slide(layout)
        box = slide.shapes.title
        box.left, box.top = Inches(_LEFT), Inches(_TOP)
        box.width, box.height = Inches(_FULL), Inches(1.15)
        # two lines at most
        self._fill(
            box.text_frame, [title], 24 if len(title) > 48 else size, bold=True,
            colour="merk",
        )  # fmt: skip
        self._foot(slide)
        return slide

    def text(
        self,
        slide: Any,
        lines: list[str],
        place: tuple[float, float, float, float],
        size: int = 18,
        *,
        colour: str = "inkt",
        bold: bool = False,
        numbered: bool = False,
    ) -> None:
        """A box of text; each line a paragraph."""
        from pptx.util import Inches

        box = slide.shapes.add_textbox(*(Inches(end) for end in place))
        told = [f"{at}. {line}" for at, line in enumerate(lines, 1)] if numbered else lines
        self._fill(box.text_frame, told, size, bold=bold, colour=colour)

    def chart(self, slide: Any, chart: slide_charts.Dots, alt: str) -> None:
        from pptx.util import Inches

        place = (Inches(_LEFT), Inches(2.3), Inches(_FULL), Inches(4.15))
        slide_charts.add(slide, chart, place, alt, self.made)

    def _fill(self, frame: Any, lines: list[str], size: int, *, bold: bool, colour: str) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.TOP
        for place, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            paragraph.space_after = Pt(size * 0.5)
            run = paragraph.add_run()
            run.text = line
            font = run.font
            font.name, font.size, font.bold = _FONT, Pt(size), bold
            font.color.rgb = RGBColor.from_string(self.colours[colour].removeprefix("#"))
            run._r.get_or_add_rPr().set("lang", "nl-NL")

    def _foot(self, slide: Any) -> None:
        edition = self.document.edition
        words = f"{self.document.title}, editie {edition.id}, {edition.made_on}."
        notices = " ".join(self.document.notices)
        self.text(
            slide, [f"{words} {notices}".strip()], (_LEFT, 6.95, _FULL, 0.4), 10, colour="inkt3"
        )


def render_pptx(document: Startfoto) -> bytes:
    """The whole deck. Dates inside are the edition's, so equal documents give equal parts."""
    deck = _Deck(document)
    opening = deck.slide(document.title, 44)
    samen = [f"Samen: {', '.join(document.members)}."] if document.members else []
    deck.text(
        opening,
        [document.intro.text, f"Cijfers over {document.period_text}.", *samen, *document.notices],
        (_LEFT, 2.2, 9.5, 4),
        22,
    )
    _logo(deck, opening)
    _minute(deck)
    for chapter in document.chapters:
        if chapter.sensitive:
            _quiet(deck, chapter)
        else:
            _chapter(deck, chapter)
    unknown = deck.slide("Wat we niet weten")
    deck.text(unknown, [line.text for line in document.unknowns], (_LEFT, 1.8, 11, 4.8), 22)
    if document.questions:
        card = deck.slide("Vijf vragen om samen te bespreken")
        asked = [line.text for line in document.questions]
        deck.text(card, asked, (_LEFT, 1.6, 11.5, 5), 22, numbered=True)
    lines = document.style.lines if document.style else ()
    account = deck.slide("Waar komt dit vandaan?")
    sources = [f"{n.title}. {n.publisher}. {n.period}".strip() for n in document.account.sources]
    told = [document.account.licence, document.account.policy, contact_line(document)]
    deck.text(account, [*sources, *told, *lines], (_LEFT, 1.6, _FULL, 5.2), 14)
    out = io.BytesIO()
    deck.deck.save(out)
    return out.getvalue()


def _logo(deck: _Deck, slide: Any) -> None:
    from pptx.util import Inches

    picture = logo_png(deck.document)
    if picture is None or deck.document.style is None:
        return
    shape = slide.shapes.add_picture(io.BytesIO(picture), 0, 0, height=Inches(0.7))
    if shape.width > Inches(2.6):
        shape.width, shape.height = Inches(2.6), int(shape.height * Inches(2.6) / shape.width)
    shape.left, shape.top = Inches(_WIDTH - _LEFT) - shape.width, Inches(6.1)
    shape._element._nvXxPr.cNvPr.set("descr", deck.document.style.name)


def _minute(deck: _Deck) -> None:
    document = deck.document
    slide = deck.slide(f"{document.area_name} in één minuut")
    cards = document.cards
    width = _FULL / max(len(cards), 1)
    for place, card in enumerate(cards):
        left, wide = _LEFT + place * width, width - 0.25
        deck.text(slide, [card.title, card.subtitle], (left, 1.7, wide, 0.9), 14, bold=True)
        if card.number_text:
            deck.text(slide, [card.number_text], (left, 2.6, wide, 1), 48, colour="merk", bold=True)
        deck.text(slide, [card.unit_text, card.reference_text], (left, 3.55, wide, 0.9), 14)
        word = [] if card.sensitive else [card.word[:1].upper() + card.word[1:]]
        if word:
            deck.text(slide, word, (left, 4.45, wide, 0.6), 16, bold=True)
        said = [card.sentence.text, card.precision.text if card.precision else "", card.change]
        deck.text(slide, [line for line in said if line], (left, 5.0, wide, 1.8), 12)


def _chapter(deck: _Deck, chapter: IndicatorChapter) -> None:
    source = source_line(chapter, deck.document)
    beside = [chapter.precision.text] if chapter.precision else []
    if chapter.areas is None:
        slide = deck.slide(chapter.title.text)
        said = [line.text for line in chapter.lead]
        deck.text(slide, [*said, *beside], (_LEFT, 1.8, 10.5, 4.6), 22)
        deck.text(slide, [source], (_LEFT, 6.5, _FULL, 0.4), 10, colour="inkt3")
    else:
        figure = chapter.areas
        parts = slide_charts.of_areas(figure)
        for number, part in enumerate(parts, start=1):
            more = f" ({number} van {len(parts)})" if len(parts) > 1 else ""
            slide = deck.slide(chapter.title.text + more)
            deck.text(
                slide, [f"{figure.title}.", figure.subtitle],
                (_LEFT, 1.5, _FULL, 0.8), 14,
            )  # fmt: skip
            deck.chart(slide, part, figure.alt)
            note = " ".join(filter(None, (*beside, figure.axis_note, _without(figure), source)))
            deck.text(slide, [note], (_LEFT, 6.5, _FULL, 0.4), 10, colour="inkt3")
    if chapter.trend is not None and chapter.trend.own_name:
        trend = chapter.trend
        slide = deck.slide(trend.title.text)
        said = [trend.finding.sentence.text] if trend.finding else []
        deck.text(slide, [*said, f"{trend.subtitle} {trend.break_text}".strip()],
                  (_LEFT, 1.4, _FULL, 0.9), 14)  # fmt: skip
        deck.chart(slide, slide_charts.of_years(trend), trend.alt)
        note = " ".join(filter(None, (trend.axis_note, trend_source(chapter, deck.document))))
        deck.text(slide, [note], (_LEFT, 6.5, _FULL, 0.4), 10, colour="inkt3")


def _without(figure: DotInterval) -> str:
    """That some areas have no place in the chart; which they are stands in the other outputs."""
    lacking = any(row.published.kind != "shown" for row in figure.rows)
    return "Gebieden zonder cijfer staan niet in de figuur." if lacking else ""


def _quiet(deck: _Deck, chapter: IndicatorChapter) -> None:
    """About deaths: words, no picture and no comparison of places."""
    slide = deck.slide(chapter.title.text)
    said = [line.text for line in chapter.lead]
    said += [chapter.precision.text] if chapter.precision else []
    said.append(f"Wilt u erover praten? {contact_line(deck.document)}")
    deck.text(slide, said, (_LEFT, 1.8, 9.5, 4.9), 20)
