"""Figures that cannot all be true: found at gate 1, borne by gate 2, and told in both."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from perinatal.alerts import open_troubles
from perinatal.pipeline import protect as protecting
from perinatal.pipeline.build import build
from perinatal.pipeline.documents import compose_area
from perinatal.pipeline.receive import ingest
from perinatal.startfoto.document import Startfoto
from perinatal.store import deliveries, open_edition, open_store
from tests.conftest import Practice

VILLAGE, WIJK, BUURT = "GM9902", "WK990201", "BU99020100"
_WHOLES = ("geboorten", "zwangeren", "zwangeren_eerstelijn", "welvaart")
_NO_COUNTS = ("jaar", "niveau", "regiocode", "regionaam", *_WHOLES)
Change = Callable[[dict[str, str]], None]


def _delivered(practice: Practice, folder: Path, change: Change) -> Practice:
    """The installation a little later, with the practice delivery changed row by row."""
    names, *rows = (
        line.split(";") for line in practice.figures.read_text(encoding="utf-8").splitlines()
    )
    lines = [";".join(names)]
    for cells in rows:
        row = dict(zip(names, cells, strict=True))
        change(row)
        lines.append(";".join(row.values()))
    file = folder / "oefenregio_perinataal_anders.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    now = practice.settings.clock() + timedelta(minutes=5)
    settings = practice.settings.model_copy(update={"now": now})
    return dataclasses.replace(practice, figures=file, settings=settings)


def _hidden_as_zero(row: dict[str, str]) -> None:
    for name in set(row) - set(_NO_COUNTS):
        if row[name].isdigit() and 1 <= int(row[name]) <= 7:
            row[name] = "0"


def test_hidden_counts_delivered_as_zero_wait_and_the_rest_is_built(
    bare_practice: Practice, tmp_path: Path
) -> None:
    house = _delivered(bare_practice, tmp_path, _hidden_as_zero)
    judged = ingest(house.figures, house.catalog, house.settings)
    failed = {r.id for r in judged.results if r.outcome == "failed" and r.severity == "critical"}
    assert (judged.verdict, failed) == ("accepted_with_warnings", {"CONTRACT-ZERO"})
    (trouble,) = [t for t in open_troubles(house.settings) if t.alert.kind == "quarantined"]
    assert "verborgen klein aantal" in trouble.alert.rules[0].description
    with open_store(house.settings.store_file) as store:
        rows = deliveries.observations_as_of(store, house.settings.clock(), [])
    own = ~rows["variable"].isin(_WHOLES) & (rows["source"] == "oefen_perinataal")
    counts = rows[own].dropna(subset=["value"])
    assert not counts["value"].eq(0).any()
    # what is no zero and has none beside it stands: the country, and the large counts of the towns
    assert counts.groupby("level").size().to_dict() == {"country": 70, "municipality": 107}
    edition = build(house.catalog, house.settings)
    assert edition.shown > 20
    out = compose_area("oefenstad", house.catalog, house.settings, out=tmp_path)
    told = out.read_text(encoding="utf-8")
    assert "De levering houdt zich hier niet aan onze regels" in told
    assert Startfoto.model_validate_json(told)


def _older_beside_newer(row: dict[str, str]) -> None:
    """More early births in a wijk; the count of its municipality waits, so the old one stands."""
    if row["jaar"] == "2023" and row["regiocode"] == VILLAGE:
        row["te_vroeg"] = "-5"
    if row["jaar"] == "2023" and row["regiocode"] in (VILLAGE, WIJK, BUURT):
        names = ("te_vroeg", "te_vroeg_of_te_licht")
        row.update({name: str(int(row[name]) + 40) for name in names if int(row[name]) >= 0})


def test_two_deliveries_that_contradict_each_other_stay_in_and_the_rest_is_built(
    practice: Practice, tmp_path: Path
) -> None:
    house = _delivered(practice, tmp_path, _older_beside_newer)
    judged = ingest(house.figures, house.catalog, house.settings)
    assert judged.verdict == "accepted_with_warnings"
    built = build(house.catalog, house.settings)
    assert built.new
    (trouble,) = [t for t in open_troubles(house.settings) if t.alert.kind == "protection"]
    rules = {rule.id: rule.keys for rule in trouble.alert.rules}
    assert f"2023-2023 {VILLAGE}" in rules["NO-WORLD"]
    assert trouble.alert.severity == "critical"
    values = open_edition(house.settings.published_dir).tables["published_value"]
    before = open_edition(house.settings.published_dir, practice.edition_id).tables[
        "published_value"
    ]
    keys = ["region", "indicator", "definition", "period_start", "period_end"]
    own = (values["region"] == VILLAGE) & (values["period_start"] <= 2023)
    own &= (values["period_end"] >= 2023) & values["indicator"].isin(["vroeggeboorte", "big2"])
    out = before[before["kind"] == "shown"].set_index(keys).index
    new = values[own & (values["kind"] == "shown")].set_index(keys).index
    assert new.isin(out).all()  # what is out already cannot be taken back
    assert (values["kind"] == "shown").sum() > 0.9 * (before["kind"] == "shown").sum()


def test_in_one_delivery_nothing_is_impossible(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The practice delivery itself, with rests: 1 in 60 births of a municipality has no wijk."""

    def more(row: dict[str, str]) -> None:
        if row["niveau"] == "gemeente":
            row["geboorten"] = str(int(row["geboorten"]) * 61 // 60)

    house = _delivered(practice, tmp_path, more)
    assert ingest(house.figures, house.catalog, house.settings).verdict.startswith("accepted")
    found = []
    original = protecting.impossible
    monkeypatch.setattr(
        protecting, "impossible", lambda *told: found.append(original(*told)) or found[-1]
    )
    assert build(house.catalog, house.settings).new
    assert found == [[]]
