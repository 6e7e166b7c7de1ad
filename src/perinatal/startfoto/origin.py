"""Where a figure comes from: file, lines, calculation. Never a value of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import pandas as pd

from perinatal.catalog.models import Series
from perinatal.disclosure.published import Shown
from perinatal.startfoto.document import IndicatorChapter, Origin
from perinatal.startfoto.figures import references
from perinatal.startfoto.view import View

_DELIVERY = ["delivery_id", "file_name", "sha256"]


def origins(view: View, chapters: tuple[IndicatorChapter, ...]) -> tuple[Origin, ...]:
    """The origin of every figure that the document shows, in its order.

    What a source itself printed (a national figure of a year) has its citation for an origin, and
    does not stand here.
    """
    return tuple(origins_of(references(chapters), view))


def origins_of(wanted: Iterable[str], view: View) -> Iterator[Origin]:
    """The origins of some figures, by their references."""
    lines = view.tables["published_line"]
    by_region = {str(code): own for code, own in lines.groupby("region")}
    for reference in wanted:
        region, indicator, _, _ = reference.split("/")
        cell = view.referred.get(reference)
        if cell is None or not isinstance(cell.published, Shown):
            continue  # which lines a hidden figure has would tell why it is hidden
        series = next(
            one
            for one in view.catalog.sources[cell.source].series
            if (one.indicator, one.definition) == (indicator, cell.definition)
        )
        parts = [by_region[code] for code in view.stones(region) if code in by_region]
        found = pd.concat(parts) if parts else pd.DataFrame(columns=pd.Index([*_DELIVERY, "line"]))
        if len(found):
            inside = (found["period_start"] >= cell.start) & (found["period_end"] <= cell.end)
            told = found["variables"].str.split().map(set(series.variables).intersection)
            found = found[inside & (found["source"] == cell.source) & told.map(bool)]
        for (delivery_id, name, digest), own in found.groupby(_DELIVERY, sort=True):
            yield Origin(
                reference_id=reference, delivery=str(delivery_id), file=str(name),
                sha256=str(digest),
                lines_text=ranges(own["line"].tolist()), calculation=calculation(series, view),
            )  # fmt: skip


def calculation(series: Series, view: View) -> str:
    """'te_vroeg / geboorten, keer 100'."""
    per = view.catalog.indicators[series.indicator].per
    return f"{_signed(series.numerator)} / {_signed(series.denominator)}, keer {per}"


def _signed(names: tuple[str, ...]) -> str:
    text = " ".join(
        f"- {name.removeprefix('-')}" if name.startswith("-") else f"+ {name}" for name in names
    ).removeprefix("+ ")
    return f"({text})" if len(names) > 1 else text


def ranges(lines: Iterable[int]) -> str:
    """Line numbers with runs drawn together: '12, 23-27'."""
    runs = [
        [line for _, line in run]
        for _, run in groupby(enumerate(sorted(set(lines))), key=lambda pair: pair[1] - pair[0])
    ]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
