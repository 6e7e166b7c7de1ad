"""The observations of a delivery as arrays, and the helper columns that the rules judge.

A rule of ``expectations/contract.yaml`` names one helper column. Its function below says which
rows it holds (only those that the rule can judge) and what a failing row touches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perinatal.catalog import Series, Source
from perinatal.catalog.models import Status
from perinatal.ingest.conform import level_of, parent_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Cell = tuple[str, str, int, int]
ALL = -1
"""Stands for every variable."""
STATUSES = get_args(Status)
OK, PROVISIONAL, WITHDRAWN, WITHHELD, MISSING = (
    STATUSES.index(name) for name in ("ok", "provisional", "withdrawn", "withheld", "missing")
)
_PERIOD = ["period_start", "period_end"]


@dataclass(frozen=True)
class Yardstick:
    """Births as someone else counts them: national years, or regions of another source."""

    region: str = ""
    years: Mapping[int, float] = field(default_factory=dict)
    regions: pd.DataFrame | None = None
    """Observations of the yardstick's variable."""


@dataclass(frozen=True)
class Column:
    """A helper column: one value for each row that the rule judges.

    ``also``: variables and regions that a failing row touches beside its own, by position.
    """

    name: str
    values: NDArray[np.generic]
    variable: Places
    region: Places
    period: Places
    also: Callable[[int], list[tuple[int, int]]] | None = None


@dataclass(frozen=True)
class Piece:
    """Part of a helper column, as region x period: values, and where there is one to judge.

    ``touches``: other variables of the same region that a failing row touches.
    """

    variable: int
    values: NDArray[np.generic]
    judged: Flags
    touches: tuple[int, ...] = ()


