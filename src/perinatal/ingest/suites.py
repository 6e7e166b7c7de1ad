"""The rules on file: suites in Great Expectations' own keys, written as YAML.

Great Expectations drops an unknown type or severity in silence and lets an empty suite pass, so
every rule is looked at here before it gets there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perinatal import language
from perinatal.catalog import Source, read_yaml
from perinatal.errors import CatalogError

Outcome = Literal["passed", "failed", "broken"]
Stops = Literal["delivery", "part", "level"]
"""What waits: all, the cells that are touched, or these however many they are."""
Rule = dict[str, Any]
Cell = tuple[str, str, int, int]
"""Variable (or '*' for all), region, first and last year."""

_FIELDS = {"type", "kwargs", "severity", "description", "meta"}
_META = {"id", "reason", "happened", "stops", "tolerance", "known", "always", "table", "yardstick"}
_SEVERITIES = {"critical", "warning"}
_STOPS = {"delivery", "part", "level"}
_BY_CELL = ("expect_column_values_", "expect_column_pair_values_", "expect_multicolumn_values_")


@dataclass(frozen=True)
class Part:
    """What a failed rule touches: a variable ('*': all) of a region in a period."""

    variable: str
    region: str
    period_start: int
    period_end: int


@dataclass(frozen=True)
class RuleResult:
    """What one rule said. ``keys`` and ``parts`` tell where, and never hold a value.

    ``known``: rows that were left out of the judgement because they are known offenders;
    ``happened``: what a reader of the startfoto is told when it failed.
    """

    id: str
    description: str
    severity: str
    outcome: Outcome
    rows: int
    keys: tuple[str, ...]
    stops: Stops = "delivery"
    parts: tuple[Part, ...] = ()
    known: int = 0
    happened: str = ""


@dataclass(frozen=True)
class Judged:
    """The rows that a rule judges, with the columns that it names.

    ``keys`` and ``cells`` give the names and the touched cells of the rows at some positions.
    """

    frame: pd.DataFrame
    keys: Callable[[NDArray[np.int64]], list[str]]
    cells: Callable[[NDArray[np.int64]], list[Cell]]


def load_suite(file: Path) -> list[Rule]:
    """Rules of one suite, checked for the fields that Great Expectations would not miss.

    Raises:
        CatalogError: with all faults of the file.
    """
    content = read_yaml(file)
    rules = content.get("rules") if isinstance(content, dict) else None
    if not isinstance(rules, list) or not rules:
        raise CatalogError([f"{file.name}: rules: an empty suite passes everything."])
    faults: list[str] = []
    seen: set[str] = set()
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
        faults.extend(_meta_faults(rule["meta"], place))
        faults.extend(_told_faults(rule, place))
        identifier = rule["meta"].get("id")
        if identifier in seen:
            faults.append(f"{place}: meta.id: '{identifier}' stands twice.")
        seen.add(identifier)
    if faults:
        raise CatalogError(faults)
    return rules


def happened(rule: Rule) -> str:
    """Dutch: what it means that a rule failed; without the analyst's words a neutral sentence."""
    told: str | None = rule["meta"].get("happened")
    return told or f"Een controle gaf een opmerking: ‘{rule['meta']['id']}’."


def _meta_faults(meta: Mapping[str, Any], place: str) -> Iterator[str]:
    if not meta.get("id") or not meta.get("reason"):
        yield f"{place}: meta: needs 'id' and 'reason'."
    for name in sorted(set(meta) - _META):
        yield f"{place}: meta: unknown name '{name}'. Known: {', '.join(sorted(_META))}."
    if "stops" in meta and meta["stops"] not in _STOPS:
        yield f"{place}: meta.stops: one of {', '.join(sorted(_STOPS))}."
    for name, kind in (("tolerance", (int, float)), ("known", str)):
        values = meta.get(name, {})
        if not isinstance(values, dict) or not all(isinstance(v, kind) for v in values.values()):
            told = "numbers" if name == "tolerance" else "a reason for each key"
            yield f"{place}: meta.{name}: needs names with {told}."


def _told_faults(rule: Rule, place: str) -> Iterator[str]:
    """What a reader of the startfoto would be told passes the language guard."""
    told = rule["meta"].get("happened", "")
    if not isinstance(told, str):
        yield f"{place}: meta.happened: needs a sentence."
        return
    for slip in language.slips(told, columns_of(rule)):
        yield f"{place}: meta.happened: {slip}."


def columns_of(rule: Rule) -> list[str]:
    """Columns that a rule names, in any of its arguments."""
    found: list[str] = []
    for name, value in rule["kwargs"].items():
        if name.startswith("column"):
            found.extend(value if isinstance(value, list) else [value])
    return [str(name) for name in found]


def stops_of(rule: Rule, source: Source | None = None) -> Stops:
    """What waits when a rule fails: as its file says, else told by what the rule looks at.

    A rule on single cells of measured columns stops those cells; a rule on keys, regions, shares
    of rows or the table stops the delivery.
    """
    told: Stops | None = rule["meta"].get("stops")
    if told is not None:
        return told
    by_cell = rule["type"].startswith(_BY_CELL) and "unique" not in rule["type"]
    names = set(columns_of(rule))
    if not by_cell or rule["kwargs"].get("mostly", 1) < 1 or any(n[0] == "_" for n in names):
        return "delivery"
    if source is None:
        return "part"
    measured = {m.column for m in source.measures} | {m.denominator_column for m in source.measures}
    return "part" if names <= measured else "delivery"
