"""From concept to released: who, when, for whom; and what was checked is what goes out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from perinatal.catalog import Catalog
from perinatal.cli import run
from perinatal.errors import IntegrityError, UserError
from perinatal.pipeline import documents
from perinatal.pipeline import release as releasing
from perinatal.pipeline.documents import compose_area
from perinatal.pipeline.release_steps import read_steps, steps_file
from perinatal.settings import Settings
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.release import Kind, Step, addresses, digest_of, state_of
from perinatal.startfoto.render_html import render_html
from tests.conftest import Practice

AREA = "oefenstad"
_CONCEPTS: dict[tuple[str, ...], Startfoto] = {}
MAIN = "vroeggeboorte/duidelijk-hoger"


@pytest.fixture(autouse=True)
def what_does_not_change_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The concept before any step; composing and drawing are tested elsewhere."""
    plain = documents.composed

    def composed(area: str, catalog: Catalog, settings: Settings, edition: str) -> Startfoto:
        key = (area, settings.contact, edition)
        if key not in _CONCEPTS:
            _CONCEPTS[key] = plain(area, catalog, settings, edition)
        return _CONCEPTS[key]

    monkeypatch.setattr("perinatal.pipeline.documents.composed", composed)
    monkeypatch.setattr("perinatal.pipeline.documents.OUTPUTS", ())


def _take(house: Practice, kind: Kind, **rest: str) -> None:
    step = Step.model_validate({"kind": kind, "by": "epidemioloog", "on": "2026-01-02", **rest})
    releasing.take(step, house.edition_id, AREA, house.catalog, house.settings)


def _document(house: Practice) -> Startfoto:
    file = compose_area(AREA, house.catalog, house.settings, house.edition_id)
    return Startfoto.model_validate_json(file.read_bytes())


def _page(house: Practice) -> str:
    return render_html(_document(house))


def _all_but_released(house: Practice) -> None:
    for pages in ("sterfte", "wijken"):
        _take(house, "read", what=pages, by="arts")
    _take(house, "checked")


def test_a_concept_becomes_released_when_it_was_read_and_checked(practice: Practice) -> None:
    assert _document(practice).release is None
    with pytest.raises(UserError, match=r"read sterfte .*read wijken .*--checked"):
        _take(practice, "released", audience="openbaar")
    _all_but_released(practice)
    assert "Concept" in _page(practice)
    _take(practice, "released", audience="openbaar", by="directeur")
    document = _document(practice)
    assert document.release is not None
    assert (document.release.checked_by, document.release.released_by) == (
        "epidemioloog", "directeur",
    )  # fmt: skip
    page = _page(practice)
    assert "Concept" not in page
    assert "concept" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "Nagekeken door: epidemioloog, 2 januari 2026." in page
    assert "Verzonnen cijfers" in page  # that never goes


@pytest.mark.parametrize(
    ("audience", "notice"),
    [("intern", "Alleen voor intern gebruik."), ("coalitie", "Alleen voor de coalitie.")],
)
def test_for_a_small_circle_every_page_says_so(
    practice: Practice, audience: str, notice: str
) -> None:
    _all_but_released(practice)
    _take(practice, "released", audience=audience)
    assert notice in _page(practice)


def test_a_source_that_may_not_be_shown_to_all_stops_it(practice: Practice) -> None:
    source = practice.catalog.sources["oefen_perinataal"]
    sources = {
        **practice.catalog.sources,
        source.id: source.model_copy(update={"audience": "coalitie"}),
    }
    house = dataclasses.replace(
        practice, catalog=practice.catalog.model_copy(update={"sources": sources})
    )
    _all_but_released(house)
    before = read_steps(house.settings, house.edition_id, AREA)
    with pytest.raises(UserError, match="'oefen_perinataal' may be shown to 'coalitie' only"):
        _take(house, "released", audience="openbaar")
    assert read_steps(house.settings, house.edition_id, AREA) == before
    _take(house, "released", audience="coalitie")
    assert _document(house).release is not None


@pytest.mark.parametrize("kind", ["explained", "held", "revoked"])
def test_what_changes_the_text_makes_it_a_concept_again(practice: Practice, kind: Kind) -> None:
    _all_but_released(practice)
    _take(practice, "released", audience="openbaar")
    what = {"explained": "vroeggeboorte", "held": MAIN, "revoked": ""}[kind]
    _take(practice, kind, what=what, text="We kijken hier eerst samen naar.")
    assert _document(practice).release is None
    with pytest.raises(UserError, match="checked"):
        _take(practice, "released", audience="openbaar")


def test_a_document_that_came_out_otherwise_since_is_a_concept(practice: Practice) -> None:
    _all_but_released(practice)
    _take(practice, "released", audience="openbaar")
    assert _document(practice).release is not None
    other = practice.settings.model_copy(update={"contact": "GGD Elders"})
    assert _document(dataclasses.replace(practice, settings=other)).release is None


