"""The whole catalogue, as one thing to ask."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from perinatal.catalog.contracts import Correction, Source
from perinatal.catalog.models import Area, Definition, Indicator, Plan, Policy, Register
from perinatal.catalog.theme import Theme


class Catalog(BaseModel):
    """Everything that the catalogue files say, checked and cross-checked."""

    model_config = ConfigDict(frozen=True)

    indicators: dict[str, Indicator]
    areas: dict[str, Area]
    sources: dict[str, Source]
    policies: dict[str, Policy]
    plan: Plan
    corrections: dict[str, Correction] = {}
    registers: dict[str, Register] = {}
    """By id: municipality and boundary year."""
    theme: Theme | None = None
    logo: str = ""
    """Of the theme, as a ``data:`` address."""

    @property
    def patching(self) -> list[str]:
        """Sources whose redeliveries replace only the cells that they bring."""
        return [source.id for source in self.sources.values() if source.redelivery == "patch"]

    @property
    def keeping(self) -> list[str]:
        """Sources whose last good figure stands where a newer one is in quarantine."""
        return [source.id for source in self.sources.values() if source.keep_last_good]

    def corrections_of(self, source: str) -> list[Correction]:
        """Corrections of one source, by id."""
        return [c for _, c in sorted(self.corrections.items()) if c.source == source]

    def table(self, source: str, indicator: str, definition: str) -> str:
        """The table of a source that a figure stands in; raises KeyError when it has none."""
        for series in self.sources[source].series:
            if (series.indicator, series.definition) == (indicator, definition):
                return f"{source}: {series.table}"
        raise KeyError(f"{source}: {indicator}/{definition}")

    def definition(self, indicator: str, definition: str) -> Definition:
        """Raises KeyError when the indicator has no such definition."""
        for candidate in self.indicators[indicator].definitions:
            if candidate.id == definition:
                return candidate
        raise KeyError(f"{indicator}/{definition}")
