"""Sentences never contradict their label or their numbers."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perinatal import dutch
from perinatal.catalog import load_catalog
from perinatal.disclosure.published import Shown, Withheld
from perinatal.errors import IntegrityError
from perinatal.startfoto import wording
from perinatal.startfoto.document import LabelCode
from perinatal.statistics.labels import compare

CATALOG = load_catalog()
PRETERM = CATALOG.indicators["vroeggeboorte"]
DEATHS = CATALOG.indicators["perinatale_sterfte"]
FORBIDDEN = re.compile(
    r"gelukkig|wat hier werkt|geen toeval\b.*\bzeker|echt verschil|probleemwijk|significant|"
    r"betrouwbaarheidsinterval|%|komt door|veroorzaakt",
    re.IGNORECASE,
)


def _shown(numerator: int, denominator: int, per: int = 100) -> Shown:
    kind = "proportion" if per == 100 else "rate"
    c = compare(kind, numerator, denominator, 0.07 if per == 100 else 0.005, margin=None)
    return Shown(
        numerator=numerator,
        denominator=denominator,
        per=per,
        estimate=float(c.estimate) * per,
        lower95=float(c.lower95) * per,
        upper95=float(c.upper95) * per,
        lower998=float(c.lower998) * per,
        upper998=float(c.upper998) * per,
    )


def _say(label: LabelCode, shown: Shown | Withheld, reference: float, indicator=PRETERM) -> str:
    return wording.finding(
        indicator, label, shown, reference, area="Oefenstad", country="Oefenland",
        period=(2008, 2016), evidence="x",
    ).text  # fmt: skip


def test_clearly_higher_as_the_rules_write_it() -> None:
    assert _say("DUIDELIJK_HOGER", _shown(1667, 21239), 7.04) == (
        "In Oefenstad komt vroeggeboorte vaker voor dan gemiddeld in Oefenland: bij 8 van de 100 "
        "baby's. In Oefenland is dat bij 7 van de 100. Het is heel onwaarschijnlijk dat dit "
        "verschil toeval is."
    )


def test_mortality_that_is_the_same_says_that_it_is_not_certain() -> None:
    assert _say("ONBESLIST", _shown(100, 21352, 1000), 4.7, DEATHS) == (
        "In Oefenstad overleden naar verhouding evenveel baby's rond de geboorte als in "
        "Oefenland: bijna 5 van de 1.000 (2008-2016). Het aantal is klein: het kan ook bijna 4 of "
        "bijna 6 zijn. We zien dus niet dat het hier hoger is. Zeker is het ook niet."
    )


def test_a_withheld_figure_has_one_sentence_and_no_digit() -> None:
    text = _say("GEEN_CIJFER", Withheld(), 7.0)
    assert text == wording.WITHHELD
    assert not re.search(r"\d", text)


def test_equal_whole_numbers_switch_to_a_base_that_shows_the_difference() -> None:
    text = _say("DUIDELIJK_HOGER", _shown(7400, 100_000), 7.04)
    assert "bij 74 van de 1.000" in text
    assert "bij 70 van de 1.000" in text


def test_a_sentence_that_contradicts_its_numbers_is_refused() -> None:
    with pytest.raises(IntegrityError):
        wording.printed(7.0, 7.4, 100, 1)


@given(
    numerator=st.integers(10, 20_000),
    reference=st.floats(4.0, 20.0),
    label=st.sampled_from(get_args(LabelCode)),
)
def test_the_printed_numbers_differ_in_the_direction_stated(
    numerator: int, reference: float, label: LabelCode
) -> None:
    shown = _shown(numerator, 100_000)
    higher = shown.estimate > reference
    if (label.endswith("HOGER") and not higher) or (label.endswith("LAGER") and higher):
        return
    if label.startswith("GEEN") or label == "INGETROKKEN" or abs(shown.estimate - reference) < 0.1:
        return
    text = _say(label, shown, reference)
    assert not FORBIDDEN.search(text)
    numbers = re.findall(r"bij ([\d.,]+) van de ([\d.]+)", text)
    values = [
        float(n.replace(".", "").replace(",", ".")) / float(b.replace(".", "")) for n, b in numbers
    ]
    if "minder vaak" in text or "hier lager" in text:
        assert values[0] < values[1]
    elif "ongeveer even" not in text and "even hoog" not in text:
        assert values[0] > values[1]
    assert ("heel onwaarschijnlijk" in text) == label.startswith("DUIDELIJK")


@pytest.mark.parametrize(
    ("value", "text"),
    [(4.68, "bijna 5"), (3.81, "bijna 4"), (5.7, "bijna 6"), (6.13, "ruim 6"), (5.0, "5")],
)
def test_about(value: float, text: str) -> None:
    assert dutch.about(value) == text


def test_dutch_numbers() -> None:
    assert dutch.number(21239) == "21.239"
    assert dutch.number(7.85, 1) in ("7,8", "7,9")
    assert dutch.span(7.49, 8.22) == "7,5 – 8,2"
