"""Promises that no suite can forget, and ways back: found by attacking the first build."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from perinatal.catalog.contracts import RuleChange
from perinatal.disclosure.protect import SHOWN
from perinatal.ingest.promises import promises
from perinatal.pipeline.build import build
from perinatal.pipeline.compute import Figures, compute
from perinatal.pipeline.protect import protect
from perinatal.pipeline.receive import ingest
from perinatal.store import deliveries, open_edition, open_store
from tests.conftest import MOMENT, Practice

FIGURES = "oefenregio_perinataal_2016_2025.csv"


def _lines(practice: Practice, folder: Path, keep: object) -> Path:
    lines = practice.figures.read_text(encoding="utf-8").splitlines()
    file = folder / FIGURES
    file.write_text("\n".join([lines[0], *filter(keep, lines[1:])]) + "\n", encoding="utf-8")  # type: ignore[arg-type]
    return file


@pytest.mark.parametrize(
    ("left_out", "rule", "key"),
    [
        (";NL99;", "CONTRACT-REFERENCE", "2016 NL99"),
        (";GM9902;", "CONTRACT-COVERAGE", "2016 GM9902"),
        ("2025;", "CONTRACT-COVERAGE", "2025 GM9901"),
    ],
)
def test_a_cut_file_does_not_silence_good_data(
    practice: Practice, tmp_path: Path, left_out: str, rule: str, key: str
) -> None:
    file = _lines(practice, tmp_path, lambda line: left_out not in line[:25])
    judgement = ingest(file, practice.catalog, practice.settings)
    assert judgement.verdict == "quarantined"
    failed = {r.id: r.keys for r in judgement.results if r.outcome == "failed"}
    assert key in failed[rule]
    assert build(practice.catalog, practice.settings).edition_id == practice.edition_id


def test_wijken_never_add_up_to_more_than_their_municipality(practice: Practice) -> None:
    source = practice.catalog.sources["oefen_perinataal"]
    with open_store(practice.settings.store_file) as store:
        rows = deliveries.observations_as_of(store, MOMENT, [])
    rows = rows[rows["source"] == source.id]
    nothing = rows.iloc[:0]
    assert all(r.outcome == "passed" for r in promises(source, rows, nothing))
    spoiled = rows.copy()
    of_wijk = (spoiled["region"] == "WK990105") & (spoiled["variable"] == "te_vroeg")
    spoiled.loc[of_wijk, "value"] *= 5
    failed = {r.id: r.keys for r in promises(source, spoiled, nothing) if r.outcome == "failed"}
    assert "2021 GM9901 te_vroeg" in failed["CONTRACT-PARTS"]
    above = rows.copy()
    one = (above["region"] == "NL99") & (above["variable"] == "te_vroeg")
    above.loc[one, "value"] = 1e9
    failed = {r.id: r.keys for r in promises(source, above, nothing) if r.outcome == "failed"}
    assert "2021 NL99 te_vroeg" in failed["CONTRACT-RATIO"]


def test_the_former_good_file_speaks_again_after_a_wrong_correction(
    practice: Practice, tmp_path: Path
) -> None:
    text = practice.figures.read_text(encoding="utf-8")
    at = text.index("2016;land;NL99;Oefenland;")
    births = text[at:].split(";")[4]
    wrong = tmp_path / FIGURES
    wrong.write_text(
        text.replace(f"NL99;Oefenland;{births};", f"NL99;Oefenland;{int(births) + 1};")
    )
    settings = practice.settings
    assert ingest(wrong, practice.catalog, settings).verdict == "accepted"
    assert build(practice.catalog, settings).edition_id != practice.edition_id
    assert not ingest(practice.figures, practice.catalog, settings).already_known
    assert build(practice.catalog, settings).edition_id == practice.edition_id
    # the edition that was built last speaks, also when it is the older one
    assert open_edition(settings.published_dir).edition_id == practice.edition_id


def test_a_mended_contract_reads_the_same_bytes_anew(practice: Practice) -> None:
    catalog = practice.catalog
    source = catalog.sources["oefen_perinataal"]
    measures = tuple(
        m.model_copy(update={"column": "onder_2500_gram"}) if m.variable == "te_vroeg" else m
        for m in source.measures
    )
    # figures that move to another column wait, until the contract says that this is meant
    meant = {"CONTRACT-SHIFT-COLUMN": RuleChange(skip="het contract las een verkeerde kolom")}
    mended = source.model_copy(update={"measures": measures, "rules": {**source.rules, **meant}})
    other = catalog.model_copy(update={"sources": {**catalog.sources, source.id: mended}})
    assert not ingest(practice.figures, other, practice.settings).already_known
    with open_store(practice.settings.store_file) as store:
        rows = deliveries.observations_as_of(store, practice.settings.clock(), [])
    values = rows[rows["region"] == "NL99"].pivot_table(
        index="period_start", columns="variable", values="value"
    )
    assert (values["te_vroeg"] == values["onder_2500_gram"]).all()


HIDDEN = ("WK990200", "WK990202", "WK990203")


def _decided(practice: Practice, hidden_cases: tuple[float, float, float]) -> pd.DataFrame:
    """The decisions when the hidden wijken of Proefdorp share their early births like this.

    The one wijk that is shown has 61 of 700 births too early: more than chance (p about 0.03)
    when it stands by itself, and not when it stands in a family of four dull ones.
    """
    with open_store(practice.settings.store_file) as store:
        rows = deliveries.observations_as_of(store, MOMENT, [])
        regions = deliveries.regions_as_of(store, MOMENT)
    cells = compute(rows, regions, practice.catalog).cells
    block = (
        (cells["definition"] == "oefen-24w")
        & (cells["indicator"] == "vroeggeboorte")
        & (cells["period_start"] == 2021)
        & (cells["period_end"] == 2025)
    )
    one = block & (cells["region"] == "WK990201")
    cells.loc[one, ["numerator", "denominator"]] = [61.0, 700.0]
    for region, cases in zip(HIDDEN, hidden_cases, strict=True):
        cells.loc[block & (cells["region"] == region), "numerator"] = cases
    town = block & (cells["region"] == "GM9902")
    births = cells.loc[block & cells["region"].isin((*HIDDEN, "WK990201")), "denominator"].sum()
    cells.loc[town, ["numerator", "denominator"]] = [61.0 + sum(hidden_cases), births]
    return protect(Figures(cells, regions), practice.catalog, set())[0]


def test_labels_do_not_depend_on_hidden_counts(practice: Practice) -> None:
    before, after = _decided(practice, (15, 12, 18)), _decided(practice, (40, 0, 5))
    assert (before["decision"] == after["decision"]).all()
    for region in HIDDEN:
        assert (before.loc[before["region"] == region, "decision"] != SHOWN).all()
    shown = before["decision"] == SHOWN
    assert (before.loc[shown, "label"] == after.loc[shown, "label"]).all()
    wijk = before[shown & (before["region"] == "WK990201") & (before["period_start"] == 2021)]
    found = wijk.set_index("indicator").loc["vroeggeboorte", "label"]
    assert found == "WAARSCHIJNLIJK_HOGER"  # so that a family with the hidden ones would show


def test_the_difference_of_nested_definitions_is_protected(practice: Practice) -> None:
    edition = open_edition(practice.settings.published_dir)
    values = edition.tables["published_value"]
    deaths = values[(values["indicator"] == "perinatale_sterfte") & (values["kind"] == "shown")]
    keys = ["region", "period_start", "period_end"]
    for _, rows in deaths.groupby(keys):
        counts = rows["numerator"].sort_values().tolist()
        assert len(counts) == 1 or counts[1] - counts[0] >= 10
    assert len(deaths)


def test_a_second_boundary_year_of_the_same_codes_does_not_stop_a_build(
    practice: Practice, tmp_path: Path
) -> None:
    source = practice.catalog.sources["oefen_grenzen"]
    assert source.map is not None
    later = source.model_copy(
        update={
            "id": "oefen_grenzen_2023",
            "map": source.map.model_copy(update={"boundary_year": 2023}),
        }
    )
    catalog = practice.catalog.model_copy(
        update={"sources": {**practice.catalog.sources, later.id: later}}
    )
    assert ingest(practice.map, catalog, practice.settings, later.id).verdict == "accepted"
    assert build(catalog, practice.settings).shown > 0
