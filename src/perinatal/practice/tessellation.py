"""Land that does not exist: a Voronoi diagram, bent as a whole, so that neighbours fit exactly.

Not each polygon is bent but the plane that they lie in: two neighbours keep the very same border,
and nothing can overlap or tear.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree
from shapely.geometry.polygon import orient

Points = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Frame(NamedTuple):
    """Where a plane in km lies on the earth, and how finely its borders are drawn.

    ``layers``: wavelength and largest shift in km of each bend, from wide to narrow; ``step``: km
    between the points of a border.
    """

    west: float
    south: float
    km_per_degree: tuple[float, float]
    layers: tuple[tuple[float, float], ...]
    step: float
    decimals: int = 6


class Bend:
    """A smooth distortion of the plane: one layer of waves after another, from wide to narrow.

    Within a layer the steepest slope, 2 pi x shift / wavelength, stays below 1. So no layer can
    fold the plane, and neither can one layer after another.
    """

    def __init__(self, rng: np.random.Generator, frame: Frame) -> None:
        waves = 3
        self._frame = frame
        self._layers = []
        for length, shift in frame.layers:
            heading, away, phase = rng.uniform(0, 2 * math.pi, (3, waves))
            wave = np.stack((np.cos(heading), np.sin(heading))) * 2 * math.pi / length
            step = np.column_stack((np.cos(away), np.sin(away))) * shift / waves
            self._layers.append((wave, phase, step))

    def __call__(self, points: Points) -> Points:
        """Bend points (km, shape (n, 2)) and turn them into rounded degrees."""
        bent = points
        for wave, phase, step in self._layers:
            bent = bent + np.sin(bent @ wave + phase) @ step
        frame = self._frame
        degrees = bent / np.array(frame.km_per_degree) + np.array([frame.west, frame.south])
        return np.asarray(np.round(degrees, frame.decimals), dtype=np.float64)


def spread(rng: np.random.Generator, points: Points, count: int) -> Points:
    """Spread ``count`` middles evenly over the points (Lloyd), from the north-west onwards."""
    middles = points[rng.choice(len(points), count, replace=False)]
    for _ in range(12):
        nearest = cKDTree(middles).query(points)[1]
        middles = np.array([points[nearest == i].mean(axis=0) for i in range(count)])
    return middles[np.argsort(middles[:, 0] - middles[:, 1])]


def faces(middles: Points, sea: Flags, bend: Bend, step: float) -> list[Any]:
    """The polygon (degrees) around each middle; None for the sea.

    Args:
        sea: cells that are not drawn; the outermost ones are, because they have no end.
    """
    diagram = Voronoi(middles)
    edges: dict[int, list[Any]] = defaultdict(list)
    for (a, b), ends in zip(diagram.ridge_points, diagram.ridge_vertices, strict=True):
        if min(ends) < 0 or (sea[a] and sea[b]):
            continue
        start, end = diagram.vertices[sorted(ends)]
        pieces = max(1, math.ceil(float(np.hypot(*(end - start))) / step))
        part = np.linspace(0, 1, pieces + 1)[:, None]
        line = shapely.LineString(bend(start * (1 - part) + end * part))
        if line.length > 0:
            edges[int(a)].append(line)
            edges[int(b)].append(line)
    found: list[Any] = []
    for i, wet in enumerate(sea):
        if wet:
            found.append(None)
        else:
            (face,) = shapely.get_parts(shapely.polygonize(edges[i]))
            found.append(face)
    return found


def feature(code: str, name: str, shape: Any) -> str:
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


def collection(features: Sequence[str], remark: str) -> str:
    """A FeatureCollection as text: one feature a line, and a remark that it is invented."""
    head = json.dumps({"opmerking": remark}, ensure_ascii=False)[1:-1]
    body = ",\n".join(features)
    return f'{{"type":"FeatureCollection",\n{head},\n"features":[\n{body}\n]}}\n'
