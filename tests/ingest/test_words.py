"""Words that a contract reads: another word would drop a row, or let it speak as sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from perinatal.catalog import Catalog, Source
from perinatal.errors import RejectedDelivery
from perinatal.ingest.conform import conform

KANSENKLOOF = "niveau,regiocode,regionaam,indicator,noemer,percentage\n"


def _write(folder: Path, text: str) -> Path:
    file = folder / "levering.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_row_that_no_measure_reads(catalog: Catalog, tmp_path: Path) -> None:
    source = catalog.sources["kansenkloof_totalen"]
    good = KANSENKLOOF + "land,NL01,Nederland,sga,1000,9.5\n"
    assert len(conform(_write(tmp_path, good), source, set()).judged) == 1
    wrong = good + "gemeente,GM0034,Almere,vroegegeboorte,1000,7.5\n"
    with pytest.raises(RejectedDelivery) as caught:
        conform(_write(tmp_path, wrong), source, set())
    assert caught.value.place == "column 'indicator', line 3"
    assert "one of: sga, vroeggeboorte" in str(caught.value)
    assert "vroegegeboorte" not in str(caught.value)


@pytest.mark.parametrize(("word", "fits"), [("ok", True), ("", True), ("ingetroken", False)])
def test_a_status_that_the_contract_does_not_know(
    word: str, fits: bool, catalog: Catalog, tmp_path: Path
) -> None:
    """A misspelt 'ingetrokken' must not let a withdrawn figure speak."""
    source = catalog.sources["landelijk_gepubliceerd"]
    text = "reeks;regiocode;jaar;waarde;teller;status;toelichting;bron;adres\n"
    text += f"vroeggeboorte_22w;NL01;2011;7.6;;{word};;VZinfo;vzinfo.nl\n"
    file = _write(tmp_path, text)
    if fits:
        assert len(conform(file, source, set()).judged) == 1
        return
    with pytest.raises(RejectedDelivery, match=r"column 'status', line 2: holds a word"):
        conform(file, source, set())


@pytest.mark.parametrize(("year", "fits"), [("2024", True), ("24", False), ("20244", False)])
def test_a_year_where_the_contract_has_no_bounds(
    year: str, fits: bool, catalog: Catalog, tmp_path: Path
) -> None:
    source = catalog.sources["oefen_perinataal"]
    columns = tuple(
        column.model_copy(update={"minimum": None, "maximum": None}) if column.name == "jaar"
        else column
        for column in source.columns
    )  # fmt: skip
    source = source.model_copy(update={"columns": columns})
    cells = {column.name: "20" for column in columns}
    cells |= {"jaar": year, "niveau": "land", "regiocode": "NL99", "regionaam": "Oefenland"}
    file = _write(tmp_path, ";".join(cells) + "\n" + ";".join(cells.values()) + "\n")
    if fits:
        assert len(conform(file, source, set()).judged) == 1
        return
    with pytest.raises(RejectedDelivery, match=r"column 'jaar', line 2: is no year.*four digits"):
        conform(file, source, set())


def test_skipped_rows_may_hold_any_word(catalog: Catalog, tmp_path: Path) -> None:
    source: Source = catalog.sources["kansenkloof_totalen"]
    text = KANSENKLOOF + "land,NL01,Nederland,sga,1000,9.5\npc3,101,,iets anders,1000,9.5\n"
    assert len(conform(_write(tmp_path, text), source, set()).judged) == 1
