"""What was made is read back: a planted difference stops it, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import pytest

from perinatal.errors import IntegrityError
from perinatal.pipeline.documents import render_file
from perinatal.pipeline.tables import Spoken
from perinatal.startfoto.document import FigureRow, Startfoto
from perinatal.startfoto.readback import check_document, check_page
from perinatal.startfoto.readback_files import check_pdf
from perinatal.startfoto.render_html import render_html
from perinatal.startfoto.render_pdf import render_pdf
from perinatal.store import open_edition
from tests import tiers
from tests.conftest import Practice
from tests.pipeline.gaps import Press, everything

from .changes import Tables, composed, counted, edition, named
from .plants import (
    FORMS,
    PLANTS,
    content,
    digit_in_a_finding,
    dropped_sentence,
    one_withheld,
    planted,
)
from .sample import bare, coalition, longest_names, one_area, sample, sixty_areas

AREAS = ("oefenstad", "oefenregio", "proefdorp")
SHORT = (digit_in_a_finding, dropped_sentence)
"""What a short variant shows of what is planted: it has no tables."""
Change = Callable[[Press, Spoken], Tables]
every_form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture(scope="module")
def document(documents: dict[str, Startfoto]) -> Startfoto:
    return documents["oefenregio"]


@pytest.fixture(scope="module")
def page(document: Startfoto) -> str:
    return render_html(document)


def _spoiled(page: str, row: str, found: str, instead: str) -> str:
    """The page with something else in the row of that kind."""
    whole = re.search(row, page, re.DOTALL)
    assert whole is not None
    spoiled = re.sub(found, instead, whole[0], count=1)
    assert spoiled != whole[0]
    return page.replace(whole[0], spoiled, 1)


SHOWN = r'<tr[^>]*data-ref="[^"]*/vroeggeboorte/[^>]*>.*?</tr>'
HIDDEN = r'<tr[^>]*data-ref="(?:(?!</tr>).)*?geen cijfer.*?</tr>'
CHOSEN = r'<p class="bij" data-region="WK.*?</p>'


@pytest.mark.parametrize(
    ("row", "found", "instead", "told"),
    [
        (SHOWN, r'(vandaan\?">)\d+,\d', r"\g<1>99,9", "the row .* does not stand there"),
        (SHOWN, r"\d,\d, waar", "99,9, waar", "'99,9,waar.* stands there"),
        (SHOWN, r'(<td class="r breed">)[\d.]+', r"\g<1>12.345", "the row .* does not stand"),
        (HIDDEN, "geen cijfer", "ongeveer 3", "the row .* does not stand there"),
        (SHOWN, 'data-ref="[^"]*', 'data-ref="GM9901/iets/anders', "the row .* does not stand"),
        (CHOSEN, r'data-region="[^"]*', 'data-region="WK990101', "the row .* does not stand"),
        ("<h1>.*?</h1>", "</h1>", " 4.711</h1>", r"4\.711.* stands there"),
        ("<svg .*?</svg>", "</svg>", "<text>4.711</text></svg>", r"4\.711"),
        ("<h1>.*?</h1>", "<h1", '<h1 title="4.711 baby\'s"', r"4\.711.* stands there"),
        ('<g class="rij".*?</g>', "<title>.*?</title>", "<title>Haven: 3,1</title>", "a pointer"),
        ('<p class="inleiding">.*?</p>', "geboorten", "zwangeren", "does not stand"),
    ],
)
def test_a_difference_in_a_page_is_found(
    document: Startfoto, page: str, row: str, found: str, instead: str, told: str
) -> None:
    with pytest.raises(IntegrityError, match=told):
        check_page(document, _spoiled(page, row, found, instead))


def _found(true: Startfoto, dice: Random, plant: Callable[..., None], form: str) -> bool | None:
    """Whether the checker sees it; None where this output does not show it."""
    other = planted(true, plant, dice)
    if plant is one_withheld:
        true, other = other, true
    render, check = FORMS[form]
    drawn = render(other)
    try:
        check(true, drawn)
    except IntegrityError:
        return True
    return None if content(drawn) == content(render(true)) else False


@every_form
def test_what_is_planted_is_found(documents: dict[str, Startfoto], form: str) -> None:
    dice = Random(form)
    document = documents["oefenregio" if "pdf" in form else "oefenstad"]
    kinds = SHORT if "be" in form else PLANTS if form in ("csv", "xlsx") else PLANTS[:5]
    seen = {plant.__name__: _found(document, dice, plant, form) for plant in kinds}
    assert False not in seen.values(), seen
    assert True in seen.values()


@pytest.mark.deep
def test_everything_that_is_planted_is_found(documents: dict[str, Startfoto]) -> None:
    dice = Random(tiers.SEED)
    pairs = cycle(
        (plant, form) for plant in PLANTS for form in FORMS if plant in SHORT or "be" not in form
    )
    seen: list[tuple[str, str, bool]] = []
    while len(seen) < tiers.times(deep=200, soak=1_000):
        plant, form = next(pairs)
        found = _found(documents[dice.choice(AREAS[:2])], dice, plant, form)
        if found is not None:
            seen.append((plant.__name__, form, found))
    assert [one for one in seen if not one[2]] == []


@pytest.fixture(scope="module")
def speaking(practice_data: Practice) -> Spoken:
    return everything(practice_data)


@pytest.fixture(scope="module")
def press(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Press:
    return Press(practice_data.catalog, tmp_path_factory.mktemp("changes") / "store.duckdb")


def _alarms(document: Startfoto, forms: Any = FORMS) -> list[str]:
    found = []
    for form in forms:
        render, check = FORMS[form]
        try:
            check(document, render(document))
        except IntegrityError as error:
            found.append(f"{document.area_id}, {form}: {error}")
    return found


def a_little_lower() -> Startfoto:
    """A small but real difference, downwards: it stands beside its word, its row and its card."""
    changed = sample().model_dump_json()
    return Startfoto.model_validate_json(
        changed.replace("iets hoger", "iets lager").replace('"direction":1', '"direction":-1')
        .replace("DUIDELIJK_LAGER", "KLEIN_MAAR_ECHT").replace("duidelijk lager", "iets lager")
    )  # fmt: skip


@pytest.mark.parametrize(
    "made", [a_little_lower, sample, coalition, longest_names, bare, one_area, sixty_areas]
)
def test_no_document_of_any_kind_is_refused(made: Callable[[], Startfoto]) -> None:
    assert _alarms(made()) == []


def _one_cell(press: Press, data: Spoken) -> Tables:
    """Three births more in one year: 'stands in the text and not in the document', it once said."""
    rows = data.observations
    cell = (rows["variable"] == "geboorten") & (rows["value"] == 1694)
    assert cell.sum() == 1
    return edition(press, data, rows.assign(value=rows["value"].mask(cell, 1697)))


def _without_the_last_year(press: Press, data: Spoken) -> Tables:
    return edition(press, data, data.observations[data.observations["period_start"] != 2025])


def _any(seed: int) -> Change:
    def make(press: Press, data: Spoken) -> Tables:
        dice = Random(seed)
        return named(edition(press, data, counted(data, dice)), dice)

    return make


@pytest.mark.parametrize(
    "make", [_one_cell, _without_the_last_year, _any(1), _any(2)],
    ids=["R1", "no 2025", "1", "2"],
)  # fmt: skip
def test_no_change_of_the_delivery_is_refused(press: Press, speaking: Spoken, make: Change) -> None:
    document = composed("oefenstad", press.catalog, make(press, speaking))
    assert _alarms(document, ["html volledig", "pdf volledig", "pptx", "xlsx", "csv"]) == []


@pytest.mark.deep
@pytest.mark.parametrize("part", range(10))
def test_no_small_change_is_refused(press: Press, speaking: Spoken, part: int) -> None:
    """Each delivery with three namings, each for another area: 300 changes in all, or 900."""
    alarms = []
    for number in range(tiers.times(deep=10, soak=30)):
        seed = tiers.SEED * 1_000 + part * 30 + number
        dice = Random(seed)
        tables = edition(press, speaking, counted(speaking, dice))
        for area in AREAS:
            forms = [form for form in FORMS if "pdf" not in form]
            forms.append(dice.choice([form for form in FORMS if "pdf" in form]))
            document = composed(area, press.catalog, named(tables, dice))
            alarms += [f"{seed}, {alarm}" for alarm in _alarms(document, forms)]
    assert alarms == []


def _renamed(document: Startfoto, name: Callable[[int], str]) -> Startfoto:
    """The document with other names in the first chapter's rows."""
    first = document.chapters[0]
    assert first.areas is not None
    rows = [row.model_copy(update={"name": name(place)})
            for place, row in enumerate(first.areas.rows)]  # fmt: skip
    areas = first.areas.model_copy(update={"rows": tuple(rows)})
    chapter = first.model_copy(update={"areas": areas, "funnel": None, "map": None})
    return document.model_copy(update={"chapters": (chapter, *document.chapters[1:])})


