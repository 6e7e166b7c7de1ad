"""What a verdict gives reason to tell reaches the outbox once, whatever is killed or broken."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from perinatal.alerts import Alert, Ended, Intent, open_troubles, raise_alert, resolve, troubles
from perinatal.pipeline.telling import mean_to_tell, tell
from perinatal.settings import Settings
from perinatal.store import open_store
from perinatal.store.intents import still_to_tell

MOMENT = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


class Killed(BaseException):
    """Nothing may catch it, as nothing catches a kill."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", now=MOMENT)


def _alert(file: str = "a.csv") -> Alert:
    return Alert(
        kind="rejected", severity="critical", source="bron", file=file, problem="Niet goed.",
        what_happened="Niets geladen.", to_do="Vraag een ander bestand.", happened_at=MOMENT,
    )  # fmt: skip


OVER = Intent(over=(Ended(kinds=("rejected",), source="bron", because="Er is een nieuwe."),))


def _intend(settings: Settings, *intents: Intent) -> None:
    with open_store(settings.store_file) as store:
        for intent in intents:
            mean_to_tell(store, "bron-1", intent)


def _waiting(settings: Settings) -> int:
    with open_store(settings.store_file) as store:
        return len(still_to_tell(store))


def _messages(settings: Settings) -> list[str]:
    return sorted(file.stem for file in settings.alerts_dir.glob("*.txt"))


def _times(settings: Settings) -> list[int]:
    return [trouble.times for trouble in open_troubles(settings)]


def test_what_is_intended_is_told_once_and_struck(settings: Settings) -> None:
    _intend(settings, Intent(alerts=(_alert(), _alert("b.csv"))))
    for _ in range(2):
        tell(settings)
    assert _waiting(settings) == 0
    assert len(_messages(settings)) == 2
    assert _times(settings) == [1, 1]


def test_the_same_trouble_twice_is_counted_twice(settings: Settings) -> None:
    _intend(settings, Intent(alerts=(_alert(),)), Intent(alerts=(_alert(),)))
    tell(settings)
    assert _times(settings) == [2]


@pytest.mark.parametrize("step", ["keep", "hand_over"])
def test_killed_while_telling(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    _intend(settings, Intent(alerts=(_alert(),)))

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(troubles.outbox, step, killed)
        with pytest.raises(Killed):
            tell(settings)
    assert _waiting(settings) == 1
    later = settings.model_copy(update={"now": MOMENT + timedelta(hours=1)})
    tell(later)
    assert _waiting(settings) == 0
    assert len(_messages(settings)) == 1
    assert _times(settings) == [1]


def test_killed_before_it_was_struck_opens_nothing_that_has_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _intend(settings, Intent(alerts=(_alert(),)))

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("perinatal.pipeline.telling.strike", killed)
        with pytest.raises(Killed):
            tell(settings)
    assert resolve(settings, kinds=("rejected",)) == 1
    tell(settings)
    assert open_troubles(settings) == []
    assert _waiting(settings) == 0


def test_what_ends_and_what_begins_are_told_in_their_order(settings: Settings) -> None:
    raise_alert(_alert(), settings)
    _intend(settings, OVER, Intent(alerts=(_alert("b.csv"),)), OVER, Intent(alerts=(_alert(),)))
    tell(settings)
    assert [trouble.alert.file for trouble in open_troubles(settings)] == ["a.csv"]


def test_an_outbox_that_cannot_be_written_leaves_it_to_the_next_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _intend(settings, Intent(alerts=(_alert(),)))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(troubles.outbox, "keep", full)
        with pytest.raises(OSError, match="No space"):
            tell(settings)
    assert _waiting(settings) == 1
    tell(settings)
    assert len(_messages(settings)) == 1


def test_a_busy_store_is_no_trouble_and_the_outbox_works_without_it(settings: Settings) -> None:
    _intend(settings, Intent(alerts=(_alert(),)))
    hold = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('in', flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(settings.store_file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "in"
        tell(settings)
        assert raise_alert(_alert("b.csv"), settings) is not None
    finally:
        holder.kill()
        holder.communicate()
    assert len(_messages(settings)) == 1
    tell(settings)
    assert len(_messages(settings)) == 2


def test_without_a_store_there_is_nothing_to_tell(settings: Settings) -> None:
    tell(settings)
    assert not settings.data_dir.exists()
