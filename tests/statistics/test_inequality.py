"""Slope index and gap between fifths: reference values, known answers, what must hold."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from perinatal.statistics.effects import difference_interval, ratio_interval
from perinatal.statistics.inequality import (
    Gap,
    Index,
    gap_between_fifths,
    slope_index,
    slope_index_of_counts,
)

ORACLE = Path(__file__).resolve().parents[2] / ".." / "shared" / "oracle"
FEW = settings(max_examples=12)
Z = -special.ndtri(0.025)
Z998 = -special.ndtri(0.001)


def limits(index: Index) -> list[float]:
    return [index.lower95, index.upper95, index.lower998, index.upper998]


def test_three_equal_groups_by_hand() -> None:
    # Positions 1/6, 1/2 and 5/6: the slope is (last - first) / (2/3), through the mean at 1/2.
    found = slope_index([0.12, 0.07, 0.08], [0.1, 0.06, 0.07], [0.14, 0.08, 0.09], [1, 1, 1])
    assert found.sii.estimate == pytest.approx(-0.06)
    assert found.most_deprived == pytest.approx(0.09 + 0.03)
    assert found.least_deprived == pytest.approx(0.06)
    assert found.rii.estimate == pytest.approx(0.5)
    error = np.hypot(0.02, 0.01) / Z * 1.5
    expected = [-0.06 - 0.03 * np.sqrt(1.25), -0.06 + 0.03 * np.sqrt(1.25)]
    assert limits(found.sii)[:2] == pytest.approx(expected, abs=1e-4)
    wide = [-0.06 - Z998 * error, -0.06 + Z998 * error]
    assert limits(found.sii)[2:] == pytest.approx(wide, abs=3e-4)


def test_a_line_on_the_log_scale_has_a_relative_index_with_known_limits() -> None:
    value, people = np.array([9.0, 8.0, 7.5, 5.0, 4.0]), np.array([3000, 2500, 4000, 2000, 5000])
    error = np.array([0.1, 0.12, 0.09, 0.15, 0.11])
    found = slope_index(
        value,
        value * np.exp(-Z * error),
        value * np.exp(Z * error),
        people,
        scale="log",
        transform=True,
    )
    share = people / people.sum()
    position = np.cumsum(share) - share / 2
    design = np.column_stack([np.ones(5), position])
    inverse = np.linalg.inv(design.T @ (share[:, None] * design))
    weights = (inverse @ (share[:, None] * design).T)[1]
    slope, spread = weights @ np.log(value), np.sqrt(weights**2 @ error**2)
    assert found.rii.estimate == pytest.approx(np.exp(slope))
    expected = np.exp(slope + spread * np.array([-Z, Z, -Z998, Z998]))
    np.testing.assert_allclose(limits(found.rii), expected, rtol=1e-3)


def test_the_same_numbers_give_the_same_limits() -> None:
    for transform in (False, True):
        one, other = (
            slope_index_of_counts("rate", [50, 40, 30, 20], [900] * 4, transform=transform)
            for _ in range(2)
        )
        assert one == other


def test_order_is_that_of_deprivation_and_not_of_the_rows() -> None:
    cases, births, order = [50, 20, 41, 30], [900, 700, 1200, 500], [1, 4, 2, 3]
    straight = slope_index_of_counts("proportion", [50, 41, 30, 20], [900, 1200, 500, 700])
    mixed = slope_index_of_counts("proportion", cases, births, order=order)
    assert mixed.sii.estimate == pytest.approx(straight.sii.estimate)
    assert mixed.rii.estimate == pytest.approx(straight.rii.estimate)


def test_equal_deprivation_shares_a_position() -> None:
    apart = slope_index_of_counts("rate", [30, 20, 25], [1000, 1000, 1000], order=[1, 2, 2])
    turned = slope_index_of_counts("rate", [30, 25, 20], [1000, 1000, 1000], order=[1, 2, 2])
    assert apart.sii.estimate == pytest.approx(turned.sii.estimate)
    # Positions 1/6, 2/3, 2/3: the slope is (22.5 - 30) / 0.5 per 1000.
    assert apart.sii.estimate == pytest.approx(-0.015)


def test_a_withheld_group_keeps_its_place_in_line() -> None:
    births = np.full(5, 1000.0)
    known = slope_index_of_counts("proportion", [100, np.nan, 80, 70, 60], births)
    full = slope_index_of_counts("proportion", [100, 90, 80, 70, 60], births)
    assert known.sii.estimate == pytest.approx(full.sii.estimate) == pytest.approx(-0.05)


def test_too_little_to_draw_a_line_through() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        two = slope_index_of_counts("rate", [30, np.nan, 20, 5], [900, 900, 900, 0])
        level = slope_index_of_counts("rate", [30, 20, 25], [900] * 3, order=[1, 1, 1])
        none = slope_index_of_counts("rate", [], [])
    for found in (two, level, none):
        assert np.isnan([found.sii.estimate, found.rii.estimate, *limits(found.sii)]).all()


def test_without_a_case_in_a_group_there_still_is_a_slope() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = slope_index_of_counts("proportion", [6, 3, 0, 0, 1], [400] * 5)
        nothing = slope_index_of_counts("proportion", [0] * 5, [400] * 5)
    assert found.sii.lower95 < found.sii.estimate < found.sii.upper95
    assert nothing.sii.estimate == 0
    assert np.isnan([nothing.rii.estimate, *limits(nothing.rii)]).all()
    with pytest.raises(ValueError, match="no logarithm"):
        slope_index_of_counts("proportion", [6, 3, 0, 0, 1], [400] * 5, transform=True)


def test_a_relative_index_over_nearly_nothing_has_no_limits() -> None:
    found = slope_index_of_counts("proportion", [2, 2, 3, 3, 4], [400] * 5)
    assert found.rii.estimate > 1
    assert np.isnan(limits(found.rii)).all()
    assert np.isfinite(limits(found.sii)).all()
    likely = slope_index_of_counts("proportion", [7, 7, 8, 9, 11], [400] * 5)
    assert np.isfinite(limits(likely.rii)).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: slope_index([1, 2], [1, 2], [1, 2], [1, 2, 3]), "one shape"),
        (lambda: slope_index([1, 2, 3], [0, 1, 4], [2, 3, 5], [1, 1, 1]), "between its limits"),
        (lambda: slope_index([1, 2], [0, 1], [2, 3], [1, -1]), "population must not be negative"),
        (lambda: slope_index([-1, 2], [0, 1], [2, 3], [1, 1]), "must not be negative"),
        (
            lambda: slope_index([0.5], [0.4], [1.0], [9], scale="logit"),
            "no logit",
        ),
        (
            lambda: slope_index([0.5], [0.4], [1.0], [9], scale="sqrt"),  # type: ignore[arg-type]
            "scale must be",
        ),
        (lambda: slope_index([1, 2], [0, 1], [2, 3], [1, 1], order=[1]), "order must have"),
        (lambda: slope_index([1, 2], [0, 1], [2, 3], [1, 1], order=[1, np.nan]), "order must have"),
        (lambda: slope_index_of_counts("proportion", [11], [10]), "must not be larger"),
        (lambda: gap_between_fifths("proportion", [11], [10]), "must not be larger"),
        (lambda: gap_between_fifths("rate", 11, 10), "one shape"),
        (lambda: gap_between_fifths("rate", [1, 2], [10, 10], [1]), "order must have"),
        (lambda: gap_between_fifths("rate", [1, 2], [10, 10], confidence=95), "confidence"),
        (lambda: gap_between_fifths("mean", [1], [10]), "kind must be"),  # type: ignore[arg-type]
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


# The gap between fifths


def test_ten_equal_areas_give_two_to_each_fifth() -> None:
    cases = np.array([40, 38, 30, 30, 30, 30, 30, 30, 22, 20])
    found = gap_between_fifths("proportion", cases, [400] * 10)
    assert found.fifth.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found.most_deprived == pytest.approx(78 / 800)
    assert found.least_deprived == pytest.approx(42 / 800)
    assert found.difference == pytest.approx(36 / 800)
    assert found.ratio == pytest.approx(78 / 42)
    difference = difference_interval("proportion", 78, 800, 42, 800)
    assert (found.difference_lower, found.difference_upper) == pytest.approx(difference)
    ratio = ratio_interval("proportion", 78, 800, 42, 800)
    assert (found.ratio_lower, found.ratio_upper) == pytest.approx(ratio)
    assert 0 < found.difference_lower < found.difference < found.difference_upper
    assert (found.share_most, found.share_least) == pytest.approx((0.2, 0.2))
    assert (found.known_most, found.known_least) == (1, 1)


def test_an_area_belongs_where_its_middle_lies() -> None:
    # Middles at 0.15, 0.4 (a boundary: the less deprived side), 0.6, 0.85.
    found = gap_between_fifths("rate", [30, 20, 20, 30], [300, 200, 200, 300])
    assert found.fifth.tolist() == [1, 3, 4, 5]
    assert (found.share_most, found.share_least) == pytest.approx((0.3, 0.3))


def test_a_large_area_can_leave_a_fifth_empty() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = gap_between_fifths("proportion", [60, 20, 20], [600, 200, 200])
        nothing = gap_between_fifths("proportion", [0, 0], [0, np.nan])
    assert found.fifth.tolist() == [2, 4, 5]
    assert np.isnan([found.most_deprived, found.difference, found.ratio_upper]).all()
    assert found.share_most == 0
    assert nothing.fifth.tolist() == [0, 0]
    assert np.isnan(nothing.difference)


def test_a_withheld_area_is_missing_and_said_to_be() -> None:
    cases = [40, np.nan, 30, 30, 30, 30, 30, 30, 22, 20]
    found = gap_between_fifths("proportion", cases, [400] * 10)
    assert found.most_deprived == pytest.approx(40 / 400)
    assert (found.known_most, found.known_least) == (0.5, 1)
    assert found.share_most == pytest.approx(0.2)


def test_no_case_at_one_end() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = gap_between_fifths("rate", [4, 3, 2, 1, 0], [500] * 5)
    assert found.difference == pytest.approx(0.008)
    assert np.isnan(found.ratio)
    assert found.ratio_lower > 0
    assert found.ratio_upper == np.inf


def areas() -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Cases and births of five to twelve areas, of no more than a fifth of the births each."""
    area = st.integers(200, 260).flatmap(lambda n: st.tuples(st.integers(1, 60), st.just(n)))
    return st.lists(area, min_size=7, max_size=12).map(
        lambda found: tuple(np.array(found).T)  # type: ignore[arg-type,return-value]
    )


