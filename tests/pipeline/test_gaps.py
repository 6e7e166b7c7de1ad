"""Whatever gate 1 lets through gives a document for every area, or a named reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perinatal.pipeline.documents import OUTPUTS, render_file
from perinatal.pipeline.tables import Spoken
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.wording import WHOLE
from tests import tiers
from tests.conftest import Practice
from tests.pipeline.gaps import (
    Press,
    everything,
    faults,
    lose,
    practice_areas,
    published,
    whole_country,
)

TOWN, VILLAGE = "oefenstad", "proefdorp"


@pytest.fixture(scope="module")
def whole(practice_data: Practice) -> Spoken:
    """All that speaks, without buurten: they are stones of nothing that is published."""
    spoken = everything(practice_data)
    rows = spoken.observations
    return replace(spoken, observations=rows[rows["level"] != "buurt"])


@pytest.fixture(scope="module")
def press(practice_data: Practice, tmp_path_factory: pytest.TempPathFactory) -> Press:
    store = tmp_path_factory.mktemp("gaps") / "store.duckdb"
    return Press(practice_areas(practice_data.catalog), store)


def _draw(document: Startfoto, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"startfoto-{document.area_id}.json"
    file.write_text(document.model_dump_json(), encoding="utf-8")
    for output in OUTPUTS:
        render_file(file, *output)


def _all_is_said(press: Press, spoken: Spoken, told: str) -> dict[str, Startfoto | str]:
    try:
        made = press.documents(spoken)
    except Exception as error:
        error.add_note(told)
        raise
    wrong = {area: found for area, one in made.items() if (found := faults(one))}
    assert not wrong, f"{told}: {wrong}"
    return made


@pytest.mark.parametrize("seed", range(12))
def test_any_part_can_be_gone(press: Press, whole: Spoken, seed: int) -> None:
    chosen, spoken = lose(np.random.default_rng(seed), whole)
    _all_is_said(press, spoken, f"seed {seed}: {', '.join(chosen)}")


@pytest.mark.deep
@pytest.mark.parametrize("part", range(4))
def test_any_part_can_be_gone_of_any_delivery(
    press: Press, practice_data: Practice, tmp_path: Path, part: int
) -> None:
    """Also after an edition in which all was out; one in thirty is drawn in every format."""
    first = everything(practice_data), published(practice_data)
    for number in range(tiers.times(deep=30, soak=1_000)):
        seed = tiers.SEED * 10_000 + part * 1_000 + number
        chosen, spoken = lose(np.random.default_rng(seed), first[number % 2])
        made = _all_is_said(press, spoken, f"seed {seed}: {', '.join(chosen)}")
        if number % 30 == 0:
            for document in made.values():
                if isinstance(document, Startfoto):
                    _draw(document, tmp_path / str(number))


def _comparing(document: Startfoto) -> set[str]:
    """Labels of the area itself that say something of it beside the country."""
    area = {row.label for c in document.chapters for row in (c.strip.row,) if c.strip}
    return {*area, *(c.label for c in document.chapters)} - {"GEEN_VERGELIJKING", "GEEN_CIJFER"}


def test_an_area_that_is_the_whole_country_is_not_compared(
    press: Press, whole: Spoken, tmp_path: Path
) -> None:
    made = _all_is_said(press, whole_country(whole, "GM9901"), "one municipality")
    document = made[TOWN]
    assert isinstance(document, Startfoto)
    assert document.chapters[0].label == "GEEN_VERGELIJKING"
    assert not _comparing(document)
    assert "vergeleken met" not in document.intro.text
    assert document.reading[0].startswith(WHOLE)
    assert {card.reference_text for card in document.cards if card.number_text} == {
        "Geen vergelijking"
    }
    assert all(c.excess is None for c in document.chapters)
    assert all(
        c.trend.finding.against is None
        for c in document.chapters
        if c.trend is not None and c.trend.finding is not None
    )
    # its wijken are no country, and are compared
    areas = document.chapters[0].areas
    assert areas is not None
    assert {row.label for row in areas.rows[1:]} - {"GEEN_CIJFER", "GEEN_VERGELIJKING"}
    _draw(document, tmp_path)
    # the village is on the map, and nobody tells anything of it
    assert "no figures for this area" in str(made[VILLAGE])


def test_a_coalition_that_is_the_whole_country_is_not_compared(press: Press, whole: Spoken) -> None:
    rows = whole.observations
    towns = rows[rows["level"] == "municipality"]
    period = ["variable", "period_start", "period_end"]
    summed = towns.groupby(period)["value"].sum(min_count=2).rename("value").reset_index()
    national = rows[rows["level"] == "country"].drop(columns="value").merge(summed, on=period)
    told = pd.concat([rows[rows["level"] != "country"], national], ignore_index=True)
    made = _all_is_said(press, replace(whole, observations=told), "the coalition")
    together, town = made["oefenregio"], made[TOWN]
    assert isinstance(together, Startfoto)
    assert isinstance(town, Startfoto)
    assert not _comparing(together)
    # a member is compared with the rest
    assert _comparing(town)
    assert "vergeleken met" in town.intro.text


def _on_map(spoken: Spoken, kept: Callable[[pd.DataFrame], pd.Series[bool]]) -> Spoken:
    return replace(spoken, regions=spoken.regions[kept(spoken.regions)].reset_index(drop=True))


def test_a_map_without_wijken(press: Press, whole: Spoken) -> None:
    made = _all_is_said(press, _on_map(whole, lambda r: r["level"] != "wijk"), "no wijken")
    for document in made.values():
        assert isinstance(document, Startfoto)
        assert document.chapters[0].strip is not None
        assert all(c.areas is None and c.map is None for c in document.chapters)


def test_a_map_of_one_municipality(press: Press, whole: Spoken) -> None:
    made = _all_is_said(press, _on_map(whole, lambda r: r["code"].str[2:6] == "9901"), "a town")
    assert isinstance(made[TOWN], Startfoto)
    for area in ("oefenregio", VILLAGE):
        assert "has no municipality GM9902" in str(made[area])


def test_a_municipality_of_one_wijk(press: Press, whole: Spoken) -> None:
    def kept(regions: pd.DataFrame) -> pd.Series[bool]:
        village = regions["code"].str[2:6] == "9902"
        return ~(village & (regions["level"] == "wijk")) | (regions["code"] == "WK990200")

    made = _all_is_said(press, _on_map(whole, kept), "one wijk")
    assert isinstance(made[VILLAGE], Startfoto)


def test_a_delivery_of_one_municipality(press: Press, whole: Spoken) -> None:
    rows = whole.observations
    town = replace(whole, observations=rows[rows["region"].str[2:6] != "9902"])
    made = _all_is_said(press, town, "one municipality delivered")
    assert isinstance(made[TOWN], Startfoto)
    together = made["oefenregio"]
    # a sum without a member is no sum: the coalition says that it has no figure
    assert isinstance(together, Startfoto)
    assert {c.label for c in together.chapters} == {"GEEN_CIJFER"}


@pytest.mark.parametrize("last", [2016, 2018, 2019])
def test_too_few_years_for_a_block(press: Press, whole: Spoken, last: int) -> None:
    rows = whole.observations
    made = _all_is_said(
        press, replace(whole, observations=rows[rows["period_start"] <= last]), f"to {last}"
    )
    document = made[TOWN]
    assert isinstance(document, Startfoto)
    assert document.period_text == str(last)


def test_only_withdrawn_figures(press: Press, whole: Spoken) -> None:
    rows = whole.observations
    early = rows["variable"] == "te_vroeg"
    gone = rows.assign(
        status=rows["status"].mask(early, "withdrawn"),
        note=rows["note"].mask(early, "Telfout."), since=rows["since"].mask(early, "2025-03-01"),
    )  # fmt: skip
    made = _all_is_said(press, replace(whole, observations=gone), "withdrawn")
    document = made[TOWN]
    assert isinstance(document, Startfoto)
    chapter = next(c for c in document.chapters if c.id == "vroeggeboorte")
    assert chapter.label == "INGETROKKEN"
    assert "Reden: ‘Telfout’." in chapter.lead[0].text
