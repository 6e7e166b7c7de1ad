"""The register as a file, and the areas that follow from it or from births."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from perinatal.catalog import Catalog, load_catalog
from perinatal.errors import CatalogError
from perinatal.pipeline.plan import areas_of, expected_per_wijk, explain, read
from tests.conftest import Practice

AREAS = [
    {"code": "SG990201", "name": "Noord", "wijken": ["WK990200", "WK990201", "WK990202"]},
    {"code": "WK990203", "name": "Vlasbrink", "wijken": ["WK990203"]},
]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a register of Proefdorp in a folder of one's own; fields can be replaced."""

    def make(stem: str = "GM9902-2022", **fields: Any) -> Path:
        content = {
            "id": stem, "municipality": "GM9902", "boundary_year": 2022,
            "based_on": "geboorten per wijk", "areas": AREAS, **fields,
        }  # fmt: skip
        folder = tmp_path / "own" / "startfotogebieden"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{stem}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
        return folder.parent

    return make


@pytest.fixture(scope="module")
def speaking(
    practice_data: Practice, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, pd.DataFrame]:
    data = tmp_path_factory.mktemp("speaking") / "data"
    shutil.copytree(practice_data.settings.data_dir, data)  # one process at a time has a store open
    settings = practice_data.settings.model_copy(update={"data_dir": data})
    return read(practice_data.catalog, settings)


def _areas(found: dict[str, Any], municipality: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(area.code, area.wijken) for area in found[municipality]]


def test_a_register_is_part_of_the_catalogue(write: Write) -> None:
    register = load_catalog(write()).registers["GM9902-2022"]
    assert (register.approved_by, register.approved_on) == (None, None)
    assert [area.code for area in register.areas] == ["SG990201", "WK990203"]
    signed = load_catalog(write(approved_by="epidemioloog", approved_on="2026-03-01")).registers
    assert signed["GM9902-2022"].approved_on.isoformat() == "2026-03-01"  # type: ignore[union-attr]


def _with(at: int, **fields: Any) -> list[dict[str, Any]]:
    return [{**area, **fields} if number == at else area for number, area in enumerate(AREAS)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"areas": _with(1, wijken=["WK990200"], code="WK990200")}, "wijk WK990200 stands twice"),
        ({"areas": [AREAS[0], AREAS[0]]}, "area SG990201 stands twice"),
        ({"areas": _with(1, code="SG990202")}, "has its own code: WK990203"),
        ({"areas": _with(0, code="WK990200")}, "a code of SG and digits"),
        ({"areas": _with(1, wijken=["WK990103"], code="WK990103")}, "not of GM9902: WK990103"),
        ({"areas": _with(0, code="SG990101")}, "not of GM9902: SG990101"),
        ({"areas": _with(0, wijken=[])}, "areas.0.wijken"),
        ({"approved_by": "epidemioloog"}, "or neither"),
        ({"approved_on": "2026-03-01"}, "or neither"),
        ({"approved_by": "epidemioloog", "approved_on": "1 maart"}, "approved_on"),
        ({"boundary_year": 2023}, "the id must be GM9902-2023"),
        ({"based_on": "geboorten in de achterstandswijken"}, "stigma"),
        ({"stem": "proefdorp"}, "id"),
        ({"outcomes": "none"}, "outcomes"),
    ],
)
def test_what_does_not_fit_is_named(write: Write, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(CatalogError, match=said):
        load_catalog(write(**fields))


def test_the_file_name_is_the_id(write: Write) -> None:
    folder = write()
    file = folder / "startfotogebieden" / "GM9902-2022.yaml"
    shutil.move(file, file.with_name("proefdorp.yaml"))
    with pytest.raises(CatalogError, match="differs from the file name"):
        load_catalog(folder)


def test_the_register_speaks_and_where_there_is_none_births_do(
    write: Write, speaking: tuple[pd.DataFrame, pd.DataFrame], catalog: Catalog
) -> None:
    cut = areas_of(catalog, *speaking)
    kept = areas_of(load_catalog(write()), *speaking)
    assert kept["GM9901"] == cut["GM9901"]
    assert _areas(kept, "GM9902") == [
        ("SG990201", ("WK990200", "WK990201", "WK990202")),
        ("WK990203", ("WK990203",)),
    ]
    # the same births, added up otherwise
    assert sum(area.expected for area in kept["GM9902"]) == pytest.approx(
        sum(area.expected for area in cut["GM9902"])
    )
    assert areas_of(load_catalog(write(areas=[])), *speaking)["GM9902"] == []


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        (AREAS[1:] + _with(0, wijken=["WK990200", "WK990201"])[:1], "wijk WK990202 of the map"),
        (_with(0, wijken=[f"WK99020{n}" for n in (0, 1, 2, 7)]), "has no wijk WK990207"),
        (_with(0, wijken=[f"WK99020{n}" for n in range(4)])[:1], "the municipality again"),
    ],
)
def test_a_register_fits_its_map(
    write: Write,
    speaking: tuple[pd.DataFrame, pd.DataFrame],
    areas: list[dict[str, Any]],
    said: str,
) -> None:
    with pytest.raises(CatalogError, match=said):
        areas_of(load_catalog(write(areas=areas)), *speaking)


