"""What every contract promises, whatever its suite holds: ``expectations/contract.yaml``.

These rules look at the observations, so they need no column names; they run once the suite has
passed, and cannot be forgotten by whoever writes one.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perinatal.catalog import Source
from perinatal.errors import CatalogError
from perinatal.ingest import helpers_cells as cells
from perinatal.ingest import helpers_change as change
from perinatal.ingest import helpers_sums as together
from perinatal.ingest.helpers import Column, Grid, Yardstick, grid
from perinatal.ingest.quality import run
from perinatal.ingest.suites import Cell, Judged, Rule, RuleResult, columns_of, load_suite
from perinatal.settings import default_expectations_dir

CONTRACT_SUITE = "contract.yaml"
HELPERS: dict[str, Callable[[Grid, Mapping[str, float]], Column | None]] = {
    "_figure": cells.one_row_each,
    "value": cells.value,
    "period_end": cells.year,
    "_reference_there": cells.reference_there,
    "_reference_figure": cells.reference_figure,
    "_ratio_fits": cells.ratio_fits,
    "_parts_within": together.parts_within,
    "_rest_fits": together.rest_fits,
    "_left_over": together.left_over,
    "_definition_fits": together.definition_fits,
    "_union_fits": together.union_fits,
    "_zero_is_none": together.zero_is_none,
    "_parent_there": cells.parent_there,
    "_rounded": cells.rounded,
    "_share_follows": cells.share_follows,
    "_highest_share": cells.highest_share,
    "_scale": change.scale,
    "_whole_there": change.whole_there,
    "_cell_there": change.cell_there,
    "_filled_again": change.filled_again,
    "_change": change.change,
    "_change_small": change.change_small,
    "_births_gap": cells.births_gap,
    "_births_gap_region": cells.births_gap_region,
    "_same_share": change.same_share,
    "_shifted_row": change.shifted_row,
    "_shifted_column": change.shifted_column,
    "_figure_moved": change.figure_moved,
    "_figure_jumped": change.figure_jumped,
    "_months_old": cells.months_old,
    "_provisional_last": cells.provisional_last,
    "_unknown_share": cells.unknown_share,
    "_missing_share": cells.missing_share,
}
"""Helper column of a rule -> what calculates it; a rule on another column could never run."""


def contract_file(folder: Path | None = None) -> Path:
    """The suite of every contract: the folder's own, or the one that comes with the project."""
    own = folder / CONTRACT_SUITE if folder is not None else None
    return own if own is not None and own.is_file() else default_expectations_dir() / CONTRACT_SUITE


def promises(
    source: Source,
    rows: pd.DataFrame,
    speaking: pd.DataFrame,
    suite_file: Path | None = None,
    *,
    moment: datetime | None = None,
    beside: pd.DataFrame | None = None,
    unions: Mapping[str, tuple[str, str]] | None = None,
) -> list[RuleResult]:
    """Judge the observations of a delivery by its contract and by what speaks now.

    Args:
        rows: observations of the new delivery.
        speaking: observations of the same source that speak now; may be empty.
        suite_file: the suite of every contract; by default the project's own.
        moment: of judging; without it no rule asks how old a figure is.
        beside: observations of the source that the contract names as the yardstick for births.
        unions: indicator -> the two of which it is the union.

    Returns:
        One result per rule that has something to judge, with keys such as '2021 GM9901 geboorten';
        never a value.

    Raises:
        CatalogError: the suite, or what the contract changes in it, is wrong.
    """
    file = suite_file or contract_file()
    rules = changed(load_suite(file), source)
    laid = grid(source, rows, speaking, moment, _yardstick(rules, source, beside), unions)
    laid = _without_hidden(laid, rules)

    def judged(rule: Rule) -> Judged | None:
        column = helper(laid, rule)
        if column is None or not len(column.values):
            return None

        def keys(positions: NDArray[np.int64]) -> list[str]:
            return laid.keys(column, positions)

        def touched(positions: NDArray[np.int64]) -> list[Cell]:
            return laid.cells(column, positions)

        return Judged(pd.DataFrame({column.name: column.values}), keys, touched)

    parameters = {} if moment is None else {"this_year": moment.year}
    return run(rules, judged, file.name, parameters, source)


def _without_hidden(laid: Grid, rules: list[Rule]) -> Grid:
    """Zeros that are hidden counts are known before any sum is judged, so that none is blamed."""
    for rule in rules:
        if columns_of(rule) == ["_zero_is_none"] and len(laid.row_cell):
            hidden = together.hidden_as_zero(laid, rule["meta"]["tolerance"])
            return dataclasses.replace(laid, hidden=hidden)
    return laid


def helper(laid: Grid, rule: Rule) -> Column | None:
    """The helper column that a rule judges; None where it has nothing to judge."""
    (name,) = columns_of(rule)
    if not len(laid.row_cell):
        return None
    return HELPERS[name](laid, rule["meta"].get("tolerance", {}))


def _yardstick(rules: list[Rule], source: Source, beside: pd.DataFrame | None) -> Yardstick:
    told: dict[str, Any] = next((r["meta"]["yardstick"] for r in rules if "yardstick" in r["meta"]),
                                {})  # fmt: skip
    regions = None
    if beside is not None and source.births is not None:
        regions = beside[beside["variable"] == source.births.yardstick_variable]
    return Yardstick(told.get("region", ""), told.get("years", {}), regions)


def changed(rules: list[Rule], source: Source) -> list[Rule]:
    """The rules as they hold for one source: some skipped, some with its own tolerance.

    Raises:
        CatalogError: the contract changes a rule or a tolerance that does not exist, or skips one
            that always holds.
    """
    faults = list(change_faults(rules, source))
    if faults:
        raise CatalogError(faults)
    found = []
    for rule in rules:
        own = source.rules.get(rule["meta"]["id"])
        if own is not None and own.skip is not None:
            continue
        rule = copy.deepcopy(rule)
        if own is not None:
            for name, number in own.tolerance.items():
                place = rule["meta"].get("tolerance", {})
                (place if name in place else rule["kwargs"])[name] = number
            rule["meta"]["known"] = {**rule["meta"].get("known", {}), **own.known}
        found.append(rule)
    return found


def change_faults(rules: list[Rule], source: Source) -> Iterator[str]:
    """What a contract says to the rules in vain: names that do not exist, rules that always hold.

    In silence such a name would leave a rule with nothing to judge.
    """
    variables = {measure.variable for measure in source.measures}
    named = [("births", source.births.variable)] if source.births else []
    named += [("unknowns", name) for pair in source.unknowns.items() for name in pair]
    named += [("rounding", name) for rounding in source.rounding for name in rounding.variables]
    for share in source.shares:
        named += [("shares", n) for n in (share.share, share.numerator, share.denominator)]
    for field, name in named:
        if name not in variables:
            yield f"{source.id}.yaml: {field}: no measure gives variable '{name}'."
    known = {rule["meta"]["id"]: rule for rule in rules}
    for name, own in source.rules.items():
        place = f"{source.id}.yaml: rules.{name}"
        if name not in known:
            yield f"{place}: no such rule in {CONTRACT_SUITE}."
            continue
        rule = known[name]
        if own.skip is not None and rule["meta"].get("always"):
            yield f"{place}: skip: this rule always holds."
        numbers = {n for n, v in rule["kwargs"].items()
                   if isinstance(v, (int, float)) and not isinstance(v, bool)}  # fmt: skip
        for wrong in sorted(set(own.tolerance) - numbers - set(rule["meta"].get("tolerance", {}))):
            yield f"{place}: tolerance: the rule has no '{wrong}'."
