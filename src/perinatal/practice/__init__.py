"""An invented region to practise with: a map and ten years of figures.

Bad figures, invented for real neighbourhoods, would harm the people who live there. So the example
that is shipped shows a town, a village and a country that do not exist.
"""

from __future__ import annotations

from pathlib import Path

from perinatal.practice.figures import figures_csv
from perinatal.practice.map import boundaries_geojson
from perinatal.practice.places import Truth, practice_truth

__all__ = [
    "BOUNDARIES_FILE",
    "DEFAULT_SEED",
    "FIGURES_FILE",
    "Truth",
    "practice_truth",
    "write_practice",
]

BOUNDARIES_FILE = "oefenregio_grenzen_2022.geojson"
FIGURES_FILE = "oefenregio_perinataal_2016_2025.csv"

# The truth is in the rates; a seed only decides the draw. In about half of all seeds the figures
# tell the same story as the rates (the town clearly higher, one wijk that stands out, deaths that
# say nothing), in about one of nine the town's slow fall is seen too. This seed shows all of it,
# and most labels side by side, so that a newcomer meets them.
DEFAULT_SEED = 3357


def write_practice(directory: Path, *, seed: int = DEFAULT_SEED) -> tuple[Path, Path]:
    """Write the boundaries (GeoJSON, WGS84) and the figures (CSV, counts); return both paths.

    The same seed gives the same bytes. ``directory`` is made if it does not exist.
    """
    directory.mkdir(parents=True, exist_ok=True)
    boundaries, figures = directory / BOUNDARIES_FILE, directory / FIGURES_FILE
    boundaries.write_bytes(boundaries_geojson(seed).encode("utf-8"))
    figures.write_bytes(figures_csv(seed).encode("utf-8"))
    return boundaries, figures
