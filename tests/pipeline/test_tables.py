"""Margins that are all out, and the country as a whole: what the choice looks at beside the sums
that it always has.
"""

from __future__ import annotations

import pandas as pd
import pytest

from perinatal.catalog import Catalog
from perinatal.disclosure.protect import SHOWN, Secured
from perinatal.pipeline.compute import CELL
from perinatal.pipeline.protect import countries, tight_tables

SOURCE = "oefen_perinataal"
SERIES = (SOURCE, "vroeggeboorte", "oefen-24w")


def _rows(counts: dict[str, tuple[tuple[int, int], ...]]) -> pd.DataFrame:
    """Wijken with (count, births) a year; the block, and the municipality's years and block."""
    rows: list[tuple[object, ...]] = []

    def row(region: str, level: str, first: int, last: int, figure: tuple[int, int], out: str):
        rows.append((region, *SERIES, first, last, level, *map(float, figure), out))

    years = range(2021, 2021 + len(next(iter(counts.values()))))
    for region, figures in counts.items():
        for year, figure in zip(years, figures, strict=True):
            row(region, "wijk", year, year, figure, "plan")
        both = (sum(n for n, _ in figures), sum(b for _, b in figures))
        row(region, "wijk", years[0], years[-1], both, SHOWN)
    for place, year in enumerate(years):
        of = [figures[place] for figures in counts.values()]
        row("GM9901", "municipality", year, year, tuple(map(sum, zip(*of, strict=True))), SHOWN)
    of = [figure for figures in counts.values() for figure in figures]
    both = tuple(map(sum, zip(*of, strict=True)))
    row("GM9901", "municipality", years[0], years[-1], both, SHOWN)
    columns = [*CELL, "level", "numerator", "denominator", "decision"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(births=frame["denominator"])


ROOM = {
    "WK990101": ((6, 90), (7, 95)),
    "WK990102": ((8, 99), (5, 90)),
    "WK990103": ((9, 90), (9, 90)),
}
TIGHT = {"WK990101": ((9, 90), (21, 90)), "WK990102": ((9, 60), (1, 60))}
CROWDED = {"WK990101": ((9, 90), (3, 4)), "WK990102": ((30, 400), (31, 400))}
"""By the births: of the 12 cases only 4 can be of the second year, so 8 are of the first."""


@pytest.mark.parametrize(("counts", "near"), [(ROOM, False), (TIGHT, True), (CROWDED, True)])
def test_a_table_whose_margins_leave_no_room_is_found(
    catalog: Catalog, counts: dict[str, tuple[tuple[int, int], ...]], near: bool
) -> None:
    cells = _rows(counts)
    assert tight_tables(cells, catalog) == ([("GM9901", *SERIES)] if near else [])


def test_a_margin_that_stays_in_leaves_room(catalog: Catalog) -> None:
    cells = _rows(TIGHT)
    cells.loc[cells["region"] == "WK990101", "decision"] = "plan"
    assert tight_tables(cells, catalog) == []


def _country(catalog: Catalog, hidden: int) -> tuple[list[object], int]:
    """Municipalities of which some stay in, and how many wholes that gives."""
    names = [f"GM{9901 + place}" for place in range(40)]
    cells = pd.DataFrame(
        [(name, *SERIES, 2021, 2025, "municipality", 30.0, 400.0) for name in names],
        columns=[*CELL, "level", "numerator", "denominator"],
    ).assign(reference_n=40 * 400.0, reference_x=40 * 30.0)
    ids = [tuple(row) for row in cells[CELL].itertuples(index=False)]
    decisions = {cell: SHOWN if at >= hidden else "rule" for at, cell in enumerate(ids)}
    found = countries(cells, ids, Secured(decisions, (), ()), catalog)
    parts = [part for _, parts in found.values() for part in parts]
    return [str(part[0]) for part in parts], len(found)


@pytest.mark.parametrize(("hidden", "wholes"), [(0, 0), (1, 1), (20, 1), (21, 0)])
def test_a_country_is_a_known_whole_where_few_parts_stay_in(
    catalog: Catalog, hidden: int, wholes: int
) -> None:
    parts, found = _country(catalog, hidden)
    assert found == wholes
    assert len(parts) == 40 * wholes


def test_a_country_of_which_a_part_is_missing_is_no_known_whole(catalog: Catalog) -> None:
    cells = pd.DataFrame(
        [("GM9901", *SERIES, 2021, 2025, "municipality", 30.0, 400.0)],
        columns=[*CELL, "level", "numerator", "denominator"],
    ).assign(reference_n=900.0, reference_x=70.0)
    ids = [tuple(row) for row in cells[CELL].itertuples(index=False)]
    assert countries(cells, ids, Secured({ids[0]: "rule"}, (), ()), catalog) == {}
