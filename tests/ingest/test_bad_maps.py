"""Maps that do not keep their contract: refused, with the place and what to do, nothing loaded."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.ingest.conftest import Watched

Write = Callable[[str, bytes], Path]


def _features(change: Callable[[list[Any]], object]) -> Callable[[bytes], bytes]:
    def make(content: bytes) -> bytes:
        collection = json.loads(content)
        change(collection["features"])
        return json.dumps(collection).encode()

    return make


def _geometry(geometry: object) -> Callable[[bytes], bytes]:
    return _features(lambda features: features[2].update(geometry=geometry))


MAPS: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "no geometry": (_geometry(None), "MAP-GEOMETRY", "feature 3"),
    "geometry of two points": (
        _geometry({"type": "Polygon", "coordinates": [[[5, 52], [5.1, 52]]]}),
        "MAP-GEOMETRY", "feature 3",
    ),
    "geometry of words": (
        _geometry({"type": "Polygon", "coordinates": "GEHEIM"}), "MAP-GEOMETRY", "feature 3",
    ),
    "a point": (_geometry({"type": "Point", "coordinates": [5, 52]}), "MAP-GEOMETRY", "feature 3"),
    "empty polygon": (
        _geometry({"type": "Polygon", "coordinates": []}), "MAP-GEOMETRY", "feature 3",
    ),
    "metres instead of degrees": (
        _geometry({"type": "Polygon", "coordinates": [[
            [155000, 463000], [156000, 463000], [156000, 464000], [155000, 463000]]]}),
        "MAP-GEOMETRY", "feature 3.*degrees",
    ),
    "double code": (
        _features(lambda f: f[5]["properties"].update(code=f[4]["properties"]["code"])),
        "MAP-CODE", "feature 6: has a code that is double",
    ),
    "unknown kind of code": (
        _features(lambda f: f[5]["properties"].update(code="GEHEIM")), "MAP-CODE", "feature 6",
    ),
    "no name": (
        _features(lambda f: f[1]["properties"].pop("name")), "MAP-PROPERTY",
        "feature 2: lacks 'code' or 'name'",
    ),
    "a feature that is no object": (
        _features(lambda f: f.insert(0, "GEHEIM")), "MAP-PROPERTY", "feature 1",
    ),
    "cut off": (lambda content: content[:5000], "STR-TRUNCATED", r"line \d+: cannot be read"),
    "a list": (lambda content: b"[1, 2]", "STR-EMPTY", "no features"),
}  # fmt: skip


@pytest.mark.parametrize("name", MAPS)
def test_bad_map(name: str, watched: Watched, delivery: Write) -> None:
    make, rule, message = MAPS[name]
    file = delivery(f"oefenregio_grenzen_{name.replace(' ', '_')}.geojson", make(watched.map))
    outcome = watched.refuse(file)
    assert set(outcome.rules) == {rule}
    assert re.search(message, outcome.message)


@pytest.mark.parametrize("damage", ["cut", "not gzip"])
def test_damaged_gzip_map(damage: str, watched: Watched, delivery: Write) -> None:
    packed = gzip.compress(watched.map)
    # not the very bytes of the good map: those are known, under whatever name they come
    content = packed[: len(packed) // 2] if damage == "cut" else watched.map + b" "
    file = delivery(f"oefenregio_grenzen_{damage[:3]}.geojson.gz", content)
    outcome = watched.refuse(file, "oefen_grenzen")
    assert set(outcome.rules) == {"STR-TRUNCATED"}
    assert "damaged or cut off" in outcome.message
