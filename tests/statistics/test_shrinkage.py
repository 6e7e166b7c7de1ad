"""Shrunken figures: by hand, against direct calculation, and how often they are right."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from perinatal.statistics.intervals import proportion_interval
from perinatal.statistics.shrinkage import (
    TrueFigures,
    fit_beta_binomial,
    fit_gamma_poisson,
    marshall,
)

ORACLE = Path(__file__).resolve().parents[2] / ".." / "shared" / "oracle"
Kind = Literal["proportion", "rate"]
FIT = {"proportion": fit_beta_binomial, "rate": fit_gamma_poisson}
CASES = np.array([21, 12, 40, 3, 18, 30, 9, 25, 14, 51])
BIRTHS = np.array([300, 280, 410, 150, 260, 330, 220, 270, 310, 480])


def _single(kind: Kind, mean: float, concentration: float) -> TrueFigures:
    node = (np.array([mean]), np.array([concentration]), np.ones(1))
    return TrueFigures(kind, mean, concentration, 0.01, 12, *node)


def _simulated(
    random: np.random.Generator, kind: Kind, areas: int, births: int, mean: float, spread: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True figures with this coefficient of variation, cases and births."""
    n = np.round(births * random.lognormal(0, 0.5, areas)).clip(30)
    truth = np.full(areas, mean)
    if spread and kind == "proportion":
        size = (1 - mean) / mean / spread**2 - 1
        truth = random.beta(mean * size, (1 - mean) * size, areas)
    elif spread:
        truth = random.gamma(1 / spread**2, mean * spread**2, areas)
    if kind == "proportion":
        return truth, random.binomial(n.astype(int), truth), n
    return truth, random.poisson(n * truth), n


def test_marshall_by_hand() -> None:
    # mean 0.07; spread (0.0025 + 0.0001 + 0.0016) / 3, of which 0.07 / 100 is chance: one half
    found = marshall([2, 8, 11], [100, 100, 100])
    assert (found.mean, found.variance) == pytest.approx((0.07, 0.0007))
    assert found.estimate == pytest.approx([0.045, 0.075, 0.09])
    # less spread than chance gives: all on the mean
    level = marshall([7, 6, 8], [100, 100, 100])
    assert level.variance == 0
    assert level.estimate == pytest.approx([0.07] * 3)


@given(seed=st.integers(0, 10_000))
def test_marshall_lies_between_raw_and_mean(seed: int) -> None:
    random = np.random.default_rng(seed)
    births = random.integers(1, 3000, random.integers(1, 30))
    cases = random.binomial(births, random.beta(0.7, 9, births.size))
    found = marshall(cases, births)
    raw, room = cases / births, 1e-12
    assert (found.estimate >= np.minimum(raw, found.mean) - room).all()
    assert (found.estimate <= np.maximum(raw, found.mean) + room).all()
    mixed = random.permutation(births.size)
    np.testing.assert_allclose(
        marshall(cases[mixed], births[mixed]).estimate, found.estimate[mixed]
    )


def test_one_prior_gives_the_conjugate_posterior() -> None:
    x, n = np.array([0, 20, 60]), np.array([40, 300, 400])
    beta, gamma = _single("proportion", 0.07, 300), _single("rate", 0.07, 300)
    for figures, law in (
        (beta, stats.beta(21 + x, 279 + n - x)),
        (gamma, stats.gamma(21 + x, scale=1 / (300 + n))),
    ):
        np.testing.assert_allclose(figures.estimate(x, n), (21 + x) / (300 + n))
        for limit, chance in zip(figures.interval(x, n, 0.998), (0.001, 0.999), strict=True):
            np.testing.assert_allclose(limit, law.ppf(chance))
        np.testing.assert_allclose(figures.chance_above(x, n, 0.08), law.sf(0.08))
    assert beta.true_range() == pytest.approx(stats.beta(21, 279).ppf([0.05, 0.95]))
    assert gamma.true_range(0.5) == pytest.approx(stats.gamma(21, scale=1 / 300).ppf([0.25, 0.75]))
    above_one = _single("rate", 1.2, 30)
    assert above_one.true_range() == pytest.approx(stats.gamma(36, scale=1 / 30).ppf([0.05, 0.95]))
    assert beta.variance == pytest.approx(stats.beta(21, 279).var())
    assert gamma.variance == pytest.approx(stats.gamma(21, scale=1 / 300).var())


