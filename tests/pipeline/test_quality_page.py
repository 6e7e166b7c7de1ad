"""The quality page: what came, what the rules said, what waits; never a value of a delivery.

The page is for whoever delivers, so what is on it is tested as that reader gets it: as HTML.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from perinatal.alerts import open_troubles
from perinatal.catalog import Catalog, Correction
from perinatal.errors import RejectedDelivery
from perinatal.pipeline.quality_page import write_quality_page
from perinatal.pipeline.receive import ingest
from perinatal.settings import Settings
from perinatal.store import Delivery, DeliveryEvent, deliveries, open_store
from tests.conftest import MOMENT, Practice

pytestmark = pytest.mark.xdist_group("gx")

SOURCE, MAP = "oefen_perinataal", "oefen_grenzen"
PLANTED = 987654
"""The value that cannot be; no page may repeat it."""
SCRIPT = "oefenregio_perinataal_<script>alert('x')&amp;.csv"
_EMPTY = {"meta", "br", "link", "img", "input", "hr", "base", "source"}


@dataclass
class Section:
    shown: str = ""
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a reader finds: tags, texts per section, tables as rows of cells."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.source = file.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.sections: dict[str, Section] = {}
        self.open: list[str] = []
        self._now = Section()
        self.feed(self.source)
        self.close()
        assert self.open == [], "a tag was not closed"
        for section in self.sections.values():
            section.text = " ".join(section.text.split())
            section.rows = [[" ".join(cell.split()) for cell in row] for row in section.rows]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag not in _EMPTY:
            self.open.append(tag)
        if tag == "section":
            self._now = Section(given.get("class", ""))
            self.sections[given.get("id") or given["aria-labelledby"]] = self._now
        elif tag == "tr":
            self._now.rows.append([])
        elif tag in ("th", "td"):
            self._now.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"th", "td"} & set(self.open):
            self._now.rows[-1][-1] += f" {data}"
        self._now.text += f" {data}"

    def all(self, tag: str) -> list[dict[str, str]]:
        return [given for name, given in self.tags if name == tag]


def _spoiled(practice: Practice, folder: Path) -> Path:
    """The delivery with one cell of 2023 that cannot be."""
    lines = [line.split(";") for line in practice.figures.read_text(encoding="utf-8").splitlines()]
    (cells,) = [line for line in lines if line[0] == "2023" and line[2] == "GM9901"]
    cells[lines[0].index("te_vroeg")] = str(PLANTED)
    file = folder / "oefenregio_perinataal_nieuw.csv"
    file.write_text("\n".join(";".join(line) for line in lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def page(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Of the practice installation."""
    data = tmp_path_factory.mktemp("page") / "data"
    shutil.copytree(practice_data.settings.data_dir, data)
    settings = practice_data.settings.model_copy(update={"data_dir": data})
    return Page(write_quality_page(practice_data.catalog, settings))


