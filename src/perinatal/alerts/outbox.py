"""The outbox: an alert is first a file, then a message. What could not be sent is tried again.

``<id>.json`` is the alert, ``<id>.txt`` its text, ``<id>.sent.json`` what became of the sending.
"""

from __future__ import annotations

import copy
import json
import logging
import re
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from perinatal.alerts.message import Alert, render_text
from perinatal.settings import Settings

_LOG = logging.getLogger(__name__)

DEADLINE = 60.0
"""Seconds for one message to one address; a server that drips bytes would hold a run for ever."""
_SLOW = 5.0
_DELIVERED = "delivered"
_ONE_THREAD = threading.Lock()  # two threads would restore each other's muted log levels
# Elsewhere (Slack, Telegram, ...) the 'host' of an apprise URL is a token, so it is a secret.
_HOST_IS_A_HOST = ("mailto", "json", "xml", "form")


class _Channel(NamedTuple):
    """One receiver: a name without secrets, and the apprise plugin (None: URL not usable)."""

    label: str
    plugin: Any


def raise_alert(alert: Alert, settings: Settings) -> Path:
    """Keep the alert as a file, then try to send it; return the path of the JSON file.

    Only a folder that cannot be written raises (OSError), after the alert was sent all the same.
    """
    try:
        file = _keep(alert, settings.alerts_dir)
    except OSError:
        # A full disk may be the very trouble: the message is then the only trace.
        _guarded(lambda: _send_unkept(alert, settings))
        raise
    _LOG.warning("alert %s: %s", file.stem, alert.kind)
    if settings.alert_urls.split():
        _guarded(lambda: _deliver([file], settings))
    else:
        # Marked complete: who sets an address later is not flooded with alerts of long ago.
        _LOG.warning("no alert address is set (PERINATAL_ALERT_URLS): the alert is a file only")
        _write(_sent_file(file), _as_json({"complete": True, "channels": {}}))
    return file


def resend_unsent(settings: Settings) -> int:
    """Try again what was not sent, oldest first; return how many alerts are now fully sent."""
    if not settings.alert_urls.split() or not settings.alerts_dir.is_dir():
        return 0
    waiting = [
        file
        for file in settings.alerts_dir.glob("*.json")
        if not file.name.endswith(".sent.json") and not _read_json(_sent_file(file)).get("complete")
    ]
    # By the moment at the end of the name: the name begins with the fingerprint.
    waiting.sort(key=lambda file: (file.stem.partition("-")[2], file.name))
    return _guarded(lambda: _deliver(waiting, settings)) if waiting else 0


def _keep(alert: Alert, folder: Path) -> Path:
    """Write the alert under its id; a different alert with the same id gets a number behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    content = alert.model_dump_json(indent=2) + "\n"
    file, number = folder / f"{alert.id}.json", 1
    while not _claim(file, content):
        number += 1
        file = folder / f"{alert.id}-{number}.json"
    title, body = render_text(alert)
    _write(file.with_suffix(".txt"), f"{title}\n\n{body}")
    return file


def _claim(file: Path, content: str) -> bool:
    """Put the content in place unless something else is there; True when it is there now."""
    part = _part(file, content)
    try:
        file.hardlink_to(part)  # unlike a rename it fails on an existing file, also in a race
    except FileExistsError:
        return file.read_text(encoding="utf-8") == content
    except OSError:  # some network and USB volumes know no hard links
        if file.exists():
            return file.read_text(encoding="utf-8") == content
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return True


def _write(file: Path, content: str) -> None:
    """Whole or not at all."""
    _part(file, content).replace(file)


def _part(file: Path, content: str) -> Path:
    part = file.with_name(f".{uuid.uuid4().hex}.part")
    part.write_text(content, encoding="utf-8", newline="\n")
    return part


def _sent_file(file: Path) -> Path:
    return file.with_name(f"{file.stem}.sent.json")


def _as_json(record: dict[str, Any]) -> str:
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _read_json(file: Path) -> dict[str, Any]:
    """The record; empty when it is absent or damaged, since twice is better than never."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _guarded(step: Callable[[], int]) -> int:
    """Run a sending step; telling about trouble must never become trouble."""
    try:
        with _ONE_THREAD, _silenced():
            return step()
    except Exception as error:
        # Only the type: the text of an error can hold the address with its password.
        _LOG.error("alerts could not be sent (%s); they wait in the outbox", type(error).__name__)
        return 0


def _deliver(files: Sequence[Path], settings: Settings) -> int:
    with _only_sender(settings.alerts_dir):
        channels, slow = _channels(settings.alert_urls.split()), set[str]()
        return sum(_deliver_one(file, channels, slow, settings.clock()) for file in files)


