"""Areas whose true figures differ, their cases by chance on top: the marginal likelihood.

A spread is a mean and a concentration: the mean counts as so many births beside those of an area.
The true figures are then beta (kind "proportion") or gamma ("rate") with parameters mean x
concentration and (1 - mean) x concentration, or concentration.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from perinatal.statistics._checks import FloatArray
from perinatal.statistics.kinds import Kind

# Log of the concentration in mean births, from no chance to speak of to nothing but chance.
_LEAST, _MOST = -12.0, 7.0
# The mean, in its own standard errors; these are held under a limit where hardly anything is known.
_STEPS = np.linspace(-4, 4, 9)
_VAGUE = 3.0
_NEGLIGIBLE = 1e-10
_TRIES = 60
_FINE = 1e-5
_NO_GAIN = 1e-7


class Spreads(NamedTuple):
    """Spreads that are plausible with their chances, the likeliest, and what that one gains.

    The gain is in log-likelihood over chance alone, which is a concentration of inf.
    """

    means: FloatArray
    concentrations: FloatArray
    chances: FloatArray
    mean: float
    concentration: float
    gain: float


def spreads(kind: Kind, x: FloatArray, n: FloatArray) -> Spreads:
    """Weigh all spreads by likelihood and prior; at least one area, 1-d arrays without nan."""
    # A sum over steps of one standard error of the log concentration is as good as the integral.
    step = min(0.25, 1.4 / np.sqrt(n.size))
    logs = np.arange(_LEAST, _MOST, step)
    sizes = np.mean(n) * np.exp(logs)
    information = (n / (1 + n / sizes[:, None])).sum(axis=1)
    # Jeffreys' half event keeps the grid, and the estimates, off an impossible 0.
    if kind == "rate":
        centre = np.log((x.sum() + 0.5) / n.sum())
        unit = np.exp(centre)
    else:
        centre = special.logit((x.sum() + 0.5) / (n.sum() + 1))
        unit = special.expit(centre) * special.expit(-centre)
    errors = np.minimum(_VAGUE, 1 / np.sqrt(unit * information))
    links = centre + errors[:, None] * _STEPS
    means = _mean(kind, links)
    likelihood = _log_likelihood(kind, means, sizes[:, None], x, n)
    jeffreys = np.log(means if kind == "rate" else means * (1 - means)) / 2
    shares = np.log(special.expit(logs) * special.expit(-logs))
    plausible = likelihood + jeffreys + (shares + np.log(errors))[:, None]
    chances = np.exp(plausible - plausible.max())
    kept = chances > _NEGLIGIBLE
    row, column = np.unravel_index(np.argmax(likelihood), likelihood.shape)
    start = np.array([links[row, column], np.log(sizes[row])])
    return Spreads(
        means[kept],
        np.broadcast_to(sizes[:, None], kept.shape)[kept],
        chances[kept] / chances[kept].sum(),
        *_likeliest(kind, x, n, start, np.array([errors[row], step])),
    )


def _likeliest(
    kind: Kind, x: FloatArray, n: FloatArray, at: FloatArray, width: FloatArray
) -> tuple[float, float, float]:
    """Walk uphill from the best point of a grid with these steps, finer wherever it is a top.

    A likelihood that keeps rising to no spread, or to nothing else, ends after so many tries.
    """
    pooled = float(x.sum() / n.sum())
    if pooled == 0 or (kind == "proportion" and pooled == 1):
        return pooled, np.inf, 0.0
    chance = float(_by_chance(kind, np.asarray(pooled), x, n))
    around = np.array([(0, 0), *((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)])
    gain = -np.inf
    for _ in range(_TRIES):
        near = at + around * width
        found = _log_likelihood(kind, _mean(kind, near[:, 0]), np.exp(near[:, 1]), x, n)
        best = int(np.argmax(found))
        at, gain = near[best], float(found[best]) - chance
        if best == 0:
            width = width / 2
        if width.max() < _FINE:
            break
    if gain < _NO_GAIN:
        return pooled, np.inf, 0.0
    return float(_mean(kind, at[0])), float(np.exp(at[1])), gain


def _mean(kind: Kind, link: FloatArray) -> FloatArray:
    return np.asarray(np.exp(link) if kind == "rate" else special.expit(link))


def _log_likelihood(
    kind: Kind, mean: FloatArray, concentration: FloatArray, x: FloatArray, n: FloatArray
) -> FloatArray:
    return _by_chance(kind, mean, x, n) + _spread_gain(kind, mean, concentration, x, n)


def _by_chance(kind: Kind, mean: FloatArray, x: FloatArray, n: FloatArray) -> FloatArray:
    """Log-likelihood of one figure for all areas, without what does not depend on it."""
    if kind == "rate":
        return np.asarray(special.xlogy(x.sum(), mean) - n.sum() * mean)
    return np.asarray(special.xlogy(x.sum(), mean) + special.xlog1py((n - x).sum(), -mean))


def _spread_gain(
    kind: Kind, mean: FloatArray, concentration: FloatArray, x: FloatArray, n: FloatArray
) -> FloatArray:
    """What a spread with this concentration adds to :func:`_by_chance`; 0 in the limit of inf."""
    size = concentration[..., None]
    a = mean[..., None] * size
    if kind == "rate":
        gain = _rising(a, x) - (x + a) * np.log1p(n / size) + n * mean[..., None]
    else:
        gain = _rising(a, x) + _rising(size - a, n - x) - _rising(size, n)
    return np.asarray(gain.sum(axis=-1))


def _rising(a: FloatArray, k: FloatArray) -> FloatArray:
    """Log of gamma(a + k) / gamma(a) / a^k, by Stirling's series where the gammas would cancel."""
    large = a > 20
    b = np.where(large, a, 20.0)
    series = (b + k - 0.5) * np.log1p(k / b) - k + _stirling(b + k) - _stirling(b)
    c = np.where(large, 1.0, a)
    direct = special.gammaln(c + k) - special.gammaln(c) - k * np.log(c)
    return np.where(large, series, direct)


def _stirling(a: FloatArray) -> FloatArray:
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / a**2) / a**2) / a**2) / a
