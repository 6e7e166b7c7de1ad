"""Which areas a municipality has, and what each level may show: fixed on births beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from perinatal import dutch
from perinatal.catalog import Area, Catalog, Register, RegisterArea, Source
from perinatal.disclosure.gebieden import Gebied, cut
from perinatal.disclosure.plan import blocks
from perinatal.errors import CatalogError, UserError
from perinatal.pipeline.compute import _base, _wide, present_areas, regions_of
from perinatal.regions import display_name, neighbours, union
from perinatal.settings import Settings
from perinatal.store import deliveries, open_store
from perinatal.store.registers import stored_registers

State = Literal["approved", "draft", "cut"]
Period = tuple[str, int, int]
"""Source, first and last year."""


@dataclass(frozen=True)
class PlannedArea:
    """One startfotogebied with its reasons.

    ``expected``: cases per period, unknown wijken counted as none; ``small`` and ``unknown``:
    names of its wijken that are too small alone, with their cases, or without births in a source.
    """

    gebied: Gebied
    wijken: tuple[str, ...]
    expected: dict[Period, float]
    small: dict[str, float]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class MunicipalPlan:
    """The areas of one municipality and where they come from.

    ``largest``: expected cases of the whole municipality in its smallest period.
    """

    municipality: str
    name: str
    boundary_year: int
    register: Register | None
    based_on: str
    least: float
    whole: float
    areas: tuple[PlannedArea, ...]

    @property
    def state(self) -> State:
        if self.register is None:
            return "cut"
        return "approved" if self.register.approved_by else "draft"


def kept(settings: Settings) -> dict[str, Register]:
    """Registers that a build has cut, where no file goes before them."""
    with open_store(settings.store_file) as store:
        return stored_registers(store)


def read(catalog: Catalog, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Regions and observations that speak now.

    Raises:
        UserError: nothing was ever delivered.
    """
    if not settings.store_file.is_file():
        raise UserError("the store is empty: ingest a map and a delivery first.")
    now = settings.clock()
    with open_store(settings.store_file) as store:
        return deliveries.regions_as_of(store, now), deliveries.observations_as_of(
            store, now, catalog.patching, catalog.keeping
        )


def areas_of(
    catalog: Catalog, regions: pd.DataFrame, observations: pd.DataFrame
) -> dict[str, list[Gebied]]:
    """Startfotogebieden per municipality of the catalogue's areas that stands on a map.

    The register of the catalogue where there is one for these boundaries, approved or not; else
    cut here, on the births per wijk of the sources that deliver the plan's anchor indicator.

    Args:
        regions: of the maps that speak: code, name, level, boundary_year, parent, geometry (WKB).
        observations: as of one moment, see ``store.deliveries.observations_as_of``.

    Returns:
        Municipality code -> areas; an empty list where it has no figures below the municipality.

    Raises:
        CatalogError: a register that does not fit the map.
    """
    found = _plans(catalog, regions, observations, None)
    return {code: [area.gebied for area in plan.areas] for code, plan in found.items()}


def explain(
    area: Area,
    catalog: Catalog,
    regions: pd.DataFrame,
    observations: pd.DataFrame,
    stored: Mapping[str, Register] = MappingProxyType({}),
) -> list[MunicipalPlan]:
    """The startfotogebieden of each municipality of one area, with their reasons.

    Args:
        regions, observations: as for ``areas_of``.
        stored: registers that a build has cut; a file of the catalogue goes before them.

    Raises:
        CatalogError: a register that does not fit the map.
        UserError: a municipality of the area stands on no map.
    """
    if area not in present_areas(catalog, regions):
        raise UserError(
            f"{area.id}: a municipality of it is on no map of {area.boundary_year} in the store: "
            "ingest that map first."
        )
    return list(_plans(catalog, regions, observations, area.municipalities, stored).values())


def _plans(
    catalog: Catalog,
    regions: pd.DataFrame,
    observations: pd.DataFrame,
    only: Collection[str] | None,
    stored: Mapping[str, Register] = MappingProxyType({}),
) -> dict[str, MunicipalPlan]:
    own = regions_of(present_areas(catalog, regions), regions)
    towns = own[own["level"] == "municipality"].sort_values("code")
    periods = {
        source.id: expected_per_wijk(source, catalog, observations)
        for source in catalog.sources.values()
    }
    plans = {}
    for code, name, year in towns[["code", "name", "boundary_year"]].values.tolist():
        if only is not None and code not in only:
            continue
        wijken = own[(own["parent"] == code) & (own["boundary_year"] == year)]
        wijken = wijken[wijken["level"] == "wijk"].sort_values("code").reset_index(drop=True)
        wijken["name"] = wijken["name"].map(display_name)
        births = {
            source: frame[frame["region"].isin(wijken["code"])]
            for source, frame in periods.items()
            if _boundaries(catalog.sources[source]) == year
        }
        known = {key: frame for key, frame in births.items() if frame["expected"].notna().any()}
        cut_before = stored.get(f"{code}-{year}")
        plans[code] = _plan(code, name, year, wijken, known, catalog, cut_before)
    return plans


