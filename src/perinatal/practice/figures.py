"""The figures of the practice region: births and outcomes, drawn from the true rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perinatal.practice.places import (
    COUNTRY,
    INDICATORS,
    NAMES,
    NEW_METHOD_FROM,
    OVERLAP,
    TOWN,
    VILLAGE,
    WIJKEN,
    YEARS,
    births_trend,
    national_births,
    practice_truth,
)

COUNTS = (
    "geboorten",
    "te_vroeg",
    "te_licht",
    "onder_2500_gram",
    "te_vroeg_of_te_licht",
    "overleden_24w_7d",
    "overleden_24w_28d",
    "zwangeren",
    "start_na_10_weken",
    "zwangeren_eerstelijn",
    "start_na_10_weken_eerstelijn",
)
COLUMNS = ("jaar", "niveau", "regiocode", "regionaam", *COUNTS, "welvaart")
MISSING = "."

NEW_COUNTED = ("zwangeren", "start_na_10_weken")
OLD_COUNTED = ("zwangeren_eerstelijn", "start_na_10_weken_eerstelijn")
# Twins make fewer women than babies; part of the women starts with a gynaecologist.
_WOMEN_PER_BIRTH = 0.985
_FIRST_LINE = 0.86
# Chance of a birth weight under 2,500 grams for: early and small, early, small, neither.
_UNDER_2500 = (0.92, 0.45, 0.18, 0.004)

Counts = NDArray[np.int64]


def draw_counts(rng: np.random.Generator, births: Counts, rate: Mapping[str, Any]) -> Counts:
    """Draw all counts for areas; shape (areas, len(COUNTS)). Rates are of all areas or of each.

    Every column is binomial with its own true rate, while the columns keep to each other: a
    baby may be early and small, and a death in the first week is one in the first 28 days.
    """
    early, small = rate["te_vroeg"], rate["te_licht"]
    week, month = rate["overleden_24w_7d"], rate["overleden_24w_28d"]
    both_given_early = OVERLAP * (early + small) / early

    preterm = rng.binomial(births, early)
    both = rng.binomial(preterm, both_given_early)
    small_only = rng.binomial(births - preterm, (small - early * both_given_early) / (1 - early))
    groups = (both, preterm - both, small_only, births - preterm - small_only)
    light = sum(rng.binomial(n, p) for n, p in zip(groups, _UNDER_2500, strict=True))
    dead_week = rng.binomial(births, week)
    dead_month = dead_week + rng.binomial(births - dead_week, (month - week) / (1 - week))
    women = rng.binomial(births, _WOMEN_PER_BIRTH)
    first_line = rng.binomial(women, _FIRST_LINE)
    columns = (
        births,
        preterm,
        both + small_only,
        light,
        preterm + small_only,
        dead_week,
        dead_month,
        women,
        rng.binomial(women, rate["start_na_10_weken"]),
        first_line,
        rng.binomial(first_line, rate["start_na_10_weken_eerstelijn"]),
    )
    stacked: Counts = np.stack(columns, axis=-1).astype(np.int64)
    return stacked


def _elsewhere(rng: np.random.Generator, year: int) -> Counts:
    """Draw the rest of the country, so that the country as a whole has the national rates."""
    truth = practice_truth()
    country = national_births(year)
    local = {
        gm: births_trend(year) * sum(w.births for w in WIJKEN if w.municipality == gm)
        for gm in (TOWN, VILLAGE)
    }
    births = country - sum(local.values())
    rate = {}
    for name in INDICATORS:
        inside = sum(n * truth.rate(gm, name, year) for gm, n in local.items())
        rate[name] = (country * truth.rate(COUNTRY, name, year) - inside) / births
    drawn: Counts = draw_counts(rng, rng.poisson(births, size=1).astype(np.int64), rate)[0]
    return drawn


def _year(
    rng: np.random.Generator, year: int, shares: list[NDArray[np.float64]]
) -> Iterator[tuple[str, str, str, Counts]]:
    """Yield (level, code, name, counts) for one year; every level is the sum of the one below."""
    truth = practice_truth()
    buurten: list[tuple[str, str, str, Counts]] = []
    wijken: list[tuple[str, str, str, Counts]] = []
    for wijk, share in zip(WIJKEN, shares, strict=True):
        births = rng.poisson(wijk.births * births_trend(year) * share).astype(np.int64)
        drawn = draw_counts(
            rng, births, {name: truth.rate(wijk.code, name, year) for name in INDICATORS}
        )
        rows = zip(wijk.buurt_codes, wijk.buurten, drawn, strict=True)
        buurten += [("buurt", code, name, counts) for code, name, counts in rows]
        wijken.append(("wijk", wijk.code, wijk.name, drawn.sum(axis=0)))
    towns = [
        ("gemeente", gm, NAMES[gm], np.sum([c for _, w, _, c in wijken if w[2:6] == gm[2:]], 0))
        for gm in (TOWN, VILLAGE)
    ]
    country = _elsewhere(rng, year) + np.sum([counts for *_, counts in towns], axis=0)
    yield ("land", COUNTRY, NAMES[COUNTRY], country)
    yield from towns
    yield from wijken
    yield from buurten


def figures_csv(seed: int) -> str:
    """The practice delivery as text: semicolons, a header, one row per year and region.

    Counts, and the wealth score of a wijk. A column that was not counted in a year (the counting
    of the start of care changed) holds a point.
    """
    rng = np.random.default_rng([seed, 2])
    shares = [rng.dirichlet(np.full(len(w.buurten), 6.0)) for w in WIJKEN]
    wealth = {wijk.code: str(wijk.wealth) for wijk in WIJKEN}
    lines = [";".join(COLUMNS)]
    for year in YEARS:
        absent = OLD_COUNTED if year >= NEW_METHOD_FROM else NEW_COUNTED
        for level, code, name, counts in _year(rng, year, shares):
            cells = (
                MISSING if column in absent else str(int(count))
                for column, count in zip(COUNTS, counts, strict=True)
            )
            score = wealth.get(code, MISSING)
            lines.append(";".join((str(year), level, code, name, *cells, score)))
    return "\n".join(lines) + "\n"
