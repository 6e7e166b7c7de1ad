"""The quality page: per source what came and when, what every rule said, what waits. In Dutch.

It names rules, places and numbers of rows, never a value of a delivery, so it may be shown to
whoever delivers. One file, no script, nothing from outside.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from perinatal import __version__, dutch
from perinatal.alerts import open_troubles, safe_key
from perinatal.catalog import Catalog, Source
from perinatal.settings import Settings
from perinatal.store import Delivery, DeliveryEvent, Store, deliveries, open_store

VERDICTS = {
    "accepted": "goedgekeurd",
    "accepted_with_warnings": "goedgekeurd, met opmerkingen",
    "quarantined": "in quarantaine: niets geladen",
    "rejected": "afgekeurd: niets geladen",
    "withdrawn": "ingetrokken",
    "waiting": "wacht: kan nog niet worden beoordeeld",
    "unknown": "niet gelezen: geen bron verwacht deze bestandsnaam",
}
_TEMPLATE = Path(__file__).with_name("quality_page.html.j2")
_SHOWN = 5
"""Newest deliveries of a source that are listed; the store keeps all."""
_PLACES = 20


@dataclass(frozen=True)
class Check:
    """One rule that did not pass."""

    id: str
    description: str
    outcome: str
    rows: str
    places: str


@dataclass(frozen=True)
class Came:
    """One delivery."""

    when: str
    file: str
    id: str
    verdict: str
    speaks: bool


@dataclass(frozen=True)
class SourceState:
    """One source on the page."""

    id: str
    title: str
    freshness: str
    late: bool
    came: tuple[Came, ...]
    more: int
    passed: int
    checks: tuple[Check, ...]
    waiting: tuple[str, ...]
    corrections: tuple[str, ...]


def write_quality_page(catalog: Catalog, settings: Settings) -> Path:
    """Write the page, whole or not at all, and return its path."""
    page = _render(_states(catalog, settings), _troubles(settings), settings)
    file = settings.curated_dir / "kwaliteit" / "index.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    working = file.with_name(f".{file.name}.{os.getpid()}")
    working.write_text(page, encoding="utf-8")
    working.replace(file)
    return file


def _states(catalog: Catalog, settings: Settings) -> list[SourceState]:
    came: dict[str, list[tuple[Delivery, DeliveryEvent | None]]] = {}
    if not settings.store_file.is_file():
        return [_state(source, [], {}, None, catalog, settings) for source in _listed(catalog)]
    with open_store(settings.store_file) as store:
        for delivery, event in deliveries.deliveries(store):
            came.setdefault(delivery.source, []).append((delivery, event))
        spoken = deliveries.speaking(store, settings.clock(), catalog.patching)
        return [
            _state(
                source,
                came.get(source.id, []),
                {
                    row["delivery_id"]: row["rules_hash"]
                    for row in spoken
                    if row["source"] == source.id
                },
                store,
                catalog,
                settings,
            )
            for source in _listed(catalog)
        ]


def _listed(catalog: Catalog) -> list[Source]:
    """Figures first, then maps."""
    return sorted(catalog.sources.values(), key=lambda source: (source.kind == "map", source.id))


def _state(
    source: Source,
    came: list[tuple[Delivery, DeliveryEvent | None]],
    loud: dict[str, str],
    store: Store | None,
    catalog: Catalog,
    settings: Settings,
) -> SourceState:
    freshness, late = _freshness(source, [d.received_at for d, _ in came], settings)
    checks: list[Check] = []
    passed = 0
    waiting: tuple[str, ...] = ()
    if came and store is not None:
        newest, _ = came[0]
        frame = deliveries.checks(store, newest.delivery_id)
        passed = int((frame["outcome"] == "passed").sum())
        checks = [_check(row) for row in frame[frame["outcome"] != "passed"].to_dict("records")]
        # of what speaks: a newer file that was refused brings nothing, so that nothing of it waits
        left = [deliveries.quarantined(store, name, rules) for name, rules in loud.items()]
        waiting = _waiting(pd.concat(left)) if left else ()
    return SourceState(
        id=source.id, title=source.title, freshness=freshness, late=late,
        came=tuple(
            Came(
                when=_moment(delivery.received_at), file=delivery.file_name,
                id=delivery.delivery_id,
                verdict=VERDICTS[event.event] if event else VERDICTS["waiting"],
                speaks=delivery.delivery_id in loud,
            )
            for delivery, event in came[:_SHOWN]
        ),
        more=max(0, len(came) - _SHOWN), passed=passed, checks=tuple(checks), waiting=waiting,
        corrections=tuple(
            f"{c.id} ({dutch.day(c.date)}): {c.reason}"
            for c in catalog.corrections_of(source.id)
        ),
    )  # fmt: skip


def _freshness(source: Source, received: list[datetime], settings: Settings) -> tuple[str, bool]:
    if not received:
        return "Nog geen levering.", False
    last = max(received)
    days = (settings.clock().replace(tzinfo=None) - last).days
    text = f"Laatste levering: {_moment(last)}."
    if source.cadence_days is None:
        return f"{text} Er is geen vast ritme afgesproken.", False
    every = f"Elke {dutch.days(source.cadence_days)} hoort er een te komen."
    if days > source.cadence_days:
        over = dutch.days(days - source.cadence_days)
        return f"{text} {every} De volgende is {over} te laat.", True
    return f"{text} {every}", False


def _check(row: dict[object, object]) -> Check:
    keys = [safe_key(str(key)) for key in row["keys"]]  # type: ignore[attr-defined]  # a list column
    more = len(keys) - _PLACES
    broken = row["outcome"] == "broken"
    count = int(str(row["row_count"]))
    return Check(
        id=str(row["rule_id"]), description=str(row["description"]),
        outcome="kon niet draaien" if broken
        else "niet gehaald" if row["severity"] == "critical" else "opmerking",
        rows="" if broken else dutch.number(count),
        places=", ".join(keys[:_PLACES]) + (f" en nog {dutch.number(more)}" if more > 0 else ""),
    )  # fmt: skip


def _waiting(cells: pd.DataFrame) -> tuple[str, ...]:
    lines = []
    for (rule, variable), rows in cells.groupby(["rule_id", "variable"], sort=True):
        places = [
            f"{row['region']} ({dutch.years(row['period_start'], row['period_end'])})"
            for row in rows.to_dict("records")
        ]
        more = len(places) - _PLACES
        told = ", ".join(places[:_PLACES]) + (f" en nog {dutch.number(more)}" if more > 0 else "")
        lines.append(f"{variable}: {told}. Regel {rule}.")
    return tuple(lines)


def _troubles(settings: Settings) -> list[str]:
    return [
        f"{_moment(trouble.first_seen.replace(tzinfo=None))}: {trouble.alert.problem}"
        + (f" Bron: {trouble.alert.source}." if trouble.alert.source else "")
        for trouble in open_troubles(settings)
    ]


def _moment(moment: datetime) -> str:
    return dutch.date(moment.year, moment.month, moment.day)


def _render(states: list[SourceState], troubles: list[str], settings: Settings) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, page = _TEMPLATE.read_text(encoding="utf-8").split("{# --- #}\n", 1)
    digest = b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return environment.from_string(page).render(
        states=states, troubles=troubles, style=style, digest=digest, version=__version__,
        made=_moment(settings.clock()),
    )  # fmt: skip
