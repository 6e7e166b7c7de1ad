"""One-sided mid-p values: P(X < x) + P(X = x) / 2 and its complement.

The tail on the side of the observation is the one that is calculated; the other follows by
subtraction. So a very small p keeps its digits. The incomplete beta and gamma functions continue
the sums between whole numbers, which gives fractional counts a value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special, stats

from perinatal.statistics._checks import BoolArray, FloatArray

Tails = tuple[FloatArray, FloatArray]

# So far the short ways keep twelve digits. scipy's upper incomplete beta function takes five times
# as long as the lower one; turned around, the lower one gives the same tail, but from 1 - p, whose
# rounding is worth n * 5.5e-17 of it. And P(X = x) of Poisson is a difference of logarithms.
_SHORT_WAY_UP_TO = 10_000
_NEGLIGIBLE = 1e-17
_OVERWHELMING = 1e240
_STEPS = 4


def binomial_tails(x: FloatArray, n: FloatArray, p: FloatArray) -> Tails:
    """Lower and upper mid-p of ``x`` of ``n`` under Binomial(n, p); 1-d arrays without nan."""
    rest = n - x
    low, many = x <= n * p, n > _SHORT_WAY_UP_TO
    small = np.empty(x.shape)
    for side, integral, a, b, q in (
        (~low, special.betainc, x, rest, p),
        (low & ~many, special.betainc, rest, x, 1 - p),
        (low & many, special.betaincc, x, rest, p),
    ):
        small[side] = _between_neighbours(integral, a[side], b[side], q[side])
    return _both(small, low)


def poisson_tails(x: FloatArray, expected: FloatArray) -> Tails:
    """Lower and upper mid-p of ``x`` events under Poisson(expected); 1-d arrays without nan."""
    small = np.empty(x.shape)
    low = x <= expected
    for side, integral in ((low, special.gammaincc), (~low, special.gammainc)):
        a, mu = x[side], expected[side]
        outer = a if integral is special.gammaincc else a + 1
        beyond = np.where(outer == 0, 0.0, integral(np.where(outer == 0, 1.0, outer), mu))
        if _whole(a) and np.all(a <= _SHORT_WAY_UP_TO):
            small[side] = beyond + stats.poisson.pmf(a, mu) / 2
        else:
            inner = a + 1 if integral is special.gammaincc else a
            small[side] = (beyond + integral(inner, mu)) / 2
    return _both(small, low)


def hypergeometric_tails(x: FloatArray, n: FloatArray, y: FloatArray, m: FloatArray) -> Tails:
    """Lower and upper mid-p of ``x`` of ``n`` beside ``y`` of ``m``, given ``x + y``; no nan.

    Both sides are summed relative to P(X = x). No factorial is taken, so nothing cancels however
    large the population is, and the number of terms grows with the standard deviation only.
    """
    below = _relative_mass_below(x, n, y, m)
    above = _relative_mass_below(y, m, x, n)
    low = below <= above
    return _both((np.where(low, below, above) + 0.5) / (below + 1 + above), low)


def reach(expected: FloatArray, chance: float) -> FloatArray:
    """Distance between count and expected cases that has at most this chance, on either side.

    For binomial, Poisson and hypergeometric counts; and an observed ``expected`` has at most this
    chance of lying below a true mean that is so far above it. Bernstein's inequality.
    """
    log = -np.log(chance)
    return np.asarray(log + np.sqrt(log**2 + 2 * log * expected))


def _relative_mass_below(x: FloatArray, n: FloatArray, y: FloatArray, m: FloatArray) -> FloatArray:
    """P(X < x) / P(X = x); infinite where the observation is out of all proportion."""
    mass = np.zeros(x.shape)
    active = np.flatnonzero((x > 0) & (y < m))
    x, n, y, m = x[active], n[active], y[active], m[active]
    term, total = np.ones(active.size), np.zeros(active.size)
    while active.size:
        for _ in range(_STEPS):
            ratio = np.maximum(x, 0.0) * np.maximum(m - y, 0.0) / ((n - x + 1) * (y + 1))
            term = term * ratio
            total = total + term
            x, y = x - 1, y + 1
        # The ratio falls with every step, so the remainder is below that of a geometric series.
        overflow = total > _OVERWHELMING
        done = (term <= _NEGLIGIBLE * total * (1 - ratio)) | overflow
        if done.any():
            mass[active[done]] = np.where(overflow[done], np.inf, total[done])
            go = ~done
            active, x, n, y, m = active[go], x[go], n[go], y[go], m[go]
            term, total = term[go], total[go]
    return mass


def _between_neighbours(
    integral: Callable[..., FloatArray], a: FloatArray, b: FloatArray, q: FloatArray
) -> FloatArray:
    """The tail with the observation and the one without it, halfway."""
    none, all_ = (1.0, 0.0) if integral is special.betaincc else (0.0, 1.0)
    # At the ends of the support a parameter is 0, where the integral is not defined.
    first = np.where(b == 0, none, integral(a + 1, np.where(b == 0, 1.0, b), q))
    if integral is special.betainc and _whole(a) and _whole(b):
        # Between the two lies P(X = x), which for whole counts takes less time than the other.
        return np.asarray(first + stats.binom.pmf(a, a + b, q) / 2)
    second = np.where(a == 0, all_, integral(np.where(a == 0, 1.0, a), b + 1, q))
    return np.asarray((first + second) / 2)


def _whole(counts: FloatArray) -> bool:
    return bool(np.all(counts == np.floor(counts)))


def _both(small: FloatArray, low: BoolArray) -> Tails:
    return np.where(low, small, 1 - small), np.where(low, 1 - small, small)