def test_a_register_of_other_boundaries_is_not_used(
    write: Write, speaking: tuple[pd.DataFrame, pd.DataFrame], catalog: Catalog
) -> None:
    other = load_catalog(write("GM9902-2024", boundary_year=2024))
    assert areas_of(other, *speaking) == areas_of(catalog, *speaking)


def test_an_outcome_never_moves_an_area(
    speaking: tuple[pd.DataFrame, pd.DataFrame], catalog: Catalog
) -> None:
    """Non-interference: other outcomes per wijk, or none at all, give the same areas."""
    regions, observations = speaking
    births = observations["variable"] == "geboorten"
    wijk = observations["level"] == "wijk"
    rng = np.random.default_rng(7)
    other = observations.copy()
    other.loc[wijk & ~births, "value"] = rng.integers(0, 300, int((wijk & ~births).sum()))
    hidden = observations.copy()
    hidden.loc[wijk & ~births, "value"] = np.nan
    gone = observations[~wijk | births]
    expected = areas_of(catalog, regions, observations)
    for changed in (other, hidden, gone):
        assert areas_of(catalog, regions, changed) == expected


def test_expected_cases_are_births_times_the_national_share_of_the_same_years(
    speaking: tuple[pd.DataFrame, pd.DataFrame], catalog: Catalog
) -> None:
    _, observations = speaking
    source = catalog.sources["oefen_perinataal"]
    found = expected_per_wijk(source, catalog, observations)
    wide = observations[observations["period_start"].between(2016, 2020)]
    total = wide.groupby(["region", "variable"])["value"].sum()
    share = total["NL99", "te_vroeg"] / total["NL99", "geboorten"]
    row = found[(found["region"] == "WK990105") & (found["period_start"] == 2016)]
    assert row["expected"].item() == pytest.approx(total["WK990105", "geboorten"] * share)
    assert set(zip(found["period_start"], found["period_end"], strict=True)) == {
        (2016, 2020), (2021, 2025),
    }  # fmt: skip


def test_a_wijk_with_unknown_births_stays_alone_and_is_told(
    speaking: tuple[pd.DataFrame, pd.DataFrame], catalog: Catalog
) -> None:
    regions, observations = speaking
    one = (observations["region"] == "WK990111") & (observations["period_start"] == 2018)
    changed = observations.copy()
    changed.loc[one & (observations["variable"] == "geboorten"), "value"] = np.nan
    areas = areas_of(catalog, regions, changed)["GM9901"]
    (area,) = [area for area in areas if "WK990111" in area.wijken]
    assert (area.wijken, area.expected) == (("WK990111",), 0.0)
    (plan,) = explain(catalog.areas["oefenstad"], catalog, regions, changed)
    (planned,) = [p for p in plan.areas if p.gebied == area]
    assert planned.unknown == ("Sterrenhof",)
    assert planned.small == {"Sterrenhof": 0.0}


def test_without_births_per_wijk_there_are_no_areas(
    speaking: tuple[pd.DataFrame, pd.DataFrame], catalog: Catalog
) -> None:
    regions, observations = speaking
    towns = observations[observations["level"] != "wijk"]
    assert areas_of(catalog, regions, towns) == {"GM9901": [], "GM9902": []}
    # half a block is no block
    short = observations[observations["period_start"].between(2017, 2019)]
    assert areas_of(catalog, regions, short) == {"GM9901": [], "GM9902": []}


def test_of_several_sources_the_smallest_births_count(
    speaking: tuple[pd.DataFrame, pd.DataFrame], catalog: Catalog
) -> None:
    regions, observations = speaking
    source = catalog.sources["oefen_perinataal"]
    second = source.model_copy(update={"id": "tweede"})
    both = catalog.model_copy(update={"sources": {**catalog.sources, "tweede": second}})
    less = observations[observations["source"] == source.id].assign(source="tweede")
    fewer = (less["region"] == "WK990105") & (less["variable"] == "geboorten")
    less.loc[fewer, "value"] = (less.loc[fewer, "value"] / 10).round()
    elsewhere = less[~less["region"].str.startswith("WK9902")]
    areas = areas_of(both, regions, pd.concat([observations, elsewhere], ignore_index=True))
    (area,) = [area for area in areas["GM9901"] if "WK990105" in area.wijken]
    assert len(area.wijken) > 1
    # a source that says nothing of a municipality does not count there
    assert areas["GM9902"] == areas_of(catalog, regions, observations)["GM9902"]
