"""Gate 1, content: Great Expectations judges a delivery by the suites on file."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perinatal.catalog import Source
from perinatal.errors import CatalogError
from perinatal.ingest.helpers_delivered import contract_rules, row_keys, row_parts
from perinatal.ingest.suites import (
    Cell,
    Judged,
    Outcome,
    Part,
    Rule,
    RuleResult,
    Stops,
    columns_of,
    happened,
    load_suite,
    stops_of,
)

# read by Great Expectations when it is imported, which happens inside the functions below
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

_LOG = logging.getLogger(__name__)
_WHOLE_TABLE = ("expect_table_column", "expect_column_to_exist")
_COMPARED = ("_unique", "_in_set", "_null")


def build_expectations(rules: list[Rule], file: str, parameters: Mapping[str, int]) -> list[Any]:
    """Great Expectations objects, one per rule, in order.

    Raises:
        CatalogError: a type or argument that Great Expectations does not know.
    """
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    built, faults = [], []
    for rule in rules:
        kwargs = {
            name: parameters.get(value["$PARAMETER"], value)
            if isinstance(value, dict) and "$PARAMETER" in value
            else value
            for name, value in rule["kwargs"].items()
        }
        identifier = rule["meta"]["id"]
        try:
            expectation = ExpectationConfiguration(
                **{**rule, "kwargs": kwargs, "meta": {"id": identifier}}
            ).to_domain_obj()
        except Exception as error:  # the library raises many kinds here
            kind = type(error).__name__
            faults.append(f"{file}: {identifier}: {kind}: unknown type or argument.")
            continue
        own = type(expectation)
        known = own.model_fields if hasattr(own, "model_fields") else own.__fields__
        unknown = set(kwargs) - set(known)
        if unknown:
            faults.append(f"{file}: {identifier}: unknown argument {sorted(unknown)}.")
        built.append(expectation)
    if faults:
        raise CatalogError(faults)
    return built


def judge(
    frame: pd.DataFrame,
    suite_file: Path,
    parameters: Mapping[str, int] | None = None,
    source: Source | None = None,
) -> list[RuleResult]:
    """Judge a conformed frame (with its ``_key`` column) by a suite.

    Args:
        source: its contract, whose bounds hold even when the suite forgot them.

    Three outcomes: passed, failed, and broken (the rule could not run, which is never a fault of
    the data).

    Raises:
        CatalogError: the suite itself is wrong.
    """
    rules = load_suite(suite_file)
    if source is not None:
        rules += [r for r in contract_rules(source, rules) if set(columns_of(r)) <= set(frame)]
    compared = _as_categories(frame, rules)

    def judged(rule: Rule) -> Judged:
        def cells(positions: NDArray[np.int64]) -> list[Cell]:
            failing = frame.iloc[positions]
            return [] if source is None else row_parts(failing, set(columns_of(rule)), source)

        rows = compared if rule["type"].endswith(_COMPARED) else frame
        return Judged(rows, lambda positions: row_keys(frame, positions), cells)

    return run(rules, judged, suite_file.name, parameters or {}, source)


def _as_categories(frame: pd.DataFrame, rules: list[Rule]) -> pd.DataFrame:
    """Texts that rules only compare, as categories: ten times faster."""
    names = {n for rule in rules if rule["type"].endswith(_COMPARED) for n in columns_of(rule)}
    texts = [n for n in frame if n in names and pd.api.types.is_string_dtype(frame[n])]
    return frame.astype(dict.fromkeys(texts, "category"))


@contextmanager
def quiet() -> Iterator[None]:
    """Great Expectations at work without its log lines, which can name values."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def run(
    rules: list[Rule],
    judged: Callable[[Rule], Judged | None],
    file: str,
    parameters: Mapping[str, int],
    source: Source | None = None,
) -> list[RuleResult]:
    """Let Great Expectations judge rule by rule, each on its own rows.

    Rules on rows of equal number that pass are found at once, in half the time; each of the
    others is then judged by itself.

    Args:
        judged: the rows of a rule; None when there is nothing to judge, and then the rule has no
            result. Where it raises, the rule is broken.

    Raises:
        CatalogError: a rule that Great Expectations does not know.
    """
    with quiet():
        import great_expectations as gx

        expectations = build_expectations(rules, file, parameters)
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        batches = (
            context.data_sources.add_pandas("delivery")
            .add_dataframe_asset("rows")
            .add_batch_definition_whole_dataframe("all")
        )
        known_good = _pass_together(rules, expectations, judged, batches)
        results = []
        for rule, expectation in zip(rules, expectations, strict=True):
            stops = stops_of(rule, source)
            if rule["meta"]["id"] in known_good:
                results.append(_result(rule, "passed", stops))
                continue
            try:
                rows = judged(rule)
            except Exception:  # whatever went wrong: the rule could not run, the data may be good
                _LOG.exception("%s could not run", rule["meta"]["id"])
                results.append(_result(rule, "broken", stops))
                continue
            if rows is not None:
                results.append(_validate(rule, expectation, rows, batches, stops))
    return results


