"""A cell that the source hides is unknown, and is told apart from one that is missing."""

from __future__ import annotations

from pathlib import Path

from perinatal.catalog import load_catalog
from perinatal.ingest.conform import conform, observations


def test_withheld_and_missing_are_two_things(tmp_path: Path) -> None:
    source = load_catalog().sources["oefen_perinataal"].model_copy(update={"withheld": ("x",)})
    names = [column.name for column in source.columns]
    cells = dict.fromkeys(names, "20") | {
        "jaar": "2021",
        "niveau": "land",
        "regiocode": "NL99",
        "regionaam": "Oefenland",
        "te_vroeg": "x",
        "te_licht": ".",
    }
    file = tmp_path / "klein.csv"
    file.write_text(";".join(names) + "\n" + ";".join(cells[n] for n in names) + "\n")
    rows = observations(conform(file, source, set()), source).set_index("variable")
    assert rows.loc["te_vroeg", "status"] == "withheld"
    assert rows.loc["te_licht", "status"] == "missing"
    assert rows.loc[["te_vroeg", "te_licht"], "value"].isna().all()
    assert rows.loc["geboorten", "status"] == "ok"
