"""Does a figure develop differently here than elsewhere?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from perinatal.statistics._checks import FloatArray
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


class DifferenceLabel(StrEnum):
    """Up or down BESIDE the comparison: both may fall while the difference goes up."""

    VERSCHIL_OMHOOG = "VERSCHIL_OMHOOG"
    VERSCHIL_OMLAAG = "VERSCHIL_OMLAAG"
    VERSCHIL_ONBESLIST = "VERSCHIL_ONBESLIST"
    VERSCHIL_ONBEKEND = "VERSCHIL_ONBEKEND"


@dataclass(frozen=True)
class TrendDifference:
    """The yearly change here over that of the comparison; nan where nothing could be fitted.

    ``ratio`` 0.98 means that each year the figure here becomes 2% of itself lower beside the
    comparison than it was the year before. ``dispersion`` and ``widened`` as in
    :class:`perinatal.statistics.trend.Trend`, about the relation between the two series.
    """

    label: DifferenceLabel
    certainty: Certainty
    p_value: float
    points: int
    ratio: float = np.nan
    lower95: float = np.nan
    upper95: float = np.nan
    dispersion: float = np.nan
    widened: bool = False


def trend_difference(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    other_numerator: ArrayLike,
    other_denominator: ArrayLike,
    starts: ArrayLike,
    ends: ArrayLike | None = None,
) -> TrendDifference:
    """Test whether the yearly change here is another than that of a comparison.

    The comparison (the Netherlands WITHOUT this area, or a group of other municipalities) shares
    no births with the area, and its figures are of the same comparability key. The outcome says
    that two lines part, and NEVER why: a difference is no effect of an approach, of a coalition,
    or of anything else that differs between the two.

    One model for both series (logit, or log with offset): a level of its own for each period,
    the constant distance between the two, and the change of that distance a year, which Wald's
    test is about. What happens to both in one year, a bend in the national line too, falls away;
    the dispersion is that of the distance around its line, with the rule of
    :func:`perinatal.statistics.trend.trend`. For a proportion the ratio of odds is turned into
    one of figures at the level of both together, so both scales agree on its side of 1.

    Shapes: all (k,), in order of time. Units: counts and years; ratios per year. A point counts
    if both have a figure and one of the two an event (and a birth without it, for a proportion);
    with fewer than five the label is VERSCHIL_ONBEKEND. Where the distance would be infinitely
    steep (such as no event here but in the last period) it is VERSCHIL_ONBESLIST without a
    p-value. Raises ValueError for a negative value, a proportion above 1, shapes that differ, or
    periods that overlap or are not in order.

    Breslow NE & Day NE (1980), Statistical Methods in Cancer Research I, IARC Sci Publ 32, chapter
    4 (trend in the odds ratio); McCullagh & Nelder (1989), chapter 9 (quasi-likelihood); Zhang
    J & Yu KF (1998), JAMA 280:1690-1691 (from odds to figures).
    """
    middle = middles(starts, ends)
    x, n = series_counts(kind, numerator, denominator, middle)
    y, m = series_counts(kind, other_numerator, other_denominator, middle, prefix="other_")
    events, births = x + y, n + m
    some, most = np.zeros(x.shape), events
    if kind == "proportion":
        some, most = np.maximum(0.0, events - m), np.minimum(n, events)
    known = (n > 0) & (m > 0) & (some < most)
    x, n, y, m, t = x[known], n[known], y[known], m[known], middle[known]
    points = int(known.sum())
    if points < LEAST_POINTS:
        return TrendDifference(DifferenceLabel.VERSCHIL_ONBEKEND, "", np.nan, points)
    line = None
    if not separated(x > some[known], x < most[known], t):
        here = np.repeat([1.0, 0.0], points)
        period = np.tile(np.eye(points), (2, 1))
        design = np.column_stack([period, here, here * np.tile(t - t.mean(), 2)])
        line = fit_line(kind, np.append(x, y), np.append(n, m), design)
    if line is None:
        return TrendDifference(DifferenceLabel.VERSCHIL_ONBESLIST, "", np.nan, points)
    steeper, se = float(line.coefficients[-1]), float(np.sqrt(line.covariance[-1, -1]))
    freedom = points - 2
    p_value = float(evidence(steeper / se, line.chi2, freedom))
    phi, wide = widening(line.chi2, freedom)
    reach = reach95(line.chi2, freedom) * se
    level = float(events[known].sum() / births[known].sum())
    ratios = np.array([steeper, steeper - reach, steeper + reach])
    if kind == "proportion":
        ratios = _of_figures(ratios, t[-1] - t[0], level)
    with np.errstate(over="ignore"):
        ratio, lower, upper = np.exp(ratios).tolist()
    word = certainty(p_value)
    moves = DifferenceLabel.VERSCHIL_OMHOOG if steeper > 0 else DifferenceLabel.VERSCHIL_OMLAAG
    return TrendDifference(
        label=moves if word else DifferenceLabel.VERSCHIL_ONBESLIST,
        certainty=word,
        p_value=p_value,
        points=points,
        ratio=ratio,
        lower95=lower,
        upper95=upper,
        dispersion=float(phi),
        widened=bool(wide),
    )


def _of_figures(odds: FloatArray, years: float, level: float) -> FloatArray:
    """Log ratio of figures a year, from that of odds, for two that were level at ``level``."""
    over = odds * years
    return np.asarray((over - np.logaddexp(np.log1p(-level), np.log(level) + over)) / years)
