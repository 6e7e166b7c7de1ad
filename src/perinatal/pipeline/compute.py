"""From observations to figures: counts summed over areas and periods, beside their reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perinatal.catalog import Area, Catalog, Series, Source
from perinatal.disclosure.plan import blocks, planned
from perinatal.statistics.labels import Label, compare

COALITION = "area:"
"""Prefix of the region id of several municipalities together."""
CELL = ["region", "source", "indicator", "definition", "period_start", "period_end"]
_STATUS_ORDER = ["withdrawn", "under_registered", "provisional", "reconstructed", "ok"]


@dataclass(frozen=True)
class Figures:
    """All figures of a build, before anything is withheld.

    ``cells``: CELL columns plus level, numerator, denominator (NaN when a member is unknown),
    births, per, status, note and since (of a withdrawn one), counts_derived, reference_*, planned.
    """

    cells: pd.DataFrame
    regions: pd.DataFrame


def region_id(area: Area) -> str:
    """Id of an area as a region: the municipality's code, or one of our own for a coalition."""
    return COALITION + area.id if area.is_coalition else area.municipalities[0]


def present_areas(catalog: Catalog, regions: pd.DataFrame) -> list[Area]:
    """Areas whose municipalities all stand on a map in the store."""
    known = set(zip(regions["code"], regions["boundary_year"], strict=True))
    return [
        area
        for area in catalog.areas.values()
        if all((code, area.boundary_year) in known for code in area.municipalities)
    ]


def regions_of(areas: list[Area], regions: pd.DataFrame) -> pd.DataFrame:
    """Municipalities of the areas and their wijken, each on the boundaries of its area's year.

    With ``area``: the startfotogebied of a wijk, see ``plan.with_areas``.
    """
    wanted = {(code, area.boundary_year) for area in areas for code in area.municipalities}
    places = regions[["code", "parent", "boundary_year"]].to_numpy(object).tolist()
    own = np.array(
        [(code, year) in wanted or (parent, year) in wanted for code, parent, year in places],
        dtype=bool,
    )
    chosen = regions[own & regions["level"].isin(["municipality", "wijk"])]
    if "area" not in chosen:
        chosen = chosen.assign(area=chosen["code"].where(chosen["level"] == "wijk"))
    # one municipality in two areas of different years: the newest boundaries speak
    return chosen.sort_values("boundary_year").drop_duplicates("code", keep="last")


def published_regions(own: pd.DataFrame) -> pd.DataFrame:
    """Municipalities and startfotogebieden among ``regions_of``; no wijk that is a part of one."""
    return own[(own["level"] != "wijk") | (own["area"] == own["code"])]


def stones(own: pd.DataFrame) -> dict[str, list[str]]:
    """The wijken of each joined area among ``regions_of``."""
    parts = own[(own["level"] == "wijk") & own["area"].notna() & (own["area"] != own["code"])]
    found: dict[str, list[str]] = {area: [] for area in sorted(set(parts["area"]))}
    for area, code in sorted(parts[["area", "code"]].to_numpy(object).tolist()):
        found[area].append(code)
    return found


def compute(observations: pd.DataFrame, regions: pd.DataFrame, catalog: Catalog) -> Figures:
    """Every figure that the areas of the catalogue could show.

    Args:
        observations: as of one moment, see ``store.deliveries.observations_as_of``.
        regions: of the maps that speak, with code, level, boundary_year and parent; with ``area``
            (see ``plan.with_areas``) wijken are joined and only areas can be planned, without it
            each wijk is an area.
    """
    areas = present_areas(catalog, regions)
    parts = []
    for source in catalog.sources.values():
        own = observations[observations["source"] == source.id]
        if source.kind != "figures" or own.empty:
            continue
        anchor = _anchor(own, source, catalog, stones(regions_of(areas, regions)))
        for series in source.series:
            if series.rate is None:
                parts.append(_series(own, series, source, catalog, regions, areas, anchor))
    filled = [part for part in parts if not part.empty]
    cells = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=CELL)
    return Figures(cells, regions)


