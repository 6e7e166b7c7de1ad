"""Worlds that fit what is published, as the audit sees them: it shares no code with the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from perinatal.disclosure.solver import Row, program, set_whole, solved

Key = tuple[object, ...]
"""Region, source, indicator, definition, first and last year."""
REST, BOTH = "rest", "both"
UNPRINTED = (REST, BOTH)
_OURS = ("SG", "area:")
"""Codes of regions of our own begin so."""
_Bound = tuple[Row, float, float]
"""A sum, with the least and the most that it may come to."""


def _ends(
    row: Mapping[Key, int],
    births: Mapping[Key, int],
    counts: Mapping[Key, int],
    off: Mapping[Key, float],
) -> tuple[float, float]:
    """The least and the most that a sum can come to, its signs counted.

    A source that rounds can be off in each cell, and births that it cannot place are in the whole
    and in no part. Nobody knows more of that than anybody reads; but what we add up ourselves
    (years, members) is exact, while two definitions of one place are each as far off as their
    parts together. Figures of now and of before can differ for another reason (one was
    corrected); the attacker is given as much as that.
    """
    whole, *parts = row
    complete = all(cell in counts for cell in row)
    missed = float(sum(sign * counts[cell] for cell, sign in row.items())) if complete else 0.0
    between = any(cell[0] in UNPRINTED for cell in row)
    ours = str(whole[0]).startswith(_OURS) or any(part[-2:] != whole[-2:] for part in parts)
    if ours and not between:
        return missed, missed
    slack = sum(off.get(cell, 0.0) for cell in row) if off else 0.0
    nowhere = 0
    if not between:
        nowhere = max(sum(sign * births[cell] for cell, sign in row.items()), 0)
    return min(-slack, missed), max(slack + nowhere, missed)


class Problem:
    """The linear relations of cells that hang together, with what is known filled in.

    The counts that we know ourselves are a world of it, whatever was corrected or does not fit.
    """

    def __init__(
        self,
        rows: Sequence[dict[Key, int]],
        births: Mapping[Key, int],
        facts: Mapping[Key, int],
        counts: Mapping[Key, int],
        off: Mapping[Key, float],
    ) -> None:
        cells = list(dict.fromkeys(cell for row in rows for cell in row))
        self._place = {cell: number for number, cell in enumerate(cells)}
        size = len(cells)
        self._lower = np.zeros(size)
        # rounded counts may be above their births
        self._upper = np.array(
            [max(births[cell], counts.get(cell, 0)) for cell in cells], dtype=np.float64
        )
        for cell in cells:
            if cell in facts:
                self._lower[self._place[cell]] = self._upper[self._place[cell]] = facts[cell]
        told: list[_Bound] = []
        guessed: list[_Bound] = []
        for row in rows:
            places = [self._place[cell] for cell in row]
            signs = np.array(list(row.values()), dtype=np.float64)
            least, most = _ends(row, births, counts, off)
            ends = np.array([self._lower[places] * signs, self._upper[places] * signs])
            if ends.min(axis=0).sum() > most or ends.max(axis=0).sum() < least:
                continue  # figures of a source that contradict each other bind nobody
            kind = told if all(cell in counts for cell in row) else guessed
            kind.append((list(zip(places, signs, strict=True)), least, most))
        self._lowest, self._highest = self._upper.copy(), self._lower.copy()
        for cell, place in self._place.items():
            if cell in counts:
                self._lowest[place] = self._highest[place] = counts[cell]
        self._state([*told, *guessed])
        if guessed and self._solve(np.zeros(size), whole=True) is None:
            # taken together, sums with a figure that the source keeps to itself contradict others
            self._state(told)

    def _state(self, rows: Sequence[_Bound]) -> None:
        least, most = (np.array([row[end] for row in rows]) for end in (1, 2))
        self._model = program(
            self._lower, self._upper, [row for row, _, _ in rows], least, most, presolve="off"
        )

    def explore(self, asked: Mapping[Key, tuple[int, int]]) -> None:
        """Meet worlds that take many cells far at once, so that few have to be asked for alone."""
        draw = np.random.default_rng(1)
        places = np.array([self._place[cell] for cell in asked])
        low, high = np.array(list(asked.values())).T
        idle = 0
        while idle < 4:
            down, up = self._lowest[places] > low, self._highest[places] < high
            if not (down | up).any():
                return
            side = np.where(draw.random(len(places)) < 0.5, down * 1.0, -1.0 * up)
            short = np.where(down & up, side, down * 1.0 - up)
            before = self._highest[places].sum() - self._lowest[places].sum()
            cost = np.zeros(len(self._place))
            cost[places] = short * draw.uniform(0.5, 1.5, len(places))
            self._solve(cost, whole=False)
            after = self._highest[places].sum() - self._lowest[places].sum()
            idle = 0 if after > before else idle + 1

    def _solve(self, cost: NDArray[np.float64], *, whole: bool) -> NDArray[np.float64] | None:
        set_whole(self._model, len(cost), whole=whole)
        self._model.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        found = solved(self._model)
        if found is None:
            return None
        world: NDArray[np.float64] = np.round(found)
        if not whole and np.abs(found - world).max(initial=0.0) > 1e-6:
            return None
        np.minimum(self._lowest, world, out=self._lowest)
        np.maximum(self._highest, world, out=self._highest)
        return world

    def interval(self, cell: Key, low: int, high: int) -> tuple[int, int]:
        """Smallest and largest whole number that the cell can be.

        Where a world that was met reaches ``low`` or ``high``, that is far enough to know. What the
        solver has no answer to stays as narrow as the worlds that were met.
        """
        place = self._place[cell]
        for sign in (1.0, -1.0):
            if self._lowest[place] <= low if sign > 0 else self._highest[place] >= high:
                continue
            cost = np.zeros(len(self._place))
            cost[place] = sign
            if self._solve(cost, whole=False) is None:
                self._solve(cost, whole=True)
        return int(self._lowest[place]), int(self._highest[place])
