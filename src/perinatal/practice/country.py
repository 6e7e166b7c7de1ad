"""An invented country: its municipalities, wijken, buurten and coalitions, and what is counted.

No municipality of it exists and none resembles a real one; only sizes, names and gaps spread as
they do in the Netherlands: 342 municipalities, some 3,150 wijken, some 160,000 births a year.
Everything follows from the seed. The frames of ``national`` and the files of ``country_files`` are
made of the same counts.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perinatal.catalog import Area
from perinatal.catalog.models import Goal
from perinatal.practice.country_names import QUIET, buurt_names, municipality_names, wijk_names
from perinatal.practice.figures import COUNTS, Counts, draw_counts
from perinatal.practice.places import (
    COUNTRY,
    INDICATORS,
    NAMES,
    YEARS,
    births_trend,
    practice_truth,
)
from perinatal.regions import display_name

MUNICIPALITIES = 342
BOUNDARY_YEAR = 2022
_BIRTHS, _BIRTHS_SPREAD, _FEWEST_BIRTHS, _TOWN_BIRTHS = 310, 0.95, 14, 1_200
_PER_WIJK, _LARGEST = 54, 66
_QUIET_BIRTHS = 0.02
_TOWN_SPREAD, _WIJK_SPREAD = 0.08, 0.12
_WITH_BUURTEN = 20 / 342
_BUURTEN = (2, 4)
_SOME = 17
"""Of so many municipalities one has each thing that sets it apart."""
_FEW = 8
"""Below so many municipalities nothing sets any apart: each is wanted with all its figures."""
_UNKNOWN_WIJK, _UNKNOWN_TOWN = 0.004, 0.001
_SIZES = (14, 2, 9, 3, 12, 5, 7, 4, 13, 6, 10, 8, 11)
_ACROSS = 8
"""After so many coalitions one lies across the border of two of them."""


@dataclass(frozen=True)
class Wijk:
    """``births``: expected a year; ``factor``: true rate relative to the country; ``wealth``: 0
    to 100."""

    code: str
    name: str
    births: float
    factor: float
    wealth: int
    buurten: tuple[str, ...]
    """Names; the code follows from the place."""

    def buurt_codes(self) -> list[str]:
        return [f"BU{self.code[2:]}{i:02d}" for i in range(len(self.buurten))]


@dataclass(frozen=True)
class Municipality:
    """A municipality with what its deliveries lack.

    ``mapped``: its wijken stand on the map; ``undivided``: they do, and no figure of them is
    delivered; ``silent``: it delivers nothing; ``cautious``: its small counts are withheld;
    ``missing_years``: years without a figure.
    """

    code: str
    name: str
    wijken: tuple[Wijk, ...]
    mapped: bool = True
    undivided: bool = False
    silent: bool = False
    cautious: bool = False
    missing_years: tuple[int, ...] = ()

    @property
    def births(self) -> float:
        return sum(wijk.births for wijk in self.wijken)


@dataclass(frozen=True)
class Regions:
    """All regions that are counted, from the country down; ``level`` as a source writes it."""

    code: NDArray[np.str_]
    name: NDArray[np.str_]
    level: NDArray[np.str_]


@dataclass(frozen=True)
class Country:
    """The country; ``municipalities`` in the order of their codes, neighbours mostly side by side.

    ``areas``: what startfoto's are about: each municipality, and the coalitions.
    """

    seed: int
    municipalities: tuple[Municipality, ...]

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        return tuple(_areas(self.municipalities))

    @cached_property
    def impossible(self) -> dict[str, str]:
        """Areas that no startfoto can be made of, known beforehand -> why.

        ``no_figures``: nothing is delivered about any municipality of it. A coalition of which one
        member delivers nothing still has the figures of the others.
        """
        silent = {town.code for town in self.municipalities if town.silent}
        return {
            area.id: "no_figures" for area in self.areas if silent.issuperset(area.municipalities)
        }

    @cached_property
    def regions(self) -> Regions:
        return _regions(self.municipalities)

    @cached_property
    def counts(self) -> Counts:
        """What is counted: year x region x ``figures.COUNTS``. No region or source hides any."""
        return _counts(self)


def invent(seed: int = 1, municipalities: int = MUNICIPALITIES) -> Country:
    """A country of so many municipalities; of one, which is then the whole country."""
    rng = np.random.default_rng([seed, 342, 0])
    # by itself it is a town, so that there are figures to speak of
    middle = _BIRTHS if municipalities > 1 else _TOWN_BIRTHS
    size = rng.lognormal(np.log(middle), _BIRTHS_SPREAD * (municipalities > 1), municipalities)
    if municipalities >= _FEW:
        size[size.argmin()] = _FEWEST_BIRTHS
    # a village may have as many wijken as it has kernels, however few are born there
    many = size / _PER_WIJK * rng.lognormal(0, 0.3, len(size)) + rng.exponential(0.8, len(size))
    many = np.clip(np.round(many), 1, _LARGEST)
    names = municipality_names(rng, municipalities)
    wijken = wijk_names(rng, names, many.astype(int).tolist())
    buurten = _with_buurten(rng, many)
    towns = [
        Municipality(code, name, _wijken(rng, code, births, own, place in buurten))
        for place, (code, name, births, own) in enumerate(
            zip(_codes(municipalities), names, size.tolist(), wijken, strict=True)
        )
    ]
    return Country(seed, tuple(_set_apart(rng, towns)))


def _codes(count: int) -> list[str]:
    return [f"GM9{number:03d}" for number in range(1, count + 1)]


def _with_buurten(rng: np.random.Generator, many: NDArray[np.float64]) -> set[int]:
    """Places of the municipalities with buurten: mostly the largest, and some others."""
    wanted = max(1, round(_WITH_BUURTEN * len(many)))
    order = np.argsort(-many, kind="stable").tolist()
    largest, others = order[: wanted - wanted // 5], order[wanted - wanted // 5 :]
    return {*largest, *rng.permutation(others)[: wanted // 5].tolist()}


def _wijken(
    rng: np.random.Generator, code: str, births: float, names: Sequence[str], buurten: bool
) -> tuple[Wijk, ...]:
    share = rng.dirichlet(np.full(len(names), 3.0))
    quiet = [display_name(name).startswith(QUIET) for name in names]
    share[quiet] *= _QUIET_BIRTHS
    share /= share.sum()
    town = rng.normal(0.0, _TOWN_SPREAD)
    own = rng.normal(0.0, _WIJK_SPREAD, len(names))
    wealth = np.clip(np.round(50 - 120 * (town + own) + rng.normal(0, 12, len(names))), 0, 100)
    many = rng.integers(_BUURTEN[0], _BUURTEN[1] + 1, len(names)) * buurten
    inside = buurt_names(rng, [display_name(name) for name in names], many.tolist())
    return tuple(
        Wijk(
            f"WK{code[2:]}{i:02d}", name, float(births * share[i]), float(np.exp(town + own[i])),
            int(wealth[i]), inside[i],
        )
        for i, name in enumerate(names)
    )  # fmt: skip


def _set_apart(rng: np.random.Generator, towns: list[Municipality]) -> list[Municipality]:
    """The municipalities, some of them with what their deliveries or their map lack."""
    if len(towns) < _FEW:
        return towns
    births = [town.births for town in towns]
    ends = {int(np.argmin(births)), int(np.argmax(births))}
    plain = [i for i, t in enumerate(towns) if i not in ends and not t.wijken[0].buurten]
    order = iter(rng.permutation(plain).tolist())
    some, few = max(1, round(len(towns) / _SOME)), max(1, round(len(towns) / _SOME / 10))
    for number, what in (
        (some, {"mapped": False}),
        (few, {"undivided": True}),
        (few, {"silent": True}),
        (some, {"cautious": True}),
        (few, {"missing_years": YEARS[:2]}),
        (few, {"missing_years": (YEARS[-1],)}),
        (few, {"missing_years": (YEARS[3], YEARS[7])}),
    ):
        for place in itertools.islice(order, number):
            towns[place] = replace(towns[place], **what)
    return towns


def _areas(towns: Sequence[Municipality]) -> Iterator[Area]:
    """An area for each municipality, coalitions of neighbours, and some across their borders."""
    for number, town in enumerate(towns):
        goal = Goal(indicator="vroeggeboorte", target=7.0, source="verzonnen coalitieakkoord")
        yield _area(town.name, [town], goals=() if number % 5 else (goal,))
    sizes = itertools.cycle([n for n in _SIZES if n <= max(2, len(towns) // 3)])
    first, before = 0, towns[:0]
    for number in itertools.count():
        group = towns[first : first + next(sizes)]
        if len(group) < 2:
            return
        name = f"Regio {group[0].name}"
        yield _area(" en ".join(t.name for t in group) if len(group) == 2 else name, group)
        if number % _ACROSS == 1:
            yield _area(f"{group[0].name} en omgeving", [*before[-2:], *group[:2]])
        first, before = first + len(group), group


def _area(name: str, towns: Sequence[Municipality], **more: Any) -> Area:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return Area(
        id=re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-"),
        name=name,
        municipalities=tuple(town.code for town in towns),
        boundary_year=BOUNDARY_YEAR,
        **more,
    )


def _regions(towns: Sequence[Municipality]) -> Regions:
    wijken = [wijk for town in towns if town.mapped for wijk in town.wijken]
    rows = [(COUNTRY, NAMES[COUNTRY], "land")]
    rows += [(town.code, town.name, "gemeente") for town in towns]
    rows += [(wijk.code, wijk.name, "wijk") for wijk in wijken]
    rows += [
        (code, name, "buurt")
        for wijk in wijken
        for code, name in zip(wijk.buurt_codes(), wijk.buurten, strict=True)
    ]
    return Regions(*(np.array(column) for column in zip(*rows, strict=True)))


def _smallest(country: Country) -> Iterator[tuple[float, float, list[str]]]:
    """Births a year, true factor and regions around of all that lies in no smaller part.

    That are buurten and wijken, and births whose wijk or municipality nobody knows: for them parts
    are a little less than their whole.
    """
    towns = country.municipalities
    for town in towns:
        around = [COUNTRY, town.code]
        for wijk in town.wijken:
            inside = [*around, wijk.code] if town.mapped else around
            codes = wijk.buurt_codes() if town.mapped else []
            for code in codes:
                yield wijk.births / len(codes), wijk.factor, [*inside, code]
            if not codes:
                yield wijk.births, wijk.factor, inside
        if town.mapped:
            yield town.births * _UNKNOWN_WIJK, 1.0, around
    if len(towns) > 1:
        yield sum(town.births for town in towns) * _UNKNOWN_TOWN, 1.0, [COUNTRY]


def _counts(country: Country) -> Counts:
    rng = np.random.default_rng([country.seed, 342, 1])
    truth = practice_truth()
    place = {str(code): i for i, code in enumerate(country.regions.code)}
    births, factor, around = zip(*_smallest(country), strict=True)
    unit = np.repeat(np.arange(len(births)), [len(codes) for codes in around])
    region = np.array([place[code] for codes in around for code in codes])
    found = np.zeros((len(YEARS), len(place), len(COUNTS)), dtype=np.int64)
    for number, year in enumerate(YEARS):
        rate = {name: truth.rate(COUNTRY, name, year) * np.array(factor) for name in INDICATORS}
        born = rng.poisson(np.array(births) * births_trend(year)).astype(np.int64)
        np.add.at(found[number], region, draw_counts(rng, born, rate)[unit])
    return found
