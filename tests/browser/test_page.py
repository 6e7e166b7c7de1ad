"""The page in a real browser: accessible, by keyboard, narrow and wide, on paper, on its own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from perinatal.pipeline.documents import compose_area, render_file
from perinatal.startfoto.document import Startfoto, Variant
from perinatal.startfoto.render_html import render_html
from perinatal.startfoto.theme import style
from tests.browser.conftest import Page
from tests.conftest import Practice
from tests.startfoto.sample import coalition, longest_names, one_area, sixty_areas
from tests.startfoto.test_theme import house

SAMPLES = (coalition, longest_names, one_area, sixty_areas)
VARIANTS: tuple[Variant, ...] = ("volledig", "bestuurlijk", "bewoners")
RULES = "['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']"
OUTSIDE = """
[...document.querySelectorAll('main *, header *, footer *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.tabelvak'))
  .map(e => e.outerHTML.slice(0, 120)).slice(0, 5)
"""
pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def files(
    practice_data: Practice,
    documents: dict[str, Startfoto],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """Each variant of the coalition, documents with all that a page can have, and a theme."""
    out = tmp_path_factory.mktemp("pages")
    saved = compose_area("oefenregio", practice_data.catalog, practice_data.settings, out=out)
    found = {variant: render_file(saved, "html", variant) for variant in VARIANTS}
    for made in SAMPLES:
        file = out / f"{made.__name__}.html"
        file.write_text(render_html(made()), encoding="utf-8")
        found[made.__name__] = file
    yellow = house(out, more={"colour": '"#FFD100"'})
    themed = documents["oefenstad"].model_copy(update={"style": style(yellow)})
    found["themed"] = out / "themed.html"
    found["themed"].write_text(render_html(themed), encoding="utf-8")
    return found


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core finds wrong with the page as it stands."""
    page.ask(axe + "; 1")
    found: list[str] = page.ask(
        f"axe.run(document, {{runOnly: {RULES}}}).then(r => r.violations.map(v => "
        "v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))"
    )
    return found


PAGES = (*VARIANTS, *(made.__name__ for made in SAMPLES), "themed")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "medium"), [(320, "screen"), (1280, "screen"), (794, "print")])
def test_no_violation_of_wcag(
    page: Page, axe: str, files: dict[str, Path], name: str, width: int, medium: str
) -> None:
    page.width(width)
    page.medium(medium)
    page.open(files[name])
    page.ask("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert violations(page, axe) == []
    page.medium("screen")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out(page: Page, files: dict[str, Path], name: str, width: int) -> None:
    page.width(width)
    page.open(files[name])
    page.ask("document.querySelectorAll('details').forEach(d => { d.open = true })")
    wide = page.ask(OUTSIDE)
    assert page.ask("document.documentElement.scrollWidth") <= width, wide


@pytest.mark.parametrize("name", PAGES)
def test_the_page_asks_for_nothing_outside(page: Page, files: dict[str, Path], name: str) -> None:
    page.open(files[name])
    assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
    assert page.ask("document.scripts.length") == 0
    assert page.ask("document.fonts.check('18px \"Source Sans 3\"')")


def test_by_keyboard_a_figure_leads_to_its_origin(page: Page, files: dict[str, Path]) -> None:
    page.width(1280)
    page.open(files["volledig"])
    page.press("Tab")
    assert page.ask("document.activeElement.textContent") == "Naar de inhoud"
    page.press("Enter")
    assert page.ask("document.activeElement.id") == "inhoud"
    for _ in range(60):
        page.press("Tab")
        if page.ask("document.activeElement.className") == "herkomst":
            break
    else:
        raise AssertionError("no link to an origin was reached")
    wanted = page.ask("document.activeElement.getAttribute('href').slice(1)")
    page.press("Enter")
    assert page.ask("location.hash.slice(1)") == wanted
    # the part that was folded away is open, and the row is in sight
    assert page.ask("document.querySelector('.herkomsten').open")
    place = "document.querySelector(':target').getBoundingClientRect().top"
    until = time.monotonic() + 20
    while not 0 <= page.ask(place) < 900:
        assert time.monotonic() < until, page.ask(place)
        time.sleep(0.05)


def test_every_link_of_a_page_is_reached_by_keyboard_and_seen(
    page: Page, files: dict[str, Path]
) -> None:
    page.open(files["bestuurlijk"])
    seen = set()
    for _ in range(page.ask("document.querySelectorAll('a, summary, [tabindex=\"0\"]').length")):
        page.press("Tab")
        seen.add(page.ask("document.activeElement.outerHTML.slice(0, 200)"))
        outline = page.ask("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
    assert len(seen) > 4


def _choose(page: Page, region: str) -> None:
    """By keyboard, from the top: to the list, and down until the area is there."""
    for _ in range(80):
        page.press("Tab")
        if page.ask("document.activeElement.id") == "kies-gebied":
            break
    else:
        raise AssertionError("the list of areas was not reached")
    for _ in range(80):
        if page.ask("document.activeElement.value") == region:
            return
        page.press("ArrowDown")
    raise AssertionError(f"{region} was not reached")


_LIT = """[...document.querySelectorAll('[data-region]')].filter(e => {
  const s = getComputedStyle(e);
  if (e.matches('tr')) return getComputedStyle(e.cells[0]).backgroundColor !== 'rgba(0, 0, 0, 0)';
  if (e.matches('path')) return s.strokeWidth === '5px';
  if (e.matches('p')) return s.display !== 'none';
  if (e.matches('.punt')) return getComputedStyle(e.querySelector('.ring')).stroke !== 'none';
  return getComputedStyle(e.querySelector('.grond')).fill !== 'none';
}).map(e => [e.tagName.toLowerCase(), e.dataset.region])"""


def test_by_keyboard_an_area_lights_up_everywhere(
    page: Page, axe: str, files: dict[str, Path], documents: dict[str, Startfoto]
) -> None:
    page.width(1280)
    page.open(files["volledig"])
    assert page.ask(_LIT) == []
    document = documents["oefenregio"]
    rows = [r for c in document.chapters if c.areas for r in c.areas.rows[1:]]
    region = rows[-1].region
    _choose(page, region)
    lit = page.ask(_LIT)
    assert {code for _, code in lit} == {region}
    assert {kind for kind, _ in lit} == {"tr", "path", "p", "g"}
    assert len([kind for kind, _ in lit if kind == "p"]) == len(
        [r for r in rows if r.region == region]
    )
    assert page.ask("document.activeElement.getBoundingClientRect().top") >= 0
    assert violations(page, axe) == []


def test_by_keyboard_tables_come_instead_of_figures(page: Page, files: dict[str, Path]) -> None:
    page.width(1280)
    page.open(files["volledig"])
    seen = "[...document.querySelectorAll('{}')].map(e => e.checkVisibility())"
    table, figure = seen.format(".gebieden + details table"), seen.format(".gebieden figure")
    assert not any(page.ask(table))
    assert all(page.ask(figure))
    for _ in range(80):
        page.press("Tab")
        if page.ask("document.activeElement.id") == "kies-tabel":
            break
    page.press("Space")
    assert page.ask("document.activeElement.checked")
    assert not any(page.ask(figure))
    assert all(page.ask(table))
