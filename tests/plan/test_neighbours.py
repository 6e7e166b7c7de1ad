"""Who lies beside whom, on a map drawn for it (metres in the Dutch grid)."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from perinatal.regions import neighbours, union
from perinatal.store import deliveries, open_store
from tests.conftest import Practice

_EAST, _NORTH = 150_000.0, 480_000.0


def _map(**boxes: tuple[float, float, float, float]) -> pd.DataFrame:
    """Boxes (west, south, east, north), in metres from a corner, as a map in degrees."""
    shapes = [
        shapely.box(_EAST + west, _NORTH + south, _EAST + east, _NORTH + north)
        for west, south, east, north in boxes.values()
    ]
    degrees = gpd.GeoSeries(shapes, crs="EPSG:28992").to_crs("EPSG:4326")
    return pd.DataFrame({"code": list(boxes), "geometry": list(degrees.to_wkb())})


def test_a_shared_border_makes_neighbours_and_a_corner_does_not() -> None:
    square = _map(
        a=(0, 1000, 1000, 2000), b=(1000, 1000, 2000, 2000),
        c=(0, 0, 1000, 1000), d=(1000, 0, 2000, 1000),
    )  # fmt: skip
    assert neighbours(square) == [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]


def test_a_gap_or_overlap_of_some_metres_is_a_border() -> None:
    assert neighbours(_map(a=(0, 0, 900, 900), b=(903, 0, 2000, 900), c=(1997, 0, 3000, 900))) == [
        ("a", "b"), ("b", "c"),
    ]  # fmt: skip


def test_a_sliver_of_border_counts_only_where_there_is_no_other() -> None:
    # b and c share 120 of their outlines of 4,000 metres and more
    row = _map(a=(0, 0, 2000, 1000), b=(0, 1000, 1000, 2000), c=(1000, 1880, 2000, 2900))
    assert neighbours(row) == [("a", "b"), ("b", "c")]
    closed = _map(
        a=(0, 0, 2000, 1000), b=(0, 1000, 1000, 2000), c=(1000, 1880, 2000, 2900),
        d=(2000, 0, 3000, 2900),
    )  # fmt: skip
    assert neighbours(closed) == [("a", "b"), ("a", "d"), ("c", "d")]


def test_islands_are_linked_to_what_is_nearest() -> None:
    water = _map(
        a=(0, 0, 1000, 1000), b=(1000, 0, 2000, 1000),
        east=(2400, 0, 3000, 1000), far=(3300, 0, 4000, 1000),
    )  # fmt: skip
    pairs = [("a", "b"), ("b", "east"), ("east", "far")]
    assert neighbours(water) == pairs
    assert neighbours(water.sample(frac=1, random_state=1)) == pairs


def test_a_region_alone_has_no_neighbours() -> None:
    assert neighbours(_map(a=(0, 0, 1000, 1000))) == []


def test_joined_regions_are_one_valid_shape_without_a_line_inside() -> None:
    fits = _map(a=(0, 0, 1000, 1000), b=(1000, 0, 2000, 1000))
    joined = shapely.from_wkb(union(fits["geometry"]))
    assert (joined.geom_type, joined.is_valid) == ("Polygon", True)
    overlaps = _map(a=(0, 0, 1000, 1000), b=(990, 0, 2000, 1000))
    assert shapely.from_wkb(union(overlaps["geometry"])).geom_type == "Polygon"
    apart = _map(a=(0, 0, 1000, 1000), b=(1500, 0, 2000, 1000))
    assert shapely.from_wkb(union(apart["geometry"])).geom_type == "MultiPolygon"
    with pytest.raises(ValueError, match="nothing"):
        union([])


def test_the_practice_towns_hang_together(practice_data: Practice) -> None:
    settings = practice_data.settings
    with open_store(settings.store_file) as store:
        regions = deliveries.regions_as_of(store, settings.clock())
    own = regions[(regions["level"] == "wijk") & (regions["parent"] == "GM9902")]
    assert neighbours(own) == [
        ("WK990200", "WK990201"), ("WK990201", "WK990202"), ("WK990201", "WK990203"),
        ("WK990202", "WK990203"),
    ]  # fmt: skip
