"""The drawings: well-formed, equal at every run, and silent about what is not shown."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from perinatal import dutch
from perinatal.startfoto import charts, signs, tokens
from perinatal.startfoto.charts.births import ticks
from perinatal.startfoto.charts.svg import text_width, wrap
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.readback import NUMBER

from .sample import coalition, longest_names, sample
from .sample_parts import LONGEST, RULES

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
            if chapter.funnel:
                name = f"{key}-f{width}"
                found[name] = charts.funnel(chapter.funnel, width, prefix=name)
            if chapter.spread and chapter.spread.lower is not None:
                name = f"{key}-s{width}"
                found[name] = charts.spread(chapter.spread, width, prefix=name)
            if chapter.gap:
                name = f"{key}-g{width}"
                found[name] = charts.gap(chapter.gap, width, prefix=name)
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
    marks = [child for child in rows[0].iter() if child.tag not in (f"{SVG}g", f"{SVG}text")]
    # the ground is as wide for every row, and has no place on the axis
    (ground,) = marks
    assert (ground.get("fill"), ground.get("x"), ground.get("width")) == ("none", "0", "640")
    words = [child.text for child in rows[0] if child is not ground]
    assert words == [hidden.name, "geen cijfer"]


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


def assert_texts_stay_inside_and_apart(svg: str, width: int) -> None:
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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("document", [sample(), longest_names()])
def test_texts_stay_inside_and_do_not_overlap(document: Startfoto, width: int) -> None:
    chapter = document.chapters[0]
    assert chapter.areas
    assert chapter.trend
    assert chapter.funnel
    assert chapter.spread
    assert chapter.gap
    for svg in (
        charts.dot_interval(chapter.areas, width, prefix="x"),
        charts.trend(chapter.trend, width, prefix="x"),
        charts.births(document.births, width, prefix="x"),
        charts.funnel(chapter.funnel, width, prefix="x"),
        charts.spread(chapter.spread, width, prefix="x"),
        charts.gap(chapter.gap, width, prefix="x"),
    ):
        assert_texts_stay_inside_and_apart(svg, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("own", [2.0, 4.0, 5.9, 7.0, 7.01, 9.1, 10.0, 13.0])
def test_the_labels_of_a_spread_stay_apart_wherever_the_own_figure_lies(
    own: float, width: int
) -> None:
    for document in (sample(), longest_names()):
        figure = document.chapters[0].spread
        assert figure
        svg = charts.spread(figure.model_copy(update={"own": own}), width, prefix="x")
        assert_texts_stay_inside_and_apart(svg, width)
        band = next(ET.fromstring(svg).iter(f"{SVG}rect"))
        top, left = float(band.get("y", 0)), float(band.get("x", 0))
        places = {entry.text: float(entry.get("y", 0)) for entry in texts(svg)}
        assert places["Oefenland 7,0"] > top + float(band.get("height", 0))
        assert all(y < top for name, y in places.items() if name and name.endswith(" 7,3"))
        assert 0 <= left < left + float(band.get("width", 0)) <= width


def test_no_spread_beyond_chance_draws_nothing() -> None:
    figure = sample().chapters[1].spread
    assert figure
    assert figure.lower is None
    for width in WIDTHS:
        assert charts.spread(figure, width, prefix="x") == ""


def test_a_gap_has_a_row_a_fifth_in_the_order_of_the_document() -> None:
    figure = sample().chapters[0].gap
    assert figure
    rows = [
        group
        for group in ET.fromstring(charts.gap(figure, prefix="x")).iter(f"{SVG}g")
        if group.get("class") == "vijfde"
    ]
    for group, row in zip(rows, figure.rows, strict=True):
        words = [entry.text or "" for entry in group.iter(f"{SVG}text")]
        assert " ".join(words) == f"{row.name} {row.estimate_text}"


def test_spread_and_gap_have_no_colour_of_higher_or_lower() -> None:
    chapter = sample().chapters[0]
    assert chapter.spread
    assert chapter.gap
    drawn = charts.spread(chapter.spread, prefix="x") + charts.gap(chapter.gap, prefix="y")
    for name in ("hoger", "lager", "hoger-midden", "lager-midden", "ingetrokken"):
        assert tokens.COLOURS[name] not in drawn


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


def test_a_small_difference_points_as_its_row_says() -> None:
    up, down = (signs.icon("KLEIN_MAAR_ECHT", way=way) for way in (1, -1))
    assert up == signs.icon("KLEIN_MAAR_ECHT", word="iets hoger")
    assert down == signs.icon("KLEIN_MAAR_ECHT", word="iets lager")
    assert len({up, down, signs.icon("KLEIN_MAAR_ECHT", word="iets hoger of lager")}) == 3
    areas = sample().chapters[0].areas
    assert areas
    small = next(row for row in areas.rows if row.label == "KLEIN_MAAR_ECHT")
    drawn = {
        charts.dot_interval(
            areas.model_copy(update={"rows": (small.model_copy(update={"direction": way}),)}),
            prefix="x",
        )
        for way in (-1, 1)
    }
    assert len(drawn) == 2


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


def test_a_funnel_has_a_sign_for_each_shown_area_and_no_place_for_another() -> None:
    chapter = sample().chapters[0]
    assert chapter.funnel
    assert chapter.areas
    # also where a hidden one would come along
    every = chapter.funnel.model_copy(update={"rows": chapter.areas.rows[1:]})
    drawn = charts.funnel(every, prefix="x")
    shown = [row.region for row in chapter.areas.rows[1:] if row.published.kind == "shown"]
    hidden = [row.region for row in chapter.areas.rows[1:] if row.published.kind != "shown"]
    assert hidden
    assert re.findall(r'class="punt" data-region="([^"]+)"', drawn) == shown
    assert not any(region in drawn for region in hidden)


def test_the_lines_of_a_funnel_stay_in_the_picture() -> None:
    figure = sample().chapters[0].funnel
    assert figure
    far = [one.model_copy(update={"upper998": 99.0, "lower998": -99.0}) for one in figure.limits]
    drawn = charts.funnel(figure.model_copy(update={"limits": tuple(far)}), prefix="x")
    height = float(re.findall(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawn)[0])
    for path in re.findall(r'<path d="M([^"]+)" fill="none"', drawn):
        for place in path.split("L"):
            assert 0 <= float(place.split(" ")[1]) <= height


def test_a_pointer_brings_out_what_the_document_prints_and_nothing_hidden() -> None:
    document = sample()
    said = document.model_dump_json(exclude={"origins"})
    limits = [
        dutch.span(point.own.lower95, point.own.upper95)
        for chapter in document.chapters
        for segment in (chapter.trend.segments if chapter.trend else ())
        for point in segment.points
        if point.own.kind == "shown"
    ]
    counts = [dutch.number(count) for _, count in document.births.years]
    known = {number for text in (said, *limits, *counts) for number in NUMBER.findall(text)}
    found = 0
    for svg in drawings(document).values():
        for told in list(ET.fromstring(svg).iter(f"{SVG}title"))[1:]:
            assert set(NUMBER.findall(told.text or "")) <= known, told.text
            found += 1
    assert found > 100
    areas = document.chapters[0].areas
    assert areas
    hidden = {row.name for row in areas.rows if row.published.kind != "shown"}
    drawn = ET.fromstring(charts.dot_interval(areas, prefix="x"))
    assert not [t for t in drawn.iter(f"{SVG}title") if any(n in (t.text or "") for n in hidden)]
