"""Gate 1, content: Great Expectations judges a conformed delivery by the suites on file.

A suite is YAML in Great Expectations' own keys. Great Expectations drops an unknown type or
severity in silence and lets an empty suite pass, so every rule is built and counted here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from perinatal.catalog import Source, read_yaml
from perinatal.catalog.models import Column
from perinatal.errors import CatalogError
from perinatal.ingest.conform import FITS, KEY, KNOWN

# read by Great Expectations when it is imported, which happens inside the functions below
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

Outcome = Literal["passed", "failed", "broken"]
_FIELDS = {"type", "kwargs", "severity", "description", "meta"}
_BETWEEN = "expect_column_values_to_be_between"
_SEVERITIES = {"critical", "warning"}


@dataclass(frozen=True)
class RuleResult:
    """What one rule said. ``keys`` are keys of failing rows, never values."""

    id: str
    description: str
    severity: str
    outcome: Outcome
    rows: int
    keys: tuple[str, ...]


def load_suite(file: Path) -> list[dict[str, Any]]:
    """Rules of one suite, checked for the fields that Great Expectations would not miss.

    Raises:
        CatalogError: with all faults of the file.
    """
    content = read_yaml(file)
    rules = content.get("rules") if isinstance(content, dict) else None
    if not isinstance(rules, list) or not rules:
        raise CatalogError([f"{file.name}: rules: an empty suite passes everything."])
    faults, seen = [], set()
    for number, rule in enumerate(rules, start=1):
        place = f"{file.name}: rule {number}"
        if not isinstance(rule, dict) or set(rule) != _FIELDS:
            faults.append(f"{place}: needs exactly {', '.join(sorted(_FIELDS))}.")
            continue
        wrong = [n for n in ("kwargs", "meta") if not isinstance(rule[n], dict)]
        if wrong:
            faults.append(f"{place}: {', '.join(wrong)}: needs names with values.")
            continue
        if rule["severity"] not in _SEVERITIES:
            faults.append(f"{place}: severity: one of {', '.join(sorted(_SEVERITIES))}.")
        identifier = rule["meta"].get("id")
        if not identifier or not rule["meta"].get("reason"):
            faults.append(f"{place}: meta: needs 'id' and 'reason'.")
        elif identifier in seen:
            faults.append(f"{place}: meta.id: '{identifier}' stands twice.")
        seen.add(identifier)
    if faults:
        raise CatalogError(faults)
    return rules


def build_expectations(rules: list[dict[str, Any]], file: str, parameters: dict[str, int]) -> Any:
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
        try:
            expectation = ExpectationConfiguration(**{**rule, "kwargs": kwargs}).to_domain_obj()
        except Exception as error:  # the library raises many kinds here
            faults.append(
                f"{file}: {rule['meta']['id']}: {type(error).__name__}: unknown type or argument."
            )
            continue
        unknown = set(kwargs) - set(
            type(expectation).model_fields
            if hasattr(type(expectation), "model_fields")
            else type(expectation).__fields__
        )
        if unknown:
            faults.append(f"{file}: {rule['meta']['id']}: unknown argument {sorted(unknown)}.")
        built.append(expectation)
    if faults:
        raise CatalogError(faults)
    return built


@contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def contract_rules(source: Source, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules for the bounds of the contract that no rule of the suite holds already."""

    def held(column: Column) -> bool:
        return any(
            rule["type"] == _BETWEEN
            and rule["severity"] == "critical"
            and rule["kwargs"].get("column") == column.name
            and (column.minimum is None or rule["kwargs"].get("min_value", -inf) >= column.minimum)
            and (column.maximum is None or rule["kwargs"].get("max_value", inf) <= column.maximum)
            for rule in rules
        )

    return _built_in(source, rules) + [
        {
            "type": _BETWEEN,
            "kwargs": {
                "column": column.name, "min_value": column.minimum, "max_value": column.maximum,
            },
            "severity": "critical",
            "description": f"'{column.name}' ligt binnen de grenzen van het contract.",
            "meta": {"id": f"CONTRACT-{column.name.upper()}", "reason": f"{source.id}.yaml"},
        }
        for column in source.columns
        if (column.minimum is not None or column.maximum is not None) and not held(column)
    ]  # fmt: skip


def _built_in(source: Source, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Key, regions and levels: without them a row would be lost or counted in no place."""

    def lacking(type_: str, **kwargs: object) -> bool:
        return not any(
            rule["type"] == type_
            and rule["severity"] == "critical"
            and all(rule["kwargs"].get(name) == value for name, value in kwargs.items())
            for rule in rules
        )

    unique, in_set = "expect_compound_columns_to_be_unique", "expect_column_values_to_be_in_set"
    key = list(source.key)
    wanted: list[tuple[str, str, dict[str, Any], str]] = [
        ("KEY", unique, {"column_list": key}, f"Elke combinatie van {' en '.join(key)} komt één "
         "keer voor."),
        ("REGION", in_set, {"column": KNOWN, "value_set": [True]}, "Elke regiocode bestaat in het "
         "grensjaar van het contract."),
        ("LEVEL", in_set, {"column": FITS, "value_set": [True]}, "Het niveau past bij de "
         "regiocode."),
    ]  # fmt: skip
    if len(key) == 1:
        unique = "expect_column_values_to_be_unique"
        wanted[0] = ("KEY", unique, {"column": key[0]}, f"Elke {key[0]} komt één keer voor.")
    return [
        {
            "type": type_,
            "kwargs": kwargs,
            "severity": "critical",
            "description": description,
            "meta": {"id": f"CONTRACT-{name}", "reason": f"{source.id}.yaml"},
        }
        for name, type_, kwargs, description in wanted
        if lacking(type_, **kwargs)
    ]


def judge(
    frame: pd.DataFrame,
    suite_file: Path,
    parameters: dict[str, int] | None = None,
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
        rules += [r for r in contract_rules(source, rules) if r["kwargs"]["column"] in frame]
    with _quiet():
        import great_expectations as gx

        expectations = build_expectations(rules, suite_file.name, parameters or {})
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        batch = (
            context.data_sources.add_pandas("delivery")
            .add_dataframe_asset("rows")
            .add_batch_definition_whole_dataframe("all")
            .get_batch(batch_parameters={"dataframe": frame})
        )
        results = []
        for rule, expectation in zip(rules, expectations, strict=True):
            result = batch.validate(
                expectation,
                result_format={
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": [KEY],
                    "exclude_unexpected_values": True,
                },
            )
            results.append(_result(rule, result))
    return results


def _result(rule: dict[str, Any], result: Any) -> RuleResult:
    details = result.result or {}
    keys: list[str] = []
    for entry in details.get("unexpected_index_list") or []:
        # without the values Great Expectations gives one entry that holds a list of keys
        found = entry.get(KEY, [])
        keys.extend(map(str, found if isinstance(found, list) else [found]))
    outcome: Outcome = "passed" if result.success else "failed"
    info = result.exception_info or {}
    raised = info.get("raised_exception") or any(
        isinstance(value, dict) and value.get("raised_exception") for value in info.values()
    )
    if not result.success and raised:
        outcome = "broken"
    return RuleResult(
        id=rule["meta"]["id"],
        description=rule["description"],
        severity=rule["severity"],
        outcome=outcome,
        rows=int(details.get("unexpected_count") or (0 if result.success else 1)),
        keys=tuple(sorted(set(keys))),
    )
