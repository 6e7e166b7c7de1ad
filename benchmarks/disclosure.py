"""What protection costs: cells and births still published, seconds, and what simpler ways leak.

Run with ``python -m benchmarks.disclosure [MUNICIPALITIES]`` (by its path it would meet the
statistics.py beside it before Python's own). All tables are made up here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from perinatal.catalog import load_catalog
from perinatal.disclosure.attack import Attack
from perinatal.disclosure.suppress import suppress
from perinatal.disclosure.table import Table
from perinatal.pipeline.audit import audit_edition
from perinatal.pipeline.compute import compute, present_areas, published_regions, regions_of
from perinatal.pipeline.plan import cut_once, with_areas
from perinatal.pipeline.protect import decide_cells
from perinatal.practice.national import national_practice

Bools = np.ndarray
Span = tuple[int, int]


def town(
    seed: int, wijken: int, buurten: int, births: float, years: int, windows: list[Span],
    minimum: int, *, inside: bool = True,
) -> tuple[Table, np.ndarray, dict[tuple[str, int, Span], int]]:  # fmt: skip
    """A municipality with its wijken and buurten, in single years and windows of years.

    Args:
        births: mean number a year in the smallest areas.
        inside: without it only windows are published, and no single years.

    Returns:
        The table, what each cell is worth, and the place of each (level, area, span).
    """
    draw = np.random.default_rng(seed)
    of = np.sort(np.concatenate([np.arange(wijken), draw.integers(0, wijken, buurten - wijken)]))
    size = draw.lognormal(np.log(births), 0.7, buurten)
    n = draw.poisson(size[:, None], (buurten, years))
    x = draw.binomial(n, 0.07)
    spans: list[Span] = [(year, year) for year in range(years)] if inside else []
    spans += windows
    counts, sizes, worth = [], [], []
    place: dict[tuple[str, int, Span], int] = {}
    relations = []
    for span in spans:
        part = slice(span[0], span[1] + 1)
        for level, groups, dear in (
            ("buurt", [np.array([b]) for b in range(buurten)], 1.0),
            ("wijk", [np.flatnonzero(of == w) for w in range(wijken)], 1.0),
            ("town", [np.arange(buurten)], 100.0),
        ):
            for number, group in enumerate(groups):
                place[level, number, span] = len(counts)
                counts.append(x[group, part].sum())
                sizes.append(n[group, part].sum())
                worth.append(dear * (1 + np.log1p(sizes[-1])))
        for wijk in range(wijken):
            parts = [place["buurt", b, span] for b in np.flatnonzero(of == wijk)]
            relations.append(((place["wijk", wijk, span], 1), *((b, -1) for b in parts)))
        parts = [place["wijk", w, span] for w in range(wijken)]
        relations.append(((place["town", 0, span], 1), *((w, -1) for w in parts)))
    if inside:
        for level, number, span in list(place):
            years_in = range(span[0], span[1] + 1)
            if len(years_in) > 1:
                own = [place[level, number, (year, year)] for year in years_in]
                relations.append(((place[level, number, span], 1), *((c, -1) for c in own)))
    table = Table(np.array(counts, float), np.array(sizes, float), tuple(relations), minimum)
    return table, np.array(worth), place


def apart(table: Table, worth: np.ndarray, place: dict[tuple[str, int, Span], int]) -> Bools:
    """Each period by itself, as a table tool does it: sums over years are not looked at."""
    period = np.empty(len(table.counts), dtype=object)
    for (_, _, span), cell in place.items():
        period[cell] = span
    kept = tuple(row for row in table.relations if len({period[cell] for cell, _ in row}) == 1)
    alone = Table(table.counts, table.births, kept, table.minimum)
    return suppress(alone, alone.unsafe(), np.zeros(len(worth), dtype=bool), worth).hidden


def greedy(table: Table, worth: np.ndarray, _: object) -> Bools:
    """No sum with a single gap: the cheapest other cell goes too, until none is left."""
    hidden = table.unsafe()
    changed = True
    while changed:
        changed = False
        for row in table.relations:
            cells = [cell for cell, _ in row if table.births[cell] > 0]
            if sum(hidden[cell] for cell in cells) == 1:
                shown = [cell for cell in cells if not hidden[cell]]
                hidden[min(shown, key=lambda cell: worth[cell])] = True
                changed = True
    return hidden


def ours(table: Table, worth: np.ndarray, _: object) -> Bools:
    return suppress(
        table, table.unsafe(), np.zeros(len(worth), dtype=bool), worth, seconds=120.0
    ).hidden


def leaks(table: Table, hidden: Bools) -> int:
    """Small numbers of which no world reaches half and the minimum."""
    small, where = table.without_twins()

    def merged(flags: Bools) -> Bools:
        return np.bincount(where, weights=flags, minlength=len(small.counts)) > 0

    found = 0
    down, up = small.reach()
    pattern = merged(hidden)
    for cells, relations in small.parts(pattern):
        attack = Attack(small, pattern, cells, relations, pattern, small.unsafe())
        for target in np.flatnonzero(small.unsafe()[cells]):
            cell = cells[target]
            for sign, asked in ((1, up[cell]), (-1, down[cell])):
                if attack.furthest(int(target), sign)[0] < asked - 1e-6:
                    found += 1
                    break
    return found


def show(name: str, table: Table, hidden: Bools, seconds: float, smallest: Bools) -> None:
    births = table.births[smallest].sum()
    kept = table.births[smallest & ~hidden].sum() / births if births else 0.0
    print(
        f"  {name:<22} {(~hidden).sum():>6} of {len(hidden)} cells, {kept:6.1%} of births in the "
        f"smallest areas, {leaks(table, hidden):>4} small numbers leak, {seconds:6.2f} s"
    )


def levels() -> None:
    print("1 + 25 + 110 areas, 5 years and 3 linked windows of three years, threshold 5")
    table, worth, place = town(1, 25, 110, 12, 5, [(0, 2), (1, 3), (2, 4)], 5)
    smallest = np.zeros(len(worth), dtype=bool)
    smallest[[cell for (level, _, _), cell in place.items() if level == "buurt"]] = True
    ways: list[tuple[str, Callable[..., Bools]]] = [
        ("each period apart", apart), ("greedy", greedy), ("all together", ours),
    ]  # fmt: skip
    for name, way in ways:
        start = time.perf_counter()
        hidden = way(table, worth, place)
        show(name, table, hidden, time.perf_counter() - start, smallest)


def plan(municipalities: int) -> None:
    """The publication plan under rivm10, by the steps of a build, and the audit of what leaves."""
    print(f"the plan under rivm10, an invented country of {municipalities} municipalities")
    begin = time.perf_counter()
    observations, regions, catalog = national_practice(
        load_catalog(), municipalities=municipalities
    )
    begin = _lap("  (invented in", begin, ")")
    registers, _ = cut_once(catalog, regions, observations, {})
    regions = with_areas(regions, registers.values())
    figures = compute(observations, regions, catalog)
    start = _lap("  areas and figures", begin)
    cells, secured = decide_cells(figures, catalog, set())
    start = _lap("  protection", start)
    shown = cells["decision"] == "shown"
    with TemporaryDirectory() as name:
        folder = Path(name)
        kind = shown.map({True: "shown", False: "withheld"})
        cells.assign(kind=kind).to_parquet(folder / "published_value.parquet")
        own = regions_of(present_areas(catalog, regions), regions)
        drawn = published_regions(own)[["code", "name", "level", "parent"]]
        drawn.to_parquet(folder / "published_region.parquet")
        own[own["code"].str.startswith("WK")].assign(
            municipality=lambda f: f["parent"], wijk=lambda f: f["code"], code=lambda f: f["area"]
        )[["municipality", "wijk", "code"]].dropna().to_parquet(folder / "published_area.parquet")
        start = time.perf_counter()
        found = audit_edition(folder, [], cells, catalog)
    _lap("  audit", start)
    print(f"  together {time.perf_counter() - begin:.0f} s")
    area = (cells["level"] == "wijk") & (cells["indicator"] == catalog.plan.anchor_indicator)
    newest = cells[area & cells["planned"] & (cells["period_end"] == cells["period_end"].max())]
    births = newest.loc[newest["decision"] == "shown", "denominator"].sum()
    print(
        f"  {len(cells)} cells, {int(shown.sum())} shown, "
        f"{int((cells['decision'] == 'complementary').sum())} withheld for another one; "
        f"{births / newest['denominator'].sum():.1%} of births in a shown area figure of preterm "
        f"birth; {found.protected} small numbers attacked, {len(found.findings)} found, narrowest "
        f"interval {found.narrowest}; {len(secured.unsafe)} groups without a safe pattern, "
        f"{len(secured.hurried)} out of time"
    )


def _lap(name: str, start: float, end: str = "") -> float:
    now = time.perf_counter()
    print(f"{name} {now - start:.1f} s{end}", flush=True)
    return now


if __name__ == "__main__":
    levels()
    plan(int(sys.argv[1]) if len(sys.argv) > 1 else 342)
