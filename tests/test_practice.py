"""The practice region: invented, consistent, and drawn from the truth that it states."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from scipy.stats import binom
from shapely.geometry import shape

from perinatal.practice import practice_truth, write_practice

HEADER = (
    "jaar;niveau;regiocode;regionaam;geboorten;te_vroeg;te_licht;onder_2500_gram;"
    "te_vroeg_of_te_licht;overleden_24w_7d;overleden_24w_28d;zwangeren;start_na_10_weken;"
    "zwangeren_eerstelijn;start_na_10_weken_eerstelijn;welvaart"
)
COUNTS = HEADER.split(";")[4:-1]
NEW = ("zwangeren", "start_na_10_weken")
OLD = ("zwangeren_eerstelijn", "start_na_10_weken_eerstelijn")
DENOMINATOR = {
    "te_vroeg": "geboorten",
    "te_licht": "geboorten",
    "overleden_24w_7d": "geboorten",
    "overleden_24w_28d": "geboorten",
    "start_na_10_weken": "zwangeren",
    "start_na_10_weken_eerstelijn": "zwangeren_eerstelijn",
}
LEVELS = ["land", "gemeente", "wijk", "buurt"]
BLOCK = range(2021, 2026)

Row = dict[str, str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_practice(tmp_path_factory.mktemp("practice") / "new")


@pytest.fixture(scope="module")
def rows(files: tuple[Path, Path]) -> list[Row]:
    with files[1].open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=";"))


@pytest.fixture(scope="module")
def collection(files: tuple[Path, Path]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files[0].read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def shapes(collection: dict[str, Any]) -> dict[str, Any]:
    return {f["properties"]["code"]: shape(f["geometry"]) for f in collection["features"]}


def parent(code: str) -> str:
    return {"BU": "WK", "WK": "GM"}[code[:2]] + code[2 : 8 if code[:2] == "BU" else 6]


def total(rows: list[Row], code: str, column: str, years: range = BLOCK) -> int:
    return sum(int(r[column]) for r in rows if r["regiocode"] == code and int(r["jaar"]) in years)


def mid_p(rows: list[Row], code: str, column: str) -> tuple[float, float]:
    """Two-sided exact mid-p against Oefenland in 2021-2025, and the ratio of the rates."""
    x, n = total(rows, code, column), total(rows, code, DENOMINATOR[column])
    reference = total(rows, "NL99", column) / total(rows, "NL99", DENOMINATOR[column])
    below = binom.cdf(x, n, reference) - binom.pmf(x, n, reference) / 2
    return float(2 * min(below, 1 - below)), x / n / reference


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, files: tuple[Path, Path]) -> None:
    again = write_practice(tmp_path / "again")
    other = write_practice(tmp_path / "other", seed=7)
    for first, second, third in zip(files, again, other, strict=True):
        assert first.name == second.name
        assert first.read_bytes() == second.read_bytes()
        assert first.read_bytes() != third.read_bytes()


def test_names_of_the_files(files: tuple[Path, Path]) -> None:
    assert [f.name for f in files] == [
        "oefenregio_grenzen_2022.geojson",
        "oefenregio_perinataal_2016_2025.csv",
    ]


def test_header_rows_and_order(files: tuple[Path, Path], rows: list[Row]) -> None:
    text = files[1].read_bytes().decode("utf-8")
    assert text.splitlines()[0] == HEADER
    assert "\r" not in text
    keys = [(int(r["jaar"]), LEVELS.index(r["niveau"]), r["regiocode"]) for r in rows]
    assert keys == sorted(set(keys))
    per_year = {year: sum(k[0] == year for k in keys) for year in range(2016, 2026)}
    assert set(per_year.values()) == {len(rows) // 10}


def test_codes_cannot_be_real(rows: list[Row], collection: dict[str, Any]) -> None:
    pattern = re.compile(r"NL99|GM990[12]|WK990[12]\d{2}|BU990[12]\d{4}")
    on_map = {f["properties"]["code"]: f["properties"]["name"] for f in collection["features"]}
    in_table = {r["regiocode"]: r["regionaam"] for r in rows}
    assert on_map == in_table
    assert all(pattern.fullmatch(code) for code in on_map)
    assert len(set(on_map.values())) == len(on_map)
    assert collection["opmerking"] == "Verzonnen gebieden. Ze bestaan niet."
    for wijk in (c for c in on_map if c[:2] == "WK"):
        assert 3 <= sum(c[:2] == "BU" and parent(c) == wijk for c in on_map) <= 5
    assert [sum(c.startswith(p) for c in on_map) for p in ("WK9901", "WK9902")] == [14, 4]
    assert any("'" in name for name in on_map.values())
    assert any(ord(letter) > 127 for name in on_map.values() for letter in name)


def test_levels_add_up(rows: list[Row]) -> None:
    cells = {(r["jaar"], r["regiocode"]): r for r in rows}
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        if row["niveau"] in ("wijk", "buurt"):
            for column in COUNTS:
                if row[column] != ".":
                    sums[row["jaar"], parent(row["regiocode"]), column] += int(row[column])
    for (year, code, column), value in sums.items():
        assert int(cells[year, code][column]) == value
    for row in rows:
        if row["niveau"] == "gemeente":
            assert int(row["geboorten"]) < int(cells[row["jaar"], "NL99"]["geboorten"])


def test_every_row_is_possible(rows: list[Row]) -> None:
    for row in rows:
        year = int(row["jaar"])
        absent = OLD if year >= 2021 else NEW
        assert {c for c in COUNTS if row[c] == "."} == set(absent)
        n = {c: int(row[c]) for c in COUNTS if c not in absent}
        assert min(n.values()) >= 0
        early, small, either = n["te_vroeg"], n["te_licht"], n["te_vroeg_of_te_licht"]
        assert max(early, small) <= either <= min(early + small, n["geboorten"])
        assert n["onder_2500_gram"] <= n["geboorten"]
        assert n["overleden_24w_7d"] <= n["overleden_24w_28d"] <= n["geboorten"]
        women, late = OLD if year < 2021 else NEW
        assert n[late] <= n[women] <= n["geboorten"]


def test_sizes(rows: list[Row]) -> None:
    decade = range(2016, 2026)
    births = {c: total(rows, c, "geboorten", decade) / 10 for c in {r["regiocode"] for r in rows}}
    assert births["GM9901"] == pytest.approx(1700, rel=0.02)
    assert births["GM9902"] == pytest.approx(260, rel=0.05)
    assert births["NL99"] == pytest.approx(165_000, rel=0.01)
    town = [n for c, n in births.items() if c.startswith("WK9901")]
    assert min(town) > 35
    assert max(town) < 250
    assert sum(n > 70 for n in town) == 12
    small = [r for r in rows if r["niveau"] == "buurt" and int(r["te_vroeg"]) < 10]
    assert len(small) > 500


def test_overlap_of_early_and_small(rows: list[Row]) -> None:
    parts = total(rows, "NL99", "te_vroeg") + total(rows, "NL99", "te_licht")
    assert total(rows, "NL99", "te_vroeg_of_te_licht") / parts == pytest.approx(0.88, abs=0.01)


@pytest.mark.parametrize("seed", [None, 1])
def test_figures_agree_with_the_truth(
    seed: int | None, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    """Over the years that have the figure |z| < 4, for the country, municipalities and wijken."""
    path = files[1] if seed is None else write_practice(tmp_path, seed=seed)[1]
    with path.open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle, delimiter=";"))
    truth = practice_truth()
    observed: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in table:
        if row["niveau"] == "buurt":
            continue
        for name, denominator in DENOMINATOR.items():
            if row[name] == ".":
                continue
            n, rate = int(row[denominator]), truth.rate(row["regiocode"], name, int(row["jaar"]))
            sums = observed[row["regiocode"], name]
            sums[0] += int(row[name])
            sums[1] += n * rate
            sums[2] += n * rate * (1 - rate)
    assert len(observed) == 21 * 6
    for key, (count, expected, variance) in observed.items():
        assert abs(count - expected) / math.sqrt(variance) < 4, key


def test_the_truth_as_agreed() -> None:
    truth = practice_truth()

    def ratio(code: str, name: str) -> float:
        return truth.rate(code, name, 2023) / truth.rate("NL99", name, 2023)

    assert truth.rate("NL99", "te_vroeg", 2016) == pytest.approx(0.072)
    assert truth.rate("NL99", "te_vroeg", 2017) == pytest.approx(0.072 * 0.99)
    assert ratio("GM9901", "te_vroeg") == pytest.approx(1.14, abs=0.005)
    assert ratio("GM9901", "te_licht") == pytest.approx(1.01, abs=0.005)
    assert ratio("GM9901", "start_na_10_weken") == pytest.approx(16 / 12, abs=0.01)
    assert ratio("GM9901", "overleden_24w_7d") == pytest.approx(1)
    assert ratio("GM9902", "te_licht") == pytest.approx(0.85)
    assert ratio("GM9902", "start_na_10_weken") == pytest.approx(0.75)
    fall = truth.rate("GM9901", "te_vroeg", 2025) / truth.rate("GM9901", "te_vroeg", 2024)
    assert fall == pytest.approx(0.975)
    factors = sorted(f["te_vroeg"] for c, f in truth.factor.items() if c.startswith("WK9901"))
    assert factors[0] == 0.70
    assert factors[-3:] == [1.25, 1.25, 1.60]
    assert all(1.05 <= f <= 1.10 for f in factors[1:-3])
    with pytest.raises(dataclasses.FrozenInstanceError):
        truth.anchor_year = 2000  # type: ignore[misc]
    with pytest.raises(TypeError):
        truth.factor["WK990100"]["te_vroeg"] = 2.0  # type: ignore[index]


def test_the_default_seed_shows_the_stories(rows: list[Row]) -> None:
    p, ratio = mid_p(rows, "GM9901", "te_vroeg")
    assert p < 0.002 < 1 < ratio
    p, ratio = mid_p(rows, "WK990105", "te_vroeg")
    assert p < 0.002 < 1 < ratio
    p, ratio = mid_p(rows, "GM9901", "start_na_10_weken")
    assert p < 0.002 < 1 < ratio
    for name in ("te_licht", "overleden_24w_7d", "overleden_24w_28d"):
        assert mid_p(rows, "GM9901", name)[0] > 0.05
    p, ratio = mid_p(rows, "WK990113", "te_vroeg")
    assert p < 0.01
    assert ratio < 1


def test_map_is_clean_and_without_gaps(shapes: dict[str, Any]) -> None:
    for code, polygon in shapes.items():
        assert polygon.geom_type == "Polygon", code
        assert polygon.is_valid, code
        assert polygon.exterior.is_ccw, code
    for level in ("BU", "WK", "GM"):
        parts = [s for c, s in shapes.items() if c.startswith(level)]
        assert shapely.coverage_is_valid(parts)
        assert shapely.union_all(parts).area == pytest.approx(sum(s.area for s in parts), rel=1e-9)
    for level in ("WK", "GM"):
        for code in (c for c in shapes if c.startswith(level)):
            below = "BU" if level == "WK" else "WK"
            members = [s for c, s in shapes.items() if c[:2] == below and parent(c) == code]
            assert shapely.coverage_union_all(members).equals(shapes[code])
    towns = shapes["GM9901"].union(shapes["GM9902"])
    assert towns.geom_type == "Polygon"
    assert shapes["NL99"].covers(towns)
    assert 1.2 < shapes["NL99"].area / towns.area < 2


def test_map_lies_at_sea_in_six_decimals(files: tuple[Path, Path], shapes: dict[str, Any]) -> None:
    west, south, east, north = shapes["NL99"].bounds
    assert 3.45 < west < east < 3.75
    assert 53.5 < south < north < 53.7
    assert 11 < (east - west) * 66.1 < 15
    assert 9 < (north - south) * 111.2 < 13
    text = files[0].read_text(encoding="utf-8")
    assert max(len(d) for d in re.findall(r"\d\.(\d+)", text)) <= 6


def test_codes_run_from_north_west_to_south_east(shapes: dict[str, Any]) -> None:
    def position(code: str) -> float:
        middle = shapes[code].centroid
        return float((middle.x - 3.5) * 66.1 - (middle.y - 53.55) * 111.2)

    for municipality in ("WK9901", "WK9902"):
        places = [position(c) for c in sorted(c for c in shapes if c.startswith(municipality))]
        # Middles shift a little with the tessellation: nobody is far out of order.
        assert all(second > first - 1.5 for first, second in pairwise(places))
        assert places[0] < places[len(places) // 2] < places[-1]


@pytest.mark.parametrize("seed", range(2))
def test_other_seeds_give_clean_maps_too(seed: int, tmp_path: Path) -> None:
    loaded = json.loads(write_practice(tmp_path, seed=seed)[0].read_text(encoding="utf-8"))
    found = {f["properties"]["code"]: shape(f["geometry"]) for f in loaded["features"]}
    assert all(s.geom_type == "Polygon" and s.is_valid for s in found.values())
    assert shapely.coverage_is_valid([s for c, s in found.items() if c.startswith("BU")])
