"""From delivered text to typed columns, and from typed columns to long observations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute as pc
from shapely import make_valid, to_wkb
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from perinatal.catalog import Source
from perinatal.catalog.contracts import Measure
from perinatal.ingest.cells import code_hint, typed
from perinatal.ingest.readers import LINE, Table, read_geojson, read_table, refuse

OBSERVATION_COLUMNS = [
    "row", "variable", "region", "level", "boundary_year",
    "period_start", "period_end", "value", "status", "note", "citation",
]  # fmt: skip
REGION_COLUMNS = ["code", "name", "level", "boundary_year", "parent", "wkb"]
HIDDEN = "_withheld_"
LEVEL, KEY, KNOWN, FITS = "_level", "_key", "_region_known", "_level_fits"
_PREFIX_LEVEL = {"NL": "country", "GM": "municipality", "WK": "wijk", "BU": "buurt"}
_LEVELS = [*_PREFIX_LEVEL.values(), "skip"]

_FIRST_YEAR, _LAST_YEAR = 1900, 2100


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
    table = read_table(file, source)
    for name, words in source.skip_rows.items():
        if name in table.frame:
            table = table.with_frame(table.frame[~table.frame[name].isin(list(words))])
    raw = table.frame
    frame = pd.DataFrame({LINE: raw[LINE]})
    for column in source.columns:
        if column.name in raw:
            frame[column.name] = typed(file, table, column, source)
            if source.withheld:
                frame[HIDDEN + column.name] = raw[column.name].isin(source.withheld)
    assert source.region is not None
    _need_words(file, table, source)
    frame[LEVEL] = _levels(file, table, source)
    frame = frame[frame[LEVEL] != "skip"].reset_index(drop=True)
    if frame.empty:
        refuse(
            file,
            "file",
            "has only rows that the contract skips.",
            "rows for our levels.",
            "Ask the sender for the right file, or mend 'skip_rows'.",
            "STR-EMPTY",
        )
    _need_period(file, table.with_frame(frame), source)
    codes = frame[source.region.column]
    frame[KNOWN] = codes.isin(known_regions | {_country(source)})
    frame[FITS] = _by_word(codes, level_of) == frame[LEVEL]
    frame[KEY] = _keys(frame, source)
    expected = _expected(frame, source)
    for text in frame.select_dtypes("category"):
        frame[text] = _text(frame[text])
    return Conformed(frame, expected)


def _text(column: pd.Series[str]) -> pd.Series[str]:
    """A categorical as text, taken from its categories: ``astype`` makes every cell anew."""
    words, codes = column.cat.categories.array, column.cat.codes.to_numpy()
    return pd.Series(words.take(codes, allow_fill=True), column.index)


def _by_word(text: pd.Series[str], told: Callable[[str], str | None]) -> pd.Series[str]:
    """What is told of each cell, asked once per distinct text; a categorical of levels."""
    found = pd.Categorical([told(word) for word in text.cat.categories], categories=_LEVELS)
    return pd.Series(found.take(text.cat.codes.to_numpy(), allow_fill=True), index=text.index)


def _expected(frame: pd.DataFrame, source: Source) -> int:
    """Rows of a complete delivery: at each level every region in every combination."""
    region = source.region
    assert region is not None
    others = [name for name in source.key if name != region.column]
    if not others:
        return len(frame)
    combinations = frame[[LEVEL, *others]].drop_duplicates().groupby(LEVEL, observed=True).size()
    regions = frame.groupby(LEVEL, observed=True)[region.column].nunique()
    return int((combinations * regions).sum())


def _keys(frame: pd.DataFrame, source: Source) -> pd.Series[str]:
    """The key of each row as people write it: '2016 GM9901', not '2016.0 GM9901'."""
    whole = {column.name for column in source.columns if column.type == "integer"}
    parts = [
        pa.array(frame[name]).cast(pa.int64()).cast(pa.string())
        if name in whole
        else pa.array(frame[name]).cast(pa.string())
        for name in source.key
    ]
    # column by column: row by row takes minutes on a large file
    key = pc.binary_join_element_wise(*(pc.fill_null(part, "?") for part in parts), " ")
    return pd.Series(key, index=frame.index, dtype="str")


def _need_period(file: Path, table: Table, source: Source) -> None:
    """A row without a year belongs nowhere and cannot be judged."""
    assert source.period is not None
    name = source.period.column
    if name is None:
        return
    if table.frame[name].isna().any():
        refuse(
            file,
            table.place(name, table.frame[name].isna()),
            "is empty.",
            "a year on every line.",
            "Fill in the year, or remove the line.",
            "STR-TYPE",
        )
    (column,) = (column for column in source.columns if column.name == name)
    # bounds of the contract are left to the rules, which name the region
    low = _FIRST_YEAR if column.minimum is None else -inf
    high = _LAST_YEAR if column.maximum is None else inf
    no_year = ~table.frame[name].between(low, high)
    if no_year.any():
        refuse(
            file,
            table.place(name, no_year),
            "is no year.",
            f"a year from {_FIRST_YEAR} to {_LAST_YEAR}.",
            "Write years in four digits, or mend 'period' in the contract.",
            "STR-TYPE",
        )


def _country(source: Source) -> str:
    assert source.reference_region is not None
    return source.reference_region


def _need_words(file: Path, table: Table, source: Source) -> None:
    """A word that no measure or status knows would drop a row, or let it speak as sound."""
    chosen_by = set.intersection(*(set(measure.when) for measure in source.measures))
    read = {name: {measure.when[name] for measure in source.measures} for name in chosen_by}
    if source.status.column:
        read[source.status.column] = {*source.status.values, *source.missing, *source.withheld}
    for name, words in read.items():
        if name not in table.frame:
            continue
        unknown = ~table.frame[name].isin(list(words))
        if unknown.any():
            refuse(
                file,
                table.place(name, unknown),
                "holds a word that the contract does not read.",
                f"one of: {', '.join(sorted(words - {''}))}.",
                "Mend the word, add it to 'measures' or 'status', or name it in 'skip_rows'.",
                "STR-TYPE",
            )


def _levels(file: Path, table: Table, source: Source) -> pd.Series[str]:
    rule = source.region
    assert rule is not None
    place = rule.level_column or rule.column
    words = table.frame[place]
    levels = _by_word(words, lambda word: rule.levels.get(word if rule.level_column else word[:2]))
    unknown = levels.isna()
    if unknown.any():
        refuse(
            file,
            table.place(place, unknown),
            "holds a level or code that the contract does not know.",
            f"one of: {', '.join(rule.levels)}.",
            code_hint(words[unknown].iloc[0], tuple(rule.levels)),
            "STR-REGION",
        )
    return levels


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
    status = _status(frame, source)
    told = {LINE, LEVEL, region.column, period.column, source.status.note_column}
    told.update(source.status.citation_columns)
    told.update(name for m in source.measures for name in (m.column, m.denominator_column))
    narrow = frame[[name for name in frame if name in told or str(name).startswith(HIDDEN)]]
    parts = []
    for measure in source.measures:
        mask = np.ones(len(frame), dtype=bool)
        for name, word in measure.when.items():
            mask &= (frame[name] == word).to_numpy()
        mask &= ~frame[LEVEL].isin(list(measure.skip_levels)).to_numpy()
        rows = narrow[mask]
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
                "status": status[mask],
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
        codes, words = pd.factorize(rows[rule.column])
        told = [*(rule.values.get(word, rule.default) for word in words), rule.default]
        return pd.Series(pd.array(told, dtype="str").take(codes), rows.index)
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
            refuse(
                file,
                f"feature {number}",
                f"lacks '{contract.code_property}' or '{contract.name_property}'.",
                "both on every feature.",
                "Export the map again, or mend the contract.",
                "MAP-PROPERTY",
            )
        level = contract.level or level_of(code)
        if level is None:
            refuse(
                file,
                f"feature {number}",
                "has a code of an unknown kind.",
                "NL, GM, WK or BU and digits.",
                "Mend the code.",
                "MAP-CODE",
            )
        geometry = _polygon(feature.get("geometry"))
        if geometry is None:
            refuse(
                file,
                f"feature {number}",
                "has no readable geometry.",
                "a polygon.",
                "Export the map again.",
                "MAP-GEOMETRY",
            )
        west, south, east, north = geometry.bounds
        if west < -180 or south < -90 or east > 180 or north > 90:
            refuse(
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
        refuse(
            file,
            f"feature {int(np.flatnonzero(double)[0]) + 1}",
            "has a code that is double.",
            "every code once.",
            "Remove one of the two.",
            "MAP-CODE",
        )
    return frame
