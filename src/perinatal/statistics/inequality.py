"""How far apart are the figures of the most and the least deprived?

Nothing here orders areas by their outcome: the order is that of deprivation, and comes from
elsewhere. A gradient or a gap is no cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.stats import qmc

from perinatal.statistics._checks import FloatArray, counts, divide, non_negative, tail_area
from perinatal.statistics._scales import Scale, back, on_scale, steepness
from perinatal.statistics.effects import difference_interval, ratio_interval
from perinatal.statistics.intervals import proportion_interval, rate_interval
from perinatal.statistics.kinds import Kind, check_kind

FIFTHS = 5
_LEAST_AREAS = 3
_POINTS = 2**16


@dataclass(frozen=True)
class Index:
    """An estimate with its 95% and 99.8% limits; nan where it cannot be given."""

    estimate: float
    lower95: float = np.nan
    upper95: float = np.nan
    lower998: float = np.nan
    upper998: float = np.nan


@dataclass(frozen=True)
class SlopeIndex:
    """Both ends of the line over all births, and how far they are apart.

    ``most_deprived`` and ``least_deprived`` are the figures on the line at either end. ``sii`` is
    least minus most deprived (negative where the most deprived have the higher figure), ``rii``
    least over most.
    """

    most_deprived: float
    least_deprived: float
    sii: Index
    rii: Index


@dataclass(frozen=True, eq=False)
class Gap:
    """The outer fifths. ``difference`` is most minus least deprived, ``ratio`` most over least.

    ``fifth``: 1 (most deprived) to 5 for each area, 0 for an area without births. ``share_most``
    and ``share_least``: the part of all births that each group really holds; ``known_most`` and
    ``known_least``: the part of its births that have a figure.
    """

    most_deprived: float
    least_deprived: float
    difference: float
    difference_lower: float
    difference_upper: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    fifth: NDArray[np.int64]
    share_most: float
    share_least: float
    known_most: float
    known_least: float


def slope_index(
    value: ArrayLike,
    lower95: ArrayLike,
    upper95: ArrayLike,
    population: ArrayLike,
    *,
    scale: Scale = "none",
    transform: bool = False,
    order: ArrayLike | None = None,
) -> SlopeIndex:
    """Slope and relative index of inequality from figures with their 95% intervals.

    A straight line through the figures by weighted least squares: weight is the share of the
    population, position the middle of the group when everybody stands in line from most (0) to
    least (1) deprived. ``scale`` says on which scale the interval of a figure is symmetrical:
    "none", "log" (a rate) or "logit" (a proportion); with ``transform`` the line is straight on
    that scale too, and its ends are turned back. ``order``: 1 = most deprived, equal numbers
    share a position; without it the arrays are in order, the most deprived first.

    The limits are percentiles of the index if each figure varies normally on its scale, with the
    standard error that its interval implies: chance in the figures, not the fit of the line. They
    are taken over 65,536 points of a Sobol sequence, which has no seed and gives the same limits
    each time (to 0.3% of their distance), the first two directions being those in which the two
    ends of the line vary most. Limits of the relative index are nan at a level where the most
    deprived end itself cannot be told from 0: there is no such interval (Fieller).

    Shapes: all (k,). Units: any for the figures ("logit": per 1), the same for ``sii``. A group
    with a nan keeps its place in line but does not bear on the line; with fewer than three groups
    left all is nan. Raises ValueError for a negative value or population, limits that do not lie
    around their figure, a figure or limit that has no logarithm or logit, and shapes that differ.

    Mackenbach JP & Kunst AE (1997), Soc Sci Med 44:757-771; Pamuk ER (1985), Popul Stud 39:17-31;
    Sobol IM (1967), USSR Comput Math Math Phys 7:86-112; Imai J & Tan KS (2006), J Comput Finance
    10:129-155 (directions).
    """
    middle, low, high = (non_negative("value and limits", a) for a in (value, lower95, upper95))
    people = non_negative("population", population)
    if middle.ndim != 1 or not (middle.shape == low.shape == high.shape == people.shape):
        raise ValueError("value, limits and population must have one shape (k,)")
    known = np.isfinite(middle + low + high) & (people > 0)
    position, share = _in_line(people, order)
    middle, low, high = middle[known], low[known], high[known]
    if np.any(low > middle) or np.any(middle > high):
        raise ValueError("a figure must lie between its limits")
    figure, error = on_scale(scale, middle, low, high)
    position, share = position[known], share[known]
    if known.sum() < _LEAST_AREAS or np.ptp(position) == 0:
        return SlopeIndex(np.nan, np.nan, Index(np.nan), Index(np.nan))

    # The two ends of a weighted least-squares line are linear in the figures.
    weight = share / share.sum()
    away = position - weight @ position
    slope = weight * away / (weight @ away**2)
    most = weight - slope * (weight @ position)
    inner: Scale = "none" if transform else scale
    outer = scale if transform else "none"

    def ends(figures: FloatArray) -> tuple[FloatArray, FloatArray]:
        values = back(inner, figures)
        start = values @ most
        return back(outer, start), back(outer, start + values @ slope)

    varies = error * steepness(inner, figure)
    first, last = (float(end) for end in ends(figure))
    # Where the figures bear on the line as they are, it varies in two directions only.
    dimensions = 2 if inner == "none" else figure.size
    points = _normal_points(np.column_stack([slope * varies, most * varies]), dimensions)
    start, end = ends(figure + error * points)
    ratio = np.divide(end, start, where=start != 0, out=np.full(end.shape, np.inf))
    return SlopeIndex(
        most_deprived=first,
        least_deprived=last,
        sii=_index(last - first, end - start),
        rii=_index(last / first if first > 0 else np.nan, ratio, float((start <= 0).mean())),
    )


def slope_index_of_counts(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    transform: bool = False,
    order: ArrayLike | None = None,
) -> SlopeIndex:
    """Slope and relative index of inequality of cases and births in groups.

    :func:`slope_index` on the figures with their Wilson ("proportion") or exact/Byar ("rate")
    intervals; the births are the population. Without ``transform`` the figures vary on their own
    scale, so a group without a case is allowed; with it the line is straight on the logit or log
    scale and each group must have a case (and a birth without one).

    Shapes: all (k,). Units: counts; indices per 1. Raises ValueError as :func:`slope_index`.

    Mackenbach JP & Kunst AE (1997), Soc Sci Med 44:757-771.
    """
    proportion = check_kind(kind) == "proportion"
    x, n = counts(numerator, denominator, proportion=proportion)
    lower, upper = proportion_interval(x, n) if proportion else rate_interval(x, n, per=1)
    scale: Scale = "none"
    if transform:
        scale = "logit" if proportion else "log"
    return slope_index(divide(x, n), lower, upper, n, scale=scale, transform=transform, order=order)


def gap_between_fifths(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    order: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Gap:
    """Gap between the most and the least deprived fifth of the births.

    The areas stand in line by deprivation, each as long as it has births; the line is cut into
    five equal parts. No area is split: it belongs to the fifth in which its middle lies (on a
    boundary: the less deprived one), so the groups are of whole areas that can be named, and
    about a fifth each (``share_most``, ``share_least``). ``order`` as in :func:`slope_index`;
    areas that share a number go together. An area whose numerator is nan (withheld) keeps its
    place in line, and is missing from the figure of its fifth: see ``known_most``.

    Interval of the difference: Newcombe's hybrid score; of the ratio: from both Wilson intervals
    (a rate: both from the exact/Byar intervals and the conditional test); see
    :func:`perinatal.statistics.effects.difference_interval` and ``ratio_interval``. Shapes: all
    (k,). Units: counts; figures and difference per 1. A fifth in which no middle lies (few, large
    areas) or that has no figure gives nan; so does the ratio to a figure of 0. Raises ValueError
    for a negative value, a proportion above 1, shapes that differ or a confidence outside (0, 1).

    Newcombe RG (1998), Stat Med 17:873-890; Donner A & Zou GY (2012), Stat Methods Med Res
    21:347-359.
    """
    x, n = counts(numerator, denominator, proportion=check_kind(kind) == "proportion")
    if x.ndim != 1:
        raise ValueError("numerator and denominator must have one shape (k,)")
    births = np.where(np.isfinite(n), n, 0.0)
    position, share = _in_line(births, order)
    fifth = np.where(births > 0, np.minimum(np.floor(position * FIFTHS), FIFTHS - 1) + 1, 0)
    known = np.isfinite(x) & (births > 0)

    def group(number: int) -> tuple[float, float, float, float]:
        inside = fifth == number
        cases, figures = float(x[inside & known].sum()), float(births[inside & known].sum())
        held = float(births[inside].sum())
        return cases, figures, float(share[inside].sum()), figures / held if held else np.nan

    (a, b, share_most, known_most), (c, d, share_least, known_least) = group(1), group(FIFTHS)
    most, least = float(divide(np.array(a), np.array(b))), float(divide(np.array(c), np.array(d)))
    lower, upper = difference_interval(kind, a, b, c, d, confidence)
    ratio_lower, ratio_upper = ratio_interval(kind, a, b, c, d, confidence)
    return Gap(
        most_deprived=most,
        least_deprived=least,
        difference=most - least,
        difference_lower=float(lower),
        difference_upper=float(upper),
        ratio=float(divide(np.array(most), np.array(least))),
        ratio_lower=float(ratio_lower),
        ratio_upper=float(ratio_upper),
        fifth=fifth.astype(np.int64),
        share_most=share_most,
        share_least=share_least,
        known_most=known_most,
        known_least=known_least,
    )


def _in_line(people: FloatArray, order: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Middle of each group when all stand in line (0 to 1), and its share."""
    rank = np.arange(people.size) if order is None else np.asarray(order, dtype=np.float64)
    if rank.shape != people.shape or not np.isfinite(rank).all():
        raise ValueError("order must have a number for each group")
    present = np.where(np.isfinite(people), people, 0.0)
    share = divide(present, np.broadcast_to(present.sum(), present.shape))
    _, place = np.unique(rank, return_inverse=True)
    together = np.bincount(place, weights=share)
    return np.asarray((np.cumsum(together) - together / 2)[place]), share


def _normal_points(directions: FloatArray, dimensions: int) -> FloatArray:
    """Independent standard normal points, (points, k), spread most evenly along ``directions``.

    With fewer than k dimensions the points vary in the first directions, (k, 2), alone.
    """
    axes, _ = np.linalg.qr(np.column_stack([directions, np.eye(directions.shape[0])]))
    return np.asarray(_even_points(dimensions) @ axes[:, :dimensions].T)


@lru_cache(maxsize=1)
def _even_points(dimensions: int) -> FloatArray:
    even = qmc.Sobol(dimensions, scramble=False).random(_POINTS) + 0.5 / _POINTS
    return np.asarray(special.ndtri(even))


def _index(estimate: float, values: FloatArray, doubt: float = 0.0) -> Index:
    """Percentiles of the values; nan at a level that leaves out no more than the ``doubt``."""
    tails = np.repeat([tail_area(0.95), tail_area(0.998)], 2)
    limits = np.quantile(values, np.where([False, True] * 2, 1 - tails, tails))
    return Index(estimate, *np.where(doubt < tails, limits, np.nan).tolist())