def _wide(own: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Signed sum of variables per region and period; NaN when one of them is not known."""
    index = ["region", "period_start", "period_end"]
    total: pd.Series[float] | None = None
    for name in names:
        sign = -1.0 if name.startswith("-") else 1.0
        rows = own[own["variable"] == name.removeprefix("-")]
        values = sign * rows.set_index(index)["value"]
        total = values if total is None else total.add(values)
    assert total is not None
    return total.rename("value").reset_index()


def _base(own: pd.DataFrame, series: Series) -> pd.DataFrame:
    """Numerator, denominator and status per delivered region and period."""
    index = ["region", "period_start", "period_end"]
    upper = _wide(own, series.numerator).rename(columns={"value": "numerator"})
    lower = _wide(own, series.denominator).rename(columns={"value": "denominator"})
    frame = upper.merge(lower, on=index, how="outer")
    rows = own[own["variable"].isin(series.variables)]
    rank = {status: number for number, status in enumerate(_STATUS_ORDER)}
    worst = rows.assign(rank=rows["status"].map(rank)).groupby(index)["rank"].min()
    frame = frame.merge(worst.rename("rank").reset_index(), on=index, how="left")
    gone = rows[rows["status"] == "withdrawn"].groupby(index)[["note", "since"]].first()
    frame = frame.merge(gone.reset_index(), on=index, how="left")
    unknown = frame["numerator"].isna() | frame["denominator"].isna()
    frame.loc[unknown, ["numerator", "denominator"]] = np.nan
    return frame


def _sum(rows: pd.DataFrame, keys: list[str], members: int | pd.Series[int]) -> pd.DataFrame:
    """Counts summed per key over all members; one unknown member makes the sum unknown.

    Args:
        members: how many there have to be; a series by the first of the keys.
    """
    grouped = rows.groupby(keys)
    counts = grouped[["numerator", "denominator"]]
    summed, known = counts.sum(), counts.count()
    least = np.array(members)
    if not isinstance(members, int):
        least = members.reindex(summed.index.get_level_values(keys[0])).to_numpy()[:, None]
    summed = summed.where(known.to_numpy() >= least)
    summed = summed.assign(rank=grouped["rank"].min(), note=None, since=None)
    if rows["note"].notna().any():
        told = grouped[["note", "since"]].first()  # the first that is filled in
        summed[["note", "since"]] = told
    return summed.reset_index()


def _members(groups: dict[str, list[str]]) -> pd.DataFrame:
    """A row per region in a group of our own."""
    rows = [(member, name) for name, members in groups.items() for member in members]
    return pd.DataFrame(rows, columns=pd.Index(["region", "group"]))


def _pool(frame: pd.DataFrame, groups: dict[str, list[str]]) -> pd.DataFrame:
    """Regions summed into larger ones of our own, per period."""
    if not groups:
        return frame.iloc[:0]
    of = _members(groups)
    size = of.groupby("group").size()
    rows = frame.merge(of, on="region")
    if rows.empty:
        return frame.iloc[:0]
    pooled = _sum(rows, ["group", "period_start", "period_end"], size)
    return pooled.rename(columns={"group": "region"})


def _with_blocks(frame: pd.DataFrame, years: list[int], catalog: Catalog) -> pd.DataFrame:
    """Single years, and beside them the fixed blocks that the source covers whole."""
    pieces = [frame]
    for first, last in blocks(years, catalog.plan):
        inside = frame[frame["period_start"].between(first, last)]
        block = _sum(inside, ["region"], last - first + 1)
        pieces.append(block.assign(period_start=first, period_end=last))
    return pd.concat(pieces, ignore_index=True)


def _series(
    own: pd.DataFrame,
    series: Series,
    source: Source,
    catalog: Catalog,
    regions: pd.DataFrame,
    areas: list[Area],
    anchor: pd.DataFrame,
) -> pd.DataFrame:
    assert source.region is not None
    indicator = catalog.indicators[series.indicator]
    base = _base(own, series)
    reference_rows = base[base["region"] == source.reference_region]
    # a withdrawn year keeps its place, so that it is shown as withdrawn and not just gone
    taken_back = reference_rows["rank"] == _STATUS_ORDER.index("withdrawn")
    reference_rows = reference_rows[reference_rows["numerator"].notna() | taken_back]
    if reference_rows.empty:
        return base.iloc[:0]
    pooled = bool((reference_rows["period_end"] > reference_rows["period_start"]).all())
    years = sorted(reference_rows["period_start"]) if not pooled else []
    base = base[base["period_start"].isin(reference_rows["period_start"])]

    on_map = regions[regions["boundary_year"] == source.region.boundary_year]
    wanted = sorted({code for area in areas for code in area.municipalities})
    base = _complete(base, on_map, wanted, source, reference_rows)
    if base.empty:
        return base
    coalitions = {region_id(a): list(a.municipalities) for a in areas if a.is_coalition}
    own_regions = regions_of(areas, on_map)
    joined = stones(own_regions)
    frame = pd.concat([base, _pool(base, coalitions | joined)], ignore_index=True)
    frame = _with_blocks(frame, years, catalog)
    reference = _with_blocks(reference_rows, years, catalog)
    frame = frame.merge(
        reference[["period_start", "period_end", "numerator", "denominator"]].rename(
            columns={"numerator": "reference_x", "denominator": "reference_n"}
        ),
        on=["period_start", "period_end"],
    )
    per, decimals = indicator.per, series.printed_decimals
    frame["reference_estimate"] = frame["reference_x"] / frame["reference_n"] * per
    if decimals is not None:
        frame["reference_estimate"] = frame["reference_estimate"].round(decimals)
    frame["half_width"] = 0.5 * 10.0**-decimals if decimals is not None else 0.0
    frame["reference_decimals"] = decimals
    frame["level"] = frame["region"].map(dict(zip(on_map["code"], on_map["level"], strict=True)))
    frame["level"] = frame["level"].fillna("coalition")
    frame["expected"] = frame["denominator"] * frame["reference_estimate"] / per
    frame["births"] = frame["denominator"]
    frame = frame.merge(anchor, on=["region", "period_start", "period_end"], how="left")
    frame["expected_anchor"] = frame["expected_anchor"].fillna(frame["expected"])
    frame["planned"] = planned(frame, indicator, catalog.plan, pooled)
    planned_regions = set(published_regions(own_regions)["code"])
    frame["planned"] &= (frame["level"] != "wijk") | frame["region"].isin(planned_regions)
    frame["planned"] &= ~_years_without_members(frame, coalitions)
    rank = frame["rank"].fillna(len(_STATUS_ORDER) - 1).astype(int)
    frame["status"] = rank.map(dict(enumerate(_STATUS_ORDER)))
    derived = any(m.denominator_column for m in source.measures if m.variable in series.numerator)
    return frame.assign(
        source=source.id, indicator=series.indicator, definition=series.definition,
        per=per, counts_derived=derived,
    )  # fmt: skip


def _years_without_members(
    frame: pd.DataFrame, coalitions: dict[str, list[str]]
) -> pd.Series[bool]:
    """Single years of a coalition with a member that has none in the plan.

    Its total would force the other member out of its own single years; the fixed blocks serve.
    """
    single = frame["period_start"] == frame["period_end"]
    place = ["region", "period_start"]
    out = frame.loc[single & ~frame["planned"], place]
    if out.empty or not coalitions:
        return pd.Series(False, index=frame.index)
    lacking = out.merge(_members(coalitions), on="region")[["group", "period_start"]]
    years = pd.MultiIndex.from_frame(frame[place])
    return single & years.isin(pd.MultiIndex.from_frame(lacking))


def _complete(
    base: pd.DataFrame,
    on_map: pd.DataFrame,
    municipalities: list[str],
    source: Source,
    reference_rows: pd.DataFrame,
) -> pd.DataFrame:
    """Municipalities of our areas and their wijken; what the source leaves out is unknown."""
    assert source.region is not None
    levels = set(source.region.levels.values())
    drawn = set(on_map["code"])
    codes = [code for code in municipalities if code in drawn]
    if not base["region"].isin(codes).any() and source.absent_means == "missing":
        return base.iloc[:0]
    small = (on_map["level"] == "wijk") & on_map["parent"].isin(codes)
    wijken = on_map[small & ~on_map["code"].str.startswith("SG")]["code"].tolist()
    wanted = (codes if "municipality" in levels else []) + (wijken if "wijk" in levels else [])
    periods = reference_rows[["period_start", "period_end"]].drop_duplicates()
    grid = pd.DataFrame({"region": wanted}).merge(periods, how="cross")
    return grid.merge(base, on=["region", "period_start", "period_end"], how="left")


def _anchor(
    own: pd.DataFrame, source: Source, catalog: Catalog, joined: dict[str, list[str]]
) -> pd.DataFrame:
    """Expected cases of the plan's anchor indicator per region and period, blocks included."""
    columns = ["region", "period_start", "period_end", "expected_anchor"]
    for series in source.series:
        if series.indicator == catalog.plan.anchor_indicator and series.rate is None:
            base = _base(own, series)
            base = pd.concat([base, _pool(base, joined)], ignore_index=True)
            reference = base[base["region"] == source.reference_region]
            pooled = bool((reference["period_end"] > reference["period_start"]).all())
            years = [] if pooled else sorted(reference["period_start"])
            frame = _with_blocks(base, years, catalog)
            national = frame[frame["region"] == source.reference_region]
            rate = national.assign(rate=national["numerator"] / national["denominator"])
            frame = frame.merge(
                rate[["period_start", "period_end", "rate"]], on=["period_start", "period_end"]
            )
            frame["expected_anchor"] = frame["denominator"] * frame["rate"]
            return frame[columns]
    return pd.DataFrame(columns=pd.Index(columns))


def rest_of(rows: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cases and births of the country without the area: none where the area is the country.

    Rounding of the source can leave a little less than nothing: that is nothing.
    """
    births = np.maximum((rows["reference_n"] - rows["denominator"]).to_numpy(float), 0.0)
    cases = (rows["reference_x"] - rows["numerator"]).to_numpy(float)
    return np.clip(cases, 0.0, births), births


def label_cells(cells: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    """Estimate, intervals and label of every cell with counts.

    Give only cells that are shown: a hidden one in the family would shine through the labels of
    the others. Wijk areas of one municipality, indicator and period are one family; the others
    are single comparisons. Where an area is 5% or more of the country it is tested against the
    rest.
    """
    out = cells.copy()
    columns = ("estimate", "lower95", "upper95", "lower998", "upper998")
    # in plain arrays: the table itself is slow to write in, group by group
    numbers = {name: np.full(len(out), np.nan) for name in columns}
    labels = np.full(len(out), str(Label.GEEN_CIJFER), dtype=object)
    out = out.reset_index(drop=True)
    known = out[out["numerator"].notna() & (out["denominator"] > 0)]
    series = ["indicator", "source", "definition", "period_start", "period_end"]
    wijk = known["level"] == "wijk"
    family = known.groupby([*series, known["region"].str[2:6]], sort=False).ngroup()
    known = known.assign(family=family.where(wijk, -1))
    for (indicator_id, *_), rows in known.groupby([*series, wijk], sort=False):
        indicator = catalog.indicators[str(indicator_id)]
        share = rows["denominator"] / rows["reference_n"]
        large = share >= 0.05
        rest = rest_of(rows.where(large))
        comparison = compare(
            indicator.kind,
            rows["numerator"].to_numpy(),
            rows["denominator"].to_numpy(),
            (rows["reference_estimate"] / rows["per"]).to_numpy(),
            half_width=(rows["half_width"] / rows["per"]).to_numpy(),
            margin=indicator.equivalence_margin,
            rest=rest if large.any() else None,
            family=rows["family"].to_numpy(),
        )
        per = rows["per"].to_numpy()
        for name in columns:
            numbers[name][rows.index] = getattr(comparison, name) * per
        labels[rows.index] = [str(label) for label in comparison.label]
    return out.assign(**numbers, label=labels).set_index(cells.index)
