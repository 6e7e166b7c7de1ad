"""Deliveries, their events, checks, observations and regions: append-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from perinatal.store.db import Store, naive_utc

ACCEPTED = ("accepted", "accepted_with_warnings")


@dataclass(frozen=True)
class Delivery:
    """One received file."""

    delivery_id: str
    source: str
    file_name: str
    sha256: str
    bytes: int
    raw_path: str
    received_at: datetime


@dataclass(frozen=True)
class DeliveryEvent:
    """What became of a delivery, under which rules."""

    delivery_id: str
    happened_at: datetime
    event: str
    rules_hash: str
    detail: str
    turn: int | None = None
    """Its place in the order of speaking; None: its own number."""


def find_delivery(store: Store, delivery_id: str) -> Delivery | None:
    """The delivery whose id starts with the given text, if there is exactly one."""
    rows = store.connection.execute(
        "SELECT * FROM meta.delivery WHERE starts_with(delivery_id, ?)", [delivery_id]
    ).fetchall()
    return Delivery(*rows[0]) if len(rows) == 1 else None


def latest(store: Store) -> str | None:
    """Id of the delivery that was judged last; one that only came in counts when there is none."""
    row = store.connection.execute(
        """
        SELECT delivery_id FROM meta.delivery LEFT JOIN meta.delivery_event USING (delivery_id)
        ORDER BY event_number DESC NULLS LAST, received_at DESC LIMIT 1
        """
    ).fetchone()
    return row[0] if row else None


def register(store: Store, delivery: Delivery) -> None:
    """Write down that a file was received; a second time changes nothing."""
    store.connection.execute(
        "INSERT OR IGNORE INTO meta.delivery VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            delivery.delivery_id, delivery.source, delivery.file_name, delivery.sha256,
            delivery.bytes, delivery.raw_path, naive_utc(delivery.received_at),
        ],
    )  # fmt: skip


def deliveries(store: Store) -> list[tuple[Delivery, DeliveryEvent | None]]:
    """Every delivery with its last event, newest first."""
    rows = store.connection.execute(
        """
        SELECT delivery.*, event.delivery_id, event.happened_at, event.event,
               event.rules_hash, event.detail
        FROM meta.delivery
        LEFT JOIN (
            SELECT * FROM meta.delivery_event
            QUALIFY row_number() OVER (PARTITION BY delivery_id ORDER BY event_number DESC) = 1
        ) AS event USING (delivery_id)
        ORDER BY delivery.received_at DESC, delivery.delivery_id
        """
    ).fetchall()
    return [
        (Delivery(*row[:7]), DeliveryEvent(*row[-5:]) if row[-3] is not None else None)
        for row in rows
    ]


def last_event(store: Store, delivery_id: str) -> DeliveryEvent | None:
    """The newest event of a delivery."""
    row = store.connection.execute(
        """
        SELECT delivery_id, happened_at, event, rules_hash, detail, coalesce(turn, event_number)
        FROM meta.delivery_event WHERE delivery_id = ? ORDER BY event_number DESC LIMIT 1
        """,
        [delivery_id],
    ).fetchone()
    return DeliveryEvent(*row) if row else None


def record_event(store: Store, event: DeliveryEvent) -> None:
    store.connection.execute(
        """
        INSERT INTO meta.delivery_event (delivery_id, happened_at, event, rules_hash, detail, turn)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        [event.delivery_id, naive_utc(event.happened_at), event.event, event.rules_hash,
         event.detail, event.turn],
    )  # fmt: skip


def record_checks(
    store: Store,
    delivery_id: str,
    happened_at: datetime,
    rules_hash: str,
    results: Sequence[tuple[str, str, str, str, int, Sequence[str], str]],
) -> None:
    """Keep rule results: id, description, severity, outcome, row count, failing keys, happened."""
    for rule, description, severity, outcome, count, keys, happened in results:
        store.connection.execute(
            "INSERT INTO data.check_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [delivery_id, naive_utc(happened_at), rules_hash, rule, description, severity,
             outcome, count, list(keys), happened],
        )  # fmt: skip


def checks(store: Store, delivery_id: str) -> pd.DataFrame:
    """Results of the last time that a delivery was judged."""
    return store.connection.execute(
        """
        SELECT DISTINCT rule_id, description, severity, outcome, row_count, keys
        FROM data.check_result WHERE delivery_id = ?
          AND happened_at = (SELECT max(happened_at) FROM data.check_result
                             WHERE delivery_id = ?)
        ORDER BY rule_id
        """,
        [delivery_id, delivery_id],
    ).df()


def _loaded(store: Store, table: str, delivery_id: str, rules_hash: str) -> bool:
    query = f"SELECT count(*) FROM {table} WHERE delivery_id = ? AND rules_hash = ?"  # noqa: S608 - names ours
    row = store.connection.execute(query, [delivery_id, rules_hash]).fetchall()
    return bool(row[0][0])


def insert_observations(
    store: Store, delivery_id: str, rules_hash: str, frame: pd.DataFrame
) -> None:
    """Load observations of an accepted delivery, unless these rules loaded them already.

    A mended contract reads the same bytes anew, so the rules are part of the version.
    """
    if _loaded(store, "data.observation", delivery_id, rules_hash):
        return
    store.connection.register("incoming", frame)
    store.connection.execute(
        """
        INSERT INTO data.observation
        SELECT ?, ?, "row", variable, region, level, boundary_year, period_start, period_end,
               CASE WHEN isfinite(value) THEN value END, status, note, citation, since
        FROM incoming
        """,
        [delivery_id, rules_hash],
    )
    store.connection.unregister("incoming")


