"""What can be read off a document: each attack works on careless output, and fails on ours.

Subtraction, windows, blocks, coalitions, nested definitions and Big2 stand in ``test_audit``;
editions in ``tests/pipeline/test_disclosed``.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perinatal import dutch
from perinatal.catalog import Catalog
from perinatal.disclosure.protect import ADDED, SHOWN, Cell, Sum, secure
from perinatal.disclosure.published import Shown
from perinatal.pipeline.compute import CELL, label_cells
from perinatal.pipeline.documents import compose_area
from perinatal.startfoto import wording
from perinatal.startfoto.findings import read_cells
from perinatal.statistics.intervals import proportion_interval
from perinatal.store import open_store
from tests.conftest import Practice

AREAS = ("oefenstad", "proefdorp", "oefenregio")
_NUMBER = re.compile(r"\d[\d.]*(?:,\d+)?")


@pytest.fixture(scope="module")
def documents(
    practice_data: Practice, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("documents")
    files = [
        compose_area(area, practice_data.catalog, practice_data.settings, out=folder)
        for area in AREAS
    ]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


@pytest.fixture(scope="module")
def hidden(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The truth of what is withheld in blocks of the main definitions, with births and country."""
    # a copy: only one process at a time can hold the store that all of a run share
    own = Path(shutil.copy(practice_data.settings.store_file, tmp_path_factory.mktemp("store")))
    with open_store(own) as store:
        cells = store.connection.execute(
            "SELECT * FROM curated.indicator_value WHERE decision <> 'shown' "
            "AND numerator IS NOT NULL AND level <> 'wijk' AND period_end > period_start"
        ).df()
    assert len(cells) > 5
    return cells


def _careless(row: pd.Series, per: int) -> dict[str, str]:
    """The texts of a row of which only the count is left out."""
    share = row["numerator"] / row["denominator"]
    low, high = (
        float(limit[0])
        for limit in proportion_interval(
            np.array([row["numerator"]]), np.array([row["denominator"]])
        )
    )
    return {
        "births_text": dutch.number(row["denominator"]),
        "count_text": "",
        "estimate_text": dutch.number(share * per, 1),
        "interval95_text": f"{dutch.number(low * per, 1)} – {dutch.number(high * per, 1)}",
    }


def _rows(document: object) -> Iterator[dict[str, Any]]:
    """Every figure anywhere in a document."""
    if isinstance(document, dict):
        if "published" in document:
            yield document
        for value in document.values():
            yield from _rows(value)
    elif isinstance(document, list):
        for value in document:
            yield from _rows(value)


