"""What every contract promises, whatever its suite holds: parts within wholes, nothing missing.

These rules look at the observations, so they need no column names; they run once the suite has
passed, and cannot be forgotten by whoever writes one.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from perinatal.catalog import Source
from perinatal.ingest.conform import parent_of
from perinatal.ingest.quality import RuleResult

_CELL = ["region", "period_start", "period_end"]


def _result(rule: str, description: str, severity: str, keys: Iterable[str]) -> RuleResult:
    found = tuple(sorted(set(keys)))
    return RuleResult(
        rule, description, severity, "failed" if found else "passed", len(found), found
    )


def _period(start: object, end: object) -> str:
    return str(start) if start == end else f"{start}-{end}"


def promises(source: Source, rows: pd.DataFrame, speaking: pd.DataFrame) -> list[RuleResult]:
    """Judge the observations of a delivery by its contract and by what speaks now.

    Args:
        rows: observations of the new delivery.
        speaking: observations of the same source that speak now; may be empty.

    Returns:
        One result per promise, with keys such as '2021 GM9901'; never a value.
    """
    results = [_reference(source, rows, speaking), _ratios(source, rows), _parts(source, rows)]
    if source.redelivery == "full" and len(speaking):
        results += _coverage(rows, speaking)
    return results


def _reference(source: Source, rows: pd.DataFrame, speaking: pd.DataFrame) -> RuleResult:
    delivered = rows.dropna(subset=["value"]) if len(rows) else rows
    periods = set(delivered[["period_start", "period_end"]].itertuples(index=False, name=None))
    # a patch may leave the national row to the deliveries that it mends
    known = pd.concat([delivered, speaking]) if source.redelivery == "patch" else delivered
    own = known[known["region"] == source.reference_region]
    have = set(own[["period_start", "period_end"]].itertuples(index=False, name=None))
    return _result(
        "CONTRACT-REFERENCE",
        "Het landelijke cijfer staat er voor elke periode bij.",
        "critical",
        (f"{_period(*period)} {source.reference_region}" for period in periods - have),
    )


def _ratios(source: Source, rows: pd.DataFrame) -> RuleResult:
    values = rows.pivot_table(index=_CELL, columns="variable", values="value", aggfunc="first")
    wrong: list[str] = []
    for series in source.series:
        if series.rate is not None:
            continue
        sides = []
        for names in (series.numerator, series.denominator):
            parts = [
                (-1 if name.startswith("-") else 1) * values[name.removeprefix("-")]
                for name in names
                if name.removeprefix("-") in values
            ]
            sides.append(sum(parts) if len(parts) == len(names) else None)
        upper, lower = sides
        if upper is None or lower is None:
            continue
        for region, start, end in values.index[(upper > lower) | (upper < 0)]:
            wrong.append(f"{_period(start, end)} {region}")
    return _result("CONTRACT-RATIO", "De teller is niet groter dan de noemer.", "critical", wrong)


def _parts(source: Source, rows: pd.DataFrame) -> RuleResult:
    """Wijken add up to no more than their municipality; a source may leave wijken out."""
    derived = {m.variable for m in source.measures if m.denominator_column}
    parts = rows[rows["level"] == "wijk"].assign(
        parent=lambda frame: frame["region"].map(parent_of)
    )
    keys = ["variable", "parent", "period_start", "period_end"]
    summed = parts.groupby(keys)["value"].agg(["sum", "count"]).reset_index()
    wholes = rows[rows["level"] == "municipality"].rename(columns={"region": "parent"})
    both = summed.merge(wholes[[*keys, "value"]], on=keys).dropna(subset=["value"])
    # a count worked back from a rounded share can be one off, for each part and for the whole
    room = (both["count"] + 1).where(both["variable"].isin(derived), 0)
    wrong = both[both["sum"] > both["value"] + room]
    return _result(
        "CONTRACT-PARTS",
        "De wijken samen zijn niet meer dan hun gemeente.",
        "critical",
        (
            f"{_period(row['period_start'], row['period_end'])} {row['parent']}"
            for row in wrong.to_dict("records")
        ),
    )


def _coverage(rows: pd.DataFrame, speaking: pd.DataFrame) -> list[RuleResult]:
    """A full redelivery brings back what it replaces: a cut file must not silence good data."""
    now = set(rows[_CELL].itertuples(index=False, name=None))
    before = set(speaking[_CELL].itertuples(index=False, name=None))
    regions, periods = {cell[0] for cell in now}, {cell[1:] for cell in now}
    gone = before - now
    whole = {c for c in gone if c[1:] not in periods or (c[0] not in regions and c[0][:2] in _BIG)}
    return [
        _result(
            "CONTRACT-COVERAGE",
            "Elke periode, elke gemeente en het land uit de vorige levering staan er weer in.",
            "critical",
            (f"{_period(*cell[1:])} {cell[0]}" for cell in whole),
        ),
        _result(
            "CONTRACT-COVERAGE-CELLS",
            "Elke cel uit de vorige levering staat er weer in.",
            "warning",
            (f"{_period(*cell[1:])} {cell[0]}" for cell in gone - whole),
        ),
    ]


_BIG = ("NL", "GM")
