"""Trends: worked examples, how often they are wrong and how often seen, and what must hold."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from perinatal.statistics._series import certainty, evidence, fit_line, separated
from perinatal.statistics.trend import Trend, TrendLabel, _score, cochran_armitage, trend
from perinatal.statistics.trend_power import smallest_change, trend_power

ORACLE = Path(__file__).parents[3] / "shared" / "oracle" / "trend.csv"
KINDS = ("proportion", "rate")
FEW = settings(max_examples=12)


def test_smokers_among_lung_cancer_patients() -> None:
    """Fleiss (1981), Statistical Methods for Rates and Proportions, p. 139."""
    signed, p = cochran_armitage([83, 90, 129, 70], [86, 93, 136, 82], [1, 2, 3, 4])
    assert signed == pytest.approx(-8.2249, abs=1e-4)
    assert p == pytest.approx(0.004132, abs=1e-6)


def test_carriers_and_tonsils() -> None:
    """Armitage P (1955), Biometrics 11:375-386: 7.19 of 7.88 on one degree of freedom."""
    signed, p = cochran_armitage([19, 29, 24], [516, 589, 293], [-1, 0, 1])
    assert signed == pytest.approx(7.19, abs=0.005)
    assert p < 0.01


def test_malformations_and_alcohol() -> None:
    """Agresti A (2002), Categorical Data Analysis, 2nd edition, section 5.3."""
    found = trend(
        "proportion", [48, 38, 5, 1, 1], [17114, 14502, 793, 127, 38], [0, 0.5, 1.5, 4, 7]
    )
    assert found.slope == pytest.approx(0.3166, abs=5e-5)
    assert found.se == pytest.approx(0.1254, abs=5e-5)
    assert found.p_value == pytest.approx(0.010, abs=5e-4)
    assert (found.label, found.certainty) == (TrendLabel.STIJGT, "waarschijnlijk")
    assert found.dispersion == pytest.approx(2.05 / 3, abs=0.005)


def test_without_any_case_nothing_can_be_said() -> None:
    assert cochran_armitage([0, 0, 0], [100, 120, 90], [1, 2, 3]) == (0.0, 1.0)
    assert cochran_armitage([10, 12], [10, 12], [1, 2]) == (0.0, 1.0)
    assert cochran_armitage([0, 0], [0, 0], [1, 2]) == (0.0, 1.0)


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="one shape"):
        cochran_armitage([1, 2], [10, 10, 10], [1, 2, 3])


@pytest.mark.parametrize("kind", KINDS)
def test_a_steady_fall_is_read_back(kind: str) -> None:
    years = np.arange(2011, 2021)
    births = np.full(10, 4e6)
    figure = 0.07 * 0.98 ** (years - 2011)
    found = trend(kind, births * figure, births, years)  # type: ignore[arg-type]
    assert found.yearly_change == pytest.approx(-0.02, abs=1e-5)
    assert found.first == pytest.approx(0.07, rel=1e-3)
    assert found.last == pytest.approx(0.07 * 0.98**9, rel=1e-3)
    assert found.lower95 < -0.02 < found.upper95 < 0
    assert (found.label, found.certainty) == (TrendLabel.DAALT, "duidelijk")


def test_blocks_count_at_their_midpoints() -> None:
    figures = 0.1 * np.exp(-0.05 * np.array([0, 2, 4, 7, 10.5]))
    blocks = trend("rate", 1e5 * figures, [1e5] * 5, [2010, 2012, 2014, 2016, 2020], [2011, 2013,
        2015, 2019, 2022])  # fmt: skip
    points = trend("rate", 1e5 * figures, [1e5] * 5, [2010.5, 2012.5, 2014.5, 2017.5, 2021])
    assert blocks == points
    assert blocks.yearly_change == pytest.approx(np.expm1(-0.05), rel=1e-9)


def test_fewer_than_five_figures_are_no_series() -> None:
    four = trend("proportion", [83, 90, 129, 70], [86, 93, 136, 82], [1, 2, 3, 4])
    assert (four.label, four.points) == (TrendLabel.TREND_ONBEKEND, 4)
    assert np.isnan([four.p_value, four.slope, four.yearly_change, four.first]).all()
    holes = trend("rate", [8, np.nan, 9, 7, 2, 6, 5], [100, 100, 100, 0, np.nan, 100, 100],
        range(2010, 2017))  # fmt: skip
    assert (holes.label, holes.points) == (TrendLabel.TREND_ONBEKEND, 4)


def test_a_hole_is_left_out_and_keeps_its_year() -> None:
    births = np.full(6, 500)
    whole = trend("proportion", [50, 45, np.nan, 30, 25, 20], births, range(2010, 2016))
    apart = trend("proportion", [50, 45, 30, 25, 20], births[:5], [2010, 2011, 2013, 2014, 2015])
    assert whole == apart
    assert whole.points == 5


@pytest.mark.parametrize(
    ("kind", "cases", "p_value"),
    [
        ("proportion", [0, 0, 0, 0, 0], 1.0),
        ("rate", [0, 0, 0, 0, 0], 1.0),
        ("proportion", [200] * 5, 1.0),
        ("proportion", [200, 200, 200, 200, 190], None),
        ("proportion", [9, 0, 0, 0, 0], None),
        ("rate", [0, 0, 0, 0, 9], None),
        ("proportion", [0, 0, 3, 200, 200], None),
    ],
)
def test_without_a_line_there_is_no_change_per_year(
    kind: str, cases: list[int], p_value: float | None
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = trend(kind, cases, [200] * 5, range(2010, 2015))  # type: ignore[arg-type]
    assert (found.label, found.certainty) == (TrendLabel.TREND_ONBESLIST, "")
    assert found.p_value == p_value if p_value else 0 <= found.p_value < 0.01
    assert np.isnan([found.slope, found.se, found.yearly_change, found.lower95]).all()


@pytest.mark.parametrize(
    ("cases", "apart"),
    [
        ([0, 0, 0, 9, 9], True),
        ([9, 9, 0, 0, 0], True),
        ([0, 0, 4, 9, 9], True),
        ([4, 0, 0, 0, 0], True),
        ([9, 9, 9, 9, 4], True),
        ([0, 0, 4, 4, 9], False),
        ([0, 4, 0, 0, 0], False),
        ([4, 0, 0, 0, 1], False),
        ([0, 9, 0, 9, 9], False),
        ([0] * 5, True),
        ([9] * 5, True),
    ],
)
def test_separation_is_cases_wholly_before_or_after(cases: list[int], apart: bool) -> None:
    x = np.array(cases)
    assert separated(x > 0, x < 9, np.arange(5.0)) is apart


@pytest.mark.parametrize("kind", KINDS)
def test_one_case_in_the_middle_or_a_flat_line_is_a_line(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cases in ([0, 0, 1, 0, 0], [20] * 5):
            found = trend(kind, cases, [200] * 5, range(2010, 2015))  # type: ignore[arg-type]
            assert found.p_value == pytest.approx(1)
            assert found.label is TrendLabel.TREND_ONBESLIST
            assert found.yearly_change == pytest.approx(0, abs=1e-12)
            assert found.lower95 < 0 < found.upper95


def test_wild_figures_have_no_limits_and_do_not_crash() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = trend("proportion", [0, 3820, 611, 3, 11, 31], [1, 3929, 8558, 574, 22, 32],
            [2, 3, 4, 5, 6, 8])  # fmt: skip
    assert found.label is TrendLabel.TREND_ONBESLIST
    assert found.widened
    assert (found.lower95, found.upper95) == (-1, np.inf)


def test_more_spread_than_chance_widens_and_a_little_does_not() -> None:
    births, years = np.full(8, 1000), range(2011, 2019)
    smooth = trend("proportion", [100, 95, 90, 84, 80, 75, 70, 66], births, years)
    wild = trend("proportion", [130, 65, 115, 60, 105, 50, 95, 40], births, years)
    some = trend("proportion", [112, 85, 100, 76, 90, 67, 77, 59], births, years)
    assert (smooth.widened, wild.widened, some.widened) == (False, True, False)
    assert wild.label is TrendLabel.TREND_ONBESLIST
    assert some.dispersion > 1
    assert (smooth.label, some.label) == (TrendLabel.DAALT, TrendLabel.DAALT)
    z = wild.slope / wild.se
    assert 2 * stats.norm.sf(abs(z)) < 0.002 < 0.05 < wild.p_value
    assert wild.p_value == pytest.approx(
        2 * stats.t.sf(abs(z) / np.sqrt(wild.dispersion), 6), rel=0.02
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trend("proportion", [1] * 5, [9] * 5, [1, 2, 3, 3, 4]), "must not overlap"),
        (lambda: trend("proportion", [1] * 5, [9] * 5, [5, 4, 3, 2, 1]), "in order of time"),
        (
            lambda: trend("rate", [1] * 5, [9] * 5, range(2010, 2015), range(2012, 2017)),
            "must not overlap",
        ),
        (lambda: trend("rate", [1] * 2, [9] * 2, [1, 3], [0, 4]), "must not end before"),
        (lambda: trend("rate", [1] * 2, [9] * 2, [1, 3], [2]), "one shape"),
        (lambda: trend("rate", [1, 2], [9] * 2, [1, np.nan]), "must be years"),
        (lambda: trend("rate", [1, 2], [9] * 2, [1, 2, 3]), "one value for each period"),
        (lambda: trend("rate", [1, -2], [9] * 2, [1, 2]), "numerator must not be negative"),
        (lambda: trend("proportion", [1, 10], [9] * 2, [1, 2]), "must not be larger"),
        (lambda: trend("mean", [1, 2], [9] * 2, [1, 2]), "kind must be"),  # type: ignore[arg-type]
        (lambda: trend_power("rate", 500, 0.05, 4, -0.02), "at least 5"),
        (lambda: trend_power("rate", 500, 0.05, 5.5, -0.02), "whole"),
        (lambda: trend_power("rate", 500, 0.05, 5, -1), "larger than -1"),
        (lambda: trend_power("rate", 500, 0.05, 5, 0, alpha=0), "alpha must lie"),
        (lambda: trend_power("proportion", 500, 1.5, 5, 0), "rate must not be larger than 1"),
        (lambda: smallest_change("rate", 500, 0.05, 5, power=0.01), "power must lie"),
        (lambda: smallest_change("rate", -500, 0.05, 5), "births_per_year must not be negative"),
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_statsmodels_waits_until_it_is_needed() -> None:
    modules = "trend, trend_difference, trend_power, inequality"
    code = f"import sys; from perinatal.statistics import {modules}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not [name for name in loaded.stdout.split() if name.startswith("statsmodels")]


# How often wrong, how often seen. The fit is repeated here for many series at once.


def spread_of(x: np.ndarray, births: float, years: np.ndarray) -> np.ndarray:
    """Pearson's chi-square of logistic lines through ``x``, shape (series, k)."""
    t = years - years.mean()
    level, slope = special.logit(x.mean(axis=1) / births), np.zeros(len(x))
    for _ in range(8):
        p = special.expit(level[:, None] + slope[:, None] * t)
        w, r = births * p * (1 - p), x - births * p
        s0, s1, s2 = w.sum(axis=1), (w * t).sum(axis=1), (w * t**2).sum(axis=1)
        u0, u1 = r.sum(axis=1), (r * t).sum(axis=1)
        level += (s2 * u0 - s1 * u1) / (s0 * s2 - s1**2)
        slope += (s0 * u1 - s1 * u0) / (s0 * s2 - s1**2)
    p = special.expit(level[:, None] + slope[:, None] * t)
    return ((x - births * p) ** 2 / (births * p * (1 - p))).sum(axis=1)