def _withheld(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [row for d in documents for row in _rows(d) if row["published"]["kind"] == "withheld"]
    assert found
    return found


def by_percentage(row: dict[str, Any], births: int, per: int) -> list[int]:
    """Counts that print as this percentage, of births that everyone knows."""
    return [
        x for x in range(births + 1) if dutch.number(x / births * per, 1) == row["estimate_text"]
    ]


def test_percentage_times_denominator(
    hidden: pd.DataFrame, documents: list[dict[str, Any]]
) -> None:
    small = hidden[hidden["denominator"] < 3000]
    for _, row in small.iterrows():
        found = by_percentage(_careless(row, 1000), int(row["denominator"]), 1000)
        assert found == [int(row["numerator"])]
    for row in _withheld(documents):
        assert not by_percentage(row, 2400, 1000)


def by_interval(row: dict[str, Any], most: int) -> list[tuple[int, int]]:
    """Counts and births that print as this percentage and this interval; births unknown."""
    if not row["interval95_text"]:
        return []
    births = np.arange(1, most + 1)
    found = []
    for x in range(60):
        n = births[births >= max(x, 1)]
        low, high = proportion_interval(np.full(len(n), x), n)
        for size, one, other in zip(n, low, high, strict=True):
            printed = f"{dutch.number(one * 100, 1)} – {dutch.number(other * 100, 1)}"
            if (
                printed == row["interval95_text"]
                and dutch.number(x / size * 100, 1) == row["estimate_text"]
            ):
                found.append((x, int(size)))
    return found


def test_percentage_with_interval(documents: list[dict[str, Any]]) -> None:
    row = _careless(pd.Series({"numerator": 7, "denominator": 93}), 100)
    assert by_interval(row, 300) == [(7, 93)]
    for row in _withheld(documents):
        assert not by_interval(row, 300)


def test_colour_class(
    practice_data: Practice, hidden: pd.DataFrame, documents: list[dict[str, Any]]
) -> None:
    """A label says on which side of the country a count lies: it is withheld with the count."""
    catalog = practice_data.catalog
    early = hidden[hidden["indicator"] == "perinatale_sterfte"].iloc[0]
    births = 2400
    worlds = pd.DataFrame({"numerator": np.arange(0.0, 40.0), "denominator": float(births)})
    worlds = worlds.assign(
        **{name: early[name] for name in CELL}, level="municipality", per=1000,
        reference_x=800.0, reference_n=168_000.0, reference_estimate=800 / 168_000 * 1000,
        half_width=0.0,
    )  # fmt: skip
    labels = label_cells(worlds, catalog)["label"]
    higher = labels[labels == "WAARSCHIJNLIJK_HOGER"].index
    assert 0 < len(higher) < 10  # careless: such a colour leaves few counts
    for row in _withheld(documents):
        if "label" in row:
            assert (row["label"], row["direction"], row["word"]) == (
                "GEEN_CIJFER",
                0,
                "geen cijfer",
            )
    shapes = [s for d in documents for c in d["chapters"] if c["map"] for s in c["map"]["shapes"]]
    told = {
        (c["id"], row["region"]): row["label"]
        for d in documents for c in d["chapters"] if c["areas"] for row in c["areas"]["rows"]
    }  # fmt: skip
    assert shapes
    for d in documents:
        for c in d["chapters"]:
            for shape in c["map"]["shapes"] if c["map"] else ():
                assert shape["label"] == told.get((c["id"], shape["region"]), "GEEN_CIJFER")


def test_sentence(
    practice_data: Practice, hidden: pd.DataFrame, documents: list[dict[str, Any]]
) -> None:
    catalog = practice_data.catalog
    row = hidden[hidden["indicator"] == "perinatale_sterfte"].iloc[0]
    careless = _said(row, catalog)
    assert set(_NUMBER.findall(careless)) - {"1.000", "2016", "2020", "2021", "2025"}
    gone = {row["reference_id"] for row in _withheld(documents) if "reference_id" in row}
    sentences = [s for d in documents for s in _sentences(d) if set(s["evidence"]) & gone]
    assert sentences
    for sentence in sentences:
        # the counting rule of a page on deaths has numbers, none of them a figure
        if sentence["rule"] != "sterfte-uitleg":
            assert not _NUMBER.findall(sentence["text"]), sentence


def _said(row: pd.Series, catalog: Catalog) -> str:
    """What the page would say of a hidden figure, were it not hidden."""
    share = float(row["numerator"] / row["denominator"] * 1000)
    shown = Shown(
        numerator=int(row["numerator"]), denominator=int(row["denominator"]), per=1000,
        estimate=share, lower95=share / 2, upper95=share * 2, lower998=share / 3,
        upper998=share * 3,
    )  # fmt: skip
    return wording.finding(
        catalog.indicators["perinatale_sterfte"], "ONBESLIST", shown, share * 1.2,
        area="X", country="Y", period=(2021, 2025), evidence="",
    ).text  # fmt: skip


def _sentences(document: object) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        if set(document) == {"text", "rule", "evidence"}:
            yield document
        for value in document.values():
            yield from _sentences(value)
    elif isinstance(document, list):
        for value in document:
            yield from _sentences(value)


def test_remainder_of_what_the_source_withholds() -> None:
    """A province's 24 minus the 21 of the rest: the source hid the one, so we hide another too."""
    cells = {
        "a": Cell("source", np.nan, 400.0),
        "b": Cell(SHOWN, 21.0, 2600.0),
        "c": Cell(SHOWN, 31.0, 4100.0),
        "all": Cell(SHOWN, 55.0, 7100.0, loss=100.0),
    }
    careless = {name: cell.count for name, cell in cells.items() if cell.decision == SHOWN}
    assert careless["all"] - careless["b"] - careless["c"] == 3
    found = secure(cells, [Sum.of("all", ("a", "b", "c"))], frozenset(), lambda _: 10)
    assert found.decisions == {"a": "source", "b": ADDED, "c": SHOWN, "all": SHOWN}


def test_no_cell_is_read_as_shown_without_a_count(practice_data: Practice) -> None:
    """The type has no room for a number, wherever a cell is read back from the published copy."""
    values = pd.read_parquet(
        practice_data.settings.published_dir / practice_data.edition_id / "published_value.parquet"
    )
    spoiled = values.assign(estimate=7.1, lower95=5.0, upper95=9.0, numerator=8, label="ONBESLIST")
    spoiled["label"] = values["label"]
    gone = [c for c in read_cells(spoiled) if c.published.kind == "withheld"]
    assert gone
    assert all(set(c.published.model_dump()) == {"kind"} for c in gone)
