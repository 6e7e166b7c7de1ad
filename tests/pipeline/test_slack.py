"""What gate 1 tolerates (rests, rounding, gaps), gate 2 bears: in the choice and in the audit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perinatal.catalog import Catalog
from perinatal.catalog.contracts import Rounding
from perinatal.disclosure.audit import Audit
from perinatal.pipeline.audit import audit_edition
from perinatal.pipeline.compute import compute, present_areas, published_regions, regions_of
from perinatal.pipeline.plan import cut_once, with_areas
from perinatal.pipeline.protect import decide_cells
from perinatal.practice.national import SOURCE, national_practice
from tests import tiers

_WHOLES = ("geboorten", "zwangeren", "zwangeren_eerstelijn", "welvaart")


def _with_slack(
    rng: np.random.Generator, observations: pd.DataFrame, catalog: Catalog
) -> tuple[pd.DataFrame, Catalog, str]:
    """What gate 1 tolerates, drawn at random: rests, a source that rounds, gaps of two kinds."""
    rows, source, told = observations.copy(), catalog.sources[SOURCE], []
    outcomes = ~rows["variable"].isin(_WHOLES)
    town = rows["region"].str[2:6]
    if rng.random() < 0.6:
        told.append("rest")
        # births without a wijk: in the municipality and the country, and with their cases
        above = rows["region"].str.startswith("GM")
        more = rng.uniform(0, 0.02)
        births = rows["variable"].isin(_WHOLES)
        added = pd.Series(0.0, index=rows.index)
        added[above & births] = np.floor(rows.loc[above & births, "value"] * more)
        # as many cases of every outcome, so that what holds something goes on to hold it
        room = added.where(rows["variable"] == "geboorten")
        room = room.groupby([rows["period_start"], town]).transform("max").fillna(0.0)
        added[above & outcomes] = np.floor(room[above & outcomes] * 0.05)
        rows["value"] += added
        national = rows["region"] == source.reference_region
        towns = rows[above].assign(added=added[above])
        sums = towns.groupby(["variable", "period_start"])["added"].sum()
        keys = list(zip(rows.loc[national, "variable"], rows.loc[national, "period_start"],
                        strict=True))  # fmt: skip
        rows.loc[national, "value"] += sums.reindex(keys).to_numpy()
    if rng.random() < 0.5:
        step = int(rng.choice([2, 3, 5]))
        told.append(f"rounded to {step}")
        rows.loc[outcomes, "value"] = (rows.loc[outcomes, "value"] / step).round() * step
        names = tuple(sorted(set(rows.loc[outcomes, "variable"])))
        rounding = Rounding(step=step, within=step / 2, variables=names)
        source = source.model_copy(update={"rounding": (rounding,)})
    for status, share in (("missing", 0.03), ("withheld", 0.1)):
        if rng.random() < 0.5:
            told.append(status)
            below = rows["region"].str.startswith("WK") & outcomes
            if status == "withheld":
                below &= rows["value"] < 5
            gone = below & (rng.random(len(rows)) < share)
            rows.loc[gone, ["value", "status"]] = [np.nan, status]
    sources = {**catalog.sources, SOURCE: source}
    return rows, catalog.model_copy(update={"sources": sources}), ", ".join(told)


def _audited(cells: pd.DataFrame, regions: pd.DataFrame, own: Catalog, folder: Path) -> Audit:
    """The audit of what would leave of these cells."""
    kind = cells["decision"].map({"shown": "shown"}).fillna("withheld")
    cells.assign(kind=kind).to_parquet(folder / "published_value.parquet")
    inside = regions_of(present_areas(own, regions), regions)
    drawn = published_regions(inside)[["code", "name", "level", "parent"]]
    drawn.to_parquet(folder / "published_region.parquet")
    wijken = inside[inside["code"].str.startswith("WK") & inside["area"].notna()]
    pd.DataFrame(
        {"municipality": wijken["parent"], "wijk": wijken["code"], "code": wijken["area"]}
    ).to_parquet(folder / "published_area.parquet")
    return audit_edition(folder, [], cells, own)


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=pytest.mark.deep if seed >= 4 else ())
        for seed in range(tiers.times(few=4, deep=24, soak=2_000))
    ],
)
def test_what_gate_one_tolerates_gate_two_bears(
    seed: int, catalog: Catalog, tmp_path: Path
) -> None:
    """No sum without a world, and nothing for the audit to find, in small countries with slack."""
    rng = np.random.default_rng(seed)
    observations, regions, own = national_practice(
        catalog, seed=seed + 1, municipalities=int(rng.integers(2, 8))
    )
    rows, own, told = _with_slack(rng, observations, own)
    registers, _ = cut_once(own, regions, rows, {})
    drawn = with_areas(regions, registers.values())
    cells, secured = decide_cells(compute(rows, drawn, own), own, set())
    assert not secured.impossible, told
    found = _audited(cells, drawn, own, tmp_path)
    assert found.findings == (), told
