"""Flows on a real Prefect server: by hand, by the schedule, and when they end badly."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from perinatal.errors import StoreBusy, UserError
from perinatal.pipeline.documents import OUTPUTS
from perinatal.settings import Settings
from tests.flows.conftest import Server, wait_until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("prefect")]


def _alerts(data: Path) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in sorted((data / "alerts").glob("*.txt"))]


@pytest.fixture(scope="module")
def first_run(
    server: Server,
    served: tuple[subprocess.Popen[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[int, str, Path]:
    """Exit code and output of the command on the practice data, and the data folder.

    ``served`` is asked for here so that its first scheduled run comes while this one is at work.
    """
    data = tmp_path_factory.mktemp("by_hand")
    command = server.command("flows.refresh", "--example", data=data)
    printed, _ = command.communicate(timeout=300)
    return command.returncode, printed, data / "example"


def test_a_run_by_hand_makes_the_startfoto(
    server: Server, first_run: tuple[int, str, Path]
) -> None:
    code, printed, data = first_run
    assert code == 0, printed
    assert "Traceback" not in printed
    assert "leaked" not in printed
    assert "invented" in printed
    shown = [Path(line.strip()) for line in printed.splitlines() if line.startswith("  ")]
    assert {file.name for file in shown} == {
        f"startfoto-{area}{'' if variant == 'volledig' else f'-{variant}'}.{form}"
        for area in ("oefenstad", "oefenregio", "proefdorp")
        for form, variant in OUTPUTS
    }
    assert all(file.stat().st_size > 1000 for file in shown)
    assert not list((data / "runs").iterdir())
    assert not _alerts(data)

    (run,) = [run for run in server.runs("refresh") if run["deployment_id"] is None]
    assert run["state"]["type"] == "COMPLETED"
    pages = server.artifacts(run["id"])
    assert {"kwaliteit-oefen-perinataal", "kwaliteit-oefen-grenzen", "overzicht"} <= set(pages)
    assert "goedgekeurd" in pages["kwaliteit-oefen-perinataal"]
    assert "GM99" not in pages["kwaliteit-oefen-perinataal"]


def test_the_schedule_starts_a_run_that_a_bad_file_does_not_stop(
    server: Server, served: tuple[subprocess.Popen[str], Path]
) -> None:
    process, data = served

    def ended() -> dict[str, object] | None:
        assert process.poll() is None, "serving has stopped"
        runs = [run for run in server.runs("refresh") if run["deployment_id"] is not None]
        return next((run for run in runs if run["state"]["type"] in _FINAL), None)

    run = wait_until(ended, "scheduled run with an end", patience=300)
    state = run["state"]
    assert isinstance(state, dict)
    assert run["auto_scheduled"]
    assert state["type"] == "COMPLETED", state
    assert "oefenregio_perinataal_kapot.csv" in state["message"]
    assert "notulen_<b>.txt" in state["message"]
    assert {json_file.parent.name for json_file in data.rglob("startfoto-*.pdf")} == {
        "oefenstad",
        "oefenregio",
        "proefdorp",
    }
    alerts = _alerts(data)
    assert len(alerts) == 2
    assert any("oefenregio_perinataal_kapot.csv" in text for text in alerts)
    assert any("notulen" in text for text in alerts)
    pages = server.artifacts(str(run["id"]))
    assert "kwaliteit-landelijk-gepubliceerd" in pages  # what is shipped comes along
    assert "<b>" not in pages["overzicht"]
    assert "afgekeurd" in pages["overzicht"]


_FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def test_a_failing_step_makes_an_alert_without_the_text_of_the_error(
    prefect_here: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.build import build

    def stumble(*_: object) -> None:
        raise ValueError("GM9901 has 3 cases")

    monkeypatch.setattr("perinatal.pipeline.build.decide", stumble)
    with pytest.raises(ValueError, match="3 cases"):
        build(str(tmp_path))
    (alert,) = _alerts(tmp_path)
    assert "'build'" in alert
    assert "'decide'" in alert
    assert "ValueError" in alert
    assert "3 cases" not in alert
    assert "GM9901" not in alert
    assert not list((tmp_path / "runs").iterdir())


def test_a_busy_store_is_tried_again_and_a_users_mistake_is_not(
    prefect_here: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import _shared
    from flows.build import build
    from perinatal.pipeline import steps

    tries: list[type[Exception]] = []

    def busy(*_: object) -> tuple[str, bool]:
        kind = StoreBusy if len(tries) < 2 else UserError
        tries.append(kind)
        raise kind("not now")

    monkeypatch.setattr("perinatal.pipeline.build.decide", busy)
    task = _shared.step("decide")(steps.decide).with_options(retry_delay_seconds=0)
    monkeypatch.setitem(_shared.TASKS, steps.decide, task)
    with pytest.raises(UserError):
        build(str(tmp_path))
    assert tries == [StoreBusy, StoreBusy, UserError]


def test_a_run_in_which_an_area_fails_makes_the_others_and_is_not_green(
    prefect_here: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import refresh as module
    from flows._shared import FLOWS
    from flows.startfoto import startfoto
    from perinatal.pipeline import document_sets
    from perinatal.pipeline import refresh as sequence
    from perinatal.pipeline.build import Built
    from perinatal.pipeline.document_sets import Failure, Made

    def made(*_: object, **__: object) -> Made:
        return Made("e1", {"stad": ["x.html"]}, failed={"dorp": Failure("KeyError", "oops")})

    monkeypatch.setattr(document_sets, "make", made)
    ended = startfoto(data_dir=str(tmp_path), return_state=True)
    assert ended.is_failed()
    assert ended.result(raise_on_failure=False) == made()

    built = Built("e1", tmp_path, 1, 0, True)
    monkeypatch.setitem(FLOWS, sequence.ingest, lambda *_: [])
    monkeypatch.setitem(FLOWS, sequence.build, lambda *_: built)
    ended = module.refresh(data_dir=str(tmp_path), return_state=True)
    assert isinstance(ended.result(raise_on_failure=False), sequence.Report)
    (run,) = [
        run
        for run in prefect_here.runs("refresh")
        if run["parameters"].get("data_dir") == str(tmp_path)
    ]
    assert (run["state"]["type"], run["state"]["name"]) == ("FAILED", "Areas failed")
    assert "Not made: dorp." in run["state"]["message"]
    pages = prefect_here.artifacts(run["id"])
    assert "oops" in pages["overzicht"]
    # one message on the areas, and none on a crash
    (alert,) = _alerts(tmp_path)
    assert "dorp" in alert
    assert not list((tmp_path / "runs").iterdir())


def test_the_next_run_finds_a_run_that_was_killed_and_does_nothing_twice(
    prefect_here: Server, first_run: tuple[int, str, Path]
) -> None:
    from flows.refresh import refresh

    data = first_run[2]
    running = prefect_here.command("flows.refresh", "--example", data=data.parent)

    def marker() -> Path | None:
        return next(iter((data / "runs").glob("*.json")), None)

    file = wait_until(marker, "marker of the run")
    assert json.loads(file.read_text(encoding="utf-8"))["pid"] == running.pid
    running.kill()
    running.communicate()
    assert file.is_file()

    report = refresh(["oefenstad"], str(data.parent), example=True)
    assert [outcome.known for outcome in report.outcomes] == [True, True]
    assert not report.built.new
    assert list(report.made.files) == ["oefenstad"]
    (alert,) = _alerts(data)
    assert "verdwenen" in alert
    assert not list((data / "runs").iterdir())
    (run,) = [run for run in prefect_here.runs("refresh") if run["id"] == file.stem]
    assert run["state"]["type"] == "CRASHED"


def test_a_run_that_is_still_at_work_is_left_alone(prefect_here: Server, tmp_path: Path) -> None:
    from flows._watch import tell_vanished, watched

    settings = Settings(data_dir=tmp_path)
    with watched(settings):
        (marker,) = (tmp_path / "runs").glob("*.json")
        # as another process sees it: the marker is not its own, the lock is held
        other = marker.with_name("other.json")
        marker.rename(other)
        marker.with_suffix(".lock").rename(other.with_suffix(".lock"))
        assert tell_vanished(settings) == 0
        assert other.is_file()


def test_serving_refuses_when_no_server_answers(server: Server, tmp_path: Path) -> None:
    nowhere = server.command("flows.serve", data=tmp_path, PREFECT_API_URL="http://127.0.0.1:9/api")
    printed, _ = nowhere.communicate(timeout=120)
    assert nowhere.returncode == UserError.exit_code
    assert "no Prefect server answers" in printed
    assert "Traceback" not in printed


def test_a_run_that_a_power_cut_left_running_does_not_block_the_schedule(
    prefect_here: Server, tmp_path: Path
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    from flows._watch import close_lost_runs

    settings = Settings(data_dir=tmp_path)
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name("cut-off")
        deployment_id = client.create_deployment(flow_id, "cut-off", concurrency_limit=1)
        first, second = (client.create_flow_run_from_deployment(deployment_id) for _ in "12")
        client.set_flow_run_state(first.id, Running(), force=True)
        assert close_lost_runs("cut-off", settings) == 1
        assert client.read_flow_run(first.id).state_name == "Crashed"
        assert client.read_flow_run(second.id).state_name == "Scheduled"
        assert close_lost_runs("cut-off", settings) == 0
