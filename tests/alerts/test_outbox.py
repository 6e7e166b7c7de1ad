"""The outbox against real local servers: kept first, sent once, silent about secrets."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from perinatal.alerts import (
    Alert,
    channels,
    outbox,
    raise_alert,
    render_html,
    render_keys,
    render_text,
    resend_unsent,
)
from perinatal.settings import Settings

from .conftest import Hook, Postbox, free_port, html_of, keys_of, mail_url, text_of

MakeSettings = Callable[..., Settings]


def _record(file: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        file.with_name(f"{file.stem}.sent.json").read_text(encoding="utf-8")
    )
    return found


def _outcomes(file: Path) -> dict[str, str]:
    channels = _record(file)["channels"]
    assert isinstance(channels, dict)
    return {label: channel["outcome"] for label, channel in channels.items()}


def test_the_mail_arrives_as_readable_dutch(
    postbox: Postbox, settings: MakeSettings, alert: Alert
) -> None:
    file = raise_alert(alert, settings(mail_url(postbox.port)))
    title, body = render_text(alert)
    [mail] = postbox.mails
    assert mail["Subject"] == title
    assert "súdwest" in mail["Subject"]
    assert mail["To"] == "beheer@example.nl"
    assert "perinatal@example.nl" in mail["From"]
    attached = (
        f"De plaatsen staan ook in het bestand sleutels-{alert.fingerprint}.csv bij deze mail."
    )
    whole = f"{title} {body}".replace("\nKenmerk", f"\n{attached}\nKenmerk")
    assert text_of(mail).split() == whole.split()
    assert html_of(mail).replace("\r\n", "\n").strip() == render_html(alert).strip()
    assert keys_of(mail) == render_keys(alert)
    assert "Eén gemeente" in text_of(mail)
    assert file.name == f"{alert.id}.json"
    assert Alert.model_validate_json(file.read_text(encoding="utf-8")) == alert
    assert file.with_suffix(".txt").read_text(encoding="utf-8") == f"{title}\n\n{body}"
    assert _outcomes(file) == {"mailto 127.0.0.1": "delivered"}
    assert not list(file.parent.glob(".*.part"))
    assert resend_unsent(settings(mail_url(postbox.port))) == 0
    assert len(postbox.mails) == 1


def test_a_server_that_is_down_loses_nothing(settings: MakeSettings, alert: Alert) -> None:
    port = free_port()
    configured = settings(mail_url(port))
    file = raise_alert(alert, configured)
    moment = alert.happened_at + timedelta(hours=1)
    later = alert.model_copy(update={"happened_at": moment, "source": "andere"})
    raise_alert(later, configured)
    assert file.exists()
    assert file.with_suffix(".txt").exists()
    assert _outcomes(file) == {"mailto 127.0.0.1": "failed"}
    assert resend_unsent(configured) == 0
    with Postbox(port) as box:
        assert resend_unsent(configured) == 2
        assert resend_unsent(configured) == 0
        sent = [text_of(mail).split("Kenmerk: ")[1].split()[0] for mail in box.mails]
    assert sent == [alert.id, later.id]


def test_a_refusal_keeps_the_alert_and_spares_the_other_receivers(
    settings: MakeSettings, alert: Alert
) -> None:
    with Postbox(refuse={"weg@example.nl"}) as box:
        configured = settings(mail_url(box.port, to="weg@example.nl,hier@example.nl"))
        file = raise_alert(alert, configured)
        assert _outcomes(file) == {"mailto 127.0.0.1": "failed", "mailto 127.0.0.1 #2": "delivered"}
        assert resend_unsent(configured) == 0
        box.refuse.clear()
        assert resend_unsent(configured) == 1
        assert resend_unsent(configured) == 0
        assert box.receivers == ["hier@example.nl", "weg@example.nl"]


@contextmanager
def _mute_server() -> Iterator[int]:
    """Accepts a connection and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize(("extra", "outcome"), [("&cto=0.3", "failed"), ("", "no answer in time")])
def test_a_slow_server_does_not_hold_the_run(
    settings: MakeSettings,
    alert: Alert,
    monkeypatch: pytest.MonkeyPatch,
    extra: str,
    outcome: str,
) -> None:
    monkeypatch.setattr(channels, "DEADLINE", 10.0 if extra else 0.3)
    with _mute_server() as port:
        file = raise_alert(alert, settings(mail_url(port, extra=extra)))
    assert _outcomes(file) == {"mailto 127.0.0.1": outcome}


