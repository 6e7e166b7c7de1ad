"""Is there a change over the years that is more than chance?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats


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
    total, mean = n.sum(), x.sum() / n.sum()
    spread = (n * t**2).sum() - (n * t).sum() ** 2 / total
    if mean in (0.0, 1.0) or spread == 0:
        return 0.0, 1.0
    slope = (x * t).sum() - mean * (n * t).sum()
    chi2 = slope**2 / (mean * (1 - mean) * spread)
    return float(np.copysign(chi2, slope)), float(stats.chi2.sf(chi2, 1))
