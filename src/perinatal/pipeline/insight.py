"""What the shown figures say together: effects, trends, spread, gaps, and what could be seen.

Everything here is made from cells that are shown and from national totals, never from a hidden
one: an estimate that borrows strength would let a hidden number shine through.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perinatal.catalog import Area, Catalog
from perinatal.pipeline.compute import region_id, rest_of
from perinatal.statistics.effects import against_reference, excess_number
from perinatal.statistics.funnel import overdispersion
from perinatal.statistics.inequality import SlopeIndex, gap_between_fifths, slope_index_of_counts
from perinatal.statistics.kinds import Kind
from perinatal.statistics.labels import Label
from perinatal.statistics.power import (
    births_for_about_the_same,
    minimal_detectable_difference,
    years_until_seen,
)
from perinatal.statistics.shrinkage import fit_beta_binomial, fit_gamma_poisson
from perinatal.statistics.trend import trend
from perinatal.statistics.trend_difference import trend_difference
from perinatal.statistics.trend_power import smallest_change
from perinatal.workers import spread

Floats = NDArray[np.float64]
_Points = tuple[Kind, Floats, Floats, Floats, Floats, Floats, Floats, Floats]
"""A series: kind, per, counts, those of the country, first and last year of each period."""
SERIES = ["region", "source", "indicator", "definition"]
PERIOD = ["period_start", "period_end"]
LEAST_AREAS = 10
"""Fewer areas tell nothing of their spread (Spiegelhalter 2005)."""
LEAST_POINTS = 5
_EFFECTS = tuple(
    f"{name}{limit}"
    for name, limits in (
        ("difference", ("", "_lower95", "_upper95")),
        ("ratio", ("", "_lower95", "_upper95")),
        ("excess", ("_a_year", "_lower95", "_upper95")),
    )
    for limit in limits
)
_NOT_DRAWN = (np.nan,) * 4
_MANY = 60
"""Gaps from which more processes win more than their start takes."""
_LONGEST = 30
"""Years ahead that a goal is looked for; the reader is told that it takes longer."""


def insight(
    shown: pd.DataFrame,
    cells: pd.DataFrame,
    births: pd.DataFrame,
    areas: list[Area],
    scores: pd.DataFrame,
    catalog: Catalog,
    workers: int = 1,
) -> dict[str, pd.DataFrame]:
    """The tables of insight of one edition.

    Args:
        shown: the cells that are shown, with counts and reference.
        cells: all cells of the build, of which only the reference is read.
        births: births that are published per region, source and period.
        scores: deprivation scores, see :func:`deprivation`.
        workers: processes at once.
    """
    spread, smoothed = _spread(shown, catalog)
    tables = {
        "published_effect": _effects(shown, smoothed, catalog),
        "published_trend": pd.DataFrame(_trends(shown, catalog)),
        "published_spread": pd.DataFrame(spread),
        "published_gap": pd.DataFrame(_gaps(shown, scores, catalog, workers)),
        "published_sight": _sight(cells, births, areas, catalog),
        "published_goal": pd.DataFrame(_goals(shown, areas, catalog)),
    }
    return {name: frame for name, frame in tables.items() if len(frame)}


def deprivation(observations: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    """The newest deprivation score of each region, 1 for most deprived: source, region, rank."""
    parts = []
    for source in catalog.sources.values():
        if source.order is None:
            continue
        own = observations[
            (observations["source"] == source.id)
            & (observations["variable"] == source.order.variable)
        ].dropna(subset=["value"])
        newest = own.sort_values("period_end").drop_duplicates("region", keep="last")
        sign = 1.0 if source.order.most_deprived == "lowest" else -1.0
        parts.append(newest[["source", "region"]].assign(score=sign * newest["value"]))
    columns = ["source", "region", "score"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def joined_scores(
    scores: pd.DataFrame, cells: pd.DataFrame, joined: dict[str, list[str]]
) -> pd.DataFrame:
    """The scores with those of joined areas: the mean of their wijken, weighed by births.

    An area with a wijk without score or births has none.
    """
    births = cells[cells["births"].notna()].drop_duplicates(["source", "region"], keep="last")
    weighed = scores.merge(births[["source", "region", "births"]], on=["source", "region"])
    parts = [(wijk, area) for area, wijken in joined.items() for wijk in wijken]
    inside = weighed.merge(pd.DataFrame(parts, columns=pd.Index(["region", "area"])), on="region")
    more = []
    for (area, source), own in inside.groupby(["area", "source"]):
        if len(own) == len(joined[str(area)]) and own["births"].sum() > 0:
            mean = float(np.average(own["score"], weights=own["births"]))
            more.append({"source": source, "region": area, "score": mean})
    return pd.concat([scores, pd.DataFrame(more)], ignore_index=True) if more else scores


def _keys(row: dict[Hashable, object], *more: str) -> dict[str, object]:
    return {name: row[name] for name in (*SERIES, *more)}


def _clean(value: object) -> float | None:
    """A number for the database; None for what could not be calculated."""
    number = float(value)  # type: ignore[arg-type]  # numpy scalars and 0-d arrays
    return number if np.isfinite(number) else None


def _effects(
    shown: pd.DataFrame,
    smoothed: dict[tuple[object, ...], tuple[float, float, float, float]],
    catalog: Catalog,
) -> pd.DataFrame:
    compared = shown["label"] != Label.GEEN_VERGELIJKING
    usable = shown[shown["reference_estimate"].notna() & compared]
    per = usable["per"].to_numpy()
    x, n = usable["numerator"].to_numpy(float), usable["denominator"].to_numpy(float)
    reference = usable["reference_estimate"].to_numpy(float) / per
    years = (usable["period_end"] - usable["period_start"]).to_numpy() + 1
    told = {name: np.full(len(usable), np.nan) for name in _EFFECTS}
    kinds = usable["indicator"].map({i.id: i.kind for i in catalog.indicators.values()})
    counting = {i.id for i in catalog.indicators.values() if i.excess}
    counted = (usable["indicator"].isin(counting) & (usable["level"] != "wijk")).to_numpy()
    for kind in kinds.unique():
        rows = (kinds == kind).to_numpy()
        difference, ratio = against_reference(kind, x[rows], n[rows], reference[rows])
        some = rows & counted
        excess = excess_number(kind, x[some], n[some], reference[some], years[some])
        for names, effect, at, unit in (
            (_EFFECTS[:3], difference, rows, per[rows]),
            (_EFFECTS[3:6], ratio, rows, 1),
            (_EFFECTS[6:], excess, some, 1),
        ):
            values = effect.estimate, effect.lower, effect.upper
            for name, value in zip(names, values, strict=True):
                told[name][at] = np.where(np.isfinite(value), value * unit, np.nan)
    keys = usable[[*SERIES, *PERIOD]]
    drawn = [smoothed.get(key, _NOT_DRAWN) for key in keys.itertuples(index=False, name=None)]
    names = ("smoothed", "smoothed_lower95", "smoothed_upper95", "chance_above")
    told |= dict(zip(names, np.array(drawn, dtype=float).reshape(-1, 4).T, strict=True))
    return keys.assign(**told)


def _spread(
    shown: pd.DataFrame, catalog: Catalog
) -> tuple[list[dict[str, object]], dict[tuple[object, ...], tuple[float, float, float, float]]]:
    """The spread between the wijken of each municipality, and each wijk drawn towards the rest."""
    wijken = shown[shown["level"] == "wijk"]
    parent = "GM" + wijken["region"].str[2:6]
    found: list[dict[str, object]] = []
    smoothed: dict[tuple[object, ...], tuple[float, float, float, float]] = {}
    keys = ["source", "indicator", "definition", *PERIOD]
    for (municipality, *group), rows in wijken.groupby([parent, *keys], sort=True):
        if len(rows) < LEAST_AREAS:
            continue
        kind: Kind = catalog.indicators[str(group[1])].kind
        per = float(rows["per"].iloc[0])
        x, n = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
        fit = (fit_beta_binomial if kind == "proportion" else fit_gamma_poisson)(x, n)
        lower, upper = fit.true_range(0.90)
        expected = n * x.sum() / n.sum()
        if kind == "proportion":
            diagnostic = overdispersion("proportion", x, n)
        else:
            diagnostic = overdispersion("log_ratio", x, expected)
        found.append({
            "region": municipality, **dict(zip(keys, group, strict=True)), "areas": len(rows),
            "p_value": fit.p_value, "phi": _clean(diagnostic.phi), "tau2": _clean(diagnostic.tau2),
            "middle_lower": lower * per, "middle_upper": upper * per,
        })  # fmt: skip
        estimate = fit.estimate(x, n) * per
        low, high = (limit * per for limit in fit.interval(x, n))
        above = fit.chance_above(x, n, rows["reference_estimate"].to_numpy(float) / per)
        for place, region in enumerate(rows["region"]):
            smoothed[(region, *group)] = (
                float(estimate[place]), float(low[place]), float(high[place]), float(above[place]),
            )  # fmt: skip
    return found, smoothed


def _trends(shown: pd.DataFrame, catalog: Catalog) -> Iterator[dict[str, object]]:
    """One row per series of a municipality or coalition, on single years or else on blocks."""
    whole = shown[shown["level"] != "wijk"].sort_values([*SERIES, "period_start"])
    single = whole["period_start"] == whole["period_end"]
    singles = single.groupby([whole[name] for name in SERIES]).transform("sum")
    alone = singles.groupby([whole[name] for name in SERIES]).transform("size") == singles
    chosen = whole[np.where(singles >= LEAST_POINTS, single, ~single | alone)]
    if chosen.empty:
        return
    kinds = {i.id: i.kind for i in catalog.indicators.values()}
    rest_x, rest_n = rest_of(chosen)
    rests = chosen.assign(rest_x=rest_x, rest_n=rest_n)
    columns = ["per", "numerator", "denominator", "rest_x", "rest_n", *PERIOD]
    values = rests[columns].to_numpy(float)
    firsts = np.flatnonzero(~chosen.duplicated(SERIES))
    series = chosen[SERIES].iloc[firsts].to_dict("records")
    points = [
        (kinds[str(key["indicator"])], *np.ascontiguousarray(own.T))
        for key, own in zip(series, np.split(values, firsts[1:]), strict=True)
    ]
    seen = _seen_changes(points)
    for key, own, lines in zip(series, points, seen, strict=True):
        yield {**_keys(key), **_trend(*own), **lines}


def _trend(
    kind: Kind, pers: Floats, x: Floats, n: Floats, rest_x: Floats, rest_n: Floats,
    starts: Floats, ends: Floats,
) -> dict[str, object]:  # fmt: skip
    per = float(pers[0])
    own = trend(kind, x, n, starts, ends)
    beside = trend_difference(kind, x, n, rest_x, rest_n, starts, ends)
    return {
        "period_start": int(starts[0]), "period_end": int(ends[-1]), "points": own.points,
        "label": str(own.label), "certainty": own.certainty, "p_value": _clean(own.p_value),
        "yearly_change": _clean(own.yearly_change), "lower95": _clean(own.lower95),
        "upper95": _clean(own.upper95), "dispersion": _clean(own.dispersion),
        "first_figure": _clean(own.first * per), "last_figure": _clean(own.last * per),
        "beside": str(beside.label), "beside_certainty": beside.certainty,
        "beside_ratio": _clean(beside.ratio), "beside_lower95": _clean(beside.lower95),
        "beside_upper95": _clean(beside.upper95),
    }  # fmt: skip


def _seen_changes(points: list[_Points]) -> list[dict[str, object]]:
    """The fall and the rise that each series could show: from which level, and to which."""
    found: list[dict[str, object]] = [
        dict.fromkeys(("seen_from", "seen_fall_to", "seen_rise_to")) for _ in points
    ]
    alike: dict[tuple[Kind, int], list[int]] = defaultdict(list)
    for place, (kind, _, x, n, _, _, starts, ends) in enumerate(points):
        if np.sum(np.isfinite(x) & (n > 0)) >= LEAST_POINTS:
            alike[kind, int(ends[-1] - starts[0] + 1)].append(place)
    for (kind, years), places in alike.items():
        births = np.array([points[place][3].sum() for place in places])
        level = np.array([points[place][2].sum() for place in places]) / births
        half = (years - 1) / 2
        for place, at, *steps in zip(
            places, level, *smallest_change(kind, births / years, level, years), strict=True
        ):
            per = float(points[place][1][0])
            fall, rise = steps
            # the level lies in the middle of the years, so the line runs from above it to below it
            found[place] = {
                "seen_from": _clean(at * (1 - fall) ** -half * per),
                "seen_fall_to": _clean(at * (1 - fall) ** half * per),
                "seen_rise_to": _clean(at * (1 + rise) ** half * per),
            }
    return found


def _gaps(
    shown: pd.DataFrame, scores: pd.DataFrame, catalog: Catalog, workers: int
) -> Iterator[dict[str, object]]:
    """The most beside the least deprived fifth of the births, in the shown wijken."""
    wijken = shown[shown["level"] == "wijk"].merge(scores, on=["source", "region"])
    parent = "GM" + wijken["region"].str[2:6]
    keys = ["source", "indicator", "definition", *PERIOD]
    groups = []
    indices: list[Callable[[], SlopeIndex]] = []
    for (municipality, *group), rows in wijken.groupby([parent, *keys], sort=True):
        if len(rows) < LEAST_AREAS:
            continue
        kind: Kind = catalog.indicators[str(group[1])].kind
        x, n = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
        order = rows["score"].to_numpy(float)
        gap = gap_between_fifths(kind, x, n, order)
        if not np.isfinite(gap.difference):
            continue  # a wijk with most of the births leaves no fifth on one side
        groups.append((municipality, group, rows, kind, x, n, gap))
        indices.append(partial(slope_index_of_counts, kind, x, n, order=order))
    found = spread(operator.call, indices, workers, at_least=_MANY)
    for (municipality, group, rows, kind, x, n, gap), index in zip(groups, found, strict=True):
        per = float(rows["per"].iloc[0])
        for side, fifth in (("most", 1), ("least", 5)):
            inside = gap.fifth == fifth
            events, births = x[inside].sum(), n[inside].sum()
            figure, _ = against_reference(kind, events, births, 0.0)
            yield {
                "region": municipality, **dict(zip(keys, group, strict=True)), "side": side,
                "areas": sorted(rows["region"].to_numpy()[inside]),
                "numerator": int(events), "denominator": int(births),
                "estimate": float(figure.estimate) * per, "lower95": float(figure.lower) * per,
                "upper95": float(figure.upper) * per, "difference": gap.difference * per,
                "difference_lower95": gap.difference_lower * per,
                "difference_upper95": gap.difference_upper * per,
                "slope_index": _clean(index.sii.estimate * per),
                "slope_index_lower95": _clean(index.sii.lower95 * per),
                "slope_index_upper95": _clean(index.sii.upper95 * per),
                "relative_index": _clean(index.rii.estimate),
            }  # fmt: skip


def _sight(
    cells: pd.DataFrame, births: pd.DataFrame, areas: list[Area], catalog: Catalog
) -> pd.DataFrame:
    """What the published births of an area could show, whatever the outcome: no count is read."""
    whole = cells[(cells["level"] != "wijk") & cells["reference_estimate"].notna()]
    newest = whole.groupby(SERIES)["period_end"].transform("max")
    pooled = whole[(whole["period_end"] == newest) & (whole["period_end"] > whole["period_start"])]
    # the country itself: nothing to see beside itself
    whole_of_it = (pooled["denominator"] >= pooled["reference_n"]).to_numpy()
    pooled = pooled[[*SERIES, *PERIOD, "per", "reference_estimate"]].reset_index(drop=True)
    keys = ["region", "source", *PERIOD]
    per_wijk = {i.id for i in catalog.indicators.values() if "wijk" in i.levels}
    sizes = [
        (row.merge(known, on=keys, how="inner").set_index("row"), scope)
        for row, known, scope in (
            (pooled.assign(row=pooled.index)[~whole_of_it], births[[*keys, "births"]], "area"),
            (
                pooled.assign(row=pooled.index)[pooled["indicator"].isin(per_wijk)],
                _middle_wijken(births, areas), "wijk",
            ),
        )
    ]  # fmt: skip
    found = pd.concat([frame.assign(scope=scope) for frame, scope in sizes])
    found = found.sort_index(kind="stable").reset_index(drop=True)
    if found.empty:
        return found
    return _seen(found, catalog)


def _middle_wijken(births: pd.DataFrame, areas: list[Area]) -> pd.DataFrame:
    """Births in the wijk of middle size of each area, of those whose births are published."""
    wijken = births[births["level"] == "wijk"]
    towns = pd.DataFrame(
        [(code, region_id(area)) for area in areas for code in area.municipalities],
        columns=pd.Index(["town", "of"]),
    )
    wijken = wijken.assign(town="GM" + wijken["region"].str[2:6]).merge(towns, on="town")
    middle = wijken.groupby(["of", "source", *PERIOD])["births"].median()
    return middle.rename_axis(index={"of": "region"}).reset_index()


def _seen(rows: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    per, estimate = rows["per"].to_numpy(), rows["reference_estimate"].to_numpy(float)
    births, reference = rows["births"].astype("int64").to_numpy(), estimate / per
    told = {name: np.full(len(rows), np.nan) for name in ("seen_below", "seen_above")}
    kinds = rows["indicator"].map({i.id: i.kind for i in catalog.indicators.values()})
    for kind in kinds.unique():
        at = (kinds == kind).to_numpy()
        limits = minimal_detectable_difference(kind, births[at], reference[at])
        for name, limit in zip(told, limits, strict=True):
            told[name][at] = limit * per[at]
    margins = [catalog.indicators[name].equivalence_margin for name in rows["indicator"]]
    same = [
        None if margin is None else _same(float(level), margin)
        for level, margin in zip(reference, margins, strict=True)
    ]
    return rows[[*SERIES, *PERIOD, "scope"]].assign(
        births=births, reference_estimate=estimate, **told, same_births=np.array(same, dtype=float)
    )


@lru_cache(maxsize=256)
def _same(reference: float, margin: float) -> float | None:
    return _clean(births_for_about_the_same(reference, margin))


def _goals(shown: pd.DataFrame, areas: list[Area], catalog: Catalog) -> Iterator[dict[str, object]]:
    """Years until a goal would show, from the newest block of the area that has the goal."""
    blocks = shown[shown["period_end"] > shown["period_start"]].sort_values("period_end")
    with_goals = {region_id(area) for area in areas if area.goals}
    newest = blocks[blocks["region"].isin(with_goals)].drop_duplicates(SERIES, keep="last")
    own: dict[tuple[str, str], list[dict[Hashable, Any]]] = defaultdict(list)
    for row in newest.to_dict("records"):
        own[str(row["region"]), str(row["indicator"])].append(row)
    for area in areas:
        for goal in area.goals:
            kind = catalog.indicators[goal.indicator].kind
            for row in own[region_id(area), goal.indicator]:
                per = float(row["per"])
                a_year = row["denominator"] / (row["period_end"] - row["period_start"] + 1)
                current = row["numerator"] / row["denominator"]
                years = years_until_seen(kind, a_year, current, goal.target / per, limit=_LONGEST)
                yield _keys(row, *PERIOD) | {
                    "current_figure": current * per, "goal": goal.target, "source_of_goal":
                    goal.source, "births_a_year": a_year, "years": _clean(years),
                }  # fmt: skip
