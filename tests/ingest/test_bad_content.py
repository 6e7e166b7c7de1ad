"""Files that keep their contract and cannot be true: quarantined, with the rule and the keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from perinatal.catalog import Catalog, load_catalog
from perinatal.ingest.quality import judge
from perinatal.store import deliveries, open_store

if TYPE_CHECKING:
    from tests.ingest.conftest import Watched

# one process for all that needs Great Expectations: its import takes seconds
pytestmark = pytest.mark.xdist_group("gx")

Write = Callable[[str, bytes], Path]


@pytest.fixture(scope="module")
def own(own_folder: Path) -> Catalog:
    return load_catalog(own_folder)


@pytest.fixture
def analyst(watched: Watched, own: Catalog, own_folder: Path) -> Watched:
    """The watched installation with an analyst's own source."""
    settings = watched.settings.model_copy(update={"catalog_dir": own_folder})
    return type(watched)(settings, own, watched.good, watched.map, watched.edition)


def test_percentage_above_100(analyst: Watched, delivery: Write) -> None:
    content = b"jaar;regiocode;aantal;percentage\n2024;NL99;150000;71,2\n2024;GM9902;300;104,5\n"
    from perinatal.pipeline import receive

    file = delivery("eigen_telling_1.csv", content)
    judged = receive.ingest(file, analyst.catalog, analyst.settings)
    failed = {r.id: (r.rows, r.keys) for r in judged.results if r.outcome == "failed"}
    assert failed == {"EIG-RANGE": (1, ("2024 GM9902",))}
    # one bad cell stops itself: the rest of the delivery speaks
    with open_store(analyst.settings.store_file) as store:
        rows = deliveries.observations_as_of(store, analyst.settings.clock(), ["eigen_telling"])
    loaded = rows[(rows["source"] == "eigen_telling") & (rows["variable"] == "gevoed")]
    assert loaded["region"].tolist() == ["NL99"]


def test_percentage_above_100_by_the_suite_of_the_real_source(watched: Watched) -> None:
    frame = pd.DataFrame({
        "regiocode": ["GM0034", "GM0518"], "indicator": ["sga", "sga"],
        "noemer": [21239.0, 54867.0], "percentage": [113.27, 14.17],
        "_region_known": True, "_level_fits": True, "_key": ["GM0034 sga", "GM0518 sga"],
    })  # fmt: skip
    suite = watched.settings.expectations_dir / "kansenkloof_totalen.yaml"
    failed = {r.id: r.keys for r in judge(frame, suite) if r.outcome == "failed"}
    assert failed["KKT-RANGE-1"] == ("GM0034 sga",)


def test_a_rule_that_cannot_run_is_no_fault_of_the_data(
    analyst: Watched, tmp_path: Path, delivery: Write
) -> None:
    """The delivery waits all the same, and the alert says where the fault lies."""
    suite = tmp_path / "own" / "expectations" / "eigen_telling.yaml"
    suite.parent.mkdir(parents=True)
    assert analyst.settings.catalog_dir is not None
    text = (analyst.settings.catalog_dir / "expectations" / suite.name).read_text()
    suite.write_text(text.replace("column: percentage", "column: percentag"))
    content = b"jaar;regiocode;aantal;percentage\n2024;NL99;150000;71,2\n"
    settings = analyst.settings.model_copy(update={"catalog_dir": tmp_path / "own"})
    from perinatal.pipeline import receive

    judged = receive.ingest(delivery("eigen_telling_3.csv", content), analyst.catalog, settings)
    assert judged.verdict == "quarantined"
    outcomes = {result.id: result.outcome for result in judged.results}
    assert outcomes["EIG-RANGE"] == "broken"
    assert outcomes["EIG-KEY"] == "passed"
    texts = [file.read_text() for file in settings.alerts_dir.glob("*.txt")]
    assert any("Controle kon niet draaien: eigen_telling_3.csv" in text for text in texts)
