"""What can be seen with so many births: the power of the mid-p tests, and its inverses.

A difference is seen when the test rejects (p below ``alpha``) and the figure lies on the side of
the truth: ``alpha`` 0.05 for "probably or clearly", 0.002 for "clearly"; "small but real" counts
as seen. One comparison chosen beforehand, against a reference that is not rounded.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perinatal.statistics._checks import (
    BoolArray,
    FloatArray,
    at_most,
    divide,
    non_negative,
    tail_area,
)
from perinatal.statistics._tails import reach
from perinatal.statistics.kinds import Kind, check_kind
from perinatal.statistics.labels import EQUIVALENCE_CONFIDENCE, LIKELY
from perinatal.statistics.tests import (
    critical_counts,
    critical_counts_after,
    first_whole,
    highest_count,
)

# Beyond so many expected cases in the smaller of two periods their comparison is approximated.
_EXACT_UP_TO = 200.0
_LEFT_OUT = 1e-12
_HALVINGS = 60


def power_against_reference(
    kind: Kind, births: ArrayLike, reference: ArrayLike, ratio: ArrayLike, alpha: float = LIKELY
) -> FloatArray:
    """Chance that a true figure of ``ratio`` times the reference is seen.

    Exact at every size: the test rejects from one count upwards (or downwards), which is searched
    for, so that the outcomes need no enumeration. With the number of births the chance therefore
    rises in small saw teeth. Shapes: births, reference and ratio broadcast together; one array of
    chances comes back. Units: ``reference`` per 1. No births, a nan, a ratio of 1 (nothing to
    see) or a true proportion above 1 gives nan. Raises ValueError for a negative value, a
    proportion above 1 or an alpha outside (0, 1).

    Lancaster HO (1961), JASA 56:223-234 (the test).
    """
    n, figure = _births_and_figure(kind, births, "reference", reference)
    n, figure, times = np.broadcast_arrays(n, figure, non_negative("ratio", ratio))
    below, above = critical_counts(kind, n, figure, _checked_alpha(alpha))
    true = figure * times
    chance = np.where(
        times > 1, _at_least(kind, above, n, true), 1 - _at_least(kind, below + 1, n, true)
    )
    possible = (n > 0) & (times != 1) & ((true <= 1) | (kind == "rate"))
    return np.where(possible & np.isfinite(true), chance, np.nan)


def minimal_detectable_difference(
    kind: Kind, births: ArrayLike, reference: ArrayLike, power: float = 0.8, alpha: float = LIKELY
) -> tuple[FloatArray, FloatArray]:
    """True figures below and above the reference that are seen with this power.

    The exact inverse of :func:`power_against_reference`. Shapes: births and reference broadcast
    together; two arrays of that shape come back. Units: per 1. nan where there is none: with few
    births not even a figure of 0 may be seen. Errors as :func:`power_against_reference`, and
    ValueError unless ``power`` lies between ``alpha`` and 1.

    Clopper CJ & Pearson ES (1934), Biometrika 26:404-413; Garwood F (1936), Biometrika 28:437-442
    (the figure that makes a tail so large).
    """
    n, figure = _births_and_figure(kind, births, "reference", reference)
    n, figure = np.broadcast_arrays(n, figure)
    below, above = critical_counts(kind, n, figure, _checked_alpha(alpha, power))
    fall = np.where(below >= 0, below, np.nan) + 1
    rise = np.where(above <= highest_count(kind, n), above, np.nan)
    if kind == "rate":
        n = np.where(n > 0, n, np.nan)
        return special.gammainccinv(fall, power) / n, special.gammaincinv(rise, power) / n
    return (
        np.asarray(special.betainccinv(fall, n - fall + 1, power)),
        np.asarray(special.betaincinv(rise, n - rise + 1, power)),
    )


def power_of_change(
    kind: Kind,
    births_before: ArrayLike,
    births_after: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    alpha: float = LIKELY,
) -> FloatArray:
    """Chance that a true change between two periods is seen, each period by its own count.

    The conditional mid-p test of two counts. Exact while the smaller period expects at most 200
    cases at ``before``; from there the normal approximation of Fleiss, Levin & Paik, which then
    is within 0.003 of it for periods of one size and within 0.03 for four to one. Shapes: all
    broadcast together; one array of chances comes back. Units: figures per 1. No births, a nan or
    no change gives nan. Raises ValueError for a negative value, a proportion above 1 or an alpha
    outside (0, 1).

    Fleiss JL, Levin B & Paik MC (2003), Statistical Methods for Rates and Proportions, ch. 4.
    """
    n, first = _births_and_figure(kind, births_before, "before", before)
    m, second = _births_and_figure(kind, births_after, "after", after)
    n, m, first, second = np.broadcast_arrays(n, m, first, second)
    fall, rise = _chances_of_change(kind, n, m, first, _checked_alpha(alpha))(second)
    chance = np.where(second > first, rise, np.where(second < first, fall, np.nan))
    return np.asarray(np.where(np.isfinite(second), chance, np.nan))


def minimal_detectable_change(
    kind: Kind,
    births_before: ArrayLike,
    births_after: ArrayLike,
    rate: ArrayLike,
    power: float = 0.8,
    alpha: float = LIKELY,
) -> tuple[FloatArray, FloatArray]:
    """True figures after a fall and after a rise from ``rate`` that are seen with this power.

    The inverse of :func:`power_of_change`. Shapes: the first three arrays broadcast together; two
    arrays of that shape come back. Units: per 1. nan where no such figure exists. Errors as
    :func:`power_of_change`, and ValueError unless ``power`` lies between ``alpha`` and 1.

    Fleiss JL, Levin B & Paik MC (2003), Statistical Methods for Rates and Proportions, ch. 4.
    """
    n, figure = _births_and_figure(kind, births_before, "rate", rate)
    m = non_negative("births_after", births_after)
    n, m, figure = np.broadcast_arrays(n, m, figure)
    chances = _chances_of_change(kind, n, m, figure, _checked_alpha(alpha, power))
    lowest, highest = np.zeros(figure.shape), np.ones(figure.shape)
    if kind == "rate":
        most = n * figure + reach(n * figure, _LEFT_OUT)
        highest = divide(10 * (most + reach(most, alpha / 2)), np.minimum(n, m))
    return (
        _first(lambda after: chances(after)[0] >= power, figure, lowest),
        _first(lambda after: chances(after)[1] >= power, figure, highest),
    )


def births_for_about_the_same(
    reference: ArrayLike,
    margin: float = 0.15,
    power: float = 0.8,
    confidence: float = EQUIVALENCE_CONFIDENCE,
) -> FloatArray:
    """Births from which "about the same" is found with this power, if there is no difference.

    That is: from which the whole Wilson interval lies inside reference +- margin. Binomial; the
    saw teeth of whole counts are smoothed by the incomplete beta function. Shapes: those of
    ``reference``. Units: births, a whole number; ``reference`` per 1, nan or 0 or 1 gives nan.
    Raises ValueError for a reference above 1, or a margin, power or confidence outside (0, 1).

    Schuirmann DJ (1987), J Pharmacokinet Biopharm 15:657-680.
    """
    figure = non_negative("reference", reference)
    at_most("reference", figure, "1", 1.0)
    if not 0 < margin < 1 or not 0 < power < 1:
        raise ValueError("margin and power must lie between 0 and 1")
    z = -special.ndtri(tail_area(confidence))
    figure = np.where((figure > 0) & (figure < 1), figure, np.nan)
    low, high = figure * (1 - margin), np.minimum(figure * (1 + margin), 1.0)

    def enough(births: FloatArray) -> BoolArray:
        # The score test turned inside out: the counts whose Wilson interval keeps to the margins.
        least = births * low + z * np.sqrt(births * low * (1 - low))
        most = births * high - z * np.sqrt(births * high * (1 - high))
        inside = special.betainc(least + 0.5, births - least + 0.5, figure) - special.betainc(
            most + 0.5, births - most + 0.5, figure
        )
        return np.asarray((most > least) & (inside >= power))

    few = np.zeros(figure.shape)
    # In logarithms, because the answer may be hundreds or hundreds of millions.
    found = _first(lambda size: enough(np.exp(size)), few, few + np.log(1e15))
    return np.asarray(np.ceil(np.exp(found)))


def years_until_seen(
    kind: Kind,
    births_per_year: ArrayLike,
    current: ArrayLike,
    goal: ArrayLike,
    power: float = 0.8,
    alpha: float = LIKELY,
    *,
    births_before: ArrayLike | None = None,
    limit: int = 50,
) -> FloatArray:
    """Years at the goal after which the change from the current figure is seen with this power.

    ``births_before``: births of the block to compare with; by default as many years at the
    current figure as there are at the goal. Shapes: all broadcast together; an array of whole
    years comes back, nan beyond ``limit``. Units: births a year, figures per 1. Errors as
    :func:`power_of_change`, and ValueError unless ``power`` lies between ``alpha`` and 1.

    Fleiss JL, Levin B & Paik MC (2003), Statistical Methods for Rates and Proportions, ch. 4.
    """
    _checked_alpha(alpha, power)
    if limit < 1:
        raise ValueError("limit must be at least 1")
    births = non_negative("births_per_year", births_per_year)
    block = np.nan if births_before is None else non_negative("births_before", births_before)
    births, first, second, block = np.broadcast_arrays(
        births, np.asarray(current), np.asarray(goal), block
    )

    def seen(years: FloatArray) -> BoolArray:
        after = births * years
        before = after if births_before is None else block
        return power_of_change(kind, before, after, first, second, alpha) >= power

    none = np.zeros(births.shape)
    last = none + limit
    return np.where(seen(last), first_whole(seen, none, last), np.nan)


def _births_and_figure(
    kind: Kind, births: ArrayLike, name: str, figure: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    rate = non_negative(name, figure)
    if check_kind(kind) == "proportion":
        at_most(name, rate, "1", 1.0)
    return non_negative("births", births), rate


def _checked_alpha(alpha: float, power: float | None = None) -> float:
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    if power is not None and not alpha < power < 1:
        raise ValueError("power must lie between alpha and 1")
    return alpha


def _at_least(kind: Kind, count: FloatArray, births: FloatArray, rate: FloatArray) -> FloatArray:
    """Chance of this whole count or more."""
    inside = (count > 0) & (count <= highest_count(kind, births))
    low = np.where(inside, count, 1.0)
    if kind == "rate":
        chance = special.gammainc(low, births * rate)
    else:
        chance = special.betainc(low, np.where(inside, births - count + 1, 1.0), rate)
    return np.asarray(np.where(inside, chance, np.where(count <= 0, 1.0, 0.0)))


def _chances_of_change(
    kind: Kind, n: FloatArray, m: FloatArray, before: FloatArray, alpha: float
) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
    """A function of the figure after: the chances that a fall and that a rise is seen."""
    exact = (np.minimum(n, m) > 0) & (np.minimum(n, m) * before <= _EXACT_UP_TO)
    size, other, rate = n[exact][:, None], m[exact][:, None], before[exact][:, None]
    # Every count of the period before has its own two critical counts of the period after.
    away = reach(size * rate, _LEFT_OUT)
    start = np.maximum(np.floor(size * rate - away), 0.0)
    counts = start + np.arange(2 * np.ceil(away).max(initial=0.0) + 2)
    chance = -np.diff(_at_least(kind, counts, size, rate), axis=1)
    first = np.minimum(counts[:, :-1], highest_count(kind, size))
    below, above = critical_counts_after(kind, first, size, other, alpha)
    births_before, births_after = np.where(n > 0, n, np.nan), np.where(m > 0, m, np.nan)

    def chances(after: FloatArray) -> tuple[FloatArray, FloatArray]:
        pooled = (n * before + m * after) / (births_before + births_after)
        spread, own, others = pooled, before, after
        if kind == "proportion":
            spread, own, others = (rate * (1 - rate) for rate in (pooled, before, after))
        limit = -special.ndtri(alpha / 2) * np.sqrt(spread * (1 / births_before + 1 / births_after))
        deviation = np.sqrt(own / births_before + others / births_after)
        fall = np.array(special.ndtr(divide(before - after - limit, deviation)))
        rise = np.array(special.ndtr(divide(after - before - limit, deviation)))
        new = after[exact][:, None]
        fall[exact] = (chance * (1 - _at_least(kind, below + 1, other, new))).sum(axis=1)
        rise[exact] = (chance * _at_least(kind, above, other, new)).sum(axis=1)
        return fall, rise

    return chances


def _first(
    passes: Callable[[FloatArray], BoolArray], start: FloatArray, end: FloatArray
) -> FloatArray:
    """First number on the way from ``start``, which fails, to ``end``; nan if that fails too."""
    found = passes(end)
    for _ in range(_HALVINGS):
        middle = (start + end) / 2
        good = passes(middle)
        start, end = np.where(good, start, middle), np.where(good, middle, end)
    return np.where(found, end, np.nan)