def test_a_slow_server_is_asked_once_a_run(
    settings: MakeSettings, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_SLOW", 0.1)
    with _mute_server() as port:
        configured = settings(mail_url(port, extra="&cto=0.3"))
        for hours in range(3):
            moment = alert.happened_at + timedelta(hours=hours)
            other = alert.model_copy(update={"happened_at": moment, "source": f"bron{hours}"})
            file = raise_alert(other, configured)
        resend_unsent(configured)
    tries = [
        channel["tries"]
        for record in sorted(file.parent.glob("*.sent.json"), key=lambda f: f.name[12:])
        for channel in json.loads(record.read_text(encoding="utf-8"))["channels"].values()
    ]
    assert tries == [2, 1, 1]


def test_no_secret_in_any_file_or_log(
    settings: MakeSettings, alert: Alert, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "Zeer-Geheim"
    with Postbox() as box, caplog.at_level(1):
        urls = (
            mail_url(box.port, login=f"gebruiker:{secret}@"),
            mail_url(free_port(), login=f"gebruiker:{secret}@"),
            f"mailto://gebruiker:{secret}/onleesbaar@example.nl",
            f"{secret}zonder-schema",
            f"jsons://u:{secret}@127.0.0.1:{free_port()}/{secret}?+Authorization={secret}",
            f"tgram://123456789:{secret}abcdefgh/{secret}",
            f"webhook+http://u:{secret}@127.0.0.1:{free_port()}/{secret}?token={secret}",
            f"webhook+ftp://u:{secret}@127.0.0.1/{secret}",
            f"slack://{secret}/{secret}/{secret}",
        )
        file = raise_alert(alert, settings(*urls[:5], *urls[6:8]))
        resend_unsent(settings(*urls[:5], *urls[6:8]))
        with channels.silenced():
            labels = [channel.label for channel in channels.channels(settings(*urls[5:]))]
        assert len(box.mails) == 1
        assert box.logins == [secret.encode()]
    assert _outcomes(file) == {
        "mailto 127.0.0.1": "delivered",
        "mailto 127.0.0.1 #2": "failed",
        "mailto (unusable)": "unusable address",
        "? (unusable)": "unusable address",
        "jsons 127.0.0.1": "failed",
        "webhook+http 127.0.0.1": "failed",
        "webhook+ftp (unusable)": "unusable address",
    }
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) >= 3
    assert not [path for path in kept if secret.encode() in path.read_bytes()]
    # All loggers, but that of the mail server of this test, which tells who logs in.
    said = [record for record in caplog.records if not record.name.startswith("mail")]
    assert said
    assert not [record for record in said if secret in record.getMessage()]
    assert secret not in " ".join(labels)


def test_the_libraries_are_muted_only_while_sending(
    settings: MakeSettings, alert: Alert, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(1):
        raise_alert(alert, settings("mailto://gebruiker:Zeer-Geheim/x@example.nl"))
    assert not [record for record in caplog.records if record.name in ("apprise", "urllib3")]
    assert logging.getLogger("apprise").level == logging.NOTSET


def test_a_web_server_of_apprise_that_answers_500_is_tried_again(
    settings: MakeSettings, alert: Alert, hook: Hook
) -> None:
    hook.status = 500
    marked = alert.model_copy(update={"source": "<b>*wijk*</b> & [x](http://x)"})
    configured = settings(f"json://127.0.0.1:{hook.port}/x")
    file = raise_alert(marked, configured)
    assert _outcomes(file) == {"json 127.0.0.1": "failed"}
    hook.status = 200
    assert resend_unsent(configured) == 1
    assert resend_unsent(configured) == 0
    [message] = hook.bodies
    assert "Bron: <b>*wijk*</b> & [x](http://x)" in message["message"]


def test_the_same_moment_overwrites_nothing(alert: Alert, tmp_path: Path) -> None:
    first = outbox.keep(alert, tmp_path)
    other = alert.model_copy(update={"problem": "Iets anders."})
    second = outbox.keep(other, tmp_path)
    third = outbox.keep(other, tmp_path)
    assert first != second == third
    assert second.name == f"{alert.id}-2.json"
    assert Alert.model_validate_json(first.read_text(encoding="utf-8")) == alert
    assert Alert.model_validate_json(second.read_text(encoding="utf-8")) == other
    assert "Iets anders." in second.with_suffix(".txt").read_text(encoding="utf-8")


def test_a_volume_without_hard_links_overwrites_nothing_either(
    alert: Alert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    test_the_same_moment_overwrites_nothing(alert, tmp_path)


def test_without_an_address_it_is_a_file_and_is_not_mailed_years_later(
    postbox: Postbox, settings: MakeSettings, alert: Alert
) -> None:
    file = raise_alert(alert, settings())
    assert file.exists()
    assert resend_unsent(settings(mail_url(postbox.port))) == 0
    assert postbox.mails == []


def test_a_run_killed_before_sending_is_caught_up(
    postbox: Postbox, settings: MakeSettings, alert: Alert
) -> None:
    file = raise_alert(alert, settings())
    file.with_name(f"{file.stem}.sent.json").unlink()
    (file.parent / "vreemd.json").write_text("{", encoding="utf-8")
    assert resend_unsent(settings(mail_url(postbox.port))) == 1
    assert len(postbox.mails) == 1


def test_two_runs_at_once_send_one_mail(settings: MakeSettings, alert: Alert) -> None:
    port = free_port()
    configured = settings(mail_url(port))
    raise_alert(alert, configured)
    code = (
        "import sys; from perinatal.alerts import resend_unsent;"
        "from perinatal.settings import Settings;"
        "print(resend_unsent(Settings(data_dir=sys.argv[1], alert_urls=sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, str(configured.data_dir), configured.alert_urls]
    with Postbox(port, wait=1) as box:
        runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        counts = sorted(run.communicate(timeout=60)[0].strip() for run in runs)
        assert len(box.mails) == 1
    assert counts == ["0", "1"]


def test_an_unwritable_folder_is_an_error_but_the_mail_goes(
    postbox: Postbox, settings: MakeSettings, alert: Alert, tmp_path: Path
) -> None:
    (tmp_path / "alerts").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="alerts"):
        raise_alert(alert, settings(mail_url(postbox.port)))
    assert len(postbox.mails) == 1
    assert resend_unsent(settings(mail_url(postbox.port))) == 0


def test_a_forged_file_name_adds_no_header(
    postbox: Postbox, settings: MakeSettings, alert: Alert
) -> None:
    forged = Alert.model_validate(
        alert.model_dump() | {"file": "x\r\nBcc: derde@example.nl\r\n\r\n<h1>hallo</h1>.csv"}
    )
    raise_alert(forged, settings(mail_url(postbox.port)))
    [mail] = postbox.mails
    assert mail["Bcc"] is None
    assert "<h1>hallo" not in html_of(mail)
    assert postbox.receivers == ["beheer@example.nl"]


def test_apprise_is_imported_only_to_send() -> None:
    code = "import sys, perinatal.alerts; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
