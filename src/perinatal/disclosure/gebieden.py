"""Startfotogebieden: the wijken of one municipality, the small ones joined with neighbours.

Cut on births and adjacency only, never on an outcome, so that the same areas serve every indicator
and edition (rules: the publication plan).

A wijk that is large enough stays alone. The small wijken fall into clusters that touch: a cluster
that is large enough together is divided into as many areas as it can bear; one that is not joins
the large wijk that it touches most. Nothing is lost by this order: a small wijk that leaves a
large one for another area of its own cluster never makes an area too small.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import pandas as pd

from perinatal import dutch

EXACT = 10
"""Up to so many wijken the best division is found by trying all of them."""
_LINK = 0.1
"""What one more shared border inside an area weighs against evenness: a step of about one case
between two areas of 20. It keeps areas compact."""

_STARTS = 6
"""Where not all can be tried: so many random beginnings, beside three with a reason. The seeds are
fixed, so that the same births give the same areas."""

Group = frozenset[str]
Choice = Callable[[Group, Group], tuple[float, ...]]
"""How little a group (the first) wants to be joined with a neighbour (the second)."""
Merit = tuple[int, float]
"""Number of areas, then evenness and compactness; more is better."""


@dataclass(frozen=True)
class Gebied:
    """One startfotogebied: a wijk, or several that lie together.

    ``expected``: expected cases of the plan's anchor indicator in the smallest fixed block.
    """

    code: str
    name: str
    wijken: tuple[str, ...]
    expected: float


def cut(
    wijken: pd.DataFrame, neighbours: Collection[tuple[str, str]], least: float
) -> list[Gebied]:
    """Areas of one municipality, each with at least ``least`` expected cases.

    As many areas as possible, then as even and compact as possible; exact for clusters of up to
    ``EXACT`` small wijken, a local search above that. The order of rows and pairs is of no matter.

    Args:
        wijken: ``code`` (each once, all of one municipality), ``name`` (without the number of
            CBS) and ``expected``: cases in the smallest fixed block; NaN counts as 0.
        neighbours: pairs of codes that lie together; they connect all wijken
            (``regions.neighbours`` links islands too).

    Returns:
        In order of their first wijk. Empty where only one area would be left, since that is the
        municipality again.

    Raises:
        ValueError: a code stands twice, or the pairs do not connect all wijken.
    """
    names = dict(zip(wijken["code"], wijken["name"], strict=True))
    if len(names) != len(wijken):
        raise ValueError("a wijk stands twice")
    cases = wijken["expected"].fillna(0.0).astype(float)
    expected = dict(zip(wijken["code"], cases, strict=True))
    town = _Town(expected, _links(names, neighbours), least)
    if len(town.clusters(names)) > 1:
        raise ValueError("the neighbours do not connect all wijken")
    groups = town.groups()
    if len(groups) < 2:
        return []
    found: list[Gebied] = []
    joined = 0
    for members in sorted(sorted(group) for group in groups):
        code = members[0]
        if len(members) > 1:
            joined += 1
            code = f"SG{code[2:6]}{joined:02d}"
        name = dutch.listed([names[member] for member in members])
        found.append(Gebied(code, name, tuple(members), town.total(members)))
    return found


def _links(codes: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    links: dict[str, set[str]] = {code: set() for code in codes}
    for one, other in pairs:
        if one in links and other in links and one != other:
            links[one].add(other)
            links[other].add(one)
    return links


@dataclass(frozen=True)
class _Town:
    """Expected cases per wijk, which wijken touch, and how many cases an area needs."""

    expected: dict[str, float]
    links: dict[str, set[str]]
    least: float

    @cached_property
    def _tried(self) -> dict[Group, list[Group]]:
        return {}

    def total(self, members: Iterable[str]) -> float:
        return math.fsum(self.expected[code] for code in members)

    def clusters(self, codes: Iterable[str]) -> list[Group]:
        """Connected parts, in order of their first code."""
        left = set(codes)
        found = []
        while left:
            part = {min(left)}
            edge = list(part)
            while edge:
                fresh = (self.links[edge.pop()] & left) - part
                part |= fresh
                edge += sorted(fresh)
            left -= part
            found.append(frozenset(part))
        return found

    def inside(self, members: Collection[str]) -> int:
        """Number of borders between members."""
        return sum(len(self.links[code] & set(members)) for code in members) // 2

    def merit(self, groups: Collection[Group]) -> Merit:
        """How good a division into areas is, all of them large enough."""
        uneven = math.fsum((self.total(group) / self.least) ** 2 for group in groups)
        return len(groups), _LINK * sum(map(self.inside, groups)) - uneven

    def groups(self) -> list[Group]:
        """The whole municipality in areas; one area where nothing else is possible."""
        large = [code for code, cases in self.expected.items() if cases >= self.least]
        found = {code: {code} for code in large}
        divided: list[Group] = []
        for cluster in self.clusters(set(self.expected) - set(large)):
            if self.total(cluster) >= self.least:
                divided += self.divide(cluster)
            elif large:
                host = min(
                    (code for code in large if self.links[code] & cluster),
                    key=lambda code: (
                        -len(self.links[code] & cluster),
                        self.expected[code],
                        code,
                    ),
                )
                found[host] |= cluster
        return divided + [frozenset(group) for group in found.values()]

    def divide(self, cluster: Group) -> list[Group]:
        """A connected cluster, large enough together, in as many areas as we can find."""
        if len(cluster) <= EXACT:
            return self.exactly(cluster)
        choices: list[Choice] = [self._smallest, self._closest, self._fullest]
        choices += [self._shuffled(cluster, seed) for seed in range(_STARTS)]
        found = [self.improve(self.greedy(cluster, choice)) for choice in choices]
        return max(found, key=self.merit)

    def greedy(self, cluster: Group, choice: Choice) -> list[Group]:
        """Join the smallest unfinished group with the neighbour of least ``choice``, and again."""
        groups = {frozenset([code]) for code in cluster}
        while True:
            small = [group for group in groups if self.total(group) < self.least]
            if not small:
                return sorted(groups, key=min)
            group = min(small, key=lambda one: (self.total(one), min(one)))
            around = set().union(*(self.links[code] for code in group))
            beside = [other for other in groups if other != group and other & around]
            other = min(beside, key=lambda one: (*choice(group, one), min(one)))
            groups -= {group, other}
            groups.add(group | other)

    def _smallest(self, group: Group, other: Group) -> tuple[float, ...]:
        return (self.total(other),)

    def _closest(self, group: Group, other: Group) -> tuple[float, ...]:
        shared = sum(len(self.links[code] & other) for code in group)
        return self.total(other) >= self.least, -shared, self.total(other)

    def _fullest(self, group: Group, other: Group) -> tuple[float, ...]:
        """First what makes an area with as little as possible left over."""
        together = self.total(group | other)
        return together < self.least, together

    def _shuffled(self, cluster: Group, seed: int) -> Choice:
        """Small neighbours first, bent by a fixed series of random numbers per seed."""
        rng = random.Random(seed)
        bend = {code: rng.uniform(0.3, 3.0) for code in sorted(cluster)}
        return lambda _, other: (self.total(other) * bend[min(other)],)

    def improve(self, groups: list[Group]) -> list[Group]:
        """Divide one, two or three neighbouring groups anew, as long as that helps."""
        better = True
        while better:
            better = False
            for window in self._windows(groups):
                whole = frozenset().union(*window)
                if len(whole) <= EXACT:
                    anew = self.exactly(whole)
                else:
                    anew = self.in_two(whole) if len(window) < 3 else []
                if anew and _above(self.merit(anew), self.merit(window)):
                    groups = sorted((set(groups) - set(window)) | set(anew), key=min)
                    better = True
                    break
        return groups

    def _windows(self, groups: list[Group]) -> Iterator[tuple[Group, ...]]:
        around = {group: set().union(*(self.links[code] for code in group)) for group in groups}
        for group in groups:
            if self.total(group) >= 2 * self.least:
                yield (group,)
        for size in (2, 3):
            for window in combinations(groups, size):
                touching = sum(bool(around[one] & other) for one, other in combinations(window, 2))
                if touching >= size - 1:
                    yield window

    def exactly(self, cluster: Group) -> list[Group]:
        """The best division of a connected cluster, over all divisions into connected areas."""
        if cluster not in self._tried:
            self._tried[cluster] = _best_division(self, sorted(cluster))
        return self._tried[cluster]

    def in_two(self, cluster: Group) -> list[Group]:
        """The best of the divisions in two that cut one branch of a breadth-first tree."""
        whole = self.total(cluster)
        best: list[Group] = []
        for root in sorted(cluster):
            for branch in self._branches(root, cluster):
                if self.least <= self.total(branch) <= whole - self.least:
                    halves = [branch, cluster - branch]
                    if not best or _above(self.merit(halves), self.merit(best)):
                        best = halves
        return best

    def _branches(self, root: str, cluster: Group) -> Iterator[Group]:
        above = {root: ""}
        order = [root]
        for code in order:
            for other in sorted(self.links[code] & cluster):
                if other not in above:
                    above[other] = code
                    order.append(other)
        branch = {code: {code} for code in order}
        for code in reversed(order[1:]):
            yield frozenset(branch[code])
            branch[above[code]] |= branch[code]


def _above(one: Merit, other: Merit) -> bool:
    """Better by more than the last digits of a sum."""
    return one[0] > other[0] or (one[0] == other[0] and one[1] > other[1] + 1e-9)


def _best_division(town: _Town, codes: list[str]) -> list[Group]:
    """All divisions tried, by sets of wijken as bits; ``codes`` are connected, sums large enough.

    A division is one area that holds the first wijk left, and the best division of the rest.
    """
    size = 1 << len(codes)
    touching = [
        sum(1 << other for other, code in enumerate(codes) if code in town.links[own])
        for own in codes
    ]
    # per first wijk: the connected sets that are large enough, with their worth
    areas: list[list[tuple[int, float]]] = [[] for _ in codes]
    weight, inside, connected = [0.0] * size, [0] * size, bytearray(size)
    for mask in range(1, size):
        low = (mask & -mask).bit_length() - 1
        rest = mask & (mask - 1)
        weight[mask] = weight[rest] + town.expected[codes[low]]
        inside[mask] = inside[rest] + (touching[low] & rest).bit_count()
        connected[mask] = not rest or any(
            mask >> bit & 1 and connected[mask ^ 1 << bit] and touching[bit] & mask
            for bit in range(len(codes))
        )
        if connected[mask] and weight[mask] >= town.least:
            areas[low].append((mask, _LINK * inside[mask] - (weight[mask] / town.least) ** 2))
    best: dict[int, tuple[int, float, tuple[int, ...]] | None] = {0: (0, 0.0, ())}

    def divide(left: int) -> tuple[int, float, tuple[int, ...]] | None:
        if left not in best:
            found = None
            for mask, worth in areas[(left & -left).bit_length() - 1]:
                if mask & ~left == 0 and (rest := divide(left ^ mask)) is not None:
                    made = (rest[0] + 1, rest[1] + worth, (mask, *rest[2]))
                    found = made if found is None else max(found, made)
            best[left] = found
        return best[left]

    answer = divide(size - 1)
    masks = answer[2] if answer else (size - 1,)
    return [frozenset(code for bit, code in enumerate(codes) if mask >> bit & 1) for mask in masks]