def p_values(births: int, years: int, change: float, series: int, seed: int) -> np.ndarray:
    t = np.arange(years) - (years - 1) / 2
    figure = 0.066 * (1 + change) ** t
    x = np.random.default_rng(seed).binomial(births, figure, (series, years)).astype(float)
    z = _score("proportion", x, np.full(years, births), t)
    p = evidence(z, spread_of(x, births, t), years - 2)
    for row in range(4):
        found = trend("proportion", x[row], [births] * years, range(years))
        assert found.p_value == pytest.approx(p[row], rel=1e-7)
    return p


@pytest.mark.parametrize(("births", "years"), [(300, 5), (500, 10), (2400, 5), (2400, 10)])
def test_without_a_trend_the_label_is_wrong_in_five_percent(births: int, years: int) -> None:
    p = p_values(births, years, 0.0, 40_000, seed=births + years)
    assert 0.043 < np.mean(p < 0.05) < 0.052
    assert 0.001 < np.mean(p < 0.002) < 0.003


KNOWN = [(500, 5, 0.07), (500, 10, 0.19), (2400, 5, 0.13), (2400, 10, 0.64)]


@pytest.mark.parametrize(("births", "years", "seen"), KNOWN)
def test_a_fall_of_two_percent_a_year_is_seen_as_often_as_the_rules_say(
    births: int, years: int, seen: float
) -> None:
    calculated = float(trend_power("proportion", births, 0.066, years, -0.02))
    drawn = np.mean(p_values(births, years, -0.02, 20_000, seed=births * years) < 0.05)
    assert calculated == pytest.approx(seen, abs=0.03)
    assert drawn == pytest.approx(seen, abs=0.03)
    # By chance one series in twenty is widened, and then seldom seen.
    assert calculated - 0.035 < drawn < calculated + 0.005


