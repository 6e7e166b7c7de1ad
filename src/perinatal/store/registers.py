"""Registers of startfotogebieden that were cut by a build, and those that are out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from perinatal.catalog import Register
from perinatal.store.db import Store, naive_utc


def stored_registers(store: Store) -> dict[str, Register]:
    """Registers as they were cut when they were first needed."""
    rows = store.connection.execute("SELECT id, content FROM ref.register ORDER BY id").fetchall()
    return {name: Register.model_validate_json(content) for name, content in rows}


def keep_registers(store: Store, registers: Iterable[Register], moment: datetime) -> None:
    """Keep what was cut now; what is kept already stays."""
    for register in registers:
        store.connection.execute(
            "INSERT OR IGNORE INTO ref.register VALUES (?, ?, ?)",
            [register.id, naive_utc(moment), register.model_dump_json()],
        )


def areas_out(store: Store) -> dict[str, tuple[str, ...]]:
    """Joined areas of any published edition and the wijken that they held."""
    rows = store.connection.execute(
        """
        SELECT code, list(DISTINCT wijk ORDER BY wijk) FROM curated.published_area
        JOIN curated.edition USING (edition_id)
        WHERE code <> wijk AND published_at IS NOT NULL GROUP BY edition_id, code
        """
    ).fetchall()
    return {code: tuple(wijken) for code, wijken in rows}
