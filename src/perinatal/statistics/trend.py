"""Is there a change over the years that is more than chance?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from perinatal.statistics._checks import FloatArray, divide
from perinatal.statistics._series import (
    LEAST_POINTS,
    Certainty,
    certainty,
    evidence,
    fit_line,
    middles,
    reach95,
    separated,
    series_counts,
    widening,
)
from perinatal.statistics.kinds import Kind

# On the link scale from the first to the last point: a figure e^100 times as high as it was.
_STEEPEST = 100.0


class TrendLabel(StrEnum):
    """ONBEKEND: too few points to test; ONBESLIST: tested, cannot tell."""

    STIJGT = "STIJGT"
    DAALT = "DAALT"
    TREND_ONBESLIST = "TREND_ONBESLIST"
    TREND_ONBEKEND = "TREND_ONBEKEND"


@dataclass(frozen=True)
class Trend:
    """The line through one series; nan where there is none.

    ``slope`` and ``se`` are per year on the link scale (logit or log), ``se`` without widening.
    ``yearly_change`` is -0.02 where the fitted figure falls by 2% of itself a year, with a 95%
    interval; ``first`` and ``last`` are fitted figures per 1. ``dispersion`` is Pearson's
    chi-square over its degrees of freedom; ``widened``: it was large enough to be used.
    """

    label: TrendLabel
    certainty: Certainty
    p_value: float
    points: int
    slope: float = np.nan
    se: float = np.nan
    yearly_change: float = np.nan
    lower95: float = np.nan
    upper95: float = np.nan
    dispersion: float = np.nan
    widened: bool = False
    first: float = np.nan
    last: float = np.nan


def cochran_armitage(
    numerator: Sequence[float], denominator: Sequence[float], scores: Sequence[float]
) -> tuple[float, float]:
    """Test for a linear trend in proportions.

    Args:
        numerator, denominator: one value per period, shape (k,); cases and births.
        scores: the years, shape (k,).

    Returns:
        Chi-square with one degree of freedom (signed like the slope) and its two-sided p. Without
        any case, or with nothing but cases, (0.0, 1.0).

    Source: Armitage P (1955), Tests for linear trends in proportions, Biometrics 11:375.
    """
    x = np.asarray(numerator, dtype=float)
    n = np.asarray(denominator, dtype=float)
    t = np.asarray(scores, dtype=float)
    if not (x.shape == n.shape == t.shape) or x.ndim != 1:
        raise ValueError("numerator, denominator and scores must have one shape (k,)")
    z = float(_score("proportion", x, n, t))
    return float(np.copysign(z**2, z)), float(stats.chi2.sf(z**2, 1))


def trend(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    starts: ArrayLike,
    ends: ArrayLike | None = None,
) -> Trend:
    """Test one series for a rise or a fall, and say how large it is.

    ``kind`` "proportion" (binomial, logit link) or "rate" (Poisson, log link with offset).
    ``starts`` and ``ends``: first and last year of each period, single years where ``ends`` is
    left out; the scores are the midpoints. All points must be of ONE comparability key: the
    caller splits a series where the way of counting breaks.

    Shapes: all (k,), in order of time. Units: counts and years; :class:`Trend` gives figures per
    1. A nan or a denominator of 0 is a point without a figure; with fewer than five figures the
    label is TREND_ONBEKEND. Without an event, with nothing but events, or with all events in the
    first or the last period alone (separation: the best line is infinitely steep) it is
    TREND_ONBESLIST: there is a series, but no line that could be called a change per year.

    The test is the score test: for proportions Cochran-Armitage, for rates its Poisson form; with
    few events it keeps its level better than Wald's. The interval holds exactly the slopes that
    this test does not reject, so it never contradicts the label. Where the periods spread more
    than chance (Pearson's chi-square, p < 0.05) the variance is multiplied by the dispersion and
    t with k - 2 degrees of freedom takes the place of the normal. Spread that this cannot see in
    five points still gives false labels (at a dispersion of 2 in 12% instead of 5%).

    Raises ValueError for a negative value, a proportion above 1, shapes that differ, or periods
    that overlap or are not in order.

    Armitage P (1955), Biometrics 11:375; McCullagh & Nelder (1989), Generalized Linear Models
    (quasi-likelihood: chapter 9); Rao CR (1948), Proc Camb Phil Soc 44:50 (score test).
    """
    middle = middles(starts, ends)
    x, n = series_counts(kind, numerator, denominator, middle)
    known = np.isfinite(x) & (n > 0)
    x, n, t = x[known], n[known], middle[known]
    points = int(known.sum())
    if points < LEAST_POINTS:
        return Trend(TrendLabel.TREND_ONBEKEND, "", np.nan, points)
    z = float(_score(kind, x, n, t))
    line = None
    if not separated(x > 0, x < n if kind == "proportion" else n > 0, t):
        line = fit_line(kind, x, n, np.column_stack([np.ones(points), t - t.mean()]))
    if line is None:
        return Trend(TrendLabel.TREND_ONBESLIST, "", float(2 * special.ndtr(-abs(z))), points)
    slope, se = float(line.coefficients[1]), float(np.sqrt(line.covariance[1, 1]))
    freedom = points - 2
    p_value = float(evidence(z, line.chi2, freedom))
    phi, wide = widening(line.chi2, freedom)
    reach = reach95(line.chi2, freedom)
    lower, upper = (_slope_limit(kind, x, n, t, slope, se, side * reach) for side in (-1, 1))
    word = certainty(p_value)
    moves = TrendLabel.STIJGT if z > 0 else TrendLabel.DAALT
    return Trend(
        label=moves if word else TrendLabel.TREND_ONBESLIST,
        certainty=word,
        p_value=p_value,
        points=points,
        slope=slope,
        se=se,
        yearly_change=_yearly_change(kind, x, n, t, slope),
        lower95=_yearly_change(kind, x, n, t, lower),
        upper95=_yearly_change(kind, x, n, t, upper),
        dispersion=float(phi),
        widened=bool(wide),
        first=float(line.fitted[0] / n[0]),
        last=float(line.fitted[-1] / n[-1]),
    )


def _score(
    kind: Kind, x: FloatArray, n: FloatArray, t: FloatArray, slope: float = 0.0
) -> FloatArray:
    """Signed normal deviate of the score test that the line has this slope; series on axis -1."""
    figure = _with_slope(kind, x, n, t, slope)
    weight = n * figure * (1 - figure) if kind == "proportion" else n * figure
    centre = divide((weight * t).sum(axis=-1, keepdims=True), weight.sum(axis=-1, keepdims=True))
    away = t - centre
    variance = (weight * away**2).sum(axis=-1)
    surplus = (away * (x - n * figure)).sum(axis=-1)
    # Where nothing varies (no case, or nothing but cases) nothing speaks against the line.
    return np.asarray(np.nan_to_num(divide(surplus, np.sqrt(variance))))


def _with_slope(
    kind: Kind, x: FloatArray, n: FloatArray, t: FloatArray, slope: float
) -> FloatArray:
    """Figures on the line with this slope that has as many events as were observed."""
    cases = x.sum(axis=-1, keepdims=True)
    mean = divide(cases, n.sum(axis=-1, keepdims=True))
    if slope == 0:
        return np.asarray(mean + np.zeros(x.shape))
    tilt = slope * t
    tilt = tilt - tilt.max()
    if kind == "rate":
        return np.asarray(cases * np.exp(tilt) / (n * np.exp(tilt)).sum())
    level = optimize.brentq(
        lambda a: float((n * special.expit(a + tilt)).sum() - cases[0]),
        special.logit(mean[0]) - 1,
        special.logit(mean[0]) - tilt.min() + 1,
    )
    return np.asarray(special.expit(level + tilt))


def _slope_limit(
    kind: Kind,
    x: FloatArray,
    n: FloatArray,
    t: FloatArray,
    slope: float,
    se: float,
    reach: float,
) -> float:
    """The slope, on the side of ``reach``, that the score test finds ``reach`` deviates away.

    Infinite where the spread is so wild that any change could be behind it.
    """

    def beyond(candidate: float) -> float:
        return float(_score(kind, x, n, t, candidate)) + reach

    step = reach * se
    while beyond(slope + step) * reach > 0:
        step *= 2
        if abs(slope + step) * (t[-1] - t[0]) > _STEEPEST:
            return float(np.copysign(np.inf, reach))
    return float(optimize.brentq(beyond, slope, slope + step))


def _yearly_change(kind: Kind, x: FloatArray, n: FloatArray, t: FloatArray, slope: float) -> float:
    """Constant relative change a year that leads from the first to the last fitted figure."""
    if kind == "rate" or np.isinf(slope):
        return float(np.expm1(slope))
    figure = _with_slope(kind, x, n, t, slope)
    with np.errstate(divide="ignore"):
        return float(np.expm1(np.log(figure[-1] / figure[0]) / (t[-1] - t[0])))
