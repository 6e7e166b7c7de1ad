"""Funnels: how far from the average may an area of this size lie by chance alone?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perinatal.statistics._checks import (
    FloatArray,
    counts,
    divide,
    non_negative,
    tail_area,
)
from perinatal.statistics.funnel_proportion import ALARM, WARNING, proportion_funnel
from perinatal.statistics.intervals import _exact_limits, count_interval
from perinatal.statistics.kinds import Kind, check_kind

Scale = Literal["proportion", "log_ratio", "root_ratio"]


def rate_funnel(
    denominator: ArrayLike, average: ArrayLike, confidence: float = 0.95, per: float = 1000
) -> tuple[FloatArray, FloatArray]:
    """Limits around the average rate, for areas with so many births.

    On the upper limit lies the count that so many events or more would reach with probability
    (1 - confidence) / 2, on the lower limit the count that so many or fewer would; the incomplete
    gamma function continues the sums between whole counts. An area outside the limits is one
    whose exact interval leaves the average out. Where even 0 events are no surprise the lower
    limit is 0.

    Shapes: ``denominator`` and ``average`` broadcast together; two arrays of that shape come
    back. Units: ``average`` per 1, limits per ``per`` of the denominator; with the expected events
    as denominator, average 1 and ``per`` 1 they are limits of observed / expected. A denominator
    of 0 or a nan gives nan. Raises ValueError for a negative value, a ``per`` that is not above
    0, or a confidence outside (0, 1).

    Garwood F (1936), Biometrika 28:437-442, inverted; Spiegelhalter DJ (2005), Stat Med
    24:1185-1202.
    """
    if not per > 0:
        raise ValueError("per must be larger than 0")
    tail = tail_area(confidence)
    births = non_negative("denominator", denominator)
    births, rate = np.broadcast_arrays(births, non_negative("average", average))
    expected = births * rate
    some = np.where(expected > 0, expected, np.nan)
    limits = special.pdtrik(tail, some), special.gdtrib(1.0, tail, some)
    lower, upper = (np.where(expected == 0, 0.0, limit) for limit in limits)
    return divide(lower, births) * per, divide(upper, births) * per


def ratio_funnel(events: ArrayLike, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Observed / expected at which so many events lie on the lower and on the upper limit.

    The same curves as :func:`rate_funnel`, seen from the events; times an average they are limits
    of a rate. Shapes: ``events`` of any shape; two arrays of that shape come back. Units: a
    ratio; ``events / limit`` is the expected number that goes with it. 0 events lie on no upper
    limit: nan, as for nan. Raises ValueError for a negative count or a confidence outside (0, 1).

    Garwood F (1936), Biometrika 28:437-442; Spiegelhalter DJ (2005), Stat Med 24:1185-1202.
    """
    observed = non_negative("events", events)
    fewest, most = _exact_limits(observed, tail_area(confidence))
    return divide(observed, most), divide(observed, fewest)


def funnel_class(
    kind: Kind, numerator: ArrayLike, denominator: ArrayLike, average: ArrayLike
) -> FloatArray:
    """Where an area lies in the funnel: -2 below the 99.8% limit, -1 below 95%, 0, 1, 2 above.

    ``kind`` "proportion" tests by :func:`proportion_funnel`; "rate" by whether the average lies
    outside the interval that is drawn (:func:`count_interval`). A ratio of observed to expected
    is a rate with the expected events as denominator and average 1. This is a place in a drawing;
    what may be said of an area follows from :func:`compare`.

    Shapes: the three broadcast together; one array of that shape comes back. Units: counts,
    average per 1. No figure (a denominator of 0, nan) gives nan. Raises ValueError for a negative
    value, or a proportion above 1.

    Spiegelhalter DJ (2005), Stat Med 24:1185-1202.
    """
    x, n = counts(numerator, denominator, proportion=check_kind(kind) == "proportion")
    x, n, middle = np.broadcast_arrays(x, n, non_negative("average", average))
    place = np.where((n > 0) & np.isfinite(x + middle), 0.0, np.nan)
    for confidence in (WARNING, ALARM):
        if kind == "proportion":
            value = divide(x, n)
            lower, upper = proportion_funnel(n, middle, confidence)
            low, high = value < lower, value > upper
        else:
            lower, upper = count_interval(x, confidence)
            low, high = n * middle > upper, n * middle < lower
        place += high.astype(np.float64) - low
    return place


