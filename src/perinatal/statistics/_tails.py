"""One-sided mid-p values: P(X < x) + P(X = x) / 2 and its complement.

The tail on the side of the observation is the one that is calculated; the other follows by
subtraction. So a very small p keeps its digits. The incomplete beta and gamma functions continue
the sums between whole numbers, which gives fractional counts a value.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from perinatal.statistics._checks import BoolArray, FloatArray

Tails = tuple[FloatArray, FloatArray]

_NEGLIGIBLE = 1e-17
_OVERWHELMING = 1e290


def binomial_tails(x: FloatArray, n: FloatArray, p: FloatArray) -> Tails:
    """Lower and upper mid-p of ``x`` of ``n`` under Binomial(n, p); 1-d arrays without nan."""
    small = np.empty(x.shape)
    low = x <= n * p
    for side, integral in ((low, special.betaincc), (~low, special.betainc)):
        a, b, q = x[side], n[side] - x[side], p[side]
        with_x, without_x = (1.0, 0.0) if integral is special.betaincc else (0.0, 1.0)
        # At the ends of the support a parameter is 0, where the integral is not defined.
        first = np.where(b == 0, with_x, integral(a + 1, np.where(b == 0, 1.0, b), q))
        second = np.where(a == 0, without_x, integral(np.where(a == 0, 1.0, a), b + 1, q))
        small[side] = (first + second) / 2
    return _both(small, low)


def poisson_tails(x: FloatArray, expected: FloatArray) -> Tails:
    """Lower and upper mid-p of ``x`` events under Poisson(expected); 1-d arrays without nan."""
    small = np.empty(x.shape)
    low = x <= expected
    for side, integral in ((low, special.gammaincc), (~low, special.gammainc)):
        a, mu = x[side], expected[side]
        without_x = 0.0 if integral is special.gammaincc else 1.0
        second = np.where(a == 0, without_x, integral(np.where(a == 0, 1.0, a), mu))
        small[side] = (integral(a + 1, mu) + second) / 2
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


def _relative_mass_below(x: FloatArray, n: FloatArray, y: FloatArray, m: FloatArray) -> FloatArray:
    """P(X < x) / P(X = x); infinite where the observation is out of all proportion."""
    mass = np.zeros(x.shape)
    active = np.flatnonzero((x > 0) & (y < m))
    x, n, y, m = x[active], n[active], y[active], m[active]
    term, total = np.ones(active.size), np.zeros(active.size)
    while active.size:
        ratio = x * (m - y) / ((n - x + 1) * (y + 1))
        term = term * ratio
        total = total + term
        x, y = x - 1, y + 1
        # The ratio falls with every step, so the remainder is below that of a geometric series.
        spent = (x <= 0) | (y >= m) | (term <= _NEGLIGIBLE * total * (1 - ratio))
        overflow = total > _OVERWHELMING
        done = spent | overflow
        if done.any():
            mass[active[done]] = np.where(overflow[done], np.inf, total[done])
            go = ~done
            active, x, n, y, m = active[go], x[go], n[go], y[go], m[go]
            term, total = term[go], total[go]
    return mass


def _both(small: FloatArray, low: BoolArray) -> Tails:
    return np.where(low, small, 1 - small), np.where(low, 1 - small, small)