@dataclass(frozen=True)
class Grid:
    """Delivered (``now``) and speaking (``before``) values as variable x region x period.

    NaN where there is no number; ``there`` and ``there_before`` tell whether there is a row.
    """

    source: Source
    variables: list[str]
    regions: NDArray[np.str_]
    levels: NDArray[np.str_]
    parents: Places
    periods: list[tuple[int, int]]
    earlier: Places
    now: Floats
    before: Floats
    there: Flags
    there_before: Flags
    status: NDArray[np.int8]
    """Position in ``STATUSES``; -1 where no row is."""
    line: NDArray[np.int32]
    """Line in the delivered file."""
    row_cell: Places
    """One code per delivered row: two rows with one code say two things about one figure."""
    moment: datetime | None
    yardstick: Yardstick
    unions: Mapping[str, tuple[str, str]]
    """Indicator -> the two of which it is the union."""
    hidden: Flags
    """Zeros that are hidden counts, and what cannot be told from them."""

    @cached_property
    def sure(self) -> Floats:
        """What is delivered, less what is hidden: that takes no sum with it."""
        return np.where(self.hidden, np.nan, self.now)

    @property
    def reference(self) -> int:
        """Position of the region that holds the national figure."""
        return int(np.flatnonzero(self.regions == str(self.source.reference_region))[0])

    def at(self, name: str) -> int | None:
        """Position of a variable, signed names included; None when nobody delivers it."""
        bare = name.removeprefix("-")
        return self.variables.index(bare) if bare in self.variables else None

    @cached_property
    def counts(self) -> list[int]:
        """Variables that are added up: numerators and denominators, births and unknowns."""
        names = {n for s in self.source.series if s.rate is None for n in s.variables}
        names |= {*self.source.unknowns, *self.source.unknowns.values()}
        names |= {self.source.births.variable} if self.source.births else set()
        return [v for v, name in enumerate(self.variables) if name in names]

    @cached_property
    def counted(self) -> list[tuple[Series, list[int]]]:
        """Series of counts, with the positions of their variables; complete ones only."""
        found = []
        for series in self.source.series:
            places = [self.at(name) for name in series.variables]
            if series.rate is None and None not in places:
                found.append((series, [p for p in places if p is not None]))
        return found

    def total(self, names: tuple[str, ...], values: Floats) -> Floats:
        """Signed sum of variables, region x period."""
        out = np.zeros(values.shape[1:])
        for name in names:
            place = self.at(name)
            assert place is not None
            out = out - values[place] if name.startswith("-") else out + values[place]
        return out

    @cached_property
    def base(self) -> Floats:
        """What a value is held beside: the same figure as it speaks now, else a period earlier."""
        return np.where(np.isfinite(self.before), self.before, self.previous)

    @cached_property
    def previous(self) -> Floats:
        """The value one period earlier, from this delivery or from what speaks."""
        latest = np.where(np.isfinite(self.now), self.now, self.before)
        out = np.full_like(self.now, np.nan)
        has = self.earlier >= 0
        out[:, :, has] = latest[:, :, self.earlier[has]]
        return out

    def off(self, variable: int) -> Floats:
        """How far a count may lie from the true one because its source rounds, per region."""
        room = np.zeros(len(self.regions))
        for rounding in self.source.rounding:
            if not rounding.variables or self.variables[variable] in rounding.variables:
                fits = np.isin(self.levels, rounding.levels or list(np.unique(self.levels)))
                room[fits] = np.maximum(room[fits], rounding.within)
        return room

    def step(self, variable: int) -> Floats:
        """Multiples that a source rounds to, per region; 1 where it does not."""
        steps = np.ones(len(self.regions))
        for rounding in self.source.rounding:
            if not rounding.variables or self.variables[variable] in rounding.variables:
                fits = np.isin(self.levels, rounding.levels or list(np.unique(self.levels)))
                steps[fits] = rounding.step
        return steps

    def column(
        self,
        name: str,
        values: NDArray[np.generic],
        variable: Places | int,
        region: Places | int,
        period: Places | int,
        also: Callable[[int], list[tuple[int, int]]] | None = None,
    ) -> Column:
        """A helper column; one number for a place means: the same in every row."""
        v, r, p = (
            np.broadcast_to(np.asarray(place, dtype=np.int64), len(values))
            for place in (variable, region, period)
        )
        return Column(name, values, v, r, p, also)

    def gathered(self, name: str, pieces: list[Piece], *, children: bool = False) -> Column | None:
        """A helper column of several pieces under each other.

        Args:
            children: a failing row touches the parts of its region too, of the same variable.
        """
        if not pieces:
            return None
        places = [np.nonzero(piece.judged) for piece in pieces]
        of = np.repeat(np.arange(len(pieces)), [len(region) for region, _ in places])
        region = np.concatenate([region for region, _ in places])
        variable = np.array([piece.variable for piece in pieces], dtype=np.int64)[of]

        def also(position: int) -> list[tuple[int, int]]:
            here = int(region[position])
            found = [(v, here) for v in pieces[of[position]].touches]
            if children:
                parts = np.flatnonzero(self.parents == here).tolist()
                found += [(int(variable[position]), part) for part in parts]
            return found

        return self.column(
            name,
            np.concatenate([piece.values[piece.judged] for piece in pieces]),
            variable,
            region,
            np.concatenate([period for _, period in places]),
            also,
        )

    def cells(self, column: Column, positions: Places) -> list[Cell]:
        """Variable, region and period of the rows at some positions, and what they touch."""
        found = []
        for position in positions.tolist():
            period = self.periods[column.period[position]]
            own = [(int(column.variable[position]), int(column.region[position]))]
            for variable, region in own + (column.also(position) if column.also else []):
                name = "*" if variable == ALL else self.variables[variable]
                found.append((name, str(self.regions[region]), *period))
        return found

    def keys(self, column: Column, positions: Places) -> list[str]:
        """Keys as people write them: '2021 GM9901 te_vroeg'."""
        found = []
        for position in positions.tolist():
            start, end = self.periods[column.period[position]]
            variable = column.variable[position]
            name = "" if variable == ALL else f" {self.variables[variable]}"
            told = str(start) if start == end else f"{start}-{end}"
            found.append(f"{told} {self.regions[column.region[position]]}{name}")
        return found


