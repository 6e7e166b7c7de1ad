"""Power: the known answers of the rules, enumeration, and inverses that lead back."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perinatal.statistics import power
from perinatal.statistics.known_answers import HIGHER, LOWER, enumerate_labels
from perinatal.statistics.labels import Label
from perinatal.statistics.power import (
    births_for_about_the_same,
    minimal_detectable_change,
    minimal_detectable_difference,
    power_against_reference,
    power_of_change,
    years_until_seen,
)
from perinatal.statistics.tests import Kind, midp_rest_binomial, midp_rest_poisson

KINDS: tuple[Kind, ...] = ("proportion", "rate")
ALPHA = st.sampled_from([0.05, 0.002])


def test_the_known_answers_of_the_rules() -> None:
    likely = power_against_reference("proportion", 2400, 0.066, 1.3)
    clear = power_against_reference("proportion", 2400, 0.066, 1.3, alpha=0.002)
    assert (round(float(likely), 2), round(float(clear), 2)) == (0.96, 0.73)
    deaths = [power_against_reference("rate", 2400, 0.0047, 1.3, alpha) for alpha in (0.05, 0.002)]
    assert np.round(deaths, 2).tolist() == [0.16, 0.02]
    assert births_for_about_the_same(0.066) == pytest.approx(5400, rel=0.01)
    assert births_for_about_the_same(0.066, 0.10, 0.8, 0.95) == pytest.approx(14_900, rel=0.01)
    # "pas na heel veel jaren": from 7 to 6 of 100 with 600 births a year
    assert 15 <= years_until_seen("proportion", 600, 0.07, 0.06) <= 17


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ratio", [0.3, 0.7, 0.95, 1.05, 1.3, 3.0])
def test_equals_the_labels_enumerated(kind: Kind, ratio: float) -> None:
    births = np.array([1, 12, 100, 285, 340, 2400, 5217])
    labels = HIGHER if ratio > 1 else LOWER
    found = enumerate_labels(kind, births, 0.066, ratio, None)
    for alpha, wanted in ((0.05, labels), (0.002, labels[:1])):
        np.testing.assert_allclose(
            power_against_reference(kind, births, 0.066, ratio, alpha),
            found.of(*wanted),
            atol=1e-11,
        )


@pytest.mark.parametrize("kind", KINDS)
def test_power_grows_with_births_and_with_the_difference(kind: Kind) -> None:
    # In doublings: from one birth to the next it saws.
    births = 100 * 2.0 ** np.arange(12)
    for ratio in (0.7, 1.3):
        assert (np.diff(power_against_reference(kind, births, 0.066, ratio)) >= 0).all()
        assert (np.diff(power_of_change(kind, births, births, 0.066, 0.066 * ratio)) >= 0).all()
    up, down = np.linspace(1.01, 4, 50), np.linspace(0.99, 0, 50)
    for ratios in (up, down):
        assert (np.diff(power_against_reference(kind, 340, 0.066, ratios)) >= 0).all()
        assert (np.diff(power_of_change(kind, 340, 900, 0.066, 0.066 * ratios)) >= 0).all()
    clear = power_against_reference(kind, births, 0.066, 1.3, alpha=0.002)
    assert (clear <= power_against_reference(kind, births, 0.066, 1.3)).all()


def test_millions_of_births_need_no_enumeration() -> None:
    # The normal limit: 2% more among 2,000,000 births at 7%
    n, reference = 2_000_000, 0.07
    spread = np.sqrt(reference * (1 - reference) / n)
    for ratio in (0.996, 1.004):
        limit = abs(ratio - 1) * reference / spread - stats.norm.isf(0.025)
        found = power_against_reference("proportion", n, reference, ratio)
        assert found == pytest.approx(stats.norm.cdf(limit), abs=0.005)


@given(
    births=st.integers(1, 100_000),
    reference=st.floats(0.001, 0.5),
    chance=st.floats(0.5, 0.99),
    alpha=ALPHA,
    kind=st.sampled_from(KINDS),
)
def test_the_detectable_difference_leads_back(
    births: int, reference: float, chance: float, alpha: float, kind: Kind
) -> None:
    ends = minimal_detectable_difference(kind, births, reference, chance, alpha)
    for end, sign in zip(ends, (-1, 1), strict=True):
        if np.isnan(end):
            extreme = 0 if sign < 0 else 1 / reference
            assert power_against_reference(kind, births, reference, extreme, alpha) == 0
            continue
        assert sign * (end - reference) > 0
        found = power_against_reference(kind, births, reference, end / reference, alpha)
        assert found == pytest.approx(chance, abs=1e-8)


def test_a_fall_may_be_impossible_to_see() -> None:
    fall, rise = minimal_detectable_difference("rate", [500, 5000], 0.0047)
    assert np.isnan(fall).tolist() == [True, False]
    assert np.isfinite(rise).all()
    # of three births at 70 of 100 not even three are remarkable
    assert np.isnan(minimal_detectable_difference("proportion", 3, 0.7)[1])
    assert power_against_reference("proportion", 3, 0.7, 1.4) == 0
    assert power_against_reference("rate", 500, 0.0047, 0.0) == 0


def _change_by_enumeration(
    kind: Kind, n: int, m: int, before: float, after: float, alpha: float
) -> float:
    x, y = np.arange(120)[:, None], np.arange(160)
    if kind == "proportion":
        x, y = x[: n + 1], y[: m + 1]
    if kind == "proportion":
        p, chance = midp_rest_binomial(x, n, y, m), stats.binom.pmf(x, n, before)
        chance = chance * stats.binom.pmf(y, m, after)
    else:
        p, chance = midp_rest_poisson(x, n, y, m), stats.poisson.pmf(x, n * before)
        chance = chance * stats.poisson.pmf(y, m * after)
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    return float((chance * (p < alpha) * ((y / m - x / n) * (after - before) > 0)).sum())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("n", "m", "before", "after"),
    [
        (300, 300, 0.07, 0.14),
        (300, 450, 0.10, 0.03),
        (40, 700, 0.15, 0.05),
        (900, 60, 0.02, 0.10),
        (12, 12, 0.3, 0.0),
    ],
)
def test_change_equals_every_pair_of_counts(
    kind: Kind, n: int, m: int, before: float, after: float
) -> None:
    for alpha in (0.05, 0.002):
        expected = _change_by_enumeration(kind, n, m, before, after, alpha)
        found = power_of_change(kind, n, m, before, after, alpha)
        assert found == pytest.approx(expected, abs=1e-9)


def test_the_approximation_as_published_and_beside_the_exact_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    births = np.array([200 / 0.07, 200 / 0.07, 800 / 0.07])
    after = 0.07 * np.array([[0.5], [0.8], [0.9], [1.1], [1.3]])
    exact = power_of_change("proportion", births, births[[0, 2, 0]], 0.07, after)
    monkeypatch.setattr(power, "_EXACT_UP_TO", 0)
    near = power_of_change("proportion", births, births[[0, 2, 0]], 0.07, after)
    assert np.abs(near - exact)[:, 0].max() < 0.003
    assert np.abs(near - exact).max() < 0.03
    # The examples of R's power.prop.test: 50 in each group, and 90% with 76.7.
    assert power_of_change("proportion", 50, 50, 0.5, 0.75) == pytest.approx(0.740, abs=5e-4)
    assert power_of_change("proportion", 76.7, 76.7, 0.5, 0.75) == pytest.approx(0.9, abs=5e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alpha", [0.05, 0.002])
def test_the_detectable_change_leads_back(kind: Kind, alpha: float) -> None:
    before = np.array([30, 300, 2400, 40_000, 500])
    after = np.array([300, 300, 2400, 30_000, 20_000])
    fall, rise = minimal_detectable_change(kind, before, after, 0.07, 0.8, alpha)
    assert np.isnan(fall[0])
    for end in (fall[1:], rise):
        births = before[-end.size :], after[-end.size :]
        np.testing.assert_allclose(power_of_change(kind, *births, 0.07, end, alpha), 0.8, atol=1e-8)
    assert (rise > 0.07).all()
    assert (fall[1:] < 0.07).all()


def test_about_the_same_is_what_the_labels_say() -> None:
    reference = np.array([0.02, 0.066, 0.1157, 0.3])
    births = births_for_about_the_same(reference)
    assert (births == np.round(births)).all()
    assert (np.diff(births) < 0).all()
    same = (Label.ONGEVEER_GELIJK, Label.KLEIN_MAAR_ECHT)
    for size, figure in zip(births.astype(int), reference, strict=True):
        # over a stretch of sizes, because the exact chance saws
        around = size + np.arange(-100, 101)
        found = enumerate_labels("proportion", around, figure, 1.0, 0.15).of(*same)
        assert found.mean() == pytest.approx(0.8, abs=0.003)
    assert births_for_about_the_same(0.066, margin=0.10) > births[1]
    assert births_for_about_the_same(0.066, power=0.9) > births[1]


def test_years_until_seen() -> None:
    births = np.array([100, 600, 2400, 9600])
    years = years_until_seen("proportion", births, 0.07, 0.06)
    assert np.isnan(years[0])
    assert (np.diff(years[1:]) < 0).all()
    for step, reached in ((0, True), (-1, False)):
        span = births[1:] * (years[1:] + step)
        seen = power_of_change("proportion", span, span, 0.07, 0.06) >= 0.8
        assert (seen == reached).all()
    assert years_until_seen("proportion", 100, 0.07, 0.06, limit=200) == pytest.approx(96, abs=2)
    # one long block before asks fewer years after than as many before as after
    block = years_until_seen("proportion", 600, 0.07, 0.06, births_before=60_000)
    assert block < years[1]
    few = years_until_seen("proportion", 600, 0.07, 0.06, births_before=3000)
    assert np.isnan(few)


def test_nothing_known_is_no_value_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nothing = [0.0, np.nan, 100.0, 100.0]
        references = [0.1, 0.1, np.nan, 0.1]
        missing = [True, True, True, False]
        for kind in KINDS:
            found = power_against_reference(kind, nothing, references, 2)
            assert np.isnan(found).tolist() == missing
            for end in minimal_detectable_difference(kind, nothing, references):
                assert np.isnan(end).tolist() == missing
            for before, after in ((nothing, 100), (100, nothing)):
                change = power_of_change(kind, before, after, references, 0.3)
                assert np.isnan(change).tolist() == missing
                for end in minimal_detectable_change(kind, before, after, references):
                    assert np.isnan(end).tolist() == missing
            assert np.isnan(years_until_seen(kind, nothing, references, 0.05)[:3]).all()
            assert np.isnan(power_against_reference(kind, 100, 0.1, [1, np.nan])).all()
            assert np.isnan(power_of_change(kind, 100, 100, 0.1, [0.1, np.nan])).all()
        assert np.isnan(power_against_reference("proportion", 100, 0.6, 2))
        assert power_against_reference("rate", 100, 0.6, 2) == pytest.approx(1, abs=1e-4)
        assert np.isnan(births_for_about_the_same([0, 1, np.nan])).all()
        assert power_against_reference("rate", np.empty(0), 0.1, 2).shape == (0,)
        assert power_of_change("rate", np.empty(0), 9, 0.1, 0.2).shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: power_against_reference("rate", 10, 0.1, -1), "^ratio must not be negative"),
        (lambda: power_against_reference("rate", 10, 0.1, 2, alpha=0), "^alpha must lie"),
        (lambda: power_against_reference("x", 10, 0.1, 2), "^kind must be"),  # type: ignore[arg-type]
        (
            lambda: power_of_change("proportion", 9, 9, 1.1, 0.2),
            "^before must not be larger than 1",
        ),
        (lambda: power_of_change("proportion", 9, 9, 0.1, 1.2), "^after must not be larger than 1"),
        (lambda: minimal_detectable_difference("rate", 9, 0.1, power=1), "^power must lie"),
        (lambda: minimal_detectable_change("rate", 9, -1, 0.1), "^births_after must not be neg"),
        (lambda: births_for_about_the_same(0.1, margin=1), "^margin and power must lie"),
        (lambda: births_for_about_the_same(0.1, confidence=95), "^confidence must lie"),
        (lambda: years_until_seen("rate", 9, 0.1, 0.2, power=0.01), "^power must lie"),
        (lambda: years_until_seen("rate", 9, 0.1, 0.2, limit=0), "^limit must be"),
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
