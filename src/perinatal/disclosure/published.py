"""Shown or Withheld: a withheld figure has no number that anything downstream could print."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from perinatal.catalog.models import Entry, Status


class Shown(Entry):
    """A figure that may leave. Rates and limits are in units of ``per``."""

    kind: Literal["shown"] = "shown"
    numerator: int
    denominator: int
    per: int
    estimate: float
    lower95: float
    upper95: float
    lower998: float
    upper998: float
    status: Status = "ok"
    counts_derived: bool = False
    """The counts were worked back from a rounded share."""


class Withheld(Entry):
    """A figure that stays in, for whatever reason: one code, so that nobody can tell which."""

    kind: Literal["withheld"] = "withheld"


class Withdrawn(Entry):
    """A figure that its source has withdrawn or calls unreliable."""

    kind: Literal["withdrawn"] = "withdrawn"
    since: str
    """ISO date, or '' where the source does not tell."""
    reason: str


Published = Annotated[Shown | Withheld | Withdrawn, Field(discriminator="kind")]
