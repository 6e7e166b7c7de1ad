"""A definition that its source has taken back stops everywhere, with the reason."""

from __future__ import annotations

import pandas as pd

from perinatal.pipeline.compute import compute
from perinatal.pipeline.protect import protect
from perinatal.pipeline.tables import _tables
from perinatal.store import deliveries, open_store
from tests.conftest import Practice


def test_a_withdrawn_definition_is_shown_as_withdrawn(practice: Practice) -> None:
    settings, catalog = practice.settings, practice.catalog
    with open_store(settings.store_file) as store:
        observations = deliveries.observations_as_of(store, settings.clock(), [])
        regions = deliveries.regions_as_of(store, settings.clock())
        inputs = deliveries.speaking(store, settings.clock(), [])
    figures = compute(observations, regions, catalog)
    reason = "De bron rekent anders."
    decided, _ = protect(
        figures, catalog, set(),
        withdrawn={("laat_in_zorg", "oefen-alle"): (reason, "2026-03-01")},
    )  # fmt: skip
    elsewhere = pd.DataFrame(columns=["source", "indicator", "definition", "status", "year"])
    published = _tables(decided, elsewhere, regions, inputs, catalog)["published_value"]
    gone = published[published["definition"] == "oefen-alle"]
    assert len(gone)
    assert set(gone["kind"]) == {"withdrawn"}
    assert set(gone["label"]) == {"INGETROKKEN"}
    assert set(gone["note"]) == {reason}
    assert gone[["numerator", "denominator", "estimate"]].isna().all(axis=None)
    others = published[published["definition"] != "oefen-alle"]
    assert "withdrawn" not in set(others["kind"])
    assert others["note"].isna().all()
