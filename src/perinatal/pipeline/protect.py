"""Gate 2: which figures of a build may leave, all of them together."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import pandas as pd

from perinatal.catalog import Catalog
from perinatal.disclosure.protect import (
    ADDED,
    BY_RULE,
    SHOWN,
    UNTOLD,
    Cell,
    Secured,
    Sum,
    linked,
    secure,
    unsafe,
)
from perinatal.pipeline.compute import CELL, Figures, label_cells, region_id
from perinatal.pipeline.sums import (
    Id,
    earlier_areas,
    impossible,
    loosely,
    nested,
    overlaps,
    plain,
    slack_of,
    sums,
)

Withdrawals = dict[tuple[str, str], tuple[str | None, str | None]]
"""Indicator and definition -> why the source took it back, and since when, where it says so."""
_FEW = 20
"""Withheld parts of a country beyond which each can give way to others."""


def protect(
    figures: Figures,
    catalog: Catalog,
    already_out: set[Id],
    areas_out: dict[str, tuple[str, ...]] | None = None,
    withdrawn: Withdrawals | None = None,
    *,
    workers: int = 1,
) -> tuple[pd.DataFrame, Secured]:
    """Decide on every cell of the build at once, then estimate and label what is shown.

    Args, Returns: as for ``decide_cells``, with estimates and labels in the cells.
    """
    cells, secured = decide_cells(
        figures, catalog, already_out, areas_out, withdrawn, workers=workers
    )
    bare = cells.copy()
    bare.loc[bare["decision"] != SHOWN, ["numerator", "denominator"]] = np.nan
    labelled = label_cells(bare, catalog)
    added = [name for name in labelled.columns if name not in cells.columns]
    return cells.join(labelled[added]), secured


def decide_cells(
    figures: Figures,
    catalog: Catalog,
    already_out: set[Id],
    areas_out: dict[str, tuple[str, ...]] | None = None,
    withdrawn: Withdrawals | None = None,
    *,
    workers: int = 1,
) -> tuple[pd.DataFrame, Secured]:
    """Which cells may leave.

    Args:
        already_out: cells that an earlier edition has shown.
        areas_out: joined areas of earlier editions and their wijken.
        withdrawn: what stops everywhere, also where another source delivers it by the same
            definition.
        workers: processes at once.

    Returns:
        The cells with ``decision``: 'shown' or a reason that never leaves the store; and what the
        protection has to report.
    """
    cells = figures.cells.copy()
    _first_decision(cells, catalog, withdrawn or {})
    inside = cells[_within_reach(cells, catalog)]
    ids: list[Id] = [tuple(row) for row in inside[CELL].itertuples(index=False)]
    known = _known(inside, ids, catalog)
    slack = slack_of(known, figures, catalog)
    adding = sums(known, ids, figures, catalog, slack)
    adding += nested(known, ids, catalog, slack)
    adding += overlaps(known, ids, catalog, slack)
    adding += earlier_areas(known, already_out, areas_out or {})
    minimum = {name: p.minimum for name, p in catalog.policies.items()}
    policy_of = {source.id: source.policy for source in catalog.sources.values()}
    fixed = frozenset(already_out & set(known)) | _public(inside, ids, catalog)

    def least(cell: Hashable) -> int:
        return minimum[policy_of[str(plain(cell)[1])]]

    no_world = impossible(adding, known, slack)
    for cell in set().union(*no_world):
        if known[cell].decision == SHOWN:
            known[cell] = replace(known[cell], decision=UNTOLD)
    secured = replace(
        secure(known, adding, fixed, least, workers=workers), impossible=tuple(no_world)
    )
    country = countries(inside, ids, secured, catalog)
    if country:
        known = {
            cell: replace(facts, decision=secured.decisions[cell]) for cell, facts in known.items()
        } | {whole: facts for whole, (facts, _) in country.items()}
        adding += [
            Sum.of(whole, parts, *loosely(known, whole, parts, slack))
            for whole, (_, parts) in country.items()
        ]
        # a group without a country in it was decided on already
        adding = linked(adding, country)
        again = secure(known, adding, fixed | frozenset(country), least, workers=workers)
        secured = replace(
            again, unsafe=secured.unsafe + again.unsafe,
            hurried=secured.hurried + again.hurried, impossible=secured.impossible,
        )  # fmt: skip
    cells.loc[inside.index, "decision"] = [secured.decisions[cell] for cell in ids]
    _beside_the_main(cells, catalog)
    return cells, secured


def _first_decision(
    cells: pd.DataFrame,
    catalog: Catalog,
    withdrawn: Withdrawals,
) -> None:
    """What the plan, the policy and the sources say of each cell by itself."""
    decision = pd.Series(SHOWN, index=cells.index, dtype="object")
    for source_id, rows in cells.groupby("source"):
        policy = catalog.policies[catalog.sources[str(source_id)].policy]
        small = unsafe(rows["numerator"], rows["denominator"], policy)
        decision.loc[rows.index[small.to_numpy()]] = BY_RULE
    decision[~cells["planned"].to_numpy()] = "plan"
    unknown = cells["numerator"].isna()
    decision[unknown & (cells["level"] == "coalition")] = "unknown_member"
    decision[unknown & (cells["level"] != "coalition")] = UNTOLD
    decision[cells["status"] == "withdrawn"] = "withdrawn"
    for (name, definition), (reason, since) in withdrawn.items():
        gone = (cells["indicator"] == name) & (cells["definition"] == definition)
        decision[gone] = "withdrawn"
        cells.loc[gone, ["note", "since"]] = [reason, since]
    for indicator in catalog.indicators.values():
        if indicator.only_without is not None:
            parts = cells[cells["indicator"] == indicator.only_without]
            has_other = cells["source"].isin(parts["source"])
            decision[(cells["indicator"] == indicator.id) & has_other & ~unknown] = "plan"
    cells["decision"] = decision


def _beside_the_main(cells: pd.DataFrame, catalog: Catalog) -> None:
    """A wider definition does not stand in for the main one that was withheld here.

    With more hidden there are more worlds, so what was safe stays safe.
    """
    for source in catalog.sources.values():
        for series in source.series:
            if series.holds is None:
                continue
            own = (cells["source"] == source.id) & (cells["indicator"] == series.indicator)
            place = ["region", "period_start", "period_end"]
            inner = cells[own & (cells["definition"] == series.holds)]
            gone = pd.MultiIndex.from_frame(
                inner.loc[inner["decision"].isin([BY_RULE, ADDED]), place]
            )
            outer = cells[own & (cells["definition"] == series.definition)]
            alone = pd.MultiIndex.from_frame(outer[place]).isin(gone)
            lost = outer.index[alone & (outer["decision"] == SHOWN).to_numpy()]
            cells.loc[lost, "decision"] = ADDED


def _within_reach(cells: pd.DataFrame, catalog: Catalog) -> pd.Series[bool]:
    """Cells that a sum could give away: all but those of a kind that is never shown.

    Where no wijk of a series has single years, or none has a figure at all, what is published is
    the margins of a table whose inside stays in. Each of its cells can then be anything from
    nothing to its smallest margin, and a margin that is shown is no small number. Only where a
    margin leaves a cell next to no room its whole table counts as well.
    """
    kind = ["source", "indicator", "definition", "level"]
    single = cells["period_start"] == cells["period_end"]
    planned: pd.Series[bool] = (
        cells["planned"].groupby([*(cells[k] for k in kind), single]).transform("any")
    )
    wijk = cells["level"] == "wijk"
    tight = tight_tables(cells[wijk | (cells["level"] == "municipality")], catalog)
    if not tight:
        return planned | ~wijk
    town = cells["region"].map(_town)
    table = pd.MultiIndex.from_arrays([town, *(cells[k] for k in kind[:3])])
    return planned | ~wijk | (single & table.isin(tight))


def _town(code: str) -> str:
    return f"GM{code[2:6]}"


def tight_tables(cells: pd.DataFrame, catalog: Catalog) -> list[Id]:
    """Tables of wijken and years whose margins come too near to a small number inside.

    A cell is at least row + column - total, and at least what does not fit in the births of the
    other years or wijken (Fréchet 1940); ``cells``: wijken and municipalities, with ``decision``.

    Returns:
        Municipality, source, indicator and definition of each table.
    """
    series = ["source", "indicator", "definition"]
    frame = cells.assign(town=cells["region"].map(_town))
    size = frame["denominator"].fillna(frame["births"])
    frame = frame.assign(size=size, one=frame["period_start"] == frame["period_end"])
    wijk, out = frame["level"] == "wijk", frame["decision"] == SHOWN
    minimum = frame["source"].map(
        {name: catalog.policies[source.policy].minimum for name, source in catalog.sources.items()}
    )
    small = frame["numerator"] < minimum
    numbers = ["numerator", "size"]

    def named(rows: pd.DataFrame, place: list[str], name: str) -> pd.DataFrame:
        return rows[[*place, *series, *numbers]].rename(columns={n: name + n for n in numbers})

    period = ["period_start", "period_end"]
    inner = frame.loc[
        wijk & frame["one"] & small, ["region", "town", *series, "period_start", *numbers]
    ]
    inner = inner.rename(columns={"period_start": "year"})
    found = inner.merge(
        named(frame[wijk & out & ~frame["one"]], ["region", *period], "row_"),
        on=["region", *series],
    )
    found = found[found["year"].between(found["period_start"], found["period_end"])]
    town = frame[~wijk & out]
    columns = named(
        town[town["one"]].rename(columns={"period_start": "year"}), ["town", "year"], "col_"
    )
    totals = named(town[~town["one"]], ["town", *period], "all_")
    found = found.merge(columns, on=["town", "year", *series], how="left")
    found = found.merge(totals, on=["town", *period, *series], how="left")
    least = pd.concat(
        [
            found["row_numerator"] - (found["row_size"] - found["size"]),
            found["col_numerator"] - (found["col_size"] - found["size"]),
            found["row_numerator"] + found["col_numerator"] - found["all_numerator"],
        ],
        axis=1,
    ).max(axis=1)
    near = found[least > found["numerator"] // 2]
    return list(near[["town", *series]].drop_duplicates().itertuples(index=False, name=None))


def _known(cells: pd.DataFrame, ids: list[Id], catalog: Catalog) -> dict[Hashable, Cell]:
    """Every cell with its count, its births and what a reader would miss.

    A figure counts by its births; one of a municipality for far more than a wijk, one of a
    coalition for more still, and the main definition of an indicator for more than another one.
    """
    main = {
        (source.id, series.indicator): series.definition
        for source in catalog.sources.values()
        for series in reversed(source.series)
    }
    weight = {"coalition": 400.0, "municipality": 20.0}
    births = cells["denominator"].fillna(cells["births"])
    loss = 1 + np.log1p(births.fillna(0.0))
    loss *= cells["level"].map(weight).fillna(1.0)
    loss *= [5.0 if main[str(cell[1]), str(cell[2])] == cell[3] else 1.0 for cell in ids]
    return {
        cell: Cell(decision, count, size, dear)
        for cell, decision, count, size, dear in zip(
            ids, cells["decision"], cells["numerator"], births, loss, strict=True
        )
    }


def _public(cells: pd.DataFrame, ids: list[Id], catalog: Catalog) -> frozenset[Hashable]:
    """Totals that the source itself publishes: withholding them would protect nothing.

    So too those of an area that is the whole country, of which the national counts tell all.
    """
    sources = {source.id for source in catalog.sources.values() if source.already_public}
    public = cells["source"].isin(sources) & (cells["level"] == "municipality")
    public |= (cells["level"] != "wijk") & (cells["denominator"] == cells["reference_n"])
    public &= cells["decision"] == SHOWN
    return frozenset(cell for cell, out in zip(ids, public, strict=True) if out)


def countries(
    cells: pd.DataFrame, ids: list[Id], secured: Secured, catalog: Catalog
) -> dict[Id, tuple[Cell, tuple[Id, ...]]]:
    """The country as a known whole, where all its municipalities are in the build.

    Its parts are the coalitions that are shown, and the municipalities outside these. Only where
    few parts are withheld, and so after everything else: with many, each can give way to others.
    The audit, which looks at all, would stop an edition in which that is not so.
    """
    shown = {cell for cell in ids if secured.decisions[cell] == SHOWN}
    together = {region_id(area): area.municipalities for area in catalog.areas.values()
                if area.is_coalition}  # fmt: skip
    found: dict[Id, tuple[Cell, tuple[Id, ...]]] = {}
    # one of which nobody tells the births has none, where those of the others are all there are
    towns = cells[(cells["level"] == "municipality") & (cells["denominator"] > 0)]
    for key, rows in towns.groupby(CELL[1:], sort=True):
        births, count = rows["reference_n"].iloc[0], rows["reference_x"].iloc[0]
        if rows["denominator"].sum() != births or not np.isfinite(count):
            continue
        left = set(rows["region"])
        parts: list[Id] = []
        for name, members in together.items():
            if (name, *key) in shown and left.issuperset(members):
                parts.append((name, *key))
                left -= set(members)
        parts += [(code, *key) for code in sorted(left)]
        # one municipality alone is the country: what the national count tells needs no protection
        if len(parts) > 1 and 0 < sum(part not in shown for part in parts) <= _FEW:
            country = (str(catalog.sources[str(key[0])].reference_region), *key)
            found[country] = Cell(SHOWN, float(count), float(births)), tuple(parts)
    return found
