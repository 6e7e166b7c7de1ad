"""One alert. Pure: nothing here touches a file or a network.

An alert has no field for a row or a cell: it names rules, keys (a region, a period) and counts.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

_LONGEST = 900  # mail servers refuse a line of more than 998 characters
_KEY_LENGTH = 80
_LEFT_OUT = "(weggelaten)"

Kind = Literal[
    "rejected",
    "quarantined",
    "broken_rule",
    "new_warning",
    "late",
    "left_in_inbox",
    "moved",
    "stale_correction",
    "crashed",
    "vanished",
    "edition_stopped",
    "protection",
    "documents",
    "taken_back",
    "trial",
]
Severity = Literal["critical", "warning"]
Stage = Literal["new", "reminder", "resolved"]

OF_A_DELIVERY: tuple[Kind, ...] = (
    "rejected",
    "quarantined",
    "broken_rule",
    "new_warning",
    "stale_correction",
)
"""Troubles that a good delivery of the same source ends."""
OF_A_RUN: tuple[Kind, ...] = ("crashed", "vanished")
"""Troubles that a completed run ends."""


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


_MAIL = r"[^\s,;<>()'\"]*@[^\s,;<>()'\"]*"
_DATE = r"\d{1,2}[-/_.]\d{1,2}[-/_.]\d{4}|\d{4}[-/_.]\d{1,2}[-/_.]\d{1,2}"

# What no key can be: an address, a date, a number with a decimal sign, nine digits or more, eight
# without the letters of a region code before them, and a whole postcode.
_NO_KEY = re.compile(
    rf"{_MAIL}|(?<!\d)(?:{_DATE})(?!\d)|[+-]?\d+(?:[.,]\d+)+|\d{{9,}}|(?<![A-Z0-9])\d{{8}}"
    r"|(?<![A-Z0-9])\d{4}[A-Z]{2}(?![A-Z0-9])"
)
_IN_NAME = re.compile(rf"{_MAIL}|(?<!\d)(?:{_DATE})(?!\d)|[0-9a-fA-F]{{12,}}|\d{{8,}}")
# A file is often named after the day it was made. A day of the last century is one of birth.
_MADE_ON = re.compile(
    r"20\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(\d{4}|\d{6})?"
    r"|20\d\d[-_.]\d?\d[-_.]\d?\d|\d?\d[-_.]\d?\d[-_.]20\d\d"
)
_IN_PROSE = re.compile(rf"{_MAIL}|(?<![0-9a-zA-Z-])\d{{9,}}")


def _blank(pattern: re.Pattern[str], keep: Callable[[str], bool] | None = None) -> BeforeValidator:
    """One line, with what fits the pattern blanked, unless ``keep`` says that it is harmless.

    Names and keys are read from what was delivered; after a shift of columns a key can hold a
    citizen service number, a date of birth or a value. A last net, not a licence to pass values.
    """

    def replace(match: re.Match[str]) -> str:
        return match[0] if keep is not None and keep(match[0]) else _LEFT_OUT

    def clean(value: object) -> object:
        line = _one_line(value)
        return pattern.sub(replace, line) if isinstance(line, str) else line

    return BeforeValidator(clean)


def safe_key(text: str) -> str:
    """A key as it may be shown: what can be no region or period is left out."""
    return _KEY.validate_python(text)


def _harmless_in_name(text: str) -> bool:
    checksum = len(text) >= 12 and text.isalnum() and not text.isdigit()
    return checksum or _MADE_ON.fullmatch(text) is not None


def _name_only(value: object) -> object:
    """The last part of a path: a folder can hold the name of a person or a machine."""
    return re.split(r"[\\/]", value.rstrip("\\/"))[-1] if isinstance(value, str) else value


def _short(value: object) -> object:
    if not isinstance(value, str) or len(value) <= _KEY_LENGTH:
        return value
    return value[: _KEY_LENGTH - 1] + "…"


# Validators that come before run from the last to the first.
Line = Annotated[str, BeforeValidator(_one_line)]
Prose = Annotated[str, _blank(_IN_PROSE)]
Key = Annotated[str, BeforeValidator(_short), _blank(_NO_KEY)]
FileName = Annotated[str, _blank(_IN_NAME, _harmless_in_name), BeforeValidator(_name_only)]


_KEY: TypeAdapter[str] = TypeAdapter(Key)


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
    """What went wrong, where, what became of the data and what to do. All prose is Dutch.

    ``stage``, ``first_seen`` and ``times`` are filled in by whoever keeps track of the trouble.
    """

    kind: Kind
    severity: Severity
    source: Line | None = None
    file: FileName | None = None
    delivery: Line | None = None
    problem: Prose
    rules: tuple[AlertRule, ...] = ()
    what_happened: Prose
    to_do: Line
    happened_at: AwareDatetime
    stage: Stage = "new"
    first_seen: AwareDatetime | None = None
    times: Annotated[int, Field(ge=1)] = 1

    @property
    def fingerprint(self) -> str:
        """The same for the same trouble on another day or in a corrected copy of the file."""
        # A checksum in a file name would make every redelivery a new trouble.
        file = re.sub(r"[0-9a-f]{12,}", "#", self.file.lower()) if self.file else None
        parts = [self.kind, self.source, file, sorted({rule.id for rule in self.rules})]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]

    @property
    def id(self) -> str:
        """The trouble, the moment and the stage; safe as a file name."""
        moment = f"{self.happened_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        return f"{self.fingerprint}-{moment}" + ("" if self.stage == "new" else f"-{self.stage}")

    def as_reminder(self, first_seen: datetime, times: int) -> Alert:
        """The same trouble, which is still there."""
        return self._copy(stage="reminder", first_seen=first_seen, times=times)

    def as_resolved(
        self, first_seen: datetime, times: int, because: str, moment: datetime
    ) -> Alert:
        """The message that the trouble is gone. The keys of what is mended are left out."""
        return self._copy(
            stage="resolved",
            first_seen=first_seen,
            times=times,
            rules=tuple(rule.model_copy(update={"keys": ()}) for rule in self.rules),
            what_happened=because,
            to_do="U hoeft niets te doen.",
            happened_at=moment,
        )

    def _copy(self, **changes: object) -> Alert:
        # through validation, unlike model_copy: the reason comes from outside too
        return Alert.model_validate(self.model_dump() | changes)
