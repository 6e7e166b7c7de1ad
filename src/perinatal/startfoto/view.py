"""One area's view on a published edition: its regions, births, sources and cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from perinatal.catalog import Area, Catalog, Indicator
from perinatal.catalog.models import COUNTRY_NAMES
from perinatal.disclosure.published import Shown, Withheld
from perinatal.regions import Drawn, display_name, draw
from perinatal.startfoto import wording_whole
from perinatal.startfoto.findings import Cell, headline

_WORDS_OF_OTHERS = {
    "published_value": ("note",),
    "published_elsewhere": ("note", "citation"),
    "published_source": ("file_name",),
    "published_correction": ("reason", "provider"),
}


_Series = tuple[str, str, str, str]
"""Region, source, indicator and definition."""


class View:
    """Read-only look-ups; holds nothing that was not published."""

    def __init__(
        self, area: Area, catalog: Catalog, tables: Mapping[str, pd.DataFrame], cells: list[Cell]
    ) -> None:
        self.area, self.catalog, self.tables, self.cells = area, catalog, tables, cells
        self.region = f"area:{area.id}" if area.is_coalition else area.municipalities[0]
        self._told: dict[str, dict[_Series, list[dict[str, Any]]]] = {}

    @cached_property
    def names(self) -> dict[str, str]:
        regions = self.tables["published_region"]
        return dict(zip(regions["code"], regions["name"], strict=True))

    def display(self, code: str) -> str:
        return display_name(self.names[code])

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Wijken of the area in geographic order: by municipality, then by (first) wijk code."""
        regions = self.tables["published_region"]
        inside = regions["parent"].isin(self.area.municipalities) & (regions["level"] == "wijk")
        own = regions[inside]
        place = [self.area.municipalities.index(parent) for parent in own["parent"]]
        first = [min(self.stones(code)) for code in own["code"]]
        return own.assign(place=place, first=first).sort_values(["place", "first"])

    @property
    def wijken(self) -> list[str]:
        return list(self.regions["code"])

    @cached_property
    def drawn(self) -> Drawn | None:
        """The area's map, or None when no map has its wijken."""
        return draw(self.regions) if len(self.regions) else None

    @cached_property
    def whole(self) -> bool:
        """Whether the area is all that it could be compared with."""
        return any(cells[0].label == "GEEN_VERGELIJKING" for cells in self.main.values())

    def group(self, code: str) -> str | None:
        """In a coalition a wijk stands under its municipality."""
        return self.names["GM" + code[2:6]] if self.area.is_coalition else None

    @cached_property
    def cells_of_area(self) -> list[Cell]:
        return [c for c in self.cells if c.region == self.region]

    @property
    def tells_anything(self) -> bool:
        """Whether there is a figure, or a number of births, of the area or of a part of it."""
        own = {self.region, *self.area.municipalities, *self.wijken}
        figures = {c.region for c in self.cells if not isinstance(c.published, Withheld)}
        return not own.isdisjoint(figures | {*self.tables["published_births"]["region"]})

    @cached_property
    def main(self) -> dict[str, list[Cell]]:
        """Per indicator the area's figures of the newest period, main figure first."""
        found = {
            indicator.id: headline(self.cells, self.region, self.catalog, indicator)
            for indicator in self.catalog.indicators.values()
        }
        return {name: cells for name, cells in found.items() if cells}

    def indicators(self) -> list[Indicator]:
        """Key figures always; the others where this area has a figure."""
        return [
            indicator
            for indicator in self.catalog.indicators.values()
            if indicator.key_figure
            or any(isinstance(c.published, Shown) for c in self.main.get(indicator.id, []))
        ]

    @cached_property
    def words_of_others(self) -> set[str]:
        """Names, notes, citations and files, as a document of this area quotes them.

        They are not ours to word, so the language guard does not judge them.
        """
        own = [*self.area.municipalities, *self.wijken]
        own += [code for named in self.tables["published_correction"]["regions"] for code in named]
        names = {self.names[code] for code in own if code in self.names}
        found = names | {display_name(name) for name in names}
        near = set(self.area.municipalities)
        found |= {a.name for a in self.catalog.areas.values() if near & set(a.municipalities)}
        found |= {goal.source for goal in self.area.goals}
        found |= {f"{cell.indicator}/{cell.definition}" for cell in self.cells_of_area}
        for table, columns in _WORDS_OF_OTHERS.items():
            for column in columns:
                found |= set(self.tables[table][column].dropna())
        found |= {line for told in self.tables["published_source"]["warnings"] for line in told}
        return found | {text.strip().rstrip(".") for text in found}

    @cached_property
    def sources_used(self) -> list[str]:
        return sorted({c.source for c in self.cells_of_area})

    @cached_property
    def period(self) -> tuple[int, int]:
        """The newest period of the main figures."""
        anchor = self.main.get(self.catalog.plan.anchor_indicator)
        cell = anchor[0] if anchor else next(iter(self.main.values()))[0]
        return cell.start, cell.end

    @property
    def counted(self) -> tuple[str, ...]:
        """Evidence for a number of births: the figure that has them below the line."""
        anchor = self.main.get(self.catalog.plan.anchor_indicator)
        return (anchor[0].reference_id,) if anchor else ()

    @cached_property
    def country(self) -> str:
        source = self.catalog.sources[self.cells_of_area[0].source]
        return COUNTRY_NAMES[str(source.reference_region)]

    @cached_property
    def births_table(self) -> pd.DataFrame:
        births = self.tables["published_births"]
        own = births[births["region"] == self.region]
        return births[births["source"] == own["source"].iloc[0]] if len(own) else births.iloc[:0]

    @cached_property
    def _births(self) -> dict[tuple[str, int, int], int]:
        return {
            (row["region"], row["period_start"], row["period_end"]): row["births"]
            for row in self.births_table.to_dict("records")
        }

    def births(self, region: str, start: int, end: int) -> int | None:
        """Births of a region in a period, where they are known and at least ten."""
        return self._births.get((region, start, end))

    def cell(self, region: str, like: Cell) -> Cell | None:
        """The cell of another region with the same source, definition and period."""
        wanted = (region, like.source, like.indicator, like.definition, like.start, like.end)
        return self._index.get(wanted)

    @cached_property
    def _index(self) -> dict[tuple[str, str, str, str, int, int], Cell]:
        return {
            (c.region, c.source, c.indicator, c.definition, c.start, c.end): c for c in self.cells
        }

    @cached_property
    def referred(self) -> dict[str, Cell]:
        """Every cell by the reference that a document gives it."""
        return {cell.reference_id: cell for cell in self.cells}

    def told(self, table: str) -> Mapping[_Series, list[dict[str, Any]]]:
        """The rows of a table of insight, by series."""
        if table not in self._told:
            found = self._told.setdefault(table, defaultdict(list))
            rows: list[dict[Any, Any]] = self.tables[table].to_dict("records")
            for row in rows:
                key = (row["region"], row["source"], row["indicator"], row["definition"])
                found[key].append(row)
        return self._told[table]

    @cached_property
    def _in_series(self) -> Mapping[_Series, list[Cell]]:
        found: dict[_Series, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            found[cell.region, cell.source, cell.indicator, cell.definition].append(cell)
        return found

    def stones(self, region: str) -> list[str]:
        """The delivered regions that a region is made of; itself where it came as it is."""
        if region.startswith("area:"):
            return list(self.catalog.areas[region.removeprefix("area:")].municipalities)
        return self._joined.get(region, [region])

    @cached_property
    def _joined(self) -> dict[str, list[str]]:
        areas = self.tables["published_area"]
        return {str(code): sorted(rows["wijk"]) for code, rows in areas.groupby("code")}

    def offer(self, like: Cell) -> str:
        """A longer period or a larger area that does have the figure; '' where there is none."""
        longer = [
            c
            for c in self._in_series[like.region, like.source, like.indicator, like.definition]
            if c.start <= like.start <= like.end <= c.end
            and c.end - c.start > like.end - like.start
            and isinstance(c.published, Shown)
        ]
        if longer:
            found = min(longer, key=lambda c: c.end - c.start)
            return wording_whole.longer((found.start, found.end))
        for other in self.catalog.areas.values():
            if not other.is_coalition or not set(self.area.municipalities) < set(
                other.municipalities
            ):
                continue
            cell = self.cell(f"area:{other.id}", like)
            if cell is not None and isinstance(cell.published, Shown):
                return wording_whole.together(other.name)
        return ""
