"""What an analyst writes for a reader is judged when it is read, not when it is drawn."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from perinatal.catalog import Catalog, load_catalog
from perinatal.cli.checking import spoken_faults
from perinatal.errors import CatalogError
from perinatal.settings import Settings

_AREA = "municipalities: [GM9902]"
WRITTEN = {
    "a source's title": ("sources/eigen_telling.yaml", "title: Eigen telling", "title: 5% telling"),
    "who delivers": ("sources/eigen_telling.yaml", "een coalitie\n", "de probleemwijk\n"),
    "a licence": ("sources/eigen_telling.yaml", "eigen gegevens", "gelukkig van ons"),
    "an attribution": ("sources/eigen_telling.yaml", "verzonnen cijfers", "goede cijfers"),
    "where a goal stands": (
        "areas/het-dorp.yaml",
        _AREA,
        f"{_AREA}\ngoals: [{{indicator: eerste_voeding, target: 5, source: Ranglijst 2024}}]",
    ),
    "the theme": ("theme.yaml", "", "name: GGD\ncontact: de populatiecoach\n"),
    "the imprint": ("theme.yaml", "", "name: GGD\nlines: [Bewezen goed]\n"),
    "who corrects": (
        "corrections/fout.yaml",
        "",
        "id: fout\nsource: eigen_telling\nvariable: aantal\nstatus: missing\nreason: Telfout.\n"
        "provider: de koploper\ndate: '2026-01-01'\n",
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_slip_is_refused_when_the_catalogue_is_read(
    name: str, own_folder: Path, tmp_path: Path
) -> None:
    place, old, new = WRITTEN[name]
    folder = tmp_path / "own"
    shutil.copytree(own_folder, folder)
    file = folder / place
    file.parent.mkdir(exist_ok=True)
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    assert old in before
    file.write_text(before.replace(old, new, 1) if old else new, encoding="utf-8")
    with pytest.raises(CatalogError, match=rf"{file.name}: .*schrijf liever"):
        load_catalog(folder)


def test_words_that_are_clean_apart_can_say_something_else_together(catalog: Catalog) -> None:
    one = catalog.indicators["vroeggeboorte"]
    words = one.words.model_copy(update={"subject": "door roken een laag gewicht"})
    changed = {**catalog.indicators, one.id: one.model_copy(update={"words": words})}
    told = list(spoken_faults(catalog.model_copy(update={"indicators": changed}), Settings()))
    assert told
    assert all(line.startswith("vroeggeboorte.yaml: words: '") for line in told)
    assert not list(spoken_faults(catalog, Settings()))


def test_whom_to_turn_to_is_ours_too(catalog: Catalog) -> None:
    (told,) = spoken_faults(catalog, Settings(contact="onze top-10"))
    assert told.startswith("PERINATAL_CONTACT: ")
