"""The last gate: what is about to leave is read back and attacked, before anyone finds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from perinatal.catalog import Catalog
from perinatal.disclosure.audit import KEY, Audit, Key, Relations, audit, counts_of
from perinatal.pipeline.compute import COALITION


def audit_edition(
    folder: Path, earlier: list[Path], inside: pd.DataFrame, catalog: Catalog
) -> Audit:
    """Attack an edition by its own Parquet files and those of all earlier editions.

    Args:
        folder: with the Parquet files of the edition, as they will leave.
        earlier: folders of the editions that are out.
        inside: ``indicator_value`` of the edition: the truth, for the last comparison only.
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
    towns: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for country, count, size, members in _countries(inside, catalog):
        if len(members) == 1:  # it is the country: anyone has its counts
            country = (members[0], *country[1:])
        else:
            towns[str(country[0])].add(members)
        births[country], published[country], before[country] = size, count, count
    return audit(
        published,
        births,
        _relations(towns, pd.read_parquet(folder / "published_region.parquet"),
                   _areas([*earlier, folder]), catalog),
        {cell: count for cell, count in truth.items() if cell not in published},
        {s.id: catalog.policies[s.policy].minimum for s in catalog.sources.values()},
        before=before,
    )  # fmt: skip


def _areas(folders: list[Path]) -> list[pd.DataFrame]:
    """Joined areas of every edition; those of versions that joined none have no such file."""
    files = [folder / "published_area.parquet" for folder in folders]
    return [pd.read_parquet(file) for file in files if file.is_file()]


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
