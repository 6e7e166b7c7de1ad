"""Five questions for the meeting: from double findings and from what is not known."""

from __future__ import annotations

from perinatal.language import require_clean
from perinatal.startfoto.document import IndicatorChapter, Startfoto
from perinatal.startfoto.figures import figure_rows
from perinatal.startfoto.questions import ALWAYS, HOW_MANY, questions

KEY = {"vroeggeboorte", "sga", "laat_in_zorg", "perinatale_sterfte"}


def _labelled(document: Startfoto, **labels: str) -> tuple[IndicatorChapter, ...]:
    """The chapters with other labels, and without areas or lines that would add to them."""
    return tuple(
        c.model_copy(update={"label": labels.get(c.id, c.label), "areas": None, "trend": None})
        for c in document.chapters
    )


def test_always_five_and_each_rests_on_figures_of_the_document(
    documents: dict[str, Startfoto],
) -> None:
    for document in documents.values():
        assert len(document.questions) == HOW_MANY
        known = {row.reference_id for row in figure_rows(document)}
        for asked in document.questions:
            assert asked.text.endswith("?")
            assert set(asked.evidence) <= known


def test_what_stands_out_twice_comes_first(documents: dict[str, Startfoto]) -> None:
    document = documents["oefenstad"]
    whole, areas, *_ = document.questions
    assert whole.rule == "vraag-dubbel"
    assert len(whole.evidence) == 2
    assert areas.rule == "vraag-dubbel-gebied"
    # a place that is named is higher in two chapters, and every such place is named
    first, second = (
        {
            row.name
            for row in chapter.areas.rows[1:]
            if chapter.areas and row.label.endswith("_HOGER")
        }
        for chapter in document.chapters
        if chapter.id in ("vroeggeboorte", "laat_in_zorg") and chapter.areas
    )
    assert first & second
    assert all(name in areas.text for name in first & second)
    assert not any(name in areas.text for name in first ^ second)


def test_one_finding_is_not_double(documents: dict[str, Startfoto]) -> None:
    chapters = _labelled(documents["oefenstad"], laat_in_zorg="ONGEVEER_GELIJK")
    assert not [q for q in questions(chapters, KEY, "Oefenstad") if "dubbel" in q.rule]


def test_overlapping_indicators_are_not_counted_twice(documents: dict[str, Startfoto]) -> None:
    chapters = _labelled(
        documents["oefenstad"], laat_in_zorg="ONGEVEER_GELIJK", big2="DUIDELIJK_HOGER"
    )
    assert not [q for q in questions(chapters, KEY, "Oefenstad") if "dubbel" in q.rule]


def test_deaths_are_never_a_question(documents: dict[str, Startfoto]) -> None:
    chapters = _labelled(
        documents["oefenstad"],
        vroeggeboorte="ONBESLIST", laat_in_zorg="ONBESLIST", perinatale_sterfte="DUIDELIJK_HOGER",
    )  # fmt: skip
    asked = questions(chapters, KEY, "Oefenstad")
    assert [q.rule for q in asked[:2]] == ["vraag-onbeslist"] * 2
    assert not any("terfte" in q.text or "verled" in q.text for q in asked)


def test_where_nothing_stands_out_there_are_five_all_the_same(
    documents: dict[str, Startfoto],
) -> None:
    same = dict.fromkeys(KEY, "ONGEVEER_GELIJK")
    asked = questions(_labelled(documents["oefenstad"], **same), KEY, "Oefenstad")
    assert [(q.rule, q.text) for q in asked] == list(ALWAYS)
    require_clean([q.text for q in asked], ())
