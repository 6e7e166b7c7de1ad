"""The plan looks at births, never at outcomes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from perinatal.catalog import load_catalog
from perinatal.disclosure.plan import blocks, planned

CATALOG = load_catalog()


def _cells(**columns: list[object]) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    frame["births"] = frame["expected"] / 0.07
    return frame


def test_blocks_are_fixed_and_whole() -> None:
    assert blocks(list(range(2016, 2026)), CATALOG.plan) == [(2016, 2020), (2021, 2025)]
    assert blocks([2016, 2017, 2018, 2019, 2021], CATALOG.plan) == []
    assert blocks(list(range(2014, 2022)), CATALOG.plan) == [(2016, 2020)]


def test_an_area_is_in_for_all_its_blocks_or_for_none() -> None:
    cells = _cells(
        level=["wijk"] * 4,
        region=["a", "a", "b", "b"],
        period_start=[2016, 2021, 2016, 2021],
        period_end=[2020, 2025, 2020, 2025],
        expected=[25.0, 19.0, 20.0, 40.0],
        expected_anchor=[25.0, 19.0, 20.0, 40.0],
    )
    found = planned(cells, CATALOG.indicators["vroeggeboorte"], CATALOG.plan, pooled=False)
    assert found.tolist() == [False, False, True, True]


def test_single_years_are_for_a_municipality_with_enough_births_each_year() -> None:
    cells = _cells(
        level=["municipality", "municipality", "wijk"],
        region=["g", "g", "w"],
        period_start=[2020, 2021, 2021],
        period_end=[2020, 2021, 2021],
        expected=[21.0, 20.0, 50.0],
        expected_anchor=[21.0, 20.0, 50.0],
    )
    found = planned(cells, CATALOG.indicators["vroeggeboorte"], CATALOG.plan, pooled=False)
    assert found.tolist() == [True, True, False]


def test_mortality_is_never_for_a_wijk_or_a_single_year() -> None:
    cells = _cells(
        level=["wijk", "municipality", "municipality", "coalition"],
        region=["w", "g", "h", "c"],
        period_start=[2021, 2021, 2021, 2021],
        period_end=[2025, 2021, 2025, 2025],
        expected=[50.0, 50.0, 19.9, 20.0],
        expected_anchor=[500.0] * 4,
    )
    found = planned(cells, CATALOG.indicators["perinatale_sterfte"], CATALOG.plan, pooled=False)
    assert found.tolist() == [False, False, False, True]


def test_the_plan_does_not_see_outcomes() -> None:
    cells = _cells(
        level=["wijk"] * 3,
        region=["a", "b", "c"],
        period_start=[2021] * 3,
        period_end=[2025] * 3,
        expected=[25.0, 19.0, 30.0],
        expected_anchor=[25.0, 19.0, 30.0],
    )
    indicator = CATALOG.indicators["sga"]
    bare = planned(cells, indicator, CATALOG.plan, pooled=False)
    rng = np.random.default_rng(1)
    told = cells.assign(numerator=rng.integers(0, 50, 3), label="DUIDELIJK_HOGER")
    assert planned(told, indicator, CATALOG.plan, pooled=False).equals(bare)
