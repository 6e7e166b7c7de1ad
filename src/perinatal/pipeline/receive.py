"""Gate 1: keep the file, conform it, judge it, load it. Each step is one task of the flow."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import pandas as pd

from perinatal.alerts import OF_A_DELIVERY, raise_alert, resolve, settle
from perinatal.catalog import Catalog, Source
from perinatal.errors import RejectedDelivery, UserError
from perinatal.ingest import conform as conforming
from perinatal.ingest import quality
from perinatal.ingest.corrections import corrected
from perinatal.ingest.promises import contract_file, promises
from perinatal.ingest.suites import RuleResult
from perinatal.pipeline import alarms
from perinatal.pipeline.parts import CELL, of_the_whole, stopped, without
from perinatal.settings import Settings
from perinatal.store import Delivery, DeliveryEvent, Store, deliveries, open_store

Verdict = Literal["accepted", "accepted_with_warnings", "quarantined", "rejected"]


@dataclass(frozen=True)
class Received:
    """A file that is kept; ``known_verdict`` is set when these bytes were judged before."""

    delivery_id: str
    source: str
    known_verdict: Verdict | None


@dataclass(frozen=True)
class Judgement:
    """Verdict of gate 1 on one delivery, with what each rule said."""

    delivery_id: str
    source: str
    file_name: str
    verdict: Verdict
    results: tuple[RuleResult, ...]
    already_known: bool = False


def source_for(file: Path, catalog: Catalog, source_id: str | None = None) -> Source:
    """The contract of a file: as told, or the one whose name pattern fits.

    Raises:
        UserError: no such file or source, none or several contracts fit.
    """
    if not file.is_file():
        raise UserError(f"{file}: no such file.")
    if source_id is not None:
        if source_id not in catalog.sources:
            raise UserError(
                f"no source '{source_id}'. Known: {', '.join(sorted(catalog.sources))}."
            )
        return catalog.sources[source_id]
    fitting = [
        source
        for source in catalog.sources.values()
        if any(fnmatch.fnmatch(file.name, pattern) for pattern in source.files)
    ]
    if len(fitting) != 1:
        known = "; ".join(f"{s.id}: {', '.join(s.files)}" for s in catalog.sources.values())
        several = "several sources expect" if fitting else "no source expects"
        raise UserError(
            f"{file.name}: {several} a file with this name. "
            f"Say which with --source, or mend 'files' in a contract. Known: {known}."
        )
    return fitting[0]


def receive(
    file: Path, catalog: Catalog, settings: Settings, source_id: str | None = None
) -> Received:
    """Keep the untouched bytes in ``raw/<source>/<delivery>/`` and register the delivery.

    The id of a delivery is made of its source and the checksum of its bytes, so the same file
    twice is the same delivery.
    """
    source = source_for(file, catalog, source_id)
    with file.open("rb") as content:  # in pieces: a file over the limit must not fill the memory
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    delivery_id = f"{source.id}-{digest[:12]}"
    folder = settings.raw_dir / source.id / delivery_id
    if not folder.is_dir():
        working = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(working, ignore_errors=True)
        working.mkdir(parents=True)
        shutil.copyfile(file, working / file.name)
        manifest = {
            "delivery": delivery_id,
            "source": source.id,
            "file": file.name,
            "sha256": digest,
            "bytes": file.stat().st_size,
            "received_at": settings.clock().isoformat(),
        }
        (working / "manifest.json").write_text(
            json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        working.rename(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with open_store(settings.store_file) as store, store.transaction():
        deliveries.register(
            store,
            Delivery(
                delivery_id, source.id, manifest["file"], digest, manifest["bytes"],
                f"raw/{source.id}/{delivery_id}/{manifest['file']}", settings.clock(),
            ),
        )  # fmt: skip
        event = deliveries.last_event(store, delivery_id)
    known: Verdict | None = None
    if event is not None and event.rules_hash == rules_hash(source, catalog, settings):
        known = cast(Verdict, event.event)  # the CHECK of the table holds the same words
    return Received(delivery_id, source.id, known)


def rules_hash(source: Source, catalog: Catalog, settings: Settings) -> str:
    """Fingerprint of contract, suites and corrections: with other rules a file is judged anew."""
    suite = _suite(source, settings)
    text = source.model_dump_json() + (suite.read_text(encoding="utf-8") if suite else "")
    text += contract_file(settings.expectations_dir).read_text(encoding="utf-8")
    text += "".join(c.model_dump_json() for c in catalog.corrections_of(source.id))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _suite(source: Source, settings: Settings) -> Path | None:
    if source.kind == "map":
        return None
    places = [settings.expectations_dir]
    if settings.catalog_dir is not None:
        places.insert(0, settings.catalog_dir / "expectations")
    for place in places:
        if (place / f"{source.id}.yaml").is_file():
            return place / f"{source.id}.yaml"
    raise UserError(f"{source.id}: no suite. Write {places[0] / (source.id + '.yaml')}.")


def _raw_file(settings: Settings, delivery: Delivery) -> Path:
    return settings.data_dir / delivery.raw_path


def _delivery(store: Store, delivery_id: str) -> Delivery:
    delivery = deliveries.find_delivery(store, delivery_id)
    if delivery is None:
        raise UserError(f"no delivery '{delivery_id}'. 'perinatal status' lists them.")
    return delivery


def judge(delivery_id: str, catalog: Catalog, settings: Settings) -> Judgement:
    """Conform and judge a kept delivery; store the results; alert when it cannot be loaded.

    A rejected or quarantined delivery changes nothing in the observations: the last good ones
    keep speaking, and the file stays in ``raw``.

    Raises:
        RejectedDelivery: the file does not keep its contract (after event and alert).
    """
    with open_store(settings.store_file) as store:
        delivery = _delivery(store, delivery_id)
        source = catalog.sources[delivery.source]
        known = _known_regions(store, source, settings)
        speaking = deliveries.observations_as_of(
            store, settings.clock(), catalog.patching, catalog.keeping
        )
    file = _raw_file(settings, delivery)
    fingerprint = rules_hash(source, catalog, settings)
    try:
        results, gone = _results(file, source, known, speaking, catalog, settings)
    except RejectedDelivery as error:
        _record(settings, delivery, fingerprint, "rejected", (), str(error))
        raise_alert(alarms.rejected(error, delivery, settings), settings)
        raise
    verdict = _verdict(results)
    parts = None if verdict == "quarantined" else gone
    _record(settings, delivery, fingerprint, verdict, results, "", parts)
    judgement = Judgement(delivery_id, source.id, delivery.file_name, verdict, tuple(results))
    _tell(judgement, source, settings)
    return judgement


def gx_page(delivery_id: str, catalog: Catalog, settings: Settings) -> Path:
    """Great Expectations' own page of a kept delivery; it shows values and never leaves.

    Raises:
        RejectedDelivery: the file does not keep its contract.
        UserError: no such delivery, or one of a map, which has no suite.
    """
    from perinatal.ingest.gx_page import write_gx_page

    with open_store(settings.store_file) as store:
        delivery = _delivery(store, delivery_id)
        source = catalog.sources[delivery.source]
        known = _known_regions(store, source, settings)
    suite = _suite(source, settings)
    if suite is None:
        raise UserError(f"{delivery.delivery_id} is a map: it has no suite.")
    conformed = conforming.conform(_raw_file(settings, delivery), source, known)
    target = settings.curated_dir / "kwaliteit" / "intern" / f"{delivery.delivery_id}.html"
    parameters = {"rows_expected": conformed.rows_expected}
    return write_gx_page(conformed.judged, suite, parameters, source, target)


def _tell(judgement: Judgement, source: Source, settings: Settings) -> None:
    """Alert the maintainer of what did not pass; a good delivery ends earlier troubles.

    A patch says nothing of what other files brought: it ends only what was wrong with a file of
    its own name, and that the source was late.
    """
    told = alarms.judged(judgement, settings)
    if judgement.verdict == "quarantined":
        for alert in told:
            raise_alert(alert, settings)
        return
    resolve(settings, kinds=("late",), source=source.id, because="Er is een levering gekomen.")
    settle(
        told, settings, kinds=OF_A_DELIVERY, source=source.id,
        file=judgement.file_name if source.redelivery == "patch" else None,
        because="Er is een levering van deze bron geladen waarin dit niet meer voorkomt.",
    )  # fmt: skip


def _known_regions(store: Store, source: Source, settings: Settings) -> set[str]:
    if source.region is None:
        return set()
    year = source.region.boundary_year
    known = deliveries.region_codes(store, settings.clock(), year)
    needed = {level for level in source.region.levels.values() if level not in ("country", "skip")}
    if needed and not known:
        raise UserError(
            f"{source.id}: no regions of {year} yet. Ingest the map of {year} first "
            "('perinatal sources' lists the maps)."
        )
    return known


def _results(
    file: Path,
    source: Source,
    known: set[str],
    speaking: pd.DataFrame,
    catalog: Catalog,
    settings: Settings,
) -> tuple[list[RuleResult], pd.DataFrame]:
    """What the rules say, and the cells that they stop (rule_id and the key of a cell)."""
    nothing = pd.DataFrame(columns=["rule_id", *CELL])
    if source.kind == "map":
        conforming.conform_map(file, source)
        return [], nothing
    conformed = conforming.conform(file, source, known)
    suite = _suite(source, settings)
    assert suite is not None
    parameters = {"rows_expected": conformed.rows_expected}
    results = quality.judge(conformed.judged, suite, parameters, source)
    if _verdict(results) == "quarantined":
        return results, nothing
    rows, stale = _observed(conformed, source, catalog)
    gone = stopped(results, rows)
    results += [
        RuleResult(
            f"CORRECTION-{name}",
            f"De correctie '{name}' past bij de levering.",
            "critical", "failed", len(keys), tuple(keys),
        )
        for name, keys in stale.items()
    ]  # fmt: skip
    yardstick = source.births.yardstick if source.births else None
    # a cell that is out already must not take its municipality or its neighbours with it
    judged = promises(
        source,
        without(rows, gone),
        speaking[speaking["source"] == source.id],
        contract_file(settings.expectations_dir),
        moment=settings.clock(),
        beside=speaking[speaking["source"] == yardstick] if yardstick else None,
        unions={i.id: i.union_of for i in catalog.indicators.values() if i.union_of is not None},
    )
    gone = pd.concat([gone, stopped(judged, rows)])
    return of_the_whole(results + judged, gone, rows), gone


def _observed(
    conformed: conforming.Conformed, source: Source, catalog: Catalog
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Observations with the declared corrections, and the corrections that no longer fit."""
    return corrected(
        conforming.observations(conformed, source),
        catalog.corrections_of(source.id),
        whole=source.redelivery == "full",
    )


