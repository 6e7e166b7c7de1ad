"""Funnels and spread: by hand, their own promises, and independent reference values."""

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

from perinatal.statistics.funnel import (
    Overdispersion,
    Scale,
    funnel_class,
    overdispersed_limits,
    overdispersion,
    rate_funnel,
    ratio_funnel,
)
from perinatal.statistics.funnel_proportion import _score_limits, proportion_funnel
from perinatal.statistics.intervals import count_interval, proportion_interval

ORACLE = Path(__file__).resolve().parents[2] / ".." / "shared" / "oracle"
CONFIDENCE = st.sampled_from([0.95, 0.998])


def test_proportion_by_hand() -> None:
    # 0.1 -/+ 1.959964 x sqrt(0.1 x 0.9 / 100), and 3.090232 x
    assert proportion_funnel(100, 0.1) == pytest.approx((0.0412011, 0.1587989), abs=1e-7)
    assert proportion_funnel(100, 0.1, 0.998) == pytest.approx((0.0072930, 0.1927070), abs=1e-7)
    lower, upper = proportion_funnel([1, 10], [0.0047, 0.9])
    assert (lower[0], upper[1]) == (0, 1)


def test_rate_limits_leave_the_promised_tail() -> None:
    for confidence in (0.95, 0.998):
        tail = (1 - confidence) / 2
        events = np.arange(1, 200)
        fewest, most = (
            stats.chi2.ppf(tail, 2 * events) / 2,
            stats.chi2.isf(tail, 2 * events + 2) / 2,
        )
        # A count lies on the upper limit if so many or more come with this probability.
        _, upper = rate_funnel(fewest / 0.005, 0.005, confidence)
        np.testing.assert_allclose(upper * fewest / 0.005 / 1000, events, rtol=1e-9)
        lower, _ = rate_funnel(most / 0.005, 0.005, confidence)
        np.testing.assert_allclose(lower * most / 0.005 / 1000, events, rtol=1e-9)


def test_nothing_is_a_surprise_below_ln_40_expected_events() -> None:
    expected = -np.log(0.025) + np.array([-1e-6, 1e-6])
    lower, _ = rate_funnel(expected, 1, per=1)
    assert lower[0] == 0
    assert 0 < lower[1] < 1e-5


def test_ratio_and_rate_are_one_funnel() -> None:
    events = np.array([1, 4, 32, 100, 400])
    for confidence in (0.95, 0.998):
        low, high = ratio_funnel(events, confidence)
        np.testing.assert_allclose(rate_funnel(events / low, 1, confidence, per=1)[0], low)
        np.testing.assert_allclose(rate_funnel(events / high, 1, confidence, per=1)[1], high)
    # 1 event: 1 / 0.0253178 and 1 / 5.571643, Garwood (1936)
    assert ratio_funnel(1) == pytest.approx((0.179480, 39.4979), rel=1e-5)
    assert ratio_funnel(0)[0] == 0
    assert np.isnan(ratio_funnel(0)[1])


@given(births=st.integers(1, 100_000), average=st.floats(0, 1), confidence=CONFIDENCE)
def test_average_is_inside_and_more_births_bring_it_closer(
    births: int, average: float, confidence: float
) -> None:
    for funnel in (proportion_funnel, rate_funnel):
        per = 1 if funnel is proportion_funnel else 1000
        lower, upper = funnel(np.array([births, 3 * births]), average, confidence)
        assert (lower <= average * per * (1 + 1e-12)).all()
        assert (upper >= average * per * (1 - 1e-12)).all()
        assert lower[1] >= lower[0] * (1 - 1e-12)
        assert upper[1] <= upper[0] * (1 + 1e-12)


@given(births=st.integers(1, 3000), data=st.data(), average=st.floats(0.001, 0.999))
def test_outside_the_funnel_is_outside_the_interval(
    births: int, data: st.DataObject, average: float
) -> None:
    cases = data.draw(st.integers(0, births))
    found = float(funnel_class("proportion", cases, births, average))
    expected = 0
    for confidence in (0.95, 0.998):
        lower, upper = proportion_interval(cases, births, confidence)
        if min(abs(average - lower), abs(average - upper)) < 1e-9:
            return
        expected += int(lower > average) - int(upper < average)
    assert found == expected


