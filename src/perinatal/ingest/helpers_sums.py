"""Helper columns for figures that go together: parts and wholes, definitions, and zeros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.special import gammaincc

from perinatal.ingest.helpers import ALL, WITHHELD, Column, Flags, Floats, Grid, Piece, Places, some

Tolerance = Mapping[str, float]
_ROUNDING_ERROR = 1e-9
_LEVELS = ("municipality", "wijk", "buurt")


def _per_whole(values: Floats, parents: Places) -> Floats:
    """Values of the parts of each region added up, per period."""
    inside = np.flatnonzero(parents >= 0)
    width = values.shape[1]
    place = parents[inside, None] * width + np.arange(width)
    total = np.bincount(place.ravel(), values[inside].ravel(), minlength=values.size)
    return np.asarray(total, dtype=np.float64).reshape(values.shape)


def _off(grid: Grid, variable: int) -> Floats:
    """How far a count may lie from the true one, per region."""
    off = grid.off(variable)
    derived = {m.variable for m in grid.source.measures if m.denominator_column}
    # a count worked back from a rounded share can be one off
    least = 1.0 if grid.variables[variable] in derived else 0.0
    return np.asarray(off.clip(min=least), dtype=np.float64)


def _room(grid: Grid, variables: Sequence[int], known: Flags, parents: Places) -> Floats:
    """How far known parts and their whole may lie apart because both are rounded."""
    off: Floats = np.sum([_off(grid, v) for v in variables], axis=0)
    if not off.any():
        return np.zeros(grid.now.shape[1:])
    return _per_whole(known * off[:, None], parents) + off[:, None]


def _sums(values: Floats, known: Flags, parents: Places) -> tuple[Floats, Floats]:
    """Sum and number of the known parts of each region, per period."""
    total = _per_whole(np.where(known, values, 0.0), parents)
    return total, _per_whole(known.astype(np.float64), parents)


def parts_within(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether parts add up to no more than their whole; a source may leave parts out."""
    pieces = []
    for v in grid.counts:
        whole, known = grid.sure[v], np.isfinite(grid.sure[v])
        total, number = _sums(whole, known, grid.parents)
        room = _room(grid, [v], known, grid.parents) + _ROUNDING_ERROR
        pieces.append(Piece(v, total <= whole + room, known & (number > 0)))
    # any of them may be the wrong one
    return grid.gathered("_parts_within", pieces, children=True)


