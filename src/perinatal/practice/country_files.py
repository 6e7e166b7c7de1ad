"""The invented country as it is delivered: a map, a long file of figures, and its catalogue."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from perinatal.catalog import Catalog, load_catalog
from perinatal.errors import UserError
from perinatal.practice.country import MUNICIPALITIES, Country, invent
from perinatal.practice.country_gaps import Gaps, gaps
from perinatal.practice.country_map import country_geojson
from perinatal.practice.extremes import extremes
from perinatal.practice.figures import COUNTS, MISSING
from perinatal.practice.places import YEARS

MAP_FILE = "oefenland_grenzen_2022.geojson.gz"
FIGURES_FILE = "oefenland_perinataal_2016_2025.csv.gz"
WITHHELD = "<5"
_HEADER = "jaar;niveau;regiocode;regionaam;onderwerp;aantal"
_TEMPLATES = Path(__file__).parent / "country_catalog"


@dataclass(frozen=True)
class CountryFiles:
    """What was written: the deliveries, and the folder for ``PERINATAL_CATALOG_DIR``.

    ``impossible``: areas that no startfoto can be made of, with the reason; ``sample``: areas that
    were chosen for their extremes, with what each was chosen for.
    """

    country: Country
    map: Path
    figures: Path
    catalog_dir: Path
    impossible: Path
    sample: Path

    @property
    def deliveries(self) -> tuple[Path, Path]:
        """In the order in which they are read: the map first."""
        return self.map, self.figures

    def catalog(self) -> Catalog:
        """The packaged catalogue with the sources and areas of this country."""
        return load_catalog(self.catalog_dir)


def write_country(
    directory: Path, *, municipalities: int = MUNICIPALITIES, seed: int = 1
) -> CountryFiles:
    """Write an invented country; the same seed and size give the same bytes.

    Of one municipality, that one is the whole reference: its counts are those of the country.

    Raises:
        UserError: the folder holds other areas than those of this country.
    """
    country = invent(seed, municipalities)
    files = CountryFiles(
        country,
        directory / "deliveries" / MAP_FILE,
        directory / "deliveries" / FIGURES_FILE,
        directory / "catalog",
        directory / "impossible.csv",
        directory / "sample.csv",
    )
    lacks = gaps(country)
    _write_catalog(country, files.catalog_dir)
    files.map.parent.mkdir(parents=True, exist_ok=True)
    files.map.write_bytes(_packed(country_geojson(country)))
    files.figures.write_bytes(_packed(figures_text(country, lacks)))
    files.impossible.write_text(_table(("area", "reason"), country.impossible.items()), "utf-8")
    chosen = ((area, " ".join(why)) for area, why in extremes(country, lacks).items())
    files.sample.write_text(_table(("area", "chosen_for"), chosen), "utf-8")
    return files


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode("utf-8"), compresslevel=6, mtime=0)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


def _write_catalog(country: Country, folder: Path) -> None:
    areas = folder / "areas"
    areas.mkdir(parents=True, exist_ok=True)
    others = {file.stem for file in areas.glob("*.yaml")} - {area.id for area in country.areas}
    if others:
        raise UserError(
            f"{areas}: holds other areas ({min(others)}.yaml and so on). Choose a new folder."
        )
    shutil.copytree(_TEMPLATES, folder, dirs_exist_ok=True)
    for area in country.areas:
        content = area.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (areas / f"{area.id}.yaml").write_text(text, encoding="utf-8")


def figures_text(country: Country, lacks: Gaps) -> str:
    """The figures as text: a header, and a row per year, region and subject."""
    return "\n".join([_HEADER, *_rows(country, lacks), ""])


def _rows(country: Country, lacks: Gaps) -> Iterator[str]:
    regions = country.regions
    wealth = {wijk.code: wijk.wealth for town in country.municipalities for wijk in town.wijken}
    heads = [
        (place, code, f"{level};{code};{name}")
        for place, (code, name, level) in enumerate(
            zip(regions.code.tolist(), regions.name.tolist(), regions.level.tolist(), strict=True)
        )
        if lacks.delivered[place]
    ]
    for number, year in enumerate(YEARS):
        counts = country.counts[number].tolist()
        withheld, missing = lacks.withheld[number].tolist(), lacks.missing[number].tolist()
        for place, code, head in heads:
            for column, subject in enumerate(COUNTS):
                cell: int | str = counts[place][column]
                if missing[place][column]:
                    cell = MISSING
                elif withheld[place][column]:
                    cell = WITHHELD
                yield f"{year};{head};{subject};{cell}"
            if code in wealth:
                score = wealth[code] if lacks.scored[number, place] else MISSING
                yield f"{year};{head};welvaart;{score}"
