"""Gate 1: keep the file, judge it, and load what is good. Each step is one task of the flow."""

from __future__ import annotations

import fnmatch
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

import pandas as pd

from perinatal.alerts import OF_A_DELIVERY, Ended, Intent
from perinatal.catalog import Catalog, Source
from perinatal.errors import RejectedDelivery, UserError
from perinatal.ingest import conform as conforming
from perinatal.ingest import quality
from perinatal.ingest.corrections import corrected
from perinatal.ingest.promises import contract_file, promises
from perinatal.ingest.suites import RuleResult
from perinatal.pipeline import alarms
from perinatal.pipeline.handover import (
    TO_JUDGE,
    Todo,
    handed_over_again,
    what_to_do,
    written_at,
)
from perinatal.pipeline.parts import CELL, of_the_whole, stopped, without
from perinatal.pipeline.raw import keep_raw
from perinatal.pipeline.telling import mean_to_tell, tell
from perinatal.settings import Settings
from perinatal.store import Delivery, DeliveryEvent, Store, deliveries, open_store
from perinatal.store.turns import hand_over, past, turn_of

Verdict = Literal["accepted", "accepted_with_warnings", "quarantined", "rejected", "withdrawn"]


@dataclass(frozen=True)
class Received:
    """A file that is kept, and what it asks for; ``verdict``: what became of these bytes last."""

    delivery_id: str
    source: str
    todo: Todo
    verdict: Verdict | None


@dataclass(frozen=True)
class Judgement:
    """Verdict of gate 1 on one delivery, with what each rule said.

    ``todo``: why the file was judged, or was left as it is.
    """

    delivery_id: str
    source: str
    file_name: str
    verdict: Verdict
    results: tuple[RuleResult, ...]
    todo: Todo = "new"

    @property
    def already_known(self) -> bool:
        return self.todo not in TO_JUDGE


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
    file: Path,
    catalog: Catalog,
    settings: Settings,
    source_id: str | None = None,
    *,
    named: bool = True,
) -> Received:
    """Keep the untouched bytes in ``raw/<source>/<delivery>/``, and say what the file asks for.

    The id of a delivery is made of its source and the checksum of its bytes, so the same file
    twice is the same delivery.

    Args:
        named: a person named this file; else it was found in a folder.
    """
    source = source_for(file, catalog, source_id)
    delivery = keep_raw(file, source, settings)
    name = delivery.delivery_id
    with open_store(settings.store_file) as store:
        known = past(store, name, settings.clock())
        again = handed_over_again(known, file, named=named)
        todo = what_to_do(
            known, again=again, named=named, full=source.redelivery == "full",
            same_rules=known.event is not None
            and known.event.rules_hash == rules_hash(source, catalog, settings),
        )  # fmt: skip
        # who was killed before judging has its turn already
        turn = todo in ("new", "again") and (again or not known.waits)
        if turn or written_at(file).replace(tzinfo=None) not in known.seen:
            with store.transaction():
                deliveries.register(store, delivery)
                hand_over(store, name, written_at(file), turn=turn)
    # the CHECK of the table holds the same words
    verdict = cast(Verdict, known.event.event) if known.event else None
    return Received(name, source.id, todo, verdict)


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


