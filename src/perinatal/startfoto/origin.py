"""Where a figure comes from: file, lines, calculation. Never a value of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from perinatal.catalog import Series
from perinatal.disclosure.published import Shown
from perinatal.startfoto.document import IndicatorChapter, Origin
from perinatal.startfoto.figures import references
from perinatal.startfoto.view import View


@dataclass(frozen=True)
class _Line:
    """A line of a file, with the variables in it."""

    source: str
    start: int
    end: int
    delivery: tuple[str, str, str]
    """Id, file name and checksum."""
    line: int
    variables: frozenset[str]


def origins(view: View, chapters: tuple[IndicatorChapter, ...]) -> tuple[Origin, ...]:
    """The origin of every figure that the document shows, in its order.

    What a source itself printed (a national figure of a year) has its citation for an origin, and
    does not stand here.
    """
    return tuple(origins_of(references(chapters), view))


def origins_of(wanted: Iterable[str], view: View) -> Iterator[Origin]:
    """The origins of some figures, by their references."""
    cells = [view.referred[reference] for reference in wanted if reference in view.referred]
    # which lines a hidden figure has would tell why it is hidden
    cells = [cell for cell in cells if isinstance(cell.published, Shown)]
    stones = {cell.region: view.stones(cell.region) for cell in cells}
    lines = _lines(view.tables["published_line"], {code for own in stones.values() for code in own})
    for cell in cells:
        series = next(
            one
            for one in view.catalog.sources[cell.source].series
            if (one.indicator, one.definition) == (cell.indicator, cell.definition)
        )
        found: dict[tuple[str, str, str], list[int]] = {}
        for code in stones[cell.region]:
            for line in lines.get(code, ()):
                inside = cell.start <= line.start and line.end <= cell.end
                if inside and line.source == cell.source and line.variables & {*series.variables}:
                    found.setdefault(line.delivery, []).append(line.line)
        for (delivery, file, digest), numbers in sorted(found.items()):
            yield Origin(
                reference_id=cell.reference_id, delivery=delivery, file=file, sha256=digest,
                lines_text=ranges(numbers), calculation=calculation(series, view),
            )  # fmt: skip


def _lines(table: pd.DataFrame, codes: set[str]) -> dict[str, list[_Line]]:
    """The lines of some delivered regions."""
    found: dict[str, list[_Line]] = {}
    for row in table[table["region"].isin(codes)].to_dict("records"):
        found.setdefault(row["region"], []).append(
            _Line(
                row["source"], row["period_start"], row["period_end"],
                (row["delivery_id"], row["file_name"], row["sha256"]), row["line"],
                frozenset(row["variables"].split()),
            )
        )  # fmt: skip
    return found


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
