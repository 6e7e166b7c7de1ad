"""Gate 2 and publication: decide over the whole build, store the edition, publish a copy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pandas as pd

from perinatal import __version__
from perinatal.alerts import raise_alert, resolve
from perinatal.catalog import Catalog
from perinatal.disclosure.protect import Secured
from perinatal.errors import IntegrityError, UserError
from perinatal.ingest.helpers_curated import curated_suite, judge_curated
from perinatal.pipeline import alarms
from perinatal.pipeline.audit import audit_edition
from perinatal.pipeline.tables import NothingToShow, Spoken, edition_tables, sources_table
from perinatal.settings import Settings
from perinatal.store import deliveries, editions, open_store
from perinatal.store.registers import areas_out, keep_registers, stored_registers


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
    tables = {"published_source": sources_table(inputs)} if inputs else {}
    with open_store(settings.store_file) as store:
        editions.save_edition(
            store, edition_id=edition_id, made_at=settings.clock(), as_of=moment,
            code_version=__version__, catalog_hash=catalog_hash,
            invented=any(catalog.sources[str(row["source"])].invented for row in inputs),
            inputs=[str(row["delivery_id"]) for row in inputs], tables=tables,
        )  # fmt: skip
    return edition_id


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