def test_classes_of_a_rate() -> None:
    births = 1000 / np.array([0.9, 0.8, 0.7, 1.0, 1.3, 1.5])
    assert funnel_class("rate", 100, births, 0.1).tolist() == [0, -1, -2, 0, 1, 2]
    assert funnel_class("rate", [0, 0, 0], [3600, 3700, 7000], 0.001).tolist() == [0, -1, -2]
    lower, upper = count_interval(32)
    edges = np.array([lower - 1e-9, lower + 1e-9, upper - 1e-9, upper + 1e-9])
    assert funnel_class("rate", 32, edges, 1).tolist() == [1, 0, 0, -1]


def test_drawn_line_and_class_tell_the_same() -> None:
    events, births = np.meshgrid(np.arange(120), np.arange(100, 15_000, 100))
    place = funnel_class("rate", events, births, 0.0047)
    drawn = np.zeros(place.shape)
    for confidence in (0.95, 0.998):
        lower, upper = rate_funnel(births, 0.0047, confidence, per=1)
        drawn += (events / births > upper).astype(int) - (events / births < lower)
    few = events < 10
    assert (place == drawn)[few].all()
    # From 10 events the interval is Byar's, which is a hair away from the exact line.
    assert (place == drawn).mean() > 0.999


def test_no_births_is_no_value_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        missing = [True, True, False]
        for funnel in (proportion_funnel, rate_funnel):
            for limit in funnel([0, np.nan, 10], 0.1):
                assert np.isnan(limit).tolist() == missing
            assert np.isnan(funnel(10, np.nan)).all()
            assert funnel(10, 0.0) == (0, 0)
            assert funnel(np.empty(0), 0.1)[0].shape == (0,)
        for kind in ("proportion", "rate"):
            found = funnel_class(kind, [0, 1, 1], [0, np.nan, 10], 0.1)  # type: ignore[arg-type]
            assert np.isnan(found).tolist() == missing
            assert np.isnan(funnel_class(kind, 1, 10, np.nan))  # type: ignore[arg-type]
            assert funnel_class(kind, 0, 10, 0.0) == 0  # type: ignore[arg-type]
        nothing = overdispersion("log_ratio", [0, np.nan], [0, 10])
        assert (nothing.areas, nothing.target) == (0, 1)
        assert np.isnan([nothing.phi, nothing.tau2]).all()
        assert np.isnan(overdispersed_limits(nothing, 100)).all()
        spread = Overdispersion("proportion", 0.1, 2.0, 0.001, 12)
        for limit in overdispersed_limits(spread, [0, np.nan, 10]):
            assert np.isnan(limit).tolist() == missing


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: proportion_funnel(10, 1.1), "^average must not be larger than 1"),
        (lambda: proportion_funnel([1, -1], 0.1), r"^denominator .* negative \(at position 1\)$"),
        (lambda: rate_funnel(10, -0.1), "^average must not be negative"),
        (lambda: rate_funnel(10, 0.1, per=0), "^per must be larger than 0"),
        (lambda: rate_funnel(10, 0.1, 95), "^confidence must lie"),
        (lambda: ratio_funnel(-1), "^events must not be negative"),
        (lambda: funnel_class("share", 1, 10, 0.1), "^kind must be"),  # type: ignore[arg-type]
        (lambda: funnel_class("proportion", 11, 10, 0.1), "^numerator must not be larger"),
        (lambda: overdispersion("PR", [1], [2]), "^scale must be"),  # type: ignore[arg-type]
        (lambda: overdispersion("proportion", [1], [2], trim=0.5), "^trim must lie"),
        (lambda: overdispersion("proportion", [1], [2], fewest=1), "^fewest must be"),
        (lambda: overdispersion("proportion", [3], [2]), "^numerator must not be larger"),
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_spread_by_hand() -> None:
    observed, expected = np.array([70.0, 90, 110, 130]), np.full(4, 100.0)
    # z = 10 ln(O/E): 12.7214 + 1.1101 + 0.9084 + 6.8835 squared; tau2 = (sum - 3) / (400 - 100)
    log = overdispersion("log_ratio", observed, expected, trim=0, fewest=2)
    assert log.phi == pytest.approx(21.6234 / 4, abs=1e-4)
    assert log.tau2 == pytest.approx(18.6234 / 300, abs=1e-6)
    # z = 20 (sqrt(O/E) - 1); weights 400
    root = overdispersion("root_ratio", observed, expected, trim=0, fewest=2)
    chi2 = (400 * (np.sqrt(observed / 100) - 1) ** 2).sum()
    assert (root.phi, root.tau2) == pytest.approx((chi2 / 4, (chi2 - 3) / 1200))
    level = overdispersion("root_ratio", [100] * 4, expected, fewest=2)
    assert (level.phi, level.tau2) == (0, 0)
    share = overdispersion("proportion", [5, 15, 5, 15], [100] * 4, trim=0, fewest=2)
    z = 20 * (np.arcsin(np.sqrt([0.05, 0.15])) - np.arcsin(np.sqrt(0.1)))
    assert share.target == pytest.approx(0.1)
    assert share.phi == pytest.approx((z**2).mean())
    assert share.tau2 == pytest.approx((2 * (z**2).sum() - 3) / 1200)


