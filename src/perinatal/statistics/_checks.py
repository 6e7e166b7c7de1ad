"""What every function of this package asks of its input."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def non_negative(name: str, values: ArrayLike) -> FloatArray:
    """As float array; nan means "no value" and passes, negative or infinite raises ValueError."""
    array = np.asarray(values, dtype=np.float64)
    if np.any(array < 0):
        raise ValueError(f"{name} must not be negative{_place(array < 0)}")
    if np.any(np.isinf(array)):
        raise ValueError(f"{name} must be finite{_place(np.isinf(array))}")
    return array


def at_most(name: str, values: FloatArray, limit_name: str, limit: FloatArray | float) -> None:
    """Raise ValueError where ``values`` exceed ``limit``; nan on either side passes."""
    above = np.asarray(values > limit)
    if np.any(above):
        raise ValueError(f"{name} must not be larger than {limit_name}{_place(above)}")


def counts(
    numerator: ArrayLike, denominator: ArrayLike, *, proportion: bool, prefix: str = ""
) -> tuple[FloatArray, FloatArray]:
    """Numerator and denominator, broadcast together; for a proportion a part of the whole."""
    top = non_negative(f"{prefix}numerator", numerator)
    bottom = non_negative(f"{prefix}denominator", denominator)
    top, bottom = np.broadcast_arrays(top, bottom)
    if proportion:
        at_most(f"{prefix}numerator", top, f"{prefix}denominator", bottom)
    return top, bottom


def tail_area(confidence: float) -> float:
    """Probability outside each end of a two-sided interval."""
    if not 0 < confidence < 1:
        raise ValueError("confidence must lie between 0 and 1")
    return (1 - confidence) / 2


def divide(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """``top / bottom``, nan (and no warning) where nothing was counted."""
    top, bottom = np.broadcast_arrays(top, bottom)
    out = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def _place(wrong: BoolArray) -> str:
    # The position and never the value: a message may travel further than the figures may.
    return f" (at position {int(np.flatnonzero(wrong)[0])})" if wrong.ndim else ""
