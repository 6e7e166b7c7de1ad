"""The funnel of a proportion. It stands apart because a startfoto draws it, and has no need of
scipy then (0.3 seconds to load).
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from perinatal.statistics._checks import FloatArray, at_most, divide, non_negative, tail_area

WARNING, ALARM = 0.95, 0.998


def proportion_funnel(
    denominator: ArrayLike, average: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Limits around the average proportion, for areas with so many births.

    Shapes: ``denominator`` and ``average`` broadcast together; two arrays of that shape come
    back. Units: proportions, cut off at 0 and 1. A denominator of 0 or a nan gives nan. Raises
    ValueError for a negative value, an average above 1, or a confidence outside (0, 1).

    The score test (Wilson EB 1927, JASA 22:209-212) inverted: an area outside the limits is one
    whose Wilson interval leaves the average out. Spiegelhalter DJ (2005), Stat Med 24:1185-1202.
    """
    lower, upper = _score_limits(denominator, average, confidence)
    return np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0)


def _score_limits(
    denominator: ArrayLike, average: ArrayLike, confidence: float
) -> tuple[FloatArray, FloatArray]:
    z = -NormalDist().inv_cdf(tail_area(confidence))
    births = non_negative("denominator", denominator)
    middle = non_negative("average", average)
    at_most("average", middle, "1", 1.0)
    half = z * np.sqrt(divide(middle * (1 - middle), births))
    return middle - half, middle + half
