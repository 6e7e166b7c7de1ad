"""What each small-numbers policy costs: how much of the plan is still shown under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from perinatal.catalog import Catalog
from perinatal.disclosure.protect import ADDED, BY_RULE, SHOWN
from perinatal.errors import UserError
from perinatal.pipeline.compute import Figures, compute
from perinatal.pipeline.plan import cut_once, read, with_areas
from perinatal.pipeline.protect import decide_cells
from perinatal.pipeline.receive import ingest
from perinatal.practice import write_practice
from perinatal.settings import Settings


@dataclass(frozen=True)
class PolicyCost:
    """What is left under one policy.

    ``figures``: that the plan would show; each is ``shown``, ``too_small`` by the policy, or
    withheld for another one (``complementary``). ``municipal`` and ``municipal_shown``: those of
    municipalities and coalitions. ``births_shown``: share of the births below the municipality
    that lie in a shown area figure of the plan's anchor indicator, newest block.
    ``unsafe``, ``hurried``: groups without a safe pattern, or where time ran out.
    """

    policy: str
    figures: int
    shown: int
    too_small: int
    complementary: int
    municipal: int
    municipal_shown: int
    births_shown: float
    unsafe: int
    hurried: int


def policy_costs(
    policies: Sequence[str], catalog: Catalog, regions: pd.DataFrame, observations: pd.DataFrame
) -> list[PolicyCost]:
    """Protect the same figures under one policy after another; nothing is stored.

    Args:
        regions, observations: as for ``plan.areas_of``; of data that no source has suppressed
            already, else the costs of that source are counted too.

    Raises:
        UserError: a policy that the catalogue does not know.
    """
    for name in policies:
        if name not in catalog.policies:
            known = ", ".join(catalog.policies)
            raise UserError(f"no policy '{name}'. Known: {known}.")
    registers, _ = cut_once(catalog, regions, observations, {})
    figures = compute(observations, with_areas(regions, registers.values()), catalog)
    return [_cost(name, figures, catalog) for name in policies]


def practice_town(catalog: Catalog) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Regions and observations of the practice town, through the same gates as any delivery."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        for file in write_practice(Path(folder) / "deliveries"):
            ingest(file, catalog, settings)
        return read(catalog, settings)


def _cost(name: str, figures: Figures, catalog: Catalog) -> PolicyCost:
    sources = {
        source.id: source.model_copy(update={"policy": name}) for source in catalog.sources.values()
    }
    under = catalog.model_copy(update={"sources": sources})
    cells, secured = decide_cells(figures, under, set())
    planned = cells[cells["planned"] & cells["decision"].isin([SHOWN, BY_RULE, ADDED])]
    shown = planned["decision"] == SHOWN
    municipal = planned["level"] != "wijk"
    areas = planned[~municipal & (planned["indicator"] == catalog.plan.anchor_indicator)]
    newest = areas[areas["period_end"] == areas["period_end"].max()]
    births = newest["denominator"].sum()
    kept = newest.loc[newest["decision"] == SHOWN, "denominator"].sum()
    return PolicyCost(
        policy=name,
        figures=len(planned),
        shown=int(shown.sum()),
        too_small=int((planned["decision"] == BY_RULE).sum()),
        complementary=int((planned["decision"] == ADDED).sum()),
        municipal=int(municipal.sum()),
        municipal_shown=int((municipal & shown).sum()),
        births_shown=float(kept / births) if births else 0.0,
        unsafe=len(secured.unsafe),
        hurried=len(secured.hurried),
    )
