"""Borders: who lies beside whom, joined, simplified together and turned into drawing paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

TOLERANCE_METRES = 30.0
GAP_METRES = 5.0
"""Two borders that lie so near are one: drawn maps do not close to the metre."""
BORDER_METRES, BORDER_SHARE = 50.0, 0.05
"""Neighbours share at least so much, and this share of the shorter of their two outlines; less is
a corner where areas hardly meet."""
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
    import shapely

    frame = regions[["code", "parent"]].reset_index(drop=True)
    shapes = shapely.coverage_simplify(_in_metres(regions["geometry"]), TOLERANCE_METRES)
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


def neighbours(regions: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs of regions that lie together, completed so that they connect all regions.

    Two regions lie together when they share a border of ``BORDER_METRES`` and ``BORDER_SHARE``,
    gaps of ``GAP_METRES`` closed. What is then left apart, an island, is linked to the nearest
    region of another part; of those that it touches, to the one with the longest border.

    Args:
        regions: ``code`` (each once) and ``geometry`` (WKB, WGS84, as bytes), in any order.

    Returns:
        Each pair once, in order, the lower code first.
    """
    import shapely

    ordered = regions.sort_values("code")
    codes = ordered["code"].tolist()
    shapes = shapely.make_valid(_in_metres(ordered["geometry"]))
    wide = shapely.buffer(shapes, GAP_METRES)
    near = shapely.STRtree(shapes).query(wide, predicate="intersects")
    first, second = near[:, near[0] < near[1]]
    shared = shapely.length(shapely.intersection(wide[first], shapely.boundary(shapes[second])))
    outline = shapely.length(shapes)
    least = np.maximum(BORDER_METRES, BORDER_SHARE * np.minimum(outline[first], outline[second]))
    borders = {
        (int(one), int(other)): round(float(metres), 1)
        for one, other, metres in zip(first, second, shared, strict=True)
    }
    found = [pair for pair, enough in zip(borders, shared >= least, strict=True) if enough]
    found += _links_between_parts(found, borders, shapes)
    return sorted((codes[one], codes[other]) for one, other in found)


def _links_between_parts(
    pairs: list[tuple[int, int]], borders: dict[tuple[int, int], float], shapes: Sequence[Any]
) -> list[tuple[int, int]]:
    """The links that make one whole of all parts: the longest borders, then the shortest gaps."""
    import shapely

    part = list(range(len(shapes)))

    def joins(pair: tuple[int, int]) -> bool:
        old, new = part[pair[0]], part[pair[1]]
        part[:] = [new if number == old else number for number in part]
        return old != new

    for pair in pairs:
        joins(pair)
    apart = [
        (one, other)
        for one in range(len(part))
        for other in range(one + 1, len(part))
        if part[one] != part[other]
    ]
    metres = [round(float(shapely.distance(shapes[a], shapes[b])), 1) for a, b in apart]
    nearest = sorted((gap, -borders.get(p, 0.0), p) for gap, p in zip(metres, apart, strict=True))
    return [pair for _, _, pair in nearest if joins(pair)]


def union(geometries: Iterable[bytes]) -> bytes:
    """One valid geometry (WKB, WGS84) of several that lie side by side (WKB, WGS84).

    Raises:
        ValueError: there is none.
    """
    import shapely

    shapes = shapely.from_wkb([bytes(value) for value in geometries])
    if not len(shapes):
        raise ValueError("nothing to join")
    if shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes):
        joined = shapely.coverage_union_all(shapes)
    else:  # overlaps or slips in the delivered map
        joined = shapely.union_all(shapely.make_valid(shapes))
    return bytes(shapely.to_wkb(shapely.make_valid(joined)))


def _in_metres(geometries: Iterable[bytes]) -> Any:
    """Shapes in the Dutch grid (EPSG:28992, metres) of WKB in WGS84."""
    import geopandas as gpd

    read = gpd.GeoSeries.from_wkb([bytes(value) for value in geometries], crs="EPSG:4326")
    return read.to_crs("EPSG:28992").to_numpy()


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