def insert_regions(store: Store, delivery_id: str, rules_hash: str, frame: pd.DataFrame) -> None:
    """Load the regions of an accepted map, unless these rules loaded them already."""
    if _loaded(store, "ref.region", delivery_id, rules_hash):
        return
    store.connection.register("incoming", frame)
    store.connection.execute(
        """
        INSERT INTO ref.region
        SELECT ?, ?, code, name, level, boundary_year, parent, wkb FROM incoming
        """,
        [delivery_id, rules_hash],
    )
    store.connection.unregister("incoming")


def observations_as_of(
    store: Store, moment: datetime, patching: Sequence[str], keeping: Sequence[str] = ()
) -> pd.DataFrame:
    """Observations of the deliveries that speak at a moment.

    Args:
        patching: sources whose redeliveries replace only the cells that they bring.
        keeping: sources whose last good figure stands where a newer one is in quarantine.
    """
    found = store.connection.sql(
        """
        SELECT * FROM data.observation_as_of(?::TIMESTAMP, ?::TEXT[], ?::TEXT[])
        ORDER BY source, variable, region, boundary_year, period_start, period_end
        """,
        params=[naive_utc(moment), list(patching), list(keeping)],
    )
    # by way of Arrow the texts are not made one by one: a quarter of the time of df()
    rows: pd.DataFrame = found.to_arrow_table().to_pandas()
    return rows


_CELL = ["variable", "region", "boundary_year", "period_start", "period_end"]


def set_quarantined(store: Store, delivery_id: str, rules_hash: str, cells: pd.DataFrame) -> None:
    """Write down which cells of a delivery stay out, in place of what was written before.

    Args:
        cells: rule_id, variable, region, boundary_year, period_start, period_end.
    """
    store.connection.execute(
        "DELETE FROM data.quarantined_cell WHERE delivery_id = ? AND rules_hash = ?",
        [delivery_id, rules_hash],
    )
    if cells.empty:
        return
    store.connection.register("incoming", cells[["rule_id", *_CELL]].drop_duplicates())
    store.connection.execute(
        """
        INSERT INTO data.quarantined_cell
        SELECT ?, ?, rule_id, variable, region, boundary_year, period_start, period_end
        FROM incoming
        """,
        [delivery_id, rules_hash],
    )
    store.connection.unregister("incoming")


def quarantined(store: Store, delivery_id: str, rules_hash: str) -> pd.DataFrame:
    """Cells of one delivery, judged by these rules, that stay out."""
    return store.connection.execute(
        """
        SELECT rule_id, variable, region, boundary_year, period_start, period_end
        FROM data.quarantined_cell WHERE delivery_id = ? AND rules_hash = ? ORDER BY ALL
        """,
        [delivery_id, rules_hash],
    ).df()


def quarantined_as_of(store: Store, moment: datetime, patching: Sequence[str]) -> pd.DataFrame:
    """Cells in quarantine of the deliveries that speak at a moment: source, rule, cell."""
    return store.connection.execute(
        """
        SELECT speaking.source, cell.rule_id, cell.variable, cell.region, cell.period_start,
               cell.period_end
        FROM data.quarantined_cell AS cell
        JOIN meta.speaking_as_of(?::TIMESTAMP, ?::TEXT[]) AS speaking
            USING (delivery_id, rules_hash)
        ORDER BY ALL
        """,
        [naive_utc(moment), list(patching)],
    ).df()


def regions_as_of(store: Store, moment: datetime) -> pd.DataFrame:
    """Regions of the maps that speak at a moment: code, name, level, year, parent, WKB."""
    return store.connection.execute(
        """
        SELECT region.code, region.name, region.level, region.boundary_year, region.parent,
               region.geometry, delivery.source
        FROM ref.region_as_of(?::TIMESTAMP) AS region
        JOIN meta.delivery USING (delivery_id) ORDER BY region.code
        """,
        [naive_utc(moment)],
    ).df()


def region_codes(store: Store, moment: datetime, boundary_year: int) -> set[str]:
    """Codes that exist on the boundaries of a year."""
    rows = store.connection.execute(
        "SELECT code FROM ref.region_as_of(?::TIMESTAMP) WHERE boundary_year = ?",
        [naive_utc(moment), boundary_year],
    ).fetchall()
    return {row[0] for row in rows}


def speaking(store: Store, moment: datetime, patching: Sequence[str]) -> list[dict[str, Any]]:
    """The deliveries that speak at a moment, with their file and what the rules found."""
    frame = store.connection.execute(
        """
        SELECT speaking.source, delivery.delivery_id, delivery.file_name, delivery.sha256,
               delivery.received_at, speaking.rules_hash,
               (SELECT count(DISTINCT rule_id) FROM data.check_result AS result
                WHERE result.delivery_id = delivery.delivery_id AND outcome = 'passed'
                  AND happened_at = (SELECT max(happened_at) FROM data.check_result AS newest
                                     WHERE newest.delivery_id = delivery.delivery_id)
               ) AS rules_passed,
               (SELECT coalesce(list(DISTINCT happened ORDER BY happened), [])
                FROM data.check_result AS result
                WHERE result.delivery_id = delivery.delivery_id AND outcome = 'failed'
                  AND happened_at = (SELECT max(happened_at) FROM data.check_result AS newest
                                     WHERE newest.delivery_id = delivery.delivery_id)
               ) AS warnings
        FROM meta.speaking_as_of(?::TIMESTAMP, ?::TEXT[]) AS speaking
        JOIN meta.delivery USING (delivery_id)
        ORDER BY speaking.source, speaking.event_number
        """,
        [naive_utc(moment), list(patching)],
    )
    names = [column[0] for column in frame.description]
    return [dict(zip(names, row, strict=True)) for row in frame.fetchall()]
