"""Gate 2 and publication: decide over the whole build, store the edition, publish a copy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from perinatal import __version__
from perinatal.alerts import raise_alert, resolve
from perinatal.catalog import Catalog, Register
from perinatal.catalog.models import COUNTRY_NAMES
from perinatal.disclosure.protect import SHOWN, Secured
from perinatal.errors import IntegrityError, UserError
from perinatal.ingest.helpers_curated import curated_suite, judge_curated
from perinatal.pipeline import alarms
from perinatal.pipeline.audit import audit_edition
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
from perinatal.settings import Settings
from perinatal.store import deliveries, editions, open_store
from perinatal.store.registers import areas_out, keep_registers, stored_registers

NUMBERS = ["numerator", "denominator", "estimate", "lower95", "upper95", "lower998", "upper998"]


@dataclass(frozen=True)
class Built:
    """A published edition and how many figures it shows and withholds."""

    edition_id: str
    folder: Path
    shown: int
    withheld: int
    new: bool


def build(catalog: Catalog, settings: Settings, as_of: datetime | None = None) -> Built:
    """Decide on one edition of everything that speaks, and publish it."""
    edition_id, new = decide(catalog, settings, as_of)
    return publish(edition_id, catalog, settings, new=new)


def _compare(now: editions.PublishedEdition, settings: Settings) -> None:
    """Tell of headline figures that moved more than chance allows, against what spoke before."""
    before = _spoke(settings)
    if before is None or before.edition_id == now.edition_id:
        return
    values = now.tables["published_value"]
    # what moved before is history with the next edition, and no trouble that was mended
    resolve(settings, kinds=("moved",), tell=False)
    for alert in alarms.moved(before.tables["published_value"], values, settings):
        raise_alert(alert, settings)


def _spoke(settings: Settings) -> editions.PublishedEdition | None:
    try:
        return editions.open_edition(settings.published_dir)
    except UserError:  # the first edition, or one of an older version
        return None


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


def decide(catalog: Catalog, settings: Settings, as_of: datetime | None = None) -> tuple[str, bool]:
    """Compute and protect one edition and store it; returns its id and whether it is new.

    The same deliveries under the same catalogue and code give the same edition id; where it is out
    already, nothing is written. Figures that have been out are fixed in every later decision.

    Where nothing is left that speaks, the edition has no figures and says so; only before the first
    edition that is a mistake.

    Raises:
        UserError: nothing in the store yet, or no area of the catalogue on its maps.
        IntegrityError: a figure that may not leave would have left.
    """
    moment = as_of or settings.clock()
    with open_store(settings.store_file) as store:
        inputs = deliveries.speaking(store, moment, catalog.patching)
        before = as_of is None and bool(editions.edition_ids(settings.published_dir))
        if not inputs and not before:
            raise UserError("the store is empty: ingest a map and a delivery first.")
        catalog_hash = hashlib.sha256(catalog.model_dump_json().encode()).hexdigest()
        edition_id = _edition_id(
            [f"{row['delivery_id']} {row['rules_hash']}" for row in inputs], catalog_hash
        )
        if editions.is_out(store, edition_id):
            return edition_id, False
        spoken = Spoken(
            inputs,
            deliveries.observations_as_of(store, moment, catalog.patching, catalog.keeping),
            deliveries.quarantined_as_of(store, moment, catalog.patching),
            deliveries.regions_as_of(store, moment),
            stored_registers(store),
            editions.already_out(store),
            areas_out(store),
            {d.delivery_id: (d.file_name, d.sha256) for d, _ in deliveries.deliveries(store)},
        )
    try:
        tables, secured, cut_now = edition_tables(spoken, catalog, settings.workers)
    except NothingToShow:
        if not before:
            raise
        return _nothing_left(edition_id, moment, inputs, catalog, catalog_hash, settings), True
    _report_protection(secured, spoken.out, settings)
    _keeps_our_rules(tables, catalog, settings)
    sources = tables["indicator_value"]["source"].unique()
    with open_store(settings.store_file) as store:
        keep_registers(store, cut_now, settings.clock())
        editions.save_edition(
            store,
            edition_id=edition_id,
            made_at=settings.clock(),
            as_of=moment,
            code_version=__version__,
            catalog_hash=catalog_hash,
            invented=any(catalog.sources[name].invented for name in sources),
            inputs=[str(row["delivery_id"]) for row in inputs],
            tables=tables,
        )
    return edition_id, True


def _nothing_left(
    edition_id: str,
    moment: datetime,
    inputs: list[dict[str, object]],
    catalog: Catalog,
    catalog_hash: str,
    settings: Settings,
) -> str:
    """Store an edition without a figure: what was taken back must not go on speaking."""
    tables = {"published_source": _sources(inputs)} if inputs else {}
    with open_store(settings.store_file) as store:
        editions.save_edition(
            store, edition_id=edition_id, made_at=settings.clock(), as_of=moment,
            code_version=__version__, catalog_hash=catalog_hash,
            invented=any(catalog.sources[str(row["source"])].invented for row in inputs),
            inputs=[str(row["delivery_id"]) for row in inputs], tables=tables,
        )  # fmt: skip
    return edition_id


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


def _report_protection(
    secured: Secured, out_before: Mapping[tuple[object, ...], str], settings: Settings
) -> None:
    """Tell the maintainer where figures stay in for another reason, or where time ran out."""
    if secured.unsafe or secured.hurried or secured.impossible:
        reasons = {
            out_before[cell]
            for group in secured.unsafe
            for cell in group
            if isinstance(cell, tuple) and cell in out_before
        }
        raise_alert(alarms.protection(secured, sorted(reasons), settings), settings)
    else:
        resolve(settings, kinds=("protection",), because="Een nieuwe editie is veilig.")


def _keeps_our_rules(tables: dict[str, pd.DataFrame], catalog: Catalog, settings: Settings) -> None:
    """Judge our own tables as strictly as anyone's."""
    suite = curated_suite(settings.expectations_dir)
    bad = [r for r in judge_curated(tables, suite, catalog) if r.outcome != "passed"]
    if bad:
        raise_alert(alarms.edition_stopped(bad, settings), settings)
        rules = ", ".join(f"{r.id} ({', '.join(r.keys[:3])})" for r in bad)
        raise IntegrityError(f"the new edition breaks {rules}; nothing was stored or published")


