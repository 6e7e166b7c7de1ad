"""The map of the invented country: an island with an islet, in the open sea (see ``tessellation``).

Each municipality is about as large, so that its wijken are small where they are many: a city.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from perinatal.practice.country import Country, Municipality
from perinatal.practice.map import REMARK
from perinatal.practice.tessellation import (
    Bend,
    Flags,
    Frame,
    Points,
    collection,
    faces,
    feature,
    spread,
)

_FRAME = Frame(
    3.9,
    54.8,
    (111.32 * math.cos(math.radians(54.8)), 111.25),
    ((70.0, 9.0), (21.0, 2.4), (7.0, 0.6), (2.2, 0.12)),
    0.5,
    decimals=5,
)
_SIZE = 100.0  # km2 of a municipality
_PER_TOWN = 2_500  # points of chance to spread its middles over
_COARSE = 60
_SEA, _SHORE, _DEEP = 5.0, 2.5, 25.0  # km: between the middles of the sea, and from the land
_ISLET, _AWAY = 4.0, 14.0  # km: its radius, and the water before it


def _is_land(points: Points, radius: float, phase: Points) -> Flags:
    """Whether points (km) lie on the island: a circle with bays."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    reach = 0.95 + 0.05 * np.sin(3 * angle + phase[0]) + 0.04 * np.sin(7 * angle + phase[1])
    return np.asarray(np.hypot(points[:, 0], points[:, 1]) < radius * reach, dtype=np.bool_)


def _in_circle(rng: np.random.Generator, count: int, radius: float) -> Points:
    far, turn = radius * np.sqrt(rng.random(count)), rng.uniform(0, 2 * math.pi, count)
    return np.column_stack((far * np.cos(turn), far * np.sin(turn)))


def _grounds(rng: np.random.Generator, towns: Sequence[Municipality]) -> list[Points]:
    """Points of chance in the land of each municipality; the smallest one is the islet.

    The others follow each other in strips, there and back, so that neighbours in the list are
    mostly neighbours on the map.
    """
    islet = int(np.argmin([town.births for town in towns])) if len(towns) > 2 else None
    inland = len(towns) - (islet is not None)
    radius = math.sqrt(_SIZE * inland / math.pi)
    phase = rng.uniform(0, 2 * math.pi, 2)
    ground = _in_circle(rng, _PER_TOWN * inland, radius * 1.05)
    ground = ground[_is_land(ground, radius, phase)]
    middles = spread(rng, ground[: _COARSE * inland], inland)
    strip = np.floor((middles[:, 1] + radius) / (1.5 * math.sqrt(_SIZE)))
    middles = middles[np.lexsort((np.where(strip % 2, -1, 1) * middles[:, 0], strip))]
    nearest = cKDTree(middles).query(ground)[1]
    order = np.argsort(nearest, kind="stable")
    found = np.split(ground[order], np.cumsum(np.bincount(nearest, minlength=inland))[:-1])
    if islet is not None:
        away = np.array([0.25 * radius, 1.05 * radius + _AWAY])
        found.insert(islet, _in_circle(rng, _PER_TOWN, _ISLET) + away)
    return found


def _middles(
    rng: np.random.Generator, town: Municipality, ground: Points
) -> Iterator[tuple[str, Points]]:
    """Codes and middles of the cells of a municipality, each of the lowest level that it has."""
    if not town.mapped:
        yield town.code, spread(rng, ground, 1)
        return
    wijken = spread(rng, ground, len(town.wijken))
    nearest = cKDTree(wijken).query(ground)[1]
    for place, wijk in enumerate(town.wijken):
        codes = wijk.buurt_codes()
        if codes:
            yield from zip(
                codes, spread(rng, ground[nearest == place], len(codes))[:, None], strict=True
            )
        else:
            yield wijk.code, wijken[place][None]


def _sea(grounds: Sequence[Points]) -> Points:
    """Middles of the sea around all land, and a far ring that closes it."""
    land = np.concatenate([ground[: _COARSE * 4] for ground in grounds])
    low, high = land.min(axis=0) - _DEEP, land.max(axis=0) + _DEEP
    grid = np.meshgrid(*(np.arange(a, b, _SEA) for a, b in zip(low, high, strict=True)))
    water = np.column_stack([axis.ravel() for axis in grid])
    water[:, 0] += _SEA / 2 * (np.round(water[:, 1] / _SEA) % 2)
    away = cKDTree(land).query(water)[0]
    turn = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    ring = 3 * np.abs(land).max() * np.column_stack((np.cos(turn), np.sin(turn)))
    return np.concatenate([water[(away > _SHORE) & (away < _DEEP)], ring])


def shapes(country: Country) -> dict[str, Any]:
    """Polygons (WGS84, degrees) of the municipalities, wijken and buurten, by code.

    Every level is exactly the union of the one below. The country itself is left out: no map of
    municipalities has it.
    """
    rng = np.random.default_rng([country.seed, 342, 2])
    towns = country.municipalities
    grounds = _grounds(rng, towns)
    cells = [
        cell for town, g in zip(towns, grounds, strict=True) for cell in _middles(rng, town, g)
    ]
    sea = _sea(grounds)
    drawn = faces(
        np.concatenate([*(middle for _, middle in cells), sea]),
        np.repeat([False, True], [len(cells), len(sea)]),
        Bend(rng, _FRAME),
        _FRAME.step,
    )
    found = dict(zip([code for code, _ in cells], drawn, strict=False))
    for town in towns:
        parts = [found[town.code]] if not town.mapped else []
        for wijk in town.wijken if town.mapped else ():
            if wijk.buurten:
                found[wijk.code] = _joined(found[code] for code in wijk.buurt_codes())
            parts.append(found[wijk.code])
        found[town.code] = _joined(parts)
    return found


def _joined(parts: Any) -> Any:
    return shapely.coverage_union_all(list(parts))


def country_geojson(country: Country) -> str:
    """The boundaries as GeoJSON text: municipalities, wijken and buurten."""
    found, regions = shapes(country), country.regions
    return collection(
        [
            feature(str(code), str(name), found[str(code)])
            for code, name in zip(regions.code, regions.name, strict=True)
            if code in found
        ],
        REMARK,
    )
