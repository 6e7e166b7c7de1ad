"""The audit: from what was published alone, how near can anyone come to a withheld figure?

It shares no code with the suppression (``attack``, ``suppress``) but the call of the solver:
everything is built anew from the published tables, as somebody outside would. Only at the very end
the truth is held beside the intervals that were found.

Source: SDC Handbook (Hundepool et al. 2012), 4.4: an audit by linear programs.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from perinatal.disclosure.solver import entries, hang_together
from perinatal.disclosure.worlds import BOTH, REST, UNPRINTED, Key, Problem
from perinatal.workers import spread

if TYPE_CHECKING:
    import pandas as pd  # every worker would wait for it

_Asked = dict[Key, tuple[int, int]]
"""Small numbers, and how low and how high each has to reach."""
_Intervals = list[tuple[int, int]]
_MANY = 400
"""Parts from which more processes win more than their start takes."""
_BELOW = ("WK", "SG")
"""Codes of wijken and of joined areas begin so."""
_ONE_BY_ONE = 20_000
"""Up to so many cells (some fifteen municipalities) every single one is attacked by programs."""
_CROWDED = 0.4
"""Above this share of the births the limits of a table's cells bind each other in more ways."""
KEY = ["region", "source", "indicator", "definition", "period_start", "period_end"]


