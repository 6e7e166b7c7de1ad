"""Troubles: one message when it begins, a reminder while it lasts, "hersteld" when it is gone.

``<fingerprint>.trouble`` in the folder of the alerts is the state of one trouble. A message is
first written into that state as ``pending``, then into the outbox, then struck from the state: a
run that is killed between two of these loses nothing and tells nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from perinatal.alerts import outbox
from perinatal.alerts.channels import anyone_for
from perinatal.alerts.files import locked, write
from perinatal.alerts.message import Alert, Kind
from perinatal.settings import Settings

_LOG = logging.getLogger(__name__)

_SUFFIX = ".trouble"
_PATIENCE = 20.0
_NOT_SEEN = "Bij de laatste verwerking is het probleem niet meer gezien."


class Trouble(BaseModel):
    """What is known of one trouble. ``alert`` is how it was seen last."""

    model_config = ConfigDict(frozen=True, strict=True)

    alert: Alert
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    times: Annotated[int, Field(ge=1)] = 1
    told_at: AwareDatetime
    """When its last message was made."""
    message: str | None = None
    """Name of that message in the outbox."""
    pending: Alert | None = None
    """A message that is still to be written into the outbox."""
    cause: str | None = None
    """The intent that told of it last: tried again after a kill, it is the same trouble once."""
    resolved_at: AwareDatetime | None = None

    @property
    def open(self) -> bool:
        return self.resolved_at is None

    def reach(self, settings: Settings) -> outbox.Reach:
        """Who has heard of it."""
        if self.message is None:
            return "waiting"
        return outbox.reach(settings.alerts_dir / f"{self.message}.json")


def raise_alert(alert: Alert, settings: Settings, cause: str | None = None) -> Path | None:
    """Tell of a trouble, unless it is known and no reminder is due.

    Args:
        cause: name of the intent that tells of it; a second time under that name does nothing.

    Returns:
        The message in the outbox; None when the trouble was only counted.

    Raises:
        OSError: the folder cannot be written; the alert was then sent all the same.
    """
    try:
        with _alone(settings):
            trouble, message = _seen(alert, settings, cause)
            if message is None:
                _save(trouble, settings)
                return None
            file = _note(trouble, message, settings)
    except OSError:
        outbox.send_unkept(alert, settings)
        raise
    outbox.hand_over(message, file, settings)
    return file


def resolve(
    settings: Settings,
    *,
    kinds: tuple[Kind, ...],
    source: str | None = None,
    file: str | None = None,
    because: str = _NOT_SEEN,
    tell: bool = True,
) -> int:
    """Mark open troubles as gone, and say so to who heard of them.

    It never raises: what cannot be written down now stays open until the next call.

    Args:
        kinds: of these kinds.
        source: of this source only.
        file: about a file of this name only.
        because: Dutch sentence on what ended it; no value of the data.
        tell: False closes in silence.

    Returns:
        How many troubles were open and are gone.
    """
    return _resolve(settings, _about(kinds, source, file), because, tell=tell)


def close(settings: Settings, fingerprint: str) -> int:
    """Close by hand what no later delivery will end, such as a file that nobody sends again.

    Args:
        fingerprint: of the trouble, or the beginning of it; nothing is closed where it fits more
            than one.

    Returns:
        How many open troubles it fits.
    """
    fitting = [
        trouble.alert.fingerprint
        for trouble in open_troubles(settings)
        if trouble.alert.fingerprint.startswith(fingerprint)
    ]
    if len(fitting) == 1:
        because = "De beheerder heeft dit met de hand gesloten."
        _resolve(settings, lambda trouble: trouble.alert.fingerprint in fitting, because)
    return len(fitting)


def settle(
    present: Iterable[Alert],
    settings: Settings,
    *,
    kinds: tuple[Kind, ...],
    source: str | None = None,
    file: str | None = None,
    because: str = _NOT_SEEN,
) -> None:
    """Tell of the troubles that are there now, and resolve all others of these kinds.

    For what is looked at as a whole, such as which sources are late.

    Args:
        present: all troubles of these kinds (and this source) that exist.
        source: look at this source only.
        file: look at this file only.

    Raises:
        OSError: as ``raise_alert``, after every alert was tried.
    """
    alerts = list(present)
    try:
        raise_all(alerts, settings)
    finally:
        end_others(alerts, settings, kinds=kinds, source=source, file=file, because=because)


def raise_all(alerts: Iterable[Alert], settings: Settings, cause: str | None = None) -> None:
    """Tell of each.

    Raises:
        OSError: as ``raise_alert``, after every alert was tried.
    """
    failed = None
    for alert in alerts:
        try:
            raise_alert(alert, settings, cause)
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed


def end_others(
    alerts: Iterable[Alert],
    settings: Settings,
    *,
    kinds: tuple[Kind, ...],
    source: str | None = None,
    file: str | None = None,
    because: str = _NOT_SEEN,
) -> None:
    """Resolve all troubles of these kinds (and source, and file) but those of the alerts."""
    still = {alert.fingerprint for alert in alerts}
    ours = _about(kinds, source, file)
    _resolve(settings, lambda t: ours(t) and t.alert.fingerprint not in still, because)


def remind(settings: Settings) -> int:
    """Send the reminders that are due, also of what no run meets again; return how many.

    It never raises: what cannot be written down now is due at the next call.
    """

    def due(trouble: Trouble) -> bool:
        return trouble.open and trouble.pending is None and _overdue(trouble, settings)

    if not any(map(due, _all(settings))):
        return 0
    now, made = settings.clock(), list[tuple[Alert, Path]]()
    with _no_disk("a reminder could not be written"):
        with _alone(settings):
            for trouble in filter(due, _all(settings)):
                alert = trouble.alert.model_copy(update={"happened_at": now})
                message = alert.as_reminder(trouble.first_seen, trouble.times)
                told = trouble.model_copy(update={"told_at": now})
                made.append((message, _note(told, message, settings)))
        for message, file in made:
            outbox.hand_over(message, file, settings)
    return len(made)


def resend_unsent(settings: Settings) -> int:
    """Try again what was not sent, oldest first; return how many messages are now fully sent.

    A message that a killed run did not write into the outbox is written first, also where nobody
    is to be sent it.
    """
    if any(trouble.pending for trouble in _all(settings)):
        with _no_disk("a message could not be written"), _alone(settings):
            for trouble in _all(settings):
                _finished(trouble, settings)
    return outbox.resend(settings)


def open_troubles(settings: Settings) -> list[Trouble]:
    """Troubles that are not gone, the oldest first."""
    found = [trouble for trouble in _all(settings) if trouble.open]
    return sorted(found, key=lambda trouble: (trouble.first_seen, trouble.alert.fingerprint))


def _seen(
    alert: Alert, settings: Settings, cause: str | None = None
) -> tuple[Trouble, Alert | None]:
    """The new state of a trouble, and what to say of it, if anything."""
    now = settings.clock()
    trouble = _load(_state_file(alert.fingerprint, settings))
    if trouble is not None and cause is not None and trouble.cause == cause:
        return trouble, trouble.pending  # a run that was killed had come as far as this
    if trouble is not None:
        trouble = _finished(trouble, settings)
    if trouble is None or not trouble.open:
        new = Trouble(alert=alert, first_seen=now, last_seen=now, told_at=now, cause=cause)
        return new, alert
    worse = alert.severity == "critical" and trouble.alert.severity == "warning"
    if trouble.alert.severity == "critical":
        alert = alert.model_copy(update={"severity": "critical"})  # its readers hear the end too
    again = trouble.model_copy(
        update={
            "alert": alert, "last_seen": now, "times": trouble.times + 1, "cause": cause,
        }
    )  # fmt: skip
    told = again.model_copy(update={"told_at": now})
    unheard = trouble.reach(settings) == "nobody" and anyone_for(settings, alert.severity)
    if worse or unheard:
        return told, alert
    if _overdue(trouble, settings):
        return told, alert.as_reminder(again.first_seen, again.times)
    return again, None


def _overdue(trouble: Trouble, settings: Settings) -> bool:
    # What reached nobody yet waits in the outbox: a reminder of it would be the first to arrive.
    quiet = settings.clock() - trouble.told_at
    long_ago = quiet >= timedelta(days=settings.alert_reminder_days)
    return long_ago and trouble.reach(settings) == "someone"


def _about(
    kinds: tuple[Kind, ...], source: str | None, file: str | None
) -> Callable[[Trouble], bool]:
    def ours(trouble: Trouble) -> bool:
        alert = trouble.alert
        return alert.kind in kinds and source in (None, alert.source) and file in (None, alert.file)

    return ours


def _resolve(
    settings: Settings, gone: Callable[[Trouble], bool], because: str, *, tell: bool = True
) -> int:
    def ended(trouble: Trouble) -> bool:
        return trouble.open and gone(trouble)

    if not any(map(ended, _all(settings))):  # the common case makes no file and takes no lock
        return 0
    now, closed, made = settings.clock(), 0, list[tuple[Alert, Path]]()
    with _no_disk("a trouble could not be marked as gone"):
        with _alone(settings):
            for trouble in filter(ended, _all(settings)):
                told = _finished(trouble, settings)
                past = told.model_copy(update={"resolved_at": now})
                if tell and told.reach(settings) != "nobody":
                    message = told.alert.as_resolved(told.first_seen, told.times, because, now)
                    made.append((message, _note(past, message, settings)))
                else:
                    _save(past, settings)
                closed += 1
        for message, path in made:
            outbox.hand_over(message, path, settings)
    return closed


def _note(trouble: Trouble, message: Alert, settings: Settings) -> Path:
    """Write the state and the message; return the message's file."""
    _save(trouble.model_copy(update={"pending": message}), settings)
    file = outbox.keep(message, settings.alerts_dir)
    _save(trouble.model_copy(update={"pending": None, "message": file.stem}), settings)
    return file


