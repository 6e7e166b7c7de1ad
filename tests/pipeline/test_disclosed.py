"""What a whole build gives away: nothing by subtraction, nothing by editions, nothing by hints."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from perinatal.alerts import open_troubles
from perinatal.catalog import Catalog
from perinatal.disclosure.audit import Audit
from perinatal.disclosure.protect import ADDED, BY_RULE, Cell, Secured
from perinatal.errors import IntegrityError
from perinatal.pipeline import build as building
from perinatal.pipeline import protect as protecting
from perinatal.pipeline.compute import CELL
from perinatal.pipeline.receive import ingest
from perinatal.store import open_edition
from tests.conftest import Practice

TOWN, VILLAGE, BOTH = "GM9901", "GM9902", "area:oefenregio"
OF_A_DELIVERY = ("edition_id", "delivery_id", "file_name", "sha256")
FEW = ("vroeggeboorte", "perinatale_sterfte")
DEATHS = ["perinatale_sterfte", "oefen-24w-7d"]


def _later(practice: Practice, minutes: int) -> Practice:
    now = practice.settings.clock() + timedelta(minutes=minutes)
    return dataclasses.replace(practice, settings=practice.settings.model_copy(update={"now": now}))


def _without(practice: Practice, area: str) -> Practice:
    """The installation before that area was thought of, and before any edition."""
    areas = {name: one for name, one in practice.catalog.areas.items() if name != area}
    return dataclasses.replace(
        practice, catalog=practice.catalog.model_copy(update={"areas": areas})
    )


def _few(practice: Practice) -> Practice:
    """With some indicators only: the same work in a third of the time."""
    sources = {
        name: source.model_copy(
            update={"series": tuple(one for one in source.series if one.indicator in FEW)}
        )
        for name, source in practice.catalog.sources.items()
    }
    return dataclasses.replace(
        practice, catalog=practice.catalog.model_copy(update={"sources": sources})
    )


def _kinds(practice: Practice, edition: str) -> pd.Series:
    values = open_edition(practice.settings.published_dir, edition).tables["published_value"]
    own = values[(values[["indicator", "definition"]] == DEATHS).all(axis=1)]
    return own[own["period_end"] == 2025].set_index(["region", "period_start"])["kind"]


def test_the_report_of_the_audit_lies_beside_the_edition(practice_data: Practice) -> None:
    folder = practice_data.settings.published_dir / practice_data.edition_id
    report = json.loads((folder / "audit.json").read_text())
    assert report["findings"] == 0
    assert report["protected"] > 500
    assert report["inside"] == 0
    assert report["narrowest_interval"] >= 5
    assert set(report) == {
        "cells", "withheld", "protected", "narrowest_interval", "findings", "out_before", "inside",
    }  # fmt: skip


def _careless(cells: dict[object, Cell], *_: object, **__: object) -> Secured:
    """Each figure decided by itself, and nothing withheld for another one."""
    return Secured({name: cell.decision for name, cell in cells.items()}, (), ())


def _again(practice: Practice, folder: Path) -> Practice:
    """The installation after the same figures came in another file."""
    other = folder / "oefenregio_perinataal_opnieuw.csv"
    other.write_bytes(practice.figures.read_bytes().replace(b"\n", b"\r\n"))
    house = _later(practice, 5)
    assert ingest(other, house.catalog, house.settings).verdict == "accepted"
    return house


def _report(practice: Practice, edition: str) -> dict[str, int]:
    return json.loads((practice.settings.published_dir / edition / "audit.json").read_text())


def test_unprotected_output_does_not_pass_the_audit(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = _few(_again(practice, tmp_path))
    before = open_edition(house.settings.published_dir).edition_id
    with monkeypatch.context() as patched:
        patched.setattr(protecting, "secure", _careless)
        with pytest.raises(IntegrityError, match="the audit can work back"):
            building.build(house.catalog, house.settings)
    assert open_edition(house.settings.published_dir).edition_id == before
    assert len(list(house.settings.published_dir.glob("*/edition.json"))) == 1
    (trouble,) = open_troubles(house.settings)
    assert trouble.alert.kind == "edition_stopped"
    assert {rule.id for rule in trouble.alert.rules} == {"AUDIT"}
    # nobody has seen it: it binds nothing that comes later, and the trouble ends with that
    built = building.build(house.catalog, house.settings)
    assert built.new
    assert _report(house, built.edition_id)["out_before"] == 0
    few = {cell for cell in _shown(house, before) if cell[CELL.index("indicator")] in FEW}
    assert _shown(house, built.edition_id) == few
    assert not open_troubles(house.settings)


def _shown(practice: Practice, edition: str) -> set[tuple[object, ...]]:
    values = open_edition(practice.settings.published_dir, edition).tables["published_value"]
    return set(values.loc[values["kind"] == "shown", CELL].itertuples(index=False, name=None))


def test_what_an_earlier_edition_gave_away_stops_nothing_new(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It cannot be taken back. What is new beside it stays in, and the maintainer is told."""
    house = _few(_again(practice, tmp_path))
    first = practice.settings.published_dir / practice.edition_id
    first.chmod(0o755)
    (first / "published_area.parquet").unlink()  # versions that joined no areas have no such file
    with monkeypatch.context() as patched:
        patched.setattr(protecting, "secure", _careless)
        patched.setattr(building, "audit_edition", lambda *_: Audit(0, 0, 0, None, ()))
        bad = building.build(house.catalog, house.settings)
    third = tmp_path / "oefenregio_perinataal_derde.csv"
    third.write_bytes(practice.figures.read_bytes() + b"\n")
    house = _later(house, 5)
    assert ingest(third, house.catalog, house.settings).verdict == "accepted"
    built = building.build(house.catalog, house.settings)
    assert built.new
    report = _report(house, built.edition_id)
    assert report["findings"] == 0
    assert report["out_before"] > 0
    assert _shown(house, built.edition_id) <= _shown(house, bad.edition_id)
    (trouble,) = open_troubles(house.settings)
    assert trouble.alert.kind == "protection"
    assert practice.edition_id in trouble.alert.to_do
    assert bad.edition_id in trouble.alert.to_do


