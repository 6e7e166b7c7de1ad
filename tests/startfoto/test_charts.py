"""The drawings: well-formed, equal at every run, and silent about what is not shown."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from perinatal.startfoto import charts, signs, tokens
from perinatal.startfoto.charts.births import ticks
from perinatal.startfoto.charts.svg import text_width, wrap
from perinatal.startfoto.document import Startfoto

from .sample import LONGEST, RULES, coalition, longest_names, sample

SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = (tokens.WIDE, tokens.PHONE, tokens.PRINT)


def drawings(document: Startfoto) -> dict[str, str]:
    """Every drawing of the document, at every width."""
    found = {"uitleg": charts.reading_guide("Oefenland", prefix="uitleg")}
    for width in WIDTHS:
        found[f"geboorten{width}"] = charts.births(document.births, width, prefix=f"b{width}")
    for chapter in document.chapters:
        key = chapter.id
        if chapter.strip:
            found[f"{key}-strook"] = charts.strip(chapter.strip, prefix=f"{key}-s")
            found[f"{key}-stil"] = charts.strip(chapter.strip, prefix=f"{key}-q", quiet=True)
        for width in WIDTHS:
            if chapter.areas:
                name = f"{key}-d{width}"
                found[name] = charts.dot_interval(chapter.areas, width, prefix=name)
            if chapter.trend:
                name = f"{key}-t{width}"
                found[name] = charts.trend(chapter.trend, width, prefix=name)
        if chapter.map:
            found[f"{key}-kaart"] = charts.map_figure(chapter.map, 358, prefix=f"{key}-k")
    return found


def texts(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}text"))


@pytest.mark.parametrize("document", [sample(), coalition(), longest_names()])
def test_every_drawing_is_well_formed_named_and_without_inline_styles(document: Startfoto) -> None:
    ids: list[str] = []
    for name, svg in drawings(document).items():
        root = ET.fromstring(svg)
        assert root.get("role") == "img", name
        names = root.get("aria-labelledby", "").split()
        assert [child.get("id") for child in root][:2] == names
        assert all((child.text or "").strip() for child in root[:2])
        assert "'Source Sans 3'" in root.get("font-family", "")
        assert "style=" not in svg
        assert "<script" not in svg
        assert not re.search(r"nan|inf\b", re.sub(r">[^<]*<", "><", svg))
        ids += re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))


def test_the_same_document_gives_the_same_drawings() -> None:
    assert drawings(sample()) == drawings(sample())


def test_a_row_without_a_figure_has_words_and_no_mark() -> None:
    areas = sample().chapters[0].areas
    assert areas is not None
    root = ET.fromstring(charts.dot_interval(areas, prefix="x"))
    hidden = next(row for row in areas.rows if row.published.kind != "shown")
    rows = [g for g in root.iter(f"{SVG}g") if g.get("data-region") == hidden.region]
    assert len(rows) == 1
    assert {child.tag for child in rows[0].iter()} == {f"{SVG}g", f"{SVG}text"}
    assert [child.text for child in rows[0]] == [hidden.name, "geen cijfer"]


def test_a_strip_without_a_figure_says_so() -> None:
    withdrawn = sample().chapters[2].strip
    assert withdrawn is not None
    words = [entry.text for entry in texts(charts.strip(withdrawn, prefix="x"))]
    assert words == ["geen cijfer"]


def test_the_years_on_either_side_of_a_break_are_not_joined() -> None:
    figure = sample().chapters[0].trend
    assert figure is not None
    root = ET.fromstring(charts.trend(figure, prefix="x"))
    lines = [entry.attrib for entry in root.iter(f"{SVG}line")]
    edge = next(float(line["x1"]) for line in lines if line.get("stroke-dasharray") == "4 3")
    for line in lines:
        low, high = sorted((float(line["x1"]), float(line["x2"])))
        assert low == high or high < edge or low > edge
    years = [group for group in root.iter(f"{SVG}g") if group.get("class") == "jaar"]
    points = [point for segment in figure.segments for point in segment.points]
    assert len(years) == sum(point.own.kind == "shown" for point in points) == 9


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("document", [sample(), longest_names()])
def test_texts_stay_inside_and_do_not_overlap(document: Startfoto, width: int) -> None:
    chapter = document.chapters[0]
    assert chapter.areas is not None
    assert chapter.trend is not None
    for svg in (
        charts.dot_interval(chapter.areas, width, prefix="x"),
        charts.trend(chapter.trend, width, prefix="x"),
        charts.births(document.births, width, prefix="x"),
    ):
        boxes = []
        for entry in texts(svg):
            if entry.get("aria-hidden"):
                continue
            size, words = float(entry.get("font-size", 0)), entry.text or ""
            long = text_width(words, size, bold=entry.get("font-weight") == "600")
            shift = {"middle": 0.5, "end": 1.0}.get(entry.get("text-anchor", ""), 0.0)
            x, y = float(entry.get("x", 0)) - long * shift, float(entry.get("y", 0))
            assert x >= -1, words
            assert x + long <= width + 1, words
            boxes.append((x, y - size * 0.7, x + long, y, words))
        for place, one in enumerate(boxes):
            for two in boxes[place + 1 :]:
                apart = one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
                assert apart, (one[4], two[4])


def test_long_names_are_wrapped_and_never_cut() -> None:
    lines = wrap(LONGEST, 120, 13)
    assert len(lines) > 1
    assert "".join(lines).replace(" ", "") == LONGEST.replace(" ", "")
    assert all(text_width(line, 13) <= 132 for line in lines)


def test_sixty_areas_are_cut_into_slices_that_hold_every_row_once() -> None:
    areas = sample(wijk_count=60).chapters[0].areas
    assert areas is not None
    slices = charts.pages(areas, 415, 640)
    assert len(slices) > 1
    assert slices[0][0] == 0
    assert all(one[1] == two[0] for one, two in pairwise(slices))
    drawn = "".join(
        charts.dot_interval(areas, 482, prefix=f"x{at}", part=part)
        for at, part in enumerate(slices)
    )
    without = set(charts.names_without_figure(areas))
    shown = [row for row in areas.rows if row.published.kind == "shown"]
    assert drawn.count("data-region") == len(areas.rows) - (60 // 14 + 1 if without else 0)
    assert drawn.count("<g ") >= len(shown)


@pytest.mark.parametrize(("low", "high"), [(2046, 2188), (5, 40), (900, 1000), (0, 3), (7, 7)])
def test_ticks_of_births_hold_the_range(low: int, high: int) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 5
    assert found[0] <= low
    assert found[-1] >= high


def test_signs_differ_in_shape_without_their_colour() -> None:
    drawn = {
        re.sub(r"#[0-9A-F]{6}", "", signs.icon(label, word=w)) for label, (w, _) in RULES.items()
    }
    assert len(drawn) == len(RULES)
    for label, (word, _) in RULES.items():
        ET.fromstring(signs.icon(label, word=word))
        ET.fromstring(signs.swatch(label, word=word))


def test_contrast_of_every_text_colour() -> None:
    colours = tokens.COLOURS
    grounds = ("wit", "zand1", "zand2", "concept")
    inks = ("inkt", "inkt2", "inkt3", "merk", "eigen", "hoger", "lager", "gelijk", "ingetrokken")
    for ink in inks:
        for ground in grounds:
            assert tokens.contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    assert tokens.contrast(colours["ingetrokken"], colours["ingetrokken-licht"]) >= 4.5
    for band in ("merk", "merk-donker", "hoger", "lager"):
        assert tokens.contrast(colours["wit"], colours[band]) >= 4.5
    for line in ("toeval-streep", "as", "toeval"):
        assert tokens.contrast(colours[line], colours["wit"]) >= 3
