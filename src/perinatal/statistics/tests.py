"""Exact mid-p tests: is a figure different from its reference, or from the rest of the whole?

Two-sided p = min(1, 2 min(P(X < x) + P(X = x) / 2, P(X > x) + P(X = x) / 2)). The plain exact
test is far too strict at the numbers of births of a wijk; the mid-p stays near what it promises.
Lancaster HO (1961), JASA 56:223-234.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from perinatal.statistics._checks import (
    BoolArray,
    FloatArray,
    at_most,
    counts,
    divide,
    non_negative,
)
from perinatal.statistics._tails import (
    Tails,
    binomial_tails,
    hypergeometric_tails,
    poisson_tails,
    reach,
)
from perinatal.statistics.kinds import Kind, check_kind


def midp_binomial(numerator: ArrayLike, denominator: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Two-sided exact mid-p of a proportion against a known reference.

    Shapes: the three broadcast together; one array of p-values of that shape comes back. Units:
    ``reference`` is a proportion, 0 to 1. A denominator of 0 or a nan gives nan; fractional
    counts follow the incomplete beta function. Raises ValueError for a negative value, a
    numerator larger than its denominator or a reference above 1.

    Lancaster HO (1961), JASA 56:223-234.
    """
    x, n = counts(numerator, denominator, proportion=True)
    p = non_negative("reference", reference)
    at_most("reference", p, "1", 1.0)
    return _two_sided(binomial_tails, n > 0, x, n, p)


