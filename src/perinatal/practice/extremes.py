"""The areas of an invented country that differ most, chosen by what can be counted of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from perinatal.catalog import Area
from perinatal.practice.country import Country, Municipality
from perinatal.practice.country_gaps import Gaps
from perinatal.regions import display_name

SAMPLE = 30
_NEEDED = 57
"""Births a year, about, for a figure of a wijk: 20 children born too early in five years."""


@dataclass(frozen=True)
class Facts:
    """What is known beforehand of one area.

    ``names``: of its municipalities and of their wijken on the map; ``wijken``: how many those
    are; ``withheld``, ``unborn``, ``unscored``: cells that the source withholds, wijken whose
    births are never known, wijken without a score in some year; ``shared``: members that are in
    another coalition too.
    """

    area: Area
    towns: tuple[Municipality, ...]
    wijken: tuple[str, ...]
    withheld: int
    unborn: int
    unscored: int
    shared: int
    impossible: str

    @property
    def alone(self) -> bool:
        return len(self.towns) == 1

    @property
    def births(self) -> float:
        return sum(town.births for town in self.towns)

    @property
    def names(self) -> tuple[str, ...]:
        return (*(town.name for town in self.towns), *self.wijken)

    def named(self, pattern: str) -> float:
        """How many of its names hold something, beside those that do not."""
        return sum(bool(re.search(pattern, name)) for name in self.names) / len(self.names)


def _equal(facts: Facts) -> int:
    """How often the name comes that most of its municipalities have for a wijk."""
    inside = [{display_name(w.name) for w in town.wijken} for town in facts.towns if town.mapped]
    return max(Counter(name for names in inside for name in names).values(), default=0)


_CRITERIA: dict[str, Callable[[Facts], float]] = {
    "most_births": lambda f: f.births * f.alone,
    "fewest_births": lambda f: f.alone / f.births,
    "most_wijken": lambda f: len(f.wijken) * f.alone,
    "one_wijk": lambda f: f.births * f.alone * (len(f.wijken) == 1),
    "wijken_all_too_small": lambda f: len(f.wijken) * f.alone * (f.births < _NEEDED),
    "no_wijken_on_the_map": lambda f: f.births * f.alone * (not f.wijken),
    "wijken_not_delivered": lambda f: len(f.wijken) * f.alone * f.towns[0].undivided,
    "most_buurten": lambda f: f.alone * sum(len(w.buurten) for t in f.towns for w in t.wijken),
    "longest_name": lambda f: f.alone * len(f.towns[0].name),
    "longest_wijk_name": lambda f: max(map(len, f.wijken), default=0),
    "digit_at_the_end": lambda f: f.named(r"\d$"),
    "a_number_for_a_name": lambda f: f.named(r"^(Wijk \d\d:? )?(?!Wijk)(\w+ )?[\d.,]+$"),
    "apostrophe": lambda f: f.alone * ("'" in f.towns[0].name) * f.births,
    "lower_case_in_brackets": lambda f: f.alone * f.named(r"\(o\)"),
    "province_in_brackets": lambda f: f.alone * bool(re.search(r"\([A-Z]\.\)", f.towns[0].name)),
    "slash_or_ampersand": lambda f: f.named("[/&]"),
    "punctuation": lambda f: f.named(r"[:,]|\w\."),
    "diacritic": lambda f: f.named("[^\x00-\x7f]"),
    "equal_names": lambda f: _equal(f) * (not f.alone),
    "wijk_named_as_municipality": lambda f: (
        f.alone * (f.towns[0].name in map(display_name, f.wijken))
    ),
    "coalition_of_two": lambda f: f.births * (len(f.towns) == 2),
    "largest_coalition": lambda f: len(f.towns) - 1,
    "overlapping_coalitions": lambda f: f.shared / len(f.towns),
    "withheld_cells": lambda f: f.alone * f.withheld,
    "missing_years": lambda f: f.alone * len(f.towns[0].missing_years),
    "last_year_missing": lambda f: f.alone * (2025 in f.towns[0].missing_years),
    "births_unknown": lambda f: f.alone * f.unborn,
    "score_unknown": lambda f: f.alone * f.unscored,
    "member_without_figures": lambda f: sum(t.silent for t in f.towns) / len(f.towns),
    "no_figures": lambda f: f.impossible == "no_figures",
}
"""What an area is chosen for -> how much it has of it; nothing for 0."""


def extremes(country: Country, lacks: Gaps, count: int = SAMPLE) -> dict[str, list[str]]:
    """Ids of areas that differ most -> what each is chosen for.

    One for every criterion that holds somewhere; then, up to ``count``, others in even steps from
    the fewest births to the most.
    """
    every = _facts(country, lacks)
    chosen: dict[str, list[str]] = {}
    for name, measure in _CRITERIA.items():
        # what cannot be made is chosen for that alone; of equals one that is not in yet
        fitting = [f for f in every if f.impossible in ("", name)]
        best = max(fitting, key=lambda f: (measure(f), f.area.id not in chosen))
        if measure(best) > 0:
            chosen.setdefault(best.area.id, []).append(name)
    rest = sorted((f for f in every if f.area.id not in chosen), key=lambda f: f.births)
    lacking = min(count - len(chosen), len(rest))
    for place in np.linspace(0, len(rest) - 1, max(lacking, 0)).round().astype(int).tolist():
        chosen[rest[place].area.id] = ["by_births"]
    return chosen


def _facts(country: Country, lacks: Gaps) -> list[Facts]:
    towns = {town.code: town for town in country.municipalities}
    place = {town.code: number for number, town in enumerate(country.municipalities)}
    inside, wijk = lacks.town >= 0, country.regions.level == "wijk"

    def per_town(cells: np.ndarray) -> np.ndarray:
        return np.bincount(lacks.town[inside], cells[inside], minlength=len(towns)).astype(int)

    withheld = per_town(lacks.withheld.sum(axis=(0, 2)))
    unborn = per_town(wijk & lacks.missing[:, :, 0].all(axis=0))
    unscored = per_town(wijk & lacks.delivered & ~lacks.scored.all(axis=0))
    coalitions = [set(a.municipalities) for a in country.areas if a.is_coalition]

    def of(area: Area) -> Facts:
        members = tuple(towns[code] for code in area.municipalities)
        places = [place[code] for code in area.municipalities]
        return Facts(
            area=area,
            towns=members,
            wijken=tuple(w.name for town in members if town.mapped for w in town.wijken),
            withheld=int(withheld[places].sum()),
            unborn=int(unborn[places].sum()),
            unscored=int(unscored[places].sum()),
            shared=_shared(set(area.municipalities), coalitions) if area.is_coalition else 0,
            impossible=country.impossible.get(area.id, ""),
        )

    return [of(area) for area in country.areas]


def _shared(members: set[str], coalitions: Sequence[set[str]]) -> int:
    others = [other for other in coalitions if other != members]
    return len(members & set().union(*others))