@dataclass(frozen=True)
class Overdispersion:
    """How far areas lie apart, next to chance: ``phi`` 1 and ``tau2`` 0 are chance alone.

    ``target`` is the middle, per 1. ``tau2`` is the variance between areas, squared units of
    ``scale``. ``areas`` were counted; with too few of them phi and tau2 are nan.
    """

    scale: Scale
    target: float
    phi: float
    tau2: float
    areas: int


def overdispersion(
    scale: Scale,
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    trim: float = 0.1,
    fewest: int = 10,
) -> Overdispersion:
    """Spread between areas beyond chance, from winsorised z-scores.

    A diagnostic, "gewone spreiding tussen wijken", and never a reason to label an area or to
    leave its label out: between hospitals such a spread is nuisance, between wijken it is the
    finding. The most extreme share ``trim`` on each side is drawn in to the rest.

    ``scale`` "proportion" (arcsine of the square root; the target is the pooled proportion),
    "log_ratio" or "root_ratio" (observed and expected events; the target is 1). On "log_ratio"
    phi is nan if areas without events outnumber the trimmed share.

    Shapes: two arrays that broadcast together, one value an area, in any order; areas with a
    denominator of 0 or nan are left out. With fewer than ``fewest`` areas phi and tau2 are nan.
    Raises ValueError for a negative value, a proportion above 1, a ``trim`` outside [0, 0.5) or
    ``fewest`` below 2.

    Spiegelhalter DJ (2005), Stat Med 24:1185-1202; Spiegelhalter DJ et al (2012), JRSS A 175:1-47.
    """
    shape = _shape(scale)
    if not 0 <= trim < 0.5:
        raise ValueError("trim must lie between 0 and 0.5")
    if fewest < 2:
        raise ValueError("fewest must be at least 2")
    x, n = counts(numerator, denominator, proportion=scale == "proportion")
    known = (n > 0) & np.isfinite(x)
    x, n = x[known], n[known]
    target = float(divide(x.sum(), n.sum())) if scale == "proportion" else 1.0
    if x.size < fewest:
        return Overdispersion(scale, target, np.nan, np.nan, int(x.size))
    weight = n / shape.unit_error**2
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (shape.forward(x / n) - shape.forward(np.asarray(target))) * np.sqrt(weight)
        chi2 = float(np.sum(np.clip(z, *np.quantile(z, [trim, 1 - trim])) ** 2))
    spare = float(weight.sum() - (weight**2).sum() / weight.sum())
    tau2 = float(np.maximum(0.0, (chi2 - (x.size - 1)) / spare))
    return Overdispersion(scale, target, chi2 / x.size, tau2, int(x.size))


def overdispersed_limits(
    spread: Overdispersion, denominator: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Funnel limits that leave room for the spread between areas as well as for chance.

    To draw beside the funnel of chance, never instead of it: see :func:`overdispersion`. Shapes:
    ``denominator`` (births, or expected events) of any shape; two arrays of that shape come back.
    Units: a proportion or observed / expected, transformed back from the scale of ``spread``. A
    denominator of 0, a nan or a spread of nan gives nan. Raises ValueError for a negative value
    or a confidence outside (0, 1).

    Spiegelhalter DJ (2005), Stat Med 24:1185-1202, additive model; Spiegelhalter DJ et al (2012),
    JRSS A 175:1-47.
    """
    shape = _shape(spread.scale)
    z = -special.ndtri(tail_area(confidence))
    n = non_negative("denominator", denominator)
    error = np.sqrt(divide(np.asarray(shape.unit_error**2), n) + spread.tau2)
    middle = shape.forward(np.asarray(spread.target))
    return shape.back(middle - z * error), shape.back(middle + z * error)


class _Shape(NamedTuple):
    """A scale on which chance has one size: ``unit_error`` / sqrt(denominator)."""

    forward: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray], FloatArray]
    unit_error: float


# Beyond its ends the sine or the square would turn back.
_SHAPES = {
    "proportion": _Shape(
        lambda p: np.arcsin(np.sqrt(p)), lambda y: np.sin(np.clip(y, 0, np.pi / 2)) ** 2, 0.5
    ),
    "log_ratio": _Shape(np.log, np.exp, 1.0),
    "root_ratio": _Shape(np.sqrt, lambda y: np.maximum(y, 0.0) ** 2, 0.5),
}


def _shape(scale: Scale) -> _Shape:
    if scale not in _SHAPES:
        raise ValueError("scale must be 'proportion', 'log_ratio' or 'root_ratio'")
    return _SHAPES[scale]
