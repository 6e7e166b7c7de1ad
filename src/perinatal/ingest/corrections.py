"""Known errors of a source, mended by declaration: where, what, why, who said so, and a guard.

A correction never touches the delivered file. It holds only as long as the delivery says what the
correction expects: once the source mends its own figure, the correction has to go.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from perinatal.catalog import Correction


def corrected(
    rows: pd.DataFrame, corrections: Iterable[Correction], *, whole: bool
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Apply the corrections of a source to the observations of one delivery.

    Args:
        rows: observations as delivered (``conform.observations``).
        corrections: of this source, in the order of the catalogue.
        whole: the delivery replaces all before it; a correction that finds no cell is then stale.

    Returns:
        The corrected observations, and per correction that no longer applies the keys of the
        cells where it does not ('2021 GM9901'); never a value.
    """
    rows = rows.assign(since=None) if "since" not in rows else rows.copy()
    stale: dict[str, list[str]] = {}
    for correction in corrections:
        mask = rows["variable"] == correction.variable
        if correction.regions:
            mask &= rows["region"].isin(correction.regions)
        if correction.start is not None:
            mask &= (rows["period_start"] >= correction.start) & (
                rows["period_end"] <= (correction.end or correction.start)
            )
        if not mask.any():
            if whole:
                stale[correction.id] = [_where(correction)]
            continue
        if correction.delivered is not None:
            unlike = mask & (rows["value"] != correction.delivered)
            if unlike.any():
                stale[correction.id] = [
                    f"{start} {region}"
                    for start, region in rows.loc[unlike, ["period_start", "region"]].itertuples(
                        index=False
                    )
                ]
                continue
        if correction.value is not None:
            rows.loc[mask, "value"] = correction.value
            rows.loc[mask, "status"] = "ok"
        else:
            rows.loc[mask, "value"] = float("nan")
            rows.loc[mask, "status"] = correction.status
            rows.loc[mask, "since"] = correction.date
        rows.loc[mask, "note"] = correction.reason
    return rows, stale


def _where(correction: Correction) -> str:
    period = "" if correction.start is None else f"{correction.start} "
    return period + (", ".join(correction.regions) or correction.variable)