@dataclass
class _Bench:
    """Frames of equal length without a name in common, and the rules that judge them."""

    frames: dict[int, pd.DataFrame] = field(default_factory=dict)
    members: list[tuple[Rule, Any]] = field(default_factory=list)

    def fits(self, frame: pd.DataFrame) -> bool:
        if id(frame) in self.frames:
            return True
        return all(len(own) == len(frame) and not set(own) & set(frame)
                   for own in self.frames.values())  # fmt: skip

    def together(self) -> pd.DataFrame:
        names = {name for rule, _ in self.members for name in columns_of(rule)}
        return pd.concat(
            [
                frame[[name for name in frame if name in names]].reset_index(drop=True)
                for frame in self.frames.values()
            ],
            axis=1,
        )


def _pass_together(
    rules: list[Rule],
    expectations: list[Any],
    judged: Callable[[Rule], Judged | None],
    batches: Any,
) -> set[str]:
    """Ids of the rules that pass on a frame that they share; nothing is said of the others."""
    from great_expectations.core import ExpectationSuite
    from great_expectations.validator.v1_validator import Validator

    shared: list[_Bench] = []
    for rule, expectation in zip(rules, expectations, strict=True):
        if rule["meta"].get("known") or _needs_all_columns(rule):
            continue
        with suppress(Exception):  # it is told when the rule is judged by itself
            rows = judged(rule)
            if rows is not None:
                bench = next((bench for bench in shared if bench.fits(rows.frame)), None)
                if bench is None:
                    shared.append(bench := _Bench())
                bench.frames[id(rows.frame)] = rows.frame
                bench.members.append((rule, expectation))
    good: set[str] = set()
    for bench in shared:
        with suppress(Exception):
            said = Validator(
                batch_definition=batches,
                batch_parameters={"dataframe": bench.together()},
                result_format={"result_format": "BOOLEAN_ONLY"},
            ).validate_expectation_suite(
                ExpectationSuite(name="together", expectations=[one for _, one in bench.members])
            )
            good |= {
                one.expectation_config.meta["id"]
                for one in said.results
                if one.success and one.expectation_config is not None
            }
    return good


def _validate(rule: Rule, expectation: Any, rows: Judged, batches: Any, stops: Stops) -> RuleResult:
    left_out = _known_rows(rule, rows)
    frame = _narrow(rule, rows.frame)
    frame = (frame[~left_out] if left_out.any() else frame).reset_index(drop=True)
    from great_expectations.validator.v1_validator import Validator

    def said_with(result_format: dict[str, Any]) -> Any:
        # what Batch.validate does, without hashing every frame once more: twice as fast
        return Validator(
            batch_definition=batches,
            batch_parameters={"dataframe": frame},
            result_format=result_format,
        ).validate_expectation(expectation)

    said = said_with({"result_format": "BOOLEAN_ONLY"})
    known = int(left_out.sum())
    if said.success:
        return _result(rule, "passed", stops, known=known)
    info = said.exception_info or {}
    if info.get("raised_exception") or any(
        isinstance(value, dict) and value.get("raised_exception") for value in info.values()
    ):
        return _result(rule, "broken", stops, known=known)
    # where it failed is asked of the few rules that did: for each of them it doubles the work.
    # Without named columns the failing rows come back as positions, and never as values.
    details = (
        said_with({"result_format": "COMPLETE", "exclude_unexpected_values": True}).result or {}
    )
    found = np.asarray(details.get("unexpected_index_list") or [], dtype=np.int64)
    positions = np.flatnonzero(~left_out)[found]
    return _result(
        rule, "failed", stops,
        rows=int(details.get("unexpected_count") or 1),
        keys=tuple(sorted(set(rows.keys(positions)))),
        parts=tuple(Part(*cell) for cell in sorted(set(rows.cells(positions)))),
        known=known,
    )  # fmt: skip


def _known_rows(rule: Rule, rows: Judged) -> NDArray[np.bool_]:
    """Rows of known offenders: '2021 GM9901' stands for all its variables."""
    known = rule["meta"].get("known")
    if not known:
        return np.zeros(len(rows.frame), dtype=bool)
    keys = rows.keys(np.arange(len(rows.frame)))
    starts = tuple(f"{key} " for key in known)
    return np.array([key in known or key.startswith(starts) for key in keys], dtype=bool)


def _narrow(rule: Rule, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that a rule needs: Great Expectations hashes and copies all that it is given."""
    if _needs_all_columns(rule):
        return frame
    return frame[[name for name in dict.fromkeys(columns_of(rule)) if name in frame]]


def _needs_all_columns(rule: Rule) -> bool:
    return rule["type"].startswith(_WHOLE_TABLE) or "row_condition" in rule["kwargs"]


def _result(
    rule: Rule,
    outcome: Outcome,
    stops: Stops,
    *,
    rows: int | None = None,
    keys: tuple[str, ...] = (),
    parts: tuple[Part, ...] = (),
    known: int = 0,
) -> RuleResult:
    return RuleResult(
        rule["meta"]["id"], rule["description"], rule["severity"], outcome,
        rows if rows is not None else int(outcome != "passed"), keys, stops, parts, known,
        happened(rule),
    )  # fmt: skip
