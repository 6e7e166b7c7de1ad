"""The invented country as frames: what a rule costs everywhere, and how long it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from perinatal.catalog import Catalog, Source
from perinatal.practice.country import BOUNDARY_YEAR, MUNICIPALITIES, Country, invent
from perinatal.practice.country_map import shapes
from perinatal.practice.figures import COUNTS
from perinatal.practice.places import COUNTRY, NAMES, YEARS

SOURCE = "oefen_perinataal"


def national_practice(
    catalog: Catalog, seed: int = 1, municipalities: int = MUNICIPALITIES
) -> tuple[pd.DataFrame, pd.DataFrame, Catalog]:
    """Observations, regions and a catalogue for an invented country (see ``country``).

    As counted, down to the wijken: unlike the files, nothing is withheld or missing.

    Returns:
        The frames that ``plan``, ``compute`` and ``protect`` take (see ``store.deliveries``), and
        the catalogue with the areas of the country.
    """
    country = invent(seed, municipalities)
    areas = {area.id: area for area in country.areas}
    return (
        _observations(country, catalog.sources[SOURCE]),
        _regions(country),
        catalog.model_copy(update={"areas": areas}),
    )


def _regions(country: Country) -> pd.DataFrame:
    found = shapes(country)
    towns = [found[town.code] for town in country.municipalities]
    rows: list[tuple[Any, ...]] = [
        (COUNTRY, NAMES[COUNTRY], "country", None, shapely.coverage_union_all(towns))
    ]
    for town, shape in zip(country.municipalities, towns, strict=True):
        rows.append((town.code, town.name, "municipality", COUNTRY, shape))
        if town.mapped:
            rows += [(w.code, w.name, "wijk", town.code, found[w.code]) for w in town.wijken]
    frame = pd.DataFrame(rows, columns=["code", "name", "level", "parent", "geometry"])
    return frame.assign(
        boundary_year=BOUNDARY_YEAR,
        geometry=list(shapely.to_wkb(frame["geometry"].to_numpy())),
        source="oefen_grenzen",
    )


def _observations(country: Country, source: Source) -> pd.DataFrame:
    column = {measure.column: measure.variable for measure in source.measures}
    variables = np.array([column[name] for name in COUNTS])
    kept = country.regions.level != "buurt"
    counts = country.counts[:, kept]
    year, region, variable = (axis.ravel() for axis in np.indices(counts.shape))
    when = np.array(YEARS)[year]
    return pd.DataFrame({
        "region": country.regions.code[kept][region], "variable": variables[variable],
        "value": counts.ravel().astype(np.float64), "period_start": when, "period_end": when,
    }).assign(
        source=source.id, boundary_year=BOUNDARY_YEAR, status="ok", note=None, since=None,
        citation=None,
    )  # fmt: skip
