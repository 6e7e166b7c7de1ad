"""The two kinds of figures: a share of all births, or events per so many."""

from __future__ import annotations

from typing import Literal

Kind = Literal["proportion", "rate"]


def check_kind(kind: Kind) -> Kind:
    """Raise ValueError for a kind that no type checker has seen."""
    if kind not in ("proportion", "rate"):
        raise ValueError("kind must be 'proportion' or 'rate'")
    return kind
