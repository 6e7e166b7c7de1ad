"""Every rule of expectations/curated.yaml: the practice edition passes, one fault fails.

The faults stand on figures of their own in one edition: each rule has to find its own fault, and
no other rule may see anything there, but for those that a fault breaks by necessity (``also``).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from perinatal.catalog import Catalog
from perinatal.errors import CatalogError
from perinatal.ingest.helpers_curated import HELPERS, TABLES, judge_curated
from perinatal.ingest.suites import columns_of, load_suite
from perinatal.settings import Settings
from perinatal.store import open_store

if TYPE_CHECKING:
    from tests.conftest import Practice

pytestmark = pytest.mark.xdist_group("gx")

FILE = Settings().expectations_dir / "curated.yaml"
RULES = load_suite(FILE)
CELL = ["region", "source", "indicator", "definition", "period_start", "period_end"]
NUMBERS = ["numerator", "denominator", "estimate", "lower95", "upper95", "lower998", "upper998"]
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Fault:
    """What is changed, in which kind of row; ``also`` are rules that see it by necessity."""

    values: dict[str, object] | Callable[[pd.Series], dict[str, object]]
    kind: str = "shown"
    also: frozenset[str] = frozenset()
    table: str = "published_value"
    twice: bool = False
    """The row is written twice instead."""
    block: bool | None = None
    """Only a row about several years, or only about one."""


def _also(*names: str) -> frozenset[str]:
    return frozenset(names)


INSIDE = "indicator_value"
FAULTS: dict[str, Fault] = {
    "CUR-KEY": Fault({}, twice=True),
    "CUR-KIND": Fault({"kind": "soms"}, "withheld"),
    "CUR-LABEL": Fault({"label": "HOGER"}),
    "CUR-LABEL-KIND": Fault({"label": "GEEN_CIJFER"}),
    "CUR-LEVEL": Fault({"level": "buurt"}, "withheld"),
    "CUR-STATUS": Fault({"status": "missing"}),
    "CUR-BARE": Fault({"lower998": 1.0}, "withheld"),
    "CUR-ALIKE": Fault({"status": "provisional"}, "withheld"),
    "CUR-COMPLETE": Fault({"upper998": np.nan}),
    "CUR-LOWER95": Fault(lambda row: {"lower95": row["estimate"] + 0.01}),
    "CUR-UPPER95": Fault(lambda row: {"upper95": row["estimate"] - 0.01}),
    "CUR-LOWER998": Fault(lambda row: {"lower998": row["lower95"] + 0.01}),
    "CUR-UPPER998": Fault(lambda row: {"upper998": row["upper95"] - 0.01}),
    "CUR-RATIO": Fault(
        lambda row: {"numerator": row["denominator"] + 1},
        also=_also("CUR-SAFE", "CUR-ESTIMATE", "CUR-AGREES"),
    ),
    "CUR-ESTIMATE": Fault(lambda row: {"estimate": row["estimate"] + 0.001}),
    "CUR-SAFE": Fault(
        lambda row: {"numerator": 9, "estimate": 9 / row["denominator"] * row["per"],
                     "lower95": 0.0, "lower998": 0.0},
        also=_also("CUR-AGREES"),
    ),
    "CUR-PERIOD": Fault({"period_start": 2017, "period_end": 2021}, "withheld", block=True),
    "CUR-WIJK": Fault({"level": "wijk"}, block=False),
    "CUR-REFERENCE": Fault({"reference_estimate": np.nan}),
    "CUR-AGREES": Fault({"decision": "plan"}, "shown", table=INSIDE),
    "CUR-KEY-INSIDE": Fault({}, "plan", table=INSIDE, twice=True, block=True),
    "CUR-DECISION": Fault({"decision": "zomaar"}, "plan", table=INSIDE),
    "CUR-RATIO-INSIDE": Fault(
        lambda row: {"numerator": row["denominator"] + 1}, "plan", _also("CUR-BLOCKS"), INSIDE,
        block=True,
    ),
    "CUR-BLOCKS": Fault(
        lambda row: {"numerator": row["numerator"] + 1}, "plan", table=INSIDE, block=True
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def good(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    # the shared store is for reading; opening it would lock out the other process of the run
    own = tmp_path_factory.mktemp("store") / "copy.duckdb"
    shutil.copyfile(practice_data.settings.store_file, own)
    with open_store(own) as store:
        tables = {
            name: store.connection.table(f"curated.{name}").df().drop(columns="edition_id")
            for name in TABLES
        }
    whole = dict.fromkeys(("numerator", "denominator"), "Int64")  # as a build makes them
    return {**tables, "published_value": tables["published_value"].astype(whole)}


def _key(row: pd.Series) -> str:
    first, last = int(row["period_start"]), int(row["period_end"])
    told = str(first) if first == last else f"{first}-{last}"
    return f"{row['region']} {row['indicator']}/{row['definition']} {told}"


def _spoil(tables: Tables, fault: Fault, used: set[str]) -> str:
    """Spoil the first row that fits and was not used yet; returns the key where it shows."""
    table = tables[fault.table]
    kind = "kind" if fault.table == "published_value" else "decision"
    # deaths are left alone: their rows are held to rules of their own
    fits = (table[kind] == fault.kind) & (table["indicator"] != "perinatale_sterfte")
    if fault.block is not None:
        fits &= (table["period_end"] > table["period_start"]) == fault.block
    if fault.table == INSIDE:
        fits &= table["numerator"].notna()
    at = next(n for n in table.index[fits] if _key(table.loc[n]) not in used)
    row = table.loc[at]
    used.add(_key(row))
    if fault.twice:
        tables[fault.table] = pd.concat([table, table.loc[[at]]], ignore_index=True)
        return _key(row)
    values = fault.values if isinstance(fault.values, dict) else fault.values(row)
    for name, value in values.items():
        table.loc[at, name] = value
    return _key(table.loc[at])


def _judged(tables: Tables, catalog: Catalog) -> dict[str, tuple[str, set[str]]]:
    results = judge_curated(tables, FILE, catalog)
    return {result.id: (result.outcome, set(result.keys)) for result in results}


def test_every_rule_has_its_fault_and_its_helper() -> None:
    assert {rule["meta"]["id"] for rule in RULES} == set(FAULTS)
    named = {name for rule in RULES for name in columns_of(rule) if name.startswith("_")}
    assert named == set(HELPERS)
    # our own fault stops the edition, always
    assert {(rule["severity"], rule["meta"]["stops"]) for rule in RULES} == {
        ("critical", "delivery")
    }


def test_the_practice_edition_passes(good: Tables, catalog: Catalog) -> None:
    assert _judged(good, catalog) == dict.fromkeys(FAULTS, ("passed", set()))


def test_each_rule_finds_its_own_fault_and_no_other(good: Tables, catalog: Catalog) -> None:
    tables = {name: table.astype({c: "float64" for c in NUMBERS if c in table})
              for name, table in good.items()}  # fmt: skip
    expected: dict[str, set[str]] = {name: set() for name in FAULTS}
    used: set[str] = set()
    for name, fault in FAULTS.items():
        key = _spoil(tables, fault, used)
        for broken in {name, *fault.also}:
            expected[broken].add(key)
    assert _judged(tables, catalog) == {name: ("failed", keys) for name, keys in expected.items()}


def test_the_policy_of_each_source_counts(good: Tables, catalog: Catalog) -> None:
    strict = catalog.policies["rivm10"].model_copy(update={"id": "honderd", "minimum": 100})
    source = catalog.sources["oefen_perinataal"].model_copy(update={"policy": "honderd"})
    other = catalog.model_copy(
        update={
            "policies": {**catalog.policies, "honderd": strict},
            "sources": {**catalog.sources, source.id: source},
        }
    )
    outcomes = {name: outcome for name, (outcome, _) in _judged(good, other).items()}
    assert outcomes.pop("CUR-SAFE") == "failed"
    assert set(outcomes.values()) == {"passed"}


def test_a_rule_about_no_table_is_refused(good: Tables, catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "curated.yaml"
    text = FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("table: published_value", "table: publised_value", 1), "utf-8")
    with pytest.raises(CatalogError, match=r"CUR-KEY: meta\.table: one of published_value"):
        judge_curated(good, file, catalog)
