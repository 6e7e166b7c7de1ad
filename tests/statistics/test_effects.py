"""Differences, ratios and excess numbers: as published, by hand, and how often they are right."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perinatal.statistics.effects import (
    against_reference,
    difference_interval,
    excess_number,
    ratio_interval,
)
from perinatal.statistics.intervals import count_interval, proportion_interval, rate_interval

KIND = st.sampled_from(["proportion", "rate"])


# Newcombe RG (1998), Stat Med 17:873-890, table II, method 10.
@pytest.mark.parametrize(
    ("x", "n", "y", "m", "lower", "upper"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_difference_as_published(
    x: int, n: int, y: int, m: int, lower: float, upper: float
) -> None:
    found = difference_interval("proportion", x, n, y, m)
    assert found == pytest.approx((lower, upper), abs=5e-5)


def test_almere() -> None:
    """Perined 2008-2016: 1667 of 21,239 preterm, 7.04% in the Netherlands."""
    found = excess_number("proportion", 1667, 21_239, 0.0704, 9)
    assert [round(float(v)) for v in (found.estimate, found.lower, found.upper)] == [19, 11, 28]
    difference, ratio = against_reference("proportion", 1667, 21_239, 0.0704)
    assert found.lower == pytest.approx(difference.lower * 21_239 / 9)
    assert float(ratio.estimate) == pytest.approx(1.1149, abs=5e-5)


def test_reference_moves_the_interval_of_the_figure_itself() -> None:
    difference, ratio = against_reference("rate", [32, 0], [5217, 100], 0.0054, 0.998)
    lower, upper = rate_interval([32, 0], [5217, 100], 0.998, per=1)
    np.testing.assert_allclose(difference.lower, lower - 0.0054)
    np.testing.assert_allclose(difference.upper, upper - 0.0054)
    np.testing.assert_allclose(ratio.lower, lower / 0.0054)
    np.testing.assert_allclose(ratio.upper, upper / 0.0054)
    np.testing.assert_allclose(difference.estimate, [32 / 5217 - 0.0054, -0.0054])
    np.testing.assert_allclose(ratio.estimate, [32 / 5217 / 0.0054, 0])
    assert np.isnan(against_reference("rate", 1, 10, 0)[1].estimate)
    # fewer than expected, and twice as many years is half as many a year
    fewer = excess_number("rate", 5, 1000, 0.01, [1, 2])
    np.testing.assert_allclose(fewer.estimate, [-5, -2.5])
    assert (fewer.lower < fewer.estimate).all()


def test_difference_of_rates_by_hand() -> None:
    (lower, other_lower), (upper, other_upper) = count_interval([30, 12])
    found = difference_interval("rate", 30, 1000, 12, 500)
    down = np.sqrt(((30 - lower) / 1000) ** 2 + ((other_upper - 12) / 500) ** 2)
    up = np.sqrt(((upper - 30) / 1000) ** 2 + ((12 - other_lower) / 500) ** 2)
    assert found == pytest.approx((0.006 - down, 0.006 + up))


def test_ratio_of_rates_leaves_the_promised_tail() -> None:
    lower, upper = ratio_interval("rate", 15, 1200, 41, 6000)
    # Given 56 events, those of the first are binomial with the share that the ratio makes.
    share = np.array([lower, upper]) * 1200 / (np.array([lower, upper]) * 1200 + 6000)
    assert stats.binom.sf(14, 56, share[0]) == pytest.approx(0.025)
    assert stats.binom.cdf(15, 56, share[1]) == pytest.approx(0.025)
    # 5 events and none, as many births: the share is at least 0.025^(1/5)
    low, high = ratio_interval("rate", 5, 300, 0, 300)
    assert low == pytest.approx(0.025**0.2 / (1 - 0.025**0.2))
    assert high == np.inf


def test_ratio_of_proportions_by_hand() -> None:
    p, q = 0.1, 0.08
    (p_low, p_up), (q_low, q_up) = (proportion_interval(*pair) for pair in ((50, 500), (80, 1000)))
    a, b, c = p * q, p_low * (2 * p - p_low), q_up * (2 * q - q_up)
    d, e = p_up * (2 * p - p_up), q_low * (2 * q - q_low)
    found = ratio_interval("proportion", 50, 500, 80, 1000)
    assert found == pytest.approx(
        ((a - np.sqrt(a**2 - b * c)) / c, (a + np.sqrt(a**2 - d * e)) / e)
    )


def test_ratio_without_events() -> None:
    for kind in ("proportion", "rate"):
        lower, upper = ratio_interval(kind, [0, 5, 0], 100, [5, 0, 0], 100)  # type: ignore[arg-type]
        assert lower[[0, 2]].tolist() == [0, 0]
        assert upper[[1, 2]].tolist() == [np.inf, np.inf]
        assert 0.8 < upper[0] < 1.2
        assert lower[1] == pytest.approx(1 / upper[0])


@given(kind=KIND, n=st.integers(1, 3000), m=st.integers(1, 20_000), data=st.data())
def test_both_tell_the_same_and_may_change_places(
    kind: str, n: int, m: int, data: st.DataObject
) -> None:
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    difference = difference_interval(kind, x, n, y, m)  # type: ignore[arg-type]
    turned = difference_interval(kind, y, m, x, n)  # type: ignore[arg-type]
    assert difference == pytest.approx((-turned[1], -turned[0]))
    assert difference[0] <= x / n - y / m <= difference[1]
    ratio = ratio_interval(kind, x, n, y, m)  # type: ignore[arg-type]
    if y:
        assert ratio[0] <= x / n / (y / m) * (1 + 1e-12)
        assert ratio[1] >= x / n / (y / m) * (1 - 1e-12)
    if x and y:
        other = ratio_interval(kind, y, m, x, n)  # type: ignore[arg-type]
        assert ratio == pytest.approx((1 / other[1], 1 / other[0]), rel=1e-9)
    if kind == "proportion":
        assert difference[0] >= -1
        assert difference[1] <= 1
        if min(abs(difference[0]), abs(difference[1])) > 1e-9:
            assert (ratio[0] > 1, ratio[1] < 1) == (difference[0] > 0, difference[1] < 0)


@given(kind=KIND, n=st.integers(2, 3000), data=st.data(), times=st.integers(2, 50))
def test_more_births_give_narrower_intervals(
    kind: str, n: int, data: st.DataObject, times: int
) -> None:
    x, y = data.draw(st.integers(1, n)), data.draw(st.integers(1, n))
    scale = np.array([1, times])
    for interval in (difference_interval, ratio_interval):
        lower, upper = interval(kind, x * scale, n * scale, y * scale, n * scale)  # type: ignore[operator]
        assert upper[1] - lower[1] < upper[0] - lower[0]


@pytest.mark.parametrize(("n", "m", "p", "q"), [(300, 600, 0.07, 0.05), (300, 300, 0.07, 0.07)])
def test_true_value_is_inside_as_often_as_promised(n: int, m: int, p: float, q: float) -> None:
    x, y = np.meshgrid(np.arange(80), np.arange(100))
    for kind, law in (("proportion", stats.binom.pmf), ("rate", None)):
        if law is None:
            chance = stats.poisson.pmf(x, n * p) * stats.poisson.pmf(y, m * q)
        else:
            chance = law(x, n, p) * law(y, m, q)
        assert chance.sum() == pytest.approx(1, abs=1e-6)
        for interval, truth in ((difference_interval, p - q), (ratio_interval, p / q)):
            lower, upper = interval(kind, x, n, y, m)  # type: ignore[operator]
            inside = chance[(lower <= truth) & (truth <= upper)].sum()
            assert 0.945 <= inside <= 0.975


def test_no_births_is_no_value_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x, n, missing = [0, np.nan, 1, 0], [0, 10, np.nan, 5], [True, True, True, False]
        for kind in ("proportion", "rate"):
            for interval in (difference_interval, ratio_interval):
                for limits in (interval(kind, x, n, 1, 9), interval(kind, 1, 9, x, n)):  # type: ignore[operator]
                    assert [np.isnan(limit).tolist() for limit in limits] == [missing] * 2
            effects = (
                *against_reference(kind, x, n, 0.1),  # type: ignore[arg-type]
                excess_number(kind, x, n, 0.1, 3),  # type: ignore[arg-type]
            )
            for effect in effects:
                for values in (effect.estimate, effect.lower, effect.upper):
                    assert np.isnan(values).tolist() == missing
            assert np.isnan(excess_number(kind, 1, 9, np.nan, 3).estimate)  # type: ignore[arg-type]
            assert ratio_interval(kind, np.empty(0), 1, 1, 1)[0].shape == (0,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: difference_interval("share", 1, 9, 1, 9), "^kind must be"),  # type: ignore[arg-type]
        (lambda: difference_interval("proportion", 1, 9, 10, 9), "^other_numerator must not be"),
        (lambda: ratio_interval("proportion", 10, 9, 1, 9), "^numerator must not be larger"),
        (lambda: ratio_interval("rate", 1, 9, 1, -9), "^other_denominator must not be negative"),
        (lambda: ratio_interval("rate", 1, 9, 1, 9, 95), "^confidence must lie"),
        (lambda: against_reference("proportion", 1, 9, 7.0), "^reference must not be larger"),
        (lambda: against_reference("rate", 1, 9, -1), "^reference must not be negative"),
        (lambda: excess_number("rate", 1, 9, 0.1, [1, 0]), "^years must be larger than 0"),
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
