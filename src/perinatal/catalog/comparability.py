"""The gate between two figures: unequal definitions are never compared, pooled or joined."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from perinatal.catalog.models import ComparabilityKey
from perinatal.errors import IntegrityError


class NotComparable(IntegrityError):
    """Two figures that count different things were put side by side."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        self.differences = differences
        super().__init__(f"not comparable: different or unknown {', '.join(differences)}")


def require_comparable(
    first: ComparabilityKey, second: ComparabilityKey, *, same_table: bool = False
) -> None:
    """Let two figures be compared, or refuse.

    Args:
        same_table: both stand in one table of one source, where ``unknown`` equals itself.

    Raises:
        NotComparable: naming the fields of the key that differ or are unknown.
    """
    differences = first.differences(second, same_table=same_table)
    if differences:
        raise NotComparable(differences)


def segments(points: Iterable[tuple[str, ComparabilityKey]]) -> list[int]:
    """Segment number of each point of a series: a new one wherever two keys differ.

    A line may join points of one segment only.

    Args:
        points: in order of time, the table of each point (``Catalog.table``) and its key. In
            another table ``unknown`` equals nothing, so there the line breaks.
    """
    ordered = list(points)
    numbers = [0] if ordered else []
    for (table, before), (other, after) in pairwise(ordered):
        apart = bool(before.differences(after, same_table=table == other))
        numbers.append(numbers[-1] + apart)
    return numbers
