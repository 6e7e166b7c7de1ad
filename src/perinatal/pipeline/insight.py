"""What the shown figures say together: effects, trends, spread, gaps, and what could be seen.

Everything here is made from cells that are shown and from national totals, never from a hidden
one: an estimate that borrows strength would let a hidden number shine through.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from perinatal.catalog import Area, Catalog, Indicator
from perinatal.pipeline.compute import region_id, rest_of
from perinatal.statistics.effects import against_reference, excess_number
from perinatal.statistics.funnel import overdispersion
from perinatal.statistics.inequality import gap_between_fifths, slope_index_of_counts
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

SERIES = ["region", "source", "indicator", "definition"]
PERIOD = ["period_start", "period_end"]
LEAST_AREAS = 10
"""Fewer areas tell nothing of their spread (Spiegelhalter 2005)."""
LEAST_POINTS = 5
_LONGEST = 30
"""Years ahead that a goal is looked for; the reader is told that it takes longer."""


def insight(
    shown: pd.DataFrame,
    cells: pd.DataFrame,
    births: pd.DataFrame,
    areas: list[Area],
    scores: pd.DataFrame,
    catalog: Catalog,
) -> dict[str, pd.DataFrame]:
    """The tables of insight of one edition.

    Args:
        shown: the cells that are shown, with counts and reference.
        cells: all cells of the build, of which only the reference is read.
        births: births that are published per region, source and period.
        scores: deprivation scores, see :func:`deprivation`.
    """
    spread, smoothed = _spread(shown, catalog)
    tables = {
        "published_effect": pd.DataFrame(_effects(shown, smoothed, catalog)),
        "published_trend": pd.DataFrame(_trends(shown, catalog)),
        "published_spread": pd.DataFrame(spread),
        "published_gap": pd.DataFrame(_gaps(shown, scores, catalog)),
        "published_sight": pd.DataFrame(_sight(cells, births, areas, catalog)),
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
    more = []
    for area, wijken in joined.items():
        rows = weighed[weighed["region"].isin(wijken)]
        for source, own in rows.groupby("source"):
            if len(own) == len(wijken) and own["births"].sum() > 0:
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
) -> Iterator[dict[str, object]]:
    compared = shown["label"] != Label.GEEN_VERGELIJKING
    usable = shown[shown["reference_estimate"].notna() & compared]
    for row in usable.to_dict("records"):
        indicator = catalog.indicators[row["indicator"]]
        per, years = row["per"], row["period_end"] - row["period_start"] + 1
        counts = (row["numerator"], row["denominator"], row["reference_estimate"] / per)
        difference, ratio = against_reference(indicator.kind, *counts)
        told: dict[str, object] = _keys(row, *PERIOD)
        for name, effect, unit in (("difference", difference, per), ("ratio", ratio, 1)):
            told[name] = _clean(effect.estimate * unit)
            told[f"{name}_lower95"] = _clean(effect.lower * unit)
            told[f"{name}_upper95"] = _clean(effect.upper * unit)
        told |= dict.fromkeys(("excess_a_year", "excess_lower95", "excess_upper95"))
        if indicator.excess and row["level"] != "wijk":
            excess = excess_number(indicator.kind, *counts, years)
            told |= {
                "excess_a_year": _clean(excess.estimate),
                "excess_lower95": _clean(excess.lower),
                "excess_upper95": _clean(excess.upper),
            }
        drawn = smoothed.get(tuple(row[name] for name in (*SERIES, *PERIOD)))
        names = ("smoothed", "smoothed_lower95", "smoothed_upper95", "chance_above")
        told |= dict(zip(names, drawn or (None,) * 4, strict=True))
        yield told


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
    whole = shown[shown["level"] != "wijk"]
    for series, rows in whole.groupby(SERIES, sort=True):
        single = rows["period_start"] == rows["period_end"]
        chosen = rows[single] if single.sum() >= LEAST_POINTS else rows[~single]
        if chosen.empty:
            chosen = rows
        chosen = chosen.sort_values("period_start")
        kind = catalog.indicators[str(series[2])].kind
        yield {**dict(zip(SERIES, series, strict=True)), **_trend(kind, chosen)}


def _trend(kind: Kind, rows: pd.DataFrame) -> dict[str, object]:
    per = float(rows["per"].iloc[0])
    x, n = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
    starts, ends = rows["period_start"].to_numpy(), rows["period_end"].to_numpy()
    own = trend(kind, x, n, starts, ends)
    beside = trend_difference(kind, x, n, *rest_of(rows), starts, ends)
    seen: tuple[float | None, ...] = (None, None, None)
    years = int(ends[-1] - starts[0] + 1)
    if own.points >= LEAST_POINTS and n.sum() > 0:
        level = x.sum() / n.sum()
        fall, rise = smallest_change(kind, n.sum() / years, level, years)
        half = (years - 1) / 2
        # the level lies in the middle of the years, so the line runs from above it to below it
        seen = (
            _clean(level * (1 - fall) ** -half * per),
            _clean(level * (1 - fall) ** half * per),
            _clean(level * (1 + rise) ** half * per),
        )
    return {
        "period_start": int(starts[0]), "period_end": int(ends[-1]), "points": own.points,
        "label": str(own.label), "certainty": own.certainty, "p_value": _clean(own.p_value),
        "yearly_change": _clean(own.yearly_change), "lower95": _clean(own.lower95),
        "upper95": _clean(own.upper95), "dispersion": _clean(own.dispersion),
        "first_figure": _clean(own.first * per), "last_figure": _clean(own.last * per),
        "beside": str(beside.label), "beside_certainty": beside.certainty,
        "beside_ratio": _clean(beside.ratio), "beside_lower95": _clean(beside.lower95),
        "beside_upper95": _clean(beside.upper95),
        "seen_from": seen[0], "seen_fall_to": seen[1], "seen_rise_to": seen[2],
    }  # fmt: skip


def _gaps(
    shown: pd.DataFrame, scores: pd.DataFrame, catalog: Catalog
) -> Iterator[dict[str, object]]:
    """The most beside the least deprived fifth of the births, in the shown wijken."""
    wijken = shown[shown["level"] == "wijk"].merge(scores, on=["source", "region"])
    parent = "GM" + wijken["region"].str[2:6]
    keys = ["source", "indicator", "definition", *PERIOD]
    for (municipality, *group), rows in wijken.groupby([parent, *keys], sort=True):
        if len(rows) < LEAST_AREAS:
            continue
        kind: Kind = catalog.indicators[str(group[1])].kind
        per = float(rows["per"].iloc[0])
        x, n = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
        order = rows["score"].to_numpy(float)
        gap = gap_between_fifths(kind, x, n, order)
        if not np.isfinite(gap.difference):
            continue  # a wijk with most of the births leaves no fifth on one side
        index = slope_index_of_counts(kind, x, n, order=order)
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
) -> Iterator[dict[str, object]]:
    """What the published births of an area could show, whatever the outcome: no count is read."""
    whole = cells[(cells["level"] != "wijk") & cells["reference_estimate"].notna()]
    newest = whole.groupby(SERIES)["period_end"].transform("max")
    pooled = whole[(whole["period_end"] == newest) & (whole["period_end"] > whole["period_start"])]
    keys = ["region", "source", *PERIOD]
    known = births.set_index(keys)["births"].to_dict()
    members = {region_id(area): area.municipalities for area in areas}
    for row in pooled.to_dict("records"):
        indicator = catalog.indicators[row["indicator"]]
        sizes = {"area": known.get(tuple(row[name] for name in keys))}
        if row["denominator"] >= row["reference_n"]:
            del sizes["area"]  # it is the country: nothing to see beside itself
        if "wijk" in indicator.levels:
            sizes["wijk"] = _middle_wijk(births, row, members.get(row["region"], ()))
        for scope, size in sizes.items():
            if size is not None:
                yield _keys(row, *PERIOD) | {"scope": scope} | _seen(indicator, row, int(size))


def _middle_wijk(
    births: pd.DataFrame, row: dict[Hashable, object], municipalities: tuple[str, ...]
) -> float | None:
    """Births in the wijk of middle size, of those whose births are published."""
    same = births["level"] == "wijk"
    for name in ("source", *PERIOD):
        same &= births[name] == row[name]
    own = births[same & ("GM" + births["region"].str[2:6]).isin(municipalities)]
    return float(np.median(own["births"])) if len(own) else None


def _seen(indicator: Indicator, row: dict[Hashable, object], births: int) -> dict[str, object]:
    per, estimate = float(str(row["per"])), float(str(row["reference_estimate"]))
    below, above = _detectable(indicator.kind, births, estimate / per)
    same = None
    if indicator.equivalence_margin is not None:
        same = _same(estimate / per, indicator.equivalence_margin)
    return {
        "births": births, "reference_estimate": estimate,
        "seen_below": _clean(below * per), "seen_above": _clean(above * per), "same_births": same,
    }  # fmt: skip


@lru_cache(maxsize=4096)
def _detectable(kind: Kind, births: int, reference: float) -> tuple[float, float]:
    below, above = minimal_detectable_difference(kind, births, reference)
    return float(below), float(above)


@lru_cache(maxsize=256)
def _same(reference: float, margin: float) -> float | None:
    return _clean(births_for_about_the_same(reference, margin))


def _goals(shown: pd.DataFrame, areas: list[Area], catalog: Catalog) -> Iterator[dict[str, object]]:
    """Years until a goal would show, from the newest block of the area that has the goal."""
    blocks = shown[shown["period_end"] > shown["period_start"]].sort_values("period_end")
    newest = blocks.drop_duplicates(SERIES, keep="last")
    for area in areas:
        for goal in area.goals:
            kind = catalog.indicators[goal.indicator].kind
            own = newest["region"].eq(region_id(area)) & newest["indicator"].eq(goal.indicator)
            for row in newest[own].to_dict("records"):
                per = float(row["per"])
                a_year = row["denominator"] / (row["period_end"] - row["period_start"] + 1)
                current = row["numerator"] / row["denominator"]
                years = years_until_seen(kind, a_year, current, goal.target / per, limit=_LONGEST)
                yield _keys(row, *PERIOD) | {
                    "current_figure": current * per, "goal": goal.target, "source_of_goal":
                    goal.source, "births_a_year": a_year, "years": _clean(years),
                }  # fmt: skip
