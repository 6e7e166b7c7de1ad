"""The last gate: what is about to leave is read back and attacked, before anyone finds it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from perinatal.catalog import Catalog, Series, Source
from perinatal.disclosure.audit import KEY, Audit, Relations, audit, counts_of
from perinatal.disclosure.worlds import Key
from perinatal.pipeline.compute import COALITION


def audit_edition(
    folder: Path, earlier: list[Path], inside: pd.DataFrame, catalog: Catalog, workers: int = 1
) -> Audit:
    """Attack an edition by its own Parquet files and those of all earlier editions.

    Args:
        folder: with the Parquet files of the edition, as they will leave.
        earlier: folders of the editions that are out.
        inside: ``indicator_value`` of the edition: the truth, for the last comparison only.
        workers: processes at once.
    """
    before: dict[Key, int] = {}
    for place in earlier:
        before |= counts_of(pd.read_parquet(place / "published_value.parquet"))
    published = before | counts_of(pd.read_parquet(folder / "published_value.parquet"))
    keys: list[Key] = list(inside[KEY].itertuples(index=False, name=None))
    most = int(inside["denominator"].max())
    births = dict(zip(keys, inside["denominator"].fillna(most).astype(int), strict=True))
    told = inside["numerator"].notna()
    known = [cell for cell, there in zip(keys, told, strict=True) if there]
    truth = dict(zip(known, inside.loc[told, "numerator"].round().astype(int), strict=True))
    # a published figure of an earlier edition may have been of other regions
    births |= {cell: max(count, most) for cell, count in published.items() if cell not in births}
    areas = _areas([*earlier, folder])
    off = _off(inside, areas, catalog)
    towns: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for country, count, size, members in _countries(inside, catalog):
        if len(members) == 1:  # it is the country: anyone has its counts
            country = (members[0], *country[1:])
        else:
            towns[str(country[0])].add(members)
        births[country], published[country], before[country] = size, count, count
        off[country] = _off_of(country, size, catalog)
    return audit(
        published,
        births,
        replace(
            _relations(
                towns, pd.read_parquet(folder / "published_region.parquet"), areas, catalog
            ),
            off=off,
        ),
        {cell: count for cell, count in truth.items() if cell not in published},
        {s.id: catalog.policies[s.policy].minimum for s in catalog.sources.values()},
        before=before,
        workers=workers,
    )  # fmt: skip


def _areas(folders: list[Path]) -> list[pd.DataFrame]:
    """Joined areas of every edition; those of versions that joined none have no such file."""
    files = [folder / "published_area.parquet" for folder in folders]
    return [pd.read_parquet(file) for file in files if file.is_file()]


def _loose(source: Source, series: Series) -> dict[str, tuple[float, float]]:
    """How far a count of a series may be off, by level: in cases, and per birth.

    The contract says what a source rounds to. A count that is worked back from a printed share can
    be each whole number with that share: the more births, the more of them.
    """
    found = {}
    for level in ("country", "municipality", "wijk"):
        cases = births = 0.0
        for variable in {name.lstrip("-") for name in series.numerator}:
            cases += max([
                rounding.within for rounding in source.rounding
                if level in (rounding.levels or (level,))
                and variable in (rounding.variables or (variable,))
            ], default=0.0)  # fmt: skip
            births += sum(
                0.5 / 10**measure.decimals / measure.per
                for measure in source.measures
                if measure.variable == variable and measure.per and measure.decimals is not None
            )
        if cases or births:
            found[level] = (cases, births)
    return found


def _room(cases: float, per_birth: float, births: pd.Series[float]) -> pd.Series[float]:
    """How far counts may be off, each of so many births."""
    return (births.fillna(0.0) * per_birth + 0.5).apply(math.floor).clip(lower=cases)


def _off_of(country: Key, births: int, catalog: Catalog) -> float:
    """How far the national count of a figure may be off."""
    source = catalog.sources[str(country[1])]
    (series,) = (s for s in source.series if (s.indicator, s.definition) == country[2:4])
    loose = _loose(source, series).get("country", (0.0, 0.0))
    return float(_room(*loose, pd.Series([float(births)])).iloc[0])


def _off(inside: pd.DataFrame, areas: list[pd.DataFrame], catalog: Catalog) -> dict[Key, float]:
    """How far each figure may lie from the true one, for sources where it can at all.

    Years and members are added up by us: how far these are off adds up as well.
    """
    members = {COALITION + area.id: list(area.municipalities) for area in catalog.areas.values()}
    for frame in areas:
        joined = frame[frame["code"] != frame["wijk"]]
        members |= {str(code): sorted(set(rows["wijk"])) for code, rows in joined.groupby("code")}
    found: dict[Key, float] = {}
    for source in catalog.sources.values():
        for series in source.series:
            loose = _loose(source, series)
            name = [source.id, series.indicator, series.definition]
            rows = inside[(inside[KEY[1:4]] == name).all(axis=1)] if loose else inside.iloc[:0]
            if rows.empty:
                continue
            yearly = source.period is not None and source.period.column is not None
            told = rows[~rows["region"].isin(list(members))]
            if yearly:
                told = told[told["period_start"] == told["period_end"]]
            rooms = [
                _room(*loose[str(level)], own["denominator"]).rename("off")
                for level, own in told.groupby("level") if level in loose
            ]  # fmt: skip
            if not rooms:
                continue
            each = told.join(pd.concat(rooms), how="inner")
            single = each.set_index(["region", "period_start", "period_end"])["off"].to_dict()
            for key in rows[KEY].itertuples(index=False, name=None):
                spans = [key[4:]]
                if yearly:
                    spans = [(year, year) for year in range(int(key[4]), int(key[5]) + 1)]
                own = members.get(str(key[0]), [key[0]])
                found[key] = sum(single.get((one, *span), 0.0) for one in own for span in spans)
    return found


def _countries(
    inside: pd.DataFrame, catalog: Catalog
) -> Iterator[tuple[Key, int, int, tuple[str, ...]]]:
    """National counts, which anyone has, where the municipalities inside are all there are."""
    towns = inside[(inside["level"] == "municipality") & (inside["denominator"] > 0)]
    for key, rows in towns.groupby(KEY[1:]):
        count, births = rows["reference_x"].iloc[0], rows["reference_n"].iloc[0]
        if rows["denominator"].sum() == births and pd.notna(count):
            name = catalog.sources[str(key[0])].reference_region
            yield (name, *key), int(count), int(births), tuple(sorted(rows["region"]))


def _relations(
    towns: Mapping[str, set[tuple[str, ...]]],
    regions: pd.DataFrame,
    areas: list[pd.DataFrame],
    catalog: Catalog,
) -> Relations:
    """What adds up, as anyone can read it from the published regions, areas and definitions.

    ``towns``: country -> its municipalities, where these are all in the build.
    """
    members: dict[str, set[tuple[str, ...]]] = defaultdict(set, towns)
    for parent, rows in regions[regions["parent"].notna()].groupby("parent"):
        members[str(parent)].add(tuple(sorted(rows["code"])))
    for frame in areas:
        for municipality, rows in frame.groupby("municipality"):
            members[str(municipality)].add(tuple(sorted(set(rows["wijk"]))))
        for code, rows in frame[frame["code"] != frame["wijk"]].groupby("code"):
            members[str(code)].add(tuple(sorted(set(rows["wijk"]))))
    for area in catalog.areas.values():
        if area.is_coalition:
            members[COALITION + area.id].add(tuple(area.municipalities))
    return Relations(
        {name: tuple(sorted(parts)) for name, parts in members.items()},
        {
            (source.id, series.indicator, series.definition): series.holds
            for source in catalog.sources.values()
            for series in source.series
            if series.holds is not None
        },
        {i.id: i.union_of for i in catalog.indicators.values() if i.union_of is not None},
    )
