"""What the source of the invented country does not tell: withheld, not counted, not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perinatal.practice.country import Country
from perinatal.practice.figures import COUNTS, NEW_COUNTED, OLD_COUNTED
from perinatal.practice.places import NEW_METHOD_FROM, YEARS

Flags = NDArray[np.bool_]
_WITHHELD_BELOW = 5
_DENOMINATORS = ("geboorten", "zwangeren", "zwangeren_eerstelijn")
_DEATHS = ("overleden_24w_7d", "overleden_24w_28d")
_SOME_WIJKEN = 400
"""Of so many wijken one has births that are not known, and one has gaps in some years."""
_GAP_YEARS = slice(2, 5)
_NO_SCORE, _NO_SCORE_EARLY = 0.015, 0.08
"""Share of wijken without a score of wealth, ever and in the first years: above 5% a rule warns."""
_EARLY_YEARS = slice(0, 2)


@dataclass(frozen=True)
class Gaps:
    """Where the delivery holds no number, as year x region x ``figures.COUNTS``.

    ``scored``: year x region, whether a wijk has a score of wealth; ``delivered``: per region,
    whether it has rows at all; ``town``: place of its municipality, -1 for the country.
    """

    withheld: Flags
    missing: Flags
    scored: Flags
    delivered: Flags
    town: NDArray[np.int64]


def gaps(country: Country) -> Gaps:
    """The gaps of a country, always the same ones."""
    rng = np.random.default_rng([country.seed, 342, 3])
    regions, towns = country.regions, country.municipalities
    place = {town.code[2:]: i for i, town in enumerate(towns)}
    town = np.array([place.get(str(code)[2:6], -1) for code in regions.code], dtype=np.int64)
    silent = np.array([*(t.silent for t in towns), False])
    cautious = np.array([*(t.cautious for t in towns), False])
    undivided = np.array([*(t.undivided for t in towns), False])
    inside = np.isin(regions.level, ("wijk", "buurt"))
    delivered = ~silent[town] & ~(undivided[town] & inside)
    missing = np.zeros(country.counts.shape, dtype=bool)
    for number, year in enumerate(YEARS):
        gone = np.array([*(year in t.missing_years for t in towns), False])
        missing[number, gone[town]] = True
        absent = OLD_COUNTED if year >= NEW_METHOD_FROM else NEW_COUNTED
        missing[number][:, _columns(absent)] = True
    wijken = np.flatnonzero((regions.level == "wijk") & delivered)
    scored = np.zeros(missing.shape[:2], dtype=bool)
    scored[:, wijken] = True
    if any(t.silent for t in towns):  # in a country that is large enough for it
        _forget(rng, wijken, missing, scored)
    withheld = _withheld(country, cautious[town]) & ~missing & delivered[:, None]
    return Gaps(withheld, missing, scored, delivered, town)


def _columns(names: tuple[str, ...]) -> Flags:
    return np.isin(COUNTS, names)


def _forget(
    rng: np.random.Generator, wijken: NDArray[np.int64], missing: Flags, scored: Flags
) -> None:
    """Births, years and scores of some wijken that nobody knows."""
    few = max(1, round(len(wijken) / _SOME_WIJKEN))
    order = rng.permutation(wijken)
    missing[:, order[:few, None], _columns(_DENOMINATORS)] = True
    missing[_GAP_YEARS, order[few : 2 * few]] = True
    scored[:, order[2 * few : 2 * few + max(1, round(_NO_SCORE * len(wijken)))]] = False
    scored[_EARLY_YEARS, order[-round(_NO_SCORE_EARLY * len(wijken)) :]] = False


def _withheld(country: Country, cautious: Flags) -> Flags:
    """Small counts behind a mark: all of buurten, deaths of wijken, outcomes of some towns."""
    counts, level = country.counts, country.regions.level
    small = (counts > 0) & (counts < _WITHHELD_BELOW)
    kept = np.zeros(counts.shape[1:], dtype=bool)
    kept[level == "buurt"] = True
    kept[np.ix_(level == "wijk", _columns(_DEATHS))] = True
    kept[np.ix_(cautious, ~_columns(_DENOMINATORS))] = True
    return np.asarray(small & kept, dtype=np.bool_)
