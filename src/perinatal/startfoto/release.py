"""From concept to released: what people decide about a startfoto, and what that makes of it.

The steps are kept as they were taken. What was checked is what goes out: a step that changes the
text, or a document that came out otherwise since, makes it a concept again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, get_args

from perinatal import dutch
from perinatal.catalog.models import Entry
from perinatal.errors import UserError
from perinatal.startfoto.document import (
    Explanation,
    IndicatorChapter,
    Release,
    Sentence,
    Startfoto,
)
from perinatal.startfoto.readback import NUMBER
from perinatal.startfoto.wording_whole import held_back

Audience = Literal["intern", "coalitie", "openbaar"]
Kind = Literal["explained", "held", "read", "checked", "released", "revoked"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
"""From the smallest circle to the largest."""
HELD = "Deze zin houden we nog vast."
HELD_TITLE = "Over dit onderwerp houden we een zin nog vast"
_FOR_WHOM = {
    "intern": "Alleen voor intern gebruik.",
    "coalitie": "Alleen voor de coalitie. Deel deze startfoto niet verder.",
}


class Step(Entry):
    """Something that a person did, in the order of the file."""

    kind: Kind
    by: str
    """A role, never a name: 'epidemioloog', 'directeur publieke gezondheid'."""
    on: str
    """ISO date."""
    what: str = ""
    """The chapter of an explanation, the address of a sentence, or the pages that were read."""
    text: str = ""
    """The explanation, or the reason."""
    audience: Audience | None = None
    digest: str = ""
    """Of the document that was checked or released."""


@dataclass
class State:
    """Where a startfoto stands."""

    explained: list[Step] = field(default_factory=list)
    held: dict[str, Step] = field(default_factory=dict)
    read: dict[str, Step] = field(default_factory=dict)
    checked: Step | None = None
    released: Step | None = None


def state_of(steps: Iterable[Step], digest: str | None = None) -> State:
    """What the steps come to.

    Args:
        digest: of the document as it is now; a check or a release of another one does not count.
    """
    state = State()
    for step in steps:
        if step.kind in ("explained", "held", "revoked"):
            state.checked = state.released = None
        if step.kind == "explained":
            state.explained.append(step)
        elif step.kind == "held":
            state.held[step.what] = step
        elif digest in (None, step.digest):
            if step.kind == "read":
                state.read[step.what] = step
            elif step.kind == "checked":
                state.checked = step
            elif step.kind == "released":
                state.released = step
    return state


def needed(document: Startfoto) -> dict[str, str]:
    """The pages that a person has to read first, with what they are."""
    found = {}
    if any(c.sensitive for c in document.chapters):
        found["sterfte"] = "the page about deaths"
    if any(c.areas is not None or c.map is not None for c in document.chapters):
        found["wijken"] = "the pages with neighbourhoods"
    return found


def digest_of(document: Startfoto) -> str:
    """What identifies the text and the figures of a concept."""
    return sha256(document.model_dump_json().encode("utf-8")).hexdigest()


def addresses(document: Startfoto) -> dict[str, str]:
    """The sentences that can be held back: 'chapter/rule' and what they say."""
    return {
        f"{chapter.id}/{sentence.rule}": sentence.text
        for chapter in document.chapters
        for sentence in _sentences(chapter)
    }


def numbers_of(chapter: IndicatorChapter) -> set[str]:
    """What a chapter says in numbers: its rows and its sentences."""
    said = " ".join(sentence.text for sentence in _sentences(chapter))
    rows = [*chapter.members, *(chapter.areas.rows if chapter.areas else ())]
    rows += [chapter.strip.row] if chapter.strip else []
    printed = " ".join(
        f"{row.births_text} {row.count_text} {row.estimate_text} {row.interval95_text}"
        for row in rows
    )
    return {*NUMBER.findall(said), *NUMBER.findall(printed)}


def _sentences(chapter: IndicatorChapter) -> list[Sentence]:
    said = [chapter.title, *chapter.lead, chapter.precision, chapter.excess, chapter.goal]
    if chapter.funnel is not None:
        said += [chapter.funnel.title, *chapter.funnel.lead]
    if chapter.spread is not None:
        said += [chapter.spread.title, *chapter.spread.lead]
    if chapter.gap is not None:
        said += [chapter.gap.title, *chapter.gap.lead]
    if chapter.trend is not None and chapter.trend.finding is not None:
        finding = chapter.trend.finding
        said += [finding.sentence, finding.against, finding.sight]
    return [one for one in said if one is not None]


def with_changes(document: Startfoto, steps: Iterable[Step]) -> Startfoto:
    """The concept with explanations added and sentences held back; still a concept.

    Raises:
        UserError: a step names a chapter or a sentence that is not there.
    """
    state = state_of(steps)
    known = addresses(document)
    chapters = {chapter.id: chapter for chapter in document.chapters}
    for step in state.held.values():
        if step.what not in known:
            raise UserError(
                f"{document.area_id}: no sentence '{step.what}'. The addresses are printed by "
                f"'perinatal release {document.edition.id} {document.area_id} --sentences'."
            )
    for step in state.explained:
        if step.what not in chapters:
            raise UserError(
                f"{document.area_id}: no chapter '{step.what}'. Known: {', '.join(chapters)}."
            )
    rules = {name: _rules(chapter, state) for name, chapter in chapters.items()}
    changed = {
        name: _held(chapter, rules[name]).model_copy(
            update={
                "explanations": tuple(
                    Explanation(text=step.text, signed=step.by, on=dutch.day(step.on))
                    for step in state.explained
                    if step.what == name
                )
            }
        )
        for name, chapter in chapters.items()
    }
    told = tuple(
        held_back(chapters[step.what.partition("/")[0]].kicker, step.text)
        for step in state.held.values()
    )
    return _without_echoes(document, chapters, rules).model_copy(
        update={"chapters": tuple(changed.values()), "left_out": (*document.left_out, *told)}
    )


def _rules(chapter: IndicatorChapter, state: State) -> set[str]:
    """What is held of a chapter; its title and the first sentence say the same finding."""
    found = {
        rule
        for of, _, rule in (address.partition("/") for address in state.held)
        if of == chapter.id
    }
    finding = {chapter.title.rule, *(line.rule for line in chapter.lead[:1])}
    return found | finding if found & finding else found


def _held(chapter: IndicatorChapter, rules: set[str]) -> IndicatorChapter:
    if not rules:
        return chapter

    def kept(sentence: Sentence | None) -> Sentence | None:
        return None if sentence is None or sentence.rule in rules else sentence

    def all_kept(said: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
        return tuple(one for one in said if one.rule not in rules)

    def titled(title: Sentence, instead: str) -> Sentence:
        return Sentence(text=instead, rule="vastgehouden") if title.rule in rules else title

    lead = all_kept(chapter.lead)
    if len(lead) < len(chapter.lead):
        lead = (Sentence(text=HELD, rule="vastgehouden"), *lead)
    update: dict[str, object] = {
        "title": titled(chapter.title, chapter.kicker), "lead": lead,
        "precision": kept(chapter.precision), "excess": kept(chapter.excess),
        "goal": kept(chapter.goal),
    }  # fmt: skip
    for name in ("funnel", "spread", "gap"):
        figure = getattr(chapter, name)
        if figure is not None:
            update[name] = figure.model_copy(
                update={
                    "title": titled(figure.title, HELD_TITLE),
                    "lead": all_kept(figure.lead),
                }
            )
    trend = chapter.trend
    if trend is not None and trend.finding is not None:
        finding = trend.finding
        if finding.sentence.rule in rules:
            found = None
        else:
            found = finding.model_copy(
                update={"against": kept(finding.against), "sight": kept(finding.sight)}
            )
        title = trend.title
        if title.rule in rules or (found is None and title.rule == f"kop-{finding.sentence.rule}"):
            title = Sentence(text=trend.table_title, rule="vastgehouden")
        update["trend"] = trend.model_copy(update={"finding": found, "title": title})
    return chapter.model_copy(update=update)


def _without_echoes(
    document: Startfoto, chapters: dict[str, IndicatorChapter], rules: dict[str, set[str]]
) -> Startfoto:
    """Cards, talking points and questions say the finding again: held there as well."""
    main = {
        name
        for name, chapter in chapters.items()
        if rules[name] & {chapter.title.rule, *(line.rule for line in chapter.lead[:1])}
    }
    line = {
        name
        for name, chapter in chapters.items()
        if chapter.trend is not None
        and chapter.trend.finding is not None
        and chapter.trend.finding.sentence.rule in rules[name]
    }
    titles = {chapters[name].title.text for name in main}
    subjects = {f"‘{chapters[name].kicker.lower()}’" for name in main | line}
    held = Sentence(text=HELD, rule="vastgehouden")
    cards = tuple(
        card.model_copy(
            update={
                "sentence": held if card.indicator in main else card.sentence,
                "precision": None if "precisie" in rules[card.indicator] else card.precision,
                "change": "" if card.indicator in line else card.change,
            }
        )
        for card in document.cards
    )
    return document.model_copy(
        update={
            "cards": cards,
            "talking_points": tuple(
                point
                for point in document.talking_points
                if not any(point.lead.text.startswith(title) for title in titles)
            ),
            "questions": tuple(
                asked
                for asked in document.questions
                if not any(subject in asked.text for subject in subjects)
            ),
        }
    )


def released(document: Startfoto, steps: Iterable[Step], concept: str) -> Startfoto:
    """The released startfoto, or the same concept where it is not (or no longer) released.

    Args:
        document: with its changes, see :func:`with_changes`.
        concept: the notice that a released one does not bear.
    """
    state = state_of(steps, digest_of(document))
    checked, out = state.checked, state.released
    if checked is None or out is None or out.audience is None:
        return document
    notices = [line for line in document.notices if line != concept]
    if out.audience in _FOR_WHOM:
        notices.append(_FOR_WHOM[out.audience])
    return document.model_copy(
        update={
            "notices": tuple(notices),
            "release": Release(
                checked_by=checked.by, checked_on=dutch.day(checked.on), released_by=out.by,
                released_on=dutch.day(out.on), audience=out.audience,
            ),
        }
    )  # fmt: skip