def test_a_coalition_that_comes_later_does_not_give_its_small_member_away(
    practice: Practice, tmp_path: Path
) -> None:
    data = tmp_path / "fresh"
    fresh = dataclasses.replace(
        practice, settings=practice.settings.model_copy(update={"data_dir": data})
    )
    fresh = _few(fresh)
    alone = _without(fresh, "oefenregio")
    for file in (practice.map, practice.figures):
        ingest(file, alone.catalog, alone.settings)
    first = building.build(alone.catalog, alone.settings)
    shown = _kinds(alone, first.edition_id)
    assert shown[TOWN, 2021] == "shown"
    assert shown[VILLAGE, 2021] == "withheld"
    together = _later(fresh, 5)
    second = building.build(together.catalog, together.settings)
    kinds = _kinds(together, second.edition_id)
    assert kinds[BOTH, 2021] == "withheld"  # minus the town it would be the village
    assert kinds[TOWN, 2021] == "shown"
    # had both come at once, the total would stand and the members would not
    at_once = _kinds(practice, practice.edition_id)
    assert at_once[BOTH, 2021] == "shown"
    assert at_once[TOWN, 2021] == at_once[VILLAGE, 2021] == "withheld"


def _moved(file: Path, catalog: Catalog) -> bytes:
    """One early birth from 2021 to 2022 in a wijk, and one back in another: all totals stay."""
    lines = [line.split(";") for line in file.read_text(encoding="utf-8").splitlines()]
    names = lines[0]
    steps = {(2021, name): -1 for name in ("WK990105", "BU99010501")}
    steps |= {(2022, name): -1 for name in ("WK990109", "BU99010900")}
    steps |= {(4043 - year, name): 1 for year, name in steps}
    for cells in lines[1:]:
        step = steps.get((int(cells[0]), cells[names.index("regiocode")]), 0)
        for name in ("te_vroeg", "te_vroeg_of_te_licht"):
            cells[names.index(name)] = str(int(cells[names.index(name)]) + step)
    return ("\n".join(";".join(cells) for cells in lines) + "\n").encode()


def test_other_hidden_values_give_the_same_edition(practice: Practice, tmp_path: Path) -> None:
    """Non-interference: within what nobody can know, every published table is the same."""
    other = tmp_path / "oefenregio_perinataal_anders.csv"
    other.write_bytes(_moved(practice.figures, practice.catalog))
    assert other.read_bytes() != practice.figures.read_bytes()
    house = _later(practice, 5)
    assert ingest(other, house.catalog, house.settings).verdict == "accepted"
    built = building.build(house.catalog, house.settings)
    assert built.new
    folders = [house.settings.published_dir / e for e in (practice.edition_id, built.edition_id)]
    compared = 0
    for file in sorted(folders[0].glob("*.parquet")):
        if file.stem == "published_source":
            continue  # names the file that came
        ours = (
            ["edition_id", "delivery_id", "file_name", "sha256"]
            if file.stem == "published_line"
            else ["edition_id"]
        )
        before, after = (
            pd.read_parquet(folder / file.name).drop(columns=ours) for folder in folders
        )
        pd.testing.assert_frame_equal(before, after)
        compared += len(before)
    assert compared > 500


def test_one_code_for_whatever_is_withheld(practice_data: Practice) -> None:
    values = open_edition(practice_data.settings.published_dir).tables["published_value"]
    withheld = values[values["kind"] == "withheld"]
    told = withheld.drop(columns=[
        "edition_id", "region", "level", "source", "indicator", "definition", "period_start",
        "period_end", "per", "reference_estimate", "reference_decimals",
    ])  # fmt: skip
    assert len(told.astype(str).drop_duplicates()) == 1
    assert not set(values.astype(str).to_numpy().ravel()) & {BY_RULE, ADDED, "plan"}
