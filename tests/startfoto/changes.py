"""The practice delivery with small changes, as documents: through the pipeline, without a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import pandas as pd

from perinatal.catalog import Catalog
from perinatal.disclosure.protect import SHOWN
from perinatal.pipeline import build
from perinatal.pipeline.compute import compute, present_areas, region_id, regions_of, stones
from perinatal.pipeline.insight import deprivation, insight, joined_scores
from perinatal.pipeline.omissions import corrections_table, quarantine_table
from perinatal.pipeline.origin import lines_table
from perinatal.pipeline.plan import cut_once, with_areas
from perinatal.pipeline.protect import protect
from perinatal.settings import Settings
from perinatal.startfoto.compose import compose
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.readback import check_document
from perinatal.store import deliveries, open_store

MOMENT = datetime(2026, 1, 2, 12, tzinfo=UTC)
NAMES = ("Wijk 00", "Wijk 12", "Fase 2", "1e Oosterkwartier", "'t Zand", "3,5 Hoek",
         "De 3 Ambachten", "Wijk 1", "Noord (o)", "2.000 Morgen", "7-Huizen", "Centrum",
         "Plan 1960-1980", "Bedrijventerrein A12 - fase 10")  # fmt: skip
"""As real wijken are called, and one that no one would call a wijk but that reads as a number."""


Tables = dict[str, pd.DataFrame]


@dataclass
class Delivered:
    """What speaks in a store, as frames that can be changed."""

    observations: pd.DataFrame
    regions: pd.DataFrame
    inputs: list[dict[str, object]]
    files: dict[str, tuple[str, str]]
    catalog: Catalog


def delivered(catalog: Catalog, settings: Settings) -> Delivered:
    moment = settings.clock()
    with open_store(settings.store_file) as store:
        return Delivered(
            deliveries.observations_as_of(store, moment, catalog.patching, catalog.keeping),
            deliveries.regions_as_of(store, moment),
            deliveries.speaking(store, moment, catalog.patching),
            {d.delivery_id: (d.file_name, d.sha256) for d, _ in deliveries.deliveries(store)},
            catalog,
        )


def counted(data: Delivered, dice: Random) -> pd.DataFrame:
    """Some counts a little more or less, and perhaps a year less."""
    observations = data.observations.copy()
    known = observations.index[observations["value"] > 20]
    for place in dice.sample(list(known), dice.randint(1, 6)):
        observations.loc[place, "value"] += dice.choice((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5))
    if dice.random() < 0.3:
        year = dice.choice(sorted(observations["period_start"].unique()))
        observations = observations[observations["period_start"] != year]
    return observations


def edition(data: Delivered, observations: pd.DataFrame) -> Tables:
    """Its published tables, as :func:`perinatal.pipeline.build.decide` makes them."""
    catalog = data.catalog
    registers, _ = cut_once(catalog, data.regions, observations, {})
    regions = with_areas(data.regions, registers.values())
    elsewhere = build._elsewhere(observations, catalog)
    figures = compute(observations, regions, catalog)
    decided, _ = protect(figures, catalog, set(), {}, build._withdrawn(elsewhere))
    tables = build._tables(decided, elsewhere, regions, data.inputs, catalog)
    tables["published_area"] = build._areas(registers, tables["published_region"])
    present = present_areas(catalog, regions)
    joined = stones(regions_of(present, regions))
    shown = decided[decided["decision"] == SHOWN]
    pools = {region_id(area): area.municipalities for area in present} | joined
    tables["published_line"] = lines_table(observations, shown, pools, catalog, data.files)
    used = set(observations["source"])
    tables["published_correction"] = corrections_table(used, catalog)
    tables["published_quarantine"] = quarantine_table(
        observations[:0], observations, set(), catalog
    )
    scores = joined_scores(deprivation(observations, catalog), decided, joined)
    births = tables["published_births"]
    return tables | insight(shown, decided, births, present, scores, catalog)


def named(tables: Tables, dice: Random) -> Tables:
    """The same edition with other names of wijken."""
    regions = tables["published_region"].copy()
    wijken = regions.index[regions["level"] == "wijk"]
    for place in dice.sample(list(wijken), dice.randint(1, 6)):
        regions.loc[place, "name"] = dice.choice(NAMES)
    return tables | {"published_region": regions}


def composed(area: str, catalog: Catalog, tables: Tables) -> Startfoto:
    document = compose(
        catalog.areas[area], catalog, tables, edition_id="e0123456789", made_at=MOMENT,
        code_version="1.2.3", contact="",
    )  # fmt: skip
    check_document(document, tables["published_value"])
    return document
