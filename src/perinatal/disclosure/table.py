"""Cells with their counts and what adds up: what both the choice and the attacker start from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from perinatal.disclosure.solver import entries, hang_together

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """Cells with their counts, and what adds up.

    ``births`` bounds the ``counts`` (both whole numbers, shape (n,)). ``relations`` are sums with
    signs that are constant in every world: ``((cell, +1), (cell, -1), ...)``; most often a whole
    and its parts. ``minimum`` is that of the policy. ``loose``: how far each sum
    may change in another world, down and up, where its cells need not add up; by default nothing.
    """

    counts: Floats
    births: Floats
    relations: tuple[tuple[tuple[int, int], ...], ...]
    minimum: int
    loose: tuple[tuple[float, float], ...] = ()

    @cached_property
    def room(self) -> tuple[Floats, Floats]:
        """How far the changes of each relation may add up to, below and above nothing."""
        ends = np.array(self.loose or np.zeros((len(self.relations), 2))).reshape(-1, 2)
        return ends[:, 0], ends[:, 1]

    @cached_property
    def _entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return entries([[cell for cell, _ in relation] for relation in self.relations])

    def parts(self, hidden: Bools) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Hidden cells that hang together by sums, with the numbers of these relations."""
        if not hidden.any():
            return []
        row_of, cell_of = self._entries
        inside = hidden[cell_of]
        group = hang_together(len(hidden), row_of[inside], cell_of[inside])
        cells = np.flatnonzero(hidden)
        cells = cells[np.argsort(group[cells], kind="stable")]
        first = np.flatnonzero(np.diff(group[cells], prepend=-1))
        of_row = np.full(len(self.relations), -1, dtype=np.int64)
        of_row[row_of[inside]] = group[cell_of[inside]]
        rows = np.argsort(of_row, kind="stable")
        starts = np.searchsorted(of_row[rows], group[cells[first]], side="left")
        ends = np.searchsorted(of_row[rows], group[cells[first]], side="right")
        return [
            (part, rows[start:end])
            for part, start, end in zip(np.split(cells, first[1:]), starts, ends, strict=True)
        ]

    def unsafe(self) -> Bools:
        """Cells below the minimum in the count or in its complement; zero counts too."""
        return (self.counts < self.minimum) | (self.births - self.counts < self.minimum)

    def reach(self) -> tuple[Floats, Floats]:
        """How far down and up a world must take each unsafe cell; 0 where nothing is asked.

        Up to the minimum (or all births where these are fewer), down to half; for a complement
        that is too small the same, mirrored.
        """
        down, up = np.zeros(len(self.counts)), np.zeros(len(self.counts))
        least = np.minimum(self.minimum, self.births)
        rest = self.births - self.counts
        small, small_rest = self.counts < self.minimum, rest < self.minimum
        up = np.where(small, least - self.counts, up)
        down = np.where(small, np.ceil(self.counts / 2), down)
        down = np.where(small_rest, np.maximum(down, least - rest), down)
        up = np.where(small_rest, np.maximum(up, np.ceil(rest / 2)), up)
        return down, up

    def without_twins(self) -> tuple[Table, NDArray[np.int64]]:
        """The table with cells that are one group of births taken together, and where each went.

        A whole with one part (the other parts have no births) is that part: hidden or shown as
        one. Who is its only case is no stranger to either.
        """
        place = np.arange(len(self.counts))
        relations = list(self.relations)
        loose = self.loose or ((0.0, 0.0),) * len(relations)
        while True:
            signs: list[dict[int, int]] = []
            for relation in relations:
                summed: dict[int, int] = defaultdict(int)
                for cell, sign in relation:
                    if self.births[cell] > 0:
                        summed[int(place[cell])] += sign
                signs.append({cell: sign for cell, sign in summed.items() if sign})
            twins = [
                tuple(row)
                for row, ends in zip(signs, loose, strict=True)
                if not any(ends) and len(row) == 2 and sum(row.values()) == 0
            ]
            if not twins:
                break
            for one, other in twins:
                place[place == place[other]] = place[one]
        kept, where = np.unique(place, return_inverse=True)
        number = {int(cell): new for new, cell in enumerate(kept)}
        rows: dict[tuple[tuple[int, int], ...], tuple[float, float]] = {}
        for row, (down, up) in zip(signs, loose, strict=True):
            terms = tuple(sorted((number[c], s) for c, s in row.items()))
            if terms:
                least, most = rows.get(terms, (down, up))
                rows[terms] = max(least, down), min(most, up)
        order = tuple(sorted(rows))
        ends = tuple(rows[terms] for terms in order) if self.loose else ()
        small = Table(self.counts[kept], self.births[kept], order, self.minimum, ends)
        return small, where.astype(np.int64)
