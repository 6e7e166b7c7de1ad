"""Helper columns that hold a delivery beside the last one, or a period beside the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from perinatal.ingest.helpers import ALL, WITHDRAWN, Column, Flags, Floats, Grid, some
from perinatal.ingest.helpers_cells import surprise

Tolerance = Mapping[str, float]
_BIG = ("country", "municipality")
_CLOSE = 2.0
"""Standard deviations within which two counts look alike ..."""
_CLOSE_SHARE = 0.05
"""... or the share of their size: a year makes more difference than chance."""


def _gone(grid: Grid) -> tuple[Flags, Flags, Flags] | None:
    """Per cell: was there, is there, and went as a whole period or a whole municipality."""
    if grid.source.redelivery != "full" or not grid.there_before.any():
        return None
    was, now = some(grid.there_before, axis=0), some(grid.there, axis=0)
    no_period = ~some(now, axis=0)[None, :]
    no_region = (~some(now, axis=1) & np.isin(grid.levels, _BIG))[:, None]
    return was, now, no_period | no_region


def whole_there(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether every period, every municipality and the country came back."""
    found = _gone(grid)
    if found is None:
        return None
    was, _, whole = found
    region, period = np.nonzero(was)
    return grid.column("_whole_there", ~whole[region, period], ALL, region, period)


