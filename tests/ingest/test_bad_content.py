"""Files that keep their contract and cannot be true: quarantined, with the rule and the keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from perinatal.catalog import Catalog, load_catalog
from perinatal.ingest.quality import judge

if TYPE_CHECKING:
    from tests.ingest.conftest import Watched

# one process for all that needs Great Expectations: its import takes seconds
pytestmark = pytest.mark.xdist_group("gx")

Write = Callable[[str, bytes], Path]
Cell = Callable[[bytes, int, str, str], bytes]


def _cells(*changes: tuple[int, str, str]) -> Callable[[bytes, Cell], bytes]:
    def make(content: bytes, cell: Cell) -> bytes:
        for change in changes:
            content = cell(content, *change)
        return content

    return make


def _cut_at_a_line(content: bytes, cell: Cell) -> bytes:
    return b"\n".join(content.split(b"\n")[:-4]) + b"\n"


def _twice(content: bytes, cell: Cell) -> bytes:
    lines = content.split(b"\n")
    return b"\n".join([*lines[:6], lines[5], *lines[6:]])


def _two_years(good: bytes) -> bytes:
    """The last two years, newest first: the rows of one year cannot tell that some are missing."""
    lines = good.split(b"\n")
    years = [[x for x in lines if x.startswith(year)] for year in (b"2025;", b"2024;")]
    return b"\n".join([lines[0], *years[0], *years[1], b""])


# line 3 of the small file is Oefenstad, GM9901; line 5 its first wijk, WK990100
CASES: dict[str, tuple[Callable[[bytes, Cell], bytes], str, str | None]] = {
    "unknown region": (_cells((5, "regiocode", "WK990199")), "OEF-REGION", "2025 WK990199"),
    "no region": (_cells((5, "regiocode", "")), "OEF-REGION", "2025 ?"),
    "lower-case region": (_cells((5, "regiocode", "wk990100")), "OEF-REGION", "2025 wk990100"),
    "wijk called gemeente": (_cells((5, "niveau", "gemeente")), "OEF-LEVEL", "2025 WK990100"),
    "double key": (_twice, "OEF-KEY", "2025 WK990101"),
    "numerator above denominator": (
        _cells((3, "te_vroeg", "987654")), "OEF-PART-1", "2025 GM9901",
    ),
    "negative": (_cells((3, "te_licht", "-987654")), "OEF-RANGE-3", "2025 GM9901"),
    "denominator not filled in": (_cells((3, "geboorten", "")), "OEF-FILLED-1", "2025 GM9901"),
    "cut off at the end of a line": (_cut_at_a_line, "OEF-COMPLETE", None),
    "year outside the contract": (_cells((3, "jaar", "20255")), "CONTRACT-JAAR", "20255 GM9901"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_quarantined_with_rule_and_keys(
    name: str, watched: Watched, cell: Cell, delivery: Write
) -> None:
    make, rule, key = CASES[name]
    content = make(_two_years(watched.good), cell)
    file = delivery(f"oefenregio_perinataal_{name.replace(' ', '_')}.csv", content)
    outcome = watched.refuse(file)
    assert outcome.verdict == "quarantined"
    rows, keys = outcome.rules[rule]
    assert rows >= 1
    assert key is None or key in keys
    told = {entry["id"]: entry for entry in outcome.alert["rules"]}
    assert told[rule]["rows"] == rows
    assert told[rule]["keys"] == list(keys)


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
    outcome = analyst.refuse(delivery("eigen_telling_1.csv", content))
    assert outcome.rules == {"EIG-RANGE": (1, ("2024 GM9902",))}


@pytest.mark.parametrize("number", ["71.2", "1.071,2"])
def test_a_point_where_decimals_have_a_comma(
    number: str, analyst: Watched, delivery: Write
) -> None:
    content = f"jaar;regiocode;aantal;percentage\n2024;NL99;150000;{number}\n".encode()
    outcome = analyst.refuse(delivery("eigen_telling_2.csv", content))
    assert set(outcome.rules) == {"STR-TYPE"}
    assert "column 'percentage', line 2: is not a number with ','" in outcome.message


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
