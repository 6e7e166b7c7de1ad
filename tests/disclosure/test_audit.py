"""The audit: exact on small tables, and each attack works on unprotected output."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perinatal.disclosure.audit import Relations, audit
from perinatal.disclosure.worlds import Key

NONE = Relations({}, {}, {})
WIJK = ("WK1", "WK2", "WK3")
WIJKEN_AND_YEARS = Relations({"GM": (WIJK,)}, {}, {})
TOWN = Relations({"GM": (("A", "B", "C"),), "area:x": (("GM", "GN"),)}, {}, {})


def _cell(region: str, first: int = 2021, last: int = 2025, **other: str) -> Key:
    named = {"indicator": "early", "definition": "d"} | other
    return (region, "s", named["indicator"], named["definition"], first, last)


def _attacked(
    counts: dict[Key, tuple[int, int]],
    hidden: set[Key],
    relations: Relations,
    known: set[Key] | None = None,
    one_by_one: int = 20_000,
) -> set[Key]:
    """Cells of which the audit finds too much."""
    found = audit(
        {cell: count for cell, (count, _) in counts.items() if cell not in hidden},
        {cell: births for cell, (_, births) in counts.items()},
        relations,
        {cell: count for cell, (count, _) in counts.items() if cell in hidden},
        {"s": 10},
        known or set(),
        one_by_one=one_by_one,
    )
    return {finding.cell for finding in found.findings}


WIJKEN = {
    _cell("A"): (4, 300), _cell("B"): (12, 320), _cell("C"): (50, 900), _cell("GM"): (66, 1520),
}  # fmt: skip


def test_subtraction_in_a_hierarchy() -> None:
    assert _attacked(WIJKEN, {_cell("A")}, TOWN) == {_cell("A")}
    assert _attacked(WIJKEN, {_cell("A"), _cell("B")}, TOWN) == set()


def test_a_block_minus_its_other_years() -> None:
    years = {_cell("A", year, year): (14, 300) for year in (2021, 2022)}
    years |= {_cell("A", 2023, 2023): (4, 300), _cell("A", 2021, 2023): (32, 900)}
    hidden = _cell("A", 2023, 2023)
    assert _attacked(years, {hidden}, NONE) == {hidden}
    assert _attacked(years, {hidden, _cell("A", 2022, 2022)}, NONE) == set()


def test_overlapping_windows() -> None:
    """Each window by itself hides two years; together they give the last one away."""
    counts = {_cell("A", y, y): (n, 400) for y, n in ((1, 12), (2, 13), (3, 11), (4, 4))}
    counts |= {_cell("A", 1, 3): (36, 1200), _cell("A", 2, 4): (28, 1200)}
    hidden = {_cell("A", 4, 4), _cell("A", 1, 1)}
    assert _attacked(counts, hidden, NONE) == {_cell("A", 4, 4)}
    assert _attacked(counts, hidden | {_cell("A", 2, 4)}, NONE) == set()


def test_coalition_minus_municipality() -> None:
    counts = {_cell("area:x"): (40, 2100), _cell("GM"): (34, 1500), _cell("GN"): (6, 600)}
    assert _attacked(counts, {_cell("GN")}, TOWN) == {_cell("GN")}
    assert _attacked(counts, {_cell("GN"), _cell("GM")}, TOWN) == set()


def test_what_earlier_editions_give_away_already_is_told_apart() -> None:
    out = {cell: count for cell, (count, _) in WIJKEN.items() if cell != _cell("A")}
    births = {cell: births for cell, (_, births) in WIJKEN.items()}
    hidden = {_cell("A"): WIJKEN[_cell("A")][0]}
    again = audit(out, births, TOWN, hidden, {"s": 10}, before=out)
    assert not again.findings
    assert [one.cell for one in again.out_before] == [_cell("A")]
    without_b = {cell: count for cell, count in out.items() if cell != _cell("B")}
    (found,) = audit(out, births, TOWN, hidden, {"s": 10}, before=without_b).findings
    assert found.cell == _cell("A")


def test_sums_with_figures_that_nobody_told_us_may_contradict_each_other() -> None:
    """Both sums ask another count of C, which its source keeps to itself."""
    relations = Relations({"GM": (("A", "C"),), "area:x": (("B", "C"),)}, {}, {})
    counts = {_cell("A"): 20, _cell("B"): 20, _cell("GM"): 30, _cell("area:x"): 45}
    births = dict.fromkeys([*counts, _cell("C")], 400)
    assert audit(counts, births, relations, {}, {"s": 10}).findings == ()
    small = {_cell("A"): 4, _cell("B"): 20, _cell("GM"): 14, _cell("area:x"): 45}
    shown = {cell: count for cell, count in small.items() if cell != _cell("A")}
    assert audit(shown, births, relations, {_cell("A"): 4}, {"s": 10}).findings == ()


def test_sums_that_miss_leave_as_much_room_as_anybody_knows() -> None:
    """Rounding and births that nobody can place are room; more is room by what is missed."""
    births = {cell: births for cell, (_, births) in WIJKEN.items()}
    lone = {_cell("A"): WIJKEN[_cell("A")][0]}
    out = {cell: count for cell, (count, _) in WIJKEN.items() if cell not in lone}

    def found(**change: object) -> int:
        relations = replace(TOWN, off=change.get("off", {}))
        told, sizes = change.get("told", {}), change.get("sizes", {})
        return len(audit(out | told, births | sizes, relations, lone, {"s": 10}).findings)

    assert found() == 1
    assert found(off=dict.fromkeys(births, 2.5)) == 0  # 4 in a sum of four that are 2.5 off
    assert found(off={_cell("GM"): 2.5}) == 1
    assert found(sizes={_cell("GM"): 1620}) == 1  # they can only be elsewhere: at most 4 is here
    assert found(told={_cell("GM"): 76}, sizes={_cell("GM"): 1620}) == 0
    assert found(told={_cell("GM"): 60}) == 1  # less than its parts: corrected, or told wrong


def test_figures_without_a_possible_world_are_audited_all_the_same() -> None:
    """More in both of two groups than in one of them, and a wider definition with fewer."""
    counts = {
        _cell("GM", indicator="big2"): (40, 1000), _cell("GM", indicator="early"): (4, 1000),
        _cell("GM", indicator="light"): (30, 1000),
        _cell("GM", definition="wide"): (20, 1000), _cell("GM", definition="d"): (26, 1000),
        _cell("A"): (7, 5), _cell("B"): (3, 400),
    }  # fmt: skip
    relations = Relations(
        {"GM": (("A", "B"),)}, {("s", "early", "wide"): "d"}, {"big2": ("early", "light")}
    )
    hidden = {_cell("GM", indicator="early"), _cell("A"), _cell("B")}
    assert _attacked(counts, hidden, relations) <= set(counts) | {
        ("both", *_cell("GM", indicator="big2")), ("rest", *_cell("GM", definition="wide")),
    }  # fmt: skip


def test_what_an_earlier_edition_has_shown_is_known() -> None:
    hidden = {_cell("A"), _cell("B")}
    assert _attacked(WIJKEN, hidden, TOWN) == set()
    assert _attacked(WIJKEN, hidden, TOWN, {_cell("B")}) == {_cell("A")}


def test_big2_with_its_parts_gives_the_overlap() -> None:
    counts = {
        _cell("GM", indicator="big2"): (95, 1000), _cell("GM", indicator="early"): (60, 1000),
        _cell("GM", indicator="light"): (40, 1000),
    }  # fmt: skip
    unions = Relations({}, {}, {"big2": ("early", "light")})
    (found,) = _attacked(counts, set(), unions)
    assert found[0] == "both"
    assert _attacked(counts, {_cell("GM", indicator="big2")}, unions) == set()


def test_a_wider_definition_minus_the_narrower_one() -> None:
    counts = {_cell("GM", definition="wide"): (30, 4000), _cell("GM", definition="d"): (26, 4000)}
    holds = Relations({}, {("s", "early", "wide"): "d"}, {})
    (found,) = _attacked(counts, set(), holds)
    assert found[0] == "rest"
    assert _attacked(counts, {_cell("GM", definition="wide")}, holds) == set()


def test_a_complement_is_as_small_as_a_count() -> None:
    counts = {_cell("A"): (296, 300), _cell("B"): (200, 320), _cell("C"): (500, 900),
              _cell("GM"): (996, 1520)}  # fmt: skip
    assert _attacked(counts, {_cell("A")}, TOWN) == {_cell("A")}
    assert _attacked(counts, {_cell("A"), _cell("B")}, TOWN) == set()


@pytest.mark.parametrize("seed", range(20))
def test_intervals_equal_those_of_all_worlds(seed: int) -> None:
    draw = np.random.default_rng(seed)
    births = draw.integers(3, 7, 3)
    counts = draw.binomial(births, 0.4)
    cells = [_cell(name) for name in "ABC"]
    hidden = {cells[0], cells[1]}
    table = {cell: (int(c), int(n)) for cell, c, n in zip(cells, counts, births, strict=True)} | {
        _cell("GM"): (int(counts.sum()), int(births.sum()))
    }
    rest = int(counts[0] + counts[1])
    worlds = [x for x in range(births[0] + 1) if 0 <= rest - x <= births[1]]
    found = _attacked(table, hidden, TOWN)
    count, n = int(counts[0]), int(births[0])
    low = min(count // 2, n - min(10, n))
    high = max(min(10, n), n - (n - count) // 2)
    assert (cells[0] in found) == (min(worlds) > low or max(worlds) < high)


def test_the_inside_of_a_table_is_attacked_too() -> None:
    """Only margins are out, and none is small: yet the rest of a row may have next to no room."""
    counts = {_cell("A", 1, 1): (9, 90), _cell("A", 2, 2): (21, 90), _cell("B", 1, 1): (9, 60),
              _cell("B", 2, 2): (1, 60)}  # fmt: skip
    out = {_cell("A", 1, 2): (30, 180), _cell("B", 1, 2): (10, 120), _cell("GM", 1, 1): (18, 150),
           _cell("GM", 2, 2): (22, 150), _cell("GM", 1, 2): (40, 300)}  # fmt: skip
    two = Relations({"GM": (("A", "B"),)}, {}, {})
    assert _attacked(counts | out, set(counts), two) == {_cell("A", 1, 1)}


@pytest.mark.parametrize("seed", range(60))
def test_margins_alone_tell_what_the_programs_tell(seed: int) -> None:
    """Tables of wijken and years of which only the margins are out, nearly empty or crowded."""
    draw = np.random.default_rng(seed)
    births = draw.integers(1, draw.choice([14, 60]), (3, 3))
    share = draw.uniform(0.02, draw.choice([0.2, 0.9]), (3, 1)) * draw.choice([0.2, 1.0], (1, 3))
    counts = draw.binomial(births, share)
    table: dict[Key, tuple[int, int]] = {}
    for w, wijk in enumerate(WIJK):
        table |= {_cell(wijk, y, y): (int(counts[w, y]), int(births[w, y])) for y in range(3)}
        table[_cell(wijk, 0, 2)] = (int(counts[w].sum()), int(births[w].sum()))
    for y in range(3):
        table[_cell("GM", y, y)] = (int(counts[:, y].sum()), int(births[:, y].sum()))
    table[_cell("GM", 0, 2)] = (int(counts.sum()), int(births.sum()))
    inner = {_cell(wijk, y, y) for wijk in WIJK for y in range(3)}
    found = _attacked(table, inner, WIJKEN_AND_YEARS)
    assert _attacked(table, inner, WIJKEN_AND_YEARS, one_by_one=0) == found


def test_tables_with_room_are_left_to_their_margins() -> None:
    draw = np.random.default_rng(5)
    counts = draw.integers(3, 9, (3, 3))
    births = {_cell(w, y, y): 300 for w in WIJK for y in range(3)}
    truth = {_cell(w, y, y): int(counts[i, y]) for i, w in enumerate(WIJK) for y in range(3)}
    out = {_cell(w, 0, 2): int(counts[i].sum()) for i, w in enumerate(WIJK)}
    out |= {_cell("GM", y, y): int(counts[:, y].sum()) for y in range(3)}
    out[_cell("GM", 0, 2)] = int(counts.sum())
    births |= dict.fromkeys(out, 900)
    found = audit(out, births, WIJKEN_AND_YEARS, truth, {"s": 10}, one_by_one=0)
    assert (found.inside, found.findings) == (9, ())
    assert audit(out, births, WIJKEN_AND_YEARS, truth, {"s": 10}).inside == 0


def test_two_processes_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perinatal.disclosure.audit._MANY", 2)
    counts = {
        (*cell[:3], f"d{number}", *cell[4:]): told
        for number in range(4)
        for cell, told in WIJKEN.items()
    }
    hidden = {cell for cell in counts if cell[0] == "A" or (cell[0], cell[3]) == ("B", "d1")}
    alone, together = (
        audit(
            {cell: count for cell, (count, _) in counts.items() if cell not in hidden},
            {cell: births for cell, (_, births) in counts.items()},
            TOWN,
            {cell: counts[cell][0] for cell in hidden},
            {"s": 10},
            workers=workers,
        )
        for workers in (1, 2)
    )
    assert together == alone
    assert {finding.cell[3] for finding in alone.findings} == {"d0", "d2", "d3"}