def _finished(trouble: Trouble, settings: Settings) -> Trouble:
    """Do what a killed run left undone."""
    if trouble.pending is None:
        return trouble
    _note(trouble, trouble.pending, settings)
    return _load(_state_file(trouble.alert.fingerprint, settings)) or trouble


@contextmanager
def _no_disk(trouble: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _LOG.error("%s (%s)", trouble, type(error).__name__)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Look and write as the only process. Sending has a lock of its own: it can take minutes."""
    settings.alerts_dir.mkdir(parents=True, exist_ok=True)
    with locked(settings.alerts_dir / ".troubles", _PATIENCE):
        yield


def _state_file(fingerprint: str, settings: Settings) -> Path:
    return settings.alerts_dir / f"{fingerprint}{_SUFFIX}"


def _save(trouble: Trouble, settings: Settings) -> None:
    file = _state_file(trouble.alert.fingerprint, settings)
    write(file, trouble.model_dump_json(indent=2) + "\n")


def _load(file: Path) -> Trouble | None:
    """The state; None when it is absent or damaged, since told twice is better than never."""
    try:
        return Trouble.model_validate_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        _LOG.warning("%s cannot be read; the trouble counts as new", file.name)
        return None


def _all(settings: Settings) -> list[Trouble]:
    files = sorted(settings.alerts_dir.glob(f"*{_SUFFIX}"))
    return [trouble for file in files if (trouble := _load(file)) is not None]