def _boundaries(source: Source) -> int | None:
    return source.region.boundary_year if source.region else None


def expected_per_wijk(source: Source, catalog: Catalog, observations: pd.DataFrame) -> pd.DataFrame:
    """Expected cases of the anchor indicator per region in each fixed block, from births only.

    Args:
        observations: as of one moment, of any sources.

    Returns:
        region, period_start, period_end and expected (births x national share; NaN where births
        are unknown in one of the years). A source that delivers one pooled period keeps that one.
        Empty where the source delivers no births per wijk or no whole block.
    """
    columns = ["region", "period_start", "period_end", "expected"]
    nothing = pd.DataFrame(columns=pd.Index(columns))
    own = observations[observations["source"] == source.id]
    series = next(
        (
            series
            for series in source.series
            if series.indicator == catalog.plan.anchor_indicator and series.rate is None
        ),
        None,
    )
    if series is None or source.region is None or own.empty:
        return nothing
    if "wijk" not in source.region.levels.values():
        return nothing
    national = _base(own[own["region"] == source.reference_region], series)
    national = national[national["numerator"].notna()]
    # births only: a wijk whose outcome is unknown has its births all the same
    births = _wide(own, series.denominator)
    pooled = bool((national["period_end"] > national["period_start"]).all())
    periods = (
        list(zip(national["period_start"], national["period_end"], strict=True))
        if pooled
        else blocks(national["period_start"].tolist(), catalog.plan)
    )
    found = [nothing]
    for start, end in periods:
        rate = _within(national, start, end)[["numerator", "denominator"]].sum()
        inside = _within(births, start, end).groupby("region")["value"]
        years = 1 if pooled else end - start + 1
        cases = inside.sum(min_count=years) * rate["numerator"] / rate["denominator"]
        found.append(
            cases.rename("expected").reset_index().assign(period_start=start, period_end=end)
        )
    filled = [frame for frame in found if len(frame)]
    return pd.concat(filled, ignore_index=True)[columns] if filled else nothing


