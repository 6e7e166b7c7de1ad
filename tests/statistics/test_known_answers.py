"""How often a label is wrong, and how often it comes: every outcome enumerated, none drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
from scipy import stats

from perinatal.statistics import Label, compare, expected_cases

Kind = Literal["proportion", "rate"]


@dataclass
class Chances:
    """Per number of births: the probability of each label."""

    births: np.ndarray
    label: dict[Label, np.ndarray]

    def of(self, *labels: Label) -> np.ndarray:
        return np.sum([self.label[label] for label in labels], axis=0)


def enumerate_labels(
    kind: Kind, births: np.ndarray, reference: float, ratio: float, margin: float | None
) -> Chances:
    expected = expected_cases(births, reference * ratio)
    # Ten standard deviations: what is left out has a chance below 1e-12, as is asserted.
    reach = 10 * np.sqrt(expected) + 20
    first = np.maximum(0, np.floor(expected - reach)).astype(int)
    last = np.ceil(expected + reach).astype(int)
    if kind == "proportion":
        last = np.minimum(births, last)
    sizes = last - first + 1
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    n = np.repeat(births, sizes)
    x = np.arange(sizes.sum()) - np.repeat(starts - first, sizes)
    if kind == "proportion":
        chance = stats.binom.pmf(x, n, reference * ratio)
    else:
        chance = stats.poisson.pmf(x, n * reference * ratio)
    np.testing.assert_allclose(np.add.reduceat(chance, starts), 1, atol=1e-11)
    found = compare(kind, x, n, reference, margin=margin).label
    return Chances(
        births, {label: np.add.reduceat(chance * (found == label), starts) for label in Label}
    )


DIFFERENT = (
    Label.DUIDELIJK_HOGER,
    Label.DUIDELIJK_LAGER,
    Label.WAARSCHIJNLIJK_HOGER,
    Label.WAARSCHIJNLIJK_LAGER,
    Label.KLEIN_MAAR_ECHT,
)


@pytest.mark.parametrize(
    ("kind", "reference", "margin"),
    [
        ("proportion", 0.02, 0.15),
        ("proportion", 0.066, 0.15),
        ("proportion", 0.0704, 0.15),
        ("proportion", 0.1157, 0.15),
        ("rate", 0.0047, None),
        ("rate", 0.0054, None),
    ],
)
def test_no_true_difference_is_seldom_called_one(
    kind: Kind, reference: float, margin: float | None
) -> None:
    births = np.arange(100, 3001)
    births = births[expected_cases(births, reference) >= 10]
    chances = enumerate_labels(kind, births, reference, 1.0, margin)
    wrong = chances.of(*DIFFERENT)
    assert wrong.max() <= 0.07
    assert wrong.mean() == pytest.approx(0.05, abs=0.002)
    assert chances.of(Label.DUIDELIJK_HOGER).max() <= 0.002
    assert chances.of(Label.DUIDELIJK_LAGER).max() <= 0.002


def test_preterm_birth_is_mislabelled_in_at_most_6_4_percent() -> None:
    chances = enumerate_labels("proportion", np.arange(152, 3001), 0.066, 1.0, 0.15)
    assert chances.of(*DIFFERENT).max() <= 0.064


def test_a_true_thirty_percent_more_is_found() -> None:
    births = np.array([2400])
    likely = (Label.DUIDELIJK_HOGER, Label.WAARSCHIJNLIJK_HOGER)
    preterm = enumerate_labels("proportion", births, 0.066, 1.3, 0.15)
    assert preterm.of(*likely)[0] == pytest.approx(0.96, abs=0.005)
    assert preterm.of(Label.DUIDELIJK_HOGER)[0] == pytest.approx(0.73, abs=0.005)
    mortality = enumerate_labels("rate", births, 0.0047, 1.3, None)
    assert mortality.of(*likely)[0] == pytest.approx(0.16, abs=0.005)
    assert mortality.of(Label.DUIDELIJK_HOGER)[0] == pytest.approx(0.02, abs=0.005)


def test_about_the_same_needs_5_400_births_for_an_eighty_percent_chance() -> None:
    chances = enumerate_labels("proportion", np.array([4400, 5400]), 0.066, 1.0, 0.15)
    fewer, enough = chances.of(Label.ONGEVEER_GELIJK, Label.KLEIN_MAAR_ECHT)
    assert fewer < 0.75
    assert enough == pytest.approx(0.80, abs=0.03)


def test_a_fixed_number_of_points_is_wrong_far_more_often() -> None:
    # The rule that this replaces: 3 points apart, or 2 where both are below 10%.
    x = np.arange(101)
    percent, reference = x, 6.6
    points = np.where((percent < 10) & (reference < 10), 2, 3)
    wrong = stats.binom.pmf(x, 100, 0.066)[np.abs(percent - reference) >= points].sum()
    assert wrong > 0.35