@pytest.fixture(scope="module")
def troubled(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A file with a wicked name, a delivery with a part in quarantine, then nothing for long."""
    folder = tmp_path_factory.mktemp("troubled")
    shutil.copytree(practice_data.settings.data_dir, folder / "data")
    wicked = shutil.copyfile(practice_data.figures, folder / SCRIPT)
    wicked.write_bytes(wicked.read_bytes() + b"\n")
    moment = MOMENT + timedelta(hours=1)
    settings = Settings(data_dir=folder / "data", now=moment - timedelta(minutes=1))
    with pytest.raises(RejectedDelivery, match="file name"):
        ingest(wicked, practice_data.catalog, settings)
    settings = settings.model_copy(update={"now": moment})
    judged = ingest(_spoiled(practice_data, folder), practice_data.catalog, settings)
    assert judged.verdict == "accepted_with_warnings"
    return settings.model_copy(update={"now": moment + timedelta(days=500)})


@pytest.fixture(scope="module")
def troubled_page(troubled: Settings, practice_data: Practice) -> Page:
    return Page(write_quality_page(practice_data.catalog, troubled))


@pytest.fixture(params=["page", "troubled_page"])
def any_page(request: pytest.FixtureRequest) -> Page:
    found: Page = request.getfixturevalue(request.param)
    return found


def test_of_a_good_installation_it_says_what_came_and_that_all_passed(
    page: Page, practice_data: Practice
) -> None:
    own = page.sections[SOURCE]
    assert own.shown == ""
    assert "Oefenlevering perinatale cijfers (verzonnen)" in own.text
    assert "Laatste levering: 2 januari 2026. Elke 400 dagen hoort er een te komen." in own.text
    assert "te laat" not in own.text
    header, row = own.rows
    assert header == ["Ontvangen", "Bestand", "Oordeel", "Geldt nu"]
    assert row[0] == "2 januari 2026"
    assert row[1].startswith(f"{practice_data.figures.name} {SOURCE}-")
    assert row[2:] == ["goedgekeurd", "ja"]
    assert re.search(r"Nieuwste levering: \d\d regels gehaald\.", own.text)
    assert "In quarantaine" not in own.text
    # a map has no rhythm, and no rules to pass
    assert "Er is geen vast ritme afgesproken." in page.sections[MAP].text
    assert "Nieuwste levering" not in page.sections[MAP].text
    # who never delivered stands there too; figures come before maps
    assert "Nog geen levering." in page.sections["kansenkloof_totalen"].text
    assert set(page.sections) == set(practice_data.catalog.sources)
    kinds = [practice_data.catalog.sources[name].kind for name in page.sections]
    assert kinds == sorted(kinds)
    assert "Gemaakt op 2 januari 2026 met perinatal " in page.source


def test_of_a_troubled_installation_it_says_what_waits_and_what_is_late(
    troubled_page: Page,
) -> None:
    own = troubled_page.sections[SOURCE]
    assert own.shown == "let"
    assert "De volgende is 100 dagen te laat." in own.text
    assert {"class": "let-op"} in troubled_page.all("p")
    assert "te_vroeg: GM9901 (2023). Regel OEF-PART-1." in own.text
    assert [row[2:] for row in own.rows[1:4]] == [
        ["goedgekeurd, met opmerkingen", "ja"],
        ["afgekeurd: niets geladen", "nee"],
        ["goedgekeurd", "nee"],
    ]
    (rule,) = [row for row in own.rows if row[0] == "OEF-PART-1"]
    assert rule[1:] == ["'te_vroeg' is niet groter dan 'geboorten'.", "niet gehaald", "1",
                        "2023 GM9901"]  # fmt: skip
    passed, failed = re.findall(r"(\d+) regels gehaald, (\d+) niet\.", own.text)[0]
    assert int(failed) == sum(len(row) == 5 for row in own.rows) - 1
    assert int(passed) > 30
    # an open trouble stands above all sources
    told = troubled_page.sections["problemen"]
    assert next(iter(troubled_page.sections)) == "problemen"
    assert (
        "2 januari 2026: Een deel van de levering houdt zich niet aan de kwaliteitsregels. "
        f"Bron: {SOURCE}." in told.text
    )
    # the other sources are as they were
    assert troubled_page.sections[MAP].shown == ""


def test_no_value_of_a_delivery_is_on_it(
    any_page: Page, troubled: Settings, practice_data: Practice
) -> None:
    lines = practice_data.figures.read_text(encoding="utf-8").splitlines()[1:]
    # five digits or more: shorter ones can be a year or a number of rows
    values = {cell for line in lines for cell in line.split(";")[4:] if len(cell) > 4}
    assert len(values) > 20
    values |= {str(PLANTED)}
    for value in values:
        pointed = f"{int(value):,}".replace(",", ".")
        assert not re.search(rf"(?<![0-9a-f]){value}(?![0-9a-f])", any_page.source), value
        assert pointed not in any_page.source
    assert str(PLANTED) in next(troubled.raw_dir.glob(f"{SOURCE}/*/*_nieuw.csv")).read_text()


def test_a_file_name_is_text_and_no_markup(troubled_page: Page) -> None:
    own = troubled_page.sections[SOURCE]
    assert any(SCRIPT in cell for row in own.rows for cell in row)
    assert "<script" not in troubled_page.source
    assert troubled_page.all("script") == []


def test_it_asks_nothing_from_outside_and_runs_nothing(any_page: Page) -> None:
    assert any_page.source.startswith("<!doctype html>\n")
    (policy,) = [g["content"] for g in any_page.all("meta") if "http-equiv" in g]
    (style,) = re.findall(r"<style>(.*?)</style>", any_page.source, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert "url(" not in style
    assert "@import" not in style
    for tag, given in any_page.tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "form", "base")
        assert not {"src", "srcset", "style", "action"} & set(given)
        assert not [name for name in given if name.startswith("on")]
        assert given.get("href", "#").startswith("#")
    assert "://" not in any_page.source


def test_it_can_be_read_by_who_does_not_see_it(any_page: Page) -> None:
    assert any_page.all("html") == [{"lang": "nl"}]
    assert len(any_page.all("h1")) == len(any_page.all("main")) == len(any_page.all("title")) == 1
    ids = [given["id"] for _, given in any_page.tags if "id" in given]
    assert len(set(ids)) == len(ids)
    for _, given in any_page.tags:
        assert given.get("aria-labelledby", ids[0]) in ids
        assert given.get("href", f"#{ids[0]}")[1:] in ids
    # a heading never skips a level
    levels = [int(tag[1]) for tag, _ in any_page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    # tables have a caption and headers, and what can be scrolled can be reached
    tables = len(any_page.all("table"))
    assert tables == len(any_page.all("caption")) == len(any_page.all("thead")) > 0
    assert all(given == {"scope": "col"} for given in any_page.all("th"))
    for section in any_page.sections.values():
        widths = {len(row) for row in section.rows}
        assert widths <= {4, 5}
    boxes = [given for given in any_page.all("div") if given.get("class") == "vak"]
    assert len(boxes) == tables
    assert all(box["tabindex"] == "0" and box["aria-label"] for box in boxes)


def test_the_same_input_gives_the_same_bytes(
    troubled: Settings, troubled_page: Page, practice_data: Practice
) -> None:
    assert Page(write_quality_page(practice_data.catalog, troubled)).source == troubled_page.source
    # an hour later the same day is the same page; looking changed nothing
    later = troubled.model_copy(update={"now": troubled.clock() + timedelta(hours=1)})
    assert Page(write_quality_page(practice_data.catalog, later)).source == troubled_page.source


def test_it_is_written_whole_or_not_at_all(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_quality_page(practice.catalog, practice.settings)
    before = file.read_bytes()
    assert [one.name for one in file.parent.iterdir()] == ["index.html"]

    def half(self: Path, data: str, **_: object) -> None:
        self.write_bytes(data[: len(data) // 2].encode())
        raise OSError(28, "No space left on device")

    later = practice.settings.model_copy(update={"now": MOMENT + timedelta(days=900)})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", half)
        with pytest.raises(OSError, match="No space"):
            write_quality_page(practice.catalog, later)
    assert file.read_bytes() == before
    assert write_quality_page(practice.catalog, later) == file
    assert file.read_bytes() != before


# What a judged delivery leaves in the store, written there by hand


@pytest.fixture
def bare(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", now=MOMENT + timedelta(hours=1))


def _came(settings: Settings, number: int, event: str | None, name: str = "x.csv") -> str:
    delivery_id = f"{SOURCE}-{number:04}"
    moment = MOMENT + timedelta(minutes=number)
    with open_store(settings.store_file) as store, store.transaction():
        deliveries.register(
            store, Delivery(delivery_id, SOURCE, name, f"{number:064}", 1, "raw/x", moment)
        )
        if event is not None:
            deliveries.record_event(store, DeliveryEvent(delivery_id, moment, event, "r", ""))
    return delivery_id


def _checked(
    settings: Settings, delivery_id: str, *results: tuple[str, str, str, str, int, list[str]]
) -> None:
    with open_store(settings.store_file) as store, store.transaction():
        told = [(*result, "") for result in results]
        deliveries.record_checks(store, delivery_id, MOMENT, "r", told)


def _own(catalog: Catalog, settings: Settings) -> Section:
    return Page(write_quality_page(catalog, settings)).sections[SOURCE]


def test_every_verdict_has_its_own_words(bare: Settings, catalog: Catalog) -> None:
    for number, event in enumerate((None, "rejected", "quarantined", "withdrawn", "accepted")):
        _came(bare, number, event)
    assert [row[2:] for row in _own(catalog, bare).rows[1:]] == [
        ["goedgekeurd", "ja"],
        ["ingetrokken", "nee"],
        ["in quarantaine: niets geladen", "nee"],
        ["afgekeurd: niets geladen", "nee"],
        ["wacht: kan nog niet worden beoordeeld", "nee"],
    ]


def test_of_many_deliveries_the_newest_five(bare: Settings, catalog: Catalog) -> None:
    for number in range(8):
        _came(bare, number, "accepted", f"levering_{number}.csv")
    own = _own(catalog, bare)
    assert "Wat er kwam, het nieuwste eerst (en 3 oudere)" in own.text
    assert [row[1].split()[0] for row in own.rows[1:]] == [
        f"levering_{number}.csv" for number in (7, 6, 5, 4, 3)
    ]


def test_of_many_places_the_first_twenty(bare: Settings, catalog: Catalog) -> None:
    keys = [f"2023 WK9901{number:02}" for number in range(25)]
    name = _came(bare, 1, "accepted_with_warnings")
    _checked(bare, name, ("R-1", "Wat R-1 eist.", "critical", "failed", 1234, keys))
    cells = pd.DataFrame({
        "rule_id": "R-1", "variable": "te_vroeg", "boundary_year": 2022, "period_start": 2023,
        "period_end": 2023, "region": [key.split()[1] for key in keys],
    })  # fmt: skip
    with open_store(bare.store_file) as store, store.transaction():
        deliveries.set_quarantined(store, name, "r", cells)
    own = _own(catalog, bare)
    (rule,) = [row for row in own.rows if row[0] == "R-1"]
    assert rule[3] == "1.234"
    assert rule[4].endswith("2023 WK990119 en nog 5")
    assert "WK990119 (2023) en nog 5. Regel R-1." in own.text
    assert "WK990120" not in own.text


def test_a_warning_a_fault_and_a_rule_that_could_not_run_are_told_apart(
    bare: Settings, catalog: Catalog
) -> None:
    name = _came(bare, 1, "quarantined")
    _checked(
        bare,
        name,
        ("R-1", "a", "critical", "failed", 2, ["2023 GM9901"]),
        ("R-2", "b", "warning", "failed", 1, []),
        ("R-3", "c", "critical", "broken", 0, []),
        ("R-4", "d", "critical", "passed", 0, []),
    )
    rows = {row[0]: row[2:] for row in _own(catalog, bare).rows if row[0].startswith("R-")}
    # of a rule that could not run, no number of rows is known
    assert rows == {
        "R-1": ["niet gehaald", "2", "2023 GM9901"],
        "R-2": ["opmerking", "1", ""],
        "R-3": ["kon niet draaien", "", ""],
    }


def test_whatever_comes_from_outside_is_text(bare: Settings, catalog: Catalog) -> None:
    evil = "<b onclick=alert(1)>\"'&lt;"
    name = _came(bare, 1, "accepted", f"{evil}.csv")
    _checked(bare, name, (evil, evil, "critical", "failed", 1, [evil]))
    correction = Correction(
        id="x", source=SOURCE, variable="laat", status="missing", reason=evil, provider="GGD",
        date="2026-03-01",
    )  # fmt: skip
    source = catalog.sources[SOURCE].model_copy(update={"title": evil})
    changed = catalog.model_copy(
        update={"corrections": {"x": correction}, "sources": catalog.sources | {SOURCE: source}}
    )
    page = Page(write_quality_page(changed, bare))
    own = page.sections[SOURCE]
    (rule,) = [row for row in own.rows if row[0] == evil]
    assert rule == [evil, evil, "niet gehaald", "1", evil]
    assert f"x (1 maart 2026): {evil}" in own.text
    assert own.text.startswith(evil)
    assert page.all("b") == []


@pytest.mark.parametrize("key", ["19870314 WK990202", "2016 123456782", "2016 j.jansen@example.nl"])
def test_a_key_that_can_be_no_place_is_left_out_as_in_an_alert(
    bare: Settings, catalog: Catalog, key: str
) -> None:
    name = _came(bare, 1, "quarantined")
    _checked(bare, name, ("R-1", "a", "critical", "failed", 1, [key]))
    own = _own(catalog, bare)
    assert "(weggelaten)" in own.text
    assert not {"19870314", "123456782", "j.jansen@example.nl"} & set(own.text.split())


def test_what_waits_of_the_delivery_that_speaks_stays_on_it_when_a_newer_file_is_rejected(
    bare: Settings, catalog: Catalog
) -> None:
    name = _came(bare, 1, "accepted_with_warnings")
    cell = pd.DataFrame({
        "rule_id": "R-1", "variable": "te_vroeg", "region": ["GM9901"], "boundary_year": 2022,
        "period_start": 2023, "period_end": 2023,
    })  # fmt: skip
    with open_store(bare.store_file) as store, store.transaction():
        deliveries.set_quarantined(store, name, "r", cell)
    line = "te_vroeg: GM9901 (2023). Regel R-1."
    assert line in _own(catalog, bare).text
    _came(bare, 2, "rejected")
    assert line in _own(catalog, bare).text


def test_one_day_is_one_day(bare: Settings, catalog: Catalog) -> None:
    _came(bare, 0, "accepted")
    late = bare.model_copy(update={"now": MOMENT + timedelta(days=401)})
    assert "De volgende is 1 dag te laat." in _own(catalog, late).text


def test_writing_the_page_tells_nobody(troubled: Settings, troubled_page: Page) -> None:
    # being late is told by the flow; whoever looks at a page must not send mail
    assert {one.alert.kind for one in open_troubles(troubled)} <= {
        "rejected",
        "quarantined",
        "new_warning",
    }
