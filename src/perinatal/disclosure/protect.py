"""Small numbers: one decision over the whole build, all areas, periods and definitions together."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from perinatal.catalog import Policy
from perinatal.disclosure.solver import entries, hang_together
from perinatal.disclosure.suppress import Outcome, Pattern, suppress
from perinatal.disclosure.table import Table
from perinatal.workers import spread

SHOWN = "shown"
BY_RULE = "policy"
"""Would have been shown, were the count not too small."""
ADDED = "complementary"
UNTOLD = "source"
"""Its source does not tell it, or tells it in sums that cannot all be true."""
_MANY = 40
"""Groups from which more processes win more than their start takes."""


@dataclass(frozen=True)
class Cell:
    """A figure before the decision, or a group of births that is never printed.

    ``count`` is NaN where nobody told us; ``births`` is NaN where these are not known either.
    ``loss``: what a reader loses when it is withheld.
    """

    decision: str
    count: float
    births: float
    loss: float = 1.0


@dataclass(frozen=True)
class Sum:
    """Cells that add up: the signed terms give the same total in every world.

    Or, where they need not add up, a total from ``least`` to ``most``.
    """

    terms: tuple[tuple[Hashable, int], ...]
    least: float = 0.0
    most: float = 0.0

    @classmethod
    def of(
        cls, whole: Hashable, parts: Sequence[Hashable], least: float = 0.0, most: float = 0.0
    ) -> Sum:
        return cls(((whole, 1), *((part, -1) for part in parts)), least, most)

    def room(self, cells: Mapping[Hashable, Cell]) -> tuple[float, float]:
        """How far the changes of its cells may add up to, down and up.

        An exact sum whose figures do not fit has none: the attacker is given the difference.
        """
        if not self.least < self.most:
            return 0.0, 0.0
        missed = sum(sign * cells[name].count for name, sign in self.terms)
        missed = missed if np.isfinite(missed) else 0.0
        return min(self.least - missed, 0.0), max(self.most - missed, 0.0)


@dataclass(frozen=True)
class Secured:
    """Decisions on every cell, and which of them the maintainer should hear of.

    ``unsafe``: groups of cells for which no pattern was safe, because of what is out already; all
    that was new in them stays in. ``hurried``: groups where time ran out, so that more is withheld
    than may be needed. ``impossible``: cells of sums that no world fits; these stay in too.
    """

    decisions: dict[Hashable, str]
    unsafe: tuple[frozenset[Hashable], ...]
    hurried: tuple[frozenset[Hashable], ...]
    impossible: tuple[frozenset[Hashable], ...] = ()


def unsafe(
    numerator: pd.Series[float], denominator: pd.Series[float], policy: Policy
) -> pd.Series[bool]:
    """Cells that a policy withholds: too few in the numerator or in its complement, zero included.

    Source: RIVM, lokale monitor Kansrijke Start (policy ``rivm10``).
    """
    small = (numerator < policy.minimum) | (denominator - numerator < policy.minimum)
    return small | (denominator < policy.minimum_denominator)


def secure(
    cells: Mapping[Hashable, Cell],
    sums: Sequence[Sum],
    fixed: frozenset[Hashable],
    minimum: Callable[[Hashable], int],
    *,
    seconds: float = 30.0,
    workers: int = 1,
) -> Secured:
    """Withhold more cells until nobody can work a withheld one back.

    Args:
        cells: every figure, and the groups that the sums name.
        fixed: cells that somebody outside knows: an earlier edition, or the source, has shown them.
        minimum: of the policy of a cell.
        seconds: for each group of cells that hang together.
        workers: processes at once, where there are many groups; the decisions are the same.

    Returns:
        The decisions, with ``ADDED`` for each cell that was withheld for another one.
    """
    decisions = {cell: facts.decision for cell, facts in cells.items()}
    unsafe_groups: list[frozenset[Hashable]] = []
    hurried: list[frozenset[Hashable]] = []
    groups: list[list[Hashable]] = []
    choices: list[Callable[[], Pattern]] = []
    for names, own in _groups(sums):
        known = {name: cells.get(name, Cell("unknown", np.nan, np.nan)) for name in names}
        told = _nominal(known, own, minimum(names[0]))
        table, order = _table(told, own, minimum(names[0]), [one.room(known) for one in own])
        hidden = np.array([told[name].decision != SHOWN for name in order])
        if not hidden.any():
            continue
        groups.append(order)
        choices.append(
            partial(
                suppress,
                table,
                hidden,
                np.array([name in fixed for name in order]),
                np.array([told[name].loss for name in order]),
                planned=np.array([told[name].decision in (BY_RULE, ADDED) for name in order]),
                seconds=seconds,
            )
        )
    patterns = spread(operator.call, choices, workers, at_least=_MANY)
    for order, found in zip(groups, patterns, strict=True):
        for name, out in zip(order, found.hidden, strict=True):
            if out and decisions.get(name) == SHOWN:
                decisions[name] = ADDED
        _report(found.outcome, frozenset(order), unsafe_groups, hurried)
    return Secured(decisions, tuple(unsafe_groups), tuple(hurried))


def linked(sums: Sequence[Sum], cells: Collection[Hashable]) -> list[Sum]:
    """The sums of the groups that hold one of these cells."""
    return [one for names, own in _groups(sums) if not set(cells).isdisjoint(names) for one in own]


def _report(
    outcome: Outcome,
    group: frozenset[Hashable],
    unsafe_groups: list[frozenset[Hashable]],
    hurried: list[frozenset[Hashable]],
) -> None:
    if outcome == "unsafe":
        unsafe_groups.append(group)
    elif outcome == "safe":
        hurried.append(group)


def _groups(
    sums: Sequence[Sum],
) -> list[tuple[list[Hashable], list[Sum]]]:
    """Cells that hang together by sums, each group with its sums; in a fixed order."""
    names = sorted({cell for one in sums for cell, _ in one.terms}, key=str)
    place = {cell: number for number, cell in enumerate(names)}
    group = hang_together(
        len(names), *entries([[place[cell] for cell, _ in one.terms] for one in sums])
    )
    found: dict[int, tuple[list[Hashable], list[Sum]]] = defaultdict(lambda: ([], []))
    for cell, number in place.items():
        found[int(group[number])][0].append(cell)
    for one in sorted(sums, key=str):
        found[int(group[place[one.terms[0][0]]])][1].append(one)
    return list(found.values())


def _nominal(
    cells: dict[Hashable, Cell], sums: Sequence[Sum], minimum: int
) -> dict[Hashable, Cell]:
    """What nobody told us, filled in as the attacker would guess it, and never above the minimum.

    A figure that the source withholds counts as small: it must not come out of our sums exactly.
    """
    most = max((c.births for c in cells.values() if np.isfinite(c.births)), default=0.0)
    out = dict(cells)
    for name, cell in cells.items():
        if not np.isfinite(cell.births):
            out[name] = replace(cell, births=most)
    for one in sums:
        missing = [name for name, _ in one.terms if not np.isfinite(out[name].count)]
        if not missing or any(sign > 0 for name, sign in one.terms if name in missing):
            continue
        rest = sum(sign * out[name].count for name, sign in one.terms if name not in missing)
        births = sum(out[name].births for name in missing) or 1.0
        for name in missing:
            share = max(rest, 0.0) * out[name].births / births
            out[name] = replace(out[name], count=_small(share, out[name].births, minimum))
    for name, cell in out.items():
        if not np.isfinite(cell.count):
            out[name] = replace(cell, count=_small(cell.births, cell.births, minimum))
    return out


def _small(count: float, births: float, minimum: int) -> float:
    return float(min(np.floor(count), births, minimum - 1))


def _table(
    cells: Mapping[Hashable, Cell],
    sums: Sequence[Sum],
    minimum: int,
    room: Sequence[tuple[float, float]],
) -> tuple[Table, list[Hashable]]:
    order = list(cells)
    place = {name: number for number, name in enumerate(order)}
    # sums that do not fit can leave an unprinted rest of less than nothing
    counts = np.array([max(cells[name].count, 0.0) for name in order])
    births = np.maximum(np.array([cells[name].births for name in order]), counts)
    relations = tuple(tuple((place[name], sign) for name, sign in one.terms) for one in sums)
    loose = tuple(room) if any(map(any, room)) else ()
    return Table(np.round(counts), np.round(births), relations, minimum, loose), order
