"""Parts of a delivery: which cells wait in quarantine while the rest speaks."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from perinatal.ingest.suites import RuleResult

CELL = ["variable", "region", "boundary_year", "period_start", "period_end"]
_MOST_IN_PARTS = 0.25
"""Share of the cells that may wait in parts: with more, such as two columns that changed places,
the last good delivery says more than what is left of the new one."""


def of_the_whole(
    results: list[RuleResult], gone: pd.DataFrame, rows: pd.DataFrame
) -> list[RuleResult]:
    """Rules about parts that together stop too much to speak of parts: they stop the delivery.

    What waits for a rule about whole levels is known exactly, so the rest is as good as it was.
    """
    whole = {result.id for result in results if result.stops == "level"}
    loose = gone[~gone["rule_id"].isin(list(whole))].drop_duplicates(CELL)
    if len(loose) <= _MOST_IN_PARTS * len(rows):
        return results
    return [replace(result, stops="delivery") for result in results]


def stopped(results: list[RuleResult], rows: pd.DataFrame) -> pd.DataFrame:
    """The observations that failed critical rules about parts touch; '*' is every variable."""
    parts = pd.DataFrame(
        [
            (result.id, part.variable, part.region, part.period_start, part.period_end)
            for result in results
            if (result.outcome, result.severity) == ("failed", "critical")
            and result.stops != "delivery"
            for part in result.parts
        ],
        columns=["rule_id", "variable", "region", "period_start", "period_end"],
    )
    if parts.empty:
        return pd.DataFrame(columns=["rule_id", *CELL])
    place = ["region", "period_start", "period_end"]
    every = parts["variable"] == "*"
    found = [
        rows.merge(parts[~every], on=["variable", *place]),
        rows.merge(parts[every].drop(columns="variable"), on=place),
    ]
    return pd.concat([frame[["rule_id", *CELL]] for frame in found]).drop_duplicates()


def without(rows: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """The observations without those cells."""
    if cells.empty:
        return rows
    out = pd.MultiIndex.from_frame(cells[CELL])
    return rows[~pd.MultiIndex.from_frame(rows[CELL]).isin(out)]
