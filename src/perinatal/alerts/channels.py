"""Who is told, and how: addresses of the settings become channels, a message goes through one.

Sending is left to apprise, with two choices of our own:

- A mail is sent as HTML; apprise makes its plain part from that HTML (our tests hold it equal to
  our own text). The part cannot be given to it, and sending by smtplib would lose what apprise
  knows of mail services, encryption and log-in.
- apprise's ``json://`` has a body of its own, to which flat fields can be added but no list of
  rules. ``webhook+https://`` (and ``webhook+http://``) send our documented body, by urllib.
"""

from __future__ import annotations

import copy
import logging
import re
import threading
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from perinatal.alerts.message import Alert, Severity
from perinatal.alerts.render import keys_name, render_html, render_keys, render_text
from perinatal.alerts.webhook import webhook_body
from perinatal.settings import Settings

DEADLINE = 60.0
"""Seconds for one message to one address; a server that drips bytes would hold a run for ever."""
DELIVERED = "delivered"
UNUSABLE = "unusable address"
_WEBHOOK = "webhook+"
_WEBHOOK_TIMEOUT = 10.0
# Elsewhere (Slack, Telegram, ...) the 'host' of an apprise URL is a token, so it is a secret.
_HOST_IS_A_HOST = ("mailto", "json", "xml", "form")


class Channel(NamedTuple):
    """One receiver: a name without secrets, what it is told, and how (None: URL not usable)."""

    label: str
    severities: tuple[Severity, ...]
    deliver: Callable[[Alert], bool] | None


def addresses(settings: Settings) -> dict[str, tuple[Severity, ...]]:
    """Each address once, with the severities it is told of."""
    everything = settings.alert_urls.split()
    lists: dict[Severity, list[str]] = {
        "critical": everything + settings.alert_urls_critical.split(),
        "warning": everything + settings.alert_urls_warning.split(),
    }
    return {
        url: tuple(severity for severity, urls in lists.items() if url in urls)
        for url in dict.fromkeys(lists["critical"] + lists["warning"])
    }


def anyone_for(settings: Settings, severity: Severity) -> bool:
    """Whether an address is set for this severity."""
    return any(severity in told for told in addresses(settings).values())


def channels(settings: Settings) -> list[Channel]:
    """All receivers. A label belongs to one receiver, whatever it is told."""
    import apprise  # half a second: paid only by a run that has something to tell

    asset = apprise.AppriseAsset(app_id="perinatal", app_desc="perinatal", app_url="")
    found: list[Channel] = []
    for url, told in addresses(settings).items():
        match = re.match(r"([A-Za-z0-9+]{1,20})://", url)
        scheme = match[1].lower() if match else "?"
        make = _webhooks(url) if scheme.startswith(_WEBHOOK) else _plugins(url, scheme, asset)
        for host, deliver in make:
            label = " ".join([scheme, *([host] if host else [])])
            same = sum(c.label == label or c.label.startswith(f"{label} #") for c in found)
            found.append(Channel(f"{label} #{same + 1}" if same else label, told, deliver))
    return found


_Found = Iterable[tuple[str, Callable[[Alert], bool] | None]]
_NOBODY: _Found = (("(unusable)", None),)


def _plugins(url: str, scheme: str, asset: Any) -> _Found:
    import apprise

    mail = scheme.startswith("mailto")
    # Elsewhere as text, whatever the service likes: a file name is never read as Markdown.
    form = "html" if mail else "text"
    plugin: Any = apprise.Apprise.instantiate(
        f"{url}{'&' if '?' in url else '?'}format={form}", asset=asset
    )
    if plugin is None:
        return _NOBODY
    host = getattr(plugin, "smtp_host", None) or getattr(plugin, "host", None)
    shown = str(host) if scheme.removesuffix("s") in _HOST_IS_A_HOST else ""
    if not mail:
        return [(shown, partial(_notify, plugin))]
    plugin.request_rate_per_sec = 0  # the pause of 5.5 s is meant for chat services
    found = []
    for target in plugin.targets:
        # One by one: else one refused receiver makes all others get it again each run.
        single = copy.copy(plugin)
        single.targets = [target]
        found.append((shown, partial(_mail, single)))
    return found


def _notify(plugin: Any, alert: Alert) -> bool:
    import apprise

    title, body = render_text(alert)
    return _sent(plugin, alert, title=title, body=body, body_format=apprise.NotifyFormat.TEXT)


def _mail(plugin: Any, alert: Alert) -> bool:
    import apprise
    from apprise.attachment.memory import AttachMemory

    keys = render_keys(alert)
    return _sent(
        plugin,
        alert,
        title=render_text(alert)[0],
        body=render_html(alert),
        body_format=apprise.NotifyFormat.HTML,
        attach=AttachMemory(keys, name=keys_name(alert), mimetype="text/csv") if keys else None,
    )


def _sent(plugin: Any, alert: Alert, **content: Any) -> bool:
    import apprise

    kind = "failure" if alert.severity == "critical" else "warning"
    kind = "success" if alert.stage == "resolved" else kind
    box = apprise.Apprise()
    box.add(plugin)
    kind = "info" if alert.kind == "trial" else kind
    return bool(box.notify(notify_type=apprise.NotifyType(kind), **content))


def _webhooks(url: str) -> _Found:
    try:
        parts = urlsplit(url[len(_WEBHOOK) :])
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        usable = False
    return [(parts.hostname or "", partial(_post, url[len(_WEBHOOK) :]))] if usable else _NOBODY


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A POST that is sent elsewhere becomes a GET, and a page to log in would look like success."""

    def redirect_request(self, *_: object) -> None:
        return None


def _post(url: str, alert: Alert) -> bool:
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "perinatal"}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    request = urllib.request.Request(
        place, data=webhook_body(alert).encode(), headers=headers, method="POST"
    )
    # any answer but 2xx is an error here
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=_WEBHOOK_TIMEOUT):
        return True


def send(channel: Channel, alert: Alert) -> str:
    """Hand one message to one receiver, within the deadline; how it went, in a few words."""
    deliver = channel.deliver
    if deliver is None:
        return UNUSABLE
    outcome = ["no answer in time"]

    def work() -> None:
        try:
            sent = deliver(alert)
        except Exception:  # one service must not take the others down
            sent = False
        outcome[:] = [DELIVERED if sent else "failed"]

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(DEADLINE)
    return outcome[0]


@contextmanager
def silenced() -> Iterator[None]:
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