def test_extremes_are_drawn_in() -> None:
    births = np.full(21, 400.0)
    cases = np.array([20.0, *np.arange(30, 49), 60])
    more_extreme = np.array([5.0, *np.arange(30, 49), 75])
    # Three at the top are drawn in to the third, so how extreme the others are does not count.
    kept = overdispersion("root_ratio", cases, births / 10)
    assert overdispersion("root_ratio", more_extreme, births / 10) == kept
    assert overdispersion("root_ratio", cases, births / 10, trim=0).phi > kept.phi


def test_too_few_areas_have_no_spread() -> None:
    nine = overdispersion("proportion", np.arange(10, 19), np.full(9, 200))
    assert nine.areas == 9
    assert np.isnan([nine.phi, nine.tau2]).all()
    assert overdispersion("proportion", np.arange(10, 20), np.full(10, 200)).phi > 0
    assert overdispersion("proportion", np.arange(10, 19), np.full(9, 200), fewest=9).phi > 0
    # Without events the logarithm is no number: up to the trimmed share that does not matter.
    events = np.array([0, 0, *range(8, 28)])
    assert overdispersion("log_ratio", events, np.full(22, 17)).phi > 0
    many = overdispersion("log_ratio", np.where(events < 12, 0, events), np.full(22, 17))
    assert not np.isfinite(many.phi)


@given(
    seed=st.integers(0, 10_000), scale=st.sampled_from(["proportion", "log_ratio", "root_ratio"])
)
def test_order_of_the_areas_does_not_matter(seed: int, scale: Scale) -> None:
    random = np.random.default_rng(seed)
    births = random.integers(50, 3000, 15)
    cases = random.integers(1, births // 4)
    denominator = births if scale == "proportion" else births * 0.12
    mixed = random.permutation(15)
    one = overdispersion(scale, cases, denominator)
    other = overdispersion(scale, cases[mixed], denominator[mixed])
    assert (one.phi, one.tau2) == pytest.approx((other.phi, other.tau2))
    assert one.tau2 >= 0


def test_room_for_spread_widens_the_funnel() -> None:
    births = np.array([0.1, 30, 300, 3000])
    for scale, target in (("proportion", 0.07), ("log_ratio", 1.0), ("root_ratio", 1.0)):
        chance = overdispersed_limits(Overdispersion(scale, target, 1, 0, 12), births)  # type: ignore[arg-type]
        spread = overdispersed_limits(Overdispersion(scale, target, 3, 0.004, 12), births)  # type: ignore[arg-type]
        assert (spread[0] <= chance[0]).all()
        assert (chance[0] <= target).all()
        assert (spread[1] >= chance[1]).all()
        # Past the end of its scale a limit stays there, and does not come back.
        assert (np.diff(spread[0]) >= 0).all()
        assert (np.diff(spread[1]) <= 0).all()
    by_hand = overdispersed_limits(Overdispersion("root_ratio", 1, 3, 0.004, 12), 25)
    half = 1.959964 * np.sqrt(0.25 / 25 + 0.004)
    assert by_hand == pytest.approx(((1 - half) ** 2, (1 + half) ** 2), rel=1e-6)


def _oracle(name: str) -> list[dict[str, str]]:
    if not ORACLE.is_dir():
        pytest.skip("the reference values (../shared/oracle) are not beside this checkout")
    with (ORACLE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name] or "nan") for row in rows])


