"""Whatever gate 1 lets through gives a document for every area, or a named reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perinatal.pipeline.build import Spoken
from perinatal.pipeline.documents import OUTPUTS, render_file
from perinatal.startfoto.document import Startfoto
from tests import tiers
from tests.conftest import Practice
from tests.pipeline.gaps import (
    Press,
    everything,
    faults,
    lose,
    practice_areas,
    published,
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
def test_any_part_can_be_gone_of_any_delivery(
    press: Press, practice_data: Practice, tmp_path: Path
) -> None:
    """Also after an edition in which all was out; one in fifty is drawn in every format."""
    first = everything(practice_data), published(practice_data)
    for number in range(tiers.times(deep=400, soak=4000)):
        seed = tiers.SEED * 10_000 + number
        chosen, spoken = lose(np.random.default_rng(seed), first[number % 2])
        made = _all_is_said(press, spoken, f"seed {seed}: {', '.join(chosen)}")
        if number % 50 == 0:
            for document in made.values():
                if isinstance(document, Startfoto):
                    _draw(document, tmp_path / str(number))