def _within(frame: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    return frame[(frame["period_start"] >= start) & (frame["period_end"] <= end)]


def _plan(
    code: str, name: str, year: int, wijken: pd.DataFrame, births: dict[str, pd.DataFrame],
    catalog: Catalog, cut_before: Register | None,
) -> MunicipalPlan:  # fmt: skip
    least = catalog.plan.expected_area
    register = catalog.registers.get(f"{code}-{year}")
    table: dict[Period, pd.Series[float]] = {}
    for source, frame in sorted(births.items()):
        spans = frame[["period_start", "period_end"]].drop_duplicates().sort_values("period_start")
        for start, end in spans.values.tolist():
            rows = frame[(frame["period_start"] == start) & (frame["period_end"] == end)]
            by_wijk = rows.set_index("region")["expected"]
            table[source, start, end] = by_wijk.reindex(wijken["code"])
    cases = pd.DataFrame(table, index=pd.Index(wijken["code"]))
    # an unknown number of births counts as none, so that no area leans on it
    smallest = cases.fillna(0.0).min(axis=1) if table else pd.Series(0.0, index=cases.index)
    divided = register or cut_before
    if divided is None:
        found = _cut(wijken.assign(expected=smallest.to_numpy()), cases, least) if table else []
    else:
        _fits(divided, set(wijken["code"]))
        found = [
            Gebied(a.code, a.name, a.wijken, float(smallest[list(a.wijken)].sum()))
            for a in divided.areas
        ]
    names = dict(zip(wijken["code"], wijken["name"], strict=True))
    areas = [
        PlannedArea(
            area,
            tuple(names[wijk] for wijk in area.wijken),
            {period: float(values[list(area.wijken)].sum()) for period, values in table.items()},
            {names[w]: float(smallest[w]) for w in area.wijken if smallest[w] < least},
            tuple(names[w] for w in area.wijken if not table or cases.loc[w].isna().any()),
        )
        for area in found
    ]
    based_on = divided.based_on if divided else _based_on(list(table), catalog)
    whole = float(cases.sum().min()) if table else 0.0
    return MunicipalPlan(code, name, year, register, based_on, least, whole, tuple(areas))


def _cut(wijken: pd.DataFrame, cases: pd.DataFrame, least: float) -> list[Gebied]:
    """Areas of the wijken whose births are known; the others stay alone, without a figure.

    Joined with an unknown one, an area would have no figure either.
    """
    unknown = cases.isna().any(axis=1).to_numpy()
    known = wijken[~unknown].reset_index(drop=True)
    found = cut(known, neighbours(known), least) if len(known) else []
    if not found:
        return []
    alone = [
        Gebied(code, name, (code,), 0.0)
        for code, name in wijken.loc[unknown, ["code", "name"]].values.tolist()
    ]
    return sorted([*found, *alone], key=lambda gebied: min(gebied.wijken))


def cut_once(
    catalog: Catalog,
    regions: pd.DataFrame,
    observations: pd.DataFrame,
    stored: dict[str, Register],
) -> tuple[dict[str, Register], list[Register]]:
    """The register of every municipality, and those among them that were cut just now.

    The file of the catalogue goes first, then what an earlier build cut, so that births that come
    later move no area.

    Args:
        regions, observations: as for ``areas_of``.
        stored: registers of earlier builds.

    Raises:
        CatalogError: a register that does not fit the map.
    """
    known = stored | catalog.registers
    plans = _plans(catalog.model_copy(update={"registers": known}), regions, observations, None)
    new = [
        Register(
            id=f"{code}-{plan.boundary_year}", municipality=code,
            boundary_year=plan.boundary_year, based_on=plan.based_on,
            areas=tuple(
                RegisterArea(code=a.gebied.code, name=a.gebied.name, wijken=a.gebied.wijken)
                for a in plan.areas
            ),
        )
        for code, plan in plans.items()
        if plan.register is None and plan.areas
    ]  # fmt: skip
    used = {plan.register.id: plan.register for plan in plans.values() if plan.register}
    return used | {register.id: register for register in new}, new


def with_areas(regions: pd.DataFrame, registers: Iterable[Register]) -> pd.DataFrame:
    """The regions with the joined areas among them, and the area of each wijk in ``area``.

    A wijk that is an area by itself has its own code there; one of a municipality without areas
    has none. Other regions have None.
    """
    places = regions[["code", "boundary_year"]].to_numpy(object).tolist()
    rows_of: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row, (code, year) in enumerate(places):
        rows_of[code, year].append(row)
    areas = np.full(len(regions), None, dtype=object)
    joined: list[tuple[RegisterArea, list[int]]] = []
    for register in registers:
        for area in register.areas:
            rows = sorted(row for w in area.wijken for row in rows_of[w, register.boundary_year])
            areas[rows] = area.code
            if len(area.wijken) > 1:
                joined.append((area, rows))
    out = regions.assign(area=pd.Series(areas, index=regions.index, dtype=object))
    if not joined:
        return out
    shapes = out["geometry"].tolist()
    made = out.iloc[[rows[0] for _, rows in joined]].assign(
        code=[area.code for area, _ in joined],
        name=[area.name for area, _ in joined],
        geometry=[union([shapes[row] for row in rows]) for _, rows in joined],
    )
    return pd.concat([out, made], ignore_index=True)


def _fits(register: Register, wijken: set[str]) -> None:
    named = {wijk for area in register.areas for wijk in area.wijken}
    faults = [
        f"{register.id}.yaml: areas: the map of {register.boundary_year} has no wijk {wijk}."
        for wijk in sorted(named - wijken)
    ]
    if register.areas:
        faults += [
            f"{register.id}.yaml: areas: wijk {wijk} of the map stands in no area."
            for wijk in sorted(wijken - named)
        ]
    if len(register.areas) == 1:
        faults.append(
            f"{register.id}.yaml: areas: one area is the municipality again: make two, or none."
        )
    if faults:
        raise CatalogError(faults)


def _based_on(periods: list[Period], catalog: Catalog) -> str:
    """Dutch: which births, and what they had to be enough for."""
    if not periods:
        return "Er zijn geen geboorten per wijk bekend."
    told = []
    for source in dict.fromkeys(source for source, _, _ in periods):
        spans = [dutch.years(start, end) for name, start, end in periods if name == source]
        told.append(f"{source} ({dutch.listed(spans)})")
    anchor = catalog.indicators[catalog.plan.anchor_indicator].words.subject
    return (
        f"Geboorten per wijk uit {dutch.listed(told)}. In elke periode verwachten we per gebied "
        f"minstens {dutch.number(catalog.plan.expected_area)} keer {anchor}."
    )