@FEW
@given(data=areas(), kind=st.sampled_from(["proportion", "rate"]), transform=st.booleans())
def test_deprivation_reversed_turns_the_slope(
    data: tuple[np.ndarray, np.ndarray], kind: str, transform: bool
) -> None:
    x, n = data
    there = slope_index_of_counts(kind, x, n, transform=transform)  # type: ignore[arg-type]
    back = slope_index_of_counts(kind, x[::-1], n[::-1], transform=transform)  # type: ignore[arg-type]
    assert back.sii.estimate == pytest.approx(-there.sii.estimate, abs=1e-12)
    assert back.most_deprived == pytest.approx(there.least_deprived)
    width = there.sii.upper95 - there.sii.lower95
    assert back.sii.upper95 == pytest.approx(-there.sii.lower95, abs=0.006 * width)
    if there.most_deprived > 0 and there.least_deprived > 0:
        assert back.rii.estimate * there.rii.estimate == pytest.approx(1)


@FEW
@given(data=areas(), kind=st.sampled_from(["proportion", "rate"]), times=st.integers(2, 9))
def test_more_births_give_narrower_intervals(
    data: tuple[np.ndarray, np.ndarray], kind: str, times: int
) -> None:
    x, n = data
    few = slope_index_of_counts(kind, x, n)  # type: ignore[arg-type]
    many = slope_index_of_counts(kind, x * times, n * times)  # type: ignore[arg-type]
    assert many.sii.estimate == pytest.approx(few.sii.estimate, abs=1e-12)
    for index in (few.sii, many.sii):
        lower95, upper95, lower998, upper998 = limits(index)
        assert lower998 < lower95 < index.estimate < upper95 < upper998
    assert many.sii.upper95 - many.sii.lower95 < few.sii.upper95 - few.sii.lower95
    gap, larger = (
        gap_between_fifths(kind, x * f, n * f)  # type: ignore[arg-type]
        for f in (1, times)
    )
    assert larger.difference == pytest.approx(gap.difference, abs=1e-12)
    assert larger.difference_upper - larger.difference_lower < _width(gap)