def _deliver_one(
    file: Path, channels: Sequence[_Channel], slow: set[str], moment: datetime
) -> bool:
    """Send one alert to who has not had it; True when everyone has it now."""
    record = _read_json(_sent_file(file))  # read under the lock: another run may have sent it
    if record.get("complete"):
        return False
    try:
        title, body = render_text(
            alert := Alert.model_validate_json(file.read_text(encoding="utf-8"))
        )
    except (OSError, ValueError):
        _LOG.error("alert file %s cannot be read", file.name)
        return False
    outcomes: dict[str, dict[str, Any]] = dict(record.get("channels", {}))
    for label, plugin in channels:
        past = outcomes.get(label, {})
        if past.get("outcome") == _DELIVERED or label in slow:
            continue
        began = time.monotonic()
        outcome = _send(plugin, title, body, alert)
        if outcome != _DELIVERED:
            _LOG.warning("alert %s, %s: %s", file.stem, label, outcome)
            if time.monotonic() - began > _SLOW:
                slow.add(label)  # do not wait again for every alert of a long queue
        tries = past.get("tries", 0) + 1
        outcomes[label] = {"outcome": outcome, "tries": tries, "last_try": moment.isoformat()}
        # After every message: a run that is killed here sends at most this one again.
        _write(_sent_file(file), _as_json({"complete": False, "channels": outcomes}))
    done = all(outcomes.get(c.label, {}).get("outcome") == _DELIVERED for c in channels)
    _write(_sent_file(file), _as_json({"complete": done, "channels": outcomes}))
    return done


def _send_unkept(alert: Alert, settings: Settings) -> int:
    title, body = render_text(alert)
    channels = _channels(settings.alert_urls.split())
    return sum(_send(c.plugin, title, body, alert) == _DELIVERED for c in channels)


def _channels(urls: Sequence[str]) -> list[_Channel]:
    import apprise  # half a second: paid only by a run that has something to tell

    asset = apprise.AppriseAsset(app_id="perinatal", app_desc="perinatal", app_url="")
    channels: list[_Channel] = []

    def add(label: str, plugin: Any) -> None:
        same = sum(c.label == label or c.label.startswith(f"{label} #") for c in channels)
        channels.append(_Channel(f"{label} #{same + 1}" if same else label, plugin))

    for url in urls:
        scheme = match[1].lower() if (match := re.match(r"([A-Za-z0-9]{1,20})://", url)) else "?"
        # As text, whatever the service likes: a file name is never read as HTML or Markdown.
        plain = f"{url}{'&' if '?' in url else '?'}format=text"
        plugin: Any = apprise.Apprise.instantiate(plain, asset=asset)
        host = getattr(plugin, "smtp_host", None) or getattr(plugin, "host", None)
        label = f"{scheme} {host}" if scheme.removesuffix("s") in _HOST_IS_A_HOST else scheme
        if plugin is None:
            add(f"{scheme} (unusable)", None)
        elif scheme.startswith("mailto"):
            plugin.request_rate_per_sec = 0  # the pause of 5.5 s is meant for chat services
            for target in plugin.targets:
                # One by one: else one refused receiver makes all others get it again each run.
                single = copy.copy(plugin)
                single.targets = [target]
                add(label, single)
        else:
            add(label, plugin)
    return channels


def _send(plugin: Any, title: str, body: str, alert: Alert) -> str:
    """Hand one message to one receiver, within the deadline; how it went, in a word."""
    import apprise

    if plugin is None:
        return "unusable address"
    kind = "failure" if alert.severity == "critical" else "warning"
    outcome = ["no answer in time"]

    def work() -> None:
        try:
            box = apprise.Apprise()
            box.add(plugin)
            sent = box.notify(
                title=title,
                body=body,
                body_format=apprise.NotifyFormat.TEXT,
                notify_type=apprise.NotifyType("info" if alert.kind == "trial" else kind),
            )
        except Exception:  # a plugin of one service must not take the others down
            sent = False
        outcome[:] = [_DELIVERED if sent else "failed"]

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(DEADLINE)
    return outcome[0]


@contextmanager
def _only_sender(folder: Path) -> Iterator[None]:
    """Let one process send at a time, so that nothing is sent twice.

    An SQLite lock, since it works on every platform, waits with a limit and ends with a killed
    process. When it cannot be had we send all the same: twice is better than never.
    """
    lock: sqlite3.Connection | None = None
    try:
        lock = sqlite3.connect(folder / ".sending", timeout=2 * DEADLINE, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        _LOG.warning("the outbox could not be locked; sending all the same")
    try:
        yield
    finally:
        if lock is not None:
            lock.close()


@contextmanager
def _silenced() -> Iterator[None]:
    """Mute the libraries that log addresses: apprise shows a URL that it cannot read as it is."""
    loggers = [logging.getLogger(name) for name in ("apprise", "urllib3")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
