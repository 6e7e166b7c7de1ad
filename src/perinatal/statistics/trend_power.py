"""Which change over the years could a trend test see?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perinatal.statistics._checks import FloatArray, at_most, non_negative
from perinatal.statistics._series import LEAST_POINTS
from perinatal.statistics.kinds import Kind, check_kind
from perinatal.statistics.labels import LIKELY

# A figure does not become e^80 times as high; and 40 halvings of that leave 1e-10 a year.
_STEEPEST = 80.0
_HALVINGS = 40


def trend_power(
    kind: Kind,
    births_per_year: ArrayLike,
    rate: ArrayLike,
    years: ArrayLike,
    yearly_change: ArrayLike,
    alpha: float = LIKELY,
) -> FloatArray:
    """Chance that the trend test over single years sees a real change.

    Normal approximation of the test of Cochran and Armitage (its Poisson form for a rate), the
    change built into mean and variance. The test of :func:`perinatal.statistics.trend.trend`
    sees a little less: by chance one series in twenty has its variance widened.

    Shapes: all broadcast together; one array of chances comes back. Units: births a year (every
    year the same), ``rate`` the figure per 1 in the middle of the years, ``yearly_change`` -0.02
    for a fall by 2% of itself each year. A nan, no births, or a change that takes a proportion
    above 1 gives nan. Raises ValueError for a negative value, a proportion above 1, fewer than
    five years or a broken year, a change of -1 or less, or an alpha outside (0, 1).

    Armitage P (1955), Biometrics 11:375; Nam J (1987), Biometrics 43:701-705 (power).
    """
    change = np.asarray(yearly_change, dtype=np.float64)
    if np.any(change <= -1):
        raise ValueError("yearly_change must be larger than -1")
    births, figure, span = _checked(kind, births_per_year, rate, years, alpha)
    return _power(kind, births, figure, span, np.log1p(change), alpha)


def smallest_change(
    kind: Kind,
    births_per_year: ArrayLike,
    rate: ArrayLike,
    years: ArrayLike,
    power: float = 0.8,
    alpha: float = LIKELY,
) -> tuple[FloatArray, FloatArray]:
    """Smallest yearly change that the trend test over single years sees with this power.

    The inverse of :func:`trend_power`. A fall is a rise read backwards, and ``rate`` is the
    figure in the middle of the years, so a fall to 1 / 1.05 each year is seen as often as a rise
    to 1.05. Shapes: the first four broadcast together; two arrays of that shape come back, the
    fall and the rise. Units: positive relative changes, 0.02 for 2% a year. nan where no births
    are counted, and where a proportion would have to rise above 1. Errors as :func:`trend_power`,
    and ValueError unless ``power`` lies between ``alpha`` and 1.

    Nam J (1987), Biometrics 43:701-705.
    """
    births, figure, span = _checked(kind, births_per_year, rate, years, alpha)
    if not alpha < power < 1:
        raise ValueError("power must lie between alpha and 1")
    births, figure, span = np.broadcast_arrays(births, figure, span)
    steepest = np.full(figure.shape, _STEEPEST)
    if kind == "proportion":
        steepest = -np.log(figure, where=figure > 0, out=np.full(figure.shape, np.nan))
    high = steepest / ((span - 1) / 2)
    low = np.zeros(figure.shape)
    seen = _power(kind, births, figure, span, high * (1 - 1e-12), alpha) >= power
    for _ in range(_HALVINGS):
        half = (low + high) / 2
        enough = _power(kind, births, figure, span, half, alpha) >= power
        low, high = np.where(enough, low, half), np.where(enough, half, high)
    step = np.where(seen, high, np.nan)
    return np.asarray(-np.expm1(-step)), np.asarray(np.expm1(step))


def _checked(
    kind: Kind, births: ArrayLike, rate: ArrayLike, years: ArrayLike, alpha: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    n = non_negative("births_per_year", births)
    figure = non_negative("rate", rate)
    if check_kind(kind) == "proportion":
        at_most("rate", figure, "1", 1.0)
    span = np.asarray(years, dtype=np.float64)
    if np.any(span < LEAST_POINTS) or np.any(span != np.floor(span)):
        raise ValueError(f"years must be whole and at least {LEAST_POINTS}")
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    return n, figure, span


def _power(
    kind: Kind,
    births: FloatArray,
    rate: FloatArray,
    years: FloatArray,
    log_change: FloatArray,
    alpha: float,
) -> FloatArray:
    births, rate, years, log_change = np.broadcast_arrays(births, rate, years, log_change)
    year = np.arange(int(years.max()) if years.size else 0)
    counted = year < years[..., None]
    away = np.where(counted, year - (years[..., None] - 1) / 2, 0.0)
    figure = np.where(counted, rate[..., None] * np.exp(log_change[..., None] * away), 0.0)
    if kind == "proportion":
        figure = np.where(figure.max(axis=-1, keepdims=True) <= 1, figure, np.nan)
    mean = figure.sum(axis=-1) / years
    single, pooled = figure, mean
    if kind == "proportion":
        single, pooled = figure * (1 - figure), mean * (1 - mean)
    without = np.sqrt(pooled * (away**2).sum(axis=-1))
    # Without births, an event or (for a proportion) a birth without one there is nothing to see.
    n = np.where((births > 0) & (without > 0), births, np.nan)
    shift = np.sqrt(n) * np.abs((away * figure).sum(axis=-1))
    within = np.sqrt((away**2 * single).sum(axis=-1))
    limit = -special.ndtri(alpha / 2) * without
    return np.asarray(
        special.ndtr((shift - limit) / within) + special.ndtr((-shift - limit) / within)
    )
