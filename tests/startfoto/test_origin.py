"""No orphan number: every figure leads to its lines, every sentence to its figures."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser

import pytest

from perinatal.cli import run
from perinatal.disclosure.published import Shown
from perinatal.startfoto.document import Startfoto, sentences
from perinatal.startfoto.figures import figures, references
from perinatal.startfoto.origin import ranges
from perinatal.startfoto.render_html import render_html
from tests.conftest import Practice

AREAS = ("oefenstad", "oefenregio", "proefdorp")
CONSTANT = {
    "uitleg", "uitleg-grens", "zicht", "onbekend", "leeftijd", "weggelaten", "geen-hoofdstuk",
}  # fmt: skip
"""Sentences whose numbers are those of a definition, a rule or a period: no figure of an area."""


@pytest.fixture(scope="module")
def delivered(practice_data: Practice) -> list[dict[str, str]]:
    """Lines of the delivered file, the head in the place of line 1."""
    with practice_data.figures.open(encoding="utf-8", newline="") as file:
        return [{}, {}, *csv.DictReader(file, delimiter=";")]


def _lines(text: str) -> list[int]:
    return [
        line
        for run_ in text.split(", ")
        for first, _, last in [run_.partition("-")]
        for line in range(int(first), int(last or first) + 1)
    ]


@pytest.mark.parametrize("area", AREAS)
def test_the_lines_of_a_figure_add_up_to_it(
    documents: dict[str, Startfoto], delivered: list[dict[str, str]], area: str
) -> None:
    """Read again by hand: file, lines and calculation give numerator and denominator."""
    document = documents[area]
    origins = {origin.reference_id: origin for origin in document.origins}
    checked = 0
    for chapter in document.chapters:
        rows = [*chapter.members, *(chapter.areas.rows if chapter.areas else ())]
        rows += [chapter.strip.row] if chapter.strip else []
        for row in rows:
            if not isinstance(row.published, Shown):
                continue
            origin = origins[row.reference_id]
            own = [delivered[line] for line in _lines(origin.lines_text)]
            upper, _, lower = origin.calculation.partition(" / ")
            names = [upper, lower.partition(",")[0]]
            sums = [sum(int(line[name]) for line in own) for name in names if name in own[0]]
            if len(sums) == 2:
                assert sums == [row.published.numerator, row.published.denominator]
                checked += 1
    assert checked > 3


def test_every_shown_figure_has_an_origin_and_no_other(documents: dict[str, Startfoto]) -> None:
    for document in documents.values():
        known = {origin.reference_id for origin in document.origins}
        rows = figures(document)
        assert {str(row[0]) for row in rows if row[7] == "getoond"} == known
        assert len(known) > 20
        for row in rows:
            # a line that lacks would tell why a figure is not shown
            assert all(row[-5:]) if row[7] == "getoond" else not any(row[-5:])


def test_every_sentence_with_a_number_rests_on_figures(documents: dict[str, Startfoto]) -> None:
    for document in documents.values():
        known = {*references(document.chapters)}
        numbered = [line for line in sentences(document) if re.search(r"\d", line.text)]
        assert len(numbered) > 10
        for line in numbered:
            assert line.evidence or line.rule in CONSTANT, line
        for line in sentences(document):
            assert line.rule
            # a change over time rests on the last of its years, which the line shows
            assert set(line.evidence) <= known, line


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.bare: list[str] = []
        self._row: str | None = None
        self._linked = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a" and str(found.get("href", "")).startswith("#"):
            self.targets.add(str(found["href"])[1:])
            self._linked = True
        if tag == "tr":
            self._row, self._linked = found.get("data-ref"), False

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self._row is not None and not self._linked:
            self.bare.append(self._row)
        if tag == "tr":
            self._row = None


@pytest.mark.parametrize("area", AREAS)
def test_on_the_page_every_shown_figure_opens_its_origin(
    documents: dict[str, Startfoto], area: str
) -> None:
    document = documents[area]
    page = _Links()
    page.feed(render_html(document))
    assert len(page.ids) == len(set(page.ids))
    assert page.targets <= set(page.ids)
    hidden = {str(row[0]) for row in figures(document) if row[7] != "getoond"}
    assert set(page.bare) <= hidden
    assert len([target for target in page.targets if target.startswith("herkomst-")]) > 15


def test_runs_of_lines_are_drawn_together() -> None:
    assert ranges([27, 12, 23, 24, 25, 26, 12]) == "12, 23-27"
    assert ranges([]) == ""


TOWN = "GM9901/vroeggeboorte/oefen_perinataal.oefen-24w/2021-2025"


def test_explain_prints_what_stands_behind_a_figure(
    practice: Practice, capsys: pytest.CaptureFixture[str], delivered: list[dict[str, str]]
) -> None:
    data = ["--data", str(practice.settings.data_dir)]
    assert run([*data, "explain", TOWN, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    cases = sum(
        int(line["te_vroeg"])
        for line in delivered[2:]
        if line["regiocode"] == "GM9901" and int(line["jaar"]) >= 2021
    )
    assert told["cijfer"].startswith(f"{cases} van ")
    assert told["ligt in"].endswith("(onveranderd)")
    assert told["levering"].split("SHA-256 ")[1] in {
        json.loads(file.read_text())["sha256"]
        for file in practice.settings.raw_dir.rglob("manifest.json")
    }
    assert told["editie"].startswith(practice.edition_id)
    assert run([*data, "explain", TOWN]) == 0
    assert "te_vroeg / geboorten, keer 100" in capsys.readouterr().out


def test_explain_says_when_the_file_was_changed_or_lost(
    practice: Practice, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = practice.settings.raw_dir.glob("oefen_perinataal/*/*.csv")
    data = ["--data", str(practice.settings.data_dir)]
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b"\n")
    assert run([*data, "explain", TOWN]) == 0
    assert "weg of veranderd" in capsys.readouterr().out


def test_explain_gives_no_number_of_a_figure_that_is_not_shown(
    practice: Practice, capsys: pytest.CaptureFixture[str], documents: dict[str, Startfoto]
) -> None:
    data = ["--data", str(practice.settings.data_dir)]
    hidden = next(str(row[0]) for row in figures(documents["proefdorp"]) if row[7] == "geen cijfer")
    assert run([*data, "explain", hidden, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cijfer"] == "geen cijfer: het wordt niet getoond, ook hier niet"
    assert not re.search(r"\d", told["ons woord"])


def test_explain_of_something_unknown_names_what_there_is(
    practice: Practice, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(practice.settings.data_dir)]
    assert run([*data, "explain", "GM9901/geluk"]) == 2
    assert "has no figure 'GM9901/geluk'. Some that it has: GM9901/" in capsys.readouterr().err