def _audited(
    catalog: Catalog, settings: Settings, folder: Path, inside: pd.DataFrame
) -> dict[str, object]:
    """The report of the audit; with a finding the edition does not leave."""
    out = settings.published_dir
    earlier = [out / name for name in editions.edition_ids(out)]
    if inside.empty:
        return {"cells": 0}
    found = audit_edition(folder, earlier, inside, catalog, settings.workers)
    if found.findings:
        raise_alert(alarms.audit_failed(found, settings), settings)
        places = ", ".join(f"{c.cell[0]} {c.cell[2]} {c.cell[4]}" for c in found.findings[:5])
        raise IntegrityError(
            f"the audit can work back {len(found.findings)} withheld figures ({places}); nothing "
            "was published"
        )
    return found.as_report()


def publish(edition_id: str, catalog: Catalog, settings: Settings, *, new: bool = False) -> Built:
    """Copy a stored edition to its own read-only DuckDB file and Parquet, whole or not at all.

    Raises:
        IntegrityError: the audit comes too near to a withheld figure.
    """
    with open_store(settings.store_file) as store:
        folder = editions.publish(
            store, edition_id, settings.published_dir, settings.clock(),
            partial(_audited, catalog, settings),
        )  # fmt: skip
    resolve(settings, kinds=("edition_stopped",), because="Een nieuwe editie is in orde.")
    published = editions.open_edition(settings.published_dir, edition_id)
    # first told, then found: a run that is killed in between tells it again, under the same id
    _compare(published, settings)
    editions.make_current(settings.published_dir, edition_id)
    kinds = published.tables["published_value"]["kind"].value_counts()
    return Built(edition_id, folder, int(kinds.get("shown", 0)), int(kinds.get("withheld", 0)), new)


def _edition_id(inputs: list[str], catalog_hash: str) -> str:
    text = json.dumps([sorted(inputs), catalog_hash, __version__])
    return "e" + hashlib.sha256(text.encode()).hexdigest()[:10]


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
        "published_source": _sources(inputs),
    }


def _sources(inputs: list[dict[str, object]]) -> pd.DataFrame:
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
