"""What may be said about a figure beside its reference: ten labels, in order of precedence."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from perinatal.statistics._checks import BoolArray, FloatArray, counts, divide, non_negative
from perinatal.statistics.intervals import proportion_interval, rate_interval
from perinatal.statistics.kinds import Kind, check_kind
from perinatal.statistics.tests import (
    midp_rest_binomial,
    midp_rest_poisson,
    midp_rounded,
    nearest_reference,
    reference_ends,
)

CLEAR = 0.002
LIKELY = 0.05
DISCOVERY_RATE = 0.05
# Two one-sided tests at 5% are the same as a 90% interval inside the margin.
EQUIVALENCE_CONFIDENCE = 0.90
_PIECE = 16_384


class Label(StrEnum):
    """The codes; :func:`compare` never gives INGETROKKEN, which follows from a source's status."""

    GEEN_CIJFER = "GEEN_CIJFER"
    INGETROKKEN = "INGETROKKEN"
    KLEIN_MAAR_ECHT = "KLEIN_MAAR_ECHT"
    DUIDELIJK_HOGER = "DUIDELIJK_HOGER"
    DUIDELIJK_LAGER = "DUIDELIJK_LAGER"
    WAARSCHIJNLIJK_HOGER = "WAARSCHIJNLIJK_HOGER"
    WAARSCHIJNLIJK_LAGER = "WAARSCHIJNLIJK_LAGER"
    ONGEVEER_GELIJK = "ONGEVEER_GELIJK"
    ONBESLIST = "ONBESLIST"
    GEEN_VERGELIJKING = "GEEN_VERGELIJKING"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Arrays of one shape. Estimate and limits are per 1; nan where there is no figure.

    ``direction`` is 1 above what was tested against, -1 below it, 0 level with it (or inside the
    range that a rounded reference may stand for).
    """

    estimate: FloatArray
    lower95: FloatArray
    upper95: FloatArray
    lower998: FloatArray
    upper998: FloatArray
    p_value: FloatArray
    label: NDArray[np.object_]
    direction: NDArray[np.int64]


def expected_cases(denominator: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Cases to expect if the reference held here: births times reference.

    Shapes: both broadcast together. Units: ``reference`` per 1, result in cases. nan gives nan.
    Raises ValueError for a negative value. Indirect standardisation with a single stratum:
    Breslow NE & Day NE (1987), IARC Sci Publ 82, p. 65.
    """
    births = non_negative("denominator", denominator)
    return np.asarray(births * non_negative("reference", reference))


def compare(
    kind: Kind,
    numerator: ArrayLike,
    denominator: ArrayLike,
    reference: ArrayLike,
    *,
    half_width: ArrayLike = 0.0,
    margin: float | None,
    rest: tuple[ArrayLike, ArrayLike] | None = None,
    family: bool | ArrayLike = False,
) -> Comparison:
    """Test each figure against its reference and label it.

    ``kind`` "proportion" (Wilson, binomial) or "rate" (exact/Byar, Poisson). ``half_width``: half
    the rounding step of a printed reference; a label then holds at both ends. ``margin``: 0.15
    means that 15% more or less is about the same; None (mortality) never says so. ``rest``:
    numerator and denominator of the rest of the whole; where both are known the test is against
    the rest, and "about the same" must hold around the rest's figure too. ``family``: the call is
    one family (one indicator and period), and "probably" must also survive Benjamini-Hochberg; or
    numbers of several families in one call, of the shape of the others, below 0 for none.

    Shapes: all arrays broadcast together; :class:`Comparison` holds arrays of that shape. Units:
    counts, and references per 1. No figure (a denominator of 0, nan) or no reference gives
    GEEN_CIJFER; a figure of the whole itself (a rest without births) GEEN_VERGELIJKING. Raises
    ValueError for a negative value, a proportion above 1, or a margin outside (0, 1).

    Wilson (1927) JASA 22:209; Garwood (1936) Biometrika 28:437; Breslow & Day (1987) IARC Sci
    Publ 82; Lancaster (1961) JASA 56:223; Benjamini & Hochberg (1995) JRSS B 57:289; Schuirmann
    (1987) J Pharmacokinet Biopharm 15:657 (two one-sided tests).
    """
    proportion = check_kind(kind) == "proportion"
    if margin is not None and not 0 < margin < 1:
        raise ValueError("margin must lie between 0 and 1")
    beside = (np.nan, np.nan) if rest is None else rest
    y, m = counts(*beside, proportion=proportion, prefix="rest_")
    x, n = counts(numerator, denominator, proportion=proportion)
    # Asked here, because within a piece a row has another position than the message should name.
    reference_ends(kind, reference, half_width)
    printed, half = (np.asarray(values, dtype=np.float64) for values in (reference, half_width))
    columns = np.broadcast_arrays(x, n, printed, half, y, m)
    p, same, direction, estimate, *limits = (
        column.reshape(columns[0].shape)
        for column in _in_pieces(partial(_compared, kind, margin), columns)
    )
    lower95, upper95, lower998, upper998 = limits
    whole = np.isfinite(estimate) & np.broadcast_to(m == 0, estimate.shape)
    return Comparison(
        estimate=estimate,
        lower95=lower95,
        upper95=upper95,
        lower998=lower998,
        upper998=upper998,
        p_value=p,
        label=_labels(p, direction, same, whole, family=family),
        direction=direction,
    )


