"""What somebody can work back from everything that is published: worlds that fit it.

The attacker knows every published count, every number of births, that parts add up to their whole,
that a count lies between nothing and all births, and the rules by which figures are withheld. A
*world* is a set of counts for the withheld cells that contradicts nothing of this. A count is
protected when some world has it small enough and another has it large enough.

Sources: feasibility intervals of the SDC Handbook (Hundepool et al. 2012, 4.4 and 5); attacker
problems and capacity cuts of Fischetti and Salazar (2001, Management Science 47:1008).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from perinatal.disclosure.solver import program, set_whole, solved
from perinatal.disclosure.table import Bools, Floats, Table

Cut = dict[int, float]
"""Weights of cells: hiding must reach at least 1 in weight. Cells outside it weigh nothing."""

_EDGE = 1e-6
_FEW = 6
"""Targets that are quicker asked for one by one."""


def weaknesses(
    table: Table, pattern: Bools, planned: Bools, targets: Bools, safe: set[bytes] | None = None
) -> list[Cut]:
    """Cuts that every safe pattern keeps and this one does not; empty: it is safe.

    Args:
        planned, targets: see ``Attack``.
        safe: parts that were found safe before, with the same targets; new ones are added.
    """
    found: list[Cut] = []
    known = set() if safe is None else safe
    for cells, relations in table.parts(pattern):
        if cells.tobytes() in known or not targets[cells].any():
            continue
        weak = Attack(table, pattern, cells, relations, planned, targets).weaknesses()
        found += weak
        if not weak:
            known.add(cells.tobytes())
    return found


@dataclass
class Attack:
    """The attacker's problems for hidden cells that hang together.

    ``pattern``: all that are hidden; ``cells``: those of this part, with the numbers of the
    ``relations`` between them (see ``Table.parts``). ``planned``: hidden cells that would have been
    shown, had the rules not withheld them. Where a part has only such cells, one of them must be
    unsafe, and the attacker knows that.
    """

    table: Table
    pattern: Bools
    cells: NDArray[np.int64]
    relations: NDArray[np.int64]
    planned: Bools
    targets: Bools
    """Unsafe cells that no world may give away."""
    limit_worlds: int = 40

    def __post_init__(self) -> None:
        self._place = {int(cell): number for number, cell in enumerate(self.cells)}
        self._rows = [
            [(self._place[cell], sign) for cell, sign in self.table.relations[number]
             if cell in self._place]
            for number in self.relations
        ]  # fmt: skip
        counts, births = self.table.counts[self.cells], self.table.births[self.cells]
        self._lower, self._upper = -counts, births - counts
        self._ruled = bool(self.planned[self.cells].all())
        """The attacker knows that one of these cells is unsafe."""
        self._room = [ends[self.relations] for ends in self.table.room]
        self._model = _model(self._lower, self._upper, self._rows, self._room)
        down, up = self.table.reach()
        self._down, self._up = down[self.cells], up[self.cells]
        self._known: int | None = None
        self._pool: list[Floats] = [np.zeros(len(self.cells))]
        """Worlds met; one that leaves a cell as it is also holds for who knows that cell."""

    def weaknesses(self) -> list[Cut]:
        """Cuts that every safe pattern keeps and this one does not; empty: it is safe."""
        cuts: list[Cut] = []
        targets = np.flatnonzero(self.targets[self.cells])
        low, high = np.zeros(len(self.cells)), np.zeros(len(self.cells))
        self._note(np.zeros(len(self.cells)), low, high)
        self._explore(targets, low, high)
        for target in targets:
            for sign, asked, seen in ((1, self._up, high), (-1, self._down, low)):
                if seen[target] < asked[target] - _EDGE:
                    cut = self._prove(int(target), sign, float(asked[target]), low, high)
                    if cut is not None:
                        cuts.append(cut)
        if not cuts:
            cuts = self._singletons(targets)
        return cuts

    def _explore(self, targets: NDArray[np.int64], low: Floats, high: Floats) -> None:
        """Meet worlds that take many targets far at once, so that few have to be asked alone."""
        draw = np.random.default_rng(1)
        size = len(self.cells)
        every = np.arange(size, dtype=np.int32)
        idle = 0
        while idle < 3:
            up = high[targets] < self._up[targets] - _EDGE
            down = low[targets] < self._down[targets] - _EDGE
            if (up | down).sum() < _FEW:
                break
            way = np.where(up & down, draw.choice([-1.0, 1.0], len(targets)), up * 1.0 - down)
            cost = np.zeros(size)
            cost[targets] = way * draw.uniform(0.5, 1.5, len(targets))
            self._model.changeColsCost(size, every, cost)
            before = low[targets].sum() + high[targets].sum()
            world = solved(self._model)
            if world is not None:
                self._note(world, low, high)
            idle = 0 if low[targets].sum() + high[targets].sum() > before else idle + 1
        self._model.changeColsCost(size, every, np.zeros(size))

    def _singletons(self, targets: NDArray[np.int64]) -> list[Cut]:
        """Who is the only case of a cell knows that cell, and must not learn another one exactly.

        So for each pair of such a cell and a target there must be a world that moves the target
        and not that cell. Worlds that move few cells serve many pairs.
        """
        counts = self.table.counts[self.cells]
        rest = self.table.births[self.cells] - counts
        single = (counts == 1) | (rest == 1)
        if not single.any():
            return []
        cuts: list[Cut] = []
        moved = [np.abs(world) > _EDGE for world in self._pool]
        price = np.where(single, 10.0, 1.0)
        narrow = _narrow_model(self._lower, self._upper, self._rows, self._room, price)
        for target in targets:
            blocked = single.copy()
            blocked[target] = False
            for world in moved:
                if world[target]:
                    blocked &= world
            while blocked.any():
                known = int(np.flatnonzero(blocked)[0])
                found = self._narrowest(narrow, int(target), known)
                if found is None:
                    found, cut = self._move(int(target), known)
                    if cut is not None:
                        cuts.append(cut)
                        blocked[known] = False
                        continue
                moved.append(np.abs(found) > _EDGE)
                blocked &= moved[-1]
        return cuts

    def _narrowest(self, model: highspy.Highs, target: int, known: int) -> Floats | None:
        """A world that moves the target by one and as few other cells as can be, not ``known``."""
        size = len(self.cells)
        found = None
        for column in (known, known + size):
            model.changeColBounds(column, 0.0, 0.0)
        for column, room in ((target, self._upper), (target + size, -self._lower)):
            if room[target] < 1:
                continue
            model.changeColBounds(column, 1.0, 1.0)
            values = solved(model)
            if values is not None:
                world = values[:size] - values[size:]
                if _whole(world) and abs(world[target]) > _EDGE:
                    found = np.round(world)
            model.changeColBounds(column, 0.0, float(room[target]))
            if found is not None:
                break
        for column, room in ((known, self._upper), (known + size, -self._lower)):
            model.changeColBounds(column, 0.0, float(room[known]))
        return found

    def _move(self, target: int, known: int) -> tuple[Floats, Cut | None]:
        """A world in which the target has another count and ``known`` its own; a cut if none is."""
        both: Cut = defaultdict(float)
        self._known = known
        self._model.changeColBounds(known, 0.0, 0.0)
        world = None
        for sign in (1, -1):
            best, _, duals = self.furthest(target, sign)
            if best >= 1 - _EDGE:
                world = self._world(target, sign, 1.0, None)
                if world is not None:
                    break
                both.update(self._monotone())
            # one of both directions must open, so their sum must
            for cell, weight in self._capacity(target, sign, 1.0, duals).items():
                both[cell] += weight
        self._known = None
        self._model.changeColBounds(known, *self._bounds(known))
        if world is not None:
            return world, None
        return np.zeros(len(self.cells)), dict(both)

    def _prove(self, target: int, sign: int, asked: float, low: Floats, high: Floats) -> Cut | None:
        """Look for a world; a cut where there is none. Other cells learn from the worlds met."""
        best, world, duals = self.furthest(target, sign)
        if best < asked - _EDGE:
            return self._capacity(target, sign, asked, duals)
        self._note(world, low, high)
        if self._credible(world) and _whole(world):
            return None
        for other in (None, *self._others(target)):
            found = self._world(target, sign, asked, other)
            if found is not None:
                self._note(found, low, high)
                return None
        return self._monotone()

    def _others(self, target: int) -> list[int]:
        """Cells that could be the unsafe one of the target's group, the likeliest first."""
        if not self._ruled or self._known is not None:
            return []  # who is the only case of a cell knows that this one is unsafe
        counts = self.table.counts[self.cells]
        rest = self.table.births[self.cells] - counts
        order = np.argsort(np.minimum(counts, rest), kind="stable")
        return [int(cell) for cell in order[: self.limit_worlds]]

    def _world(self, target: int, sign: int, asked: float, other: int | None) -> Floats | None:
        """A whole-numbered world that takes the target as far as asked, with another one unsafe."""
        count = self.table.counts[self.cells]
        births = self.table.births[self.cells]
        most = self.table.minimum - 1
        sides: list[tuple[float, float] | None] = [None]
        if other is not None:
            sides = [
                (-count[other], min(births[other], most) - count[other]),
                (max(births[other] - most, 0) - count[other], births[other] - count[other]),
            ]
        elif self._ruled and self._known is None:
            return None
        for side in sides:
            model = self._model
            lower, upper = (
                (asked, self._upper[target]) if sign > 0 else (self._lower[target], -asked)
            )
            if other == target and side is not None:
                lower, upper = max(lower, side[0]), min(upper, side[1])
                if lower > upper:
                    continue
            kept = self._bounds(target)
            model.changeColBounds(target, float(lower), float(upper))
            if other is not None and other != target and side is not None:
                model.changeColBounds(other, float(side[0]), float(side[1]))
            world = self._solve_whole()
            model.changeColBounds(target, *kept)
            if other is not None and other != target:
                model.changeColBounds(other, *self._bounds(other))
            if world is not None:
                return world
        return None

    def _bounds(self, cell: int) -> tuple[float, float]:
        return float(self._lower[cell]), float(self._upper[cell])

    def _solve_whole(self) -> Floats | None:
        world = solved(self._model)
        if world is None or _whole(world):
            return world if world is None else np.round(world)
        set_whole(self._model, len(self.cells), whole=True)
        found = solved(self._model)
        set_whole(self._model, len(self.cells), whole=False)
        return None if found is None else np.round(found)

    def furthest(self, target: int, sign: int) -> tuple[float, Floats, Floats]:
        """How far a world can take a hidden cell up (sign 1) or down (-1), that world, its duals.

        ``target`` counts among ``cells``; the world holds deviations from the true counts.
        """
        model = self._model
        model.changeColCost(target, float(sign))
        world = solved(model)
        if world is None:  # the truth itself is a world
            raise ArithmeticError(f"attacker's problem: {model.getModelStatus()}")
        duals = np.array(model.getSolution().row_dual)
        model.changeColCost(target, 0.0)
        return sign * float(world[target]), world, duals

    def _capacity(self, target: int, sign: int, asked: float, duals: Floats) -> Cut:
        """What the cells would have to give way for the target to go as far as asked."""
        # the sums themselves give way as far as their source rounds
        below, above = self._room
        asked -= float(np.maximum(duals * below, duals * above).sum())
        reduced: dict[int, float] = defaultdict(float)
        reduced[int(self.cells[target])] += sign
        for number, dual in zip(self.relations, duals, strict=True):
            if abs(dual) > _EDGE:
                for cell, weight in self.table.relations[number]:
                    reduced[cell] -= dual * weight
        cut: Cut = {}
        known = None if self._known is None else self.cells[self._known]
        for cell, price in reduced.items():
            if abs(price) < _EDGE or cell == known:
                continue
            count, births = self.table.counts[cell], self.table.births[cell]
            gives = price * (births - count) if price > 0 else -price * count
            if gives > _EDGE:
                cut[cell] = min(gives / asked, 1.0)
        return cut

    def _monotone(self) -> Cut:
        """At least one more cell: with fewer hidden cells there are fewer worlds."""
        return {int(cell): 1.0 for cell in np.flatnonzero(~self.pattern)}

    def _credible(self, world: Floats) -> bool:
        """Whether the rules could have hidden these cells in this world."""
        if not self._ruled:
            return True
        counts = self.table.counts[self.cells] + world
        births = self.table.births[self.cells]
        least = self.table.minimum
        return bool(((counts < least) | (births - counts < least)).any())

    def _note(self, world: Floats, low: Floats, high: Floats) -> None:
        """What a world proves of every cell, where the rules could have hidden them in it."""
        if not _whole(world) or not self._credible(world):
            return
        if ((world > high) | (-world > low)).any():
            np.maximum(high, world, out=high)
            np.maximum(low, -world, out=low)
            self._pool.append(np.round(world))


def _whole(world: Floats) -> bool:
    return bool((np.abs(world - np.round(world)) < _EDGE).all())


def _model(
    lower: Floats, upper: Floats, rows: Sequence[Sequence[tuple[int, int]]], room: Sequence[Floats]
) -> highspy.Highs:
    """Deviations from the truth that keep every sum."""
    return program(lower, upper, rows, *room, maximize=True, presolve="off")


def _narrow_model(
    lower: Floats,
    upper: Floats,
    rows: Sequence[Sequence[tuple[int, int]]],
    room: Sequence[Floats],
    price: Floats,
) -> highspy.Highs:
    """The same deviations as steps up and steps down, each at the price of its cell."""
    size = len(lower)
    both = [[*row, *((cell + size, -sign) for cell, sign in row)] for row in rows]
    model = _model(np.zeros(2 * size), np.concatenate([upper, -lower]), both, room)
    columns = np.arange(2 * size, dtype=np.int32)
    model.changeColsCost(2 * size, columns, -np.tile(price, 2))
    return model
