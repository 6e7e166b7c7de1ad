"""How often a label is wrong, and how often it comes: every outcome enumerated, none drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perinatal.statistics.known_answers import (
    DIFFERENT,
    HIGHER,
    LOWER,
    QUESTIONS,
    SAME,
    Question,
    enumerate_labels,
    fixed_rule,
    page,
    without_difference,
)
from perinatal.statistics.labels import Label

PAGE = Path(__file__).parents[2] / "docs" / "known-answers.md"
OTHERS = (
    Question("rare", "proportion", 0.02, 0.15),
    Question("mortality, smaller births included", "rate", 0.0054, None),
)


@pytest.mark.parametrize("question", [*QUESTIONS, *OTHERS], ids=lambda question: question.name)
def test_no_true_difference_is_seldom_called_one(question: Question) -> None:
    chances = without_difference(question)
    assert chances.births[-1] == 3000
    np.testing.assert_allclose(chances.of(*Label), 1, atol=1e-11)
    wrong = chances.of(*DIFFERENT)
    assert wrong.max() <= 0.07
    assert wrong.mean() == pytest.approx(0.05, abs=0.002)
    assert chances.of(Label.DUIDELIJK_HOGER).max() <= 0.002
    assert chances.of(Label.DUIDELIJK_LAGER).max() <= 0.002
    shown = chances.of_shown(*Label)
    assert (chances.of_shown(*DIFFERENT) / shown).max() <= 0.07


def test_preterm_birth_is_mislabelled_in_at_most_6_4_percent() -> None:
    chances = without_difference(QUESTIONS[0])
    assert chances.births[0] == 152
    assert chances.of(*DIFFERENT).max() <= 0.064


def test_a_true_thirty_percent_more_is_found() -> None:
    preterm = enumerate_labels("proportion", [2400], 0.066, 1.3, 0.15)
    assert preterm.of(*HIGHER)[0] == pytest.approx(0.96, abs=0.005)
    assert preterm.of(Label.DUIDELIJK_HOGER)[0] == pytest.approx(0.73, abs=0.005)
    mortality = enumerate_labels("rate", [2400], 0.0047, 1.3, None)
    assert mortality.of(*HIGHER)[0] == pytest.approx(0.16, abs=0.005)
    assert mortality.of(Label.DUIDELIJK_HOGER)[0] == pytest.approx(0.02, abs=0.005)


def test_about_the_same_needs_5_400_births_for_an_eighty_percent_chance() -> None:
    fewer, enough = enumerate_labels("proportion", [4400, 5400], 0.066, 1.0, 0.15).of(*SAME)
    assert fewer < 0.75
    assert enough == pytest.approx(0.80, abs=0.03)


def test_hiding_small_counts_leaves_the_high_ones() -> None:
    """At 250 births a true 30% more gets its label in 24%, a true 30% less never."""
    more = enumerate_labels("proportion", [250], 0.066, 1.3, 0.15)
    less = enumerate_labels("proportion", [250], 0.066, 0.7, 0.15)
    assert more.of_shown(*HIGHER)[0] == pytest.approx(0.24, abs=0.005)
    assert less.of(*LOWER)[0] == pytest.approx(0.278, abs=0.005)
    assert less.of_shown(*LOWER)[0] == 0


def test_hidden_where_cases_or_others_are_under_ten() -> None:
    # 18 births: hardly ever ten cases and never ten cases and ten others; 20: only ten of each
    chances = enumerate_labels("proportion", [18, 20], 0.5, 1.0, None)
    np.testing.assert_allclose(chances.of_shown(*Label), [0, 184_756 / 2**20], rtol=1e-9)


def test_the_fixed_rule_by_hand() -> None:
    cases = [96, 95, 85, 66, 46, 47, 100, 130, 101]
    references = [0.066, 0.076, 0.066, 0.066, 0.066, 0.066, 0.08, 0.10, 0.072]
    assert fixed_rule(cases, 1000, references).tolist() == [1, 0, 0, 0, -1, 0, 0, 1, 0]


def test_a_fixed_number_of_points_is_wrong_far_more_often() -> None:
    chances = enumerate_labels("proportion", [100], 0.066, 1.0, 0.15)
    assert 1 - chances.points[0][0] == pytest.approx(0.40, abs=0.05)
    assert chances.of(*DIFFERENT)[0] < 0.08


def test_the_page_is_what_the_code_gives() -> None:
    """Renew with: python -m perinatal.statistics.known_answers > docs/known-answers.md"""
    assert PAGE.read_text(encoding="utf-8") == page() + "\n"
