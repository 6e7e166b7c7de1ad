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
    and its parts. ``minimum`` is that of the policy.
    """

    counts: Floats
    births: Floats
    relations: tuple[tuple[tuple[int, int], ...], ...]
    minimum: int

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
        while True:
            signs: list[dict[int, int]] = []
            for relation in relations:
                summed: dict[int, int] = defaultdict(int)
                for cell, sign in relation:
                    if self.births[cell] > 0:
                        summed[int(place[cell])] += sign
                signs.append({cell: sign for cell, sign in summed.items() if sign})
            twins = [tuple(row) for row in signs if len(row) == 2 and sum(row.values()) == 0]
            if not twins:
                break
            for one, other in twins:
                place[place == place[other]] = place[one]
        kept, where = np.unique(place, return_inverse=True)
        number = {int(cell): new for new, cell in enumerate(kept)}
        rows = {tuple(sorted((number[c], s) for c, s in row.items())) for row in signs if row}
        small = Table(self.counts[kept], self.births[kept], tuple(sorted(rows)), self.minimum)
        return small, where.astype(np.int64)
