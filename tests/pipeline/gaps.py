"""What speaks in the store with parts of it gone, and the documents that come of it.

A test enters behind gate 1: what it makes is what gate 1 would have let through, and goes through
the build, the tables of the store and the composing of every area.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from numpy.random import Generator

from perinatal.catalog import Catalog
from perinatal.errors import CatalogError, UserError
from perinatal.pipeline.tables import NothingToShow, Spoken, edition_tables
from perinatal.startfoto.compose import compose
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.readback import check_document
from perinatal.store import Store, deliveries, editions, open_store
from perinatal.store.registers import areas_out, stored_registers
from tests.conftest import MOMENT, Practice

_CELL = ["source", "variable", "region", "period_start", "period_end"]
_UNREAD = re.compile(r"\b(nan|NaN|NaT|None)\b|<NA>")
"""What a text holds that was made of a value that is not there."""
_NAMED = (
    "no delivery in the store has figures for an area of the catalogue",
    "no area of the catalogue stands on a map in the store",
    "has no municipality",
    "has no figures for this area",
    "areas: the map of 2022 has no wijk",
)
"""The reasons for which an area may be without a document."""


@contextmanager
def _own_store(practice: Practice) -> Iterator[Store]:
    """A copy: only one process at a time can hold the store that all of a run share."""
    with TemporaryDirectory() as folder:
        own = Path(shutil.copy(practice.settings.store_file, folder))
        with open_store(own) as store:
            yield store


def everything(practice: Practice) -> Spoken:
    """What speaks in the practice installation; its wijken are not cut yet, nothing is out."""
    with _own_store(practice) as store:
        keep = (practice.catalog.patching, practice.catalog.keeping)
        return Spoken(
            deliveries.speaking(store, MOMENT, practice.catalog.patching),
            deliveries.observations_as_of(store, MOMENT, *keep),
            deliveries.quarantined_as_of(store, MOMENT, practice.catalog.patching),
            deliveries.regions_as_of(store, MOMENT),
            registers={}, out={}, areas_out={},
            files={d.delivery_id: (d.file_name, d.sha256)
                   for d, _ in deliveries.deliveries(store)},
        )  # fmt: skip


def published(practice: Practice) -> Spoken:
    """The same, with the areas and figures of the practice edition out already."""
    with _own_store(practice) as store:
        return replace(
            everything(practice), registers=stored_registers(store),
            out=editions.already_out(store), areas_out=areas_out(store),
        )  # fmt: skip


@dataclass
class Press:
    """Makes documents of what speaks, through the tables of a real store."""

    catalog: Catalog
    store: Path

    def tables(self, spoken: Spoken) -> dict[str, pd.DataFrame]:
        """The published tables, as they come back from the database."""
        made, _, _ = edition_tables(spoken, self.catalog)
        with open_store(self.store) as store:
            editions.save_edition(
                store, edition_id="e", made_at=MOMENT, as_of=MOMENT, code_version="",
                catalog_hash="", invented=True, inputs=[], tables=made,
            )  # fmt: skip
            return {
                name: store.connection.execute(f"SELECT * FROM curated.{name}").df()
                for name in editions.PUBLISHED_TABLES
            }

    def documents(self, spoken: Spoken) -> dict[str, Startfoto | str]:
        """The document of every area, or the reason why there is none."""
        try:
            tables = self.tables(spoken)
        except (NothingToShow, CatalogError) as error:
            return dict.fromkeys(self.catalog.areas, str(error))
        return {area: self._document(area, tables) for area in self.catalog.areas}

    def _document(self, area: str, tables: Mapping[str, pd.DataFrame]) -> Startfoto | str:
        try:
            made = compose(
                self.catalog.areas[area], self.catalog, tables, edition_id="e", made_at=MOMENT,
                code_version="", contact="",
            )  # fmt: skip
        except UserError as error:
            return str(error)
        check_document(made, tables["published_value"])
        return made


def faults(made: Startfoto | str) -> list[str]:
    """What is wrong with a document, or with the reason for having none."""
    if isinstance(made, str):
        return [] if any(reason in made for reason in _NAMED) else [made]
    text = made.model_dump_json()
    return [*(found.group() for found in _UNREAD.finditer(text)), *([] if made.chapters else ["-"])]


def practice_areas(catalog: Catalog) -> Catalog:
    """The catalogue with the areas of the practice region only."""
    own = {name: area for name, area in catalog.areas.items() if "99" in area.municipalities[0]}
    return catalog.model_copy(update={"areas": own})


# -- what can be gone

Loss = Callable[[Generator, Spoken], Spoken]


def _some(rng: Generator, values: pd.Series | list[str]) -> list[object]:
    """At least one of the different values."""
    found = sorted(set(values))
    return list(rng.permutation(np.array(found, dtype=object))[: rng.integers(1, len(found) + 1)])


def _part(rng: Generator, rows: pd.DataFrame) -> pd.Series[bool]:
    """A part of a delivery: some subjects, years, levels and regions, or cells by chance."""
    chosen = pd.Series(True, index=rows.index)
    for column in ("variable", "period_start", "level", "region"):
        if rng.random() < 0.5:
            chosen &= rows[column].isin(_some(rng, rows[column]))
    if rng.random() < 0.5:
        chosen &= rng.random(len(rows)) < rng.choice([0.02, 0.2, 0.6, 0.95])
    return chosen


def _without(status: str) -> Loss:
    """Cells without a value: missing, or withheld or withdrawn by the source."""

    def lose(rng: Generator, spoken: Spoken) -> Spoken:
        rows = spoken.observations.copy()
        gone = _part(rng, rows)
        rows.loc[gone, ["value", "status"]] = [np.nan, status]
        if status == "withdrawn" and rng.random() < 0.5:
            rows.loc[gone, ["note", "since"]] = ["De bron telde 5% te veel.", "2025-03-01"]
        return replace(spoken, observations=rows)

    return lose


def _not_there(rng: Generator, spoken: Spoken) -> Spoken:
    rows = spoken.observations
    return replace(spoken, observations=rows[~_part(rng, rows)])


def _only(column: str) -> Loss:
    def lose(rng: Generator, spoken: Spoken) -> Spoken:
        rows = spoken.observations
        kept = rows[column].isin(_some(rng, rows[column])) | (rows["level"] == "country")
        return replace(spoken, observations=rows[kept])

    return lose


def _years(rng: Generator, spoken: Spoken) -> Spoken:
    rows = spoken.observations
    return replace(
        spoken, observations=rows[rows["period_start"].isin(_some(rng, rows["period_start"]))]
    )


def _provisional(rng: Generator, spoken: Spoken) -> Spoken:
    rows = spoken.observations.copy()
    status = rng.choice(["provisional", "under_registered", "reconstructed", "withdrawn"])
    rows.loc[_part(rng, rows) & rows["value"].notna(), "status"] = status
    return replace(spoken, observations=rows)


def _quarantined(rng: Generator, spoken: Spoken) -> Spoken:
    rows = spoken.observations
    stopped = _part(rng, rows)
    waiting = rows.loc[stopped, _CELL].assign(rule_id="CONTRACT-RATIO")
    older = rng.random() < 0.5
    return replace(spoken, waiting=waiting, observations=rows if older else rows[~stopped])


def _pooled(rng: Generator, spoken: Spoken) -> Spoken:
    """All years as one period."""
    rows = spoken.observations
    named = rows.groupby(["source", "variable", "region"], sort=False)
    first, last = rows["period_start"].min(), rows["period_end"].max()
    summed = named.head(1).assign(
        value=named["value"].transform("sum"), period_start=first, period_end=last, status="ok"
    )
    return replace(spoken, observations=summed)


def _no_case(rng: Generator, spoken: Spoken) -> Spoken:
    """A municipality in which nothing happened in all these years."""
    rows = spoken.observations
    births = rows["variable"].isin(["geboorten", "zwangeren", "zwangeren_eerstelijn", "welvaart"])
    here = rows["region"].str[2:6] == rng.choice(["9901", "9902"])
    none = here & ~births & rows["value"].notna()
    return replace(spoken, observations=rows.assign(value=rows["value"].mask(none, 0.0)))


def _one_municipality(rng: Generator, spoken: Spoken) -> Spoken:
    rows = spoken.observations
    here = rows["region"].str[2:6] == rng.choice(["9901", "9902"])
    return replace(spoken, observations=rows[here | (rows["level"] == "country")])


def whole_country(spoken: Spoken, municipality: str) -> Spoken:
    """The municipality is all there is: the national counts are its own."""
    rows = spoken.observations
    rest = rows[(rows["level"] != "country") & (rows["region"].str[2:6] == municipality[2:])]
    own = rest[rest["region"] == municipality]
    national = own.assign(region="NL99", level="country")
    return replace(spoken, observations=pd.concat([rest, national], ignore_index=True))


def _map(rng: Generator, spoken: Spoken) -> Spoken:
    """A map without wijken, of one municipality, of one wijk, or with places missing."""
    regions = spoken.regions
    wijk = regions["level"] == "wijk"
    kept = [
        ~wijk,
        regions["code"].str[2:6] == "9902",
        ~wijk | (regions["code"] == "WK990101"),
        regions["code"].isin(_some(rng, regions["code"])),
    ][rng.integers(4)]
    return replace(spoken, regions=regions[kept].reset_index(drop=True))


def _elsewhere(rng: Generator, spoken: Spoken) -> Spoken:
    """National figures as others printed them, some of them taken back."""
    series = ("vroeggeboorte_24w", "sga_24w", "sterfte_24w_7d", "start_voor_11w", "big2_24w")
    rows = [
        {
            "source": "landelijk_gepubliceerd", "variable": name, "value": rng.uniform(1, 20),
            "period_start": year, "period_end": year, "citation": "Jaarboek",
            "status": rng.choice(["ok", "provisional", "withdrawn"]),
        }
        for name in _some(rng, list(series)) for year in _some(rng, list(range(2012, 2024)))
    ]  # fmt: skip
    printed = pd.DataFrame(rows).assign(
        region="NL01", level="country", boundary_year=2022, note=None, since=None, row=2,
        delivery_id="d", rules_hash="r",
    )  # fmt: skip
    gone = (printed["status"] == "withdrawn") & (rng.random(len(printed)) < 0.5)
    printed.loc[gone, ["value", "note", "since"]] = [
        np.nan,
        "Er is 5% te veel geteld.",
        "2024-05-01",
    ]
    mine = spoken.observations
    mine = mine[mine["source"] != "landelijk_gepubliceerd"]
    return replace(spoken, observations=pd.concat([mine, printed], ignore_index=True))


LOSSES: dict[str, Loss] = {
    "missing": _without("missing"),
    "withheld": _without("withheld"),
    "withdrawn": _without("withdrawn"),
    "not there": _not_there,
    "some years": _years,
    "some levels": _only("level"),
    "some subjects": _only("variable"),
    "provisional": _provisional,
    "quarantined": _quarantined,
    "pooled": _pooled,
    "no case": _no_case,
    "one municipality": _one_municipality,
    "the whole country": lambda rng, s: whole_country(s, rng.choice(["GM9901", "GM9902"])),
    "map": _map,
    "elsewhere": _elsewhere,
}


def lose(rng: Generator, spoken: Spoken) -> tuple[list[str], Spoken]:
    """One to three losses, one after another; what gate 1 always asks holds."""
    chosen = [str(name) for name in rng.choice(list(LOSSES), size=rng.integers(1, 4))]
    for name in chosen:
        if len(spoken.observations) and len(spoken.regions):
            spoken = _let_through(LOSSES[name](rng, spoken))
    return chosen, spoken


def _let_through(spoken: Spoken) -> Spoken:
    """Without a national row a period does not come through gate 1 (CONTRACT-REFERENCE)."""
    rows = spoken.observations
    period = ["source", "period_start", "period_end"]
    national = rows.loc[rows["level"] == "country", period].drop_duplicates()
    return replace(spoken, observations=rows.merge(national, on=period))


def seeds(first: int, many: int) -> Iterator[Generator]:
    """Generators whose seed stands in the failure."""
    for seed in range(first, first + many):
        yield np.random.default_rng(seed)