@pytest.mark.shared
def test_oracle_points() -> None:
    rows = _oracle("funnel_point_proportion.csv")
    p, limit = _column(rows, "p"), _column(rows, "limit") / _column(rows, "multiplier")
    low = np.array([row["side"] == "low" for row in rows])
    for quantile in np.unique(p):
        ends = _score_limits(
            _column(rows, "population"), _column(rows, "average"), 2 * quantile - 1
        )
        at = p == quantile
        np.testing.assert_allclose(np.where(low, *ends)[at], limit[at], rtol=1e-9)
    assert len(rows) > 900

    rows = _oracle("funnel_point_poisson.csv")
    events, p = _column(rows, "obs"), _column(rows, "p")
    low = np.array([row["side"] == "low" for row in rows])
    for quantile in np.unique(p):
        lower, upper = ratio_funnel(events, 1 - 2 * quantile)
        # Few expected events are what makes a ratio high, so their low side is our upper limit.
        expected = events / np.where(low, upper, lower)
        at = p == quantile
        np.testing.assert_allclose(expected[at], _column(rows, "expected_events")[at], rtol=1e-4)
    assert len(rows) == 40


@pytest.mark.shared
def test_oracle_funnels() -> None:
    rows = _oracle("funnel_limits.csv")
    compared = left_out = 0
    for statistic in ("proportion", "rate_crude", "ratio_isr"):
        own = [row for row in rows if row["statistic"] == statistic]
        x, per = _column(own, "x"), _column(own, "multiplier")
        for confidence, name in ((0.95, "2s"), (0.998, "3s")):
            lower, upper = _column(own, f"lower_{name}"), _column(own, f"upper_{name}")
            if statistic == "proportion":
                low, high = proportion_funnel(x, _column(own, "baseline") / per, confidence)
                np.testing.assert_allclose(low * per, lower, rtol=1e-9, atol=1e-9)
                # Their cap of 100, whatever the multiplier is.
                capped = (high * per > 100) & (per > 100)
                assert (upper[capped] == 100).all()
                np.testing.assert_allclose((high * per)[~capped], upper[~capped], rtol=1e-9)
                left_out += int(capped.sum())
            else:
                average = per if statistic == "ratio_isr" else _column(own, "baseline")
                low, high = ratio_funnel(x, confidence)
                np.testing.assert_allclose(low * average, lower, rtol=1e-4)
                np.testing.assert_allclose(high * average, upper, rtol=1e-4)
                at_limit = rate_funnel(x / high, 1, confidence, per=1)[1]
                np.testing.assert_allclose(at_limit, high, rtol=1e-9)
            compared += len(own)
    assert left_out == 72
    assert compared == 2 * len(rows) == 11_600


@pytest.mark.shared
def test_oracle_classes() -> None:
    rows = _oracle("funnel_significance.csv")
    names = ["Low (0.001)", "Low (0.025)", "Not significant", "High (0.025)", "High (0.001)"]
    cases, births = _column(rows, "numerator"), _column(rows, "denominator")
    average, expected = _column(rows, "average"), _column(rows, "expected")
    for found, name in (
        (funnel_class("proportion", cases, births, average), "proportion"),
        (funnel_class("rate", cases, births, average), "rate_crude"),
        (funnel_class("rate", cases, expected, 1), "ratio"),
    ):
        assert [names[int(place) + 2] for place in found] == [row[f"signif_{name}"] for row in rows]
    assert len(rows) > 1900


@pytest.mark.shared
def test_oracle_spread() -> None:
    results, units = _oracle("overdispersion_results.csv"), _oracle("overdispersion_units.csv")
    scales: dict[str, tuple[Scale, str]] = {
        "PR": ("proportion", "denominator"),
        "SR_SHMI": ("log_ratio", "expected"),
        "SR_CQC": ("root_ratio", "expected"),
    }
    for row in results:
        scale, below = scales[row["data_type"]]
        own = [unit for unit in units if unit["scenario"] == row["scenario"]]
        found = overdispersion(
            scale, _column(own, "numerator"), _column(own, below), trim=float(row["trim_by"])
        )
        assert found.areas == int(row["n_units"])
        assert found.target == pytest.approx(float(row["target"]), rel=1e-9)
        assert found.phi == pytest.approx(float(row["phi_winsorised"]), rel=1e-9)
        assert found.tau2 == pytest.approx(float(row["tau2_winsorised"]), rel=1e-9, abs=1e-12)
        for confidence, name, births in ((0.95, "95", 30), (0.95, "95", 150), (0.998, "998", 900)):
            limits = np.array(overdispersed_limits(found, births, confidence))
            if scale == "root_ratio":
                # Theirs stay on the scale of the root; ours are ratios again.
                limits = np.sqrt(limits)
            expected = [float(row[f"od_{end}{name}_at{births}"]) for end in ("ll", "ul")]
            # They round their normal quantiles to six decimals.
            np.testing.assert_allclose(limits, expected, rtol=1e-6)
    assert len(results) == 180