def test_a_sentence_held_back_is_gone_everywhere_and_that_is_told(practice: Practice) -> None:
    before = _document(practice)
    said = addresses(before)[MAIN]
    title = before.chapters[0].title.text
    assert title in _all_texts(before)
    _take(practice, "held", what=MAIN, text="we bespreken dit eerst met het ziekenhuis")
    after = _document(practice)
    page = _page(practice)
    for text in (said, title):
        assert text not in _all_texts(after)
        assert text not in page
    assert "Een zin bij ‘Te vroeg geboren’ houden we nog vast: we bespreken" in page
    card = next(card for card in after.cards if card.indicator == "vroeggeboorte")
    assert card.sentence.text == "Deze zin houden we nog vast."
    assert not [q for q in after.questions if "te vroeg geboren" in q.text]
    # the figures themselves stay
    assert after.chapters[0].areas == before.chapters[0].areas


def _all_texts(document: Startfoto) -> str:
    return document.model_dump_json()


def test_the_change_over_time_can_be_held_back(practice: Practice) -> None:
    before = _document(practice)
    trend = before.chapters[0].trend
    assert trend is not None
    assert trend.finding is not None
    address = f"vroeggeboorte/{trend.finding.sentence.rule}"
    _take(practice, "held", what=address, text="de cijfers van dit jaar komen nog")
    after = _document(practice)
    assert trend.finding.sentence.text not in _all_texts(after)
    assert after.chapters[0].trend is not None
    assert after.chapters[0].trend.finding is None
    assert next(c for c in after.cards if c.indicator == "vroeggeboorte").change == ""


def test_an_explanation_stands_under_the_role_of_who_wrote_it(practice: Practice) -> None:
    text = "In 2024 is een praktijk verhuisd. Of dat ermee te maken heeft, weten we niet."
    _take(practice, "explained", what="vroeggeboorte", text=text, by="epidemioloog GGD")
    page = _page(practice)
    assert text in page
    assert "epidemioloog GGD, 2 januari 2026" in page


@pytest.mark.parametrize(
    ("kind", "what", "text", "told"),
    [
        ("explained", "vroeggeboorte", "Dit verschil is significant.", "jargon"),
        ("held", MAIN, "dit is een probleemwijk", "stigma"),
        ("explained", "vroeggeboorte", "", "cannot be empty"),
        (
            "explained",
            "perinatale_sterfte",
            "Het waren er 3.",
            "3 is no number that this chapter shows",
        ),
        ("held", MAIN, "het gaat om 4.711 baby's", "4.711 is no number"),
        ("explained", "geluk", "We zien dit ook.", "no chapter 'geluk'"),
        ("held", "vroeggeboorte/onzin", "nog niet", "no sentence 'vroeggeboorte/onzin'"),
        ("read", "kaarten", "", "no pages 'kaarten'"),
    ],
)
def test_a_step_that_cannot_be_taken_leaves_nothing(
    practice: Practice, kind: Kind, what: str, text: str, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        _take(practice, kind, what=what, text=text)
    assert not steps_file(practice.settings, practice.edition_id, AREA).exists()


def test_a_file_of_steps_that_was_spoilt_releases_nothing(practice: Practice) -> None:
    file = steps_file(practice.settings, practice.edition_id, AREA)
    file.parent.mkdir(parents=True)
    file.write_text('[{"kind": "released", "by": "x"}]')
    with pytest.raises(IntegrityError, match="nothing of it counts as released"):
        compose_area(AREA, practice.catalog, practice.settings, practice.edition_id)


def test_a_release_typed_into_the_file_without_a_check_does_not_count(practice: Practice) -> None:
    document, _ = releasing.concept(practice.edition_id, AREA, practice.catalog, practice.settings)
    step = Step(
        kind="released", by="x", on="2026-01-02", audience="openbaar", digest=digest_of(document)
    )
    assert state_of((step,), step.digest).released is not None
    file = steps_file(practice.settings, practice.edition_id, AREA)
    file.parent.mkdir(parents=True)
    file.write_text(f"[{step.model_dump_json()}]")
    assert _document(practice).release is None


@pytest.fixture
def command(practice: Practice, capsys: pytest.CaptureFixture[str]) -> Iterator[object]:
    def call(*words: str) -> tuple[int, str, str]:
        data = str(practice.settings.data_dir)
        code = run(["--data", data, "release", practice.edition_id, AREA, *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_the_command_says_what_is_lacking_and_takes_the_steps(command, practice) -> None:
    code, _, told = command()
    assert code == 0
    assert "oefenstad: a concept." in told
    assert told.count("--by ROLE") == 3
    code, out, _ = command("--sentences")
    assert MAIN in out
    for words in (["--read", "sterfte"], ["--read", "wijken"], ["--checked"]):
        code, out, told = command(*words, "--by", "arts")
        assert code == 0
        assert Path(out.strip()).is_dir()
    assert "it can be released" in told
    code, _, told = command("--audience", "openbaar", "--by", "directeur")
    assert code == 0
    assert "released for 'openbaar'" in told
    assert "checked  (arts)" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--checked"], "in which role"),
        (["--by", "arts"], "for whom"),
        (["--checked", "--read", "wijken", "--by", "arts"], "one step at a time"),
        (["--checked", "--by", " "], "in which role"),
    ],
)
def test_a_command_that_is_not_clear_does_nothing(command, practice, words, told) -> None:
    code, _, said = command(*words)
    assert code == 2
    assert told in said
    assert not steps_file(practice.settings, practice.edition_id, AREA).exists()
