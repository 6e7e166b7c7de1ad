"""Sentences on change, goals, numbers of children, spread and gap: true to their numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perinatal.catalog import load_catalog
from perinatal.language import slips
from perinatal.startfoto import wording_areas, wording_change
from perinatal.statistics.labels import Label
from perinatal.statistics.trend import trend
from perinatal.statistics.trend_difference import trend_difference

CATALOG = load_catalog()
PRETERM = CATALOG.indicators["vroeggeboorte"]
ORDER = CATALOG.sources["oefen_perinataal"].order
NUMBER = r"[\d.]+(?:,\d+)?"


def _value(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))


def _row(**changes: Any) -> dict[str, object]:
    return {
        "period_start": 2016, "period_end": 2025, "label": "DAALT", "certainty": "duidelijk",
        "first_figure": 8.1, "last_figure": 7.0, "beside": "VERSCHIL_ONBESLIST",
        "beside_certainty": "", "seen_from": 9.0, "seen_fall_to": 7.2,
    } | changes  # fmt: skip


def _finding(**changes: Any) -> wording_change.TrendFinding:
    return wording_change.trend_finding(
        PRETERM, _row(**changes), area="Oefenstad", country="Oefenland", evidence="x"
    )


def test_a_clear_fall_as_the_rules_write_it() -> None:
    found = _finding()
    assert found.word == "wordt lager"
    assert found.sentence.text == (
        "Sinds 2016 komt vroeggeboorte minder vaak voor: eerst bij ongeveer 8, in 2025 bij "
        "ongeveer 7 van de 100 baby's. Of dat door de aanpak komt, weten we niet."
    )
    assert found.against is not None
    assert found.against.text == (
        "Of het hier anders gaat dan in de rest van Oefenland, kunnen we niet zien."
    )
    assert found.sight is not None
    assert "in 10 jaar van 9 naar 7 van de 100 gaat" in found.sight.text


def test_a_probable_rise_gives_no_cause_and_asks_to_talk() -> None:
    found = _finding(
        label="STIJGT", certainty="waarschijnlijk", first_figure=7.0, last_figure=7.3,
        beside="VERSCHIL_OMHOOG", beside_certainty="waarschijnlijk",
    )  # fmt: skip
    assert found.word == "wordt waarschijnlijk hoger"
    assert "eerst bij ongeveer 70, in 2025 bij ongeveer 73 van de 1.000" in found.sentence.text
    assert found.sentence.text.endswith("Bespreek het met elkaar.")
    assert found.against is not None
    assert found.against.text.startswith("De stijging is hier waarschijnlijk groter dan")


def test_not_seen_is_not_no_change_and_unknown_is_neither() -> None:
    undecided = _finding(label="TREND_ONBESLIST", certainty="")
    assert "kunnen we met deze aantallen niet zien" in undecided.sentence.text
    assert undecided.sight is not None
    unknown = _finding(label="TREND_ONBEKEND", certainty="", beside="VERSCHIL_ONBEKEND")
    assert "minstens vijf jaren" in unknown.sentence.text
    assert unknown.against is None is unknown.sight
    for found in (undecided, unknown):
        assert not re.search(r"geen verandering|gelijk|stabiel", found.sentence.text)


def test_beside_the_country_only_a_direction_that_holds_is_told() -> None:
    # here it falls, elsewhere faster still: the difference goes up while both go down
    found = _finding(beside="VERSCHIL_OMHOOG", beside_certainty="duidelijk")
    assert found.against is not None
    assert found.against.text.startswith(
        "Vergeleken met de rest van Oefenland gaat het cijfer hier omhoog."
    )


@given(
    cases=st.lists(st.integers(0, 60), min_size=5, max_size=12),
    births=st.integers(60, 900),
)
def test_a_trend_sentence_never_contradicts_its_label(cases: list[int], births: int) -> None:
    years = list(range(2010, 2010 + len(cases)))
    n = [births] * len(cases)
    own = trend("proportion", cases, n, years)
    beside = trend_difference("proportion", cases, n, [700] * len(n), [10_000] * len(n), years)
    found = _finding(
        period_start=years[0], period_end=years[-1], label=str(own.label),
        certainty=own.certainty, first_figure=own.first * 100, last_figure=own.last * 100,
        beside=str(beside.label), beside_certainty=beside.certainty,
        seen_from=None, seen_fall_to=None,
    )  # fmt: skip
    text = found.sentence.text
    assert slips(text) == []
    numbers = re.search(rf"eerst bij ongeveer ({NUMBER}), in \d+ bij ongeveer ({NUMBER})", text)
    assert bool(numbers) == (own.label in ("STIJGT", "DAALT"))
    if numbers:
        first, last = map(_value, numbers.groups())
        assert (
            (first < last) == (own.label == "STIJGT") == ("vaker voor" in text.split("minder")[0])
        )
        assert first != last
        assert ("waarschijnlijk" in text) == (own.p_value >= 0.002)


@pytest.mark.parametrize(
    ("years", "when"),
    [
        (None, "is dat pas na heel veel jaren te zien"),
        (float("nan"), "is dat pas na heel veel jaren te zien"),
        (6.0, "is dat meestal te zien: als we 6 jaar voor en 6 jaar na de verandering vergelijken"),
        (
            16.0,
            "is dat pas na heel veel jaren te zien: als we 16 jaar voor en 16 jaar na de "
            "verandering vergelijken",
        ),
    ],
)
def test_a_goal_tells_when_it_could_be_seen(years: float | None, when: str) -> None:
    row = {"current_figure": 7.1, "goal": 6.0, "births_a_year": 604.0, "years": years,
           "source_of_goal": "akkoord"}  # fmt: skip
    text = wording_change.goal(PRETERM, row, "x").text
    assert text.startswith(
        f"Jullie doel: van 7 naar 6 van de 100. Met 600 geboorten per jaar {when}."
    )
    reached = wording_change.goal(PRETERM, row | {"current_figure": 5.9}, "x").text
    assert "Het cijfer was al zo laag. Door toeval kan het in werkelijkheid hoger zijn." in reached


def _excess(label: Label, low: float, middle: float, high: float) -> str | None:
    row: dict[str, object] = {
        "excess_lower95": low, "excess_a_year": middle, "excess_upper95": high,
    }  # fmt: skip
    found = wording_change.excess(PRETERM, label.value, row, "x")
    return found.text if found else None


def test_a_number_of_children_only_where_a_label_supports_it() -> None:
    assert _excess(Label.DUIDELIJK_HOGER, 11.2, 19.1, 27.6) == (
        "Dat zijn ongeveer 19 baby's per jaar meer dan bij het landelijke cijfer. Het kan ook 11 "
        "of 28 zijn."
    )
    fewer = _excess(Label.WAARSCHIJNLIJK_LAGER, -8.9, -4.6, -0.3)
    assert fewer is not None
    assert "ongeveer 5 baby's per jaar minder" in fewer
    assert "Het kan ook minder dan 1 of 9 zijn." in fewer
    for label in (Label.ONBESLIST, Label.ONGEVEER_GELIJK, Label.KLEIN_MAAR_ECHT):
        assert _excess(label, 11.2, 19.1, 27.6) is None
    # the label was made against the rest, the number against the printed figure
    assert _excess(Label.WAARSCHIJNLIJK_HOGER, -0.4, 9.0, 18.0) is None


def test_a_spread_is_told_only_where_it_is_more_than_chance() -> None:
    title, lead = wording_areas.spread(PRETERM, 0.01, 6.1, 9.0, "x")
    assert title.text == "In de meeste wijken ligt het echte cijfer tussen 6 en 9 van de 100"
    title, lead = wording_areas.spread(PRETERM, 0.4, 6.1, 9.0, "x")
    assert title.text == "De verschillen tussen de wijken kunnen toeval zijn"
    assert not re.search(r"\d", title.text + " ".join(s.text for s in lead))
    # bounds that would round to one number are printed finer
    title, _ = wording_areas.spread(PRETERM, 0.01, 6.9, 7.3, "x")
    assert "tussen 69 en 73 van de 1.000" in title.text


@given(most=st.floats(1, 20), least=st.floats(1, 20), width=st.floats(0.05, 8))
def test_the_gap_states_a_direction_only_where_the_interval_does(
    most: float, least: float, width: float
) -> None:
    assert ORDER is not None
    limits = (most - least - width, most - least + width)
    title, lead = wording_areas.gap(PRETERM, ORDER, most, least, limits, "x")
    text = " ".join([title.text, *(s.text for s in lead)])
    assert slips(text) == []
    if limits[0] <= 0 <= limits[1]:
        assert "kan toeval zijn" in title.text
        assert "Waarschijnlijk" not in text
    else:
        assert title.text.startswith("Waarschijnlijk worden in de wijken met de minste welvaart")
        assert ("meer baby's" in title.text) == (most > least)
        found = re.search(rf"gaat het om ({NUMBER}) van .* om ({NUMBER})\.", lead[0].text)
        assert found is not None
        assert (_value(found[1]) > _value(found[2])) == (most > least)
