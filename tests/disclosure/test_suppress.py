"""Small random tables: as safe as trying every world shows, and no dearer than the best pattern."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from perinatal.disclosure.attack import weaknesses
from perinatal.disclosure.solver import entries, hang_together
from perinatal.disclosure.suppress import suppress
from perinatal.disclosure.table import Table
from tests import tiers

MINIMUM = 2
_FEW = 50
SEEDS = [
    pytest.param(seed, marks=pytest.mark.deep if seed >= _FEW else ())
    for seed in range(tiers.times(few=_FEW, deep=200, soak=2_000))
]


def _table(seed: int) -> Table:
    """Two or three areas in one or two periods, with their totals both ways."""
    draw = np.random.default_rng(seed)
    areas, periods = draw.integers(2, 4), draw.integers(1, 3)
    births = draw.integers(2, 5 if periods == 1 else 4, (areas, periods))
    counts = draw.binomial(births, draw.choice([0.3, 0.5, 0.6]))
    cells, all_births = list(counts.ravel()), list(births.ravel())
    sums = []

    def add(parts: list[int]) -> None:
        sums.append(((len(cells), 1), *((part, -1) for part in parts)))
        cells.append(sum(cells[part] for part in parts))
        all_births.append(sum(all_births[part] for part in parts))

    for period in range(periods):
        add([area * periods + period for area in range(areas)])
    if periods > 1:
        for area in range(areas):
            add([area * periods + period for period in range(periods)])
    return Table(np.array(cells, float), np.array(all_births, float), tuple(sums), MINIMUM)


def _worlds(table: Table, hidden: np.ndarray) -> np.ndarray:
    """Every set of counts that the shown cells allow."""
    places = np.flatnonzero(hidden)
    grid = np.meshgrid(*[np.arange(table.births[p] + 1) for p in places], indexing="ij")
    tried = np.stack([axis.ravel() for axis in grid], axis=1)
    matrix = np.zeros((len(table.relations), len(hidden)))
    for number, row in enumerate(table.relations):
        for cell, sign in row:
            matrix[number, cell] = sign
    moved = (tried - table.counts[places]) @ matrix[:, places].T
    worlds = np.tile(table.counts, (len(tried), 1))
    worlds[:, places] = tried
    down, up = table.room
    return worlds[((moved >= down) & (moved <= up)).all(axis=1)]


def _safe(table: Table, hidden: np.ndarray) -> bool:
    """Whether no attacker gets too near: by looking at all worlds, one by one."""
    worlds = _worlds(table, hidden)
    unsafe = (worlds < MINIMUM) | (table.births - worlds < MINIMUM)
    places = np.flatnonzero(hidden)
    inside = {int(cell): number for number, cell in enumerate(places)}
    rows = [[(inside[c], s) for c, s in row if c in inside] for row in table.relations]
    group = hang_together(len(places), *entries([[c for c, _ in row] for row in rows if row]))
    down, up = table.reach()
    targets = np.flatnonzero(table.unsafe())
    for target in targets:
        mates = places[group == group[inside[int(target)]]]
        # the rules hid this group, so one of it is a small number
        told = worlds[unsafe[:, mates].any(axis=1), target]
        if told.max() < table.counts[target] + up[target]:
            return False
        if told.min() > table.counts[target] - down[target]:
            return False
        for known in mates:
            single = 1 in (table.counts[known], table.births[known] - table.counts[known])
            if not single or known == target:
                continue
            if len(np.unique(worlds[worlds[:, known] == table.counts[known], target])) < 2:
                return False
    return True


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("loose", [False, True])
def test_safe_and_the_cheapest(seed: int, loose: bool) -> None:
    table = _table(seed)
    if loose:  # a sum may miss by one, as those of a source that rounds or cannot place everyone
        draw = np.random.default_rng(seed)
        ends = tuple((float(-draw.integers(0, 2)), float(draw.integers(0, 2)))
                     for _ in table.relations)  # fmt: skip
        table = replace(table, loose=ends)
    small, _ = table.without_twins()
    if len(small.counts) < len(table.counts) or not table.unsafe().any():
        return  # other tables of this kind are drawn; twins have a test of their own
    loss = 1 + np.log1p(table.births)
    found = suppress(table, table.unsafe(), np.zeros(len(loss), dtype=bool), loss)
    choice = np.flatnonzero(~table.unsafe())
    best = None
    for size in range(len(choice) + 1):
        for more in combinations(choice, size):
            hidden = table.unsafe()
            hidden[list(more)] = True
            cost = float(loss[list(more)].sum())
            if (best is None or cost < best - 1e-9) and hidden.sum() <= 8 and _safe(table, hidden):
                best = cost
    assert found.outcome in ("optimal", "unsafe")
    if found.outcome == "unsafe":
        assert best is None
    elif found.hidden.sum() <= 8:
        assert best is not None
        assert found.loss == pytest.approx(best)


def _town() -> Table:
    """A town of three wijken: 4 of 300, 12 of 320 and 50 of 900."""
    return Table(
        np.array([4.0, 12.0, 50.0, 66.0]), np.array([300.0, 320.0, 900.0, 1520.0]),
        (((3, 1), (0, -1), (1, -1), (2, -1)),), 10,
    )  # fmt: skip


def _hidden(*cells: int) -> np.ndarray:
    return np.isin(np.arange(4), cells)


def test_a_subtraction_gives_a_lone_gap_away_and_two_gaps_hold() -> None:
    table = _town()
    targets = table.unsafe()
    assert weaknesses(table, _hidden(0), _hidden(0), targets)
    assert not weaknesses(table, _hidden(0, 1), _hidden(0, 1), targets)


def test_who_knows_that_one_of_the_hidden_is_small_learns_nothing_in_such_tables() -> None:
    """In each of these a larger count of one cell can go with a small one of another."""
    looked = 0
    for seed in range(300):
        table = _table(seed)
        targets = table.unsafe()
        hidden = targets | (np.random.default_rng(seed).random(len(targets)) < 0.4)
        everyone = np.ones(len(hidden), dtype=bool)
        if targets.any():
            looked += 1
            ruled = bool(weaknesses(table, hidden, everyone, targets))
            assert ruled == bool(weaknesses(table, hidden, ~hidden, targets))
    assert looked > 100


def test_the_only_case_of_a_cell_must_not_learn_another_one() -> None:
    table = Table(
        np.array([1.0, 5.0, 60.0, 66.0]), np.array([300.0, 320.0, 900.0, 1520.0]),
        (((3, 1), (0, -1), (1, -1), (2, -1)),), 10,
    )  # fmt: skip
    assert weaknesses(table, _hidden(0, 1), _hidden(0, 1), table.unsafe())
    found = suppress(table, table.unsafe(), _hidden(), np.array([1.0, 1.0, 5.0, 50.0]))
    assert found.hidden.tolist() == [True, True, True, False]


def test_a_whole_with_one_part_is_that_part() -> None:
    table = Table(
        np.array([4.0, 0.0, 4.0, 30.0, 34.0]), np.array([300.0, 0.0, 300.0, 400.0, 700.0]),
        (((2, 1), (0, -1), (1, -1)), ((4, 1), (2, -1), (3, -1))), 10,
    )  # fmt: skip
    found = suppress(table, table.unsafe(), np.zeros(5, dtype=bool), np.ones(5))
    assert found.hidden[[0, 2]].all()
    assert found.hidden[[3, 4]].sum() == 1


def test_when_time_is_up_more_is_hidden_and_it_is_safe() -> None:
    table = _town()
    found = suppress(table, table.unsafe(), _hidden(), np.ones(4), seconds=0.0)
    assert found.outcome in ("safe", "optimal")
    assert not weaknesses(table, found.hidden, np.ones(4, dtype=bool), table.unsafe())


def test_a_large_number_that_is_never_printed_costs_nothing() -> None:
    """Who is in both of two groups is never printed; where that are many, all three may be."""
    counts = np.array([120.0, 90.0, 60.0, 30.0])  # either, early, light, both
    relation = ((0, 1), (3, 1), (1, -1), (2, -1))
    table = Table(counts, np.full(4, 1000.0), (relation,), 10)
    hidden = np.array([False, False, False, True])
    found = suppress(table, hidden, np.zeros(4, dtype=bool), np.ones(4))
    assert not found.hidden[:3].any()
    # beside a small number elsewhere, which is a reason to look at all of them
    both = Table(
        np.array([*counts, 4.0, 40.0, 44.0]), np.array([*[1000.0] * 4, 300.0, 600.0, 900.0]),
        (relation, ((6, 1), (4, -1), (5, -1)), ((0, 1), (6, -1))), 10,
    )  # fmt: skip
    gone = np.array([False, False, False, True, True, False, False])
    out = suppress(both, gone, np.zeros(7, dtype=bool), np.ones(7)).hidden
    assert out.sum() == 3
    assert not out[[1, 2]].any()