@pytest.mark.parametrize(
    "name", ["Wijk {:02}".format, "{} Ambachten".format, "{},5 Hoek".format, "Fase {}".format]
)
def test_a_number_in_a_name_is_a_name(name: Callable[[int], str]) -> None:
    """Sixty of them: 'Wijk 10' is also the beginning of 'Wijk 1' with a nought behind it."""
    document = _renamed(sixty_areas(), name)
    assert _alarms(document, ["html volledig", "pdf volledig", "pptx", "xlsx"]) == []


def test_a_text_outside_the_tags_of_a_pdf_is_found(
    document: Startfoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a footer with another page number would be."""
    drawn = render_pdf(document, "bewoners")
    check_pdf(document, drawn, "bewoners")
    other = document.model_copy(update={"period_text": "2020 tot en met 2024"})
    with pytest.raises(IntegrityError, match="around it"):
        check_pdf(document, render_pdf(other, "bewoners"), "bewoners")


def _with_year_moved(document: Startfoto) -> Startfoto:
    chapter = next(one for one in document.chapters if one.trend and one.trend.own_name)
    assert chapter.trend is not None
    segment = chapter.trend.segments[-1]
    point = segment.points[-1].model_copy(update={"own_text": "99,9"})
    segment = segment.model_copy(update={"points": (*segment.points[:-1], point)})
    trend = chapter.trend.model_copy(update={"segments": (*chapter.trend.segments[:-1], segment)})
    moved = chapter.model_copy(update={"trend": trend})
    chapters = tuple(moved if one is chapter else one for one in document.chapters)
    return document.model_copy(update={"chapters": chapters})


def _with_text_moved(document: Startfoto) -> Startfoto:
    first = document.chapters[0]
    assert first.areas is not None
    row: FigureRow = first.areas.rows[2].model_copy(update={"interval95_text": "1,0 – 2,0"})
    rows = (*first.areas.rows[:2], row, *first.areas.rows[3:])
    areas = first.areas.model_copy(update={"rows": rows})
    chapter = first.model_copy(update={"areas": areas})
    return document.model_copy(update={"chapters": (chapter, *document.chapters[1:])})


def test_a_document_that_is_not_its_edition_is_found(
    practice_data: Practice, document: Startfoto
) -> None:
    values = open_edition(practice_data.settings.published_dir).tables["published_value"]
    check_document(document, values)
    moved = values.copy()
    own = (moved["kind"] == "shown") & (moved["indicator"] == "vroeggeboorte")
    moved.loc[own, "numerator"] += 1
    with pytest.raises(IntegrityError, match="vroeggeboorte"):
        check_document(document, moved)
    for other in (_with_year_moved(document), _with_text_moved(document)):
        with pytest.raises(IntegrityError, match="differs from its edition"):
            check_document(other, values)


def test_a_page_that_differs_is_not_written(
    document: Startfoto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "startfoto-oefenregio.json"
    file.write_text(document.model_dump_json(), encoding="utf-8")
    good = render_file(file, "html").read_bytes()
    monkeypatch.setattr(
        "perinatal.startfoto.render_html.render_html", lambda *_: "<p>Het zijn er 4.711.</p>"
    )
    with pytest.raises(IntegrityError):
        render_file(file, "html")
    assert file.with_suffix(".html").read_bytes() == good
