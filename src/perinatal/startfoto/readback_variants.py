"""The parts of each variant: which texts of the document stand in it, and where."""

from __future__ import annotations

from collections.abc import Iterator

from perinatal.startfoto.document import IndicatorChapter, Startfoto, Variant
from perinatal.startfoto.readback_lines import asks, contact, imprint, kicker, subject, texts
from perinatal.startfoto.readback_parts import Wanted, row
from perinatal.startfoto.readback_wanted import Form


def of_page(document: Startfoto, variant: Variant) -> dict[str, Wanted]:
    """Parts of a page by the id of their section; '' is what stands around them."""
    form = Form(document, page=True)
    parts = {"": _around(document, variant)}
    if variant == "volledig":
        parts |= {"een-minuut": form.minute(), "lezen": form.reading(), "geboorten": form.births()}
        parts |= {chapter.id: form.chapter(chapter) for chapter in document.chapters}
        parts |= {"weggelaten": _left_out(document)} if document.left_out else {}
        parts["verantwoording"] = form.account()
    else:
        short = _board if variant == "bestuurlijk" else _residents
        parts |= short(form)
        parts["verantwoording"] = form.short_account()
    if document.questions and variant != "bewoners":
        parts["gesprek"] = Wanted("Vijf vragen", texts(document.questions))
    return parts


def _around(document: Startfoto, variant: Variant) -> Wanted:
    d, edition = document, document.edition
    part = Wanted()
    out = f"Vrijgegeven op {d.release.released_on}." if d.release else "Concept, nog niet"
    part.say(
        d.title, d.title, d.title, *d.notices, d.intro.text, f"Cijfers over {d.period_text}.",
        f"Editie {edition.id}, {edition.made_on}",
        f"Editie {edition.id}, gemaakt op {edition.made_on} met versie {edition.code_version}. "
        f"{out}",
        f"Samen: {', '.join(d.members)}." if d.members else "",
        contact(d), *imprint(d), d.account.licence,
    )  # fmt: skip
    offered = _choices(d) if variant == "volledig" else {}
    if offered:
        part.table(
            line
            for group, areas in offered.items()
            for line in (row(group), *(row(code, name) for code, name in areas.items()))
        )
    return part


def _choices(document: Startfoto) -> dict[str, dict[str, str]]:
    """Areas to choose, by group: those of all chapters but the ones about deaths."""
    found: dict[str, dict[str, str]] = {}
    for chapter in document.chapters:
        if not chapter.sensitive:
            for one in chapter.members:
                found.setdefault("Gemeenten", {}).setdefault(one.region, one.name)
            for one in chapter.areas.rows[1:] if chapter.areas else ():
                found.setdefault(one.group or "Gebieden", {}).setdefault(one.region, one.name)
    return found


def _left_out(document: Startfoto) -> Wanted:
    return Wanted("Wat is weggelaten, en waarom?", texts(document.left_out))


def _key(document: Startfoto) -> list[IndicatorChapter]:
    named = {card.indicator for card in document.cards}
    return [chapter for chapter in document.chapters if chapter.id in named]


def _finding(form: Form, chapter: IndicatorChapter, *, whole: bool) -> Wanted:
    """What a short variant says of a chapter; a board reads the first sentence only."""
    part = Wanted(chapter.title.text)
    part.say(chapter.title.text, *texts(chapter.lead if whole else chapter.lead[:1]))
    part.say(*texts([chapter.precision]))
    if not (whole and chapter.sensitive):
        form.strip(part, chapter)
    if whole and not chapter.sensitive:
        part.say(subject(chapter))
        found = chapter.trend.finding if chapter.trend else None
        part.say(found.sentence.text if found else "")
        for added in chapter.explanations:
            signed = f"{added.signed}, {added.on}" if form.page else f"({added.signed})"
            part.say(added.text, signed)
    return part


def _board(form: Form) -> dict[str, Wanted]:
    found = {"een-minuut": form.minute(), "betekenis": Wanted("Wat betekent dit?")}
    return found | {one.id: _finding(form, one, whole=False) for one in _key(form.document)}


