"""What was taken back stays back: no document, no release, and who has it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perinatal.alerts import open_troubles
from perinatal.errors import UserError
from perinatal.pipeline import documents, release
from perinatal.pipeline.build import build
from perinatal.pipeline.document_sets import make
from perinatal.pipeline.explain import explain
from perinatal.pipeline.receive import ingest
from perinatal.pipeline.release_steps import write_steps
from perinatal.pipeline.taken_back import require_speaking, tell_taken_back
from perinatal.pipeline.withdraw import withdraw
from perinatal.settings import Settings
from perinatal.startfoto.release import Step
from perinatal.store import open_edition
from tests.conftest import Practice

AREA = "oefenstad"


def _step(kind: str, **more: str) -> Step:
    return Step.model_validate({"kind": kind, "by": "arts", "on": "2026-01-02", **more})


def _withdraw(house: Practice) -> Settings:
    withdraw("oefen_perinataal", "Verkeerde bestand.", house.catalog, house.settings)
    return house.at(house.settings.clock() + timedelta(hours=1))


def test_an_edition_of_a_withdrawn_delivery_is_neither_written_nor_released(
    practice: Practice,
) -> None:
    require_speaking(practice.edition_id, practice.settings)
    _withdraw(practice)
    for attempt in (
        lambda: make([AREA], practice.catalog, practice.settings),
        lambda: documents.compose_area(AREA, practice.catalog, practice.settings),
        lambda: release.take(
            _step("checked"), practice.edition_id, AREA, practice.catalog, practice.settings
        ),
    ):
        with pytest.raises(UserError, match=r"withdrawn since: .*Verkeerde bestand\)"):
            attempt()
    assert not documents.output_folder(practice.settings, practice.edition_id, AREA).exists()


def test_where_nothing_is_left_the_next_edition_says_so(practice: Practice) -> None:
    later = _withdraw(practice)
    built = build(practice.catalog, later)
    assert (built.shown, built.withheld, built.new) == (0, 0, True)
    assert open_edition(later.published_dir).edition_id == built.edition_id
    assert "geen cijfers" in (built.folder / "edition.json").read_text(encoding="utf-8")
    assert not make(None, practice.catalog, later).files
    made = make([AREA], practice.catalog, later)
    assert "no municipality" in made.failed[AREA].reason
    # the same bytes handed over again: the first edition speaks again
    ingest(practice.figures, practice.catalog, later)
    assert build(practice.catalog, later).edition_id == practice.edition_id
    require_speaking(practice.edition_id, later)


def test_a_release_that_is_out_is_a_trouble_until_it_is_revoked(practice: Practice) -> None:
    made = make([AREA], practice.catalog, practice.settings, outputs=(("csv", "volledig"),))
    (file,) = made.files[AREA]
    out = _step("released", audience="openbaar", digest="x")
    write_steps((out,), practice.settings, practice.edition_id, AREA)
    assert tell_taken_back(practice.settings) == []
    later = _withdraw(practice)
    (trouble,) = open_troubles(later)
    assert trouble.alert.kind == "taken_back"
    (rule,) = trouble.alert.rules
    assert f"{practice.edition_id}/{AREA}/startfoto-{AREA}.csv" in rule.keys
    assert file in map(str, tell_taken_back(later))
    revoked = _step("revoked", text="De levering is ingetrokken.")
    assert release.take(revoked, practice.edition_id, AREA, practice.catalog, later) == []
    assert not open_troubles(later)
    assert not documents.output_folder(later, practice.edition_id, AREA).exists()


def test_who_asks_where_a_figure_comes_from_hears_that_it_was_taken_back(
    practice: Practice,
) -> None:
    reference = "GM9901/vroeggeboorte/oefen_perinataal.oefen-24w/2021-2025"
    assert "let op" not in dict(explain(reference, practice.catalog, practice.settings))
    later = _withdraw(practice)
    told = dict(explain(reference, practice.catalog, later))
    assert "Verkeerde bestand." in told["let op"]
