"""Confidence intervals for proportions, counts and rates of a small area."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perinatal.statistics._checks import FloatArray, counts, divide, non_negative, tail_area

EXACT_BELOW = 10


def proportion_interval(
    numerator: ArrayLike, denominator: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Wilson score interval of a proportion.

    Shapes: ``numerator`` and ``denominator`` (cases and births; fractions allowed) broadcast
    together; two arrays of that shape come back. Units: proportions, 0 to 1. A denominator of 0
    or a nan gives nan. Raises ValueError for a negative value, a numerator larger than its
    denominator, or a confidence outside (0, 1).

    Wilson EB (1927), JASA 22:209-212.
    """
    z = -special.ndtri(tail_area(confidence))
    x, n = counts(numerator, denominator, proportion=True)
    n = np.where(n > 0, n, np.nan)
    p = x / n
    upper = (2 * x + z**2 + z * np.sqrt(z**2 + 4 * x * (1 - p))) / (2 * (n + z**2))
    # The two limits multiply to x^2 / (n (n + z^2)); by subtraction a small lower limit would
    # lose its digits, and 0 events would not give exactly 0.
    lower = x**2 / (n * (n + z**2) * upper)
    return np.asarray(np.minimum(lower, p)), np.asarray(np.clip(upper, p, 1.0))


def count_interval(events: ArrayLike, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Interval of a Poisson count: exact below 10 events, Byar's approximation from 10.

    Shapes: ``events`` of any shape (fractions allowed); two arrays of that shape come back.
    Units: events. nan gives nan. Raises ValueError for a negative count or a confidence outside
    (0, 1).

    Exact: Garwood F (1936), Biometrika 28:437-442. Byar: Breslow NE & Day NE (1987), Statistical
    Methods in Cancer Research II, IARC Sci Publ 82, p. 69.
    """
    tail = tail_area(confidence)
    x = non_negative("events", events)
    lower, upper = _byar_limits(np.maximum(x, EXACT_BELOW), tail)
    few = x < EXACT_BELOW
    # A gamma quantile is slow, and small counts are alike.
    distinct = np.unique(x[few])
    place = np.searchsorted(distinct, x[few])
    lower[few], upper[few] = (limits[place] for limits in _exact_limits(distinct, tail))
    return lower, upper


def rate_interval(
    events: ArrayLike, denominator: ArrayLike, confidence: float = 0.95, per: float = 1000
) -> tuple[FloatArray, FloatArray]:
    """Interval of a rate, whose events may outnumber the denominator.

    Shapes: ``events`` and ``denominator`` broadcast together; two arrays of that shape come
    back. Units: events per ``per`` of the denominator. A denominator of 0 or a nan gives nan.
    Raises ValueError for a negative value, a ``per`` that is not above 0, or a confidence
    outside (0, 1).

    :func:`count_interval` (Garwood 1936; Breslow & Day 1987), the denominator taken as known.
    """
    if not per > 0:
        raise ValueError("per must be larger than 0")
    x = non_negative("events", events)
    n = non_negative("denominator", denominator)
    lower, upper = count_interval(x, confidence)
    return np.asarray(divide(lower, n) * per), np.asarray(divide(upper, n) * per)


def _exact_limits(x: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    # Half a chi-squared quantile with 2x degrees of freedom is a gamma quantile with shape x.
    # For a minute fraction of an event the limit is tail^(1/x), which no float can hold.
    none = x < 1e-4
    lower = np.where(none, 0.0, special.gammaincinv(np.where(none, 1.0, x), tail))
    return np.asarray(lower), np.asarray(special.gammainccinv(x + 1, tail))


def _byar_limits(x: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    z = -special.ndtri(tail)
    lower = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
    upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    # At extreme confidence the cube turns negative; a count cannot.
    return np.asarray(np.maximum(lower, 0.0)), np.asarray(upper)
