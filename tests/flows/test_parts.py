"""The parts of the flows that need no server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from perinatal.catalog import Catalog
from perinatal.errors import RejectedDelivery, UserError
from perinatal.ingest.suites import RuleResult
from perinatal.pipeline import inbox
from perinatal.pipeline.build import Built
from perinatal.pipeline.receive import Judgement
from perinatal.pipeline.refresh import REFUSED, Outcome, Report
from perinatal.practice import write_practice
from perinatal.settings import Settings

ROOT = Path(__file__).parents[2]

# one process imports Prefect, not both
pytestmark = pytest.mark.xdist_group("prefect")


@pytest.fixture(autouse=True)
def _prefect_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path_factory.getbasetemp() / "prefect-home"))


def test_maps_come_before_figures_and_hidden_files_are_left_alone(
    catalog: Catalog, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path)
    boundaries, figures = write_practice(settings.inbox_dir / "z")
    (settings.inbox_dir / "a").mkdir()
    moved = figures.rename(settings.inbox_dir / "a" / figures.name)
    (settings.inbox_dir / ".DS_Store").write_bytes(b"x")
    (settings.inbox_dir / ".hidden").mkdir()
    (settings.inbox_dir / ".hidden" / "x.csv").write_bytes(b"x")
    (settings.inbox_dir / "notes.txt").write_bytes(b"x")
    found = inbox.look(catalog, settings, shipped=False)
    assert found.files == (boundaries, moved)
    assert [file.name for file in found.unknown] == ["notes.txt"]
    shipped = inbox.look(catalog, settings, shipped=True)
    assert [file.name for file in shipped.files if "landelijk" in file.name]


def test_no_inbox_is_an_empty_inbox(catalog: Catalog, tmp_path: Path) -> None:
    found = inbox.look(catalog, Settings(data_dir=tmp_path / "none"), shipped=False)
    assert found == inbox.Inbox((), ())


def test_a_file_that_stays_in_the_inbox_is_told_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert inbox.tell_left("notes.txt", "INBOX-NAAM", settings) is not None
    assert inbox.tell_left("notes.txt", "INBOX-NAAM", settings) is None
    assert inbox.tell_left("other.txt", "INBOX-NAAM", settings) is not None
    assert inbox.tell_left("notes.txt", "INBOX-WACHT", settings) is not None


def test_the_quality_page_escapes_names_and_holds_no_keys() -> None:
    from flows._pages import judged_page, rejected_page

    rule = RuleResult("R1", "Alles | klopt <i>", "critical", "failed", 2, ("GM9901 2020",))
    name = "x|[a](javascript:1)\n# kop <script>.csv"
    page = judged_page(Judgement("d-1", "bron", name, "quarantined", (rule,)))
    assert "<script>" not in page
    assert "[a](" not in page
    assert "\n# kop" not in page
    assert "in quarantaine" in page
    assert "GM9901" not in page
    row = next(line for line in page.splitlines() if "R1" in line)
    assert "niet gehaald" in row
    assert row.endswith("| 2 |")

    error = RejectedDelivery("f.csv", "column '<b>'", "p", "e", "r", "STR-COLUMN")
    refused = rejected_page(error, "bron", "d-1")
    assert "STR\\-COLUMN" in refused
    assert "<b>" not in refused


def test_the_switches_are_set_before_prefect_is_imported(tmp_path: Path) -> None:
    look = "import os, flows; from prefect.settings import get_current_settings as now; print("
    look += "now().server.analytics_enabled, now().home, os.environ['GX_ANALYTICS_ENABLED'])"
    told = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    printed = subprocess.run(
        [sys.executable, "-c", look, "--data", str(tmp_path)],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.split() == ["False", str(tmp_path / ".prefect"), "false"]


def test_the_example_never_shares_a_folder_with_real_data(tmp_path: Path) -> None:
    from perinatal.pipeline.steps import settings_for

    assert settings_for(str(tmp_path)).data_dir == tmp_path
    assert settings_for(str(tmp_path), example=True).data_dir == tmp_path / "example"


def test_the_command_shows_what_was_not_loaded_and_says_so_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from prefect.states import Completed, Failed

    from flows import refresh as module
    from flows._watch import AREAS_FAILED
    from perinatal.pipeline.document_sets import SOME_FAILED, Failure, Made

    outcomes = [Outcome("good.csv", "accepted", "d-1"), Outcome("bad.csv", "rejected", "d-2")]
    made = Made("e1", {"stad": ["x.html"]})
    asked: list[object] = []

    def ran(*told: object, return_state: bool) -> object:
        asked.append(told)
        report = Report(outcomes, Built("e1", tmp_path, 3, 1, True), made)
        end = {"data": report, "message": ""}
        return Failed(name=AREAS_FAILED, **end) if made.failed else Completed(**end)

    monkeypatch.setattr(module, "refresh", ran)
    monkeypatch.setattr("sys.argv", ["refresh", "--data", str(tmp_path), "--areas", "stad"])
    monkeypatch.setattr(module, "speak", lambda: None)
    assert module.main() == REFUSED == 5
    assert asked == [(["stad"], str(tmp_path), False)]
    printed = capsys.readouterr().out
    assert "bad.csv: rejected" in printed
    assert "good.csv" not in printed
    assert "  x.html" in printed
    made.failed["dorp"] = Failure("REDEN", "no figures")
    assert module.main() == SOME_FAILED == 8
    assert "dorp: not made: no figures" in capsys.readouterr().out


def test_prefect_yaml_is_the_one_place_of_the_schedule() -> None:
    from flows.serve import deployment

    made = deployment()
    (schedule,) = made.schedules or []
    assert made.name == "refresh"
    assert made.entrypoint == "flows.refresh.refresh"
    assert made.concurrency_limit == 1
    assert schedule.schedule.timezone == "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("deployments: []", "no deployment"),
        ("deployments: [{name: refresh, schedules: []}]", "schedules"),
        ("deployments: [{name: refresh, schedules: [{cron: every day, timezone: CET}]}]", "cron"),
        ("deployments: [{name: refresh, schedules: [{cron: '0 6 * * 1'}]}]", "timezone"),
    ],
)
def test_a_wrong_prefect_yaml_names_the_field(tmp_path: Path, content: str, named: str) -> None:
    from flows.serve import deployment

    file = tmp_path / "prefect.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=named):
        deployment(file)


def test_no_prefect_yaml_is_a_clear_error(tmp_path: Path) -> None:
    from flows.serve import deployment

    with pytest.raises(UserError, match="no such file"):
        deployment(tmp_path / "prefect.yaml")


def test_serving_without_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows.serve import require_server

    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(UserError, match="no Prefect server is set"),
    ):
        require_server()
