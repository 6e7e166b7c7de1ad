"""Borders: projected, simplified together and turned into drawing paths."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

TOLERANCE_METRES = 30.0
_CBS_PREFIX = re.compile(r"^Wijk \d{2} ")


@dataclass(frozen=True)
class Drawn:
    """Paths of regions in one box of ``width`` by ``height``."""

    width: float
    height: float
    paths: dict[str, str]
    points: dict[str, tuple[float, float]]
    outline: str


def display_name(name: str) -> str:
    """Name of a wijk without the number that CBS puts before it ('Wijk 02 Belgisch Park')."""
    return _CBS_PREFIX.sub("", name)


def draw(regions: pd.DataFrame, width: float = 640.0) -> Drawn:
    """Turn regions into SVG path data.

    Args:
        regions: ``code``, ``parent`` and ``geometry`` (WKB, WGS84, as bytes).
        width: of the box; the height follows.

    Borders are simplified as a coverage, so that neighbours keep one shared line.
    """
    import geopandas as gpd
    import shapely

    frame = gpd.GeoDataFrame(
        regions[["code", "parent"]].reset_index(drop=True),
        geometry=gpd.GeoSeries.from_wkb([bytes(value) for value in regions["geometry"]]),
        crs="EPSG:4326",
    ).to_crs("EPSG:28992")
    shapes = shapely.coverage_simplify(frame.geometry.to_numpy(), TOLERANCE_METRES)
    left, bottom, right, top = shapely.total_bounds(shapes)
    scale = width / (right - left)

    def place(coordinates: np.ndarray) -> np.ndarray:
        moved = np.empty_like(coordinates)
        moved[:, 0] = (coordinates[:, 0] - left) * scale
        moved[:, 1] = (top - coordinates[:, 1]) * scale
        return moved

    shapes = shapely.transform(shapes, place)
    inside = shapely.point_on_surface(shapes)
    whole = [
        shapely.unary_union(shapely.make_valid(shapes[(frame["parent"] == parent).to_numpy()]))
        for parent in sorted(frame["parent"].dropna().unique())
    ]
    return Drawn(
        round(width, 1),
        round((top - bottom) * scale, 1),
        dict(zip(frame["code"], map(_path, shapes), strict=True)),
        {
            code: (round(float(point.x), 1), round(float(point.y), 1))
            for code, point in zip(frame["code"], inside, strict=True)
        },
        " ".join(_path(shape) for shape in whole),
    )


def _path(shape: object) -> str:
    import shapely

    rings = []
    for polygon in shapely.get_parts(shape):
        if polygon.geom_type != "Polygon":
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            points = [f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring)[:-1]]
            rings.append("M" + "L".join(points) + "Z")
    return "".join(rings)
