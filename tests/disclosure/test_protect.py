"""Withheld stays withheld: the policy, and no relation with a single gap."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from perinatal.catalog import load_catalog
from perinatal.disclosure import SHOWN, Relation, Shown, Withheld, close, unsafe

POLICY = load_catalog().policies["rivm10"]


@pytest.mark.parametrize(
    ("numerator", "denominator", "hidden"),
    [
        (0, 500, True),
        (9, 500, True),
        (10, 500, False),
        (491, 500, True),
        (490, 500, False),
        (500, 500, True),
        (4, 8, True),
    ],
)
def test_rivm10_hides_small_numerators_and_small_complements(
    numerator: int, denominator: int, hidden: bool
) -> None:
    found = unsafe(pd.Series([float(numerator)]), pd.Series([float(denominator)]), POLICY)
    assert bool(found.iloc[0]) is hidden


def test_a_withheld_figure_has_no_room_for_a_number() -> None:
    assert set(Withheld.model_fields) == {"kind"}
    with pytest.raises(ValidationError):
        Withheld.model_validate({"kind": "withheld", "numerator": 3})
    assert "numerator" in Shown.model_fields


def test_a_single_gap_takes_the_smallest_other_part_with_it() -> None:
    decided = close(
        {"town": SHOWN, "a": "policy", "b": SHOWN, "c": SHOWN},
        {"town": 900, "a": 100, "b": 500, "c": 300},
        [Relation("town", ("a", "b", "c"))],
    )
    assert decided == {"town": SHOWN, "a": "policy", "b": SHOWN, "c": "complementary"}


def test_a_part_that_the_source_left_out_counts_as_a_gap() -> None:
    decided = close(
        {"town": SHOWN, "b": SHOWN, "c": SHOWN},
        {"town": 900, "b": 500, "c": 300},
        [Relation("town", ("a", "b", "c"))],
    )
    assert decided["c"] == "complementary"


def test_two_gaps_are_left_alone() -> None:
    given_decisions = {"town": SHOWN, "a": "policy", "b": "plan", "c": SHOWN}
    relation = Relation("town", ("a", "b", "c"))
    assert close(given_decisions, {"a": 1, "b": 2, "c": 3}, [relation]) == given_decisions


def test_a_coalition_of_two_keeps_its_total_and_loses_both_members() -> None:
    decided = close(
        {"together": SHOWN, "town": SHOWN, "village": "plan"},
        {"together": 9000, "town": 8000, "village": 1000},
        [Relation("together", ("town", "village"))],
    )
    assert decided == {"together": SHOWN, "town": "complementary", "village": "plan"}


def test_a_coalition_that_comes_after_its_member_loses_its_total() -> None:
    decided = close(
        {"together": SHOWN, "town": SHOWN, "village": "plan"},
        {"together": 9000, "town": 8000, "village": 1000},
        [Relation("together", ("town", "village"))],
        fixed=frozenset({"town"}),
    )
    assert decided == {"together": "complementary", "town": SHOWN, "village": "plan"}


def test_closing_one_relation_can_open_another() -> None:
    relations = [Relation("town", ("a", "b")), Relation("region", ("b", "c", "d"))]
    decided = close(
        {"town": SHOWN, "a": "policy", "b": SHOWN, "region": SHOWN, "c": SHOWN, "d": SHOWN},
        {"town": 90, "a": 10, "b": 80, "region": 300, "c": 100, "d": 120},
        relations,
    )
    assert decided["b"] == decided["c"] == "complementary"
    assert decided["region"] == decided["d"] == SHOWN


@st.composite
def _hierarchies(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, float], list[Relation]]:
    towns = draw(st.integers(1, 4))
    decisions, sizes, relations = {"land": SHOWN}, {"land": 1e6}, []
    for town in range(towns):
        wijken = draw(st.integers(1, 6))
        names = [f"t{town}w{wijk}" for wijk in range(wijken)]
        for name in (*names, f"t{town}"):
            decisions[name] = draw(st.sampled_from([SHOWN, SHOWN, SHOWN, "policy"]))
            sizes[name] = draw(st.integers(10, 1000))
        relations.append(Relation(f"t{town}", tuple(names)))
    relations.append(Relation("land", tuple(f"t{town}" for town in range(towns))))
    return decisions, sizes, relations


@given(_hierarchies())
def test_no_relation_keeps_exactly_one_gap(
    case: tuple[dict[str, str], dict[str, float], list[Relation]],
) -> None:
    decisions, sizes, relations = case
    decided = close(decisions, sizes, relations)
    for relation in relations:
        gaps = [c for c in (relation.whole, *relation.parts) if decided[c] != SHOWN]
        assert len(gaps) != 1
    assert all(decided[cell] != SHOWN for cell, was in decisions.items() if was != SHOWN)
