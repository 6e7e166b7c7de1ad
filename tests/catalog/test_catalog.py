"""The catalogue: every fault named with file and field, all at once; additions are files only."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perinatal.catalog import load_catalog
from perinatal.errors import CatalogError
from perinatal.pipeline import receive
from perinatal.pipeline.build import build
from perinatal.store import open_edition

if TYPE_CHECKING:
    from tests.conftest import Practice

SOURCE, AREA, INDICATOR = (
    "sources/eigen_telling.yaml", "areas/het-dorp.yaml", "indicators/eerste_voeding.yaml",
)  # fmt: skip


@pytest.fixture
def mine(own_folder: Path, tmp_path: Path) -> Path:
    """A copy of the analyst's folder, to make mistakes in."""
    return Path(shutil.copytree(own_folder, tmp_path / "own"))


def _faults(folder: Path) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder)
    return list(caught.value.faults)


def _change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


MISTAKES = {
    "unknown field": (
        AREA, "name: Het dorp", "name: Het dorp\nnaam: x", "het-dorp.yaml: naam: Extra inputs",
    ),
    "missing field": (AREA, "name: Het dorp\n", "", "het-dorp.yaml: name: Field required"),
    "number for a list": (
        AREA, "[GM9902]", "9902", "het-dorp.yaml: municipalities: Input should be a valid",
    ),
    "text for a number": (
        AREA, "boundary_year: 2022", 'boundary_year: "2022"',
        "het-dorp.yaml: boundary_year: Input should be a valid integer",
    ),
    "misspelt code": (AREA, "[GM9902]", "[GM99O2]", "het-dorp.yaml: municipalities.0: String"),
    "double key": (
        AREA, "name: Het dorp", "name: Het dorp\nname: De stad",
        "het-dorp.yaml: line 3: 'name' stands twice",
    ),
    "broken YAML": (AREA, "name: Het dorp", "name: [Het dorp", "het-dorp.yaml: line "),
    "id unlike the file name": (AREA, "id: het-dorp", "id: dorp", "het-dorp.yaml: id: 'dorp'"),
    "id that exists": (AREA, "id: het-dorp", "id: almere", "id: 'almere' exists already"),
    "unknown indicator": (
        SOURCE, "{indicator: eerste_voeding", "{indicator: eerste_voding",
        "eigen_telling.yaml: series eerste_voding/eigen-telling: no indicator 'eerste_voding'",
    ),
    "unknown definition": (
        SOURCE, "definition: eigen-telling", "definition: telling",
        "eerste_voeding.yaml has no definition 'telling'",
    ),
    "unknown variable": (SOURCE, "numerator: [gevoed]", "numerator: [voeding]",
                         "no measure gives variable 'voeding'"),
    "unknown column": (SOURCE, "column: percentage,", "column: procent,",
                       "eigen_telling.yaml: measures: column 'procent' is not in 'columns'"),
    "unknown policy": (SOURCE, "redelivery: patch", "redelivery: patch\npolicy: rivm11",
                       "eigen_telling.yaml: policy: no policy 'rivm11'. Known: ggd5, pcornet11, "
                       "rivm10"),
    "unknown word": (SOURCE, "redelivery: patch", "redelivery: partly",
                     "eigen_telling.yaml: redelivery: Input should be 'full' or 'patch'"),
    "a name of before": (
        SOURCE, "redelivery: patch", "redelivery: patch\nrounding: [{step: 5, off: 2.5}]",
        "eigen_telling.yaml: rounding.0: Value error, 'off' is now called 'within'",
    ),
    "share without decimals": (SOURCE, ", decimals: 1}", "}",
                               "eigen_telling.yaml: measures.0: Value error, a count from a share"),
    "column defined twice": (
        SOURCE, "  - {name: aantal,", "  - {name: jaar, type: text}\n  - {name: aantal,",
        "eigen_telling.yaml: columns: 'jaar' stands twice",
    ),
    "years that are no integers": (
        SOURCE, "{name: jaar, type: integer}", "{name: jaar, type: text}",
        "eigen_telling.yaml: period: column 'jaar' must be of type integer",
    ),
    "measure of a word": (
        SOURCE, "{variable: geteld, column: aantal}", "{variable: geteld, column: regiocode}",
        "eigen_telling.yaml: measures: column 'regiocode' is text",
    ),
    "mortality per wijk": (INDICATOR, "levels: [municipality]",
                           "levels: [municipality, wijk]\nsensitive: true",
                           "eerste_voeding.yaml: file: Value error, mortality is never"),
    "a judgement in the words": (
        INDICATOR, "Gemeten in de eerste", "Gelukkig gemeten in de eerste",
        "eerste_voeding.yaml: words.explanation: 'Gelukkig' (judgement): schrijf liever",
    ),
    "a goal for nothing": (
        AREA, "name: Het dorp",
        "name: Het dorp\ngoals: [{indicator: voeding, target: 60.0, source: akkoord}]",
        "het-dorp.yaml: goals: no indicator 'voeding'",
    ),
    "deaths as a number of children": (
        INDICATOR, "key_figure: false", "key_figure: false\nsensitive: true\nexcess: true",
        "eerste_voeding.yaml: file: Value error, no number of children",
    ),
    "two units": (INDICATOR, "definitions:\n", "definitions: []\nold:\n",
                  "eerste_voeding.yaml: definitions: Tuple should have at least 1 item"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_file_and_field(name: str, mine: Path) -> None:
    file, old, new, message = MISTAKES[name]
    _change(mine, file, old, new)
    assert any(message in fault for fault in _faults(mine)), _faults(mine)


def test_a_word_that_yaml_reads_as_no_stays_a_word_as_a_key(mine: Path) -> None:
    column, words = "column: regiocode\n  levels", "no: missing, off: provisional, y: ok"
    _change(mine, SOURCE, column, "column: regiocode\n  label_column: regiocode\n  levels")
    status = f"redelivery: patch\nstatus: {{column: regiocode, values: {{{words}}}}}"
    _change(mine, SOURCE, "redelivery: patch", status)
    told = load_catalog(mine).sources["eigen_telling"].status.values
    assert told == {"no": "missing", "off": "provisional", "y": "ok"}


def test_all_faults_at_once(mine: Path) -> None:
    _change(mine, AREA, "name: Het dorp", "naam: Het dorp")
    _change(mine, INDICATOR, "kind: proportion", "kind: share")
    _change(mine, SOURCE, "column: percentage,", "column: procent,")
    faults = "\n".join(_faults(mine))
    for expected in ("het-dorp.yaml: naam", "het-dorp.yaml: name", "eerste_voeding.yaml: kind",
                     "eigen_telling.yaml: measures"):  # fmt: skip
        assert expected in faults


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert any("no such folder" in fault for fault in _faults(tmp_path / "nowhere"))


def test_not_utf_8(mine: Path) -> None:
    (mine / AREA).write_bytes("id: het-dorp\nname: Súd".encode("latin-1"))
    assert "het-dorp.yaml: not UTF-8. Save the file as UTF-8." in _faults(mine)


@pytest.mark.xdist_group("gx")
def test_an_analyst_adds_indicator_source_and_area_without_code(
    practice: Practice, own_folder: Path, delivery: Callable[[str, bytes], Path]
) -> None:
    catalog = load_catalog(own_folder)
    settings = practice.settings.model_copy(update={"catalog_dir": own_folder})
    content = "jaar;regiocode;aantal;percentage\n2024;NL99;150000;71,2\n2024;GM9902;260;60,4\n"
    file = delivery("eigen_telling_2024.csv", content.encode())
    assert receive.ingest(file, catalog, settings).verdict == "accepted"
    built = build(catalog, settings)
    values = open_edition(settings.published_dir, built.edition_id).tables["published_value"]
    rows = values[(values["source"] == "eigen_telling") & (values["region"] == "GM9902")]
    assert rows["indicator"].tolist() == ["eerste_voeding"]
    row = rows.iloc[0]
    # 60.4% of 260 is 157.04, so 157 babies
    assert (row["kind"], row["numerator"], row["denominator"]) == ("shown", 157, 260)
    assert bool(row["counts_derived"])
    assert row["reference_estimate"] == pytest.approx(71.2)