def _width(gap: Gap) -> float:
    return gap.difference_upper - gap.difference_lower


@FEW
@given(data=areas(), seed=st.integers(0, 99))
def test_rows_may_come_in_any_order(data: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    x, n = data
    mixed = np.random.default_rng(seed).permutation(x.size)
    straight = gap_between_fifths("proportion", x, n)
    found = gap_between_fifths("proportion", x[mixed], n[mixed], order=mixed)
    assert found.difference == pytest.approx(straight.difference)
    assert found.fifth.tolist() == straight.fifth[mixed].tolist()
    assert straight.fifth[0] == 1
    assert np.all(np.diff(straight.fifth) >= 0)
    assert straight.share_most == pytest.approx(0.2, abs=0.1)


# Reference values


def _oracle(name: str) -> list[dict[str, str]]:
    if not ORACLE.is_dir():
        pytest.skip("the reference values (../shared/oracle) are not beside this checkout")
    with (ORACLE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
def test_oracle_slope_index() -> None:
    groups = {
        scenario: list(rows)
        for scenario, rows in groupby(_oracle("sii_quantiles.csv"), key=lambda r: r["scenario"])
    }
    heavy = 0
    for row in _oracle("sii_results.csv"):
        value, lower, upper, people = (
            [float(group[column]) for group in groups[row["scenario"]]]
            for column in ("value", "lcl", "ucl", "population")
        )
        transform, per = row["transform"] == "TRUE", float(row["multiplier"])
        found = slope_index(
            value,
            lower,
            upper,
            people,
            scale={"0": "none", "1": "log", "2": "logit"}[row["value_type"]],  # type: ignore[arg-type]
            transform=transform,
        )
        assert found.sii.estimate * per == pytest.approx(float(row["sii"]), rel=1e-9)
        assert found.rii.estimate == pytest.approx(float(row["rii"]), rel=1e-9)
        # Their intercept is multiplied where the line is straight on another scale only.
        start = found.most_deprived * (per if transform else 1)
        assert start == pytest.approx(float(row["intercept"]), rel=1e-9)
        for name, index, factor in (("sii", found.sii, per), ("rii", found.rii, 1.0)):
            theirs = [
                float(row[f"{name}_{end}{level}_{tail}"])
                for level, tail in (("95", "0cl"), ("99", "8cl"))
                for end in ("lower", "upper")
            ]
            room = np.repeat(0.02 * np.diff(theirs)[::2], 2)
            if name == "rii" and theirs[3] > 5 * found.rii.estimate:
                # 100 of their 100,000 draws lie beyond this limit, and far apart: drawn again it
                # moves by a third of the interval.
                room[3] = np.inf
                heavy += 1
            assert np.all(np.abs(np.array(limits(index)) * factor - theirs) < room), row
    assert heavy <= 2
