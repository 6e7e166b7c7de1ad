"""What the functions on a series of years share: periods, the fitted line, the evidence."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from perinatal.statistics._checks import BoolArray, FloatArray, counts
from perinatal.statistics.kinds import Kind, check_kind
from perinatal.statistics.labels import CLEAR, LIKELY

LEAST_POINTS = 5
SPREAD = 0.05

Certainty = Literal["duidelijk", "waarschijnlijk", ""]


@dataclass(frozen=True, eq=False)
class Line:
    """Coefficients and covariance on the link scale, fitted events, Pearson's chi-square."""

    coefficients: FloatArray
    covariance: FloatArray
    fitted: FloatArray
    chi2: float


def middles(starts: ArrayLike, ends: ArrayLike | None) -> FloatArray:
    """Midpoints of periods from ``starts`` up to and including ``ends``; single years if None."""
    first = np.asarray(starts, dtype=np.float64)
    last = first if ends is None else np.asarray(ends, dtype=np.float64)
    if first.ndim != 1 or last.shape != first.shape:
        raise ValueError("starts and ends must have one shape (k,)")
    if not (np.isfinite(first).all() and np.isfinite(last).all()):
        raise ValueError("starts and ends must be years")
    if np.any(last < first):
        raise ValueError("a period must not end before it starts")
    if np.any(first[1:] <= last[:-1]):
        raise ValueError("periods must be in order of time and must not overlap")
    return np.asarray((first + last) / 2)


def series_counts(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    middle: FloatArray,
    prefix: str = "",
) -> tuple[FloatArray, FloatArray]:
    """Numerator and denominator, one value for each of the periods."""
    proportion = check_kind(kind) == "proportion"
    x, n = counts(numerator, denominator, proportion=proportion, prefix=prefix)
    if x.shape != middle.shape:
        raise ValueError(f"{prefix}numerator and denominator must have one value for each period")
    return x, n


def separated(more: BoolArray, less: BoolArray, middle: FloatArray) -> bool:
    """Whether the likelihood of a line has its top at an infinite slope (or nowhere).

    ``more``: the periods that could have had fewer events, ``less``: those that could have had
    more. If the one kind lies wholly before the other, a steeper line always fits better. Albert A
    & Anderson JA (1984), Biometrika 71:1-10.
    """
    up, down = middle[more], middle[less]
    if not (up.size and down.size):
        return True
    return bool(up.max() <= down.min() or up.min() >= down.max())


def fit_line(kind: Kind, x: FloatArray, n: FloatArray, design: FloatArray) -> Line | None:
    """Maximum likelihood by statsmodels: logit link for a proportion, log with offset for a rate.

    None where that finds no top: figures so wild that next to nothing bounds the line.
    McCullagh P & Nelder JA (1989), Generalized Linear Models, chapters 4 and 6.
    """
    # Importing statsmodels takes longer than most commands do.
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    if kind == "proportion":
        model = GLM(np.column_stack([x, n - x]), design, family=families.Binomial())
    else:
        model = GLM(x, design, family=families.Poisson(), offset=np.log(n))
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        # Comes for a series that lies exactly on the line too; separation is caught beforehand.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        found = model.fit(tol=1e-9, tol_criterion="params")
        fitted = found.fittedvalues * n if kind == "proportion" else found.fittedvalues
        if not found.converged:
            return None
        return Line(
            coefficients=np.asarray(found.params),
            covariance=np.asarray(found.cov_params()),
            fitted=np.asarray(fitted),
            chi2=float(found.pearson_chi2),
        )


def widening(chi2: ArrayLike, freedom: int) -> tuple[FloatArray, BoolArray]:
    """Dispersion phi, and whether the periods spread more than chance (chi-square, p < 0.05).

    Only then does phi multiply the variance: the usual max(1, phi), with three degrees of
    freedom, is above 1 in four series out of ten by chance alone and would take power everywhere.
    """
    pearson = np.asarray(chi2, dtype=np.float64)
    return pearson / freedom, np.asarray(stats.chi2.sf(pearson, freedom) < SPREAD)


def evidence(z: ArrayLike, chi2: ArrayLike, freedom: int) -> FloatArray:
    """Two-sided p of a normal deviate; t with ``freedom`` where the variance is widened."""
    score = np.abs(np.asarray(z, dtype=np.float64))
    phi, wide = widening(chi2, freedom)
    widened = 2 * stats.t.sf(score / np.sqrt(np.where(wide, phi, 1.0)), freedom)
    return np.asarray(np.where(wide, widened, 2 * special.ndtr(-score)))


def reach95(chi2: float, freedom: int) -> float:
    """Standard errors from the estimate to the end of a 95% interval, as in :func:`evidence`."""
    phi, wide = widening(chi2, freedom)
    if wide:
        return float(stats.t.isf(0.025, freedom) * np.sqrt(phi))
    return float(-special.ndtri(0.025))


def certainty(p_value: float) -> Certainty:
    """The word for a p-value, with the thresholds of the labels."""
    if p_value < CLEAR:
        return "duidelijk"
    return "waarschijnlijk" if p_value < LIKELY else ""
