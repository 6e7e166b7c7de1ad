"""Maps (GeoJSON)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from perinatal.catalog import Source
from perinatal.ingest.readers.delimited import decode
from perinatal.ingest.readers.refusal import AGAIN, refuse
from perinatal.ingest.readers.unpack import read_bytes


def read_geojson(file: Path, source: Source) -> list[dict[str, Any]]:
    """The features of a FeatureCollection.

    Raises:
        RejectedDelivery: no JSON, no FeatureCollection, no features.
    """
    text = decode(file, read_bytes(file, source), source)
    features: object = None
    try:
        content = json.loads(text)
        features = content.get("features") if isinstance(content, dict) else None
    except json.JSONDecodeError as error:
        refuse(
            file,
            f"line {error.lineno}",
            "cannot be read as JSON.",
            "a GeoJSON file.",
            f"The file may be cut off. {AGAIN}",
            "STR-TRUNCATED",
        )
    except RecursionError:
        refuse(
            file,
            "file",
            "is nested deeper than a map can be.",
            "a GeoJSON file.",
            "Export the map again.",
            "STR-FORMAT",
        )
    if not isinstance(features, list) or not features:
        refuse(
            file,
            "file",
            "has no features.",
            "a GeoJSON FeatureCollection.",
            "Export the map again.",
            "STR-EMPTY",
        )
    return features