def _compared(
    kind: Kind,
    margin: float | None,
    x: FloatArray,
    n: FloatArray,
    reference: FloatArray,
    half_width: FloatArray,
    y: FloatArray,
    m: FloatArray,
) -> tuple[NDArray[Any], ...]:
    """What can be said of each row by itself: p, same, direction, estimate and four limits."""
    estimate, beside_rate = divide(x, n), divide(y, m)
    with_rest = np.isfinite(y) & np.isfinite(m)
    p = midp_rounded(kind, np.where(with_rest, np.nan, x), n, reference, half_width)
    if with_rest.any():
        test_rest = midp_rest_binomial if kind == "proportion" else midp_rest_poisson
        p = np.where(with_rest, test_rest(x, n, y, m), p)
        p = np.where(m == 0, np.nan, p)  # the whole has no rest
    nearest, _ = nearest_reference(kind, estimate, reference, half_width)
    direction = _direction(estimate, np.where(with_rest, beside_rate, nearest))
    same = np.zeros(p.shape, dtype=np.bool_)
    if margin is not None:
        lower90, upper90 = _interval(kind, x, n, EQUIVALENCE_CONFIDENCE)
        low, high = reference_ends(kind, reference, half_width)
        around = np.where(with_rest, beside_rate, np.nan)
        same = (lower90 > np.fmax(high, around) * (1 - margin)) & (
            upper90 < np.fmin(low, around) * (1 + margin)
        )
    limits = (*_interval(kind, x, n, 0.95), *_interval(kind, x, n, 0.998))
    return p, same, direction, estimate, *limits


def _in_pieces(
    function: Callable[..., tuple[NDArray[Any], ...]], columns: Sequence[FloatArray]
) -> list[NDArray[Any]]:
    """Row by row the same as one call with flat columns, but in pieces that fit a core's cache.

    All cores share them: numpy and scipy let go of the interpreter while they calculate.
    """
    columns = [np.ravel(column) for column in columns]
    starts = range(0, max(columns[0].size, 1), _PIECE)
    pieces = [[column[start : start + _PIECE] for column in columns] for start in starts]
    if len(pieces) == 1:
        return list(function(*columns))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda piece: function(*piece), pieces))
    return [np.concatenate(parts) for parts in zip(*results, strict=True)]


def _interval(
    kind: Kind, x: FloatArray, n: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    if kind == "proportion":
        return proportion_interval(x, n, confidence)
    return rate_interval(x, n, confidence, per=1)


def _direction(estimate: FloatArray, against: FloatArray) -> NDArray[np.int64]:
    difference = estimate - against
    # 21 of 300 is 7%, whatever the last binary digit of the division says.
    apart = np.abs(difference) > 1e-12 * against
    return np.where(apart, np.sign(difference), 0).astype(np.int64)


def _labels(
    p: FloatArray,
    direction: NDArray[np.int64],
    same: BoolArray,
    whole: BoolArray,
    *,
    family: bool | ArrayLike,
) -> NDArray[np.object_]:
    likely = p < LIKELY
    number = (0 if family else -1) if isinstance(family, bool) else family
    probable = likely & _survives(p, np.broadcast_to(number, p.shape))
    clear, higher, lower = p < CLEAR, direction > 0, direction < 0
    rules = [
        (whole, Label.GEEN_VERGELIJKING),
        (np.isnan(p), Label.GEEN_CIJFER),
        (likely & same, Label.KLEIN_MAAR_ECHT),
        (clear & higher, Label.DUIDELIJK_HOGER),
        (clear & lower, Label.DUIDELIJK_LAGER),
        (probable & higher, Label.WAARSCHIJNLIJK_HOGER),
        (probable & lower, Label.WAARSCHIJNLIJK_LAGER),
        (same, Label.ONGEVEER_GELIJK),
    ]
    labels = np.array([label for _, label in rules] + [Label.ONBESLIST], dtype=object)
    first = np.select([rule for rule, _ in rules], list(range(len(rules))), len(rules))
    return np.asarray(labels[np.ravel(first)].reshape(p.shape), dtype=object)


def _survives(p: FloatArray, family: NDArray[np.int64]) -> BoolArray:
    """What the false discovery rate of its family leaves, and all that is of no family."""
    left = np.ravel(family < 0)
    rows = np.flatnonzero(~left)
    rows = rows[np.argsort(np.ravel(family)[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(np.ravel(family)[rows])) + 1
    for own in np.split(rows, starts):
        left[own] = _adjusted(np.ravel(p)[own]) <= DISCOVERY_RATE
    return left.reshape(p.shape)


def _adjusted(p: FloatArray) -> FloatArray:
    known = np.isfinite(p)
    adjusted = np.full(p.shape, np.nan)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p[known])
    return adjusted
