"""The invented country: every form and gap that real deliveries have, and sums that hold."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from perinatal.errors import UserError
from perinatal.practice.country import Country, invent
from perinatal.practice.country_files import CountryFiles, write_country
from perinatal.practice.country_gaps import gaps
from perinatal.practice.extremes import extremes
from perinatal.practice.figures import COUNTS
from perinatal.practice.national import national_practice
from perinatal.regions import display_name
from perinatal.settings import Settings

SMALL = 12
MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
MARKS = {".", "<5"}
YEARS = [str(year) for year in range(2016, 2026)]


@dataclass(frozen=True)
class Small:
    """A small country as delivered: cells by year, region and subject."""

    files: CountryFiles
    levels: dict[str, str]
    names: dict[str, str]
    cells: dict[tuple[str, str, str], str]
    shapes: dict[str, Any]


@pytest.fixture(scope="module")
def country() -> Country:
    return invent()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    files = write_country(tmp_path_factory.mktemp("country"), municipalities=SMALL)
    levels, names, cells = {}, {}, {}
    with gzip.open(files.figures, "rt", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter=";"):
            levels[row["regiocode"]] = row["niveau"]
            names[row["regiocode"]] = row["regionaam"]
            key = row["jaar"], row["regiocode"], row["onderwerp"]
            assert key not in cells
            cells[key] = row["aantal"]
    features = json.loads(gzip.decompress(files.map.read_bytes()))["features"]
    shapes = {f["properties"]["code"]: shape(f["geometry"]) for f in features}
    return Small(files, levels, names, cells, shapes)


def parent(code: str) -> str:
    return {"BU": "WK", "WK": "GM"}[code[:2]] + code[2 : 8 if code[:2] == "BU" else 6]


def wijk_names(country: Country) -> list[str]:
    return [wijk.name for town in country.municipalities for wijk in town.wijken]


def test_size_of_the_country(country: Country) -> None:
    towns = country.municipalities
    levels = Counter(country.regions.level.tolist())
    assert len(towns) == levels["gemeente"] == 342
    assert 3_050 < levels["wijk"] < 3_250
    assert gaps(country).delivered.sum() * len(COUNTS) * len(YEARS) >= 600_000
    assert sum(bool(t.wijken[0].buurten) for t in towns) == 20
    births = sorted(town.births for town in towns)
    assert 10 <= births[0] <= 20 < births[1]
    assert 140_000 < sum(births) < 180_000
    wijken = [len(town.wijken) for town in towns]
    assert max(wijken) >= 60
    assert wijken.count(1) >= 10
    # none of its wijken can have a figure of its own
    assert sum(t.births < 57 and len(t.wijken) > 1 for t in towns) >= 3
    assert sum(not town.mapped for town in towns) >= 10
    assert all(
        any(getattr(t, gap) for t in towns) for gap in ("cautious", "missing_years", "undivided")
    )


@pytest.mark.parametrize(
    ("form", "least"),
    [
        (r"^Wijk \d\d$", 60),
        (r"\d$", 70),
        (r"^(Wijk \d\d )?1953$", 1),
        (r"\d,\d$", 1),
        (r"^(Wijk \d\d )?'[ts][ -]", 5),
        (r"\(o\)$", 5),
        (r"\((kern|buitengebied)\)$", 5),
        (r"\(D,F,H\)$", 1),
        (r"\w/\w", 5),
        (r" / ", 5),
        (r" & ", 5),
        (r"St\. ", 5),
        (r"e\.o\.$", 5),
        (r"-", 20),
        (r"[^\x00-\x7f]", 50),
        (r"^Wijk \d\d ", 1_000),
        (r"^Wijk \d\d: ", 20),
        (r"Verspreide huizen", 5),
        (r"^.{60,100}$", 5),
        (r"^(Wijk \d\d )?Centrum$", 100),
    ],
)
def test_names_of_wijken_have_every_form(country: Country, form: str, least: int) -> None:
    assert sum(bool(re.search(form, name)) for name in wijk_names(country)) >= least


def test_names_of_municipalities(country: Country) -> None:
    names = [town.name for town in country.municipalities]
    assert len(set(names)) == len(names)
    assert 28 <= max(map(len, names)) <= 40
    for form in ("^'s-", "^'t ", r"\(o\)$", r"\([A-Z]\.\)$", ",", "-", " aan den ", " a/d "):
        assert any(re.search(form, name) for name in names), form
    (bare,) = {n.removesuffix(" (Z.)") for n in names if n.endswith(" (Z.)")}
    assert f"{bare} (W.)" in names
    same = [t for t in country.municipalities if t.name in {display_name(w.name) for w in t.wijken}]
    assert len(same) >= 30
    assert any(len(town.wijken) > 1 for town in same)
    for town in country.municipalities:
        assert len({wijk.name for wijk in town.wijken}) == len(town.wijken)


@pytest.mark.shared
def test_no_invented_name_is_a_real_one(country: Country, shared_data: Path) -> None:
    real: set[str] = set()
    for file in ("gemeenten_2022_attributes.csv", "wijken_2022_attributes.csv"):
        with (shared_data / "cbs" / file).open(encoding="utf-8", newline="") as handle:
            real |= {display_name(row["name"]) for row in csv.DictReader(handle)}
    towns = {town.name for town in country.municipalities}
    assert not towns & real
    common = {display_name(name) for name in wijk_names(country)} & real
    words = "Centrum Noord Oost Zuid West Buitengebied Binnenstad Noordoost Zuidwest"
    assert {n for n in common if not n.startswith("Wijk ")} <= {*words.split(), "Bedrijventerrein"}


def test_coalitions(country: Country) -> None:
    together = [area for area in country.areas if area.is_coalition]
    assert {len(area.municipalities) for area in together} == set(range(2, 15))
    times = Counter(code for area in together for code in area.municipalities)
    assert max(times.values()) >= 2
    assert len({area.id for area in country.areas}) == len(country.areas)
    assert {a.municipalities for a in country.areas if not a.is_coalition} == {
        (town.code,) for town in country.municipalities
    }


def test_what_is_impossible_is_known_beforehand_and_rare(country: Country) -> None:
    assert 0 < len(country.impossible) <= 0.02 * len(country.areas)
    assert set(country.impossible.values()) == {"no_figures"}


def test_only_areas_without_any_figure_are_impossible(small: Small) -> None:
    with small.files.impossible.open(encoding="utf-8", newline="") as handle:
        impossible = {row["area"]: row["reason"] for row in csv.DictReader(handle)}
    counted = {code for (_, code, _), cell in small.cells.items() if cell not in MARKS}
    for area in small.files.country.areas:
        nothing = counted.isdisjoint(area.municipalities)
        assert impossible.get(area.id) == ("no_figures" if nothing else None)
    assert impossible
    silent = {town.code for town in small.files.country.municipalities if town.silent}
    together = [area for area in small.files.country.areas if area.is_coalition]
    assert any(silent & set(area.municipalities) for area in together)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, small: Small) -> None:
    def written(files: CountryFiles) -> dict[str, bytes]:
        top = files.impossible.parent
        return {
            str(file.relative_to(top)): file.read_bytes()
            for file in sorted(top.rglob("*"))
            if file.is_file()
        }

    first = written(small.files)
    assert written(write_country(tmp_path / "again", municipalities=SMALL)) == first
    other = written(write_country(tmp_path / "other", municipalities=SMALL, seed=2))
    for file in ("deliveries/" + small.files.map.name, "deliveries/" + small.files.figures.name):
        assert other[file] != first[file]


def test_a_folder_keeps_the_areas_of_one_country(tmp_path: Path) -> None:
    write_country(tmp_path, municipalities=2)
    write_country(tmp_path, municipalities=2)
    with pytest.raises(UserError, match="holds other areas"):
        write_country(tmp_path, municipalities=2, seed=3)


def test_codes_clash_with_nothing(small: Small) -> None:
    pattern = re.compile(r"NL99|GM9[0-3]\d\d|WK9[0-3]\d{4}|BU9[0-3]\d{6}")
    assert all(pattern.fullmatch(code) for code in {*small.levels, *small.shapes})


def test_parts_are_a_little_less_than_their_whole(country: Country) -> None:
    regions, counts = country.regions, country.counts
    place = {str(code): i for i, code in enumerate(regions.code)}
    inside: dict[str, list[int]] = defaultdict(list)
    for code, level in zip(regions.code.tolist(), regions.level.tolist(), strict=True):
        if level != "land":
            inside["NL99" if level == "gemeente" else parent(code)].append(place[code])
    rests = {
        code: counts[:, place[code]] - counts[:, parts].sum(1) for code, parts in inside.items()
    }
    for code, rest in rests.items():
        assert (rest >= 0).all(), code
        if code.startswith("WK"):
            assert not rest.any(), code
    births = {code: rest[:, 0].sum() for code, rest in rests.items()}
    assert 0 < births["NL99"] < 0.002 * counts[:, 0, 0].sum()
    towns = [code for code in births if code.startswith("GM")]
    assert 0 < sum(births[code] for code in towns) < 0.008 * counts[:, 0, 0].sum()


def test_every_count_is_possible(country: Country) -> None:
    (n, early, small, light, either, week, month, women, late, first_line, late_first) = (
        np.moveaxis(country.counts, -1, 0)
    )
    assert (country.counts >= 0).all()
    assert (np.maximum(early, small) <= either).all()
    assert (either <= np.minimum(early + small, n)).all()
    assert (light <= n).all()
    assert ((week <= month) & (month <= n)).all()
    assert ((late <= women) & (women <= n)).all()
    assert ((late_first <= first_line) & (first_line <= women)).all()


def test_cells_are_withheld_and_missing_as_in_real_sources(small: Small) -> None:
    cells, towns = small.cells, small.files.country.municipalities
    assert {year for year, _, _ in cells} == set(YEARS)
    for (year, code, subject), cell in cells.items():
        if cell not in MARKS:
            assert int(cell) >= 0
        if subject.startswith("start_na_10_weken"):
            counted = subject.endswith("eerstelijn") == (year < "2021")
            assert counted or cell == "."
        if cell == "<5":
            assert small.levels[code] == "buurt" or subject != "geboorten"
    kinds = Counter((small.levels[c], s) for (_, c, s), cell in cells.items() if cell == "<5")
    assert kinds["buurt", "te_vroeg"] > 100
    assert kinds["wijk", "overleden_24w_7d"] > 100
    assert kinds["wijk", "te_vroeg"] > 10
    assert not kinds["land", "te_vroeg"]
    gone = {t.code: {str(y) for y in t.missing_years} for t in towns if t.missing_years}
    assert set(map(len, gone.values())) == {1, 2}
    for code, years in gone.items():
        assert {y for y in YEARS if cells[y, code, "geboorten"] == "."} == years
    wijken = [code for code, level in small.levels.items() if level == "wijk"]
    empty = [sum(cells[y, code, "geboorten"] == "." for y in YEARS) for code in wijken]
    assert 10 in empty
    assert any(3 <= years < 10 for years in empty)
    scores = [[cells[y, code, "welvaart"] for y in YEARS] for code in wijken]
    assert any(set(own) == {"."} for own in scores)
    early = np.mean([own[0] == "." for own in scores])
    assert 0.05 < early < 0.15  # above what passes without a warning
    assert {c for _, c, s in cells if s == "welvaart"} == set(wijken)


def test_wijken_of_an_undivided_municipality_are_on_the_map_only(small: Small) -> None:
    (town,) = (town for town in small.files.country.municipalities if town.undivided)
    wijken = {wijk.code for wijk in town.wijken}
    assert wijken <= set(small.shapes)
    assert not wijken & set(small.levels)
    assert town.code in small.levels


def test_the_map_fits_the_delivery(small: Small) -> None:
    shapes, towns = small.shapes, small.files.country.municipalities
    assert set(small.levels) - {"NL99"} <= set(shapes)
    assert {t.code for t in towns} == {code for code in shapes if code.startswith("GM")}
    assert all(s.is_valid and s.geom_type == "Polygon" for s in shapes.values())
    inside: dict[str, list[Any]] = defaultdict(list)
    for code, own in shapes.items():
        if not code.startswith("GM"):
            inside[parent(code)].append(own)
    for code, parts in inside.items():
        assert shapely.coverage_union_all(parts).equals(shapes[code]), code
    for level in ("WK", "GM"):
        assert shapely.coverage_is_valid([s for c, s in shapes.items() if c.startswith(level)])
    assert {t.code for t in towns if not t.mapped} == {
        code for code in shapes if code.startswith("GM") and code not in inside
    }
    west, south, east, north = shapely.total_bounds(list(shapes.values()))
    assert 2 < west < east < 6
    assert 53.8 < south < north < 56  # the open sea, north of the practice town


def test_frames_and_files_tell_the_same(small: Small) -> None:
    catalog = small.files.catalog()
    observations, regions, own = national_practice(catalog, municipalities=SMALL)
    source = catalog.sources["oefen_perinataal"]
    subject = {measure.variable: measure.column for measure in source.measures}
    told = {
        (str(year), code, subject[variable]): value
        for year, code, variable, value in zip(
            observations["period_start"], observations["region"], observations["variable"],
            observations["value"], strict=True,
        )
    }  # fmt: skip
    same = [key for key, cell in small.cells.items() if key in told and cell not in MARKS]
    assert len(same) > 5_000
    assert all(told[key] == int(small.cells[key]) for key in same)
    assert set(own.areas) == {area.id for area in small.files.country.areas}
    found = dict(zip(regions["code"], regions["name"], strict=True))
    assert all(found[code] == name for code, name in small.names.items() if code in found)


def test_extremes_are_picked_by_what_they_are(country: Country) -> None:
    chosen = extremes(country, gaps(country))
    assert len(chosen) == 30
    by_reason = {why: area for area, reasons in chosen.items() for why in reasons}
    areas = {area.id: area for area in country.areas}
    towns = {town.code: town for town in country.municipalities}

    def town(why: str) -> Any:
        (code,) = areas[by_reason[why]].municipalities
        return towns[code]

    births = [own.births for own in towns.values()]
    assert town("most_births").births == max(births)
    assert town("fewest_births").births == min(births)
    assert len(town("most_wijken").wijken) == max(len(own.wijken) for own in towns.values())
    assert len(town("one_wijk").wijken) == 1
    assert not town("no_wijken_on_the_map").mapped
    assert len(town("longest_name").name) == max(len(own.name) for own in towns.values())
    assert "'" in town("apostrophe").name
    assert len(town("missing_years").missing_years) == 2
    assert town("last_year_missing").missing_years == (2025,)
    assert len(areas[by_reason["largest_coalition"]].municipalities) == 14
    assert len(areas[by_reason["coalition_of_two"]].municipalities) == 2
    assert {area for area in chosen if area in country.impossible} == {by_reason["no_figures"]}
    member = areas[by_reason["member_without_figures"]]
    assert member.is_coalition
    assert any(towns[code].silent for code in member.municipalities)


def test_the_sample_of_a_small_country_is_filled_up(small: Small) -> None:
    with small.files.sample.open(encoding="utf-8", newline="") as handle:
        chosen = {row["area"] for row in csv.DictReader(handle)}
    assert chosen == {area.id for area in small.files.country.areas}


@pytest.mark.xdist_group("gx")
def test_gate_one_accepts_it_and_one_rule_warns(small: Small, tmp_path: Path) -> None:
    assert told_by_gate_one(small.files, tmp_path) == {"CONTRACT-MISSING": "warning"}


@pytest.mark.xdist_group("gx")
def test_a_municipality_that_is_the_whole_reference(tmp_path: Path) -> None:
    files = write_country(tmp_path / "one", municipalities=1)
    (town,) = files.country.municipalities
    assert (files.country.counts[:, 0] == files.country.counts[:, 1]).all()
    assert files.country.regions.code[:2].tolist() == ["NL99", town.code]
    assert town.births > 1_000
    assert not files.country.impossible
    assert told_by_gate_one(files, tmp_path) == {}


def told_by_gate_one(files: CountryFiles, folder: Path) -> dict[str, str]:
    """Rules that did not pass, with their severity, once both deliveries are accepted."""
    from perinatal.pipeline.receive import ingest

    settings = Settings(data_dir=folder / "data", catalog_dir=files.catalog_dir, now=MOMENT)
    first, second = (ingest(file, files.catalog(), settings) for file in files.deliveries)
    assert first.verdict == "accepted"
    troubled = {r.id: r.severity for r in second.results if r.outcome != "passed"}
    assert second.verdict == ("accepted_with_warnings" if troubled else "accepted")
    return troubled
