"""One message per trouble, a reminder while it lasts, "hersteld" once when it is gone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from perinatal.alerts import (
    OF_A_DELIVERY,
    OF_A_RUN,
    Alert,
    close,
    open_troubles,
    outbox,
    raise_alert,
    remind,
    resend_unsent,
    resolve,
    settle,
    troubles,
)
from perinatal.settings import Settings

from .conftest import MOMENT, Hook, Postbox, free_port, mail_url

MakeSettings = Callable[..., Settings]


@pytest.fixture
def at(settings: MakeSettings, hook: Hook) -> MakeSettings:
    """The settings so many days later, with one webhook that is told of everything."""

    def make(days: float = 0, **changes: object) -> Settings:
        return settings(hook.url, **{"now": MOMENT + timedelta(days=days)} | changes)

    return make


def _later(alert: Alert, days: float, **changes: object) -> Alert:
    return alert.model_copy(update={"happened_at": MOMENT + timedelta(days=days)} | changes)


def _stages(hook: Hook) -> list[str]:
    return [body["stage"] for body in hook.bodies]


def test_what_is_open_is_counted_and_not_told_again(
    at: MakeSettings, alert: Alert, hook: Hook
) -> None:
    first = raise_alert(alert, at())
    assert first is not None
    for days in (1, 2, 2.9):
        assert raise_alert(_later(alert, days, delivery="ander"), at(days)) is None
    assert _stages(hook) == ["new"]
    [trouble] = open_troubles(at())
    assert (trouble.first_seen, trouble.times) == (MOMENT, 4)
    assert trouble.last_seen == MOMENT + timedelta(days=2.9)
    assert trouble.alert.delivery == "ander"
    assert trouble.message == first.stem
    assert trouble.reach(at()) == "someone"
    state = first.parent / f"{alert.fingerprint}.trouble"
    assert json.loads(state.read_text(encoding="utf-8"))["times"] == 4
    # another trouble is another message
    raise_alert(_later(alert, 3, source="andere"), at(3))
    assert _stages(hook) == ["new", "new"]


def test_a_reminder_after_the_set_time_once(at: MakeSettings, alert: Alert, hook: Hook) -> None:
    for days in (0, 2.99, 3, 3, 5.99, 6):
        raise_alert(_later(alert, days), at(days))
    assert _stages(hook) == ["new", "reminder", "reminder"]
    assert [body["times"] for body in hook.bodies] == [1, 3, 6]
    assert len({body["id"] for body in hook.bodies}) == 3
    assert "sinds 2 januari 2026" in hook.bodies[1]["text"]
    assert hook.bodies[1]["title"].startswith("perinatal: Herinnering: ")


def test_the_time_can_be_set(at: MakeSettings, alert: Alert, hook: Hook) -> None:
    for days in (0, 6.9, 7):
        raise_alert(_later(alert, days), at(days, alert_reminder_days=7))
    assert _stages(hook) == ["new", "reminder"]


def test_a_trouble_that_no_run_meets_again_is_reminded_of_too(
    at: MakeSettings, alert: Alert, hook: Hook
) -> None:
    raise_alert(alert, at())
    assert remind(at(2)) == 0
    assert remind(at(3)) == 1
    assert remind(at(3)) == 0
    assert _stages(hook) == ["new", "reminder"]
    assert hook.bodies[1]["happened_at"] == "2026-01-05T12:30:05Z"
    resolve(at(4), kinds=("quarantined",))
    assert remind(at(30)) == 0


def test_hersteld_is_told_once_and_a_return_is_new(
    at: MakeSettings, alert: Alert, hook: Hook
) -> None:
    raise_alert(alert, at())
    raise_alert(_later(alert, 1), at(1))
    because = "Levering 'geboorten_2022.csv' is goedgekeurd."
    assert resolve(at(2), kinds=OF_A_DELIVERY, source="ggd_súdwest", because=because) == 1
    assert resolve(at(2), kinds=OF_A_DELIVERY, source="ggd_súdwest", because=because) == 0
    assert _stages(hook) == ["new", "resolved"]
    assert hook.bodies[1]["what_happened"] == because
    assert hook.bodies[1]["times"] == 2
    assert hook.bodies[1]["title"].startswith("perinatal: Hersteld: ")
    assert open_troubles(at()) == []
    raise_alert(_later(alert, 9), at(9))
    assert _stages(hook) == ["new", "resolved", "new"]
    [trouble] = open_troubles(at())
    assert (trouble.first_seen, trouble.times) == (MOMENT + timedelta(days=9), 1)


def test_only_what_is_meant_is_resolved(at: MakeSettings, alert: Alert) -> None:
    run: dict[str, object] = {"source": None, "file": None, "rules": ()}
    changed: list[dict[str, object]] = [
        {},
        {"source": "andere"},
        {"file": "tweede.csv"},
        {"kind": "late"},
        {"kind": "crashed"} | run,
        {"kind": "vanished"} | run,
    ]
    for changes in changed:
        raise_alert(alert.model_copy(update=changes), at())

    def left() -> set[tuple[str, str | None, str | None]]:
        return {(t.alert.kind, t.alert.source, t.alert.file) for t in open_troubles(at())}

    assert len(left()) == 6
    assert resolve(at(), kinds=("moved",)) == 0
    assert resolve(at(), kinds=("quarantined",), source="ggd_súdwest", file="tweede.csv") == 1
    assert resolve(at(), kinds=(*OF_A_DELIVERY, "late"), source="ggd_súdwest") == 2
    assert left() == {
        ("quarantined", "andere", "geboorten_2021.csv"),
        ("crashed", None, None),
        ("vanished", None, None),
    }
    assert resolve(at(), kinds=OF_A_RUN) == 2
    assert {kind for kind, _, _ in left()} == {"quarantined"}


def test_a_trouble_can_be_closed_in_silence(at: MakeSettings, alert: Alert, hook: Hook) -> None:
    raise_alert(alert, at())
    assert resolve(at(), kinds=("quarantined",), tell=False) == 1
    assert _stages(hook) == ["new"]
    assert open_troubles(at()) == []


def test_what_is_there_as_a_whole(at: MakeSettings, alert: Alert, hook: Hook) -> None:
    one, two, three = (
        alert.model_copy(update={"kind": "late", "source": source}) for source in "abc"
    )
    raise_alert(alert, at())
    settle([one, two], at(), kinds=("late",))
    settle([_later(two, 1), _later(three, 1)], at(1), kinds=("late",))
    settle([_later(two, 2), _later(three, 2)], at(2), kinds=("late",))
    told = [(body["stage"], body["source"]) for body in hook.bodies[1:]]
    assert told == [("new", "a"), ("new", "b"), ("new", "c"), ("resolved", "a")]
    settle([], at(2), kinds=("late",), source="b")
    assert [t.alert.source for t in open_troubles(at())] == ["ggd_súdwest", "c"]


def test_without_troubles_nothing_is_made(at: MakeSettings) -> None:
    assert resolve(at(), kinds=OF_A_DELIVERY) == 0
    settle([], at(), kinds=OF_A_RUN)
    assert remind(at()) == resend_unsent(at()) == 0
    assert open_troubles(at()) == []
    assert not at().alerts_dir.exists()


def test_a_trouble_that_nobody_heard_of_needs_no_hersteld(
    settings: MakeSettings, alert: Alert
) -> None:
    raise_alert(alert, settings())
    with Postbox() as box:
        assert resolve(settings(mail_url(box.port)), kinds=("quarantined",)) == 1
        assert resend_unsent(settings(mail_url(box.port))) == 0
        assert box.mails == []
    assert open_troubles(settings()) == []
    assert len(list(settings().alerts_dir.glob("*.txt"))) == 1


def test_who_sets_an_address_later_is_told_when_it_is_seen_again(
    settings: MakeSettings, alert: Alert, at: MakeSettings, hook: Hook
) -> None:
    raise_alert(alert, settings())
    assert raise_alert(alert, settings(now=MOMENT + timedelta(days=9))) is None
    raise_alert(_later(alert, 10), at(10))
    assert raise_alert(_later(alert, 11), at(11)) is None
    assert _stages(hook) == ["new"]
    assert open_troubles(at())[0].first_seen == MOMENT


def test_a_server_that_is_down_from_beginning_to_end_gets_both_in_order(
    settings: MakeSettings, alert: Alert
) -> None:
    port = free_port()

    def at(days: int) -> Settings:
        return settings(mail_url(port), now=MOMENT + timedelta(days=days))

    raise_alert(alert, at(0))
    # no reminder of what nobody has had: it would be the first to arrive
    assert raise_alert(_later(alert, 4), at(4)) is None
    assert remind(at(4)) == 0
    assert resolve(at(5), kinds=("quarantined",)) == 1
    with Postbox(port) as box:
        assert resend_unsent(at(5)) == 2
        assert resend_unsent(at(5)) == 0
    assert [mail["Subject"].split(": ")[1] for mail in box.mails] == [
        "Levering in quarantaine",
        "Hersteld",
    ]


def test_what_becomes_worse_is_told_at_once(
    settings: MakeSettings, alert: Alert, hook: Hook
) -> None:
    with Hook() as watch:

        def at(days: float) -> Settings:
            moment = MOMENT + timedelta(days=days)
            return settings(hook.url, now=moment, alert_urls_critical=watch.url)

        late = alert.model_copy(update={"kind": "late", "severity": "warning"})
        raise_alert(late, at(0))
        assert watch.bodies == []
        raise_alert(_later(late, 1, severity="critical"), at(1))
        raise_alert(_later(late, 2), at(2))
        resolve(at(3), kinds=("late",))
        assert _stages(watch) == ["new", "resolved"]
        assert _stages(hook) == ["new", "new", "resolved"]


@pytest.mark.parametrize("last", ["_save", "keep", "hand_over"])
@pytest.mark.parametrize("ending", [False, True])
def test_a_run_that_is_killed_loses_nothing_and_tells_nothing_twice(
    at: MakeSettings,
    alert: Alert,
    hook: Hook,
    monkeypatch: pytest.MonkeyPatch,
    last: str,
    ending: bool,
) -> None:
    """Killed before the message is kept, before that is noted, and before it is sent."""
    if ending:
        raise_alert(alert, at())

    def do(days: float) -> None:
        if ending:
            resolve(at(days), kinds=("quarantined",))
        else:
            raise_alert(_later(alert, days), at(days))

    with monkeypatch.context() as patch:
        calls: list[object] = []
        where = troubles if last == "_save" else outbox
        real = getattr(where, last)

        def killed(*arguments: object) -> object:
            calls.append(arguments)
            if last != "_save" or len(calls) == 2:
                raise KeyboardInterrupt
            return real(*arguments)

        patch.setattr(where, last, killed)
        with pytest.raises(KeyboardInterrupt):
            do(1)
    assert not list(at().alerts_dir.glob(".*.part"))
    wanted = ["new", "resolved"] if ending else ["new"]
    assert resend_unsent(at(1)) == 1
    assert _stages(hook) == wanted
    do(2)
    assert resend_unsent(at(2)) == 0
    assert _stages(hook) == wanted
    assert len(open_troubles(at())) == (0 if ending else 1)


def test_a_killed_run_is_finished_by_who_meets_the_trouble_next(
    at: MakeSettings, alert: Alert, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "keep", killed)
        with pytest.raises(KeyboardInterrupt):
            raise_alert(alert, at())
    assert raise_alert(_later(alert, 1), at(1)) is None
    assert resolve(at(2), kinds=("quarantined",)) == 1
    assert resend_unsent(at(2)) == 1
    assert sorted(_stages(hook)) == ["new", "resolved"]


def test_a_damaged_state_is_told_anew(at: MakeSettings, alert: Alert, hook: Hook) -> None:
    raise_alert(alert, at())
    (at().alerts_dir / f"{alert.fingerprint}.trouble").write_text('{"alert": ', encoding="utf-8")
    assert open_troubles(at()) == []
    raise_alert(_later(alert, 1), at(1))
    assert _stages(hook) == ["new", "new"]
    assert len(open_troubles(at())) == 1


def test_a_full_disk_breaks_no_run_and_the_alert_goes(
    at: MakeSettings, alert: Alert, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_alert(alert, at())

    def full(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        assert resolve(at(), kinds=("quarantined",)) == 0
        assert remind(at(5)) == 0
        with pytest.raises(OSError, match="No space"):
            raise_alert(alert.model_copy(update={"source": "andere"}), at())
    assert [body["source"] for body in hook.bodies] == ["ggd_súdwest", "andere"]
    assert resolve(at(), kinds=("quarantined",)) == 1


def test_old_messages_may_be_thrown_away(at: MakeSettings, alert: Alert, hook: Hook) -> None:
    raise_alert(alert, at())
    for file in at().alerts_dir.glob(f"{alert.fingerprint}-*"):
        file.unlink()
    assert raise_alert(_later(alert, 1), at(1)) is None
    raise_alert(_later(alert, 3), at(3))
    assert resolve(at(4), kinds=("quarantined",)) == 1
    assert _stages(hook) == ["new", "reminder", "resolved"]


def test_two_processes_at_once_send_one_message(
    at: MakeSettings, alert: Alert, hook: Hook, tmp_path: Path
) -> None:
    """The same trouble raised by both; then it ends for both."""
    told = tmp_path / "alert.json"
    told.write_text(alert.model_dump_json(), encoding="utf-8")
    code = (
        "import sys, pathlib; from perinatal.alerts import *; import apprise\n"
        "from perinatal.settings import Settings\n"
        "settings = Settings(data_dir=sys.argv[1], alert_urls=sys.argv[2])\n"
        "alert = Alert.model_validate_json(pathlib.Path(sys.argv[3]).read_text('utf-8'))\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for _ in range(10): raise_alert(alert, settings)\n"
        "print('raised', flush=True); sys.stdin.readline()\n"
        "print(resolve(settings, kinds=('quarantined',)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), at().alert_urls, str(told)]
    runs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for word in ("ready", "raised"):
        for run in runs:
            assert run.stdout is not None
            assert run.stdout.readline().strip() == word
        if word == "raised":
            assert _stages(hook) == ["new"]
            assert [trouble.times for trouble in open_troubles(at())] == [20]
        for run in runs:
            assert run.stdin is not None
            run.stdin.write("\n")
            run.stdin.flush()
    ended = sorted(run.communicate(timeout=60)[0].strip() for run in runs)
    assert ended == ["0", "1"]
    assert _stages(hook) == ["new", "resolved"]


def test_what_nothing_will_end_is_closed_by_hand(at: MakeSettings, alert: Alert) -> None:
    other = alert.model_copy(update={"file": "tweede.csv"})
    for one in (alert, other):
        raise_alert(one, at())
    assert close(at(1), "") == 2  # fits both: nothing is closed
    assert close(at(1), "zzz") == 0
    assert len(open_troubles(at(1))) == 2
    assert close(at(1), alert.fingerprint[:10]) == 1
    assert [trouble.alert.file for trouble in open_troubles(at(1))] == ["tweede.csv"]