@dataclass(frozen=True)
class Relations:
    """What anyone knows of the figures: which are sums of which, which hold one another.

    ``members``: a region -> the regions that it consists of. ``holds``: (source, indicator,
    definition) -> the narrower definition. ``unions``: indicator -> its two parts. ``off``: how
    far a published count may lie from the true one, because its source rounds or prints a share.
    """

    members: Mapping[str, tuple[tuple[str, ...], ...]]
    holds: Mapping[tuple[str, str, str], str]
    unions: Mapping[str, tuple[str, str]]
    off: Mapping[Key, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """A withheld figure that somebody can come too near to."""

    cell: Key
    lower: int
    upper: int


@dataclass(frozen=True)
class Audit:
    """What was looked at, and how wide the intervals of the withheld small numbers are.

    ``narrowest`` is of the cells without a finding. ``inside``: cells that only the margins of
    their table hold, which leave them room (see ``_left_to_margins``). ``out_before``: figures that
    earlier editions give away already, to which this one adds nothing.
    """

    cells: int
    withheld: int
    protected: int
    narrowest: int | None
    findings: tuple[Finding, ...]
    out_before: tuple[Finding, ...] = ()
    inside: int = 0

    def as_report(self) -> dict[str, object]:
        """Numbers of cells and widths; no value of any cell."""
        return {
            "cells": self.cells, "withheld": self.withheld, "protected": self.protected,
            "narrowest_interval": self.narrowest, "findings": len(self.findings),
            "out_before": len(self.out_before), "inside": self.inside,
        }  # fmt: skip


def audit(
    published: Mapping[Key, int],
    births: Mapping[Key, int],
    relations: Relations,
    truth: Mapping[Key, int],
    minimum: Mapping[str, int],
    known: Iterable[Key] = (),
    before: Mapping[Key, int] = MappingProxyType({}),
    one_by_one: int = _ONE_BY_ONE,
    workers: int = 1,
) -> Audit:
    """Hold every withheld small number against what can be worked back.

    Args:
        published: counts of the figures that are out, now or in an earlier edition.
        births: denominators of all figures; these are public.
        relations: see ``Relations``.
        truth: counts of the figures that were withheld, as far as we know them.
        minimum: source -> smallest count that its policy shows.
        known: withheld figures that somebody outside has from elsewhere.
        before: those of ``published`` that were out before this edition, as they were then.
        one_by_one: up to so many cells no cell is left to the bounds of its table's margins.
        workers: processes at once, where there are many parts; what is found is the same.

    Returns:
        With a finding for each unsafe figure whose interval does not reach from half its count to
        the minimum (or all births, where these are fewer), or mirrored for its complement.
    """
    facts = dict(published) | {cell: truth[cell] for cell in known if cell in truth}
    left = (
        _left_to_margins(births, facts, relations, truth, minimum)
        if len(births) > one_by_one
        else set()
    )
    rows, sizes = _sums({c: n for c, n in births.items() if c not in left}, relations)
    counts = _with_rests(rows, {c: n for c, n in truth.items() if c in sizes} | facts, sizes)
    findings: list[Finding] = []
    old: list[Finding] = []
    widths: list[int] = []
    earlier: _Before | None = None
    attacks: list[tuple[_Asked, Callable[[], _Intervals]]] = []
    for part, own in _parts(rows, facts):
        asked = {
            cell: _asked(counts[cell], sizes[cell], minimum[_source(cell)])
            for cell in part
            if cell in counts and _small(counts[cell], sizes[cell], minimum[_source(cell)])
        }
        if asked:
            inside = {cell for row in own for cell in row}
            size, fact, count = (
                {cell: of[cell] for cell in inside if cell in of} for of in (sizes, facts, counts)
            )
            off = {cell: relations.off[cell] for cell in inside if cell in relations.off}
            attacks.append((asked, partial(_intervals, own, size, fact, count, off, asked)))
    intervals = spread(operator.call, [attack for _, attack in attacks], workers, at_least=_MANY)
    for (asked, _), reached in zip(attacks, intervals, strict=True):
        for (cell, (low, high)), (lower, upper) in zip(asked.items(), reached, strict=True):
            if lower <= low and upper >= high:
                widths.append(upper - lower)
                continue
            earlier = earlier or _Before(rows, sizes, before, counts, relations.off)
            was = earlier.interval(cell, low, high)
            same = (max(lower, low), min(upper, high)) == (max(was[0], low), min(was[1], high))
            (old if same else findings).append(Finding(cell, lower, upper))
    withheld = sum(1 for cell in births if cell not in published)
    return Audit(
        len(births), withheld, len(widths) + len(findings) + len(old), min(widths, default=None),
        tuple(findings), tuple(old), len(left),
    )  # fmt: skip


def _intervals(
    rows: Sequence[dict[Key, int]],
    sizes: Mapping[Key, int],
    facts: Mapping[Key, int],
    counts: Mapping[Key, int],
    off: Mapping[Key, float],
    asked: _Asked,
) -> _Intervals:
    """What each cell that is asked for can be, as far as its part tells."""
    problem = Problem(rows, sizes, facts, counts, off)
    problem.explore(asked)
    return [problem.interval(cell, low, high) for cell, (low, high) in asked.items()]


class _Before:
    """What the earlier editions alone tell, looked up where it is asked for."""

    def __init__(
        self,
        rows: Sequence[dict[Key, int]],
        sizes: Mapping[Key, int],
        before: Mapping[Key, int],
        counts: Mapping[Key, int],
        off: Mapping[Key, float],
    ) -> None:
        self._sizes, self._facts, self._off = sizes, before, off
        self._counts = dict(counts) | dict(before)
        self._parts = _parts(rows, before)
        self._part = {cell: at for at, (cells, _) in enumerate(self._parts) for cell in cells}
        self._problems: dict[int, Problem] = {}

    def interval(self, cell: Key, low: int, high: int) -> tuple[int, int]:
        part = self._part[cell]
        if part not in self._problems:
            rows = self._parts[part][1]
            self._problems[part] = Problem(rows, self._sizes, self._facts, self._counts, self._off)
        return self._problems[part].interval(cell, low, high)


def _kind(cell: Key) -> Key:
    below = str(cell[0]).startswith(_BELOW)
    return (below, *cell[1:4], cell[4] == cell[5])


def _left_to_margins(
    births: Mapping[Key, int],
    facts: Mapping[Key, int],
    relations: Relations,
    truth: Mapping[Key, int],
    minimum: Mapping[str, int],
) -> set[Key]:
    """Cells that the margins of their table leave room, so that no program has to be solved.

    These are of kinds below the municipality of which nothing was ever published (the single years
    of wijken): the inside of a table of which anyone has at most the margins. By these alone a cell
    lies between max(0, row + column - total) and min(row, column), and every number between can be
    (Fréchet 1940; Dobra and Fienberg 2000, PNAS 97:11885-11892). A margin that is out is no small
    number, so it is mostly the lower end that comes too near. Then, and where births leave little
    room, the whole table is attacked after all.
    """
    kinds = {kind for kind in map(_kind, births) if kind[0]} - set(map(_kind, facts))
    inner = {cell for cell in births if _kind(cell) in kinds}
    wholes = {
        (part, whole) for whole, ways in relations.members.items() for way in ways for part in way
    }
    above: dict[object, list[str]] = defaultdict(list)
    for part, whole in wholes:
        above[part].append(whole)
    blocks: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    for cell in facts:
        if cell[4] != cell[5]:
            blocks[cell[:4]].append((int(str(cell[4])), int(str(cell[5]))))
    tight: set[tuple[str, Key]] = set()
    for cell in inner & set(truth):
        region, *series, year, _ = cell
        if not _small(truth[cell], births[cell], minimum[_source(cell)]):
            continue
        low, high = _asked(truth[cell], births[cell], minimum[_source(cell)])
        for first, last in blocks[cell[:4]]:
            block = (region, *series, first, last)
            if not first <= int(str(year)) <= last:
                continue
            # births are known: what does not fit in the other years must be in this one
            row, spare = facts[block], births[block] - births[cell]
            narrow = row < high or row - spare > low or row > _CROWDED * births[block]
            for whole in above[region]:
                upper = (whole, *series, year, year)
                column, total = facts.get(upper), facts.get((whole, *series, first, last))
                if column is not None:
                    narrow |= column < high or column - (births[upper] - births[cell]) > low
                    narrow |= column > _CROWDED * births[upper]
                    narrow |= total is not None and row + column - total > low
                if narrow:
                    tight.add((whole, tuple(series)))
    near = {
        (part, series)
        for whole, series in tight
        for way in relations.members[whole]
        for part in way
    }
    return {cell for cell in inner if (cell[0], cell[1:4]) not in near}


def _small(count: int, births: int, minimum: int) -> bool:
    return count < minimum or births - count < minimum


def _asked(count: int, births: int, minimum: int) -> tuple[int, int]:
    """How low and how high the attacker's interval has to reach."""
    low, high = count, count
    if count < minimum:
        low, high = count // 2, min(minimum, births)
    rest = births - count
    if rest < minimum:
        low = min(low, births - min(minimum, births))
        high = max(high, births - rest // 2)
    return low, high


def _source(cell: Key) -> str:
    return str(cell[2] if cell[0] in UNPRINTED else cell[1])


def _with_rests(
    rows: Iterable[dict[Key, int]], counts: dict[Key, int], sizes: Mapping[Key, int]
) -> dict[Key, int]:
    """The counts, with those of unprinted rests of which all other cells are known.

    No rest is less than nothing, or more than all births; what then is left of the sum is its
    difference.
    """
    for row in rows:
        missing = [cell for cell in row if cell not in counts]
        if len(missing) == 1 and missing[0][0] in UNPRINTED:
            rest = sum(sign * counts[cell] for cell, sign in row.items() if cell in counts)
            counts[missing[0]] = min(max(-rest * row[missing[0]], 0), sizes[missing[0]])
    return counts


def _sums(
    births: Mapping[Key, int], relations: Relations
) -> tuple[list[dict[Key, int]], dict[Key, int]]:
    """All sums, and the births of every cell in them; unprinted rests are cells too."""
    rows: list[dict[Key, int]] = []
    sizes = dict(births)
    for cell in births:
        region, source, indicator, definition, first, last = cell
        for members in relations.members.get(str(region), ()):
            parts = [(code, *cell[1:]) for code in members]
            if all(part in sizes for part in parts):
                rows.append({cell: 1, **dict.fromkeys(parts, -1)})
        years = [
            (region, source, indicator, definition, year, year)
            for year in range(int(str(first)), int(str(last)) + 1)
        ]
        if len(years) > 1 and all(year in sizes for year in years):
            rows.append({cell: 1, **dict.fromkeys(years, -1)})
        inside = relations.holds.get((str(source), str(indicator), str(definition)))
        inner = (region, source, indicator, inside, first, last)
        if inside is not None and inner in sizes:
            rest = (REST, *cell)
            sizes[rest] = sizes[cell]
            rows.append({cell: 1, inner: -1, rest: -1})
        union = relations.unions.get(str(indicator))
        if union is not None:
            one, other = ((region, source, part, definition, first, last) for part in union)
            if one in sizes and other in sizes:
                both = (BOTH, *cell)
                sizes[both] = sizes[cell]
                rows.append({cell: 1, both: 1, one: -1, other: -1})
    return rows, sizes


def _parts(
    rows: Sequence[dict[Key, int]], facts: Mapping[Key, int]
) -> list[tuple[list[Key], list[dict[Key, int]]]]:
    """Unknown cells that hang together, with their sums: a known cell links nothing."""
    open_rows = [(row, [cell for cell in row if cell not in facts]) for row in rows]
    open_rows = [(row, unknown) for row, unknown in open_rows if unknown]
    cells = sorted({cell for _, unknown in open_rows for cell in unknown}, key=str)
    place = {cell: number for number, cell in enumerate(cells)}
    inside = [[place[cell] for cell in unknown] for _, unknown in open_rows]
    label = hang_together(len(cells), *entries(inside))
    groups: dict[int, tuple[list[Key], list[dict[Key, int]]]] = defaultdict(lambda: ([], []))
    for cell, group in zip(cells, label, strict=True):
        groups[int(group)][0].append(cell)
    for (row, _), unknown in zip(open_rows, inside, strict=True):
        groups[int(label[unknown[0]])][1].append(row)
    return list(groups.values())


def counts_of(values: pd.DataFrame) -> dict[Key, int]:
    """The counts of published figures (rows of ``published_value`` that are shown)."""
    shown = values[values["kind"] == "shown"]
    return {
        tuple(row[:6]): int(row[6])
        for row in shown[[*KEY, "numerator"]].itertuples(index=False, name=None)
    }
