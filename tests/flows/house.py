"""A small installation that gets deliveries of every kind, by the schedule or by hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from perinatal.alerts.troubles import Trouble
from perinatal.catalog import load_catalog
from perinatal.cli import run
from perinatal.pipeline.withdraw import withdraw
from perinatal.settings import Settings
from perinatal.store import deliveries, open_store
from tests.conftest import MOMENT

DATA = Path(__file__).parents[1] / "data"


def write_catalog(folder: Path) -> Path:
    """The catalogue of the small deliveries, with a source whose redeliveries are patches."""
    shutil.copytree(DATA / "catalog", folder)
    for part, changes in (
        ("sources", {"id: proef_telling": "id: proef_stukje", "proef_telling_*": "proef_stukje_*",
                     "redelivery: full": "redelivery: patch", "table: proef": "table: stukje"}),
        ("expectations", {}),
    ):  # fmt: skip
        text = (folder / part / "proef_telling.yaml").read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (folder / part / "proef_stukje.yaml").write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Event:
    """What happens to the inbox, or to a delivery that came from it, before somebody looks.

    ``files``: name and content, written in this order. ``taken_back``: content of a delivery.
    ``gone``: names that are taken away. ``moved``: names that get another one. ``more``: of a kind
    that another event has too.
    """

    files: tuple[tuple[str, bytes], ...] = ()
    taken_back: bytes | None = None
    gone: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    more: bool = False


def _figures() -> bytes:
    return (DATA / "good" / "gewoon.csv").read_bytes()


def _with(content: bytes, *changes: tuple[str, str]) -> bytes:
    text = content.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def _bad(name: str) -> bytes:
    return (DATA / "bad" / name).read_bytes()


def events() -> Iterator[Event]:
    """Thirty deliveries and more."""
    chart = (DATA / "proef_kaart_2021.geojson").read_bytes()
    good = _figures()
    second = _with(good, ("2022;WK0999AA;Centrum;190;14;", "2022;WK0999AA;Centrum;190;15;"))
    third = _with(good, ("2022;WK0999AB;Zuid-West;250;17;", "2022;WK0999AB;Zuid-West;250;18;"))
    head = good.split(b"\n")[0]
    country = b"2022;NL99;Oefenland;168002;11100;15,5;"

    def patch(early: int) -> bytes:
        row = f"2022;WK0999AA;Centrum;190;{early};11,6;".encode()
        return b"\n".join([head, country, row, b""])

    def telling(name: str, content: bytes, *, more: bool = False) -> Event:
        return Event(files=((f"proef_telling_{name}.csv", content),), more=more)

    yield telling("01", good)  # waits for its map
    yield Event(files=(("notulen.txt", b"no delivery"),))
    yield Event(files=(("proef_kaart_1.geojson", chart),))
    yield telling("02", second)
    yield telling("03", _bad("negative.csv"), more=True)  # in part, or in quarantine
    yield telling("04", _bad("marker_swing.csv"))
    yield telling("05", _bad("double_row.csv"))
    yield telling("06", _bad("missing_column.csv"))
    yield telling("07", _bad("empty.csv"), more=True)
    yield telling("08", good)  # speaks again
    yield telling("08", good)  # written once more; it speaks already
    yield telling("09", _bad("double_row.csv"), more=True)  # refused before, handed over again
    yield telling("10", third)
    yield Event(taken_back=third)
    yield Event(
        gone=("proef_telling_06.csv",), moved=(("proef_telling_02.csv", "proef_telling_99.csv"),)
    )
    yield telling("11", second)
    yield telling("12", _bad("year_gone.csv"), more=True)
    yield telling("13", _bad("municipality_gone.csv"), more=True)
    yield telling("14", _bad("utf16.csv"), more=True)
    yield telling("14", good, more=True)  # mended under its own name
    yield telling("17", _bad("comma_separated.csv"), more=True)
    yield telling("18", third + b"\n", more=True)
    yield Event(files=(("proef_kaart_2.geojson", chart + b"\n"),))
    yield Event(files=(("proef_kaart_3.geojson", chart[:200]),), more=True)  # no map
    yield Event(files=(("proef_kaart_1.geojson", chart),))  # the first map again
    yield Event(files=(("proef_stukje_1.csv", patch(14)),))
    yield Event(files=(("proef_stukje_2.csv", patch(16)),))
    yield Event(files=(("proef_stukje_1.csv", patch(14)),))  # the earlier patch on top again
    yield Event(files=(("proef_stukje_3.csv", patch(999)),), more=True)  # a part above the whole
    yield Event(files=(("proef_stukje_3.csv", patch(15)),), more=True)
    yield Event(files=(  # several at once
        ("proef_telling_15.csv", _bad("swapped_columns.csv")),
        ("proef_telling_16.csv", second),
        ("proef_kaart_4.geojson", chart + b"\n\n"),
    ))  # fmt: skip
    yield Event(taken_back=patch(16))


Look = Callable[[Path, Sequence[Path]], None]
"""How an installation looks at its inbox: its data folder, and the files that were just put."""


def live(
    data: Path,
    catalog: Path,
    look: Look,
    set_clock: Callable[[datetime], None],
    *,
    whole: bool,
) -> None:
    """Let all that happens happen in this installation; not ``whole``: each kind once."""
    settings = Settings(data_dir=data, catalog_dir=catalog)
    inbox = settings.inbox_dir
    inbox.mkdir(parents=True)
    for number, event in enumerate(events()):
        if event.more and not whole:
            continue
        now = MOMENT + timedelta(minutes=number)
        set_clock(now)
        for name in event.gone:
            (inbox / name).unlink()
        for old, new in event.moved:
            (inbox / old).rename(inbox / new)
        for name, content in event.files:
            (inbox / name).write_bytes(content)
            os.utime(inbox / name, (now.timestamp(), now.timestamp()))
        if event.taken_back is not None:
            _take_back(event.taken_back, settings.model_copy(update={"now": now}))
        look(data, [inbox / name for name, _ in event.files])


def _take_back(content: bytes, settings: Settings) -> None:
    (kept,) = [f for f in settings.raw_dir.rglob("*.csv") if f.read_bytes() == content]
    withdraw(kept.parent.name, "fout", load_catalog(settings.catalog_dir), settings)


class Hand:
    """A person who names each file that came, and those that waited for it."""

    def __init__(self) -> None:
        self.waiting: list[Path] = []

    def __call__(self, data: Path, files: Sequence[Path]) -> None:
        for file in (*sorted(files, key=lambda f: (f.suffix != ".geojson", f)), *self.waiting):
            code = run(["--data", str(data), "ingest", str(file)])
            if code == 2 and file.suffix == ".csv" and file not in self.waiting:
                self.waiting.append(file)
            elif code != 2 and file in self.waiting:
                self.waiting.remove(file)


@dataclass(frozen=True)
class Held:
    """What an installation holds, as it can be compared."""

    tables: dict[str, list[tuple[object, ...]]]
    speaking: list[tuple[object, ...]]
    troubles: dict[str, tuple[object, ...]]
    messages: list[str]

    @classmethod
    def read(cls, data: Path, catalog: Path) -> Held:
        settings = Settings(data_dir=data, catalog_dir=catalog)
        rules = load_catalog(catalog)
        with open_store(settings.store_file) as store:
            rows = {
                name: store.connection.execute(query).fetchall() for name, query in _ROWS.items()
            }
            later = MOMENT + timedelta(days=1)
            speaking = [
                (row["delivery_id"], row["rules_hash"], row["rules_passed"])
                for row in deliveries.speaking(store, later, rules.patching)
            ]
            values = deliveries.observations_as_of(store, later, rules.patching, rules.keeping)
        rows["observations that speak"] = list(
            values.astype(str).itertuples(index=False, name=None)
        )
        return cls(rows, speaking, *_alerts(settings.alerts_dir))


_ROWS = {
    "delivery": "FROM meta.delivery ORDER BY ALL",
    # who comes after whom, and not by which number: a killed run leaves gaps
    "event": "SELECT * EXCLUDE (event_number, turn) FROM meta.delivery_event ORDER BY event_number",
    "turns": "SELECT source, delivery_id, arg_max(event, event_number) FROM meta.delivery_event "
    "JOIN meta.delivery USING (delivery_id) WHERE turn IS NOT NULL GROUP BY ALL "
    "ORDER BY source, max(turn)",
    "handover": "SELECT * EXCLUDE (turn), turn IS NULL FROM meta.handover ORDER BY ALL",
    "check": "FROM data.check_result ORDER BY ALL",
    "observation": "FROM data.observation ORDER BY ALL",
    "region": "FROM ref.region ORDER BY ALL",
    "quarantined": "FROM data.quarantined_cell ORDER BY ALL",
    "to tell": "SELECT * EXCLUDE (number, content) FROM meta.intent ORDER BY number",
}


def _alerts(folder: Path) -> tuple[dict[str, tuple[object, ...]], list[str]]:
    """Troubles and messages, but for those on a file that is left in the inbox.

    A person who names a file sees at once that it is not read.
    """
    left = set()
    troubles: dict[str, tuple[object, ...]] = {}
    for file in folder.glob("*.trouble"):
        trouble = Trouble.model_validate_json(file.read_text(encoding="utf-8"))
        if trouble.alert.kind == "left_in_inbox":
            left.add(file.stem)
            continue
        troubles[file.stem] = (
            trouble.alert.kind, trouble.alert.file, trouble.times, trouble.open,
            trouble.first_seen, trouble.last_seen, trouble.pending, trouble.message,
        )  # fmt: skip
    messages = [f.stem for f in folder.glob("*.json") if not f.name.endswith(".sent.json")]
    return troubles, sorted(name for name in messages if name.partition("-")[0] not in left)