def test_power_runs_from_the_error_rate_to_one() -> None:
    for kind in KINDS:
        assert trend_power(kind, 500, 0.066, 5, 0.0) == pytest.approx(0.05)
        assert trend_power(kind, 500, 0.066, 5, 0.0, alpha=0.002) == pytest.approx(0.002)
        chances = trend_power(kind, 500, 0.066, 10, np.linspace(0, -0.12, 25))
        assert np.all(np.diff(chances) > 0)
        assert chances[-1] > 0.99
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nothing = trend_power("proportion", [0, np.nan, 500, 500], [0.1, 0.1, 0, 1], 5, -0.02)
        assert np.isnan(nothing).all()
        assert np.isnan(trend_power("proportion", 500, 0.7, 9, 0.2))
        assert np.isfinite(trend_power("rate", 500, 0.7, 9, 0.2))


def test_smallest_change_is_the_inverse_of_power() -> None:
    births, years = np.array([[50], [500], [2400], [165_000]]), np.array([5, 10, 15])
    for kind in KINDS:
        fall, rise = smallest_change(kind, births, 0.066, years)
        assert fall.shape == rise.shape == (4, 3)
        np.testing.assert_allclose(trend_power(kind, births, 0.066, years, -fall), 0.8, atol=1e-6)
        np.testing.assert_allclose(trend_power(kind, births, 0.066, years, rise), 0.8, atol=1e-6)
        assert np.all(np.diff(fall, axis=0) < 0)
        assert np.all(np.diff(fall, axis=1) < 0)
        assert np.all(fall < rise)
    fall, _ = smallest_change("proportion", 2400, 0.066, [5, 10])
    assert fall == pytest.approx([0.065, 0.023], abs=0.001)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unseen = smallest_change("proportion", [0, 600, 600, 2], [0.1, 1, 0, 0.5], 5)
        assert np.isnan(unseen).all()


