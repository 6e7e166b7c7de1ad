"""Where the shown figures of an edition stand in the delivered files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from perinatal.catalog import Catalog

_LINE = ["source", "delivery_id", "region", "period_start", "period_end", "line"]


def lines_table(
    observations: pd.DataFrame,
    shown: pd.DataFrame,
    made_of: Mapping[str, Sequence[str]],
    catalog: Catalog,
    files: Mapping[str, tuple[str, str]],
) -> pd.DataFrame:
    """A row per line that a shown figure rests on, with the variables in it.

    Lines of other figures stay inside: a line that is not there would tell that the source itself
    withheld a number, and so why the figure is not shown.

    Args:
        observations: as they speak, with ``delivery_id`` and ``row``.
        shown: the cells that are shown, with source, indicator, definition, region and period.
        made_of: the delivered regions of a coalition or a joined area.
        files: name and checksum of every delivery; also of one that was superseded, of which a
            last good figure still stands.
    """
    variables = [
        (source.id, series.indicator, series.definition, variable)
        for source in catalog.sources.values()
        for series in source.series
        for variable in series.variables
    ]
    names = ["source", "indicator", "definition", "variable"]
    counted = shown.merge(pd.DataFrame(variables, columns=pd.Index(names)), on=names[:3])
    counted["region"] = [list(made_of.get(code, [code])) for code in counted["region"]]
    key = ["source", "variable", "region"]
    wanted = counted.explode("region")[[*key, "period_start", "period_end"]].drop_duplicates()
    found = observations[[*_LINE[:-1], "row", "variable"]].merge(
        wanted.rename(columns={"period_start": "first", "period_end": "last"}), on=key
    )
    inside = (found["period_start"] >= found["first"]) & (found["period_end"] <= found["last"])
    lines = found[inside].rename(columns={"row": "line"})[[*_LINE, "variable"]].drop_duplicates()
    lines = lines.sort_values([*_LINE, "variable"])
    told = lines["variable"].tolist()
    starts = np.flatnonzero(~lines.duplicated(_LINE))
    table = lines.iloc[starts][_LINE].reset_index(drop=True)
    ends = np.append(starts, len(told))[1:]
    table["variables"] = [" ".join(told[a:b]) for a, b in zip(starts, ends, strict=True)]
    table["file_name"] = table["delivery_id"].map({name: file for name, (file, _) in files.items()})
    table["sha256"] = table["delivery_id"].map({name: sha for name, (_, sha) in files.items()})
    return table
