"""Other spellings of the same file: accepted, with the same observations."""

from __future__ import annotations

import csv
import gzip
import io
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from perinatal.catalog import Catalog
from perinatal.ingest.conform import conform, observations
from perinatal.pipeline import receive
from perinatal.store import deliveries, open_store

if TYPE_CHECKING:
    from tests.conftest import Practice

Write = Callable[[str, bytes], Path]
CELL = ["variable", "region", "period_start"]


def _table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode()), delimiter=";"))


def _quoted(content: bytes) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        _table(content)
    )
    return out.getvalue().encode()


def _columns(content: bytes) -> bytes:
    table = _table(content)
    order = list(range(len(table[0])))
    random.Random(1).shuffle(order)
    return "\n".join(";".join(row[i] for i in order) for row in table).encode()


def _rows(content: bytes) -> bytes:
    header, *rows = content.splitlines()
    random.Random(1).shuffle(rows)
    return b"\n".join([header, *rows]) + b"\n"


def _padded(content: bytes) -> bytes:
    return "\n".join(" ; ".join(row) for row in _table(content)).encode()


VARIANTS: dict[str, Callable[[bytes], bytes]] = {
    "crlf": lambda content: content.replace(b"\n", b"\r\n"),
    "old mac line ends": lambda content: content.replace(b"\n", b"\r"),
    "bom": lambda content: b"\xef\xbb\xbf" + content,
    "quoted everywhere": _quoted,
    "other column order": _columns,
    "other row order": _rows,
    "spaces around cells": _padded,
    "no last line end": lambda content: content.rstrip(b"\n"),
    "blank lines below": lambda content: content + b"\n\n\n",
    "an ignored missing marker": lambda content: content.replace(b";.", b";"),
    "gzip": gzip.compress,
    "all at once": lambda content: (
        b"\xef\xbb\xbf" + _quoted(_columns(_rows(content))).replace(b"\n", b"\r\n")
    ),
}


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns="row").sort_values(CELL).reset_index(drop=True)


@pytest.fixture(scope="module")
def expected(
    practice_data: Practice, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, set[str]]:
    source = catalog.sources["oefen_perinataal"]
    # the shared store is for reading; opening it would lock out the other process of the run
    own = tmp_path_factory.mktemp("store") / "copy.duckdb"
    shutil.copyfile(practice_data.settings.store_file, own)
    with open_store(own) as store:
        known = deliveries.region_codes(store, practice_data.settings.clock(), 2022)
    return _sorted(observations(conform(practice_data.figures, source, known), source)), known


@pytest.mark.parametrize("name", VARIANTS)
def test_same_observations(
    name: str,
    practice_data: Practice,
    catalog: Catalog,
    expected: tuple[pd.DataFrame, set[str]],
    delivery: Write,
) -> None:
    frame, known = expected
    content = VARIANTS[name](practice_data.figures.read_bytes())
    assert content != practice_data.figures.read_bytes()
    file = delivery("variant.csv.gz" if name == "gzip" else "variant.csv", content)
    source = catalog.sources["oefen_perinataal"]
    conformed = conform(file, source, known)
    assert conformed.judged["_region_known"].all()
    assert conformed.rows_expected == len(conformed.judged)
    pd.testing.assert_frame_equal(_sorted(observations(conformed, source)), frame)


@pytest.mark.xdist_group("gx")
def test_accepted_by_the_whole_first_gate(
    practice: Practice, delivery: Write, expected: tuple[pd.DataFrame, set[str]]
) -> None:
    content = VARIANTS["all at once"](practice.figures.read_bytes())
    file = delivery("oefenregio_perinataal_excel.csv", content)
    judged = receive.ingest(file, practice.catalog, practice.settings)
    assert judged.verdict == "accepted"
    assert {result.outcome for result in judged.results} == {"passed"}
    with open_store(practice.settings.store_file) as store:
        speaking = deliveries.observations_as_of(store, practice.settings.clock(), [])
    own = speaking[speaking["source"] == "oefen_perinataal"]
    assert set(own["delivery_id"]) == {judged.delivery_id}
    merged = _sorted(own).merge(expected[0], on=CELL, suffixes=("", "_expected"))
    assert len(merged) == len(own) == len(expected[0])
    same = merged["value"] == merged["value_expected"]
    assert (same | (merged["value"].isna() & merged["value_expected"].isna())).all()
    assert not list(practice.settings.alerts_dir.glob("*"))
