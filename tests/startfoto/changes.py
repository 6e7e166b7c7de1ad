"""The practice delivery with small changes, as documents: through the pipeline, without a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pandas as pd

from perinatal.catalog import Catalog
from perinatal.pipeline.tables import Spoken
from perinatal.startfoto.compose import compose
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.readback import check_document
from tests.pipeline.gaps import Press

MOMENT = datetime(2026, 1, 2, 12, tzinfo=UTC)
NAMES = ("Wijk 00", "Wijk 12", "Fase 2", "1e Oosterkwartier", "'t Zand", "3,5 Hoek",
         "De 3 Ambachten", "Wijk 1", "Noord (o)", "2.000 Morgen", "7-Huizen", "Centrum",
         "Plan 1960-1980", "Bedrijventerrein A12 - fase 10")  # fmt: skip
"""As real wijken are called, and one that no one would call a wijk but that reads as a number."""


Tables = dict[str, pd.DataFrame]


def counted(data: Spoken, dice: Random) -> pd.DataFrame:
    """Some counts a little more or less, and perhaps a year less."""
    observations = data.observations.copy()
    known = observations.index[observations["value"] > 20]
    for place in dice.sample(list(known), dice.randint(1, 6)):
        observations.loc[place, "value"] += dice.choice((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5))
    if dice.random() < 0.3:
        year = dice.choice(sorted(observations["period_start"].unique()))
        observations = observations[observations["period_start"] != year]
    return observations


def edition(press: Press, data: Spoken, observations: pd.DataFrame) -> Tables:
    """Its published tables, as the build makes them."""
    return press.tables(replace(data, observations=observations))


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
