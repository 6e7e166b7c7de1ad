"""Exact tests against hand calculation, enumeration in whole fractions, and scipy's sums."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import count, islice
from math import comb, exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perinatal.statistics import _tails
from perinatal.statistics._tails import binomial_tails, poisson_tails
from perinatal.statistics.tests import (
    midp_binomial,
    midp_poisson,
    midp_rest_binomial,
    midp_rest_poisson,
    midp_rounded,
)


def test_by_hand() -> None:
    # none of ten at one half: 2 x (1/2 x 2^-10)
    assert midp_binomial(0, 10, 0.5) == pytest.approx(2**-10)
    # eight of ten: 2 x ((10 + 1) / 1024 + 45 / 2048)
    assert midp_binomial(8, 10, 0.5) == pytest.approx(2 * (11 / 1024 + 45 / 2048))
    assert midp_binomial(5, 10, 0.5) == 1
    # none where three are expected: 2 x (1/2 x e^-3)
    assert midp_poisson(0, 1000, 0.003) == pytest.approx(exp(-3))
    assert midp_poisson(2, 1000, 0.0005) == pytest.approx(
        2 * (1 - exp(-0.5) * (1 + 0.5 + 0.125 / 2))
    )
    # Fisher's lady tasting tea: all four right, and three right
    assert midp_rest_binomial(4, 4, 0, 4) == pytest.approx(1 / 70)
    assert midp_rest_binomial(3, 4, 1, 4) == pytest.approx(2 * (1 / 70 + 16 / 140))
    # all five events in an area with half of the births
    assert midp_rest_poisson(5, 300, 0, 300) == pytest.approx(2**-5)


def _enumerated(x: int, n: int, y: int, m: int) -> Fraction:
    ways = {k: comb(n, k) * comb(m, x + y - k) for k in range(n + 1) if 0 <= x + y - k <= m}
    total = sum(ways.values())
    half = Fraction(ways[x], 2)
    low = sum(w for k, w in ways.items() if k < x) + half
    high = sum(w for k, w in ways.items() if k > x) + half
    return min(Fraction(1), 2 * min(low, high) / total)


def test_rest_by_enumeration() -> None:
    tables = [
        (x, n, y, m)
        for n in (1, 4, 9)
        for m in (1, 7, 30)
        for x in range(n + 1)
        for y in range(m + 1)
    ]
    tables += [(30, 285, 900, 15_000), (0, 285, 900, 15_000), (60, 285, 900, 15_000)]
    expected = np.array([float(_enumerated(*table)) for table in tables])
    np.testing.assert_allclose(midp_rest_binomial(*np.array(tables).T), expected, rtol=1e-11)


def _lower_tail(terms: Iterator[Decimal], x: int) -> Decimal:
    return sum(islice(terms, x), Decimal(0)) + next(terms) / 2


def _binomial_terms(n: int, p: Decimal) -> Iterator[Decimal]:
    term = (1 - p) ** n
    for k in range(1, n + 2):
        yield term
        term = term * (n + 1 - k) / k * p / (1 - p)


def _poisson_terms(mean: Decimal) -> Iterator[Decimal]:
    term = (-mean).exp()
    for k in count(1):
        yield term
        term = term * mean / k


@pytest.mark.parametrize(
    ("n", "p"),
    [
        *[(1, 0.07), (12, 0.0047), (12, 0.999), (340, 0.07), (3000, 0.3), (9000, 1e-4)],
        # on both sides of the size from which the lower tail is integrated in another way
        *[(10_000, 0.07), (10_001, 0.07), (10_000, 0.0047), (10_001, 0.0047), (2_000_000, 1e-5)],
    ],
)
def test_twelve_digits_beside_sums_in_sixty(n: int, p: float) -> None:
    reach = 6 * np.sqrt(n * p * (1 - p))
    cases = np.clip(np.linspace(n * p - reach, n * p + reach, 7), 0, n).astype(int)
    with localcontext() as context:
        context.prec = 60
        for x in np.unique(cases).tolist():
            for p_value, terms in (
                (midp_binomial(x, n, p), _binomial_terms(n, Decimal(p))),
                (midp_poisson(x, 1, n * p), _poisson_terms(Decimal(n * p))),
            ):
                lower = _lower_tail(terms, x)
                assert abs(Decimal(float(p_value)) / (2 * min(lower, 1 - lower)) - 1) < 1e-12


def test_both_ways_to_the_lower_tail_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = np.array([0, 1e-300, 1e-9, 1e-4, 0.0047, 0.07, 0.5, 0.97, 1 - 1e-9, 1])
    n = np.array([0.5, 1, 12, 340.5, 3000, 10_000])
    parts = np.array([0, 1e-3, 0.07, 0.5, 0.93, 1])
    x, n, p = (
        array.ravel()
        for array in np.broadcast_arrays(
            np.concatenate([np.round(n[:, None] * parts), n[:, None] * parts], axis=1)[:, :, None],
            n[:, None, None],
            shares,
        )
    )
    x = np.minimum(x, n)
    turned = binomial_tails(x, n, p)
    monkeypatch.setattr(_tails, "_SHORT_WAY_UP_TO", 0)
    for one, other in zip(turned, binomial_tails(x, n, p), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-290)


def test_whole_counts_beside_a_fraction_keep_their_tails() -> None:
    """Whole counts alone take a shorter way than counts with a fraction among them."""
    n = np.repeat([1.0, 12, 340, 3000, 10_000], 60)
    x = np.tile(np.linspace(0, 1, 6), 50).round(1) * n // 1
    p = np.tile(np.repeat([0, 1e-300, 1e-9, 1e-4, 0.0047, 0.07, 0.5, 0.97, 1 - 1e-9, 1], 6), 5)
    for tails, arguments, fractions in (
        (binomial_tails, (x, n, p), ([3.5, 4.5], [340, 12], [0.07, 0.07])),
        (poisson_tails, (x, n * p), ([3.5, 4.5], [9, 1])),
    ):
        mixed = (np.append(*both) for both in zip(arguments, fractions, strict=True))
        for one, other in zip(tails(*arguments), tails(*mixed), strict=True):
            np.testing.assert_allclose(one, other[:-2], rtol=4e-12, atol=1e-290)
    for cases in (10, 40):
        fewer, between, more = (float(midp_binomial(cases, n, 0.07)) for n in (340, 340.5, 341))
        assert min(fewer, more) < between < max(fewer, more)


def _from_sums(distribution: object, x: np.ndarray, *parameters: object) -> np.ndarray:
    law = distribution(*parameters)  # type: ignore[operator]
    half = law.pmf(x) / 2
    return np.asarray(np.minimum(1, 2 * np.minimum(law.cdf(x - 1) + half, law.sf(x) + half)))


def test_equals_the_sums_of_scipy() -> None:
    n = np.repeat([1, 7, 340, 5217, 21_239], 40)
    x = np.minimum(n, np.tile(np.arange(40) ** 2, 5))
    births = 2_000_000
    np.testing.assert_allclose(
        midp_binomial(x, n, 0.07), _from_sums(stats.binom, x, n, 0.07), rtol=1e-9
    )
    np.testing.assert_allclose(
        midp_poisson(x, n, 0.07),
        _from_sums(stats.poisson, x, n * 0.07),
        rtol=1e-9,
        atol=1e-300,
    )
    rest = x + 100
    share = n / (n + births)
    np.testing.assert_allclose(
        midp_rest_poisson(x, n, 100, births),
        _from_sums(stats.binom, x, rest, share),
        rtol=1e-9,
        atol=1e-300,
    )
    cases = np.arange(139_000, 141_001, 50)
    np.testing.assert_allclose(
        midp_binomial(cases, births, 0.07), _from_sums(stats.binom, cases, births, 0.07), rtol=1e-9
    )


def test_large_populations_stay_exact() -> None:
    # With millions of births the normal limit with the mid-p holds to a few digits.
    x = np.array([1_000_000, 1_000_900, 1_003_000])
    p = midp_rest_binomial(x, 2_000_000, 1_000_000, 2_000_000)
    share = (x + 1_000_000) / 4_000_000
    z = (x - 1_000_000) / 2_000_000 / np.sqrt(share * (1 - share) * 2 / 2_000_000)
    np.testing.assert_allclose(p, 2 * stats.norm.sf(z), rtol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert midp_rest_binomial(10, 2_000_000, 1_000_000, 2_000_000) == 0
        assert midp_rest_binomial(1_000_000, 2_000_000, 10, 2_000_000) == 0


def test_very_small_p_keeps_its_digits() -> None:
    assert midp_binomial(200, 200, 0.1) == pytest.approx(1e-200, rel=1e-9)
    assert midp_poisson(0, 1, 300) == pytest.approx(exp(-300), rel=1e-9)


def test_no_births_is_no_value_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x, n = [0, np.nan, 1, 0], [0, 10, np.nan, 5]
        missing = [True, True, True, False]
        assert np.isnan(midp_binomial(x, n, 0.1)).tolist() == missing
        assert np.isnan(midp_poisson(x, n, 0.1)).tolist() == missing
        assert np.isnan(midp_rounded("rate", x, n, 0.1, 0.05)).tolist() == missing
        for test in (midp_rest_binomial, midp_rest_poisson):
            assert np.isnan(test(x, n, 1, 9)).tolist() == missing
            assert np.isnan(test(1, 9, x, n)).tolist() == missing
            assert test(0, 9, 0, 90) == 1
        assert midp_binomial(0, 9, 0) == midp_binomial(9, 9, 1) == midp_poisson(0, 9, 0) == 1
        assert midp_binomial(1, 9, 0) == midp_binomial(8, 9, 1) == midp_poisson(1, 9, 0) == 0
        assert midp_binomial(np.empty(0), np.empty(0), 0.1).shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: midp_binomial(11, 10, 0.1), "^numerator must not be larger than denominator"),
        (lambda: midp_binomial(1, 10, 1.1), "^reference must not be larger than 1"),
        (lambda: midp_poisson(1, 10, -0.1), "^reference must not be negative"),
        (
            lambda: midp_rest_binomial(1, 10, 5, 4),
            "^rest_numerator must not be larger than rest_denom",
        ),
        (lambda: midp_rest_poisson(1, 10, 5, -4), "^rest_denominator must not be negative"),
        (lambda: midp_rounded("rate", 1, 10, 0.1, -0.1), "^half_width must not be negative"),
        (lambda: midp_rounded("share", 1, 10, 0.1, 0), "^kind must be"),  # type: ignore[arg-type]
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@given(n=st.integers(2, 3000), data=st.data(), reference=st.floats(0.001, 0.999))
def test_fractions_lie_between_whole_counts(n: int, data: st.DataObject, reference: float) -> None:
    x = data.draw(st.integers(0, n - 1))
    for test in (midp_binomial, midp_poisson):
        first, between, last = test(np.array([x, x + 0.5, x + 1]), n, reference)
        same_side = x > n * reference or x + 1 < n * reference
        if same_side and max(first, last) < 1:
            assert min(first, last) - 1e-200 <= between <= max(first, last) + 1e-200
    assert midp_rest_binomial(x + 1e-9, n, 50, 700) == pytest.approx(
        float(midp_rest_binomial(x, n, 50, 700)), abs=1e-6
    )


@given(
    n=st.integers(1, 3000),
    data=st.data(),
    printed=st.floats(0.01, 0.5),
    half=st.floats(0.0001, 0.009),
)
def test_rounded_reference_takes_the_largest_p(
    n: int, data: st.DataObject, printed: float, half: float
) -> None:
    x = data.draw(st.integers(0, n))
    for kind, test in (("proportion", midp_binomial), ("rate", midp_poisson)):
        p = midp_rounded(kind, x, n, printed, half)  # type: ignore[arg-type]
        ends = np.clip(
            np.linspace(printed - half, printed + half, 21), printed - half, printed + half
        )
        if printed - half <= x / n <= printed + half:
            assert p == 1
        else:
            # A hair of room: close to p = 1 the mid-p peaks just beside the estimate.
            largest = test(x, n, ends).max()
            assert p == pytest.approx(largest, rel=1e-9) or largest > 0.5
        assert midp_rounded(kind, x, n, printed, 0) == test(x, n, printed)  # type: ignore[arg-type]


def test_estimate_within_the_rounding_cannot_differ() -> None:
    level = midp_binomial(71, 1000, 0.071)
    assert level < 1
    assert midp_rounded("proportion", 71, 1000, 0.071, 0) == level
    assert midp_rounded("proportion", 71, 1000, 0.07, 0.005) == 1


@given(n=st.integers(1, 500), m=st.integers(1, 5000), data=st.data())
def test_area_and_rest_may_change_places(n: int, m: int, data: st.DataObject) -> None:
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    for test in (midp_rest_binomial, midp_rest_poisson):
        assert float(test(x, n, y, m)) == pytest.approx(
            float(test(y, m, x, n)), rel=1e-9, abs=1e-200
        )
