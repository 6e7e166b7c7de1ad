"""One alert and its Dutch text. Pure: nothing here touches a file or a network.

An alert has no field for a row or a cell: it names rules, keys (a region, a period) and counts.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from perinatal import dutch

KEYS_SHOWN = 20
_TITLE_LENGTH = 150
_WIDTH = 76
_LONGEST = 900  # mail servers refuse a line of more than 998 characters

_TITLES = {
    "rejected": "Levering afgekeurd",
    "quarantined": "Levering in quarantaine",
    "broken_rule": "Controle kon niet draaien",
    "crashed": "Verwerking gestopt",
    "trial": "Proefbericht",
}


def _one_line(value: object) -> object:
    """Text on one line without control characters.

    File and region names come from outside: a line break in one could forge a mail header or a
    heading of the message, and a character that turns the reading direction could hide a word.
    """
    if not isinstance(value, str):
        return value  # the strict type check that follows refuses it
    safe = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in value)
    line = " ".join(safe.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _name_only(value: object) -> object:
    """The last part of a path: a folder can hold the name of a person or a machine."""
    if not isinstance(value, str):
        return value
    return _one_line(re.split(r"[\\/]", value.rstrip("\\/"))[-1])


def _key(value: object) -> object:
    """A key, with what can be no key blanked.

    Keys are read from the file; after a shift of columns a key column can hold a citizen service
    number, a date of birth or a mail address. This is a last net, not a licence to pass values.
    """
    line = _one_line(value)
    if not isinstance(line, str):
        return line
    masked = re.sub(r"\S*@\S*|(?<![A-Z0-9])\d{8,}", "(weggelaten)", line)
    return masked if len(masked) <= 80 else masked[:79] + "…"


Line = Annotated[str, BeforeValidator(_one_line)]
Key = Annotated[str, BeforeValidator(_key)]


class _Message(BaseModel):
    """Strict and frozen: what was written to the outbox is what is sent, also a week later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AlertRule(_Message):
    """One rule that did not pass. ``broken``: it could not run, which is never a data fault."""

    id: Line
    description: Line
    """Dutch."""
    outcome: Literal["failed", "broken"]
    rows: Annotated[int, Field(ge=0)] = 0
    keys: tuple[Key, ...] = ()
    """Where it failed ('GM9901 2021'), never the value; the text shows the first 20."""


class Alert(_Message):
    """What went wrong, where, what became of the data and what to do. All prose is Dutch."""

    kind: Literal["rejected", "quarantined", "broken_rule", "crashed", "trial"]
    severity: Literal["critical", "warning"]
    source: Line | None = None
    file: Annotated[str, BeforeValidator(_name_only)] | None = None
    delivery: Line | None = None
    problem: Line
    rules: tuple[AlertRule, ...] = ()
    what_happened: Line
    to_do: Line
    happened_at: AwareDatetime

    @property
    def fingerprint(self) -> str:
        """The same for the same trouble on another day or in a corrected copy of the file."""
        # A checksum in a file name would make every redelivery a new trouble.
        file = re.sub(r"[0-9a-f]{12,}", "#", self.file.lower()) if self.file else None
        parts = [self.kind, self.source, file, sorted({rule.id for rule in self.rules})]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]

    @property
    def id(self) -> str:
        """The trouble and the moment; safe as a file name."""
        return f"{self.fingerprint}-{self.happened_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def render_text(alert: Alert) -> tuple[str, str]:
    """Title and body, plain Dutch text."""
    return _title(alert), "\n".join(_body(alert)) + "\n"


def _title(alert: Alert) -> str:
    title = f"perinatal: {_TITLES[alert.kind]}"
    if alert.file:
        title += f": {alert.file}"
    if alert.source:
        title += f" (bron {alert.source})"
    return title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…"


def _body(alert: Alert) -> Iterator[str]:
    yield "Wat is er gebeurd"
    yield _paragraph(alert.problem)
    yield "\nWaar"
    for label, value in (
        ("Bron", alert.source),
        ("Bestand", alert.file),
        ("Levering", alert.delivery),
        ("Tijdstip", _moment(alert.happened_at)),
    ):
        if value:
            yield _paragraph(f"{label}: {value}")
    if alert.rules:
        yield "\nWelke regels"
        for rule in alert.rules:
            yield from _rule(rule)
    yield "\nWat is er met de gegevens gebeurd"
    yield _paragraph(alert.what_happened)
    yield "\nWat kunt u doen"
    yield _paragraph(alert.to_do)
    yield f"\nKenmerk: {alert.id}"
    yield "Dit bericht noemt regels en plaatsen, geen waarden uit het bestand."


def _rule(rule: AlertRule) -> Iterator[str]:
    yield _paragraph(f"- {rule.id}: {rule.description}")
    if rule.outcome == "broken":
        yield _paragraph("De regel kon niet draaien. Dat zegt niets over de gegevens.", "    ")
    elif rule.rows:
        rows = f"{rule.rows:,}".replace(",", ".") + (" rij" if rule.rows == 1 else " rijen")
        yield _paragraph(f"Niet gehaald in {rows}.", "    ")
    else:
        yield _paragraph("Niet gehaald.", "    ")
    if rule.keys:
        shown = ", ".join(rule.keys[:KEYS_SHOWN])
        left = len(rule.keys) - KEYS_SHOWN
        yield _paragraph(f"Bij: {shown}" + (f" en nog {left}" if left > 0 else ""), "    ")


def _paragraph(text: str, indent: str = "  ") -> str:
    # A long file name stays whole, so that it can be copied and searched for.
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _moment(moment: datetime) -> str:
    try:
        local, zone = moment.astimezone(ZoneInfo("Europe/Amsterdam")), "Nederlandse tijd"
    except ZoneInfoNotFoundError:  # a small image without time zone data must still alert
        local, zone = moment.astimezone(UTC), "UTC"
    return f"{dutch.date(local.year, local.month, local.day)}, {local:%H:%M} uur ({zone})"
