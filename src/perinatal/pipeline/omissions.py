"""What an edition rests on besides deliveries: declared corrections, and cells in quarantine."""

from __future__ import annotations

import pandas as pd

from perinatal.catalog import Catalog

_PERIOD = ["period_start", "period_end"]


def corrections_table(sources: set[str], catalog: Catalog) -> pd.DataFrame:
    """The corrections of the sources that an edition used: where and why, never a value."""
    rows = [
        {
            "correction": c.id, "source": c.source, "variable": c.variable,
            "regions": list(c.regions), "period_start": c.start, "period_end": c.end or c.start,
            "kind": c.status or "value", "reason": c.reason, "provider": c.provider,
            "date": c.date,
        }
        for source in sorted(sources)
        for c in catalog.corrections_of(source)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.astype({"period_start": "Int64", "period_end": "Int64"}) if rows else frame


def quarantine_table(
    cells: pd.DataFrame, observations: pd.DataFrame, regions: set[str], catalog: Catalog
) -> pd.DataFrame:
    """Figures of our areas that a cell in quarantine touches, and whether an older one stands.

    Args:
        cells: ``store.deliveries.quarantined_as_of``.
        observations: what speaks; a quarantined cell that is in it was kept from before.
        regions: codes of the areas, their wijken and the country.
    """
    cells = cells[cells["region"].isin(regions)]
    keys = ["source", "variable", "region", *_PERIOD]
    spoken = observations.dropna(subset=["value"])[keys].assign(kept=True)
    known = cells[keys].drop_duplicates().merge(spoken, on=keys, how="left")
    known["kept"] = known["kept"].eq(True)
    parts = []
    for source in catalog.sources.values():
        for series in source.series:
            own = known[(known["source"] == source.id) & known["variable"].isin(series.variables)]
            if len(own):
                kept = own.groupby(["source", "region", *_PERIOD])["kept"].min().reset_index()
                parts.append(kept.assign(indicator=series.indicator, definition=series.definition))
    columns = ["source", "indicator", "definition", "region", *_PERIOD, "kept"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)