def midp_poisson(events: ArrayLike, denominator: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Two-sided exact mid-p of a rate against a known reference.

    Shapes: the three broadcast together; one array of p-values of that shape comes back. Units:
    ``reference`` is a rate per 1, so ``denominator * reference`` events are expected. A
    denominator of 0 or a nan gives nan; fractional counts follow the incomplete gamma function.
    Raises ValueError for a negative value.

    Lancaster HO (1961), JASA 56:223-234.
    """
    x = non_negative("events", events)
    n = non_negative("denominator", denominator)
    return _two_sided(poisson_tails, n > 0, x, n * non_negative("reference", reference))


def midp_rest_binomial(
    numerator: ArrayLike,
    denominator: ArrayLike,
    rest_numerator: ArrayLike,
    rest_denominator: ArrayLike,
) -> FloatArray:
    """Two-sided mid-p of the proportion of an area against that of the rest of the whole.

    Given the cases of area and rest together, those of the area are hypergeometric if there is no
    difference. Shapes: the four broadcast together; one array of p-values of that shape comes
    back. Units: counts. A denominator of 0 or a nan, on either side, gives nan. Raises ValueError
    for a negative value or a numerator larger than its denominator.

    Lancaster HO (1961), JASA 56:223-234, on the conditional test of Fisher.
    """
    x, n = counts(numerator, denominator, proportion=True)
    y, m = counts(rest_numerator, rest_denominator, proportion=True, prefix="rest_")
    return _two_sided(hypergeometric_tails, (n > 0) & (m > 0), x, n, y, m)


def midp_rest_poisson(
    events: ArrayLike,
    denominator: ArrayLike,
    rest_events: ArrayLike,
    rest_denominator: ArrayLike,
) -> FloatArray:
    """Two-sided mid-p of the rate of an area against that of the rest of the whole.

    Given the events of area and rest together, those of the area are binomial with the area's
    share of the denominator if there is no difference. Shapes: the four broadcast together; one
    array of p-values of that shape comes back. Units: events, and denominators in one unit. A
    denominator of 0 or a nan, on either side, gives nan. Raises ValueError for a negative value.

    Lancaster HO (1961), JASA 56:223-234, on the conditional test of Przyborowski and Wilenski.
    """
    x, y = non_negative("events", events), non_negative("rest_events", rest_events)
    n = non_negative("denominator", denominator)
    m = non_negative("rest_denominator", rest_denominator)
    return _two_sided(binomial_tails, (n > 0) & (m > 0), x, x + y, divide(n, n + m))


def midp_rounded(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    reference: ArrayLike,
    half_width: ArrayLike,
) -> FloatArray:
    """Largest two-sided mid-p over all references that a rounded, printed one may stand for.

    Printed 4.7 per 1000 means 4.65 to 4.75: ``reference`` 0.0047, ``half_width`` 0.00005. If the
    estimate lies in that range p is 1, else p is the one at the nearest end; a half width of 0 is
    the test against the reference itself. Shapes: all broadcast together; one array of p-values
    of that shape comes back. Units: proportion or rate per 1. Errors as :func:`midp_binomial`
    (``kind`` "proportion") and :func:`midp_poisson` ("rate").

    Lancaster HO (1961), JASA 56:223-234.
    """
    x, n = counts(numerator, denominator, proportion=check_kind(kind) == "proportion")
    nearest, inside = nearest_reference(kind, divide(x, n), reference, half_width)
    test = midp_binomial if kind == "proportion" else midp_poisson
    return np.asarray(np.where(inside, 1.0, test(x, n, nearest)))


def critical_counts(
    kind: Kind, births: FloatArray, reference: FloatArray, alpha: float
) -> tuple[FloatArray, FloatArray]:
    """The largest count below what is expected and the smallest above it with p below ``alpha``.

    Arrays of one shape; -1 where no count is small enough, and one more than the births where
    none is large enough.
    """
    test = midp_binomial if kind == "proportion" else midp_poisson
    expected = births * reference
    return _nearest_rejected(
        lambda count: test(count, births, reference) < alpha,
        expected,
        expected + reach(expected, alpha / 2),
        highest_count(kind, births),
    )


def critical_counts_after(
    kind: Kind, count: FloatArray, births: FloatArray, births_after: FloatArray, alpha: float
) -> tuple[FloatArray, FloatArray]:
    """As :func:`critical_counts`, for the count of a second period beside that of a first."""
    test = midp_rest_binomial if kind == "proportion" else midp_rest_poisson
    together = (count + reach(count, alpha / 2)) * (1 + births_after / births)
    return _nearest_rejected(
        lambda second: test(count, births, second, births_after) < alpha,
        count * births_after / births,
        together - count,
        highest_count(kind, births_after),
    )


def highest_count(kind: Kind, births: FloatArray) -> FloatArray:
    """The most that can be counted."""
    return np.floor(births) if kind == "proportion" else np.full(births.shape, np.inf)


def first_whole(
    passes: Callable[[FloatArray], BoolArray], start: FloatArray, end: FloatArray
) -> FloatArray:
    """First whole number on the way from ``start``, which fails, to ``end``, which passes."""
    while np.any(np.abs(end - start) > 1):
        middle = start + np.trunc((end - start) / 2)
        good = passes(middle)
        start, end = np.where(good, start, middle), np.where(good, middle, end)
    return end


def _nearest_rejected(
    rejects: Callable[[FloatArray], BoolArray],
    level: FloatArray,
    far: FloatArray,
    highest: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    beyond = np.minimum(highest, np.ceil(far)) + 1
    return (
        first_whole(rejects, np.minimum(np.ceil(level), highest), np.full(level.shape, -1.0)),
        first_whole(rejects, np.floor(level), beyond),
    )


def reference_ends(
    kind: Kind, reference: ArrayLike, half_width: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """The lowest and highest reference that the printed one may stand for."""
    printed = non_negative("reference", reference)
    half = non_negative("half_width", half_width)
    highest = 1.0 if kind == "proportion" else np.inf
    at_most("reference", printed, "1", highest)
    return np.maximum(printed - half, 0.0), np.minimum(printed + half, highest)


def nearest_reference(
    kind: Kind, estimate: FloatArray, reference: ArrayLike, half_width: ArrayLike
) -> tuple[FloatArray, BoolArray]:
    """The possible reference nearest to the estimate, and whether the estimate is inside."""
    low, high = reference_ends(kind, reference, half_width)
    inside = (low < high) & (low <= estimate) & (estimate <= high)
    return np.clip(estimate, low, high), inside


def _two_sided(
    tails: Callable[..., Tails],
    usable: BoolArray,
    *arguments: FloatArray,
) -> FloatArray:
    usable, *rest = np.broadcast_arrays(usable, *arguments)
    usable = usable & np.isfinite(sum(rest))
    lower, upper = tails(*(array[usable] for array in rest))
    p = np.full(usable.shape, np.nan)
    p[usable] = np.minimum(1.0, 2 * np.minimum(lower, upper))
    return p