@pytest.mark.parametrize("kind", ["proportion", "rate"])
def test_maximum_is_that_of_direct_optimisation(kind: Kind) -> None:
    def gain(mean: float, size: float) -> float:
        if kind == "proportion":
            law = stats.betabinom(BIRTHS, mean * size, (1 - mean) * size)
            return float((law.logpmf(CASES) - stats.binom(BIRTHS, pooled).logpmf(CASES)).sum())
        law = stats.nbinom(mean * size, size / (size + BIRTHS))
        return float((law.logpmf(CASES) - stats.poisson(BIRTHS * pooled).logpmf(CASES)).sum())

    pooled = CASES.sum() / BIRTHS.sum()
    found = FIT[kind](CASES, BIRTHS)
    direct = optimize.minimize(
        lambda at: -gain(*np.exp(at)), np.log([pooled, 200]), method="Nelder-Mead"
    )
    assert found.mean == pytest.approx(np.exp(direct.x[0]), rel=1e-3)
    assert found.concentration == pytest.approx(np.exp(direct.x[1]), rel=1e-3)
    assert found.p_value == pytest.approx(stats.chi2.sf(-2 * direct.fun, 1) / 2, rel=1e-4)
    assert found.between
    assert found.areas == 10


def test_average_over_what_is_plausible_is_that_of_direct_integration() -> None:
    # Prior: share of chance uniform, Jeffreys for the mean; here on a plain, fine grid.
    share, logit = np.meshgrid(np.linspace(0.0025, 0.9975, 200), np.linspace(-4.5, -1.2, 121))
    size, mean = BIRTHS.mean() * share / (1 - share), special.expit(logit)
    law = stats.betabinom(BIRTHS, (mean * size)[..., None], ((1 - mean) * size)[..., None])
    likely = law.logpmf(CASES).sum(axis=-1) + np.log(mean * (1 - mean)) / 2
    weight = np.exp(likely - likely.max())
    posterior = (CASES + (mean * size)[..., None]) / (BIRTHS + size[..., None])
    expected = (posterior * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
    found = fit_beta_binomial(CASES, BIRTHS)
    np.testing.assert_allclose(found.estimate(CASES, BIRTHS), expected, rtol=1e-4)
    low, high = found.true_range(0.90)
    below = [
        (stats.beta(mean * size, (1 - mean) * size).cdf(end) * weight).sum() / weight.sum()
        for end in (low, high)
    ]
    assert below == pytest.approx([0.05, 0.95], abs=1e-3)


def test_many_areas_give_their_spread_back() -> None:
    random = np.random.default_rng(7)
    for kind in FIT:
        _, x, n = _simulated(random, kind, 300, 500, 0.07, 0.3)  # type: ignore[arg-type]
        found = FIT[kind](x, n)
        assert found.mean == pytest.approx(0.07, rel=0.04)
        assert np.sqrt(found.variance) / found.mean == pytest.approx(0.3, rel=0.1)
        assert found.p_value < 1e-10


@pytest.mark.parametrize(
    ("kind", "births", "mean", "spread"),
    [("proportion", 300, 0.07, 0.2), ("rate", 300, 0.07, 0.2), ("proportion", 300, 0.07, 0.0)],
)
def test_true_figure_is_inside_as_often_as_promised(
    kind: Kind, births: int, mean: float, spread: float
) -> None:
    random = np.random.default_rng(2026)
    inside, maximum_alone, in_range, above, found_above, likely, errors = ([] for _ in range(7))
    for _ in range(24):
        truth, x, n = _simulated(random, kind, 10, births, mean, spread)
        figures = FIT[kind](x, n)
        lower, upper = figures.interval(x, n)
        inside.append((lower <= truth) & (truth <= upper))
        likely.append(figures.p_value < 0.05)
        above.append(truth > mean)
        found_above.append(figures.chance_above(x, n, mean))
        errors.append([np.mean((v - truth) ** 2) for v in (figures.estimate(x, n), x / n)])
        low, high = figures.true_range()
        in_range.append((low <= truth) & (truth <= high))
        if figures.between:
            lower, upper = _single(kind, figures.mean, figures.concentration).interval(x, n)
        else:
            lower, upper = proportion_interval(x.sum(), n.sum())
        maximum_alone.append((lower <= truth) & (truth <= upper))
    assert np.mean(inside) >= 0.92
    assert np.mean(in_range) >= 0.88
    shrunken, raw = np.mean(errors, axis=0)
    assert shrunken < 0.65 * raw
    if spread:
        # Why not the maximum alone: it promises 95% too.
        assert np.mean(maximum_alone) < 0.85
        assert np.mean(found_above) == pytest.approx(np.mean(above), abs=0.05)
    else:
        assert np.mean(likely) <= 0.1


def test_no_more_spread_than_chance() -> None:
    for kind in FIT:
        level = FIT[kind]([20, 21, 19, 20], [300] * 4)
        assert (level.between, level.concentration, level.p_value) == (False, np.inf, 1)
        assert (level.mean, level.variance) == (pytest.approx(80 / 1200), 0)
        np.testing.assert_allclose(level.estimate([20], [300]), 80 / 1200, rtol=0.02)
        # Other areas that are alike make an area more certain than it is by itself.
        lower, upper = level.interval(20, 300)
        assert upper - lower < 0.75 * np.diff(proportion_interval(20, 300))
        # Births of one child each tell nothing about a spread, nor does one area.
        assert not FIT[kind]([0, 1, 0, 1], [1] * 4).between
        assert not FIT[kind]([5], [100]).between


def test_ends_of_the_scale() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in FIT:
            none = FIT[kind](np.zeros(10), np.full(10, 300))
            assert (none.mean, none.p_value, none.between) == (0, 1, False)
            lower, upper = none.interval(0, 300)
            assert 0 <= lower <= none.estimate(0, 300) <= upper
            # 0 of 3000 together, 0 of 300 by itself
            assert proportion_interval(0, 3000)[1] / 2 < upper < proportion_interval(0, 300)[1]
            low, high = none.true_range()
            assert 0 <= low <= high < 0.01
            split = FIT[kind]([0, 50, 0, 50], [50] * 4)
            assert split.between
            assert split.estimate([0, 50], 50) * 50 == pytest.approx([0, 50], abs=1.5)
            # So skew that hardly any of it lies above its own mean.
            skew = _single(kind, 1e-4, 10)  # type: ignore[arg-type]
            assert skew.interval(0, 1)[1] == skew.estimate(0, 1) > 0
            # Among millions of births the figures speak for themselves.
            huge = FIT[kind]([200_000, 100_000], [2_000_000] * 2)
            np.testing.assert_allclose(
                huge.estimate([200_000, 100_000], 2_000_000), [0.1, 0.05], rtol=1e-4
            )
            low, high = huge.true_range()
            assert low < 0.05 < 0.1 < high
        whole = fit_beta_binomial([40, 50], [40, 50])
        assert (whole.mean, whole.between) == (1, False)
        assert whole.interval(40, 40)[1] <= 1


def test_no_births_is_no_value_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x, n, missing = [0, np.nan, 1, 3], [0, 10, np.nan, 50], [True, True, True, False]
        assert np.isnan(marshall(x, n).estimate).tolist() == missing
        assert np.isnan(marshall([], []).mean)
        assert marshall([0, 0], [10, 20]).estimate.tolist() == [0, 0]
        for fit in FIT.values():
            with_gaps = fit([*x, 9], [*n, 60])
            assert with_gaps.areas == 2
            assert with_gaps.p_value == fit([3, 9], [50, 60]).p_value
            for found in (
                with_gaps.estimate(x, n),
                *with_gaps.interval(x, n),
                with_gaps.chance_above(x, n, 0.1),
            ):
                assert np.isnan(found).tolist() == missing
            nothing = fit([np.nan, 0], [10, 0])
            assert (nothing.areas, nothing.between) == (0, False)
            assert np.isnan([nothing.mean, nothing.p_value, *nothing.true_range()]).all()
            assert np.isnan(nothing.estimate(3, 50))
            assert fit([], []).areas == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: marshall([1, -1], [10, 10]), r"^numerator .* negative \(at position 1\)$"),
        (lambda: fit_beta_binomial([11], [10]), "^numerator must not be larger than denominator"),
        (lambda: fit_gamma_poisson([1], [-1]), "^denominator must not be negative"),
        (lambda: _single("rate", 0.1, 9).interval(1, 9, 95), "^confidence must lie"),
        (lambda: _single("rate", 0.1, 9).true_range(0), "^confidence must lie"),
        (lambda: _single("proportion", 0.1, 9).estimate(10, 9), "^numerator must not be larger"),
        (lambda: _single("proportion", 0.1, 9).chance_above(1, 9, 1.1), "^reference must not be"),
        (lambda: _single("rate", 0.1, 9).chance_above(1, 9, -1), "^reference must not be negative"),
    ],
)
def test_invalid_input_says_which(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["proportion", "rate"]))
def test_any_areas(seed: int, kind: Kind) -> None:
    random = np.random.default_rng(seed)
    areas = int(random.integers(2, 15))
    _, x, n = _simulated(
        random, kind, areas, 300, random.uniform(0.01, 0.2), random.uniform(0, 0.5)
    )
    found = FIT[kind](x, n)
    estimate, (lower, upper) = found.estimate(x, n), found.interval(x, n)
    assert (lower <= estimate).all()
    assert (estimate <= upper).all()
    # Between the figure itself and the mean, but for what is uncertain about the mean.
    raw, room = x / n, 2 * np.sqrt((found.mean / n.sum()) + found.variance / areas) + 1 / n.sum()
    assert (estimate >= np.minimum(raw, found.mean) - room).all()
    assert (estimate <= np.maximum(raw, found.mean) + room).all()
    assert (np.diff(found.chance_above(x[0], n[0], np.linspace(0, 1, 50))) <= 0).all()

    mixed = random.permutation(areas)
    np.testing.assert_allclose(FIT[kind](x[mixed], n[mixed]).estimate(x, n), estimate, rtol=1e-9)
    if kind == "rate":
        # Counted per thousand births every figure is a thousand times as large.
        per = FIT[kind](x, n / 1000)
        np.testing.assert_allclose(per.estimate(x, n / 1000), estimate * 1000, rtol=1e-6)
        assert per.p_value == pytest.approx(found.p_value, rel=1e-4, abs=1e-9)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_a_spread_is_found_wherever_the_cases_vary_more_than_binomial(seed: int) -> None:
    random = np.random.default_rng(seed)
    _, x, n = _simulated(random, "proportion", 8, 300, 0.07, random.uniform(0, 0.2))
    p = x.sum() / n.sum()
    # The slope of the likelihood where spread begins: Tarone RE (1979), Biometrika 66:585-590.
    slope = (x * (x - 1) / p + (n - x) * (n - x - 1) / (1 - p) - n * (n - 1)).sum()
    if slope > 100:
        assert fit_beta_binomial(x, n).between


@pytest.mark.shared
def test_oracle_marshall() -> None:
    if not ORACLE.is_dir():
        pytest.skip("the reference values (../shared/oracle) are not beside this checkout")
    tables = []
    for name in ("eb_units.csv", "eb_results.csv"):
        with (ORACLE / name).open(newline="", encoding="utf-8") as file:
            tables.append(list(csv.DictReader(file)))
    units, results = tables
    compared = 0
    for row in results:
        own = [unit for unit in units if unit["scenario"] == row["scenario"]]
        x, n, shrunken = (
            np.array([float(unit[column]) for unit in own])
            for column in ("x", "n", "eb_global_poisson")
        )
        found = marshall(x, n)
        np.testing.assert_allclose(found.estimate, shrunken, rtol=1e-9)
        assert found.mean == pytest.approx(float(row["m_gamma"]), rel=1e-9)
        assert found.variance == pytest.approx(float(row["a_phi"]), rel=1e-9, abs=1e-15)
        compared += len(own)
    assert compared == len(units) > 200
