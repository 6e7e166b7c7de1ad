"""Small numbers: one decision over the whole build, all areas and periods together.

Until complementary suppression with an audit stands, a relation (a whole and its parts) with
exactly one withheld member fails closed: the next smallest member is withheld too.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from perinatal.catalog import Policy

SHOWN = "shown"


@dataclass(frozen=True)
class Relation:
    """A whole that equals the sum of its parts; all are ids of cells."""

    whole: Hashable
    parts: tuple[Hashable, ...]


def unsafe(
    numerator: pd.Series[float], denominator: pd.Series[float], policy: Policy
) -> pd.Series[bool]:
    """Cells that a policy withholds: too few in the numerator or in its complement, zero included.

    Source: RIVM, lokale monitor Kansrijke Start (policy ``rivm10``).
    """
    small = (numerator < policy.minimum) | (denominator - numerator < policy.minimum)
    return small | (denominator < policy.minimum_denominator)


def _dearness(
    cell: Hashable,
    relation: Relation,
    sizes: Mapping[Hashable, float],
    fixed: frozenset[Hashable],
) -> tuple[bool, bool, float, str]:
    return cell in fixed, cell == relation.whole, sizes.get(cell, np.inf), str(cell)


def close(
    decisions: Mapping[Hashable, str],
    sizes: Mapping[Hashable, float],
    relations: Sequence[Relation],
    fixed: frozenset[Hashable] = frozenset(),
) -> dict[Hashable, str]:
    """Withhold more cells until no relation has exactly one withheld member.

    Args:
        decisions: cell -> 'shown' or the reason why it is withheld. A cell of a relation that is
            not in here is unknown to us, and counts as withheld.
        sizes: births behind each cell; the smallest goes first, a whole goes last.
        fixed: cells that an earlier edition has shown; withholding them would protect nothing.

    Returns:
        The decisions, with 'complementary' for each cell that was added.
    """
    out = dict(decisions)
    by_cell: dict[Hashable, list[Relation]] = {}
    for relation in relations:
        for cell in (relation.whole, *relation.parts):
            by_cell.setdefault(cell, []).append(relation)
    queue = list(relations)
    while queue:
        relation = queue.pop()
        members = (relation.whole, *relation.parts)
        hidden = [cell for cell in members if out.get(cell, "unknown") != SHOWN]
        if len(hidden) != 1:
            continue
        shown = [cell for cell in members if out.get(cell) == SHOWN]
        chosen = min(shown, key=partial(_dearness, relation=relation, sizes=sizes, fixed=fixed))
        out[chosen] = "complementary"
        queue.extend(by_cell[chosen])
    return out
