"""`perinatal alert`: what is open, and whether anybody can be reached."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from perinatal.alerts import Alert, raise_alert
from perinatal.errors import RetriableError, UserError
from perinatal.settings import Settings
from tests.alerts.conftest import Hook, Postbox, free_port, keys_of, mail_url

Call = Callable[..., Any]


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


def _trouble(folder: Path) -> Alert:
    moment = datetime(2026, 1, 2, 12, 30, tzinfo=UTC)
    alert = Alert(
        kind="late",
        severity="warning",
        source="oefen_perinataal",
        problem="De levering is te laat.",
        what_happened="De vorige cijfers blijven gelden.",
        to_do="Vraag ernaar.",
        happened_at=moment,
    )
    raise_alert(alert, Settings(data_dir=folder, now=moment))
    return alert


def test_nothing_is_open(perinatal: Call, tmp_path: Path) -> None:
    answer = perinatal("--data", "new", "alert")
    assert (answer.code, answer.out) == (0, "no open troubles\n")
    assert json.loads(perinatal("--data", "new", "alert", "--json").out) == []
    assert not (tmp_path / "new").exists()


def test_what_is_open_is_listed(perinatal: Call, tmp_path: Path) -> None:
    alert = _trouble(tmp_path)
    header, line = perinatal("--data", tmp_path, "alert").out.splitlines()
    assert header.split()[:4] == ["id", "trouble", "severity", "source"]
    for part in ("late ", "warning", "oefen_perinataal", "2026-01-02 12:30:00 UTC",
                 "no address was set", alert.id):  # fmt: skip
        assert part in line
    [found] = json.loads(perinatal("--data", tmp_path, "alert", "--json").out)
    assert found == {
        "fingerprint": alert.fingerprint, "kind": "late", "severity": "warning",
        "source": "oefen_perinataal", "file": None, "problem": "De levering is te laat.",
        "first_seen": "2026-01-02T12:30:00+00:00", "last_seen": "2026-01-02T12:30:00+00:00",
        "times": 1, "message": alert.id, "reached": "nobody",
    }  # fmt: skip


def test_a_trial_without_an_address_says_what_to_set(perinatal: Call) -> None:
    answer = perinatal("alert", "--test")
    assert answer.code == UserError.exit_code
    assert "Set PERINATAL_ALERT_URLS" in answer.err
    assert answer.out == ""


def test_a_trial_says_of_each_receiver_how_it_went(
    perinatal: Call, postbox: Postbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Hook() as hook:
        monkeypatch.setenv("PERINATAL_ALERT_URLS", mail_url(postbox.port, login="ik:Geheim@"))
        monkeypatch.setenv("PERINATAL_ALERT_URLS_CRITICAL", hook.url)
        good = perinatal("--data", "new", "alert", "--test")
        assert good.code == 0, good.err
        assert [line.split() for line in good.out.splitlines()[1:]] == [
            ["mailto", "127.0.0.1", "critical", "warning", "delivered"],
            ["webhook+http", "127.0.0.1", "critical", "delivered"],
        ]
        assert "Geheim" not in good.out + good.err
        assert keys_of(postbox.mails[0]) is not None

        hook.status = 500
        bad = perinatal("--data", "new", "alert", "--test", "--json")
        assert bad.code == RetriableError.exit_code
        assert [one["outcome"] for one in json.loads(bad.out)] == ["delivered", "failed"]
        assert "did not take the message" in bad.err
    # a trial is no trouble: nothing waits to be sent again
    assert not (tmp_path / "new").exists()


def test_a_trial_to_an_address_that_cannot_be_used(
    perinatal: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERINATAL_ALERT_URLS", f"onzin://x {mail_url(free_port())}")
    answer = perinatal("alert", "--test")
    assert answer.code == UserError.exit_code
    assert "onzin (unusable)" in answer.out
    assert "PERINATAL_ALERT_URLS" in answer.err


def test_a_reminder_needs_at_least_a_day(perinatal: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERINATAL_ALERT_REMINDER_DAYS", "0")
    answer = perinatal("alert")
    assert answer.code == UserError.exit_code
    assert "PERINATAL_ALERT_REMINDER_DAYS: " in answer.err


def test_a_trouble_is_closed_by_the_id_that_the_list_shows(perinatal: Call, tmp_path: Path) -> None:
    _trouble(tmp_path)
    name = perinatal("--data", tmp_path, "alert").out.splitlines()[1].split()[0]
    wrong = perinatal("--data", tmp_path, "alert", "--close", f"{name}x")
    assert (wrong.code, wrong.out) == (UserError.exit_code, "")
    assert "no open trouble with an id like" in wrong.err
    assert perinatal("--data", tmp_path, "alert", "--close", name).code == 0
    assert perinatal("--data", tmp_path, "alert").out == "no open troubles\n"
