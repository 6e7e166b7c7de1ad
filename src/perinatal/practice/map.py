"""The map of the practice region: an invented island, placed in the open sea.

The island is a bent Voronoi diagram (see ``tessellation``) with many small cells: buurten,
countryside and sea.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from perinatal.practice.places import COUNTRY, NAMES, TOWN, VILLAGE, WIJKEN
from perinatal.practice.tessellation import (
    Bend,
    Frame,
    Points,
    collection,
    faces,
    feature,
    spread,
)

REMARK = "Verzonnen gebieden. Ze bestaan niet."

_WIDTH, _HEIGHT = 14.0, 12.0
# South-west corner in the North Sea, and km per degree at that latitude; the bends are the coast
# and the old roads, the ditches, the fences.
_FRAME = Frame(
    3.5,
    53.55,
    (111.32 * math.cos(math.radians(53.6)), 111.25),
    ((5.0, 0.65), (1.9, 0.25), (0.8, 0.1), (0.35, 0.035)),
    0.07,
)
# The harbour: a narrow water that runs into the old town from the north-west.
_HARBOUR = ((2.5, 10.0), (2.8, 9.75), (3.1, 9.5), (3.4, 9.25), (3.6, 9.0))
# Middles of the countryside, beside the two municipalities.
_COUNTRYSIDE = (
    (11.2, 9.6),
    (12.6, 6.2),
    (11.9, 4.0),
    (9.6, 3.2),
    (8.3, 1.6),
    (5.8, 1.8),
    (3.4, 1.9),
    (1.5, 3.4),
    (10.6, 1.9),
)


def _is_land(points: Points, phase: Points) -> NDArray[np.bool_]:
    """Whether points (km, shape (n, 2)) lie on the island: an egg with bays."""
    east, north = (points[:, 0] - 7.0) / 6.8, (points[:, 1] - 6.0) / 5.8
    angle = np.arctan2(north, east)
    reach = 0.93 + 0.035 * np.sin(3 * angle + phase[0]) + 0.03 * np.sin(5 * angle + phase[1])
    return np.asarray(np.hypot(east, north) < reach, dtype=np.bool_)


def _cells(rng: np.random.Generator) -> tuple[Points, list[str]]:
    """Middles of all cells (km) and the owner of each: a buurt code, 'land' or 'sea'."""
    margin = 1.0
    box = rng.uniform((-margin, -margin), (_WIDTH + margin, _HEIGHT + margin), size=(30_000, 2))
    land = _is_land(box, rng.uniform(0, 2 * math.pi, 2))
    ground, water = box[land], box[~land]
    kernels = np.array([(w.x, w.y) for w in WIJKEN] + list(_COUNTRYSIDE))
    nearest = cKDTree(kernels).query(ground)[1]
    middles: list[Points] = []
    owners: list[str] = []
    for i, wijk in enumerate(WIJKEN):
        middles.append(spread(rng, ground[nearest == i], len(wijk.buurten)))
        owners += wijk.buurt_codes
    for area, owner, count in (
        (ground[nearest >= len(WIJKEN)], "land", 26),
        (water, "sea", 170),
    ):
        middles.append(spread(rng, area, count))
        owners += [owner] * count
    middles.append(np.array(_HARBOUR))
    owners += ["sea"] * len(_HARBOUR)
    # A far ring closes the outermost cells.
    turn = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    middles.append(np.column_stack((7 + 60 * np.cos(turn), 6 + 60 * np.sin(turn))))
    owners += ["sea"] * len(turn)
    return np.concatenate(middles), owners


def _polygons(rng: np.random.Generator) -> dict[str, Any]:
    """Polygons (degrees) of the buurten by code, and 'land': a list for the countryside."""
    middles, owners = _cells(rng)
    bend = Bend(rng, _FRAME)
    sea = np.array([owner == "sea" for owner in owners])
    found: dict[str, Any] = {"land": []}
    for owner, face in zip(owners, faces(middles, sea, bend, _FRAME.step), strict=True):
        if owner == "land":
            found["land"].append(face)
        elif face is not None:
            found[owner] = face
    return found


def boundaries_geojson(seed: int) -> str:
    """The practice boundaries as GeoJSON text (WGS84, degrees, 6 decimals).

    One feature per country, municipality, wijk and buurt; every level is exactly the union of
    the one below, except that the country also has countryside outside the municipalities.
    """
    shapes = _polygons(np.random.default_rng([seed, 1]))
    wijken = {
        w.code: shapely.coverage_union_all([shapes[c] for c in w.buurt_codes]) for w in WIJKEN
    }
    towns = {
        gm: shapely.coverage_union_all([s for c, s in wijken.items() if c[2:6] == gm[2:]])
        for gm in (TOWN, VILLAGE)
    }
    country = shapely.coverage_union_all([*towns.values(), *shapes["land"]])
    features = [feature(COUNTRY, NAMES[COUNTRY], country)]
    features += [feature(gm, NAMES[gm], shape) for gm, shape in towns.items()]
    features += [feature(w.code, w.name, wijken[w.code]) for w in WIJKEN]
    features += [
        feature(code, name, shapes[code])
        for w in WIJKEN
        for code, name in zip(w.buurt_codes, w.buurten, strict=True)
    ]
    return collection(features, REMARK)