def _verdict(results: list[RuleResult]) -> Verdict:
    # a rule that could not run has not passed: the delivery waits, without blame
    failed = [r for r in results if r.outcome == "failed" and r.severity == "critical"]
    if any(r.outcome == "broken" for r in results) or any(
        r.stops == "delivery" or not r.parts for r in failed
    ):
        return "quarantined"
    return "accepted_with_warnings" if any(r.outcome == "failed" for r in results) else "accepted"


def _record(
    settings: Settings,
    delivery: Delivery,
    fingerprint: str,
    verdict: Verdict,
    results: list[RuleResult] | tuple[()],
    detail: str,
    gone: pd.DataFrame | None = None,
) -> None:
    now = settings.clock()
    with open_store(settings.store_file) as store, store.transaction():
        deliveries.record_checks(
            store, delivery.delivery_id, now, fingerprint,
            [(r.id, r.description, r.severity, r.outcome, r.rows, r.keys) for r in results],
        )  # fmt: skip
        if gone is not None:
            deliveries.set_quarantined(store, delivery.delivery_id, fingerprint, gone)
        if verdict in ("quarantined", "rejected"):
            event = DeliveryEvent(delivery.delivery_id, now, verdict, fingerprint, detail)
            deliveries.record_event(store, event)


def load(judgement: Judgement, catalog: Catalog, settings: Settings) -> Verdict:
    """Load an accepted delivery: its rows and the event that lets them speak, in one commit."""
    if judgement.verdict in ("quarantined", "rejected"):
        return judgement.verdict
    source = catalog.sources[judgement.source]
    with open_store(settings.store_file) as store:
        delivery = _delivery(store, judgement.delivery_id)
        known = _known_regions(store, source, settings)
    file = _raw_file(settings, delivery)
    fingerprint = rules_hash(source, catalog, settings)
    with open_store(settings.store_file) as store, store.transaction():
        if source.kind == "map":
            regions = conforming.conform_map(file, source)
            deliveries.insert_regions(store, delivery.delivery_id, fingerprint, regions)
        else:
            conformed = conforming.conform(file, source, known)
            rows, _ = _observed(conformed, source, catalog)
            gone = deliveries.quarantined(store, delivery.delivery_id, fingerprint)
            rows = without(rows, gone)
            deliveries.insert_observations(store, delivery.delivery_id, fingerprint, rows)
        deliveries.record_event(
            store,
            DeliveryEvent(
                delivery.delivery_id, settings.clock(), judgement.verdict, fingerprint, "",
            ),
        )  # fmt: skip
    return judgement.verdict


def ingest(
    file: Path, catalog: Catalog, settings: Settings, source_id: str | None = None
) -> Judgement:
    """The three steps in order, for one file; bytes that speak already are a no-op.

    Bytes that were accepted once and then replaced speak again: that is the way back from a wrong
    correction.

    Raises:
        RejectedDelivery: the file does not keep its contract.
    """
    received = receive(file, catalog, settings, source_id)
    if received.known_verdict in ("accepted", "accepted_with_warnings") and _speaks(
        received, catalog, settings
    ):
        return Judgement(
            received.delivery_id, received.source, file.name, received.known_verdict, (), True
        )
    judgement = judge(received.delivery_id, catalog, settings)
    load(judgement, catalog, settings)
    return judgement


def _speaks(received: Received, catalog: Catalog, settings: Settings) -> bool:
    with open_store(settings.store_file) as store:
        rows = deliveries.speaking(store, settings.clock(), catalog.patching)
    return received.delivery_id in {row["delivery_id"] for row in rows}
