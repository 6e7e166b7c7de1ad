"""From delivered text to typed columns, and from typed columns to long observations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
from shapely import make_valid, to_wkb
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from perinatal.catalog import Source
from perinatal.catalog.models import Column, Measure
from perinatal.errors import RejectedDelivery
from perinatal.ingest.readers import LINE, read_csv, read_geojson

OBSERVATION_COLUMNS = [
    "row", "variable", "region", "level", "boundary_year",
    "period_start", "period_end", "value", "status", "note", "citation",
]  # fmt: skip
REGION_COLUMNS = ["code", "name", "level", "boundary_year", "parent", "wkb"]
HIDDEN = "_withheld_"
LEVEL, KEY, KNOWN, FITS = "_level", "_key", "_region_known", "_level_fits"
_PREFIX_LEVEL = {"NL": "country", "GM": "municipality", "WK": "wijk", "BU": "buurt"}
_INTEGER = re.compile(r"^-?\d+$")


@dataclass(frozen=True)
class Conformed:
    """A delivery on the contract's terms.

    ``judged``: one row per delivered row, typed, with helper columns for the suites;
    ``rows_expected``: rows that a complete delivery of these regions and periods has.
    """

    judged: pd.DataFrame
    rows_expected: int


def level_of(code: str) -> str | None:
    """Level by the prefix of a region code; None for another kind of code."""
    return _PREFIX_LEVEL.get(code[:2])


def parent_of(code: str) -> str | None:
    """Code of the region around this one, told by the code itself."""
    if code.startswith("BU"):
        return "WK" + code[2:8]
    if code.startswith("WK"):
        return "GM" + code[2:6]
    return None


def conform(file: Path, source: Source, known_regions: set[str]) -> Conformed:
    """Read and type a delivery of figures.

    Args:
        known_regions: codes that exist in the contract's boundary year.

    Raises:
        RejectedDelivery: the file does not keep the contract; the message names the line.
    """
    raw = read_csv(file, source)
    for name, words in source.skip_rows.items():
        raw = raw[~raw[name].isin(list(words))]
    frame = pd.DataFrame({LINE: raw[LINE]})
    for column in source.columns:
        if column.name in raw:
            frame[column.name] = _typed(file, raw, column, source)
            if source.withheld:
                frame[HIDDEN + column.name] = raw[column.name].isin(source.withheld)
    assert source.region is not None
    frame[LEVEL] = _levels(file, raw, source)
    frame = frame[frame[LEVEL] != "skip"].reset_index(drop=True)
    if frame.empty:
        _reject(
            file,
            "file",
            "has only rows that the contract skips.",
            "rows for our levels.",
            "Ask the sender for the right file, or mend 'skip_rows'.",
            "STR-EMPTY",
        )
    _need_period(file, frame, source)
    codes = frame[source.region.column].fillna("")
    frame[KNOWN] = codes.isin(known_regions | {_country(source)})
    frame[FITS] = codes.map(level_of) == frame[LEVEL]
    frame[KEY] = _keys(frame, source)
    others = [name for name in source.key if name != source.region.column]
    combinations = frame.groupby(LEVEL)[others].apply(lambda g: len(g.drop_duplicates()))
    regions = frame.groupby(LEVEL)[source.region.column].nunique()
    expected = int((combinations * regions).sum()) if others else len(frame)
    return Conformed(frame, expected)


def _keys(frame: pd.DataFrame, source: Source) -> pd.Series[str]:
    """The key of each row as people write it: '2016 GM9901', not '2016.0 GM9901'."""
    whole = {column.name for column in source.columns if column.type == "integer"}
    parts = [
        (frame[name].astype("Int64") if name in whole else frame[name]).astype("string").fillna("?")
        for name in source.key
    ]
    # column by column: row by row takes minutes on a large file
    key = parts[0]
    for part in parts[1:]:
        key = key.str.cat(part, sep=" ")
    return key.astype("str")


def _need_period(file: Path, frame: pd.DataFrame, source: Source) -> None:
    """A row without a year belongs nowhere and cannot be judged."""
    assert source.period is not None
    name = source.period.column
    if name and frame[name].isna().any():
        _reject(
            file,
            f"column '{name}', line {_lines(frame, frame[name].isna())}",
            "is empty.",
            "a year on every line.",
            "Fill in the year, or remove the line.",
            "STR-TYPE",
        )


def _country(source: Source) -> str:
    assert source.reference_region is not None
    return source.reference_region


def _reject(
    file: Path, place: str, problem: str, expected: str, remedy: str, rule: str
) -> NoReturn:
    raise RejectedDelivery(file.name, place, problem, expected, remedy, rule)


def _lines(raw: pd.DataFrame, wrong: pd.Series[bool]) -> str:
    lines = raw.loc[wrong, LINE].tolist()
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    return ", ".join(str(line) for line in lines[:5]) + more


def _typed(
    file: Path, raw: pd.DataFrame, column: Column, source: Source
) -> pd.Series[float] | pd.Series[str]:
    text = raw[column.name]
    empty = text.isin([*source.missing, *source.withheld])
    if column.type == "text":
        return text.where(~empty, None).astype("str")
    number = text.str.replace(source.decimal, ".", regex=False) if source.decimal != "." else text
    values = pd.to_numeric(number.where(~empty), errors="coerce")
    wrong = ~np.isfinite(values) & ~empty
    if source.decimal != ".":
        # '1.500' is a thousand and a half here, and would be read as one and a half
        wrong |= text.str.contains(".", regex=False) & ~empty
    if column.type == "integer":
        wrong |= ~empty & ~text.str.match(_INTEGER)
    kind = "a whole number" if column.type == "integer" else f"a number with '{source.decimal}'"
    if wrong.any():
        _reject(
            file,
            f"column '{column.name}', line {_lines(raw, wrong)}",
            f"is not {kind}.",
            f"{kind}, or a marker for missing.",
            "Mend the cell, or add the marker to 'missing' or 'withheld' in the contract.",
            "STR-TYPE",
        )
    # bounds are left to the suites: they quarantine with keys, a wrong type cannot be judged
    return values.astype("float64")


def _levels(file: Path, raw: pd.DataFrame, source: Source) -> pd.Series[str]:
    rule = source.region
    assert rule is not None
    words = raw[rule.level_column] if rule.level_column else raw[rule.column].str[:2]
    levels = words.map(rule.levels)
    if levels.isna().any():
        place = rule.level_column or rule.column
        _reject(
            file,
            f"column '{place}', line {_lines(raw, levels.isna())}",
            "holds a level or code that the contract does not know.",
            f"one of: {', '.join(rule.levels)}.",
            "Mend the code (letters and leading zeros count) or 'region.levels'.",
            "STR-REGION",
        )
    return levels.astype("str")


def observations(conformed: Conformed, source: Source) -> pd.DataFrame:
    """Long observations of a judged delivery: one row per variable, region and period.

    Returns:
        Frame with ``OBSERVATION_COLUMNS``; value is NaN where the status is missing, withheld or
        withdrawn. ``row`` is the line in the delivered file.
    """
    frame = conformed.judged
    region, period = source.region, source.period
    assert region is not None
    assert period is not None
    parts = []
    for measure in source.measures:
        mask = np.ones(len(frame), dtype=bool)
        for name, word in measure.when.items():
            mask &= (frame[name] == word).to_numpy()
        mask &= ~frame[LEVEL].isin(list(measure.skip_levels)).to_numpy()
        rows = frame[mask]
        if rows.empty:
            continue
        value = _values(rows, measure)
        start = rows[period.column] if period.column else period.start
        end = rows[period.column] if period.column else period.end
        part = pd.DataFrame(
            {
                "row": rows[LINE],
                "variable": measure.variable,
                "region": rows[region.column],
                "level": rows[LEVEL],
                "boundary_year": region.boundary_year,
                "period_start": start,
                "period_end": end,
                "value": value,
                "status": _status(rows, source),
                "note": rows[source.status.note_column] if source.status.note_column else None,
                "citation": rows[list(source.status.citation_columns)].agg(", ".join, axis=1)
                if source.status.citation_columns
                else None,
            }
        )
        empty = part["value"].isna() & part["status"].ne("withdrawn")
        part.loc[empty, "status"] = "missing"
        for delivered in (measure.column, measure.denominator_column):
            if HIDDEN + str(delivered) in rows:
                # the source hides it: unknown to us, and never zero
                part.loc[empty & rows[HIDDEN + str(delivered)], "status"] = "withheld"
        parts.append(part)
    if not parts:
        return pd.DataFrame(columns=pd.Index(OBSERVATION_COLUMNS))
    out = pd.concat(parts, ignore_index=True)[OBSERVATION_COLUMNS]
    return out.astype({"period_start": "int64", "period_end": "int64"})


def _values(rows: pd.DataFrame, measure: Measure) -> pd.Series[float]:
    value = rows[measure.column]
    if measure.denominator_column:
        assert measure.per is not None
        # the share was rounded, so the count is the nearest whole number
        value = (value * rows[measure.denominator_column] / measure.per).round()
    return value


def _status(rows: pd.DataFrame, source: Source) -> pd.Series[str]:
    rule = source.status
    if rule.column:
        return rows[rule.column].map(rule.values).fillna(rule.default).astype("str")
    status = pd.Series(rule.default, index=rows.index, dtype="str")
    if source.period and source.period.column and rule.provisional_years:
        status[rows[source.period.column].isin(list(rule.provisional_years))] = "provisional"
    return status


def _polygon(delivered: object) -> BaseGeometry | None:
    """The delivered polygon made valid; None for anything that has no inside."""
    try:
        geometry = make_valid(shape(delivered))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, ShapelyError):
        return None
    if not isinstance(geometry, BaseGeometry) or geometry.area == 0:
        return None
    return geometry


def conform_map(file: Path, source: Source) -> pd.DataFrame:
    """Regions with name, level, parent and geometry (WKB, WGS84).

    Raises:
        RejectedDelivery: a feature without code, name or geometry, or a code that is double.
    """
    contract = source.map
    assert contract is not None
    rows = []
    for number, feature in enumerate(read_geojson(file, source), start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        properties = properties if isinstance(properties, dict) else {}
        code, name = properties.get(contract.code_property), properties.get(contract.name_property)
        if not isinstance(code, str) or not isinstance(name, str):
            _reject(
                file,
                f"feature {number}",
                f"lacks '{contract.code_property}' or '{contract.name_property}'.",
                "both on every feature.",
                "Export the map again, or mend the contract.",
                "MAP-PROPERTY",
            )
        level = contract.level or level_of(code)
        if level is None:
            _reject(
                file,
                f"feature {number}",
                "has a code of an unknown kind.",
                "NL, GM, WK or BU and digits.",
                "Mend the code.",
                "MAP-CODE",
            )
        geometry = _polygon(feature.get("geometry"))
        if geometry is None:
            _reject(
                file,
                f"feature {number}",
                "has no readable geometry.",
                "a polygon.",
                "Export the map again.",
                "MAP-GEOMETRY",
            )
        west, south, east, north = geometry.bounds
        if west < -180 or south < -90 or east > 180 or north > 90:
            _reject(
                file,
                f"feature {number}",
                "has coordinates that are no degrees.",
                "WGS84 (EPSG:4326), longitude and latitude.",
                "Export the map in WGS84.",
                "MAP-GEOMETRY",
            )
        rows.append((code, name, level, contract.boundary_year, parent_of(code), to_wkb(geometry)))
    frame = pd.DataFrame(rows, columns=pd.Index(REGION_COLUMNS))
    double = frame["code"].duplicated()
    if double.any():
        _reject(
            file,
            f"feature {int(np.flatnonzero(double)[0]) + 1}",
            "has a code that is double.",
            "every code once.",
            "Remove one of the two.",
            "MAP-CODE",
        )
    return frame
