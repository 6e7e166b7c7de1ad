"""A drafted contract: what is left to choose is named, and once chosen the sample is accepted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perinatal.catalog import load_catalog
from perinatal.ingest.draft import draft
from perinatal.ingest.sample import guess, look
from perinatal.pipeline import receive

if TYPE_CHECKING:
    from tests.cli.conftest import Said
    from tests.conftest import Practice

pytestmark = pytest.mark.xdist_group("gx")

GOOD = Path(__file__).parents[1] / "data" / "good"
SERIES = "{indicator: vroeggeboorte, definition: oefen-24w, table: t, "
SERIES += "numerator: [te_vroeg], denominator: [geboorten]}"


def _choose(text: str, marker: str = "") -> str:
    """What a person would fill in."""
    missing = f', "{marker}"' if marker else ""
    for open_place, chosen in (
        (r"title: KIES", "title: Een bron"),
        (r"publisher: KIES", "publisher: een GGD"),
        (r"attribution: KIES", "attribution: een GGD"),
        (r"audience: KIES", "audience: coalitie"),
        (r", KIES\]  # kies: welke", f"{missing}]  # kies: welke"),
        (r"withheld: \[KIES\]", "withheld: []"),
        (r"boundary_year: KIES", "boundary_year: 2022"),
        (r"  - \{indicator: KIES.*\}", f"  - {SERIES}"),
    ):
        text = re.sub(open_place, chosen, text)
    return text


def test_from_sample_to_an_accepted_delivery(
    perinatal: Said, bare_practice: Practice, tmp_path: Path
) -> None:
    practice = bare_practice
    said = perinatal("new-source", practice.figures, "--id", "mijn_bron", "--out", "eigen")
    assert said.code == 0
    contract, suite = (tmp_path / line for line in said.out.splitlines())
    assert contract == tmp_path / "eigen" / "sources" / "mijn_bron.yaml"
    assert suite == tmp_path / "eigen" / "expectations" / "mijn_bron.yaml"
    assert "# kies" in contract.read_text(encoding="utf-8")
    contract.write_text(_choose(contract.read_text(encoding="utf-8"), "."), encoding="utf-8")
    assert "KIES" not in contract.read_text(encoding="utf-8").split("id: ", 1)[1]
    own = load_catalog(tmp_path / "eigen")
    settings = practice.settings.model_copy(update={"catalog_dir": tmp_path / "eigen"})
    judged = receive.ingest(practice.figures, own, settings, "mijn_bron")
    # the sample calls its last year final, which a drafted contract rightly finds early
    assert judged.verdict == "accepted_with_warnings"
    failed = {result.id for result in judged.results if result.outcome != "passed"}
    assert failed == {"CONTRACT-PROVISIONAL"}
    assert len([r for r in judged.results if r.id.startswith("MIJN_BRON-")]) > 15


def test_check_names_every_place_that_waits(
    perinatal: Said, practice_data: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert perinatal("new-source", practice_data.figures, "--id", "b", "--out", "eigen").code == 0
    monkeypatch.setenv("PERINATAL_CATALOG_DIR", str(tmp_path / "eigen"))
    said = perinatal("check")
    assert said.code == 3
    told = said.out + said.err
    for place in (
        "title", "licence.attribution", "audience", "missing 2", "withheld 1",
        "region.boundary_year", "series 1.indicator", "series 1.numerator 1",
    ):  # fmt: skip
        assert f"b.yaml: {place}: still says KIES: choose" in told
    assert "Traceback" not in told


def test_never_writes_over_what_is_there(perinatal: Said, practice_data: Practice) -> None:
    assert perinatal("new-source", practice_data.figures, "--out", "eigen").code == 0
    file = Path("eigen/sources/oefenregio_perinataal.yaml")
    file.write_text("mine", encoding="utf-8")
    said = perinatal("new-source", practice_data.figures, "--out", "eigen")
    assert said.code == 2
    assert "exists already. Name another --id or --out" in said.err
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "told"),
    [("nergens.csv", "no such file"), ("leeg.csv", "is empty"), ("brief.csv", "no table found")],
)
def test_a_file_that_is_no_sample(name: str, told: str, perinatal: Said, tmp_path: Path) -> None:
    (tmp_path / "leeg.csv").write_bytes(b"")
    (tmp_path / "brief.csv").write_text("Beste lezer\n\nhier komen de cijfers\n", encoding="utf-8")
    said = perinatal("new-source", name)
    assert said.code in (2, 4)
    assert told in said.err
    assert not (tmp_path / "catalog").exists()


def test_an_id_that_is_none(perinatal: Said, practice_data: Practice) -> None:
    said = perinatal("new-source", practice_data.figures, "--id", "../weg")
    assert said.code == 2
    assert "is no id" in said.err


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("gewoon.csv", ("csv", "utf-8", ";", None, 1)),
        ("bom.csv", ("csv", "utf-8", ";", None, 1)),
        ("cp1252.csv", ("csv", "cp1252", ";", None, 1)),
        ("tabs.csv", ("csv", "utf-8", "\t", None, 1)),
        ("title_above.csv", ("csv", "utf-8", ";", None, 3)),
        ("packed.csv.gz", ("csv", "utf-8", ";", None, 1)),
        ("workbook.xlsx", ("xlsx", None, None, "Cijfers", 1)),
        ("workbook_of_text.xlsx", ("xlsx", None, None, "Cijfers", 1)),
        ("workbook_with_title.xlsx", ("xlsx", None, None, "Cijfers", 3)),
        ("workbook_with_other_sheets.xlsx", ("xlsx", None, None, "Cijfers", 1)),
        ("spss.sav", ("sav", None, None, None, 1)),
    ],
)
def test_what_a_file_says_about_itself(name: str, layout: tuple[object, ...]) -> None:
    seen = look(GOOD / name)
    assert (seen.format, seen.encoding, seen.delimiter, seen.sheet, seen.header_row) == layout
    found = guess(seen)
    assert (found.region, found.period, found.label) == ("regiocode", "jaar", "regionaam")
    assert found.levels == {"NL": "country", "GM": "municipality", "WK": "wijk"}
    assert found.key == ["jaar", "regiocode"]
    assert found.numbers == ["geboorten", "te_vroeg", "thuis_percentage"]
    stored = seen.format != "csv" and name != "workbook_of_text.xlsx"
    assert found.decimal == ("." if stored else ",")
    assert found.country == "NL99"


def test_rows_that_are_chosen_by_a_word(tmp_path: Path) -> None:
    """A long file: one measure for every word and number, and a rule for the words."""
    file = tmp_path / "lang.csv"
    rows = [
        f"{region},{word},{100 + place},{7.5 + place}"
        for place, region in enumerate(("NL01", "GM0363", "GM0034"))
        for word in ("sga", "vroeggeboorte")
    ]
    file.write_text("regiocode,indicator,noemer,percentage\n" + "\n".join(rows), encoding="utf-8")
    drafted = draft(file)
    assert drafted.id == "lang"
    assert '{variable: sga_noemer, column: "noemer", when: {"indicator": "sga"}}' in (
        drafted.contract
    )
    assert 'key: ["regiocode", "indicator"]' in drafted.contract
    assert "period: {start: KIES, end: KIES}" in drafted.contract
    assert '"value_set": ["sga", "vroeggeboorte"]' in drafted.suite
