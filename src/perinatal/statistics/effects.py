"""How large is a difference? Differences, ratios and excess numbers with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perinatal.statistics._checks import (
    FloatArray,
    at_most,
    counts,
    divide,
    non_negative,
    tail_area,
)
from perinatal.statistics.intervals import proportion_interval, rate_interval
from perinatal.statistics.kinds import Kind, check_kind


@dataclass(frozen=True, eq=False)
class Effect:
    """An estimate with its limits: arrays of one shape, nan where there is no figure."""

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray


def difference_interval(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    other_numerator: ArrayLike,
    other_denominator: ArrayLike,
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Interval of the difference (first minus other) of two independent figures.

    The distances from each estimate to its own limits, squared and added: so the interval keeps
    what is good about :func:`proportion_interval` (``kind`` "proportion") and
    :func:`rate_interval` ("rate"), at 0 events too.

    Shapes: the four broadcast together; two arrays of that shape come back. Units: counts; limits
    per 1. A denominator of 0 or a nan, on either side, gives nan. Raises ValueError for a
    negative value, a proportion above 1, or a confidence outside (0, 1).

    Newcombe RG (1998), Stat Med 17:873-890, method 10; Zou GY & Donner A (2008), Stat Med
    27:1693-1702 (MOVER).
    """
    p, lower, upper = _figure(kind, numerator, denominator, confidence)
    q, other_lower, other_upper = _figure(
        kind, other_numerator, other_denominator, confidence, "other_"
    )
    down = np.hypot(p - lower, other_upper - q)
    up = np.hypot(upper - p, q - other_lower)
    return np.asarray(p - q - down), np.asarray(p - q + up)


def ratio_interval(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    other_numerator: ArrayLike,
    other_denominator: ArrayLike,
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Interval of the ratio (first over other) of two independent figures.

    "proportion": both Wilson intervals joined (MOVER-R), which turned around is the interval of
    the turned ratio. "rate": exact, on the first figure's share of all events. Without events in
    the first figure the lower limit is 0; without events in the other the upper limit is inf.

    Shapes: the four broadcast together; two arrays of that shape come back. Units: counts; limits
    are ratios. A denominator of 0 or a nan, on either side, gives nan. Raises ValueError for a
    negative value, a proportion above 1, or a confidence outside (0, 1).

    Donner A & Zou GY (2012), Stat Methods Med Res 21:347-359; Newcombe RG (2016), Stat Methods
    Med Res 25:1774-1778. Clopper CJ & Pearson ES (1934), Biometrika 26:404-413, on the
    conditional test of Przyborowski J & Wilenski H (1940), Biometrika 31:313-323.
    """
    proportion = check_kind(kind) == "proportion"
    x, n = counts(numerator, denominator, proportion=proportion)
    y, m = counts(other_numerator, other_denominator, proportion=proportion, prefix="other_")
    x, n, y, m = np.broadcast_arrays(x, n, y, m)
    if proportion:
        lower, upper = _joined_ratio(x, n, y, m, confidence)
    else:
        lower, upper = _conditional_ratio(x, n, y, m, tail_area(confidence))
    known = (n > 0) & (m > 0) & np.isfinite(x + y)
    lower = np.where(x == 0, 0.0, lower)
    upper = np.where(y == 0, np.inf, upper)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def against_reference(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    reference: ArrayLike,
    confidence: float = 0.95,
) -> tuple[Effect, Effect]:
    """Difference from, and ratio to, a reference that is taken as known.

    The limits are those of the figure itself, minus or divided by the reference. Shapes: all
    broadcast together; two :class:`Effect` of that shape, first the difference, then the ratio.
    Units: counts, ``reference`` and difference per 1. A denominator of 0 or a nan gives nan; so
    does the ratio to a reference of 0. Raises ValueError for a negative value, a proportion above
    1, or a confidence outside (0, 1).

    Wilson EB (1927), JASA 22:209-212; Garwood F (1936), Biometrika 28:437-442; Breslow NE & Day
    NE (1987), IARC Sci Publ 82.
    """
    figure = _figure(kind, numerator, denominator, confidence)
    known = non_negative("reference", reference)
    at_most("reference", known, "1", 1.0 if kind == "proportion" else np.inf)
    return (
        Effect(*(np.asarray(value - known) for value in figure)),
        Effect(*(divide(value, known) for value in figure)),
    )


def excess_number(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    reference: ArrayLike,
    years: ArrayLike,
    confidence: float = 0.95,
) -> Effect:
    """Children a year more (negative: fewer) than if the reference held here.

    "Ongeveer 19 baby's per jaar, het kan ook 11 of 28 zijn": the difference of
    :func:`against_reference` times the births of a year. For a municipality only, and never for
    mortality.

    Shapes: all broadcast together; one :class:`Effect` of that shape. Units: counts over the
    whole period, ``reference`` per 1, ``years`` in the period; result in children a year. A
    denominator of 0 or a nan gives nan. Raises ValueError as :func:`against_reference`, or for
    ``years`` that are not above 0.

    Sources as :func:`against_reference`.
    """
    duration = non_negative("years", years)
    if np.any(duration == 0):
        raise ValueError("years must be larger than 0")
    difference, _ = against_reference(kind, numerator, denominator, reference, confidence)
    births = non_negative("denominator", denominator) / duration
    values = difference.estimate, difference.lower, difference.upper
    return Effect(*(np.asarray(value * births) for value in values))


def _figure(
    kind: Kind, numerator: ArrayLike, denominator: ArrayLike, confidence: float, prefix: str = ""
) -> tuple[FloatArray, FloatArray, FloatArray]:
    proportion = check_kind(kind) == "proportion"
    x, n = counts(numerator, denominator, proportion=proportion, prefix=prefix)
    if proportion:
        return divide(x, n), *proportion_interval(x, n, confidence)
    return divide(x, n), *rate_interval(x, n, confidence, per=1)


def _joined_ratio(
    x: FloatArray, n: FloatArray, y: FloatArray, m: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    # The roots are written so that nothing cancels when an upper limit is twice its estimate.
    p, q = divide(x, n), divide(y, m)
    p_lower, p_upper = proportion_interval(x, n, confidence)
    q_lower, q_upper = proportion_interval(y, m, confidence)
    product = p * q

    def root(first: FloatArray, second: FloatArray) -> FloatArray:
        inside = product**2 - first * (2 * p - first) * second * (2 * q - second)
        return product + np.sqrt(np.maximum(inside, 0.0))

    lower = divide(p_lower * (2 * p - p_lower), root(p_lower, q_upper))
    upper = divide(root(p_upper, q_lower), q_lower * (2 * q - q_lower))
    return lower, upper


def _conditional_ratio(
    x: FloatArray, n: FloatArray, y: FloatArray, m: FloatArray, tail: float
) -> tuple[FloatArray, FloatArray]:
    # At 0 events a limit is 0 or inf whatever the beta quantile says; 1 only keeps it defined.
    first, other = np.where(x > 0, x, 1.0), np.where(y > 0, y, 1.0)
    # Each share is taken from its small side, so a share near 1 keeps the digits of its odds.
    low = special.betaincinv(first, y + 1, tail)
    low_rest = special.betainccinv(y + 1, first, tail)
    high = special.betainccinv(x + 1, other, tail)
    high_rest = special.betaincinv(other, x + 1, tail)
    return divide(low * m, low_rest * n), divide(high * m, high_rest * n)
