"""Intervals against worked examples, their own promises, and independent reference values."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perinatal.statistics.intervals import (
    _byar_limits,
    _exact_limits,
    count_interval,
    proportion_interval,
    rate_interval,
)

ORACLE = Path(__file__).resolve().parents[2] / ".." / "shared" / "oracle"
CONFIDENCE = st.sampled_from([0.90, 0.95, 0.998])


# Newcombe RG (1998), Stat Med 17:857-872, table I, method 3.
@pytest.mark.parametrize(
    ("cases", "births", "lower", "upper"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(cases: int, births: int, lower: float, upper: float) -> None:
    assert proportion_interval(cases, births) == pytest.approx((lower, upper), abs=5e-5)


# Garwood F (1936), Biometrika 28:437-442, the 95% limits as tabled for a Poisson count.
@pytest.mark.parametrize(
    ("events", "lower", "upper"),
    [(0, 0, 3.69), (1, 0.0253, 5.57), (5, 1.62, 11.67), (9, 4.12, 17.08)],
)
def test_exact_poisson_as_published(events: int, lower: float, upper: float) -> None:
    assert count_interval(events) == pytest.approx((lower, upper), abs=5e-3)


def test_exact_limits_leave_the_promised_tail() -> None:
    events = np.arange(10)
    lower, upper = count_interval(events)
    np.testing.assert_allclose(stats.poisson.sf(events[1:] - 1, lower[1:]), 0.025)
    np.testing.assert_allclose(stats.poisson.cdf(events, upper), 0.025)
    assert lower[0] == 0


def test_byar_by_hand_from_ten() -> None:
    # 100 (1 - 1/900 - 1.959964/30)^3 and 101 (1 - 1/909 + 1.959964/(3 sqrt 101))^3
    assert count_interval(100) == pytest.approx((81.3621, 121.6279), abs=1e-4)
    below, at = count_interval(np.array([9.999, 10.0]))[0]
    assert below == pytest.approx(stats.chi2.ppf(0.025, 2 * 9.999) / 2)
    assert at == pytest.approx(10 * (1 - 1 / 90 - 1.959964 / (3 * np.sqrt(10))) ** 3, rel=1e-6)


def test_rate_is_the_count_over_the_births() -> None:
    lower, upper = rate_interval(32, 5217)
    assert (round(float(lower), 1), round(float(upper), 1)) == (4.2, 8.7)
    assert rate_interval(7, 2) == pytest.approx([limit / 2 * 1000 for limit in count_interval(7)])


def test_ends_of_the_scale() -> None:
    lower, upper = proportion_interval([0, 12, 0, 2_000_000, 3.5], [12, 12, 2e6, 2e6, 12])
    assert lower[0] == lower[2] == 0
    assert upper[1] == upper[3] == 1
    assert 0 < upper[2] < 3e-6
    assert 1 - 3e-6 < lower[3] < 1
    assert lower[4] < 3.5 / 12 < upper[4]
    assert proportion_interval(255 * 0.9999999999999999, 255, 0.9)[1] <= 1


def test_no_births_is_no_value_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for interval in (proportion_interval, rate_interval):
            for limits in interval([0, np.nan, 1, 0], [0, 10, np.nan, 5]):
                assert np.isnan(limits).tolist() == [True, True, True, False]
        assert np.isnan(count_interval(np.nan)).all()
        assert rate_interval(3, 0)[0].shape == ()
        assert proportion_interval(np.empty(0), np.empty(0))[0].shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: proportion_interval([1, -1], 10),
            r"^numerator must not be negative \(at position 1\)$",
        ),
        (lambda: proportion_interval(1, -10), "^denominator must not be negative"),
        (lambda: proportion_interval(11, 10), "^numerator must not be larger than denominator"),
        (lambda: proportion_interval(1, np.inf), "^denominator must be finite"),
        (lambda: proportion_interval(1, 10, 95), "^confidence must lie"),
        (lambda: count_interval(-0.5), "^events must not be negative"),
        (lambda: rate_interval(1, -1), "^denominator must not be negative"),
        (lambda: rate_interval(1, 1, per=0), "^per must be larger than 0"),
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@given(births=st.floats(0.5, 2e6), share=st.floats(0, 1), confidence=CONFIDENCE)
def test_proportion_estimate_is_inside(births: float, share: float, confidence: float) -> None:
    cases = min(births * share, births)
    lower, upper = proportion_interval(cases, births, confidence)
    assert 0 <= lower <= cases / births <= upper <= 1


@given(events=st.floats(0, 1e6), confidence=CONFIDENCE)
def test_count_is_inside(events: float, confidence: float) -> None:
    lower, upper = count_interval(events, confidence)
    assert 0 <= lower <= events < upper


@given(births=st.integers(1, 3000), data=st.data(), times=st.integers(2, 50), confidence=CONFIDENCE)
def test_more_births_give_a_narrower_interval(
    births: int, data: st.DataObject, times: int, confidence: float
) -> None:
    cases = data.draw(st.integers(0, births))
    for interval in (proportion_interval, rate_interval):
        lower, upper = interval(
            np.array([cases, cases * times]), [births, births * times], confidence
        )
        few, many = upper - lower
        assert many < few


@given(births=st.integers(1, 3000), data=st.data())
def test_more_confidence_gives_a_wider_interval(births: int, data: st.DataObject) -> None:
    cases = data.draw(st.integers(0, births))
    for interval in (proportion_interval, rate_interval):
        (lower, upper), (lower998, upper998) = (
            interval(cases, births),
            interval(cases, births, 0.998),
        )
        assert lower998 <= lower
        assert upper <= upper998


def _oracle(name: str) -> dict[str, np.ndarray]:
    if not ORACLE.is_dir():
        pytest.skip("the reference values (../shared/oracle) are not beside this checkout")
    with (ORACLE / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    numbers = ("x", "n", "confidence", "multiplier", "value", "lower", "upper")
    limits = ("byar_lower", "byar_upper", "exact_lower", "exact_upper")
    return {
        column: np.array([float(row[column] or "nan") for row in rows])
        for column in numbers + limits
        if column in rows[0]
    }


@pytest.mark.shared
@pytest.mark.parametrize("name", ["wilson.csv", "rate.csv"])
def test_oracle_intervals(name: str) -> None:
    rows = _oracle(name)
    compared = 0
    for confidence in np.unique(rows["confidence"]):
        at = rows["confidence"] == confidence
        x, n, per = rows["x"][at], rows["n"][at], rows["multiplier"][at]
        if name == "wilson.csv":
            limits = proportion_interval(x, n, confidence)
        else:
            limits = rate_interval(x, n, confidence, per=1)
        for limit, column in zip(limits, ("lower", "upper"), strict=True):
            np.testing.assert_allclose(limit * per, rows[column][at], rtol=1e-9)
        np.testing.assert_allclose(x / n * per, rows["value"][at], rtol=1e-9)
        compared += int(at.sum())
    assert compared == rows["x"].size > 1000


@pytest.mark.shared
def test_oracle_count_limits() -> None:
    rows = _oracle("poisson_count_limits.csv")
    for confidence in np.unique(rows["confidence"]):
        at = rows["confidence"] == confidence
        x = rows["x"][at]
        expected = {column: values[at] for column, values in rows.items()}
        exact = _exact_limits(x, (1 - confidence) / 2)
        np.testing.assert_allclose(exact[0], expected["exact_lower"], rtol=1e-9)
        np.testing.assert_allclose(exact[1], expected["exact_upper"], rtol=1e-9)
        byar = _byar_limits(np.where(x > 0, x, np.nan), (1 - confidence) / 2)
        known = np.isfinite(expected["byar_lower"])
        np.testing.assert_allclose(byar[0][known], expected["byar_lower"][known], rtol=1e-9)
        np.testing.assert_allclose(byar[1][x > 0], expected["byar_upper"][x > 0], rtol=1e-9)
        switched = np.where(x < 10, expected["exact_lower"], expected["byar_lower"])
        np.testing.assert_allclose(count_interval(x, confidence)[0], switched, rtol=1e-9)
