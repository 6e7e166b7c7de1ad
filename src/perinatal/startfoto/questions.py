"""Five questions for the meeting: from what stands out twice, and from what cannot be told.

They ask, and never answer: a question names no cause and no group of people.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import islice

from perinatal import dutch
from perinatal.startfoto.document import IndicatorChapter, Sentence

HOW_MANY = 5
ALWAYS = (
    ("vraag-ouders", "Wat vertellen ouders zelf? Wie kan dat vragen?"),
    ("vraag-bereik", "Wat doen we al? Bereikt dat de ouders om wie het gaat?"),
    ("vraag-missen", "Welk cijfer missen we nog, en wie heeft het?"),
    ("vraag-afspraak", "Wat spreken we af, en wie doet het?"),
    ("vraag-weer", "Wanneer kijken we samen weer naar de cijfers?"),
)


def questions(
    chapters: tuple[IndicatorChapter, ...], key_figures: Set[str], area: str
) -> tuple[Sentence, ...]:
    """Five questions: at most two about double findings, two about what may be chance.

    Args:
        key_figures: ids of the indicators that count; those that overlap others are none of them.
    """
    asked = [c for c in chapters if c.id in key_figures and not c.sensitive]
    found = [
        *islice(_double(asked, area), 2),
        *islice(_undecided(asked), 2),
        *islice(_change(asked), 1),
        *(Sentence(text=text, rule=rule) for rule, text in ALWAYS),
    ]
    return tuple(found[:HOW_MANY])


def _double(chapters: list[IndicatorChapter], area: str) -> Iterator[Sentence]:
    whole = [c for c in chapters if c.label.endswith("_HOGER")]
    if len(whole) > 1:
        yield Sentence(
            text=f"In {area} vragen {_subjects(whole)} om aandacht. Gaat het om dezelfde "
            "gezinnen? Wie kan dat weten?",
            rule="vraag-dubbel",
            evidence=tuple(c.strip.row.reference_id for c in whole if c.strip),
        )
    higher: dict[str, list[IndicatorChapter]] = {}
    names: dict[str, str] = {}
    evidence: dict[str, list[str]] = {}
    for chapter in chapters:
        for row in chapter.areas.rows[1:] if chapter.areas else ():
            if row.label.endswith("_HOGER"):
                higher.setdefault(row.region, []).append(chapter)
                names[row.region] = row.name
                evidence.setdefault(row.region, []).append(row.reference_id)
    double = [region for region in names if len(higher[region]) > 1]
    if double:
        where = dutch.listed([names[region] for region in double])
        same = len({tuple(c.id for c in higher[region]) for region in double}) == 1
        what = _subjects(higher[double[0]]) if same else "twee of meer onderwerpen"
        yield Sentence(
            text=f"In {where} vragen {what} om aandacht. Wie werkt daar, en wat ziet u?",
            rule="vraag-dubbel-gebied",
            evidence=tuple(ref for region in double for ref in evidence[region]),
        )


def _undecided(chapters: list[IndicatorChapter]) -> Iterator[Sentence]:
    for chapter in chapters:
        if chapter.label == "ONBESLIST" and chapter.strip is not None:
            yield Sentence(
                text=f"{chapter.kicker}: het verschil kan toeval zijn. Wat ziet u zelf in de "
                "praktijk?",
                rule="vraag-onbeslist",
                evidence=(chapter.strip.row.reference_id,),
            )


def _change(chapters: list[IndicatorChapter]) -> Iterator[Sentence]:
    open_ = [
        c
        for c in chapters
        if c.trend is not None
        and c.trend.finding is not None
        and c.trend.finding.label in ("TREND_ONBESLIST", "TREND_ONBEKEND")
    ]
    if open_:
        yield Sentence(
            text=f"Verandert er iets bij {_subjects(open_)}? De cijfers kunnen het niet laten "
            "zien. Wat merkt u zelf?",
            rule="vraag-verandering",
        )


def _subjects(chapters: list[IndicatorChapter]) -> str:
    return dutch.listed([f"‘{chapter.kicker.lower()}’" for chapter in chapters])
