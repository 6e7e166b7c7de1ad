"""Helper columns that look at one delivery by itself: wholes, parts, shares, unknowns, years."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from perinatal.ingest.helpers import (
    ALL,
    MISSING,
    OK,
    PROVISIONAL,
    WITHDRAWN,
    Column,
    Flags,
    Floats,
    Grid,
    Piece,
    some,
)

Tolerance = Mapping[str, float]
_BELOW = {"municipality": "country", "wijk": "municipality", "buurt": "wijk"}
_ROUNDING_ERROR = 1e-9


def one_row_each(grid: Grid, tolerance: Tolerance) -> Column | None:
    """A code per delivered row, that only a second row about the same figure shares."""
    variable, region, period = np.unravel_index(grid.row_cell, grid.now.shape)
    return grid.column("_figure", grid.row_cell, variable, region, period)


def value(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Every delivered number."""
    v, r, p = np.nonzero(np.isfinite(grid.now))
    return grid.column("value", grid.now[v, r, p], v, r, p)


def year(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Last year of each delivered cell; nothing when the moment of judging is not known."""
    if grid.moment is None:
        return None
    region, period = np.nonzero(some(grid.there, axis=0))
    ends = np.array([end for _, end in grid.periods], dtype=np.int64)
    return grid.column("period_end", ends[period], ALL, region, period)


def _national(grid: Grid) -> tuple[Flags, Flags]:
    """Per variable of a series and period: do regions have a number, does the country have one?

    A patch may leave the national figure to the deliveries that it mends.
    """
    wanted = np.array([
        any(name in series.variables for series in grid.source.series) for name in grid.variables
    ])  # fmt: skip
    have = np.isfinite(grid.now)
    if grid.source.redelivery == "patch":
        have = have | np.isfinite(grid.before)
    needed = some(np.isfinite(grid.now), axis=1) & wanted[:, None]
    return needed, have[:, grid.reference, :]


def reference_there(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether a period with figures has a national row."""
    needed, national = _national(grid)
    periods = np.flatnonzero(some(needed, axis=0))
    good = some(national, axis=0)[periods]
    return grid.column("_reference_there", good, ALL, grid.reference, periods)


def reference_figure(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether each figure has a national one, in the periods that have a national row."""
    needed, national = _national(grid)
    variable, period = np.nonzero(needed & some(national, axis=0)[None, :])
    good = national[variable, period]
    return grid.column("_reference_figure", good, variable, grid.reference, period)


def ratio_fits(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether the numerator of a series lies between 0 and its denominator."""
    pieces = []
    for series, touched in grid.counted:
        upper = grid.total(series.numerator, grid.now)
        lower = grid.total(series.denominator, grid.now)
        room = np.sum([grid.off(v) for v in touched], axis=0)[:, None]
        good = (upper <= lower + room) & (upper >= -room)
        judged = np.isfinite(upper) & np.isfinite(lower)
        pieces.append(Piece(touched[0], good, judged, tuple(touched)))
    return grid.gathered("_ratio_fits", pieces)


def parent_there(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether the region around a wijk or buurt is delivered too, if the source has its level."""
    assert grid.source.region is not None
    delivered = set(grid.source.region.levels.values())
    judged = [n for n in ("wijk", "buurt") if n in delivered and _BELOW[n] in delivered]
    cells = some(grid.there, axis=0)
    region, period = np.nonzero(cells & np.isin(grid.levels, judged)[:, None])
    around = grid.parents[region]
    good = (around >= 0) & cells[around, period]
    return grid.column("_parent_there", good, ALL, region, period)


def rounded(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether a count is a multiple of what the contract says that the source rounds to."""
    steps = np.stack([grid.step(v) for v in range(len(grid.variables))])[:, :, None]
    v, r, p = np.nonzero(np.isfinite(grid.now) & (steps > 1))
    good = np.mod(grid.now, steps)[v, r, p] == 0
    return grid.column("_rounded", good, v, r, p)


def share_follows(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether a delivered share follows from the counts beside it, within its own rounding."""
    pieces = []
    for share in grid.source.shares:
        names = (share.share, share.numerator, share.denominator)
        places = [place for place in map(grid.at, names) if place is not None]
        if len(places) < len(names):
            continue
        s, x, n = grid.now[places]
        with np.errstate(divide="ignore", invalid="ignore"):
            told = x / n * share.per
            off = [grid.off(place)[:, None] for place in places[1:]]
            room = (off[0] + off[1] * x / n) / n * share.per
        room = room + 0.5 * 10.0**-share.decimals + _ROUNDING_ERROR
        judged = np.isfinite(s) & np.isfinite(told)
        pieces.append(Piece(places[0], np.abs(s - told) <= room, judged, tuple(places)))
    return grid.gathered("_share_follows", pieces)


def highest_share(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Highest share per variable and period, in the unit of the contract.

    Of shares that were delivered as such; one with few births behind it can be low by chance.
    """
    per = {m.variable: m.per for m in grid.source.measures if m.per is not None}
    values, variables, periods = [], [], []
    for series in grid.source.series:
        first = grid.at((series.rate or series.numerator[0]).removeprefix("-"))
        if first is None or (series.rate is None and grid.variables[first] not in per):
            continue
        if series.rate is not None:
            shares, births = grid.now[first], np.full_like(grid.now[first], np.inf)
        elif any(grid.at(name) is None for name in series.variables):
            continue
        else:
            births = grid.total(series.denominator, grid.now)
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = grid.total(series.numerator, grid.now) / births
            shares = shares * float(per[grid.variables[first]] or 1)
        known = np.isfinite(shares)
        most = np.where(known, births, 0.0).max(axis=0)
        for p in np.flatnonzero(most >= tolerance["births"]):
            values.append(float(shares[known[:, p], p].max()))
            variables.append(first)
            periods.append(int(p))
    return grid.column(
        "_highest_share", np.array(values), np.array(variables, dtype=np.int64), grid.reference,
        np.array(periods, dtype=np.int64),
    )  # fmt: skip


def months_old(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Months between the end of a period and now, for periods with figures that count as final."""
    if grid.moment is None:
        return None
    final = np.flatnonzero(some((grid.status == OK) & np.isfinite(grid.now), axis=(0, 1)))
    months = [
        (grid.moment.year - grid.periods[p][1] - 1) * 12 + grid.moment.month - 1 for p in final
    ]
    return grid.column("_months_old", np.array(months), ALL, grid.reference, final)


def provisional_last(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether a provisional figure has no final one of a later year beside it."""
    ok = some((grid.status == OK) & np.isfinite(grid.now), axis=1)
    v, r, p = np.nonzero(grid.status == PROVISIONAL)
    ends = np.array([end for _, end in grid.periods])
    last_final = np.where(ok, ends[None, :], -1).max(axis=1)
    return grid.column("_provisional_last", ends[p] >= last_final[v], v, r, p)


def unknown_share(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Share of unknowns, less what chance allows, in totals of some size."""
    pieces = []
    for unknown, whole in grid.source.unknowns.items():
        u, n = grid.at(unknown), grid.at(whole)
        if u is None or n is None:
            continue
        count, total = grid.now[u], grid.now[n]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.maximum(count - 2 * np.sqrt(count), 0.0) / total
        judged = np.isfinite(count) & (total >= tolerance["births"])
        pieces.append(Piece(u, share, judged))
    return grid.gathered("_unknown_share", pieces)


def missing_share(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Share without a number among the regions of one level, on the rows that have none.

    A column that is empty for a whole level was not counted there; that is no gap.
    """
    if not len(grid.row_cell):
        return None
    empty = (grid.status == MISSING) & ~np.isfinite(grid.now)
    filled = np.isfinite(grid.now) | (grid.status == WITHDRAWN)
    share = np.zeros_like(grid.now)
    for level in np.unique(grid.levels):
        own = grid.levels == level
        none, some = empty[:, own].sum(axis=1), filled[:, own].sum(axis=1)
        with np.errstate(invalid="ignore"):
            part = np.where(some > 0, none / np.maximum(none + some, 1), 0.0)
        share[:, own] = part[:, None, :]
    v, r, p = np.nonzero(empty & (share > 0))
    if not len(v):
        # nothing is missing: one row says so, and the rule has judged
        return grid.column("_missing_share", np.zeros(1), ALL, grid.reference, 0)
    return grid.column("_missing_share", share[v, r, p], v, r, p)


def births_gap(grid: Grid, tolerance: Tolerance) -> Column | None:
    """How far the national births lie from those that CBS counts, as a share."""
    own, years = grid.source.births, grid.yardstick.years
    place = grid.at(own.variable) if own else None
    if place is None or grid.source.reference_region != grid.yardstick.region:
        return None
    values, periods = [], []
    for p, (start, end) in enumerate(grid.periods):
        span = [years.get(y) for y in range(start, end + 1)]
        told = sum(y for y in span if y is not None)
        here = grid.now[place, grid.reference, p]
        if None not in span and np.isfinite(here):
            values.append(abs(float(here) / told - 1))
            periods.append(p)
    return grid.column(
        "_births_gap", np.array(values), place, grid.reference, np.array(periods, dtype=np.int64)
    )


def births_gap_region(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Surprise (z) at the births of a municipality beside another source, beyond a share."""
    own, beside = grid.source.births, grid.yardstick.regions
    place = grid.at(own.variable) if own else None
    if place is None or beside is None or beside.empty:
        return None
    keys = ["region", "period_start", "period_end"]
    told = beside.dropna(subset=["value"]).set_index(keys)["value"]
    told = told[~told.index.duplicated()]
    region, period = np.nonzero(
        np.isfinite(grid.now[place]) & (grid.levels == "municipality")[:, None]
    )
    here = grid.now[place][region, period]
    index = pd.MultiIndex.from_arrays(
        [grid.regions[region].tolist(), [grid.periods[p][0] for p in period],
         [grid.periods[p][1] for p in period]], names=keys,
    )  # fmt: skip
    there = told.reindex(index).to_numpy(np.float64)
    both = np.isfinite(there)
    return grid.column(
        "_births_gap_region", surprise(here, there, tolerance["relative"])[both], place,
        region[both], period[both],
    )  # fmt: skip


def surprise(now: Floats, base: Floats, relative: Floats | float) -> Floats:
    """How many standard deviations two counts lie apart; 0 within a relative bound.

    Square roots make the spread of small counts even (Anscombe 1948, Biometrika 35:246).
    """
    # a negative count is another rule's finding
    roots = [np.sqrt(np.maximum(counts, 0.0) + 0.375) for counts in (now, base)]
    apart = np.abs(roots[0] - roots[1]) * np.sqrt(2.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.abs(now - base) / base
    return np.where(share > relative, apart, 0.0)
