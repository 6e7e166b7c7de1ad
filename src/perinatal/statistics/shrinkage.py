"""Figures of small areas that borrow strength from the other areas of their municipality.

Shrinkage protects nobody: a shrunken figure with its denominator gives the count away.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from perinatal.statistics._checks import (
    FloatArray,
    at_most,
    counts,
    divide,
    non_negative,
    tail_area,
)
from perinatal.statistics._marginal import spreads
from perinatal.statistics.kinds import Kind, check_kind


@dataclass(frozen=True, eq=False)
class Marshall:
    """Shrunken estimates per 1, an array like the input, with the mean and variance behind them.

    ``variance`` is the spread between areas beyond chance; 0 puts every area on the mean.
    """

    estimate: FloatArray
    mean: float
    variance: float


def marshall(numerator: ArrayLike, denominator: ArrayLike) -> Marshall:
    """Global empirical Bayes estimate by moments; rates, and proportions that are small.

    Shapes: two arrays that broadcast together, one value an area, in any order. Units: counts;
    results per 1. An area with a denominator of 0 or a nan is left out and gets nan; without any
    area all is nan. Raises ValueError for a negative value.

    Marshall RJ (1991), Appl Stat 40:283-294; the variance is cut off at 0.
    """
    x, n = counts(numerator, denominator, proportion=False)
    raw = np.where(np.isfinite(x), divide(x, n), np.nan)
    known = np.isfinite(raw)
    births = n[known]
    total = births.sum()
    mean = float(divide(x[known].sum(), total))
    observed = float(divide((births * (raw[known] - mean) ** 2).sum(), total))
    variance = float(np.maximum(0.0, observed - mean * divide(np.asarray(births.size), total)))
    # Without spread every weight is 0; without events too, where mean / n would be 0 as well.
    weight = divide(np.asarray(variance), variance + divide(np.asarray(mean), n))
    weight = np.where(known, np.nan_to_num(weight), np.nan)
    return Marshall(mean + (raw - mean) * weight, mean, variance)


@dataclass(frozen=True, eq=False)
class TrueFigures:
    """What the areas of one municipality tell about their true figures, and so about each.

    ``mean`` and ``concentration`` are the ones of maximum likelihood: the mean counts as so many
    births beside those of an area, inf if there is no more spread than chance gives. ``p_value``
    is the one of that chance alone; say nothing of a spread where it is not small. ``areas`` had
    a figure.

    The maximum alone would promise too much: with 10 areas of 300 births its 95% intervals hold
    the true figure in some 80%, and often it finds no spread where there is one. So whatever is
    said of an area is averaged over all means and concentrations that these areas make plausible.

    Shapes of all methods: the arguments broadcast together, and arrays of that shape come back;
    a denominator of 0 or a nan gives nan. Units: counts, and figures per 1. All raise ValueError
    for a negative value, a proportion above 1, or a confidence or coverage outside (0, 1).

    The prior of the concentration (all shares of chance in the spread equally likely), and for an
    area the beta or gamma with the mean and variance of the average: Christiansen CL & Morris CN
    (1997), JASA 92:618-632; Daniels MJ (1999), Can J Stat 27:567-578.
    """

    kind: Kind
    mean: float
    concentration: float
    p_value: float
    areas: int
    _means: FloatArray = field(repr=False)
    _concentrations: FloatArray = field(repr=False)
    _chances: FloatArray = field(repr=False)

    @property
    def between(self) -> bool:
        """Whether the areas lie further apart, however little, than by chance."""
        return bool(np.isfinite(self.concentration))

    @property
    def variance(self) -> float:
        """Variance of the true figures at the maximum likelihood; 0 if there is no spread."""
        if self.kind == "rate":
            return self.mean / self.concentration
        return self.mean * (1 - self.mean) / (self.concentration + 1)

    def estimate(self, numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
        """Shrunken figure of an area, which was one of those in the fit."""
        return self._posterior(numerator, denominator)[0]

    def interval(
        self, numerator: ArrayLike, denominator: ArrayLike, confidence: float = 0.95
    ) -> tuple[FloatArray, FloatArray]:
        """Limits between which the true figure of an area lies with this probability."""
        tail = tail_area(confidence)
        mean, size = self._posterior(numerator, denominator)
        lower, upper = (_quantile(self.kind, mean, size, at) for at in (tail, 1 - tail))
        # Far from any events a distribution can be so skew that its mean lies outside its middle.
        return np.asarray(np.minimum(lower, mean)), np.asarray(np.maximum(upper, mean))

    def chance_above(
        self, numerator: ArrayLike, denominator: ArrayLike, reference: ArrayLike
    ) -> FloatArray:
        """Probability, 0 to 1, that the true figure of an area lies above a reference."""
        mark = non_negative("reference", reference)
        at_most("reference", mark, "1", np.inf if self.kind == "rate" else 1.0)
        mean, size = self._posterior(numerator, denominator)
        return np.asarray(1 - _share_below(self.kind, mean, size, mark))

    def true_range(self, coverage: float = 0.90) -> tuple[float, float]:
        """Between which figures the middle ``coverage`` of the areas truly lies.

        As uncertain as these few areas leave it: also without any spread a range remains, wide
        if they are few.
        """
        tail = tail_area(coverage)
        return self._prior_quantile(tail), self._prior_quantile(1 - tail)

    def _prior_quantile(self, chance: float) -> float:
        if not self.areas:
            return np.nan

        def excess(figure: float) -> float:
            at = np.asarray(figure)
            below = _share_below(self.kind, self._means, self._concentrations, at)
            return float(below @ self._chances) - chance

        highest = 1.0
        if self.kind == "rate":
            # Twice, for rounding may put the largest quantile just short of the root.
            each = _quantile(self.kind, self._means, self._concentrations, chance)
            highest = 2 * float(each.max())
        return float(optimize.brentq(excess, 0.0, highest, xtol=1e-12, maxiter=1000))

    def _posterior(
        self, numerator: ArrayLike, denominator: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Mean of what is plausible for an area, and how many births that is worth."""
        x, n = counts(numerator, denominator, proportion=self.kind == "proportion")
        births = np.where(n > 0, n, np.nan)[..., None] + self._concentrations
        means = (x[..., None] + self._means * self._concentrations) / births
        rate = self.kind == "rate"
        within = means / births if rate else means * (1 - means) / (births + 1)
        mean = np.asarray(means @ self._chances)
        variance = (within + (means - mean[..., None]) ** 2) @ self._chances
        return mean, mean / variance if rate else mean * (1 - mean) / variance - 1


