"""A failed rule about a part stops that part; the last good figure stands, or a gap is told."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from perinatal.alerts import open_troubles
from perinatal.catalog.contracts import Births
from perinatal.pipeline.build import build
from perinatal.pipeline.documents import compose_area
from perinatal.pipeline.receive import Judgement, ingest
from perinatal.settings import Settings
from perinatal.startfoto.document import Startfoto
from perinatal.store import deliveries, open_edition, open_store
from tests.conftest import Practice

SOURCE, TOWN, YEAR = "oefen_perinataal", "GM9901", 2023
TE_VROEG = 5
"""Place of the column in the file."""


def _spoiled(practice: Practice, folder: Path, region: str, value: str) -> Path:
    """The delivery with one cell of 2023 that cannot be."""
    lines = practice.figures.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"{YEAR};") and region in line)
    cells = lines[at].split(";")
    cells[TE_VROEG] = value
    lines[at] = ";".join(cells)
    file = folder / "oefenregio_perinataal_nieuw.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _later(settings: Settings, minutes: int = 5) -> Settings:
    return settings.model_copy(update={"now": settings.clock() + timedelta(minutes=minutes)})


def _speaking(practice: Practice, settings: Settings) -> pd.DataFrame:
    with open_store(settings.store_file) as store:
        rows = deliveries.observations_as_of(
            store, settings.clock(), practice.catalog.patching, practice.catalog.keeping
        )
    return rows[(rows["variable"] == "te_vroeg") & (rows["period_start"] == YEAR)].set_index(
        "region"
    )


@pytest.fixture
def forgetful(practice: Practice) -> Practice:
    """The same installation with a source that does not let its last good figures stand."""
    source = practice.catalog.sources[SOURCE].model_copy(update={"keep_last_good": False})
    catalog = practice.catalog.model_copy(
        update={"sources": {**practice.catalog.sources, SOURCE: source}}
    )
    return dataclasses.replace(practice, catalog=catalog)


def _ingest(practice: Practice, file: Path) -> tuple[Judgement, Settings]:
    settings = _later(practice.settings)
    return ingest(file, practice.catalog, settings), settings


def test_one_bad_cell_waits_and_the_rest_of_the_delivery_speaks(
    practice: Practice, tmp_path: Path
) -> None:
    before = _speaking(practice, practice.settings)
    judged, settings = _ingest(practice, _spoiled(practice, tmp_path, TOWN, "999999"))
    assert judged.verdict == "accepted_with_warnings"
    failed = {r.id for r in judged.results if r.outcome == "failed" and r.severity == "critical"}
    assert "OEF-PART-1" in failed
    now = _speaking(practice, settings)
    # the bad cell is not in the store; the figure of the delivery before it stands
    assert now.loc[TOWN, "value"] == before.loc[TOWN, "value"]
    assert now.loc[TOWN, "delivery_id"] != judged.delivery_id
    others = now.drop(TOWN)
    assert set(others["delivery_id"]) == {judged.delivery_id}
    assert (others["value"] == before.drop(TOWN)["value"]).all()

    build(practice.catalog, settings)
    edition = open_edition(settings.published_dir)
    values = edition.tables["published_value"]
    town = values[(values["region"] == TOWN) & (values["indicator"] == "vroeggeboorte")]
    assert set(town["kind"]) == {"shown"}
    waiting = edition.tables["published_quarantine"]
    assert set(waiting["region"]) == {TOWN}
    assert waiting["kept"].all()
    document = _document(practice, settings, "oefenstad")
    (line,) = [
        s.text for s in document.left_out if "kijken we na" in s.text and "vroeg geb" in s.text
    ]
    assert line == (
        "Te vroeg geboren, Oefenstad (2023): dit cijfer kijken we na. De levering houdt zich hier "
        "niet aan onze regels. Daar staat nog het cijfer van de vorige levering."
    )


def test_without_a_last_good_figure_the_gap_is_told(forgetful: Practice, tmp_path: Path) -> None:
    assert ingest(forgetful.figures, forgetful.catalog, forgetful.settings).verdict == "accepted"
    judged, settings = _ingest(forgetful, _spoiled(forgetful, tmp_path, TOWN, "999999"))
    assert judged.verdict == "accepted_with_warnings"
    assert TOWN not in _speaking(forgetful, settings).index
    build(forgetful.catalog, settings)
    values = open_edition(settings.published_dir).tables["published_value"]
    town = values[(values["region"] == TOWN) & (values["indicator"] == "vroeggeboorte")]
    touched = town[(town["period_start"] <= YEAR) & (town["period_end"] >= YEAR)]
    assert set(touched["kind"]) == {"withheld"}
    other = values[(values["region"] == TOWN) & (values["indicator"] == "sga")]
    assert "shown" in set(other["kind"])
    document = _document(forgetful, settings, "oefenstad")
    assert any(
        s.text.startswith("Te vroeg geboren, Oefenstad (2023): dit cijfer kijken we na.")
        and s.text.endswith("Daarom laten we het weg, ook in langere perioden.")
        for s in document.left_out
    )


def _document(practice: Practice, settings: Settings, area: str) -> Startfoto:
    return Startfoto.model_validate_json(
        compose_area(area, practice.catalog, settings).read_bytes()
    )


def test_the_trouble_is_told_once_and_ends_with_a_good_delivery(
    practice: Practice, tmp_path: Path
) -> None:
    file = _spoiled(practice, tmp_path, TOWN, "999999")
    _, settings = _ingest(practice, file)
    (trouble,) = [t for t in open_troubles(settings) if t.alert.kind == "quarantined"]
    assert "Een deel van de levering" in trouble.alert.problem
    text = trouble.alert.model_dump_json()
    assert f"{YEAR} {TOWN}" in text
    assert "999999" not in text
    good = tmp_path / "oefenregio_perinataal_goed.csv"
    good.write_bytes(practice.figures.read_bytes() + b"\n")
    judged = ingest(good, practice.catalog, _later(settings))
    assert judged.verdict == "accepted"
    assert [t for t in open_troubles(settings) if t.alert.kind == "quarantined"] == []


def test_a_rule_about_the_whole_still_stops_the_whole(practice: Practice, tmp_path: Path) -> None:
    lines = practice.figures.read_text(encoding="utf-8").splitlines()
    file = tmp_path / "oefenregio_perinataal_dubbel.csv"
    file.write_text("\n".join([*lines, lines[-1]]) + "\n", encoding="utf-8")
    judged, settings = _ingest(practice, file)
    assert judged.verdict == "quarantined"
    assert judged.delivery_id not in set(_speaking(practice, settings)["delivery_id"])


def test_as_of_a_moment_before_the_bad_delivery_nothing_has_changed(
    practice: Practice, tmp_path: Path
) -> None:
    moment = practice.settings.clock()
    _ingest(practice, _spoiled(practice, tmp_path, "WK990105", "999999"))
    assert build(practice.catalog, practice.settings, moment).edition_id == practice.edition_id


def test_what_touches_a_third_of_the_cells_is_no_part(practice: Practice, tmp_path: Path) -> None:
    """More cases than births in five columns: what is left of the file would mislead."""
    lines = [line.split(";") for line in practice.figures.read_text(encoding="utf-8").splitlines()]
    for cells in lines[1:]:
        cells[TE_VROEG : TE_VROEG + 5] = [str(int(cells[4]) + 1)] * 5
    file = tmp_path / "oefenregio_perinataal_geboorten.csv"
    file.write_text("\n".join(";".join(cells) for cells in lines) + "\n", encoding="utf-8")
    before = _speaking(practice, practice.settings)
    judged, settings = _ingest(practice, file)
    assert judged.verdict == "quarantined"
    pd.testing.assert_frame_equal(_speaking(practice, settings), before)


def test_births_are_held_beside_the_source_that_the_contract_names(
    practice: Practice, tmp_path: Path
) -> None:
    births = Births(variable="zwangeren", yardstick=SOURCE, yardstick_variable="geboorten")
    source = practice.catalog.sources[SOURCE].model_copy(update={"births": births})
    catalog = practice.catalog.model_copy(
        update={"sources": {**practice.catalog.sources, SOURCE: source}}
    )
    lines = [line.split(";") for line in practice.figures.read_text(encoding="utf-8").splitlines()]
    column = lines[0].index("zwangeren")
    for cells in lines[1:]:
        if cells[0] == str(YEAR) and cells[2] == TOWN:
            cells[column] = str(int(cells[column]) * 2)
    file = tmp_path / "oefenregio_perinataal_zwanger.csv"
    file.write_text("\n".join(";".join(cells) for cells in lines) + "\n", encoding="utf-8")
    judged = ingest(file, catalog, _later(practice.settings))
    (found,) = [r for r in judged.results if r.id == "CONTRACT-BIRTHS-REGION"]
    assert (found.outcome, found.keys) == ("failed", (f"{YEAR} {TOWN} zwangeren",))
