"""The publication plan: what may appear is fixed on births, before any outcome is seen."""

from __future__ import annotations

import pandas as pd

from perinatal.catalog import Indicator, Plan


def blocks(years: list[int], plan: Plan) -> list[tuple[int, int]]:
    """Fixed blocks of years that a source covers whole; blocks never roll and never overlap.

    Args:
        years: the single years delivered, in any order.
    """
    have = set(years)
    found = []
    for first in range(plan.block_anchor, max(have, default=0) + 1, plan.block_years):
        last = first + plan.block_years - 1
        if have.issuperset(range(first, last + 1)):
            found.append((first, last))
    return found


def planned(cells: pd.DataFrame, indicator: Indicator, plan: Plan, pooled: bool) -> pd.Series[bool]:
    """Which cells of one series may appear at all, judged on births and the reference only.

    Args:
        cells: one row per region and period with ``level``, ``region``, ``period_start``,
            ``period_end``, ``expected`` (births x reference of the indicator itself) and
            ``expected_anchor`` (births x reference of the plan's anchor indicator).
        pooled: the source delivers one period of several years and no single years.

    Returns:
        Boolean series on the index of ``cells``. The outcome columns are never looked at.
    """
    block = (cells["period_end"] > cells["period_start"]) | pooled
    wijk = cells["level"] == "wijk"
    single_area = ~wijk
    if indicator.sensitive:
        return block & single_area & (cells["expected"] >= plan.expected_mortality)
    # an area is in for all its blocks or for none, so that editions keep the same areas
    area_least = cells["expected_anchor"].where(block).groupby(cells["region"]).transform("min")
    year_least = cells["expected"].where(~block).groupby(cells["region"]).transform("min")
    in_area = wijk & block & (area_least >= plan.expected_area)
    in_year = single_area & ~block & (year_least >= plan.expected_year)
    in_block = single_area & block & (cells["expected"] >= plan.expected_area)
    levels = set(indicator.levels)
    allowed = cells["level"].map(
        lambda level: "wijk" in levels if level == "wijk" else "municipality" in levels
    )
    result = (in_area | in_year | in_block) & allowed
    if indicator.beside_parts_from is not None:
        result &= cells["births"] >= indicator.beside_parts_from
    return result