def grid(
    source: Source,
    rows: pd.DataFrame,
    speaking: pd.DataFrame,
    moment: datetime | None = None,
    yardstick: Yardstick | None = None,
    unions: Mapping[str, tuple[str, str]] | None = None,
) -> Grid:
    """Lay the delivered and the speaking observations of one source side by side.

    What speaks on the boundaries of another year is left out, except for the country: a wijk with
    the same code may be another wijk.
    """
    assert source.region is not None
    same = (speaking["boundary_year"] == source.region.boundary_year) | (
        speaking["level"] == "country"
    )
    speaking = speaking if same.all() else speaking[same]
    both = [rows, speaking]
    names = [pd.concat([f[c] for f in both]).astype("str") for c in ("variable", "region")]
    variable_codes, found_variables = pd.factorize(names[0])
    region_codes, found_regions = pd.factorize(names[1])
    variables, regions = found_variables.tolist(), found_regions.tolist()
    if str(source.reference_region) not in regions:
        regions.append(str(source.reference_region))
    spans = pd.concat([f[_PERIOD] for f in both])
    packed = spans["period_start"].to_numpy(np.int64) * 100_000 + spans["period_end"].to_numpy(
        np.int64
    )
    found, known = pd.factorize(packed)
    order = np.argsort(known)
    period_codes = np.argsort(order)[found]
    periods = [(int(code // 100_000), int(code % 100_000)) for code in known[order]]

    shape = (len(variables), len(regions), len(periods))
    code = np.ravel_multi_index((variable_codes, region_codes, period_codes), shape)
    new, old = code[: len(rows)], code[len(rows) :]
    now, there = _laid(shape, new, rows)
    before, there_before = _laid(shape, old, speaking)
    size = int(np.prod(shape))
    status, line = np.full(size, -1, dtype=np.int8), np.zeros(size, dtype=np.int32)
    told, names_told = pd.factorize(rows["status"])
    status[new] = np.array([STATUSES.index(name) for name in names_told], dtype=np.int8)[told]
    line[new] = rows["row"].to_numpy(np.int32)
    return Grid(
        source=source,
        variables=variables,
        regions=np.array(regions, dtype="U"),
        levels=np.array([level_of(name) or "" for name in regions], dtype="U"),
        parents=_parents(regions, str(source.reference_region)),
        periods=periods,
        earlier=_earlier(periods),
        now=now,
        before=before,
        there=there,
        there_before=there_before,
        status=status.reshape(shape),
        line=line.reshape(shape),
        row_cell=new.astype(np.int64),
        moment=moment,
        yardstick=yardstick or Yardstick(),
        unions=unions or {},
        hidden=np.zeros(shape, dtype=bool),
    )


def _laid(shape: tuple[int, int, int], code: Places, rows: pd.DataFrame) -> tuple[Floats, Flags]:
    values = np.full(int(np.prod(shape)), np.nan)
    there = np.zeros(len(values), dtype=bool)
    values[code] = rows["value"].to_numpy(np.float64)
    there[code] = True
    return values.reshape(shape), there.reshape(shape)


def some(flags: Flags, axis: int | tuple[int, ...]) -> Flags:
    """Whether any is true along an axis."""
    return np.asarray(np.logical_or.reduce(flags, axis=axis), dtype=bool)


def _parents(regions: list[str], country: str) -> Places:
    """Position of the region around each region; ALL (-1) for none."""
    places = {name: place for place, name in enumerate(regions)}
    around = [country if level_of(r) == "municipality" else parent_of(r) for r in regions]
    return np.array([places.get(str(name), ALL) for name in around], dtype=np.int64)


def _earlier(periods: list[tuple[int, int]]) -> Places:
    """Position of the period of the same length that ends where each period begins; or -1."""
    places = {period: place for place, period in enumerate(periods)}
    return np.array(
        [places.get((2 * start - end - 1, start - 1), -1) for start, end in periods],
        dtype=np.int64,
    )
