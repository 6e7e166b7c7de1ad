"""Known errors mended by declaration, figures taken back, deliveries taken back."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from perinatal.catalog import Correction, load_catalog
from perinatal.errors import CatalogError, UserError
from perinatal.pipeline.build import build
from perinatal.pipeline.documents import compose_area
from perinatal.pipeline.receive import ingest
from perinatal.pipeline.withdraw import withdraw
from perinatal.startfoto.document import Startfoto
from perinatal.store import deliveries, open_edition, open_store
from tests.conftest import Practice

SOURCE, TOWN = "oefen_perinataal", "GM9901"


def _with(practice: Practice, *corrections: Correction) -> Practice:
    catalog = practice.catalog.model_copy(update={"corrections": {c.id: c for c in corrections}})
    return dataclasses.replace(practice, catalog=catalog)


def _delivered(practice: Practice, variable: str, region: str, year: int) -> float:
    with open_store(practice.settings.store_file) as store:
        rows = deliveries.observations_as_of(store, practice.settings.clock(), [])
    own = rows[(rows["variable"] == variable) & (rows["region"] == region)]
    return float(own.loc[own["period_start"] == year, "value"].iloc[0])


def _mend(practice: Practice, delivered: float, value: float) -> Correction:
    return Correction(
        id="te-vroeg-2019", source=SOURCE, variable="te_vroeg", regions=(TOWN,), start=2019,
        delivered=delivered, value=value, reason="Bij het invoeren zijn cijfers omgewisseld.",
        provider="GGD Oefenland", date="2026-01-12",
    )  # fmt: skip


def _document(practice: Practice, area: str) -> Startfoto:
    file = compose_area(area, practice.catalog, practice.settings)
    return Startfoto.model_validate_json(file.read_bytes())


def test_a_correction_speaks_and_the_file_stays_as_it_came(practice: Practice) -> None:
    before = practice.figures.read_bytes()
    was = _delivered(practice, "te_vroeg", TOWN, 2019)
    house = _with(practice, _mend(practice, was, was + 2))
    judged = ingest(house.figures, house.catalog, house.settings)
    # the town is now more than its wijken together: two that stand in no wijk, which may be
    assert (judged.verdict, judged.already_known) == ("accepted", False)
    assert _delivered(house, "te_vroeg", TOWN, 2019) == was + 2
    with open_store(house.settings.store_file) as store:
        found = deliveries.find_delivery(store, judged.delivery_id)
    assert found is not None
    assert (house.settings.data_dir / found.raw_path).read_bytes() == before

    built = build(house.catalog, house.settings)
    assert built.edition_id != practice.edition_id
    values = open_edition(house.settings.published_dir).tables["published_value"]
    town = values[(values["region"] == TOWN) & (values["indicator"] == "vroeggeboorte")]
    assert town.loc[town["period_start"] == 2019, "numerator"].tolist() == [was + 2]
    account = _document(house, "oefenstad").account
    (line,) = account.corrections
    assert line == (
        "Oefenstad, 2019: verbeterd op 12 januari 2026. Bij het invoeren zijn cijfers omgewisseld. "
        "Opgegeven door: GGD Oefenland."
    )
    assert _document(house, "proefdorp").account.corrections == ()


def test_a_correction_that_no_longer_fits_stops_the_delivery(practice: Practice) -> None:
    was = _delivered(practice, "te_vroeg", TOWN, 2019)
    house = _with(practice, _mend(practice, was + 1, was + 7))
    judged = ingest(house.figures, house.catalog, house.settings)
    assert judged.verdict == "quarantined"
    (failed,) = [r for r in judged.results if r.outcome == "failed"]
    assert (failed.id, failed.keys) == ("CORRECTION-te-vroeg-2019", (f"2019 {TOWN}",))
    assert _delivered(house, "te_vroeg", TOWN, 2019) == was
    told = list(house.settings.alerts_dir.glob("*.txt"))
    assert any("past niet meer" in f.read_text(encoding="utf-8") for f in told)
    # without it the same bytes are good again
    assert ingest(house.figures, practice.catalog, house.settings).verdict == "accepted"


def test_a_withdrawn_figure_stops_everywhere_with_reason_and_date(practice: Practice) -> None:
    gone = Correction(
        id="laat-2024", source=SOURCE, variable="laat", start=2024, status="withdrawn",
        reason="Te veel zwangeren staan als laat geteld.", provider="Oefenregister",
        date="2026-03-01",
    )  # fmt: skip
    house = _with(practice, gone)
    assert ingest(house.figures, house.catalog, house.settings).verdict == "accepted"
    build(house.catalog, house.settings)
    values = open_edition(house.settings.published_dir).tables["published_value"]
    late = values[(values["indicator"] == "laat_in_zorg") & (values["definition"] == "oefen-alle")]
    touched = late[(late["period_start"] <= 2024) & (late["period_end"] >= 2024)]
    assert set(touched["kind"]) == {"withdrawn"}
    assert set(touched["since"]) == {"2026-03-01"}
    assert touched[["numerator", "estimate"]].isna().all(axis=None)
    # the town, the village and the two together, and every wijk
    assert {"GM9901", "GM9902", "area:oefenregio"} <= set(touched["region"])
    rest = late[(late["period_end"] < 2024) | (late["period_start"] > 2024)]
    assert "withdrawn" not in set(rest["kind"])
    chapter = next(c for c in _document(house, "oefenstad").chapters if c.id == "laat_in_zorg")
    assert chapter.label == "INGETROKKEN"
    assert chapter.lead[0].text == (
        "Dit cijfer is nu niet betrouwbaar. Reden: ‘Te veel zwangeren staan als laat geteld’. "
        "Ingetrokken op 1 maart 2026."
    )


def test_a_delivery_taken_back_gives_the_floor_to_the_one_before(
    practice: Practice, tmp_path: Path
) -> None:
    text = practice.figures.read_text(encoding="utf-8")
    line = next(x for x in text.splitlines() if x.startswith("2019;gemeente;GM9901;"))
    cells = line.split(";")
    cells[5] = str(int(cells[5]) + 3)
    newer = tmp_path / "oefenregio_perinataal_2026.csv"
    newer.write_text(text.replace(line, ";".join(cells)), encoding="utf-8")
    settings = practice.settings.model_copy(
        update={"now": practice.settings.clock() + timedelta(minutes=5)}
    )
    judged = ingest(newer, practice.catalog, settings)
    assert judged.verdict in ("accepted", "accepted_with_warnings")
    assert build(practice.catalog, settings).edition_id != practice.edition_id

    done = withdraw(judged.delivery_id[:-4], "verkeerde levering", practice.catalog, settings)
    assert done.delivery_id == judged.delivery_id
    assert done.speaks_now is not None
    assert build(practice.catalog, settings).edition_id == practice.edition_id
    with pytest.raises(UserError, match="is withdrawn: only an accepted delivery"):
        withdraw(judged.delivery_id, "nog eens", practice.catalog, settings)
    with pytest.raises(UserError, match="no delivery"):
        withdraw("geen", "x", practice.catalog, settings)
    with pytest.raises(UserError, match="needs a reason"):
        withdraw(done.speaks_now, "  ", practice.catalog, settings)
    # the file and its history stay
    with open_store(settings.store_file) as store:
        event = deliveries.last_event(store, judged.delivery_id)
    assert event is not None
    assert (event.event, event.detail) == ("withdrawn", "verkeerde levering")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("value: 3", "status: withdrawn\nvalue: 3", "give 'value' (with 'delivered'), or 'status'"),
        ("delivered: 2", "", "a value needs one region, 'start' and the 'delivered' value"),
        ("source: oefen_perinataal", "source: oefen", "source: no source 'oefen'"),
        ("variable: te_vroeg", "variable: vroeg", "oefen_perinataal.yaml has no measure 'vroeg'"),
        ("date: '2026-01-12'", "date: 12 januari", "date: String should match pattern"),
        ("reason: Omgewisseld.", "reason: Helaas omgewisseld.", "reason: 'Helaas' (judgement)"),
    ],
)
def test_a_wrong_correction_is_named_with_file_and_field(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    text = (
        "id: fout\nsource: oefen_perinataal\nvariable: te_vroeg\nregions: [GM9901]\nstart: 2019\n"
        "delivered: 2\nvalue: 3\nreason: Omgewisseld.\nprovider: GGD\ndate: '2026-01-12'\n"
    )
    (tmp_path / "corrections").mkdir()
    file = tmp_path / "corrections" / "fout.yaml"
    file.write_text(text, encoding="utf-8")
    assert load_catalog(tmp_path).corrections["fout"].value == 3
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert any(fault in found for found in caught.value.faults), caught.value.faults
