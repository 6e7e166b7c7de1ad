"""The files of a startfoto appear together, only where something changed, area by area."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from perinatal.alerts import open_troubles
from perinatal.catalog import Area, Catalog
from perinatal.catalog.models import COUNTRY_NAMES
from perinatal.errors import IntegrityError, UserError
from perinatal.pipeline import document_sets, documents
from perinatal.pipeline.document_sets import SOME_FAILED, Failure, Made, exit_code, make, tell
from perinatal.pipeline.release_steps import steps_file, write_steps
from perinatal.settings import Settings
from perinatal.startfoto.compose import compose
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.release import Step
from perinatal.store import PublishedEdition, open_edition
from tests.conftest import Practice

AREAS = ["oefenregio", "oefenstad", "proefdorp"]
CSV: document_sets.Outputs = (("csv", "volledig"),)
Compose = Callable[[PublishedEdition, Area, Catalog, Settings], Startfoto]


def _make(house: Practice, areas: list[str] | None = None, **more: str) -> Made:
    settings = house.settings.model_copy(update=more)
    return make(areas, house.catalog, settings, outputs=CSV)


def _folder(house: Practice, area: str) -> Path:
    return documents.output_folder(house.settings, house.edition_id, area)


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_an_area_is_composed_from_its_own_rows_as_from_the_whole_edition(
    practice_data: Practice,
) -> None:
    edition = open_edition(practice_data.settings.published_dir)
    for area_id in AREAS:
        area = practice_data.catalog.areas[area_id]
        around = ["area:oefenregio"]
        own = edition.tables_about(area.municipalities, around, COUNTRY_NAMES)
        assert len(own["published_value"]) <= len(edition.tables["published_value"])
        about = {
            "edition_id": "e", "made_at": edition.made_at, "code_version": "1", "contact": "",
        }  # fmt: skip
        parts, whole = (
            compose(area, practice_data.catalog, tables, **about)  # type: ignore[arg-type]
            for tables in (own, edition.tables)
        )
        assert parts == whole
    few = edition.tables_about(["GM9902"], [], COUNTRY_NAMES)
    assert set(few["published_value"]["region"].str[2:6]) == {"9902"}


def test_areas_with_figures_are_made_and_then_left_alone(practice: Practice) -> None:
    told: dict[str, str] = {}
    first = make(None, practice.catalog, practice.settings, outputs=CSV, heard=told.__setitem__)
    assert list(first.files) == AREAS  # the catalogue has more; of those the edition knows nothing
    assert told == dict.fromkeys(AREAS, "made")
    assert not first.unchanged
    times = {area: _folder(practice, area).stat().st_mtime_ns for area in AREAS}
    again = _make(practice)
    assert again.unchanged == {*AREAS}
    assert again.files == first.files
    assert {area: _folder(practice, area).stat().st_mtime_ns for area in AREAS} == times


def test_what_was_changed_is_made_anew(practice: Practice) -> None:
    _make(practice)
    file = _folder(practice, "oefenstad") / "startfoto-oefenstad.csv"
    good = file.read_bytes()
    file.write_bytes(good.replace(b"7", b"8"))
    assert _make(practice).unchanged == {"oefenregio", "proefdorp"}
    assert file.read_bytes() == good
    file.unlink()
    assert _make(practice).unchanged == {"oefenregio", "proefdorp"}
    step = Step(kind="explained", by="arts", on="2026-01-02", what="sga", text="Dit is bekend.")
    write_steps((step,), practice.settings, practice.edition_id, "proefdorp")
    assert _make(practice).unchanged == {"oefenregio", "oefenstad"}
    assert not _make(practice, contact="de GGD").unchanged
    catalog = practice.catalog.model_copy(update={"theme": None, "logo": "x"})
    assert not make(None, catalog, practice.settings, outputs=CSV).unchanged


def test_who_asks_for_one_format_keeps_the_others(practice: Practice) -> None:
    _make(practice, ["proefdorp"])
    both = make(["proefdorp"], practice.catalog, practice.settings, outputs=(("xlsx", "volledig"),))
    assert [Path(file).suffix for file in both.files["proefdorp"]] == [".xlsx"]
    names = _names(_folder(practice, "proefdorp"))
    assert {"startfoto-proefdorp.csv", "startfoto-proefdorp.xlsx"} <= {*names}
    assert _make(practice, ["proefdorp"]).unchanged


@pytest.fixture
def no_proefdorp(monkeypatch: pytest.MonkeyPatch) -> None:
    """The startfoto of one area cannot be composed."""
    plain: Compose = documents.composed_from

    def composed(
        edition: PublishedEdition, area: Area, catalog: Catalog, settings: Settings
    ) -> Startfoto:
        if area.id == "proefdorp":
            raise KeyError("een waarde uit een cel")
        return plain(edition, area, catalog, settings)

    monkeypatch.setattr(documents, "composed_from", composed)


def test_one_area_that_fails_is_one_area(
    practice: Practice, no_proefdorp: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _make(practice)
    tell(made, practice.settings, whole=True)
    assert list(made.files) == ["oefenregio", "oefenstad"]
    failure = made.failed["proefdorp"]
    assert failure.kind == "KeyError"
    assert "een waarde" not in failure.reason
    assert exit_code(made) == SOME_FAILED
    (trouble,) = open_troubles(practice.settings)
    assert trouble.alert.kind == "documents"
    (rule,) = trouble.alert.rules
    assert (rule.id, rule.keys) == ("STARTFOTO-KeyError", ("proefdorp",))
    assert not _folder(practice, "proefdorp").exists()
    # a run over some areas says nothing of the others; one over all ends it
    monkeypatch.undo()
    tell(_make(practice, ["oefenstad"]), practice.settings, whole=False)
    assert open_troubles(practice.settings)
    tell(_make(practice), practice.settings, whole=True)
    assert not open_troubles(practice.settings)


def test_many_failures_are_one_message(practice: Practice) -> None:
    failed = {f"gebied-{n}": Failure("REDEN", "no figures") for n in range(342)}
    tell(Made("e", failed=failed), practice.settings, whole=True)
    (trouble,) = open_troubles(practice.settings)
    assert trouble.alert.rules[0].rows == 342


def test_a_refused_file_leaves_nothing_of_its_set_and_the_last_one_stays(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _make(practice, ["oefenstad"]).files["oefenstad"]
    good = Path(before[0]).read_bytes()

    def refuse(*_: object) -> None:
        raise IntegrityError("the open file is not its document")

    monkeypatch.setattr("perinatal.startfoto.readback_files.check_csv", refuse)
    made = _make(practice, ["oefenstad", "proefdorp"], contact="een ander")
    assert {failure.kind for failure in made.failed.values()} == {"IntegrityError"}
    assert exit_code(made) == IntegrityError.exit_code
    assert Path(before[0]).read_bytes() == good
    assert _names(_folder(practice, "oefenstad").parent) == ["oefenstad"]
    out = practice.settings.data_dir / "out"
    assert make(["proefdorp"], practice.catalog, practice.settings, outputs=CSV, out=out).failed
    assert not out.exists()


def test_a_swap_that_was_cut_off_is_mended(practice: Practice) -> None:
    _make(practice, ["oefenstad"])
    folder = _folder(practice, "oefenstad")
    folder.rename(document_sets._put_aside(folder))
    assert _make(practice, ["oefenstad"]).unchanged == {"oefenstad"}
    assert _names(folder.parent) == ["oefenstad"]


def test_a_misspelt_area_is_told_before_any_work(practice: Practice) -> None:
    with pytest.raises(UserError, match="no area 'oefenstda'"):
        _make(practice, ["proefdorp", "oefenstda"])
    assert not _folder(practice, "proefdorp").exists()


def test_a_damaged_file_of_steps_is_the_failure_of_its_area(practice: Practice) -> None:
    file = steps_file(practice.settings, practice.edition_id, "oefenstad")
    file.parent.mkdir(parents=True)
    file.write_text("[{]", encoding="utf-8")
    made = _make(practice)
    assert list(made.failed) == ["oefenstad"]
    assert "Put the file back" in made.failed["oefenstad"].reason


def test_two_processes_write_the_same_bytes(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(workers: int) -> dict[str, bytes]:
        shutil.rmtree(practice.settings.startfoto_dir, ignore_errors=True)
        made = _make(practice, workers=workers)  # type: ignore[arg-type]
        assert not made.failed
        return {
            str(file.relative_to(practice.settings.startfoto_dir)): file.read_bytes()
            for file in practice.settings.startfoto_dir.rglob("*")
            if file.is_file()
        }

    alone = everything(1)
    monkeypatch.setattr(document_sets, "_WORTH_A_PROCESS", 2)
    assert everything(2) == alone


def test_a_process_that_dies_takes_one_area_along(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spread(
        _: object, areas: list[str], *rest: object, **more: object
    ) -> Iterator[list[str] | Failure]:
        for area in areas:
            if area == "oefenstad":
                raise BrokenProcessPool
            yield [area]

    monkeypatch.setattr(document_sets, "spread", spread)
    made = _make(practice)
    assert list(made.files) == ["oefenregio", "proefdorp"]
    assert made.failed["oefenstad"].kind == "PROCES"


def test_a_coalition_with_a_member_off_the_map_is_not_tried(practice: Practice) -> None:
    partly = Area(
        id="half", name="Half", municipalities=("GM9901", "GM9990"), boundary_year=2022
    )  # fmt: skip
    areas = {**practice.catalog.areas, "half": partly}
    catalog = practice.catalog.model_copy(update={"areas": areas})
    made = make(None, catalog, practice.settings, outputs=CSV)
    assert (list(made.files), made.failed) == (AREAS, {})


def test_other_reasons_of_the_next_run_end_the_earlier_trouble(practice: Practice) -> None:
    for kind in ("REDEN", "KeyError"):
        failed = {"oefenstad": Failure(kind, "x")}
        tell(Made("e", failed=failed), practice.settings, whole=True)
    (trouble,) = open_troubles(practice.settings)
    assert [rule.id for rule in trouble.alert.rules] == ["STARTFOTO-KeyError"]
