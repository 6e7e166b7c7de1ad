"""Editions: a whole build, stored at once and published as a read-only copy with Parquet."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from perinatal.errors import IntegrityError, UserError
from perinatal.store.db import Store, attached, naive_utc

PUBLISHED_TABLES = (
    "published_value",
    "published_births",
    "published_elsewhere",
    "published_region",
    "published_source",
    "published_effect",
    "published_trend",
    "published_spread",
    "published_gap",
    "published_sight",
    "published_goal",
    "published_correction",
    "published_quarantine",
    "published_area",
    "published_line",
)
"""The allow-list: nothing else ever leaves the store."""


# Tables of a few rows, or of which an area reads rows that are not its own.
_WHOLE = ("published_source", "published_elsewhere", "published_correction")
_OWN = {
    "published_region": "code IN (SELECT code FROM own)",
    "published_area": "wijk IN (SELECT code FROM own)",
}


@dataclass(frozen=True)
class PublishedEdition:
    """A published edition, read from its own copy: what was withheld is not in it."""

    edition_id: str
    made_at: datetime
    code_version: str
    invented: bool
    folder: Path

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table, whole."""
        with self._opened() as connection:
            return {name: connection.table(name).df() for name in PUBLISHED_TABLES}

    def table(self, name: str) -> pd.DataFrame:
        """One table, whole."""
        with self._opened() as connection:
            frame: pd.DataFrame = connection.table(name).df()
        return frame

    def regions_with_figures(self) -> set[str]:
        """Regions and areas of which the edition tells something: a figure, or its births."""
        return self._codes(
            "SELECT region FROM published_value WHERE kind <> 'withheld' "
            "UNION SELECT region FROM published_births"
        )

    def municipalities(self) -> set[str]:
        """Codes of the municipalities on the maps of the edition."""
        return self._codes("SELECT code FROM published_region WHERE level = 'municipality'")

    def _codes(self, query: str) -> set[str]:
        with self._opened() as connection:
            return {row[0] for row in connection.sql(query).fetchall()}

    def tables_about(
        self, municipalities: Collection[str], areas: Collection[str], countries: Collection[str]
    ) -> dict[str, pd.DataFrame]:
        """The rows of every table that are about some municipalities, their wijken and areas.

        The order of the rows is that of the whole table.

        Args:
            municipalities: codes.
            areas: ids of regions of our own, such as several municipalities together.
            countries: codes of whole countries, for what is about all.
        """
        with self._opened() as connection:
            connection.execute(
                "CREATE TEMP TABLE own AS "
                "SELECT code FROM published_region "
                "WHERE code IN (SELECT unnest($towns)) OR parent IN (SELECT unnest($towns)) "
                "UNION SELECT wijk FROM published_area "
                "WHERE municipality IN (SELECT unnest($towns)) "
                "UNION SELECT unnest($areas) UNION SELECT unnest($countries)",
                {"towns": [*municipalities], "areas": [*areas], "countries": [*countries]},
            )
            found = {}
            for name in PUBLISHED_TABLES:
                rows = connection.table(name)
                if name not in _WHOLE:
                    rows = rows.filter(_OWN.get(name, "region IN (SELECT code FROM own)"))
                found[name] = rows.df()
            connection.execute("DROP TABLE own")
        return found

    def _opened(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return attached(self.folder / "edition.duckdb", read_only=True)


def is_out(store: Store, edition_id: str) -> bool:
    """Whether that edition was published; one that was only stored is a draft."""
    return store.connection.execute(
        "SELECT 1 FROM curated.edition WHERE edition_id = ? AND published_at IS NOT NULL",
        [edition_id],
    ).fetchone() is not None  # fmt: skip


@dataclass(frozen=True)
class TakenBack:
    """A delivery that an edition rests on and that was withdrawn since."""

    delivery_id: str
    on: datetime
    reason: str


def taken_back(store: Store) -> dict[str, list[TakenBack]]:
    """By edition, the deliveries in it that were withdrawn and not accepted again since."""
    rows = store.connection.execute(
        """
        SELECT edition_id, delivery_id, event.happened_at, event.detail
        FROM curated.edition_input JOIN meta.delivery_event AS event USING (delivery_id)
        WHERE event.event IN ('accepted', 'accepted_with_warnings', 'withdrawn')
        QUALIFY row_number() OVER (
            PARTITION BY edition_id, delivery_id ORDER BY event.event_number DESC) = 1
            AND event.event = 'withdrawn'
        ORDER BY edition_id, delivery_id
        """
    ).fetchall()
    found: dict[str, list[TakenBack]] = {}
    for edition_id, *about in rows:
        found.setdefault(edition_id, []).append(TakenBack(*about))
    return found


def already_out(store: Store) -> dict[tuple[Any, ...], str]:
    """Cells that a published edition has shown, with the first that did: none can be taken back."""
    rows = store.connection.execute(
        """
        SELECT region, source, indicator, definition, period_start, period_end,
               arg_min(edition_id, published_at)
        FROM curated.published_value JOIN curated.edition USING (edition_id)
        WHERE kind = 'shown' AND published_at IS NOT NULL GROUP BY ALL
        """
    ).fetchall()
    return {tuple(row[:6]): str(row[6]) for row in rows}


def _forget_drafts(connection: duckdb.DuckDBPyConnection) -> None:
    """Editions that never left (killed, or stopped by the audit) bind no later one."""
    for name in (*PUBLISHED_TABLES, "indicator_value", "edition_input", "edition"):
        connection.execute(
            f"DELETE FROM curated.{name} WHERE edition_id IN "  # noqa: S608 - allow-list above
            "(SELECT edition_id FROM curated.edition WHERE published_at IS NULL)"
        )


def save_edition(
    store: Store,
    *,
    edition_id: str,
    made_at: datetime,
    as_of: datetime,
    code_version: str,
    catalog_hash: str,
    invented: bool,
    inputs: Sequence[str],
    tables: Mapping[str, pd.DataFrame],
) -> None:
    """Write a whole edition as a draft, in one transaction and in the place of older drafts.

    ``tables`` are named as in the schema.
    """
    with store.transaction() as connection:
        _forget_drafts(connection)
        connection.execute(
            "INSERT INTO curated.edition VALUES (?, ?, ?, ?, ?, ?, NULL)",
            [edition_id, naive_utc(made_at), naive_utc(as_of), code_version, catalog_hash,
             invented],
        )  # fmt: skip
        for delivery_id in inputs:
            connection.execute(
                "INSERT INTO curated.edition_input VALUES (?, ?)", [edition_id, delivery_id]
            )
        for name, frame in tables.items():
            if name not in (*PUBLISHED_TABLES, "indicator_value"):
                raise IntegrityError(f"no table curated.{name}")
            columns = ", ".join(f'"{column}"' for column in frame.columns)
            connection.register("incoming", frame)
            connection.execute(
                f"INSERT INTO curated.{name} (edition_id, {columns}) "  # noqa: S608 - allow-list above, columns ours
                f"SELECT ?, {columns} FROM incoming",
                [edition_id],
            )
            connection.unregister("incoming")


def publish(
    store: Store,
    edition_id: str,
    folder: Path,
    moment: datetime,
    check: Callable[[Path, pd.DataFrame], object],
) -> Path:
    """Copy the allow-listed tables of an edition to ``folder/<edition>``: DuckDB and Parquet.

    The folder appears whole or not at all; publishing twice changes nothing. It is not yet the
    edition that readers find: see ``make_current``.

    Args:
        moment: noted with the edition in the store, once the check lets it go.
        check: looks at the finished files, beside the figures inside, before they get their name;
            its report is kept with them. Where it raises, nothing is published.
    """
    target = folder / edition_id
    if target.is_dir():
        return target
    row = store.connection.execute(
        "SELECT edition_id, made_at, code_version, invented FROM curated.edition "
        "WHERE edition_id = ?",
        [edition_id],
    ).fetchone()
    if row is None:
        raise IntegrityError(f"edition {edition_id} was not saved")
    working = folder / f".{edition_id}.{os.getpid()}"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(parents=True)
    with attached(working / "edition.duckdb") as copy:
        for name in PUBLISHED_TABLES:
            with attached(store.file) as reader:
                frame = reader.sql(
                    f"SELECT * FROM curated.{name} WHERE edition_id = ? ORDER BY ALL",  # noqa: S608 - allow-list above
                    params=[edition_id],
                ).to_arrow_table()
            copy.register("incoming", frame)
            copy.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608 - allow-list
            copy.unregister("incoming")
            copy.table(name).write_parquet(str(working / f"{name}.parquet"))
    about = {
        "edition": row[0],
        "made_at": row[1].isoformat() + "Z",
        "code_version": row[2],
        "invented": row[3],
        "note": " ".join(_notes(store, edition_id, invented=row[3])),
    }
    (working / "edition.json").write_text(
        json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    inside = store.connection.execute(
        "SELECT * FROM curated.indicator_value WHERE edition_id = ?", [edition_id]
    ).df()
    try:
        report = check(working, inside)
    except Exception:
        shutil.rmtree(working)
        raise
    (working / "audit.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for file in working.iterdir():
        file.chmod(0o444)
    # noted first: a run that is killed in between has noted too much, never too little
    store.connection.execute(
        "UPDATE curated.edition SET published_at = coalesce(published_at, ?) WHERE edition_id = ?",
        [naive_utc(moment), edition_id],
    )
    working.rename(target)
    return target


def _notes(store: Store, edition_id: str, *, invented: bool) -> Iterator[str]:
    """What a reader of the files has to know before anything else."""
    if invented:
        yield "Alle cijfers zijn verzonnen. De gebieden bestaan niet."
    (values,) = store.connection.execute(
        "SELECT count(*) FROM curated.published_value WHERE edition_id = ?", [edition_id]
    ).fetchall()
    if not values[0]:
        yield "Deze editie heeft geen cijfers: er is geen levering meer die geldt."


def make_current(folder: Path, edition_id: str) -> None:
    """Let readers find a published edition from now on; it need not be the youngest."""
    working = folder / f".current.{os.getpid()}"
    working.write_text(edition_id + "\n", encoding="utf-8")
    working.replace(folder / "current")


def edition_ids(folder: Path) -> list[str]:
    """Ids of the published editions, oldest first."""
    found = []
    for file in folder.glob("*/edition.json"):
        if file.parent.name.startswith("."):
            continue  # left half by a run that was killed
        about = json.loads(file.read_text(encoding="utf-8"))
        found.append((about["made_at"], about["edition"]))
    return [edition for _, edition in sorted(found)]


def open_edition(folder: Path, edition_id: str | None = None) -> PublishedEdition:
    """Read a published edition (the one that was built last without an id).

    Raises:
        UserError: nothing was published, or not that edition.
    """
    known = edition_ids(folder)
    if not known:
        raise UserError(f"{folder}: no edition yet. Run 'perinatal build' first.")
    pointer = folder / "current"
    current = pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else known[-1]
    chosen = edition_id or current
    if chosen not in known:
        raise UserError(f"no edition '{chosen}'. Known: {', '.join(known)}.")
    about = json.loads((folder / chosen / "edition.json").read_text(encoding="utf-8"))
    with attached(folder / chosen / "edition.duckdb", read_only=True) as connection:
        present = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
        if not present.issuperset(PUBLISHED_TABLES):
            raise UserError(
                f"edition {chosen} was made by version {about['code_version']} and lacks tables "
                "that this version reads. Run 'perinatal build' again."
            )
    return PublishedEdition(
        chosen,
        datetime.fromisoformat(about["made_at"]),
        about["code_version"],
        about["invented"],
        folder / chosen,
    )