def cell_there(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether each other cell came back."""
    found = _gone(grid)
    if found is None:
        return None
    was, now, whole = found
    region, period = np.nonzero(was & ~whole)
    return grid.column("_cell_there", now[region, period], ALL, region, period)


def filled_again(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Share of the numbers of a variable and period that are numbers again."""
    if _gone(grid) is None:
        return None
    again = np.isfinite(grid.now) | (grid.status == WITHDRAWN)
    before = np.isfinite(grid.before) & some(grid.there, axis=0)[None]
    number = before.sum(axis=1)
    variable, period = np.nonzero(number)
    share = ((again & before).sum(axis=1) / np.maximum(number, 1))[variable, period]
    return grid.column("_filled_again", share, variable, grid.reference, period)


def _change(grid: Grid, tolerance: Tolerance, name: str) -> Column | None:
    counts = np.array(grid.counts, dtype=np.int64)
    if not len(counts):
        return None
    relative = np.array([tolerance.get(str(level), np.nan) for level in grid.levels])
    now, base = grid.now[counts], grid.base[counts]
    judged = np.isfinite(now) & np.isfinite(base) & np.isfinite(relative)[None, :, None]
    place, region, period = np.nonzero(judged)
    values = surprise(now[judged], base[judged], relative[region])
    return grid.column(name, values, counts[place], region, period)


def change(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Surprise (z) at the change of a count of the country or a municipality."""
    return _change(grid, tolerance, "_change")


def change_small(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Surprise (z) at the change of a count of a wijk or buurt."""
    return _change(grid, tolerance, "_change_small")


def same_share(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Share of the regions whose count equals that of a period earlier, among counts of some size.

    Counts that the source rounds are left out: they are equal by chance.
    """
    base = grid.previous
    values, variables, periods = [], [], []
    for v in grid.counts:
        plain = (grid.step(v) == 1)[:, None]
        judged = np.isfinite(grid.now[v]) & (base[v] >= tolerance["count"]) & plain
        number = judged.sum(axis=0)
        same = (judged & (grid.now[v] == base[v])).sum(axis=0)
        for p in np.flatnonzero(number >= tolerance["cells"]):
            values.append(same[p] / number[p])
            variables.append(v)
            periods.append(int(p))
    return grid.column(
        "_same_share", np.array(values, dtype=float), np.array(variables, dtype=np.int64),
        grid.reference, np.array(periods, dtype=np.int64),
    )  # fmt: skip


def _unlike(now: Floats, base: Floats, tolerance: Tolerance) -> Flags:
    """Far from the figure that belongs here: beyond a share and beyond chance."""
    return surprise(now, base, tolerance["relative"]) > tolerance["chance"]


def _alike(now: Floats, base: Floats) -> Flags:
    """Within chance of another figure, or within some hundredths of it."""
    near = surprise(now, base, -1.0) < _CLOSE
    with np.errstate(divide="ignore", invalid="ignore"):
        close = np.abs(now - base) < _CLOSE_SHARE * base
    return near | close


def shifted_row(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Share of the odd counts that fit the region one line up, or one line down, in the file.

    The line below the country or the line of a wijk beside its municipality tells most; of
    regions of the same size nobody could see it.
    """
    base = grid.base
    values, variables, periods = [], [], []
    for v in grid.counts:
        for p in range(len(grid.periods)):
            own = np.flatnonzero(grid.there[v, :, p])
            order = own[np.argsort(grid.line[v, own, p], kind="stable")]
            now, right = grid.now[v, order, p], base[v, order, p]
            odd = _unlike(now, right, tolerance)
            if not np.isfinite(now).any() or not np.isfinite(right).any():
                continue
            shares = [0.0]
            if odd.sum() >= tolerance["cells"]:
                for aside in (1, -1):
                    beside = np.roll(right, aside)
                    beside[0 if aside == 1 else -1] = np.nan
                    shares.append(float((odd & _alike(now, beside)).sum() / odd.sum()))
            values.append(max(shares))
            variables.append(v)
            periods.append(p)
    return grid.column(
        "_shifted_row", np.array(values), np.array(variables, dtype=np.int64), grid.reference,
        np.array(periods, dtype=np.int64),
    )  # fmt: skip


def shifted_column(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Share of the odd counts of a variable that fit another variable.

    Judged where the national count is odd, or several others are.
    """
    base = grid.base
    counts = grid.counts
    values, variables, periods = [], [], []
    for v in counts:
        odd = _unlike(grid.now[v], base[v], tolerance)
        known = (np.isfinite(grid.now[v]) & np.isfinite(base[v])).any(axis=0)
        told = odd[grid.reference] | (odd.sum(axis=0) >= tolerance["cells"])
        for p in np.flatnonzero(known):
            shares = [0.0]
            if told[p]:
                at = odd[:, p]
                shares += [
                    float(_alike(grid.now[v][at, p], base[w][at, p]).mean())
                    for w in counts if w != v
                ]  # fmt: skip
            values.append(max(shares))
            variables.append(v)
            periods.append(int(p))
    return grid.column(
        "_shifted_column", np.array(values), np.array(variables, dtype=np.int64), grid.reference,
        np.array(periods, dtype=np.int64),
    )  # fmt: skip


@dataclass(frozen=True)
class _National:
    """National figure of a series per period: what is delivered, what speaks, cases and births.

    A figure that is printed without its counts has endless cases: no bound on them can hold.
    """

    first: int
    now: Floats
    before: Floats
    cases: Floats
    cases_before: Floats
    births: Floats

    @property
    def latest(self) -> Floats:
        return np.where(np.isfinite(self.now), self.now, self.before)


def _national(grid: Grid) -> list[_National]:
    at = grid.reference
    found = []
    for series, touched in grid.counted:
        upper = [grid.total(series.numerator, v)[at] for v in (grid.now, grid.before)]
        lower = [grid.total(series.denominator, v)[at] for v in (grid.now, grid.before)]
        with np.errstate(divide="ignore", invalid="ignore"):
            now, before = upper[0] / lower[0], upper[1] / lower[1]
        cases = np.where(np.isfinite(upper[0]), upper[0], upper[1])
        births = np.where(np.isfinite(lower[0]), lower[0], lower[1])
        found.append(_National(touched[0], now, before, cases, upper[1], births))
    endless = np.full(len(grid.periods), np.inf)
    for series in grid.source.series:
        place = grid.at(series.rate) if series.rate else None
        if place is not None:
            now, before = grid.now[place, at], grid.before[place, at]
            found.append(_National(place, now, before, endless, endless, endless))
    return found


def _told(grid: Grid, name: str, found: list[tuple[int, Floats, Flags]]) -> Column | None:
    """A column of one row per series and period where it can be judged."""
    if not found:
        return None
    return grid.column(
        name,
        np.concatenate([values[judged] for _, values, judged in found]),
        np.concatenate([np.full(int(judged.sum()), first) for first, _, judged in found]),
        grid.reference,
        np.concatenate([np.flatnonzero(judged) for _, _, judged in found]),
    )


def _with_earlier(grid: Grid, values: Floats) -> Floats:
    """The value of the period before each period."""
    out = np.full(len(grid.periods), np.nan)
    has = grid.earlier >= 0
    out[has] = values[grid.earlier[has]]
    return out


def scale(grid: Grid, tolerance: Tolerance) -> Column | None:
    """National figure as a multiple of what it was: per 1 for per 100 makes it 100 times less."""
    found = []
    for n in _national(grid):
        same = np.isfinite(n.before)
        base = np.where(same, n.before, _with_earlier(grid, n.latest))
        cases = np.where(same, n.cases_before, _with_earlier(grid, n.cases))
        judged = np.isfinite(n.now) & (base > 0) & (cases >= tolerance["cases"])
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((n.first, n.now / base, judged))
    return _told(grid, "_scale", found)


def figure_moved(grid: Grid, tolerance: Tolerance) -> Column | None:
    """By what share a national figure that speaks already became another figure."""
    found = []
    for n in _national(grid):
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.abs(n.now / n.before - 1)
        found.append((n.first, share, np.isfinite(n.now) & (n.before > 0)))
    return _told(grid, "_figure_moved", found)


def figure_jumped(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Surprise (z) at the step of a national figure from one period to the next, beyond a share."""
    found = []
    for n in _national(grid):
        base, births = _with_earlier(grid, n.latest), _with_earlier(grid, n.births)
        judged = np.isfinite(n.now) & (base > 0) & np.isfinite(births) & (n.births > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            pooled = (n.now * n.births + base * births) / (births + n.births)
            spread = np.sqrt(np.clip(pooled * (1 - pooled), 0, None) * (1 / births + 1 / n.births))
            z = np.where(spread > 0, np.abs(n.now - base) / spread, 0.0)
            z = np.where(np.abs(n.now / base - 1) > tolerance["relative"], z, 0.0)
        found.append((n.first, z, judged))
    return _told(grid, "_figure_jumped", found)
