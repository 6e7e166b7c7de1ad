"""What the plan lets each level show: single years, fixed blocks, and what stays out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from perinatal.catalog import Area, Catalog, Source
from perinatal.pipeline.compute import compute, region_id
from perinatal.pipeline.plan import cut_once, with_areas


@dataclass(frozen=True)
class Shows:
    """What the plan lets one municipality or coalition show of one figure.

    ``years``: single years; ``blocks``: fixed blocks and pooled periods, with expected cases and
    whether they may appear.
    """

    region: str
    name: str
    indicator: str
    definition: str
    source: str
    years: tuple[int, ...]
    blocks: dict[tuple[int, int], tuple[float, bool]]


def shows(
    area: Area, catalog: Catalog, regions: pd.DataFrame, observations: pd.DataFrame
) -> list[Shows]:
    """What the plan lets the municipalities of one area show, and the area itself.

    Args:
        regions, observations: as for ``areas_of``.

    Returns:
        By place, and then in the order of the indicators.
    """
    towns = regions[regions["level"] == "municipality"]
    known = dict(zip(towns["code"], towns["name"], strict=True))
    names = {code: known[code] for code in area.municipalities}
    if area.is_coalition:
        names[region_id(area)] = area.name
    registers, _ = cut_once(catalog, regions, observations, {})
    cells = compute(observations, with_areas(regions, registers.values()), catalog).cells
    own = cells[cells["region"].isin(list(names))].sort_values("period_start")
    keys = ["region", "indicator", "source", "definition"]
    found = []
    for region, indicator, source, definition in own[keys].drop_duplicates().values.tolist():
        if _context_only(catalog.sources[source], indicator, definition):
            continue
        rows = own[(own[keys] == [region, indicator, source, definition]).all(axis=1)]
        single = rows["period_start"] == rows["period_end"]
        years = rows[single & rows["planned"]]["period_start"].tolist()
        wide = rows[~single]
        spans = wide[["period_start", "period_end"]].values.tolist()
        may = zip(wide["expected"].tolist(), wide["planned"].tolist(), strict=True)
        periods = {(start, end): told for (start, end), told in zip(spans, may, strict=True)}
        found.append(
            Shows(region, names[region], indicator, definition, source, tuple(years), periods)
        )
    order = {name: number for number, name in enumerate(catalog.indicators)}
    places = {name: number for number, name in enumerate(names)}
    return sorted(
        found, key=lambda s: (places[s.region], order[s.indicator], s.source, s.definition)
    )


def _context_only(source: Source, indicator: str, definition: str) -> bool:
    own = [s for s in source.series if (s.indicator, s.definition) == (indicator, definition)]
    return all(series.context_only for series in own)
