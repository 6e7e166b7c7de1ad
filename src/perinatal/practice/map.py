"""The map of the practice region: an invented island, placed in the open sea.

The island is a Voronoi diagram with many small cells: buurten, countryside and sea. All its edges
are then bent by one smooth distortion of the plane. Because the plane as a whole is bent, and not
each polygon, neighbours keep exactly the same border and nothing can overlap or tear.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree
from shapely.geometry.polygon import orient

from perinatal.practice.places import COUNTRY, NAMES, TOWN, VILLAGE, WIJKEN

REMARK = "Verzonnen gebieden. Ze bestaan niet."

Points = NDArray[np.float64]

# South-west corner of the frame, in the North Sea, and km per degree at that latitude.
_WEST, _SOUTH = 3.5, 53.55
_KM_PER_DEGREE = (111.32 * math.cos(math.radians(53.6)), 111.25)
_WIDTH, _HEIGHT = 14.0, 12.0
_STEP = 0.07  # km between the points of a bent border
# Wavelength and largest shift in km: the coast and the old roads, the ditches, the fences.
_LAYERS = ((5.0, 0.65), (1.9, 0.25), (0.8, 0.1), (0.35, 0.035))
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


def _spread(rng: np.random.Generator, points: Points, count: int) -> Points:
    """Spread ``count`` middles evenly over the points (Lloyd), from the north-west onwards."""
    middles = points[rng.choice(len(points), count, replace=False)]
    for _ in range(12):
        nearest = cKDTree(middles).query(points)[1]
        middles = np.array([points[nearest == i].mean(axis=0) for i in range(count)])
    return middles[np.argsort(middles[:, 0] - middles[:, 1])]


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
        middles.append(_spread(rng, ground[nearest == i], len(wijk.buurten)))
        owners += wijk.buurt_codes
    for area, owner, count in (
        (ground[nearest >= len(WIJKEN)], "land", 26),
        (water, "sea", 170),
    ):
        middles.append(_spread(rng, area, count))
        owners += [owner] * count
    middles.append(np.array(_HARBOUR))
    owners += ["sea"] * len(_HARBOUR)
    # A far ring closes the outermost cells.
    turn = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    middles.append(np.column_stack((7 + 60 * np.cos(turn), 6 + 60 * np.sin(turn))))
    owners += ["sea"] * len(turn)
    return np.concatenate(middles), owners


class _Bend:
    """A smooth distortion of the plane: one layer of waves after another, from wide to narrow.

    Within a layer the steepest slope, 2 pi x shift / wavelength, stays below 1. So no layer can
    fold the plane, and neither can one layer after another.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        waves = 3
        self._layers = []
        for length, shift in _LAYERS:
            heading, away, phase = rng.uniform(0, 2 * math.pi, (3, waves))
            wave = np.stack((np.cos(heading), np.sin(heading))) * 2 * math.pi / length
            step = np.column_stack((np.cos(away), np.sin(away))) * shift / waves
            self._layers.append((wave, phase, step))

    def __call__(self, points: Points) -> Points:
        """Bend points (km, shape (n, 2)) and turn them into degrees, rounded to 6 decimals."""
        bent = points
        for wave, phase, step in self._layers:
            bent = bent + np.sin(bent @ wave + phase) @ step
        degrees = bent / np.array(_KM_PER_DEGREE) + np.array([_WEST, _SOUTH])
        return np.asarray(np.round(degrees, 6), dtype=np.float64)


def _polygons(rng: np.random.Generator) -> dict[str, Any]:
    """Polygons (degrees) of the buurten by code, and 'land': a list for the countryside."""
    middles, owners = _cells(rng)
    bend = _Bend(rng)
    diagram = Voronoi(middles)
    edges: dict[int, list[Any]] = defaultdict(list)
    for (a, b), ends in zip(diagram.ridge_points, diagram.ridge_vertices, strict=True):
        if min(ends) < 0 or owners[a] == owners[b] == "sea":
            continue
        start, end = diagram.vertices[sorted(ends)]
        pieces = max(1, math.ceil(float(np.hypot(*(end - start))) / _STEP))
        part = np.linspace(0, 1, pieces + 1)[:, None]
        line = shapely.LineString(bend(start * (1 - part) + end * part))
        if line.length > 0:
            edges[int(a)].append(line)
            edges[int(b)].append(line)
    found: dict[str, Any] = {"land": []}
    for i, owner in enumerate(owners):
        if owner == "sea":
            continue
        (face,) = shapely.get_parts(shapely.polygonize(edges[i]))
        if owner == "land":
            found["land"].append(face)
        else:
            found[owner] = face
    return found


def _feature(code: str, name: str, shape: Any) -> str:
    """One GeoJSON feature on one line, the outer ring counter-clockwise."""
    normal = shapely.normalize(shape)
    parts = [orient(part, 1.0) for part in shapely.get_parts(normal)]
    rings = [
        [[list(point) for point in ring.coords] for ring in (part.exterior, *part.interiors)]
        for part in parts
    ]
    geometry = (
        {"type": "Polygon", "coordinates": rings[0]}
        if len(rings) == 1
        else {"type": "MultiPolygon", "coordinates": rings}
    )
    feature = {
        "type": "Feature",
        "properties": {"code": code, "name": name},
        "geometry": geometry,
    }
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))


def boundaries_geojson(seed: int) -> str:
    """The practice boundaries as GeoJSON text (WGS84, degrees, 6 decimals).

    One feature per country, municipality, wijk and buurt; every level is exactly the union of
    the one below, except that the country also has countryside outside the municipalities.
    """
    faces = _polygons(np.random.default_rng([seed, 1]))
    wijken = {w.code: shapely.coverage_union_all([faces[c] for c in w.buurt_codes]) for w in WIJKEN}
    towns = {
        gm: shapely.coverage_union_all([s for c, s in wijken.items() if c[2:6] == gm[2:]])
        for gm in (TOWN, VILLAGE)
    }
    country = shapely.coverage_union_all([*towns.values(), *faces["land"]])
    features = [_feature(COUNTRY, NAMES[COUNTRY], country)]
    features += [_feature(gm, NAMES[gm], shape) for gm, shape in towns.items()]
    features += [_feature(w.code, w.name, wijken[w.code]) for w in WIJKEN]
    features += [
        _feature(code, name, faces[code])
        for w in WIJKEN
        for code, name in zip(w.buurt_codes, w.buurten, strict=True)
    ]
    head = json.dumps({"opmerking": REMARK}, ensure_ascii=False)[1:-1]
    body = ",\n".join(features)
    return f'{{"type":"FeatureCollection",\n{head},\n"features":[\n{body}\n]}}\n'
