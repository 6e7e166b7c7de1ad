"""Who is told of what, and the webhook of our own, against a real web server."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable

import pytest

from perinatal.alerts import (
    Alert,
    channels,
    raise_alert,
    resend_unsent,
    send_trial,
    webhook_body,
)
from perinatal.settings import Settings

from .conftest import Hook, Postbox, free_port, keys_of, mail_url

MakeSettings = Callable[..., Settings]


def test_a_webhook_receives_our_json(settings: MakeSettings, alert: Alert, hook: Hook) -> None:
    url = hook.url.replace("//", "//gebr%40uiker:ge%2Fheim@")
    raise_alert(alert, settings(url))
    assert hook.bodies == [json.loads(webhook_body(alert))]
    assert hook.paths == ["/meldingen?x=1"]
    [headers] = hook.headers
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    login = base64.b64decode(headers["Authorization"].removeprefix("Basic "))
    assert login == b"gebr@uiker:ge/heim"
    assert "@" not in headers["Host"]


def test_a_webhook_that_answers_500_then_200_gets_it_once(
    settings: MakeSettings, alert: Alert, hook: Hook
) -> None:
    configured = settings(hook.url)
    hook.status = 500
    raise_alert(alert, configured)
    assert resend_unsent(configured) == 0
    hook.status = 200
    assert resend_unsent(configured) == 1
    assert resend_unsent(configured) == 0
    assert [body["id"] for body in hook.bodies] == [alert.id]
    assert len(hook.paths) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_webhook_that_sends_us_elsewhere_has_not_got_it(
    settings: MakeSettings, alert: Alert, hook: Hook, status: int
) -> None:
    hook.status, hook.location = status, f"http://127.0.0.1:{hook.port}/inloggen"
    configured = settings(hook.url)
    raise_alert(alert, configured)
    assert resend_unsent(configured) == 0
    assert set(hook.paths) == {"/meldingen?x=1"}


def test_a_web_server_that_says_nothing_does_not_hold_the_run(
    settings: MakeSettings, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "DEADLINE", 0.5)
    with socket.socket() as server, Postbox() as box:
        server.bind(("127.0.0.1", 0))
        server.listen()
        mute = f"webhook+http://127.0.0.1:{server.getsockname()[1]}"
        file = raise_alert(alert, settings(mute, mail_url(box.port)))
        assert file is not None
        record = json.loads(file.with_name(f"{file.stem}.sent.json").read_text(encoding="utf-8"))
        assert record["channels"]["webhook+http 127.0.0.1"]["outcome"] == "no answer in time"
        assert record["complete"] is False
        assert len(box.mails) == 1


@pytest.mark.parametrize(
    "url",
    ["webhook+ftp://x.nl", "webhook+https://", "webhook+http://x.nl:poort/", "webhook://x.nl"],
)
def test_an_address_that_cannot_be_used_is_named(settings: MakeSettings, url: str) -> None:
    [(channel, outcome)] = send_trial(settings(url))
    assert outcome == channels.UNUSABLE
    assert channel.label.endswith("(unusable)")


def test_routes_by_severity(settings: MakeSettings, alert: Alert) -> None:
    with Postbox() as box:

        def to(name: str) -> str:
            return mail_url(box.port, to=f"{name}@example.nl")

        configured = settings(
            to("alles"),
            alert_urls_critical=f"{to('wacht')} {to('beide')} {to('alles')}",
            alert_urls_warning=to("beide"),
        )
        raise_alert(alert, configured)
        assert box.receivers == ["alles@example.nl", "wacht@example.nl", "beide@example.nl"]
        box.receivers.clear()
        warning = alert.model_copy(update={"severity": "warning", "source": "andere"})
        file = raise_alert(warning, configured)
        assert box.receivers == ["alles@example.nl", "beide@example.nl"]
        assert file is not None
        record = json.loads(file.with_name(f"{file.stem}.sent.json").read_text(encoding="utf-8"))
        assert record["complete"] is True
        assert resend_unsent(configured) == 0


def test_a_severity_without_receiver_is_a_file_only(
    settings: MakeSettings, alert: Alert, postbox: Postbox
) -> None:
    configured = settings(alert_urls_warning=mail_url(postbox.port))
    file = raise_alert(alert, configured)
    assert file is not None
    assert file.exists()
    assert resend_unsent(configured) == 0
    assert postbox.mails == []


def test_the_trial_goes_to_everyone_and_stays_nowhere(
    settings: MakeSettings, postbox: Postbox, hook: Hook
) -> None:
    down = mail_url(free_port())
    configured = settings(mail_url(postbox.port), down, alert_urls_critical=hook.url)
    results = send_trial(configured)
    assert [(one.label, outcome) for one, outcome in results] == [
        ("mailto 127.0.0.1", "delivered"),
        ("mailto 127.0.0.1 #2", "failed"),
        ("webhook+http 127.0.0.1", "delivered"),
    ]
    [mail] = postbox.mails
    assert mail["Subject"] == "perinatal: Proefbericht"
    assert keys_of(mail) is not None
    assert [body["kind"] for body in hook.bodies] == ["trial"]
    assert not configured.alerts_dir.exists()
