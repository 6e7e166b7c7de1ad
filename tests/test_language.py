"""The language guard: what it stops, what it lets through, and that no text escapes it."""

from __future__ import annotations

import pytest

from perinatal.catalog import load_catalog
from perinatal.errors import IntegrityError
from perinatal.language import Kind, require_clean, slips, texts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Het Lindekwartier is een probleemwijk.", "stigma"),
        ("In achterstandswijken komt het vaker voor.", "stigma"),
        ("Kansarme gezinnen lopen risico.", "stigma"),
        ("Het gaat om niet-westerse vrouwen.", "stigma"),
        ("Dit is geen toeval.", "certainty"),
        ("Er is een echt verschil.", "certainty"),
        ("Het is bewezen dat het helpt.", "certainty"),
        ("Het wordt elk jaar minder.", "certainty"),
        ("Het is gedaald dankzij de aanpak.", "cause"),
        ("Roken leidt tot een laag gewicht.", "cause"),
        ("Dat komt door de aanpak.", "cause"),
        ("Dit is wat hier werkt.", "cause"),
        ("De slechtste wijk van de gemeente.", "ranking"),
        ("Deze gemeente scoort hoog.", "ranking"),
        ("Gelukkig is het lager.", "judgement"),
        ("Helaas is het hoger.", "judgement"),
        ("Moeders in deze wijk roken meer.", "persons"),
        ("Het verschil is significant.", "jargon"),
        ("Het cijfer is 7%.", "jargon"),
        ("Het is 7 procent.", "jargon"),
    ],
)
def test_a_slip_is_found_and_advice_given(text: str, kind: Kind) -> None:
    (slip,) = slips(text)
    assert slip.kind == kind
    assert slip.found in text
    assert "schrijf liever" in str(slip)
    # capitals and the end of a line hide nothing
    assert [s.kind for s in slips(text.upper())] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Het is heel onwaarschijnlijk dat dit verschil toeval is.",
        "Waardoor dit komt, weten we niet. Bespreek het met elkaar.",
        "Of dat door de aanpak komt, weten we niet.",
        "Door toeval kan het cijfer ook tussen 7,5 en 8,2 van de 100 liggen.",
        "In de meeste wijken ligt het echte cijfer tussen 6 en 9 van de 100.",
        "We zien dus niet dat het hier hoger is. Zeker is het ook niet.",
        "In deze wijk vraagt vroeggeboorte om aandacht.",
        "Jullie doel: van 7 naar 6 van de 100.",
        "Er is geen wijk met een cijfer.",
    ],
)
def test_the_sentences_that_we_do_say_pass(text: str) -> None:
    assert slips(text) == []


def test_a_name_is_never_judged() -> None:
    assert slips("In Gelukkig komt het vaker voor.")
    assert slips("In Gelukkig komt het vaker voor.", ["Gelukkig"]) == []


def test_every_text_of_a_document_is_read_and_its_place_named() -> None:
    content = {
        "title": "Goed",
        "name": "Gelukkig",
        "chapters": [{"lead": [{"text": "Helaas hoger.", "rule": "helaas"}]}],
    }
    assert dict(texts(content)) == {
        "title": "Goed",
        "chapters[0].lead[0].text": "Helaas hoger.",
    }
    with pytest.raises(IntegrityError, match=r"chapters\[0\]\.lead\[0\]\.text: 'Helaas'"):
        require_clean(content)


def test_the_packaged_words_are_clean() -> None:
    catalog = load_catalog()
    for indicator in catalog.indicators.values():
        require_clean(indicator.words.model_dump())