def take_in(delivery_id: str, catalog: Catalog, settings: Settings) -> Judgement:
    """Judge a kept delivery and load what is good of it.

    One commit holds what the rules said, what was loaded, the event that lets it speak and the
    intent to tell of it. A rejected or quarantined delivery changes nothing in the observations:
    the last good ones keep speaking, and the file stays in ``raw``.

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
        refused = None
        try:
            results, gone, rows = _results(file, source, known, speaking, catalog, settings)
            judgement = Judgement(
                delivery_id, source.id, delivery.file_name, _verdict(results), tuple(results)
            )
            intent = _to_tell(judgement, source, settings)
        except RejectedDelivery as error:
            refused = error
            judgement = Judgement(delivery_id, source.id, delivery.file_name, "rejected", ())
            intent = Intent(alerts=(alarms.rejected(error, delivery, settings),))
        fingerprint = rules_hash(source, catalog, settings)
        with store.transaction():
            _record_checks(store, judgement, fingerprint, settings)
            if judgement.verdict in deliveries.ACCEPTED:
                _load(store, source, delivery_id, fingerprint, rows, gone)
            detail = str(refused) if refused else ""
            event = DeliveryEvent(
                delivery_id, settings.clock(), judgement.verdict, fingerprint, detail,
                turn_of(store, delivery_id),
            )  # fmt: skip
            deliveries.record_event(store, event)
            mean_to_tell(store, delivery_id, intent)
    tell(settings)
    if refused is not None:
        raise refused
    return judgement


def _record_checks(
    store: Store, judgement: Judgement, fingerprint: str, settings: Settings
) -> None:
    deliveries.record_checks(
        store, judgement.delivery_id, settings.clock(), fingerprint,
        [
            (r.id, r.description, r.severity, r.outcome, r.rows, r.keys, r.happened)
            for r in judgement.results
        ],
    )  # fmt: skip


def _load(
    store: Store,
    source: Source,
    delivery_id: str,
    fingerprint: str,
    rows: pd.DataFrame,
    gone: pd.DataFrame,
) -> None:
    if source.kind == "map":
        deliveries.insert_regions(store, delivery_id, fingerprint, rows)
        return
    deliveries.set_quarantined(store, delivery_id, fingerprint, gone)
    deliveries.insert_observations(store, delivery_id, fingerprint, without(rows, gone))


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


def _to_tell(judgement: Judgement, source: Source, settings: Settings) -> Intent:
    """What the maintainer should hear; a good delivery ends earlier troubles.

    A patch says nothing of what other files brought: it ends only what was wrong with a file of
    its own name, and that the source was late.
    """
    alerts = tuple(alarms.judged(judgement, settings))
    if judgement.verdict == "quarantined":
        return Intent(alerts=alerts)
    came = Ended(kinds=("late",), source=source.id, because="Er is een levering gekomen.")
    mended = Ended(
        kinds=OF_A_DELIVERY, source=source.id,
        file=judgement.file_name if source.redelivery == "patch" else None,
        because="Er is een levering van deze bron geladen waarin dit niet meer voorkomt.",
    )  # fmt: skip
    return Intent(alerts=alerts, over=(came, mended))


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
) -> tuple[list[RuleResult], pd.DataFrame, pd.DataFrame]:
    """What the rules say, the cells that they stop (rule_id and the key of a cell), and all rows.

    The rows are observations with the declared corrections, or the regions of a map.
    """
    nothing = pd.DataFrame(columns=["rule_id", *CELL])
    if source.kind == "map":
        return [], nothing, conforming.conform_map(file, source)
    conformed = conforming.conform(file, source, known)
    suite = _suite(source, settings)
    assert suite is not None
    parameters = {"rows_expected": conformed.rows_expected}
    results = quality.judge(conformed.judged, suite, parameters, source)
    if _verdict(results) == "quarantined":
        return results, nothing, nothing
    rows, stale = _observed(conformed, source, catalog)
    gone = stopped(results, rows)
    results += [
        RuleResult(
            f"CORRECTION-{name}",
            f"De correctie '{name}' past bij de levering.",
            "critical", "failed", len(keys), tuple(keys),
            happened=f"De correctie ‘{name}’ past niet bij de levering.",
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
    return of_the_whole(results + judged, gone, rows), gone, rows


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


def ingest(
    file: Path,
    catalog: Catalog,
    settings: Settings,
    source_id: str | None = None,
    *,
    named: bool = True,
) -> Judgement:
    """Both steps in order, for one file; it is left as it is where it asks for nothing.

    Raises:
        RejectedDelivery: the file does not keep its contract.
    """
    received = receive(file, catalog, settings, source_id, named=named)
    if received.todo in TO_JUDGE or received.verdict is None:
        return replace(take_in(received.delivery_id, catalog, settings), todo=received.todo)
    return Judgement(
        received.delivery_id, received.source, file.name, received.verdict, (), received.todo
    )
