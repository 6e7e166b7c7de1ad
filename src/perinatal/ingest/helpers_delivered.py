"""Rows as delivered: the rules that a contract itself holds, and what a failing row touches."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perinatal.catalog import Source
from perinatal.catalog.contracts import Column
from perinatal.ingest.conform import FITS, KEY, KNOWN, LEVEL

_BETWEEN = "expect_column_values_to_be_between"


def contract_rules(source: Source, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Key, regions, levels and bounds of a contract, as far as no rule of its suite holds them."""

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
        _rule(
            column.name.upper(),
            _BETWEEN,
            {"column": column.name, "min_value": column.minimum, "max_value": column.maximum},
            f"'{column.name}' ligt binnen de grenzen van het contract.",
            f"'{column.name}' ligt ergens buiten de grenzen van het contract.",
            source,
        )
        for column in source.columns
        if (column.minimum is not None or column.maximum is not None) and not held(column)
    ]


def _rule(
    name: str, type_: str, kwargs: dict[str, Any], description: str, happened: str, source: Source
) -> dict[str, Any]:
    return {
        "type": type_,
        "kwargs": kwargs,
        "severity": "critical",
        "description": description,
        "meta": {
            "id": f"CONTRACT-{name}",
            "reason": f"{source.id}.yaml",
            "happened": happened,
        },
    }


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
    wanted: list[tuple[str, str, dict[str, Any], str, str]] = [
        ("KEY", unique, {"column_list": key}, f"Elke combinatie van {' en '.join(key)} komt één "
         "keer voor.", f"Een combinatie van {' en '.join(key)} komt vaker dan één keer voor."),
        ("REGION", in_set, {"column": KNOWN, "value_set": [True]}, "Elke regiocode bestaat in het "
         "grensjaar van het contract.", "Een of meer regiocodes bestaan niet in het grensjaar "
         "van het contract."),
        ("LEVEL", in_set, {"column": FITS, "value_set": [True]}, "Het niveau past bij de "
         "regiocode.", "Bij een of meer rijen past het niveau niet bij de regiocode."),
    ]  # fmt: skip
    if len(key) == 1:
        unique = "expect_column_values_to_be_unique"
        wanted[0] = ("KEY", unique, {"column": key[0]}, f"Elke {key[0]} komt één keer voor.",
                     f"Een {key[0]} komt vaker dan één keer voor.")  # fmt: skip
    return [
        _rule(name, type_, kwargs, description, happened, source)
        for name, type_, kwargs, description, happened in wanted
        if lacking(type_, **kwargs)
    ]


def row_keys(frame: pd.DataFrame, positions: NDArray[np.int64]) -> list[str]:
    """Keys of delivered rows, as people write them ('2016 GM9901')."""
    return [str(key) for key in frame[KEY].iloc[positions]]


def row_parts(
    rows: pd.DataFrame, columns: set[str], source: Source
) -> list[tuple[str, str, int, int]]:
    """Variable, region and period of failing rows, told by the columns that the rule names.

    A rule that names no measured column touches every variable of its row: '*', or those that the
    row brings where a source has a row per variable.
    """
    region, period = source.region, source.period
    assert region is not None
    assert period is not None
    start = rows[period.column] if period.column else period.start
    end = rows[period.column] if period.column else period.end
    touched = [m for m in source.measures if {m.column, m.denominator_column} & columns]
    whole = not touched and not any(m.when for m in source.measures)
    parts: list[tuple[str, str, int, int]] = []
    for measure in (touched or source.measures) if not whole else source.measures[:1]:
        mask = np.ones(len(rows), dtype=bool)
        if not whole:
            for name, word in measure.when.items():
                mask &= (rows[name] == word).to_numpy()
            if LEVEL in rows:
                mask &= ~rows[LEVEL].isin(list(measure.skip_levels)).to_numpy()
        own = pd.DataFrame(
            {"region": rows[region.column].fillna(""), "start": start, "end": end}, rows.index
        )[mask]
        parts.extend(
            ("*" if whole else measure.variable, str(code), int(first), int(last))
            for code, first, last in own.itertuples(index=False, name=None)
        )
    return parts
