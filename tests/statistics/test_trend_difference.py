"""Two lines that part: known answers, how often wrong, and what must hold."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from perinatal.statistics.trend import trend
from perinatal.statistics.trend_difference import (
    DifferenceLabel,
    _of_figures,
    trend_difference,
)

KINDS = ("proportion", "rate")
YEARS = np.arange(2011, 2021)
# A national figure that no straight line follows.
NATION = 0.07 * (1 + 0.05 * np.sin(YEARS))
FEW = settings(max_examples=12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_distance_between_two_lines_is_read_back(kind: str) -> None:
    births, others = np.full(10, 5e6), np.full(10, 1.65e8)
    there = NATION
    here = 0.08 / 0.07 * NATION * 0.97 ** (YEARS - 2011)
    if kind == "proportion":
        odds = special.logit(NATION) + 0.1 + np.log(0.97) * (YEARS - 2011)
        here = special.expit(odds)
    found = trend_difference(kind, births * here, births, others * there, others, YEARS)  # type: ignore[arg-type]
    if kind == "rate":
        assert found.ratio == pytest.approx(0.97, rel=1e-9)
    else:
        # Over nine years the odds become 0.97^9 of what they were, from the level of both.
        level = (births * here + others * there).sum() / (births + others).sum()
        odds_ratio = 0.97**9
        figures = odds_ratio / (1 - level + level * odds_ratio)
        assert found.ratio == pytest.approx(figures ** (1 / 9), rel=1e-9)
    assert found.dispersion == pytest.approx(0, abs=1e-6)
    assert (found.label, found.certainty) == (DifferenceLabel.VERSCHIL_OMLAAG, "duidelijk")
    assert found.lower95 < found.ratio < found.upper95 < 1


def test_a_bend_in_both_is_no_spread_of_the_distance() -> None:
    births, others = np.full(10, 20_000), np.full(10, 165_000)
    x, y = np.round(births * NATION), np.round(others * NATION)
    assert trend("rate", y, others, YEARS).widened
    found = trend_difference("rate", x, births, y, others, YEARS)
    assert not found.widened
    assert found.dispersion < 0.01
    assert found.ratio == pytest.approx(1, abs=1e-4)
    assert found.label is DifferenceLabel.VERSCHIL_ONBESLIST


def test_odds_become_figures_at_the_common_level() -> None:
    one = np.log([0.9, 1.0, 1.1])
    small = np.exp(_of_figures(one, 9, 1e-9))
    np.testing.assert_allclose(small, [0.9, 1.0, 1.1], rtol=1e-6)
    # From 0.2 (odds 0.25) at twice the odds: 0.5 / 1.5 = 1/3, which is 5/3 of 0.2.
    assert np.exp(_of_figures(np.log([2.0]), 1, 0.2)) == pytest.approx([5 / 3])


def test_labels_up_down_and_cannot_tell() -> None:
    births, others = np.full(5, 2000), np.full(5, 50_000)
    there = [3500] * 5
    for here, label, word in [
        ([140] * 5, DifferenceLabel.VERSCHIL_ONBESLIST, ""),
        ([150, 145, 140, 135, 130], DifferenceLabel.VERSCHIL_ONBESLIST, ""),
        ([160, 150, 140, 130, 122], DifferenceLabel.VERSCHIL_OMLAAG, "waarschijnlijk"),
        ([200, 170, 140, 115, 95], DifferenceLabel.VERSCHIL_OMLAAG, "duidelijk"),
        ([95, 115, 140, 170, 200], DifferenceLabel.VERSCHIL_OMHOOG, "duidelijk"),
    ]:
        for kind in KINDS:
            found = trend_difference(kind, here, births, there, others, range(2011, 2016))  # type: ignore[arg-type]
            assert (found.label, found.certainty) == (label, word)


def test_both_may_fall_while_the_difference_goes_up() -> None:
    births, others = np.full(10, 20_000), np.full(10, 165_000)
    fall = np.arange(10)
    x, y = 0.07 * 0.99**fall * births, 0.07 * 0.95**fall * others
    assert trend("proportion", x, births, YEARS).yearly_change < 0
    found = trend_difference("proportion", x, births, y, others, YEARS)
    assert found.label is DifferenceLabel.VERSCHIL_OMHOOG
    assert found.ratio == pytest.approx(0.99 / 0.95, rel=2e-3)


@pytest.mark.parametrize(
    ("kind", "here", "there", "label", "points"),
    [
        # Fewer than five years in which there is anything to compare.
        ("rate", [3, 4, np.nan, 5, 6], [9] * 5, DifferenceLabel.VERSCHIL_ONBEKEND, 4),
        ("rate", [3, 0, 2, 5, 6], [9, 0, 9, 9, 9], DifferenceLabel.VERSCHIL_ONBEKEND, 4),
        ("proportion", [200] * 5, [300] * 5, DifferenceLabel.VERSCHIL_ONBEKEND, 0),
        # Five years, and a distance without end.
        ("rate", [0] * 5, [9] * 5, DifferenceLabel.VERSCHIL_ONBESLIST, 5),
        ("rate", [0, 0, 0, 0, 4], [9] * 5, DifferenceLabel.VERSCHIL_ONBESLIST, 5),
        ("proportion", [7, 0, 0, 0, 0], [9] * 5, DifferenceLabel.VERSCHIL_ONBESLIST, 5),
        ("proportion", [9] * 5, [0, 0, 0, 0, 4], DifferenceLabel.VERSCHIL_ONBESLIST, 5),
        ("proportion", [200, 200, 200, 190, 0], [9] * 5, DifferenceLabel.VERSCHIL_ONBESLIST, 5),
    ],
)
def test_too_little_to_compare(
    kind: str, here: list[float], there: list[float], label: DifferenceLabel, points: int
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = trend_difference(kind, here, [200] * 5, there, [300] * 5, range(2011, 2016))  # type: ignore[arg-type]
    assert (found.label, found.points) == (label, points)
    assert np.isnan([found.p_value, found.ratio, found.lower95, found.dispersion]).all()


def test_wild_figures_do_not_crash() -> None:
    births = np.array([136, 1941, 1, 80715, 1, 78, 91])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = trend_difference(
            "proportion",
            [0, 136, 1, 78231, 0, 7, 47],
            births,
            [9, 175, 0, 8040, 0, 4, 8],
            births,
            [6, 17, 27, 29, 37, 44, 54],
        )
    assert found.label is DifferenceLabel.VERSCHIL_ONBESLIST


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trend_difference("rate", [1], [9], [1], [9, 9], [1]), "other_numerator and"),
        (lambda: trend_difference("rate", [1], [9], [-1], [9], [1]), "other_numerator must not"),
        (lambda: trend_difference("proportion", [1], [9], [10], [9], [1]), "other_numerator must"),
        (lambda: trend_difference("rate", [1, 2], [9], [1], [9], [1, 1]), "must not overlap"),
        (lambda: trend_difference("mean", [1], [9], [1], [9], [1]), "kind must be"),  # type: ignore[arg-type]
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_without_a_difference_p_is_any_number_between_0_and_1() -> None:
    draw = np.random.default_rng(20)
    births, others = np.full(10, 500), np.full(10, 165_000)
    x, y = draw.binomial(births, 1.1 * NATION, (200, 10)), draw.binomial(others, NATION, (200, 10))
    p = [
        trend_difference("proportion", here, births, there, others, YEARS).p_value
        for here, there in zip(x, y, strict=True)
    ]
    assert stats.kstest(p, "uniform").pvalue > 0.05
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.08


def series() -> st.SearchStrategy[np.ndarray]:
    """Cases and births, here and there, of five to eight years."""
    births = st.integers(100, 3000)
    pair = births.flatmap(lambda n: st.tuples(st.integers(1, n // 4), st.just(n)))
    return st.lists(st.tuples(pair, pair), min_size=5, max_size=8).map(
        lambda points: np.array(points).reshape(len(points), 4).T
    )


@FEW
@given(data=series(), kind=st.sampled_from(KINDS))
def test_places_and_time_may_be_exchanged(data: np.ndarray, kind: str) -> None:
    x, n, y, m = data
    years = range(len(x))
    one = trend_difference(kind, x, n, y, m, years)  # type: ignore[arg-type]
    other = trend_difference(kind, y, m, x, n, years)  # type: ignore[arg-type]
    back = trend_difference(kind, x[::-1], n[::-1], y[::-1], m[::-1], years)  # type: ignore[arg-type]
    for turned in (other, back):
        assert turned.p_value == pytest.approx(one.p_value, rel=1e-5, abs=1e-12)
        assert (turned.ratio - 1) * (one.ratio - 1) < 1e-12
    if kind == "rate":
        assert other.ratio * one.ratio == pytest.approx(1, rel=1e-6)
        assert back.lower95 * one.upper95 == pytest.approx(1, rel=1e-5)


@FEW
@given(data=series(), kind=st.sampled_from(KINDS), times=st.integers(2, 20))
def test_interval_narrows_and_never_contradicts(data: np.ndarray, kind: str, times: int) -> None:
    x, n, y, m = data
    years = range(len(x))
    few = trend_difference(kind, x, n, y, m, years)  # type: ignore[arg-type]
    many = trend_difference(kind, x * times, n * times, y * times, m * times, years)  # type: ignore[arg-type]
    assert many.ratio == pytest.approx(few.ratio, rel=1e-6)
    for found in (few, many):
        outside = found.lower95 > 1 or found.upper95 < 1
        assert outside == (found.certainty != "")
        assert (found.label is DifferenceLabel.VERSCHIL_ONBESLIST) == (found.certainty == "")
    # The spread grows with the births: where it is what widens, births do not help.
    if not many.widened:
        assert few.lower95 < many.lower95 < many.upper95 < few.upper95
