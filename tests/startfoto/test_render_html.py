"""The page: complete in itself, readable by a machine and by a voice."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.render_html import css_string, render_html

from .sample import bare, coalition, insights, longest_names, sample

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Collects what the tests ask about, and refuses tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


VARIANTS = [
    sample(),
    coalition(),
    longest_names(),
    sample(wijk_count=1),
    sample(wijk_count=60),
    bare(),
]


@pytest.mark.parametrize("document", VARIANTS)
def test_the_page_is_whole_and_asks_for_nothing(document: Startfoto) -> None:
    text = render_html(document)
    assert text.startswith("<!DOCTYPE html>")
    page = Page(text)
    assert ("html", {"lang": "nl"}) in page.tags
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "img"}
        assert "style" not in attributes
        for name, value in attributes.items():
            if name in {"src", "href", "action", "xlink:href"}:
                assert (value or "").startswith("#"), (tag, value)
            assert not name.startswith("on")
    assert not re.search(r"url\((?!data:font|#)", text)


def test_the_policy_carries_the_hash_of_the_one_style_block() -> None:
    text = render_html(sample())
    blocks = re.findall(r"<style>(.*?)</style>", text, re.S)
    assert len(blocks) == 1
    digest = b64encode(sha256(blocks[0].encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    assert f"style-src 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none';")


@pytest.mark.parametrize("document", VARIANTS)
def test_headings_go_down_one_step_at_a_time(document: Startfoto) -> None:
    levels = Page(render_html(document)).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("document", VARIANTS)
def test_ids_are_unique_and_every_reference_finds_one(document: Startfoto) -> None:
    page = Page(render_html(document))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((attributes.get(name) or "").split()) <= set(ids)
        if (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids


def test_every_drawing_has_a_title_or_is_decoration() -> None:
    for svg in re.findall(r"<svg.*?</svg>", render_html(sample()), re.S):
        root = ET.fromstring(svg)
        if root.get("aria-hidden") != "true":
            assert root.get("role") == "img"
            assert root[0].tag.endswith("title")
            assert root[0].text


def test_tables_have_captions_and_scopes() -> None:
    text = render_html(sample())
    for table in re.findall(r"<table.*?</table>", text, re.S):
        assert "<caption>" in table
        assert 'scope="col"' in table
        assert 'scope="row"' in table
    assert text.count("<th") - text.count("<thead") == text.count('scope="')


def test_a_withheld_area_has_no_number_anywhere() -> None:
    text = render_html(sample())
    for row in re.findall(r"<tr[^>]*>(?:(?!</tr>).)*Zeilmakerswijk.*?</tr>", text, re.S):
        visible = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", row, flags=re.S)
        assert not re.search(r"\d", visible)
        assert "geen cijfer" in visible


def test_notices_and_the_concept_mark_until_released() -> None:
    concept, final = render_html(sample()), render_html(sample(released=True, invented=False))
    assert 'class="concept"' in concept
    assert "De cijfers zijn verzonnen, om mee te oefenen." in concept
    assert concept.count("Deze cijfers zijn verzonnen.") >= 4
    assert 'class="concept"' not in final
    assert "verzonnen" not in re.sub(r"<style>.*?</style>", "", final, flags=re.S)


def test_the_page_about_deaths_has_no_sign_and_no_colour_of_a_finding() -> None:
    text = render_html(sample())
    section = re.search(r'<section id="sterfte".*?</section>', text, re.S)
    assert section
    assert 'class="teken"' not in section[0]
    assert "oordeel" not in section[0]
    assert "Neem contact op met de GGD Oefenstreek" in section[0]
    assert not re.search("#8F4A0B|#0F5C8C|#5A6872", section[0])


def readable(markup: str) -> str:
    """What a reader sees: no tags, no pictures."""
    body = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", markup, flags=re.S)
    return " ".join(unescape(body).split())


@pytest.mark.parametrize("document", VARIANTS)
def test_every_sentence_on_change_spread_gap_goal_and_sight_can_be_read(
    document: Startfoto,
) -> None:
    text = readable(render_html(document))
    for sentence in insights(document):
        assert " ".join(sentence.split()) in text


def test_a_change_is_words_without_a_sign_and_quiet_on_the_page_about_deaths() -> None:
    text = render_html(sample())
    assert "Verandering: <strong>wordt waarschijnlijk lager</strong>." in text
    for found in re.findall(r'<p class="bevinding">.*?</p>', text, re.S):
        assert "<svg" not in found
    deaths = re.search(r'<section id="sterfte".*?</section>', text, re.S)
    assert deaths
    assert "We zien niet of het cijfer verandert." in deaths[0]
    assert "Verandering:" not in deaths[0]


def test_spread_is_drawn_only_where_there_is_a_band() -> None:
    text = render_html(sample())
    assert 'id="te-vroeg-spreiding-w-titel"' in text
    assert 'id="te-vroeg-vijfden-s-titel"' in text
    assert "te-licht-spreiding" not in text
    block = re.search(r'<div class="zonder-figuur">.*?</div>', text, re.S)
    assert block
    assert "<svg" not in block[0]


def test_what_cannot_be_seen_is_said_in_words() -> None:
    section = re.search(r'<section id="lezen".*?</section>', render_html(sample()), re.S)
    assert section
    last = readable(re.findall(r"<tr>.*?</tr>", section[0], re.S)[-1])
    assert "niet te zien 7,1 of hoger zeggen we hier niet" in last


def test_a_document_without_insight_has_no_empty_block() -> None:
    text = re.sub(r"<style>.*?</style>", "", render_html(bare()), flags=re.S)
    for name in ("zicht", "ruim", "zonder-figuur", "doel", "bevinding"):
        assert f'class="{name}' not in text


def test_markup_in_a_text_stays_text() -> None:
    text = render_html(sample("<script>alert(1)</script> & co"))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert css_string('";}</style>') == "\\22 \\3b \\7d \\3c \\2f style\\3e "


def test_the_same_document_gives_the_same_page() -> None:
    assert render_html(coalition()) == render_html(coalition())
