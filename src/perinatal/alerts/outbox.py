"""The outbox: a message is first a file, then sent. What could not be sent is tried again.

``<id>.json`` is the message, ``<id>.txt`` its text, ``<id>.sent.json`` what became of the sending.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from perinatal.alerts import channels
from perinatal.alerts.channels import DELIVERED, Channel, addresses, anyone_for
from perinatal.alerts.files import as_json, claim, locked, read_json, write
from perinatal.alerts.message import Alert
from perinatal.alerts.render import render_text
from perinatal.settings import Settings

_LOG = logging.getLogger(__name__)

_SLOW = 5.0
_ONE_THREAD = threading.Lock()  # two threads would restore each other's muted log levels

Reach = Literal["nobody", "waiting", "someone"]
_Result = TypeVar("_Result")


def keep(alert: Alert, folder: Path) -> Path:
    """Write a message under its id; a different one with the same id gets a number behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    content = alert.model_dump_json(indent=2) + "\n"
    file, number = folder / f"{alert.id}.json", 1
    while not claim(file, content):
        number += 1
        file = folder / f"{alert.id}-{number}.json"
    title, body = render_text(alert)
    write(file.with_suffix(".txt"), f"{title}\n\n{body}")
    return file


def hand_over(alert: Alert, file: Path, settings: Settings) -> None:
    """Try to send what was just kept. A failure to send is no error: the message waits."""
    _LOG.warning("alert %s: %s", file.stem, alert.kind)
    if anyone_for(settings, alert.severity):
        guarded(lambda: _deliver([file], settings), 0)
        return
    _LOG.warning("no address is set (PERINATAL_ALERT_URLS): the alert is a file only")
    _mark_unheard(file)


def _mark_unheard(*files: Path) -> int:
    """Complete, with nobody told: who sets an address later is not flooded with old alerts."""
    for file in files:
        write(_sent_file(file), as_json({"complete": True, "channels": {}}))
    return 0


def send_unkept(alert: Alert, settings: Settings) -> None:
    """Send a message that could not be kept: a full disk may be the very trouble."""

    def work() -> int:
        mine = [c for c in channels.channels(settings) if alert.severity in c.severities]
        return sum(channels.send(channel, alert) == DELIVERED for channel in mine)

    guarded(work, 0)


def reach(file: Path) -> Reach:
    """Who has had a message: nobody (there was no address), nobody yet, or someone."""
    if not file.is_file():
        return "someone"  # old messages may be thrown away
    record = read_json(_sent_file(file))
    outcomes = [past.get("outcome") for past in record.get("channels", {}).values()]
    if DELIVERED in outcomes:
        return "someone"
    return "nobody" if record.get("complete") and not outcomes else "waiting"


def resend(settings: Settings) -> int:
    """Try again what was not sent, oldest first; return how many messages are now fully sent."""
    if not settings.alerts_dir.is_dir():
        return 0
    waiting = [
        file
        for file in settings.alerts_dir.glob("*.json")
        if not file.name.endswith(".sent.json") and not read_json(_sent_file(file)).get("complete")
    ]
    if not addresses(settings):
        # what a run was killed over before it could hand it over; what was tried once still waits
        new = [file for file in waiting if not _sent_file(file).exists()]
        return guarded(lambda: _mark_unheard(*new), 0)
    # By the moment behind the fingerprint, with which the name begins.
    waiting.sort(key=lambda file: (file.stem.partition("-")[2], file.name))
    return guarded(lambda: _deliver(waiting, settings), 0) if waiting else 0


def guarded(step: Callable[[], _Result], otherwise: _Result) -> _Result:
    """Run a sending step; telling about trouble must never become trouble."""
    try:
        with _ONE_THREAD, channels.silenced():
            return step()
    except Exception as error:
        # Only the type: the text of an error can hold the address with its password.
        _LOG.error("alerts could not be sent (%s); they wait in the outbox", type(error).__name__)
        return otherwise


def _sent_file(file: Path) -> Path:
    return file.with_name(f"{file.stem}.sent.json")


def _deliver(files: Sequence[Path], settings: Settings) -> int:
    # One process at a time, so that nothing is sent twice.
    with locked(settings.alerts_dir / ".sending", 2 * channels.DEADLINE):
        receivers, slow = channels.channels(settings), set[str]()
        return sum(_deliver_one(file, receivers, slow, settings.clock()) for file in files)


def _deliver_one(
    file: Path, receivers: Sequence[Channel], slow: set[str], moment: datetime
) -> bool:
    """Send one message to who has not had it; True when everyone has it now."""
    record = read_json(_sent_file(file))  # read under the lock: another run may have sent it
    if record.get("complete"):
        return False
    try:
        alert = Alert.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        _LOG.error("alert file %s cannot be read", file.name)
        return False
    mine = [channel for channel in receivers if alert.severity in channel.severities]
    if not mine:
        return False
    outcomes: dict[str, dict[str, Any]] = dict(record.get("channels", {}))
    for channel in mine:
        past = outcomes.get(channel.label, {})
        if past.get("outcome") == DELIVERED or channel.label in slow:
            continue
        began = time.monotonic()
        outcome = channels.send(channel, alert)
        if outcome != DELIVERED:
            _LOG.warning("alert %s, %s: %s", file.stem, channel.label, outcome)
            if time.monotonic() - began > _SLOW:
                slow.add(channel.label)  # do not wait again for every alert of a long queue
        tries = past.get("tries", 0) + 1
        outcomes[channel.label] = {
            "outcome": outcome,
            "tries": tries,
            "last_try": moment.isoformat(),
        }
        # After every message: a run that is killed here sends at most this one again.
        write(_sent_file(file), as_json({"complete": False, "channels": outcomes}))
    done = all(outcomes.get(c.label, {}).get("outcome") == DELIVERED for c in mine)
    write(_sent_file(file), as_json({"complete": done, "channels": outcomes}))
    return done
