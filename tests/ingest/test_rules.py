"""Every rule of every source's suite: one frame on which it passes, one fault on which it fails.

The faults of a suite stand on rows of their own in one frame. So a rule has to find its own fault,
and no other rule may see anything there, but for those that a fault breaks by necessity (``also``).
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from perinatal.catalog import Catalog, Source
from perinatal.ingest.conform import conform
from perinatal.ingest.helpers_delivered import contract_rules
from perinatal.ingest.quality import judge
from perinatal.ingest.rules_page import page
from perinatal.ingest.suites import Part, RuleResult, load_suite, stops_of
from perinatal.settings import Settings
from perinatal.store import deliveries, open_store

if TYPE_CHECKING:
    from tests.conftest import Practice

pytestmark = pytest.mark.xdist_group("gx")

SUITES = Settings().expectations_dir
Spoil = Callable[[pd.DataFrame, int], None]
WITHOUT_ROWS = {"contract", "curated"}
"""Suites of other frames: tests/ingest/test_rules_contract.py and test_rules_curated.py."""


@dataclass(frozen=True)
class Fault:
    """One fault on one row (``spoil``), or on the whole frame (``whole``)."""

    spoil: Spoil | None = None
    also: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    """Columns that are filled in on the row that is spoiled."""
    whole: Callable[[pd.DataFrame], pd.DataFrame] | None = None


def put(column: str, value: object, *also: str) -> Fault:
    def spoil(frame: pd.DataFrame, at: int) -> None:
        frame.loc[at, column] = value

    return Fault(spoil, frozenset(also), (column,))


def above(part: str, whole: str, *also: str) -> Fault:
    def spoil(frame: pd.DataFrame, at: int) -> None:
        frame.loc[at, part] = frame.loc[at, whole] + 1

    return Fault(spoil, frozenset(also), (part, whole))


def twin(*key: str) -> Fault:
    """Gives the row and the one after it the same key."""

    def spoil(frame: pd.DataFrame, at: int) -> None:
        columns = [*key, "_key"]
        frame.loc[at + 1, columns] = frame.loc[at, columns]

    return Fault(spoil)


def whole(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Fault:
    return Fault(whole=change)


def smaller(column: str) -> Fault:
    return whole(lambda frame: frame.assign(**{column: frame[column] / 100}))


COUNTS = ("te_vroeg", "te_licht", "onder_2500_gram", "te_vroeg_of_te_licht", "overleden_24w_7d",
          "overleden_24w_28d", "zwangeren", "start_na_10_weken", "zwangeren_eerstelijn",
          "start_na_10_weken_eerstelijn")  # fmt: skip
KANSENKLOOF = {
    "KEY": twin("regiocode", "indicator"),
    "REGION": put("_region_known", False),
    "LEVEL": put("_level_fits", False),
    "FILLED-1": put("noemer", np.nan),
    "SET": put("indicator", "iets_anders"),
    "RANGE-2": put("noemer", 249.0),
    "COVER": whole(lambda frame: frame.head(200)),
}
FAULTS: dict[str, dict[str, Fault]] = {
    "oefen_perinataal": {
        "OEF-KEY": twin("jaar", "regiocode"),
        "OEF-REGION": put("_region_known", False),
        "OEF-LEVEL": put("_level_fits", False),
        "OEF-COMPLETE": whole(lambda frame: frame.iloc[:-1]),
        "OEF-FILLED-1": put("geboorten", np.nan),
        "OEF-FILLED-2": put("te_vroeg", np.nan),
        "OEF-FILLED-3": put("te_licht", np.nan),
        "OEF-RANGE-1": put("geboorten", -1.0, "OEF-PART-1", "OEF-PART-2", "OEF-PART-3",
                           "OEF-PART-4", "OEF-PART-8"),
        "OEF-RANGE-2": put("te_vroeg", -1.0),
        "OEF-RANGE-3": put("te_licht", -1.0),
        "OEF-RANGE-4": put("onder_2500_gram", -1.0),
        "OEF-RANGE-5": put("te_vroeg_of_te_licht", -1.0, "OEF-PART-5", "OEF-PART-6"),
        "OEF-RANGE-6": put("overleden_24w_7d", -1.0),
        "OEF-RANGE-7": put("overleden_24w_28d", -1.0, "OEF-PART-7"),
        "OEF-RANGE-8": put("zwangeren", -1.0, "OEF-PART-9"),
        "OEF-RANGE-9": put("start_na_10_weken", -1.0),
        "OEF-RANGE-10": put("zwangeren_eerstelijn", -1.0, "OEF-PART-10"),
        "OEF-RANGE-11": put("start_na_10_weken_eerstelijn", -1.0),
        "OEF-RANGE-12": put("welvaart", 101.0),
        "OEF-PART-1": above("te_vroeg", "geboorten", "OEF-PART-5"),
        "OEF-PART-2": above("te_licht", "geboorten", "OEF-PART-6"),
        "OEF-PART-3": above("onder_2500_gram", "geboorten"),
        "OEF-PART-4": above("te_vroeg_of_te_licht", "geboorten"),
        "OEF-PART-5": above("te_vroeg", "te_vroeg_of_te_licht"),
        "OEF-PART-6": above("te_licht", "te_vroeg_of_te_licht"),
        "OEF-PART-7": above("overleden_24w_7d", "overleden_24w_28d"),
        "OEF-PART-8": above("overleden_24w_28d", "geboorten"),
        "OEF-PART-9": above("start_na_10_weken", "zwangeren"),
        "OEF-PART-10": above("start_na_10_weken_eerstelijn", "zwangeren_eerstelijn"),
        "CONTRACT-JAAR": put("jaar", 1899.0),
    },
    "kansenkloof_totalen": {
        **{f"KKT-{name}": fault for name, fault in KANSENKLOOF.items()},
        "KKT-FILLED-2": put("percentage", np.nan),
        "KKT-RANGE-1": put("percentage", 100.01),
        "KKT-FRACTION": smaller("percentage"),
    },
    "kansenkloof_sterfte": {
        **{f"KKS-{name}": fault for name, fault in KANSENKLOOF.items()},
        "KKS-FILLED-2": put("promille", np.nan),
        "KKS-RANGE-1": put("promille", 50.1),
        "KKS-FRACTION": smaller("promille"),
    },
    "landelijk_gepubliceerd": {
        "NLG-KEY": twin("reeks", "regiocode", "jaar"),
        "NLG-REGION": put("_region_known", False),
        "NLG-LEVEL": put("_level_fits", False),
        "NLG-SERIES": put("reeks", "iets_anders"),
        "NLG-STATUS": put("status", "misschien"),
        "NLG-FILLED-1": put("status", None),
        "NLG-FILLED-2": put("bron", None),
        "NLG-FILLED-3": put("adres", None),
        "NLG-RANGE-1": put("waarde", 100.5),
        "CONTRACT-JAAR": put("jaar", 1899.0),
    },
}  # fmt: skip


def _rows(size: int, **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"_line": range(2, size + 2), **columns, "_region_known": True,
                          "_level_fits": True})  # fmt: skip
    return frame.assign(_key=[f"rij {n}" for n in frame["_line"]])


def _kansenkloof(size: int, share: str, words: list[str], top: float) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    return _rows(
        size, regiocode=[f"GM{n // len(words):04d}" for n in range(size)],
        indicator=np.resize(words, size), noemer=rng.integers(250, 9_000, size).astype(float),
        niveau="gemeente", _level="municipality",
        **{share: np.round(rng.uniform(3, top, size), 1)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def practice_rows(
    practice_data: Practice, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> pd.DataFrame:
    # the shared store is for reading; opening it would lock out the other process of the run
    own = tmp_path_factory.mktemp("store") / "copy.duckdb"
    shutil.copyfile(practice_data.settings.store_file, own)
    with open_store(own) as store:
        known = deliveries.region_codes(store, practice_data.settings.clock(), 2022)
    source = catalog.sources["oefen_perinataal"]
    return conform(practice_data.figures, source, known).judged


@pytest.fixture
def good(request: pytest.FixtureRequest, suite: str) -> pd.DataFrame:
    if suite == "oefen_perinataal":
        frame: pd.DataFrame = request.getfixturevalue("practice_rows")
        return frame.copy()
    if suite == "kansenkloof_totalen":
        return _kansenkloof(3_000, "percentage", ["vroeggeboorte", "sga"], 15)
    if suite == "kansenkloof_sterfte":
        words = ["perinatale_sterfte_24w_7d", "neonatale_sterfte_24w_28d"]
        return _kansenkloof(400, "promille", words, 9)
    return _rows(
        40, reeks="sga_24w", regiocode="NL01", jaar=np.arange(1991.0, 2031.0), waarde=9.7,
        status="ok", bron="VZinfo", adres="vzinfo.nl", _level="country",
    )  # fmt: skip


def _judge(frame: pd.DataFrame, rows: int, source: Source) -> dict[str, RuleResult]:
    results = judge(frame, SUITES / f"{source.id}.yaml", {"rows_expected": rows}, source)
    return {result.id: result for result in results}


def _rules(suite: str, catalog: Catalog) -> set[str]:
    rules = load_suite(SUITES / f"{suite}.yaml")
    return {r["meta"]["id"] for r in [*rules, *contract_rules(catalog.sources[suite], rules)]}


def test_every_file_has_its_frames() -> None:
    assert {file.stem for file in SUITES.glob("*.yaml")} == set(FAULTS) | WITHOUT_ROWS


@pytest.mark.parametrize("suite", FAULTS)
def test_every_rule_has_its_fault(suite: str, catalog: Catalog) -> None:
    assert set(FAULTS[suite]) == _rules(suite, catalog)


@pytest.mark.parametrize("suite", FAULTS)
def test_all_rules_pass_on_the_good_frame(suite: str, good: pd.DataFrame, catalog: Catalog) -> None:
    results = _judge(good, len(good), catalog.sources[suite])
    assert {name: r.outcome for name, r in results.items()} == dict.fromkeys(
        FAULTS[suite], "passed"
    )
    assert all(not r.keys and not r.parts and r.rows == 0 for r in results.values())


@pytest.mark.parametrize("suite", FAULTS)
def test_each_rule_finds_its_own_fault_and_no_other(
    suite: str, good: pd.DataFrame, catalog: Catalog
) -> None:
    spoiled = good.astype({"_region_known": object, "_level_fits": object})
    expected: dict[str, set[str]] = {name: set() for name in FAULTS[suite]}
    free = list(range(2, len(good) - 2))
    for name, fault in FAULTS[suite].items():
        if fault.spoil is None:
            continue
        at = next(n for n in free if good.loc[n, list(fault.needs)].notna().all())
        free = [n for n in free if n not in (at, at + 1)]
        fault.spoil(spoiled, at)
        for broken in {name, *fault.also}:
            expected[broken].add(str(good.loc[at, "_key"]))
    results = _judge(spoiled, len(good), catalog.sources[suite])
    assert {name: set(r.keys) for name, r in results.items()} == expected
    outcomes = {name: r.outcome for name, r in results.items()}
    assert outcomes == {name: "failed" if keys else "passed" for name, keys in expected.items()}


@pytest.mark.parametrize(
    ("suite", "rule"),
    [(suite, rule) for suite, faults in FAULTS.items() for rule, f in faults.items() if f.whole],
)
def test_a_fault_of_the_whole_file(
    suite: str, rule: str, good: pd.DataFrame, catalog: Catalog
) -> None:
    change = FAULTS[suite][rule].whole
    assert change is not None
    results = _judge(change(good), len(good), catalog.sources[suite])
    assert {name for name, r in results.items() if r.outcome != "passed"} == {rule}
    assert results[rule].stops == "delivery"


@pytest.mark.parametrize("suite", ["oefen_perinataal"])
def test_a_failed_rule_says_what_it_touches(
    suite: str, good: pd.DataFrame, catalog: Catalog
) -> None:
    source = catalog.sources[suite]
    good.loc[5, "te_vroeg_of_te_licht"] = -1.0
    good.loc[6, "_region_known"] = False
    results = _judge(good, len(good), source)
    region, year = str(good.loc[5, "regiocode"]), int(good.loc[5, "jaar"])
    assert results["OEF-RANGE-5"].stops == "part"
    assert results["OEF-RANGE-5"].parts == (Part("big2", region, year, year),)
    # a rule about two columns touches what comes from either
    assert {p.variable for p in results["OEF-PART-5"].parts} == {"big2", "te_vroeg"}
    # the row of an unknown region is nowhere: all its variables wait, and the delivery with it
    other = Part("*", str(good.loc[6, "regiocode"]), int(good.loc[6, "jaar"]), year)
    assert results["OEF-REGION"].parts == (other,)
    assert results["OEF-REGION"].stops == "delivery"


@pytest.mark.parametrize("suite", ["kansenkloof_totalen"])
def test_a_row_of_one_subject_touches_only_that_subject(
    suite: str, good: pd.DataFrame, catalog: Catalog
) -> None:
    good.loc[3, "percentage"] = 130.0
    good.loc[4, "_level_fits"] = False
    results = _judge(good, len(good), catalog.sources[suite])
    assert results["KKT-RANGE-1"].parts == (Part("licht", "GM0001", 2008, 2016),)
    assert {p.variable for p in results["KKT-LEVEL"].parts} == {"vroeg", "levend_vroeg"}


@pytest.mark.parametrize(
    ("type_", "kwargs", "stops"),
    [
        ("expect_column_values_to_be_between", {"column": "geboorten"}, "part"),
        ("expect_column_values_to_be_between", {"column": "geboorten", "mostly": 0.9}, "delivery"),
        ("expect_column_values_to_be_between", {"column": "jaar"}, "delivery"),
        ("expect_column_values_to_be_in_set", {"column": "_region_known"}, "delivery"),
        ("expect_column_values_to_be_unique", {"column": "geboorten"}, "delivery"),
        ("expect_column_max_to_be_between", {"column": "geboorten"}, "delivery"),
        ("expect_table_row_count_to_equal", {"value": 3}, "delivery"),
    ],
)
def test_what_waits_when_the_file_does_not_say(
    type_: str, kwargs: dict[str, Any], stops: str, catalog: Catalog
) -> None:
    rule = {"type": type_, "kwargs": kwargs, "meta": {}}
    assert stops_of(rule, catalog.sources["oefen_perinataal"]) == stops
    assert stops_of({**rule, "meta": {"stops": "part"}}) == "part"


@pytest.mark.parametrize("suite", ["landelijk_gepubliceerd"])
def test_known_offenders_are_left_out_and_counted(
    suite: str, good: pd.DataFrame, catalog: Catalog, tmp_path: Path
) -> None:
    text = (SUITES / f"{suite}.yaml").read_text(encoding="utf-8")
    file = tmp_path / f"{suite}.yaml"
    known = "    reason: een percentage boven de 100 bestaat niet\n"
    assert known in text
    file.write_text(text.replace(known, f"{known}    known: {{rij 4: zo gedrukt}}\n"))
    good.loc[good["_key"].isin(["rij 4", "rij 5"]), "waarde"] = 101.0
    results = {r.id: r for r in judge(good, file, {}, catalog.sources[suite])}
    assert results["NLG-RANGE-1"].keys == ("rij 5",)
    assert (results["NLG-RANGE-1"].rows, results["NLG-RANGE-1"].known) == (1, 1)


@pytest.mark.parametrize("suite", ["landelijk_gepubliceerd"])
def test_a_rule_that_could_not_run_is_broken(
    suite: str, good: pd.DataFrame, catalog: Catalog
) -> None:
    outcomes = {r.id: r.outcome for r in judge(
        good.drop(columns="adres"), SUITES / f"{suite}.yaml", {}, catalog.sources[suite]
    )}  # fmt: skip
    assert outcomes.pop("NLG-FILLED-3") == "broken"
    assert set(outcomes.values()) == {"passed"}


def test_the_page_is_the_files(catalog: Catalog) -> None:
    """Renew with: python -m perinatal.ingest.rules_page > docs/quality-rules.md."""
    saved = Path(__file__).parents[2] / "docs" / "quality-rules.md"
    text = saved.read_text(encoding="utf-8")
    assert text == page(catalog, SUITES)
    for file in SUITES.glob("*.yaml"):
        assert all(f"`{rule['meta']['id']}`" in text for rule in load_suite(file))


def test_great_expectations_stays_silent(
    catalog: Catalog, practice_rows: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        _judge(practice_rows, len(practice_rows), catalog.sources["oefen_perinataal"])
    assert caplog.records == []
