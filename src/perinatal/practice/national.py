"""An invented country of municipalities: what a rule costs everywhere, and how long it takes.

No municipality of it exists and none resembles a real one; only the sizes spread as they do in the
Netherlands: 342 municipalities, some 3,300 wijken, some 165,000 births a year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import shapely

from perinatal.catalog import Area, Catalog, Source
from perinatal.practice.figures import COUNTS, Counts, draw_counts
from perinatal.practice.places import COUNTRY, INDICATORS, NAMES, YEARS, practice_truth

SOURCE = "oefen_perinataal"
MUNICIPALITIES = 342
_BIRTHS, _BIRTHS_SPREAD = 300, 0.95
_PER_WIJK, _LARGEST = 48, 60
_TRUE_SPREAD = 0.12
_REGION = 14
"""Municipalities that work together: about as many as in a GGD region."""
_SQUARE = 0.01


def national_practice(
    catalog: Catalog, seed: int = 1, municipalities: int = MUNICIPALITIES
) -> tuple[pd.DataFrame, pd.DataFrame, Catalog]:
    """Observations, regions and a catalogue for an invented country.

    Returns:
        The frames that ``plan``, ``compute`` and ``protect`` take (see ``store.deliveries``), and
        the catalogue with an area for each municipality and for each group of some 14 together.
    """
    rng = np.random.default_rng([seed, 342])
    source = catalog.sources[SOURCE]
    size = np.sort(rng.lognormal(np.log(_BIRTHS), _BIRTHS_SPREAD, municipalities))[::-1]
    many = np.clip(np.round(size / _PER_WIJK * rng.lognormal(0, 0.3, len(size))), 1, _LARGEST)
    order = rng.permutation(len(size))
    wijken, births = [], []
    for number, place in enumerate(order, start=1):
        share = rng.dirichlet(np.full(int(many[place]), 3.0))
        wijken += [f"WK9{number:03d}{i:02d}" for i in range(len(share))]
        births += list(size[place] * share)
    codes = [f"GM9{number:03d}" for number in range(1, len(size) + 1)]
    assert source.region is not None
    year = source.region.boundary_year
    assert year is not None
    regions = _regions(codes, wijken, year)
    observations = _observations(rng, np.array(wijken), np.array(births), source, year)
    return (
        observations,
        regions,
        catalog.model_copy(update={"areas": {area.id: area for area in _areas(codes, year)}}),
    )


def _areas(codes: Sequence[str], year: int) -> list[Area]:
    alone = [
        Area(id=f"verzonnen-{code[2:]}", name=f"Verzonnen {code[2:]}", municipalities=(code,),
             boundary_year=year)
        for code in codes
    ]  # fmt: skip
    together = [
        Area(id=f"verzonnen-regio-{first // _REGION + 1}",
             name=f"Verzonnen regio {first // _REGION + 1}",
             municipalities=tuple(codes[first : first + _REGION]), boundary_year=year)
        for first in range(0, len(codes) - 1, _REGION)
    ]  # fmt: skip
    return alone + [area for area in together if area.is_coalition]


def _regions(codes: Sequence[str], wijken: Sequence[str], year: int) -> pd.DataFrame:
    """A row of squares for each municipality: neighbours are the wijken beside each other."""
    rows: list[dict[str, object]] = [
        {"code": COUNTRY, "name": NAMES[COUNTRY], "level": "country", "parent": None}
    ]
    rows += [
        {"code": code, "name": f"Verzonnen {code[2:]}", "level": "municipality", "parent": COUNTRY}
        for code in codes
    ]
    rows += [
        {"code": code, "name": f"Wijk {code[2:]}", "level": "wijk", "parent": f"GM{code[2:6]}"}
        for code in wijken
    ]
    west, south = 3.5, 53.6
    boxes: dict[str, shapely.Polygon] = {}
    for code in wijken:
        town, place = int(code[3:6]), int(code[6:])
        x, y = west + place * _SQUARE, south + town * 2 * _SQUARE
        boxes[code] = shapely.box(x, y, x + _SQUARE, y + _SQUARE)
    for code in codes:
        boxes[code] = shapely.union_all([boxes[w] for w in wijken if w[2:6] == code[2:]])
    boxes[COUNTRY] = shapely.union_all([boxes[code] for code in codes])
    return pd.DataFrame(rows).assign(
        boundary_year=year,
        geometry=[shapely.to_wkb(boxes[str(row["code"])]) for row in rows],
        source="oefen_grenzen",
    )


def _observations(
    rng: np.random.Generator, wijken: np.ndarray, births: np.ndarray, source: Source, year: int
) -> pd.DataFrame:
    truth = practice_truth()
    own = np.exp(rng.normal(0.0, _TRUE_SPREAD, len(wijken)))
    town = pd.Series(wijken).str.slice(2, 6).radd("GM")
    names = {
        measure.variable: place
        for measure in source.measures
        for place, column in enumerate(COUNTS)
        if measure.column == column
    }
    parts = []
    for when in YEARS:
        rate: Mapping[str, np.ndarray] = {
            name: truth.rate(COUNTRY, name, when) * own for name in INDICATORS
        }
        counts: Counts = draw_counts(rng, rng.poisson(births).astype(np.int64), rate)
        table = pd.DataFrame(counts)
        towns = table.groupby(town).sum()
        levels = pd.concat([
            table.set_index(pd.Index(wijken)), towns,
            pd.DataFrame([table.sum()], index=pd.Index([COUNTRY])),
        ])  # fmt: skip
        parts += [
            pd.DataFrame({
                "region": levels.index, "variable": variable, "value": levels[place].to_numpy(),
                "period_start": when, "period_end": when,
            })
            for variable, place in names.items()
        ]  # fmt: skip
    return pd.concat(parts, ignore_index=True).assign(
        source=source.id, boundary_year=year, status="ok", note=None, since=None, citation=None,
        value=lambda frame: frame["value"].astype("float64"),
    )  # fmt: skip