def left_over(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Share of a whole that no part has, beyond ``cases`` and the rounding of the source.

    Judged only where the source hides nothing and every known part has a number.
    """
    source = grid.source
    if source.absent_means == "withheld" or source.withheld:
        return None
    parents = np.where(grid.levels == "municipality", ALL, grid.parents)
    pieces = []
    for v in grid.counts:
        whole, told = grid.sure[v], np.isfinite(grid.sure[v])
        total, number = _sums(whole, told, parents)
        ever = some(np.isfinite(grid.now[v]) | np.isfinite(grid.before[v]), axis=1)
        known = np.bincount(parents[(parents >= 0) & ever], minlength=len(parents))
        judged = told & (whole > 0) & (number > 0) & (number == known[:, None])
        rest = whole - total - _room(grid, [v], told, parents) - tolerance["cases"]
        with np.errstate(divide="ignore", invalid="ignore"):
            pieces.append(Piece(v, np.maximum(rest, 0.0) / whole, judged))
    return grid.gathered("_left_over", pieces, children=True)


def rest_fits(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether the cases that no part has fit in the births that no part has.

    Of parts that have both; beyond what a source may leave out by the tolerance, no world fits.
    """
    pieces = []
    for series, touched in grid.counted:
        births = grid.total(series.denominator, grid.sure)
        below = [place for place in map(grid.at, series.denominator) if place is not None]
        for v in set(touched) - set(below):
            cases = grid.sure[v]
            known = np.isfinite(cases) & np.isfinite(births)
            total, number = _sums(cases, known, grid.parents)
            room = _room(grid, [v, *below], known, grid.parents) + _ROUNDING_ERROR
            room += np.maximum(tolerance["cases"], tolerance["relative"] * cases)
            rest = births - _sums(births, known, grid.parents)[0]
            pieces.append(Piece(v, cases - total <= rest + room, known & (number > 0)))
    return grid.gathered("_rest_fits", pieces, children=True)


def _numerators(grid: Grid) -> dict[tuple[str, str], tuple[Floats, Floats, tuple[int, ...]]]:
    """Per indicator and definition: the numerator, how far it may be off, and its variables."""
    found = {}
    for series, _ in grid.counted:
        places = tuple(place for place in map(grid.at, series.numerator) if place is not None)
        off = np.sum([_off(grid, v) for v in places], axis=0)[:, None] + _ROUNDING_ERROR
        key = (series.indicator, series.definition)
        found[key] = (grid.total(series.numerator, grid.sure), off, places)
    return found


def definition_fits(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether a definition that holds another one counts at least as many."""
    told = _numerators(grid)
    pieces = []
    for series, _ in grid.counted:
        inner = told.get((series.indicator, str(series.holds)))
        if inner is None:
            continue
        outer = told[series.indicator, series.definition]
        good = inner[0] <= outer[0] + inner[1] + outer[1]
        judged = np.isfinite(inner[0]) & np.isfinite(outer[0])
        pieces.append(Piece(outer[2][0], good, judged, (*outer[2], *inner[2])))
    return grid.gathered("_definition_fits", pieces)


def union_fits(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether a union is no less than each of its two parts, and no more than both together."""
    told = _numerators(grid)
    pieces = []
    for (indicator, definition), (union, off, places) in told.items():
        parts = [told.get((name, definition)) for name in grid.unions.get(indicator, ())]
        if not parts or None in parts:
            continue
        one, other = (part for part in parts if part is not None)
        room = off + one[1] + other[1]
        good = (union <= one[0] + other[0] + room) & (np.maximum(one[0], other[0]) <= union + room)
        judged = np.isfinite(union) & np.isfinite(one[0]) & np.isfinite(other[0])
        pieces.append(Piece(places[0], good, judged, (*places, *one[2], *other[2])))
    return grid.gathered("_union_fits", pieces)


def zero_is_none(grid: Grid, tolerance: Tolerance) -> Column | None:
    """Whether zeros are no hidden counts; a row for each cell that may not stand, and one more."""
    if not any(True for _ in _outcomes(grid)):
        return None
    v, r, p = np.nonzero(grid.hidden)
    if not len(v):
        return grid.column("_zero_is_none", np.ones(1, dtype=bool), ALL, grid.reference, 0)
    return grid.column("_zero_is_none", np.zeros(len(v), dtype=bool), v, r, p)


def hidden_as_zero(grid: Grid, tolerance: Tolerance) -> Flags:
    """Cells of a source that delivers small counts as 0, as variable x region x period.

    At each level and in each period: where the counts from 1 to some k are all absent, how likely
    is it that all cells of at most k are 0? Conditional on being at most k, a cell with mean m is 0
    with chance P(0; m) / P(at most k; m) (Poisson). The chances of the periods are multiplied; that
    a period by itself may stand in or out doubles what chance can do. Places can have fewer cases
    than the country, so only ``share`` of the national rate is expected. Below ten to the
    power of minus ``powers`` it is no chance, and all cells of that subject and level wait, in the
    periods that look so. A source hides in one way: elsewhere the zeros wait that look the same.
    """
    hidden = np.zeros(grid.now.shape, dtype=bool)
    looks = {
        (variable, level): _absent(grid, variable, level, means * tolerance["share"],
                                   tolerance["count"])
        for variable, means in _outcomes(grid) for level in _LEVELS
    }  # fmt: skip
    enough = tolerance["powers"] * np.log(10)
    proven = {
        place: most for place, (most, surprise) in looks.items()
        if surprise.sum() - np.log(2) * len(surprise) > enough
    }  # fmt: skip
    if not proven:
        return hidden
    limit = min(most[most > 0].min() for most in proven.values())
    for (variable, level), (most, _) in looks.items():
        own = (grid.levels == level)[:, None] & (most >= limit)[None, :]
        wrong = np.isfinite(grid.now[variable])
        if (variable, level) not in proven:
            wrong &= grid.now[variable] == 0
        hidden[variable] |= own & wrong
    return hidden


def _outcomes(grid: Grid) -> Iterator[tuple[int, Floats]]:
    """Variables of numerators, each once, with their means at the national rate."""
    seen: set[int] = set()
    for series, touched in grid.counted:
        births = grid.total(series.denominator, grid.now)
        below = {grid.at(name) for name in series.denominator}
        for v in touched:
            if v in seen or v in below:
                continue
            seen.add(v)
            with np.errstate(divide="ignore", invalid="ignore"):
                yield v, births * (grid.now[v, grid.reference] / births[grid.reference])


def _absent(
    grid: Grid, variable: int, level: str, means: Floats, least: float
) -> tuple[Floats, Floats]:
    """Per period: the highest k of which no count from 1 is there (0: not so), and the surprise.

    The surprise is minus the logarithm of the chance; only zeros beside at least ``least`` absent
    counts are one. A source that rounds has no counts between its steps, and makes zeros itself;
    one that hides small counts behind a mark has its zeros for what they are.
    """
    own = np.flatnonzero(grid.levels == level)
    counts, means = grid.now[variable][own], means[own]
    judged = np.isfinite(counts) & np.isfinite(means) & (means > 0)
    zero = judged & (counts == 0)
    if not zero.any():
        return np.zeros(counts.shape[1]), np.zeros(counts.shape[1])
    step, off = grid.step(variable)[own].max(), grid.off(variable)[own].max()
    marked = (grid.status[variable][own] == WITHHELD).any(axis=0)
    untold = (np.isnan(counts) & np.isfinite(means) & (means > 0)).sum(axis=0)
    zero &= ~(marked | (untold >= zero.sum(axis=0)))[None, :]
    some_cases = np.where(judged & (counts > 0), counts, np.inf)
    most = some_cases.min(axis=0, initial=np.inf) - step
    most = np.where((most >= least) & some(zero, axis=0), most, 0.0)
    top = np.where(np.isfinite(most), most, 1e9)[None, :] + np.floor(off)
    chance = np.log(gammaincc(np.floor(off) + 1, means)) - np.log(gammaincc(top + 1, means))
    surprise = -np.where(zero & (most > 0), chance, 0.0).sum(axis=0)
    return most, surprise
