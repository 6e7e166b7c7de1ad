"""The tables of an edition, from what speaks; nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from perinatal.catalog import Catalog, Register
from perinatal.catalog.models import COUNTRY_NAMES
from perinatal.disclosure.protect import SHOWN, Secured
from perinatal.errors import IntegrityError, UserError
from perinatal.pipeline.compute import (
    CELL,
    compute,
    present_areas,
    published_regions,
    region_id,
    regions_of,
    stones,
)
from perinatal.pipeline.insight import deprivation, insight, joined_scores
from perinatal.pipeline.omissions import corrections_table, quarantine_table
from perinatal.pipeline.origin import lines_table
from perinatal.pipeline.plan import cut_once, with_areas
from perinatal.pipeline.protect import Withdrawals, protect

NUMBERS = ["numerator", "denominator", "estimate", "lower95", "upper95", "lower998", "upper998"]


class NothingToShow(UserError):
    """What speaks has no figure for any area of the catalogue."""


@dataclass(frozen=True)
class Spoken:
    """What speaks at one moment, as the store has it: all that an edition is made of.

    ``waiting``: cells in quarantine; ``registers``: cut by earlier builds; ``out``: figures that
    an edition has shown, with the first that did; ``areas_out``: the wijken of areas that are out;
    ``files``: name and checksum of every delivery.
    """

    inputs: list[dict[str, object]]
    observations: pd.DataFrame
    waiting: pd.DataFrame
    regions: pd.DataFrame
    registers: dict[str, Register]
    out: dict[tuple[object, ...], str]
    areas_out: dict[str, tuple[str, ...]]
    files: dict[str, tuple[str, str]]


def edition_tables(
    spoken: Spoken, catalog: Catalog, workers: int = 1
) -> tuple[dict[str, pd.DataFrame], Secured, list[Register]]:
    """The tables of an edition that has something in them; nothing is read or written here.

    Returns:
        The tables, what the protection has to report, and the registers that were cut just now.

    Raises:
        NothingToShow: no area of the catalogue on the maps, or no figure for any of them.
        UserError: a joined area that was published with other wijken.
        IntegrityError: a figure that may not leave would have left.
    """
    observations, areas = spoken.observations, present_areas(catalog, spoken.regions)
    if not areas:
        raise NothingToShow(
            "no area of the catalogue stands on a map in the store: add an area file "
            "(see 'perinatal areas') or ingest its map."
        )
    registers, cut_now = cut_once(catalog, spoken.regions, observations, spoken.registers)
    regions = with_areas(spoken.regions, registers.values())
    figures = compute(observations, regions, catalog)
    if figures.cells.empty:
        raise NothingToShow("no delivery in the store has figures for an area of the catalogue.")
    elsewhere = _elsewhere(observations, catalog)
    _same_areas(registers, spoken.areas_out)
    decided, secured = protect(
        figures, catalog, set(spoken.out), spoken.areas_out, _withdrawn(elsewhere), workers=workers
    )
    shown = decided[decided["decision"] == SHOWN]
    joined = stones(regions_of(areas, regions))
    coalitions = {region_id(area): area.municipalities for area in areas}
    tables = _tables(decided, elsewhere, regions, spoken.inputs, catalog)
    tables["published_area"] = _areas(registers, tables["published_region"])
    tables["published_line"] = lines_table(
        observations, shown, {**coalitions, **joined}, catalog, spoken.files
    )
    sources = {str(row["source"]) for row in spoken.inputs}
    tables["published_correction"] = corrections_table(sources, catalog)
    known = {*tables["published_region"]["code"], *COUNTRY_NAMES}
    tables["published_quarantine"] = quarantine_table(spoken.waiting, observations, known, catalog)
    tables |= insight(
        shown,
        decided,
        tables["published_births"],
        areas,
        joined_scores(deprivation(observations, catalog), decided, joined),
        catalog,
        workers,
    )
    _no_leak(tables["published_value"])
    return {name: frame for name, frame in tables.items() if len(frame)}, secured, cut_now


def _same_areas(registers: dict[str, Register], before: dict[str, tuple[str, ...]]) -> None:
    """An area that is out keeps its wijken: with others in it, two editions could be subtracted."""
    for register in registers.values():
        for area in register.areas:
            out = before.get(area.code)
            if out is not None and out != tuple(sorted(area.wijken)):
                raise UserError(
                    f"{register.id}.yaml: {area.code} was published with {', '.join(out)}. Give "
                    "an area with other wijken a code that was not used before."
                )


def _tables(
    cells: pd.DataFrame,
    elsewhere: pd.DataFrame,
    regions: pd.DataFrame,
    inputs: list[dict[str, object]],
    catalog: Catalog,
) -> dict[str, pd.DataFrame]:
    inside = cells[
        [*CELL, "level", "numerator", "denominator", "reference_x", "reference_n", "decision"]
    ]
    published = cells[
        [*CELL, "level", "per", "label", "status", "counts_derived", "decision", *NUMBERS,
         "reference_estimate", "reference_decimals", "note", "since"]
    ].copy()  # fmt: skip
    published["kind"] = published["decision"].map(
        lambda d: {SHOWN: "shown", "withdrawn": "withdrawn"}.get(d, "withheld")
    )
    hidden = published["kind"] != "shown"
    published.loc[hidden, NUMBERS] = np.nan
    for name, neutral in (("label", "GEEN_CIJFER"), ("status", "ok"), ("counts_derived", False)):
        published.loc[hidden, name] = neutral
    withdrawn = published["kind"] == "withdrawn"
    published.loc[~withdrawn, ["note", "since"]] = None
    published.loc[withdrawn, "label"] = "INGETROKKEN"
    # never planned, never asked for: such a cell is not even a withheld one
    years_out = (published["period_start"] == published["period_end"]) & hidden
    wanted = published[~(years_out & (published["level"] == "wijk"))]
    wanted = wanted.drop(columns="decision")
    wanted = wanted.astype({"numerator": "Int64", "denominator": "Int64"})

    own = regions_of(present_areas(catalog, regions), regions)
    drawn = published_regions(own)
    inner = set(own["code"]) - set(drawn["code"])
    wanted = wanted[~wanted["region"].isin(inner)]
    births = _births(cells[~cells["region"].isin(inner)], catalog)
    return {
        "indicator_value": inside,
        "published_value": wanted,
        "published_births": births,
        "published_elsewhere": elsewhere,
        "published_region": drawn[
            ["code", "name", "level", "parent", "boundary_year", "source", "geometry"]
        ],
        "published_source": sources_table(inputs),
    }


def sources_table(inputs: list[dict[str, object]]) -> pd.DataFrame:
    """The deliveries that speak, with what gate 1 said of each."""
    return pd.DataFrame(inputs)[
        ["source", "delivery_id", "file_name", "sha256", "received_at", "rules_passed", "warnings"]
    ]


def _areas(registers: dict[str, Register], regions: pd.DataFrame) -> pd.DataFrame:
    """The wijken of each startfotogebied that the edition has."""
    rows = [
        (area.code, area.name, register.municipality, register.boundary_year,
         register.approved_by is not None, wijk)
        for register in registers.values()
        for area in register.areas
        for wijk in area.wijken
    ]  # fmt: skip
    columns = ["code", "name", "municipality", "boundary_year", "approved", "wijk"]
    frame = pd.DataFrame(rows, columns=pd.Index(columns))
    return frame[frame["code"].isin(regions["code"])]


def _births(cells: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    """Births per region and period: public, so shown from ten on, whatever the outcome."""
    anchor = cells[cells["indicator"] == catalog.plan.anchor_indicator]
    single_wijk = (anchor["level"] == "wijk") & (anchor["period_start"] == anchor["period_end"])
    rows = anchor[(anchor["denominator"] >= 10) & ~single_wijk]
    rows = rows.drop_duplicates(["region", "source", "period_start", "period_end"])
    frame = rows[["region", "level", "source", "period_start", "period_end"]].copy()
    frame["births"] = rows["denominator"].astype("int64")
    return frame


def _elsewhere(observations: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    parts = []
    for source in catalog.sources.values():
        own = observations[observations["source"] == source.id]
        for series in source.series:
            if series.rate is None:
                continue
            rows = own[own["variable"] == series.rate]
            per = catalog.indicators[series.indicator].per
            value = per - rows["value"] if series.complement else rows["value"]
            parts.append(
                pd.DataFrame({
                    "source": source.id, "indicator": series.indicator,
                    "definition": series.definition, "region": rows["region"],
                    "year": rows["period_start"], "value": value.round(6),
                    "status": rows["status"], "note": rows["note"], "since": rows["since"],
                    "citation": rows["citation"],
                })
            )  # fmt: skip
    columns = [
        "source", "indicator", "definition", "region", "year", "value", "status", "note",
        "since", "citation",
    ]  # fmt: skip
    filled = [part for part in parts if not part.empty]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _withdrawn(elsewhere: pd.DataFrame) -> Withdrawals:
    """Definitions that a source has taken back, with its reason and the date."""
    gone = elsewhere[elsewhere["status"] == "withdrawn"]
    return {
        (row["indicator"], row["definition"]): (
            row["note"] if isinstance(row["note"], str) else None,
            row["since"] if isinstance(row["since"], str) else None,
        )
        for row in gone.sort_values("year").to_dict("records")
    }


def _no_leak(published: pd.DataFrame) -> None:
    """The last look before anything is written: a hidden cell carries no number."""
    hidden = published[published["kind"] != "shown"]
    if hidden[NUMBERS].notna().any(axis=None):
        raise IntegrityError("a withheld figure carries a number; nothing was published")
