"""The page of all sentences: made from the code, and complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import perinatal.startfoto
from perinatal.catalog import load_catalog
from perinatal.disclosure.published import Withheld
from perinatal.startfoto.compose import compose
from perinatal.startfoto.document import Sentence, Startfoto, sentences
from perinatal.startfoto.findings import read_cells
from perinatal.startfoto.sentence_catalogue import Template, page, templates
from perinatal.store import open_edition
from tests.conftest import Practice

CATALOG = load_catalog()
PAGE = Path(__file__).parents[2] / "docs" / "sentences.md"
LITERAL = re.compile(r'rule="([a-z-]*[a-z])"')


@pytest.fixture(scope="module")
def known() -> list[Template]:
    return templates(CATALOG)


def unsaid(document: Startfoto, known: list[Template]) -> list[str]:
    """Sentences of a document that the page does not have."""
    return [
        f"{line.rule}: {line.text}"
        for line in sentences(document)
        if not any(one.says(line) for one in known)
    ]


def test_the_page_is_what_the_code_says() -> None:
    assert page(CATALOG) == PAGE.read_text(encoding="utf-8"), "run: make pages"


def test_every_sentence_of_the_practice_region_stands_there(
    documents: dict[str, Startfoto], known: list[Template]
) -> None:
    for document in documents.values():
        assert unsaid(document, known) == []


def test_every_sentence_of_an_edition_with_little_stands_there(
    practice_data: Practice, known: list[Template]
) -> None:
    """The same region where most is withheld: what such a document says is said nowhere else."""
    edition = open_edition(practice_data.settings.published_dir)
    values = edition.tables["published_value"].copy()
    hide = values["kind"].eq("shown") & (values.index % 3 > 0)
    numbers = ["numerator", "denominator", "estimate", "lower95", "upper95", "lower998", "upper998"]
    values.loc[hide, numbers] = float("nan")
    values.loc[hide, ["kind", "label"]] = ["withheld", "GEEN_CIJFER"]
    assert sum(isinstance(c.published, Withheld) for c in read_cells(values)) > hide.sum()
    for area in ("oefenstad", "oefenregio"):
        document = compose(
            CATALOG.areas[area], CATALOG, {**edition.tables, "published_value": values},
            edition_id=edition.edition_id, made_at=edition.made_at,
            code_version=edition.code_version, contact="",
        )  # fmt: skip
        assert unsaid(document, known) == []


def test_every_rule_that_the_code_names_stands_there(known: list[Template]) -> None:
    folder = Path(perinatal.startfoto.__file__).parent
    named = {
        rule for file in folder.glob("*.py") for rule in LITERAL.findall(file.read_text("utf-8"))
    }
    assert len(named) > 25
    assert named - {one.rule for one in known} == set()


def test_a_sentence_that_no_rule_says_is_missed(
    documents: dict[str, Startfoto], known: list[Template]
) -> None:
    document = documents["oefenstad"]
    added = Sentence(text="Het gaat hier goed.", rule=document.intro.rule)
    assert unsaid(document.model_copy(update={"intro": added}), known) == [
        f"{added.rule}: {added.text}"
    ]