def _share_below(kind: Kind, mean: FloatArray, size: FloatArray, figure: FloatArray) -> FloatArray:
    if kind == "rate":
        return np.asarray(special.gammainc(mean * size, figure * size))
    return np.asarray(special.betainc(mean * size, (1 - mean) * size, figure))


def _quantile(kind: Kind, mean: FloatArray, size: FloatArray, chance: float) -> FloatArray:
    if kind == "rate":
        return np.asarray(special.gammaincinv(mean * size, chance) / size)
    return np.asarray(special.betaincinv(mean * size, (1 - mean) * size, chance))


def fit_beta_binomial(numerator: ArrayLike, denominator: ArrayLike) -> TrueFigures:
    """True proportions of the areas of one municipality: beta, their cases binomial.

    Shapes: two arrays that broadcast together, one value an area, in any order; areas with a
    denominator of 0 or a nan are left out. Units: counts. Without any area, or for an area
    without a figure, results are nan. Raises ValueError for a negative value or a numerator
    larger than its denominator.

    Griffiths DA (1973), Biometrics 29:637-648 (maximum marginal likelihood); Self SG & Liang KY
    (1987), JASA 82:605-610 (the p-value, halved since spread cannot be negative).
    """
    return _fit("proportion", numerator, denominator)


def fit_gamma_poisson(events: ArrayLike, denominator: ArrayLike) -> TrueFigures:
    """True rates of the areas of one municipality: gamma, their events Poisson.

    As :func:`fit_beta_binomial`; events may outnumber the denominator, which may be the expected
    events too. Raises ValueError for a negative value.

    Clayton D & Kaldor J (1987), Biometrics 43:671-681; Self SG & Liang KY (1987), JASA
    82:605-610.
    """
    return _fit("rate", events, denominator)


def _fit(kind: Kind, numerator: ArrayLike, denominator: ArrayLike) -> TrueFigures:
    x, n = counts(numerator, denominator, proportion=check_kind(kind) == "proportion")
    known = (n > 0) & np.isfinite(x)
    x, n = x[known], n[known]
    if not x.size:
        nothing = np.full(1, np.nan)
        return TrueFigures(kind, np.nan, np.nan, np.nan, 0, nothing, nothing, np.ones(1))
    found = spreads(kind, x, n)
    p_value = float(stats.chi2.sf(2 * found.gain, 1)) / 2 if found.gain > 0 else 1.0
    return TrueFigures(
        kind,
        found.mean,
        found.concentration,
        p_value,
        int(x.size),
        found.means,
        found.concentrations,
        found.chances,
    )