def _told(document: Startfoto) -> list[IndicatorChapter]:
    return [chapter for chapter in _key(document) if not chapter.sensitive]


def _sensitive(document: Startfoto) -> list[IndicatorChapter]:
    return [chapter for chapter in document.chapters if chapter.sensitive]


def _residents(form: Form) -> dict[str, Wanted]:
    d = form.document
    found = {one.id: _finding(form, one, whole=True) for one in _told(d)}
    for one in _sensitive(d):
        found[one.id] = _finding(form, one, whole=True)
        found[one.id].say(asks(d))
    lines = [*d.reading[:2], d.reading[-1], *texts(d.unknowns)]
    return found | {"lezen": Wanted("Hoe leest u de cijfers?", lines)}


def of_pdf(document: Startfoto, variant: Variant) -> list[Wanted]:
    """Parts of a PDF in their order; the first is what stands before its first heading."""
    form = Form(document, page=False)
    if variant == "volledig":
        return [*_whole(form)]
    return [Wanted(), *(_board_pdf(form) if variant == "bestuurlijk" else _residents_pdf(form))]


def _whole(form: Form) -> Iterator[Wanted]:
    d, edition = form.document, form.document.edition
    out = f"Vrijgegeven op {d.release.released_on}" if d.release else "Concept, nog niet"
    cover = Wanted()
    cover.say(
        *d.notices, d.title, d.intro.text, f"Cijfers over {d.period_text}",
        f"Editie {edition.id}, {edition.made_on}", out,
        f"Samen: {', '.join(d.members)}." if d.members else "",
    )  # fmt: skip
    yield cover
    yield Wanted("Inhoud", [d.account.age.text])
    yield form.minute()
    reading, births = form.reading(), form.births()
    yield reading
    before = births
    for chapter in d.chapters:
        before.say(kicker(chapter))  # it stands above the heading of the next part
        yield before
        before = form.chapter(chapter)
    yield before
    if d.questions:
        asked = [f"{place} {line.text}" for place, line in enumerate(d.questions, start=1)]
        yield Wanted("Vijf vragen om samen te bespreken", asked)
    if d.left_out:
        yield _left_out(d)
    yield form.account()


def _board_pdf(form: Form) -> Iterator[Wanted]:
    d = form.document
    yield form.minute()
    part = Wanted("Wat betekent dit?")
    for chapter in _key(d):
        finding = _finding(form, chapter, whole=False)
        part.say(*finding.texts)
        part.pictures += finding.pictures
    part.say(*texts(d.questions), d.account.age.text, *d.reading[1:2], *texts(d.left_out))
    part.say(_closing(form))
    yield part


def _closing(form: Form) -> str:
    d = form.document
    return f"{d.account.licence} {contact(d)} {' · '.join(imprint(d))}"


def _residents_pdf(form: Form) -> Iterator[Wanted]:
    d = form.document
    part = Wanted(f"Hoe gaat het rond de geboorte in {d.area_name}?")
    part.say(part.title, d.intro.text, f"{d.births.title.text}.", d.reading[-1])
    for chapter in _told(d):
        part.say(f"{chapter.title.text}.", f"Ons woord: {chapter.word}.")
    yield part
    part = Wanted("De cijfers")
    for chapter in _told(d):
        finding = _finding(form, chapter, whole=True)
        part.say(*finding.texts[1:])  # its title stands on the first page
        part.pictures += finding.pictures
    yield part
    sensitive = _sensitive(d)
    part = Wanted(sensitive[0].title.text if sensitive else "Wat we niet weten")
    part.say(part.title, *texts(d.unknowns))
    for chapter in sensitive:
        part.say(*texts((*chapter.lead, chapter.precision)), asks(d))
    yield part
    part = Wanted("Hoe leest u de cijfers?")
    part.say(*d.reading[:2], *texts(d.left_out), d.account.age.text, d.account.licence)
    part.say(*(f"{one.title}. {one.publisher}." for one in d.account.sources))
    part.say(f"{contact(d)} {' · '.join(imprint(d))}")
    yield part
