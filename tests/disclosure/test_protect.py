"""Withheld stays withheld: the policy, and no sum that gives a withheld figure away."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from perinatal.catalog import load_catalog
from perinatal.disclosure.protect import ADDED, SHOWN, Cell, Sum, secure, unsafe
from perinatal.disclosure.published import Shown, Withheld

POLICY = load_catalog().policies["rivm10"]


def _ten(_: object) -> int:
    return 10


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


def _town(**decisions: str) -> dict[object, Cell]:
    """Three wijken: 4 of 300, 12 of 320 and 50 of 900 births, in a town of 66."""
    counts = {"a": (4.0, 300.0), "b": (12.0, 320.0), "c": (50.0, 900.0), "town": (66.0, 1520.0)}
    return {
        name: Cell(
            decisions.get(name, SHOWN), *figures, loss=figures[1] ** (2 if name == "town" else 1)
        )
        for name, figures in counts.items()
    }


def test_a_single_gap_takes_the_cheapest_other_part_with_it() -> None:
    sums = [Sum.of("town", ("a", "b", "c"))]
    found = secure(_town(a="policy"), sums, frozenset(), _ten)
    assert found.decisions == {"a": "policy", "b": ADDED, "c": SHOWN, "town": SHOWN}
    assert (found.unsafe, found.hurried) == ((), ())


def test_what_is_out_already_is_not_hidden_to_no_avail() -> None:
    sums = [Sum.of("town", ("a", "b", "c"))]
    found = secure(_town(a="policy"), sums, frozenset({"b"}), _ten)
    assert found.decisions["b"] == SHOWN
    assert ADDED in {found.decisions["c"], found.decisions["town"]}


def test_where_all_else_is_out_nothing_is_safe_and_it_says_so() -> None:
    sums = [Sum.of("town", ("a", "b", "c"))]
    found = secure(_town(a="policy"), sums, frozenset({"b", "c", "town"}), _ten)
    assert found.unsafe == (frozenset({"a", "b", "c", "town"}),)


def test_a_part_that_the_source_left_out_counts_as_a_gap() -> None:
    cells = {name: cell for name, cell in _town().items() if name != "a"}
    found = secure(cells, [Sum.of("town", ("a", "b", "c"))], frozenset(), _ten)
    assert ADDED in found.decisions.values()


def test_a_sum_of_rounded_figures_gives_nothing_away_exactly() -> None:
    loose = Sum.of("town", ("a", "b", "c"), -10.0, 10.0)
    found = secure(_town(a="plan"), [loose], frozenset(), _ten)
    assert list(found.decisions.values()).count(SHOWN) == 3
    tight = Sum.of("town", ("a", "b", "c"), -2.0, 2.0)
    assert ADDED in secure(_town(a="plan"), [tight], frozenset(), _ten).decisions.values()
    # a figure that the rules alone withhold is small, however loose its sum is
    assert ADDED in secure(_town(a="policy"), [loose], frozenset(), _ten).decisions.values()


def test_a_rest_of_less_than_nothing_is_protected_as_nothing() -> None:
    cells = {"wide": Cell(SHOWN, 20.0, 900.0), "d": Cell(SHOWN, 26.0, 900.0),
             "rest": Cell("unprinted", -6.0, 900.0)}  # fmt: skip
    found = secure(cells, [Sum.of("wide", ("d", "rest"))], frozenset(), _ten)
    assert list(found.decisions.values()).count(SHOWN) == 1


def test_what_the_solver_cannot_answer_stays_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perinatal.disclosure.attack.solved", lambda _: None)
    found = secure(_town(a="policy"), [Sum.of("town", ("a", "b", "c"))], frozenset({"b"}), _ten)
    assert found.decisions == {"a": "policy", "b": SHOWN, "c": ADDED, "town": ADDED}
    assert len(found.unsafe) == 1


def test_cells_without_a_sum_are_left_alone() -> None:
    assert secure(_town(a="policy"), [], frozenset(), _ten).decisions["b"] == SHOWN


def test_a_municipality_of_one_wijk_keeps_its_figure() -> None:
    """The plan leaves its wijk out; that says nothing of the town, which is the same births."""
    cells = {
        "wijk": Cell("plan", 66.0, 1520.0),
        "town": Cell(SHOWN, 66.0, 1520.0),
        "other": Cell("policy", 4.0, 300.0),
        "both": Cell(SHOWN, 70.0, 1820.0),
        "third": Cell(SHOWN, 50.0, 900.0),
        "all": Cell(SHOWN, 120.0, 2720.0, loss=50.0),
    }
    sums = [Sum.of("town", ("wijk",)), Sum.of("both", ("town", "other")),
            Sum.of("all", ("both", "third"))]  # fmt: skip
    free = {name: cell for name, cell in cells.items() if name in ("wijk", "town")}
    assert secure(free, sums[:1], frozenset(), _ten).decisions["town"] == SHOWN
    small = cells | {"wijk": Cell("plan", 4.0, 300.0), "town": Cell(SHOWN, 4.0, 300.0)}
    found = secure({n: small[n] for n in free}, sums[:1], frozenset(), _ten).decisions
    assert found == {"wijk": "plan", "town": ADDED}
    together = secure(cells, sums, frozenset(), _ten).decisions
    assert together["all"] == SHOWN
    assert sum(kind == SHOWN for kind in together.values()) >= 2


def test_two_processes_decide_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perinatal.disclosure.protect._MANY", 2)
    towns = {
        (number, name): cell
        for number in range(6)
        for name, cell in _town(**({"a": "policy"} if number % 2 else {"b": "policy"})).items()
    }
    sums = [Sum.of((n, "town"), [(n, name) for name in "abc"]) for n in range(6)]
    alone, together = (
        secure(towns, sums, frozenset(), _ten, workers=workers) for workers in (1, 2)
    )
    assert together == alone
    assert ADDED in alone.decisions.values()
