"""What adds up among the figures of a build, and how far a sum may miss: gate 2 starts from it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from perinatal.catalog import Catalog, Series, Source
from perinatal.catalog.contracts import Measure
from perinatal.disclosure.protect import SHOWN, Cell, Sum
from perinatal.pipeline.compute import Figures, region_id, regions_of, stones

Id = tuple[object, ...]
REMAINDER = "remainder"
OVERLAP = "overlap"
_LEVELS = {"GM": "municipality", "WK": "wijk"}


@dataclass(frozen=True)
class Slack:
    """How far figures may lie from the true ones, as the contracts of their sources say.

    ``members``: regions of our own -> the delivered ones that they add up. ``births``: of each
    figure. What we add up ourselves (years, members) is exactly the sum of what was delivered, so
    its parts are as far off together.
    """

    catalog: Catalog
    members: Mapping[str, Sequence[str]]
    births: Mapping[Hashable, float]

    @cached_property
    def _loose(self) -> dict[Id, tuple[Source, Series]]:
        """Series of which a count can be another one than the true one."""
        return {
            (source.id, series.indicator, series.definition): (source, series)
            for source in self.catalog.sources.values()
            for series in source.series
            if source.rounding or any(m.denominator_column for m in source.measures)
        }

    def of(self, cell: Id, *, tolerated: bool = False) -> float:
        """How far one figure may be off.

        Args:
            tolerated: as far as gate 1 lets it pass, which is 1 for each count worked back from a
                share; else as far as somebody outside cannot know it better.
        """
        loose = self._loose.get(cell[1:4])
        if loose is None:
            return 0.0
        source, series = loose
        region, first, last = str(cell[0]), int(str(cell[4])), int(str(cell[5]))
        parts: list[Id] = []
        if region in self.members:
            parts = [(member, *cell[1:]) for member in self.members[region]]
        elif first < last and source.period is not None and source.period.column is not None:
            parts = [(*cell[:4], year, year) for year in range(first, last + 1)]
        if parts:
            return sum(self.of(part, tolerated=tolerated) for part in parts)
        level = _LEVELS.get(region[:2], "country")
        names = {name.removeprefix("-") for name in series.numerator}
        least = 1.0 if tolerated else 0.0
        return sum(
            max(rounded_off(source, measure.variable, level),
                least if measure.denominator_column else 0.0,
                self._between(measure, cell))
            for measure in source.measures if measure.variable in names
        )  # fmt: skip

    def _between(self, measure: Measure, cell: Id) -> float:
        """Whole counts beside the nearest that give the same printed share."""
        births = self.births.get(cell, 0.0)
        if measure.per is None or measure.decimals is None or not np.isfinite(births):
            return 0.0
        return float(np.floor(0.5 * 10.0**-measure.decimals * births / measure.per + 0.5))

    def together(self, cells: Iterable[Hashable], *, tolerated: bool = False) -> float:
        return sum(self.of(plain(cell), tolerated=tolerated) for cell in cells if printed(cell))


def rounded_off(source: Source, variable: str, level: str) -> float:
    """How far a delivered count may lie from the true one because its source rounds."""
    return max(
        (rounding.within for rounding in source.rounding
         if (not rounding.levels or level in rounding.levels)
         and (not rounding.variables or variable in rounding.variables)),
        default=0.0,
    )  # fmt: skip


def printed(cell: Hashable) -> bool:
    """Whether a cell is a figure; a rest between two figures is not."""
    return isinstance(cell, tuple) and cell[0] not in (REMAINDER, OVERLAP)


def plain(cell: Hashable) -> Id:
    """The figure that a group of births belongs to: itself, or the one it is a rest of."""
    assert isinstance(cell, tuple)
    return cell if printed(cell) else cell[1:]


def slack_of(known: Mapping[Hashable, Cell], figures: Figures, catalog: Catalog) -> Slack:
    """The slack of the figures of a build."""
    regions = regions_of(list(catalog.areas.values()), figures.regions)
    births = {cell: facts.births for cell, facts in known.items()}
    return Slack(catalog, _members(catalog) | stones(regions), births)


def _members(catalog: Catalog) -> dict[str, list[str]]:
    return {
        region_id(area): list(area.municipalities)
        for area in catalog.areas.values()
        if area.is_coalition
    }


def sums(
    known: Mapping[Hashable, Cell], ids: list[Id], figures: Figures, catalog: Catalog, slack: Slack
) -> list[Sum]:
    """Sums that a reader could work back: wijken, blocks of years, members of a coalition."""
    regions = regions_of(list(catalog.areas.values()), figures.regions)
    small = regions[(regions["level"] == "wijk") & ~regions["code"].str.startswith("SG")]
    parents = small.groupby("parent")["code"].apply(list).to_dict()
    found = []
    for cell in ids:
        region, source, indicator, definition, first, last = cell
        wijken = parents.get(region)
        regions_in = wijken or slack.members.get(str(region))
        if regions_in:
            parts = tuple((code, source, indicator, definition, first, last) for code in regions_in)
            if any(part in known for part in parts):
                # members are added up by us, wijken are counted by the source
                ends = loosely(known, cell, parts, slack) if wijken else (0.0, 0.0)
                found.append(Sum.of(cell, parts, *ends))
        if last != first:
            years = tuple(
                (region, source, indicator, definition, year, year)
                for year in range(int(str(first)), int(str(last)) + 1)
            )
            if all(year in known for year in years):
                found.append(Sum.of(cell, years))
    return found


def loosely(
    known: Mapping[Hashable, Cell], whole: Id, parts: Sequence[Id], slack: Slack
) -> tuple[float, float]:
    """What a whole less its parts can be, where a source counts both.

    Each of them may be rounded, and births of which the source does not know the part are in the
    whole alone. As much as the figures themselves miss is always possible.
    """
    spare = slack.together((whole, *parts))
    nothing = Cell(SHOWN, np.nan, np.nan)
    figures = [known.get(cell, nothing) for cell in (whole, *parts)]
    missed = figures[0].count - sum(one.count for one in figures[1:])
    nowhere = figures[0].births - sum(one.births for one in figures[1:])
    if not np.isfinite(missed):
        return -spare, spare
    nowhere = max(nowhere, 0.0) if np.isfinite(nowhere) else 0.0
    return min(-spare, missed), max(spare + nowhere, missed)


def nested(
    known: dict[Hashable, Cell], ids: list[Id], catalog: Catalog, slack: Slack
) -> Iterator[Sum]:
    """Definitions that hold one another (deaths to day 28, to day 7): the remainder is a cell too.

    It is never printed, but a reader subtracts it.
    """
    holds = {
        (source.id, series.indicator, series.definition): series.holds
        for source in catalog.sources.values()
        for series in source.series
        if series.holds is not None
    }
    for cell in ids:
        inside = holds.get((str(cell[1]), str(cell[2]), str(cell[3])))
        inner = (*cell[:3], inside, *cell[4:])
        if inside is None or inner not in known:
            continue
        rest = (REMAINDER, *cell)
        known[rest] = Cell("unprinted", known[cell].count - known[inner].count, known[cell].births)
        spare = slack.together((cell, inner))
        yield Sum.of(cell, (inner, rest), -spare, spare)


def overlaps(
    known: dict[Hashable, Cell], ids: list[Id], catalog: Catalog, slack: Slack
) -> Iterator[Sum]:
    """A union beside both its parts gives those who are in both: a cell that is never printed."""
    for cell in ids:
        region, source, indicator, definition, first, last = cell
        parts = catalog.indicators[str(indicator)].union_of
        if parts is None:
            continue
        both = [(region, source, part, definition, first, last) for part in parts]
        if not all(part in known for part in both):
            continue
        one, other = both
        overlap = (OVERLAP, *cell)
        count = known[one].count + known[other].count - known[cell].count
        known[overlap] = Cell("unprinted", count, known[cell].births)
        spare = slack.together((cell, one, other))
        yield Sum(((cell, 1), (overlap, 1), (one, -1), (other, -1)), -spare, spare)


def earlier_areas(
    known: dict[Hashable, Cell], already_out: set[Id], areas_out: dict[str, tuple[str, ...]]
) -> Iterator[Sum]:
    """Joined areas that are out and no longer drawn: a reader still has their figures."""
    for cell in sorted(already_out, key=str):
        wijken = areas_out.get(str(cell[0]))
        if wijken is None or cell in known:
            continue
        parts = [(wijk, *cell[1:]) for wijk in wijken]
        if all(part in known for part in parts):
            count, births = (
                sum(getattr(known[part], name) for part in parts) for name in ("count", "births")
            )
            known[cell] = Cell(SHOWN, count, births)
            yield Sum.of(cell, parts)


def impossible(
    adding: Iterable[Sum], known: Mapping[Hashable, Cell], slack: Slack
) -> list[frozenset[Hashable]]:
    """Cells of sums that no world fits, by more than gate 1 tolerates in one delivery.

    Two deliveries together can do that: where a part waits in quarantine, an older figure stands
    beside newer ones. Parts are more than their whole, a definition more than one that holds it,
    or more children are in both of two groups than in one of them. What we add up from such cells
    is no better known than they are.
    """
    adding, found = list(adding), []
    for one in adding:
        cells = {cell: known[cell].count for cell, _ in one.terms if cell in known}
        (whole, _), *_ = one.terms
        parts = [
            cells[cell]
            for cell, sign in one.terms
            if sign < 0 and printed(cell) and np.isfinite(cells.get(cell, np.nan))
        ]
        missed = cells.get(whole, np.nan) - sum(parts)
        both = cells.get((OVERLAP, *plain(whole)))
        if both is not None:
            missed = min(both, min(parts) - both) if len(parts) == 2 else np.nan
        if missed < -0.5 and missed < -slack.together(cells, tolerated=True) - 1e-6:
            found.append(frozenset(cells))
    return [*found, frozenset(_added_up(found, adding, slack))] if found else []


def _added_up(
    doubtful: Iterable[frozenset[Hashable]], adding: Sequence[Sum], slack: Slack
) -> set[Hashable]:
    """Our own sums over years and members that one of those cells is in."""
    cells = set().union(*doubtful)
    before = 0
    while len(cells) > before:
        before = len(cells)
        for one in adding:
            (whole, _), *parts = one.terms
            region, *_, first, last = plain(whole)
            years = any(plain(part)[-2:] != (first, last) for part, _ in parts)
            if (years or region in slack.members) and any(part in cells for part, _ in parts):
                cells.add(whole)
    return cells
