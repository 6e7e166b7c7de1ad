"""The suites: each builds with Great Expectations, and nothing in them is dropped in silence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from perinatal.catalog import Catalog
from perinatal.cli.checking import suite_faults, suite_files
from perinatal.errors import CatalogError
from perinatal.ingest.quality import build_expectations
from perinatal.ingest.suites import columns_of, happened, load_suite
from perinatal.language import slips
from perinatal.settings import Settings

pytestmark = pytest.mark.xdist_group("gx")

SUITES = suite_files(Settings())


def test_every_source_of_figures_has_its_suite(catalog: Catalog) -> None:
    figures = {source.id for source in catalog.sources.values() if source.kind == "figures"}
    assert figures == {file.stem for file in SUITES} - {"contract", "curated"}


@pytest.mark.parametrize("file", SUITES, ids=lambda file: file.stem)
def test_suite_builds_and_every_rule_says_why(file: Path) -> None:
    rules = load_suite(file)
    assert len(build_expectations(rules, file.name, {"rows_expected": 1})) == len(rules)
    ids = [rule["meta"]["id"] for rule in rules]
    assert len(set(ids)) == len(ids)
    assert all(rule["meta"]["reason"] and rule["description"] for rule in rules)


@pytest.mark.parametrize("file", SUITES, ids=lambda file: file.stem)
def test_every_rule_says_what_happened_when_it_failed(file: Path) -> None:
    for rule in load_suite(file):
        told = rule["meta"]["happened"]
        assert told == happened(rule)
        assert told.endswith(".")
        assert told != rule["description"]
        assert not slips(told, columns_of(rule))


def test_an_analysts_rule_may_leave_out_what_happened(own_folder: Path) -> None:
    rules = load_suite(own_folder / "expectations" / "eigen_telling.yaml")
    assert happened(rules[-1]) == "Een controle gaf een opmerking: ‘EIG-SMALL’."


def test_a_column_that_is_named_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "suite.yaml"
    told = """, happened: "'cohort' is ergens negatief.", reason:"""
    file.write_text(GOOD.replace("geboorten", "cohort").replace(", reason:", told))
    assert len(load_suite(file)) == 1


def test_no_two_suites_share_a_rule_id() -> None:
    ids = [rule["meta"]["id"] for file in SUITES for rule in load_suite(file)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("file", SUITES, ids=lambda file: file.stem)
def test_nothing_in_a_suite_could_be_dropped_in_silence(file: Path, tmp_path: Path) -> None:
    """Every rule of every file, with each slip that Great Expectations would let through."""
    for rule in load_suite(file):
        slips: list[dict[str, Any]] = [{"type": rule["type"] + "s"}]
        slips += [{"kwargs": {**rule["kwargs"], name + "_": 1}} for name in rule["kwargs"]]
        for slip in slips:
            with pytest.raises(CatalogError, match=f"{file.name}: {rule['meta']['id']}: "):
                build_expectations([{**rule, **slip}], file.name, {"rows_expected": 1})
        own = tmp_path / file.name
        own.write_text(yaml.safe_dump({"rules": [{**rule, "severity": "critcal"}]}))
        with pytest.raises(CatalogError, match="rule 1: severity: one of critical, warning"):
            load_suite(own)


GOOD = """rules:
- type: expect_column_values_to_be_between
  kwargs: {column: geboorten, min_value: 0}
  severity: critical
  description: Een aantal is nooit negatief.
  meta: {id: T-1, reason: een aantal is nooit negatief}
"""
MISTAKES = {
    "misspelt type": ("values_to_be_between", "values_to_be_betwen", "T-1: .*unknown type"),
    "misspelt argument": ("min_value", "min_valeu", "T-1: "),
    "unknown severity": ("severity: critical", "severity: fatal", "rule 1: severity: one of"),
    "no reason": (", reason: een aantal is nooit negatief", "", "rule 1: meta: needs 'id' and"),
    "meta that is no mapping": (
        "meta: {id: T-1, reason: een aantal is nooit negatief}",
        "meta: T-1",
        "rule 1: meta",
    ),
    "unknown name in meta": (", reason:", ", tolerence: {x: 1}, reason:", "unknown name 'tol"),
    "a tolerance that is no number": (", reason:", ", tolerance: {x: veel}, reason:", "numbers"),
    "a known offender without a reason": (", reason:", ", known: [GM0001], reason:", "a reason"),
    "unknown stop": (
        ", reason:",
        ", stops: alles, reason:",
        "meta.stops: one of delivery, level, part",
    ),
    "words that no reader may get": (
        ", reason:",
        ", happened: Er is 5% te veel geteld., reason:",
        "rule 1: meta.happened: '5%'",
    ),
    "what happened is no sentence": (", reason:", ", happened: 5, reason:", "needs a sentence"),
    "unknown field": ("  severity", "  mostly: 0.9\n  severity", "rule 1: needs exactly"),
    "empty": (GOOD, "rules: []\n", "an empty suite passes everything"),
    "no suite": (GOOD, "- 1\n", "an empty suite passes everything"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused(name: str, tmp_path: Path) -> None:
    old, new, message = MISTAKES[name]
    file = tmp_path / "oefen_perinataal.yaml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    assert file.read_text() != GOOD
    with pytest.raises(CatalogError, match=message) as caught:
        build_expectations(load_suite(file), file.name, {})
    assert str(caught.value).startswith(file.name)


def test_check_finds_what_could_never_run(catalog: Catalog, tmp_path: Path) -> None:
    shutil.copytree(Settings().expectations_dir, tmp_path / "suites")
    suite = tmp_path / "suites" / "oefen_perinataal.yaml"
    text = suite.read_text(encoding="utf-8").replace("column: geboorten\n", "column: geborten\n", 1)
    text = text.replace("    happened: '''geboorten'' is niet overal ingevuld.'\n", "", 1)
    suite.write_text(text.replace("rows_expected", "rows_hoped_for"), encoding="utf-8")
    (tmp_path / "suites" / "kansenkloof_totalen.yaml").rename(tmp_path / "suites" / "totaal.yaml")
    settings = Settings(expectations_dir=tmp_path / "suites")
    _, _, faults = suite_faults(catalog, settings)
    told = "\n".join(faults)
    assert "oefen_perinataal.yaml: OEF-FILLED-1: column: no column 'geborten'" in told
    assert "OEF-COMPLETE: value: no parameter 'rows_hoped_for'" in told
    assert "totaal.yaml: no source 'totaal'" in told
    assert "kansenkloof_totalen: no suite. Write expectations/kansenkloof_totalen.yaml." in told
    assert "oefen_perinataal.yaml: OEF-FILLED-1: meta.happened: say in Dutch" in told
    assert len(faults) == 5
