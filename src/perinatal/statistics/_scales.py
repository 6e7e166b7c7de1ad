"""The scale on which a figure varies symmetrically."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from perinatal.statistics._checks import FloatArray

Scale = Literal["none", "log", "logit"]


def on_scale(
    scale: Scale, value: FloatArray, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Figures on the scale of their uncertainty, and the standard errors there."""
    if scale not in ("none", "log", "logit"):
        raise ValueError("scale must be 'none', 'log' or 'logit'")
    if scale != "none" and np.any(lower <= 0):
        raise ValueError("a figure or limit of 0 has no logarithm")
    if scale == "logit" and np.any(upper >= 1):
        raise ValueError("a figure or limit of 1 has no logit")
    if scale != "none":
        onto = np.log if scale == "log" else special.logit
        value, lower, upper = (np.asarray(onto(figure)) for figure in (value, lower, upper))
    return value, (upper - lower) / (-2 * special.ndtri(0.025))


def back(scale: Scale, values: FloatArray) -> FloatArray:
    """From the scale to the figures."""
    if scale == "none":
        return values
    return np.asarray(np.exp(values) if scale == "log" else special.expit(values))


def steepness(scale: Scale, figure: FloatArray) -> FloatArray:
    """Derivative of :func:`back`: how strongly a figure moves with its value on the scale."""
    if scale == "none":
        return np.ones(figure.shape)
    value = back(scale, figure)
    return value if scale == "log" else value * (1 - value)