# Properties


def series(*, least: int = 0) -> st.SearchStrategy[tuple[list[int], list[int]]]:
    """Cases and births of five to ten years."""
    point = st.integers(20, 3000).flatmap(
        lambda n: st.tuples(st.integers(least, max(least, n // 4)), st.just(n))
    )
    return st.lists(point, min_size=5, max_size=10).map(
        lambda points: ([x for x, _ in points], [n for _, n in points])
    )


@FEW
@given(data=series(), kind=st.sampled_from(KINDS))
def test_time_reversed_turns_the_sign(data: tuple[list[int], list[int]], kind: str) -> None:
    x, n = data
    years = range(2010, 2010 + len(x))
    there = trend(kind, x, n, years)  # type: ignore[arg-type]
    back = trend(kind, x[::-1], n[::-1], years)  # type: ignore[arg-type]
    assert back.p_value == pytest.approx(there.p_value, rel=1e-6, abs=1e-12)
    if np.isfinite(there.slope):
        assert back.slope == pytest.approx(-there.slope, rel=1e-6, abs=1e-8)
        assert (1 + back.yearly_change) * (1 + there.yearly_change) == pytest.approx(1)
        if 1 + there.lower95 > 1e-6:
            assert (1 + back.upper95) * (1 + there.lower95) == pytest.approx(1, rel=1e-5)


@FEW
@given(data=series(least=1), kind=st.sampled_from(KINDS), times=st.integers(2, 20))
def test_more_births_give_a_narrower_interval(
    data: tuple[list[int], list[int]], kind: str, times: int
) -> None:
    x, n = np.array(data)
    years = range(len(x))
    few = trend(kind, x, n, years)  # type: ignore[arg-type]
    many = trend(kind, x * times, n * times, years)  # type: ignore[arg-type]
    assert many.slope == pytest.approx(few.slope, rel=1e-6, abs=1e-9)
    assert many.se == pytest.approx(few.se / np.sqrt(times), rel=1e-6)
    # The spread grows with the births: where it is what widens, births do not help.
    if not many.widened:
        assert few.lower95 < many.lower95 < many.yearly_change
        assert many.yearly_change < many.upper95 < few.upper95


@FEW
@given(data=series(), kind=st.sampled_from(KINDS))
def test_interval_and_label_never_contradict(data: tuple[list[int], list[int]], kind: str) -> None:
    found = trend(kind, *data, range(len(data[0])))  # type: ignore[arg-type]
    if np.isnan(found.slope):
        assert found.label is TrendLabel.TREND_ONBESLIST
        return
    assert found.lower95 <= found.yearly_change <= found.upper95
    expected = {
        TrendLabel.DAALT: found.upper95 < 0,
        TrendLabel.STIJGT: found.lower95 > 0,
        TrendLabel.TREND_ONBESLIST: found.lower95 <= 1e-9 and found.upper95 >= -1e-9,
    }
    assert expected[found.label]
    assert (found.certainty == "") == (found.label is TrendLabel.TREND_ONBESLIST)
    assert (found.certainty == "duidelijk") == (found.p_value < 0.002)


@settings(max_examples=50)
@given(
    z=st.floats(0, 30),
    more=st.floats(0, 5),
    chi2=st.floats(0, 100),
    freedom=st.integers(3, 20),
)
def test_labels_grow_with_the_evidence(z: float, more: float, chi2: float, freedom: int) -> None:
    weak, strong = evidence([-z, z + more], chi2, freedom)
    assert strong <= weak
    words = ["", "waarschijnlijk", "duidelijk"]
    assert words.index(certainty(strong)) >= words.index(certainty(weak))
    assert evidence(z, chi2, freedom) >= 2 * stats.norm.sf(z) * (1 - 1e-12)


@FEW
@given(data=series(least=1))
def test_the_line_keeps_the_events_and_their_weight_in_time(
    data: tuple[list[int], list[int]],
) -> None:
    """What maximum likelihood with the canonical link means (McCullagh & Nelder, chapter 2)."""
    x, n = np.array(data, dtype=float)
    t = np.arange(len(x)) - 3.0
    for kind in KINDS:
        line = fit_line(kind, x, n, np.column_stack([np.ones(len(x)), t]))
        assert line is not None
        assert line.fitted.sum() == pytest.approx(x.sum(), rel=1e-9)
        assert (line.fitted * t).sum() == pytest.approx((x * t).sum(), rel=1e-7, abs=1e-6)


# Reference values


def _rows() -> list[tuple[dict[str, float], list[float], list[float]]]:
    if not ORACLE.is_file():
        pytest.skip("the reference values (../shared/oracle) are not beside this checkout")
    rows = pd.read_csv(ORACLE).to_dict("records")
    return [
        (row, *([float(v) for v in str(row[name]).split()] for name in ("x", "n"))) for row in rows
    ]


@pytest.mark.shared
def test_reference_values() -> None:
    for row, x, n in _rows():
        signed, p = cochran_armitage(x, n, [float(year) for year in range(len(x))])
        if pd.isna(row["ca_chisq"]):
            continue
        assert abs(signed) == pytest.approx(row["ca_chisq"], rel=1e-9)
        assert p == pytest.approx(row["ca_p"], rel=1e-7)


@pytest.mark.shared
@pytest.mark.parametrize(("kind", "name"), [("proportion", "logit"), ("rate", "poisson")])
def test_reference_lines(kind: str, name: str) -> None:
    compared = skipped = 0
    for row, x, n in _rows():
        found: Trend = trend(kind, x, n, range(1, len(x) + 1))  # type: ignore[arg-type]
        if not row[f"{name}_se"] <= 5:
            assert np.isnan(found.slope)
            skipped += 1
            continue
        # R stops at a change of 1e-8 in the deviance: what is left differs in the ninth digit of
        # the slope, and in the fifth of a standard error (which R takes one step earlier).
        assert found.slope == pytest.approx(row[f"{name}_slope"], rel=1e-8, abs=2.5e-9)
        assert found.se == pytest.approx(row[f"{name}_se"], rel=1e-4)
        wald = 2 * stats.norm.sf(abs(found.slope / found.se))
        assert wald == pytest.approx(row[f"{name}_p"], rel=3e-4)
        compared += 1
    assert compared > 20
    assert skipped < 5
