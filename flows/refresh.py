"""Flow `refresh`: inbox to startfoto, the one that is scheduled. `python -m flows.refresh`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import _watch
from flows import build as _build  # noqa: F401 - a part of the sequence, as a flow
from flows import ingest as _ingest  # noqa: F401
from flows import startfoto as _startfoto  # noqa: F401
from flows._pages import publish_link, publish_page, table
from flows._shared import IN_PREFECT, LOG, run_command, settings_for, task_of
from flows._watch import AREAS_FAILED, ended_badly, ended_on_purpose, watched
from perinatal.pipeline import refresh as sequence
from perinatal.pipeline import steps
from perinatal.pipeline.quality_page import VERDICTS
from perinatal.pipeline.refresh import EXAMPLE_AREAS, Report, speak, told
from perinatal.pipeline.watch import alone

PATIENCE = 3600.0
"""Seconds that a scheduled run waits for one by hand; then it fails, and an alert tells."""
_SEEN = {
    "speaks": " (al bekend)",
    "overtaken": " (al bekend; een latere levering geldt)",
    "refused": " (al bekend)",
}


@task_of(steps.look_for_vanished)
def look_for_vanished(data_dir: str) -> int:
    """Tell of earlier runs that were killed, Prefect too."""
    return _watch.tell_vanished(settings_for(data_dir))


@task_of(steps.quality_page)
def quality_page(data_dir: str) -> Path:
    """Write the quality page and link it to the run."""
    file = steps.quality_page(data_dir)
    publish_link("kwaliteit-alle-bronnen", "Kwaliteit van alle leveringen", file)
    return file


@flow(
    name="refresh",
    description="Ingest what lies in the inbox, build an edition, make the startfoto's.",
    on_failure=[ended_badly],
    on_crashed=[ended_badly],
    on_cancellation=[ended_on_purpose],
)
def refresh(
    areas: list[str] | None = None, data_dir: str | None = None, example: bool = False
) -> Report:
    """Ingest, build and startfoto in order.

    The run completes when the edition and its startfoto's were made. A delivery that was refused
    does not stop it: the last good data keep speaking, an alert has gone out, and the message of
    the run, its overview and the exit code of the command name it.

    Args:
        areas: ids of the catalogue; none means all that stand on the maps.
        data_dir: where data live; none means as in the settings.
        example: in ``example`` within that folder: invent the practice deliveries first, and
            leave out published national figures.
    """
    settings = settings_for(data_dir, example)
    with watched(settings), alone(settings, PATIENCE):
        report = sequence.refresh(areas, str(settings.data_dir), IN_PREFECT, example=example)
        publish_page("overzicht", "Overzicht van de verwerking", _overview(report))
    return _ended(report)


def _ended(report: Report) -> Report:
    names = ", ".join(outcome.file_name for outcome in report.refused)
    message = f"Edition {report.built.edition_id}, {len(report.made.files)} startfoto's."
    if names:
        message += f" Not loaded: {names}."
    state: State[Any] = Completed(message=message, data=report)
    if report.made.failed:
        message += f" Not made: {', '.join(report.made.failed)}."
        state = Failed(name=AREAS_FAILED, message=message, data=report)
    # Prefect keeps the state and its message, and hands the caller the report inside
    return cast(Report, state)


def _overview(report: Report) -> str:
    lines = [
        f"# Editie {report.built.edition_id}",
        f"{report.built.shown} cijfers getoond, {report.built.withheld} niet getoond."
        + ("" if report.built.new else " Er was niets nieuws."),
        "## Leveringen",
        table(
            ("Bestand", "Oordeel", "Levering"),
            [
                (o.file_name, VERDICTS[o.verdict] + _SEEN.get(o.todo, ""), o.delivery_id)
                for o in report.outcomes
            ],
        ),
        "## Startfoto's",
        table(
            ("Gebied", "Bestanden", "Nieuw"),
            [
                (area, len(files), "nee" if area in report.made.unchanged else "ja")
                for area, files in report.made.files.items()
            ],
        ),
    ]  # fmt: skip
    if report.made.without:
        lines.append("Zonder cijfers, dus zonder startfoto: " + ", ".join(report.made.without))
    if report.made.failed:
        lines += [
            "## Niet gemaakt",
            table(
                ("Gebied", "Reden"),
                [(area, failure.reason) for area, failure in report.made.failed.items()],
            ),
        ]
    return "\n\n".join(lines)


def main() -> int:
    """The command: parse, run the flow, show where the files are."""
    parser = argparse.ArgumentParser(
        prog="python -m flows.refresh",
        description="Ingest what lies in the inbox, build an edition and make the startfoto's.",
    )
    parser.add_argument("--data", type=Path, help="data folder (default: PERINATAL_DATA_DIR, data)")
    parser.add_argument("--areas", nargs="+", metavar="AREA", help="only these areas")
    parser.add_argument("--example", action="store_true", help="an invented town, in data/example")
    options = parser.parse_args()
    began = time.monotonic()
    speak()
    data_dir = str(options.data) if options.data else None
    settings = settings_for(data_dir, options.example)
    if options.example:
        options.areas = options.areas or EXAMPLE_AREAS
    elif not settings.inbox_dir.is_dir():
        LOG.info("no inbox yet: put deliveries and their maps in %s", settings.inbox_dir)
    LOG.info("starting Prefect (the first time takes up to half a minute) ...")
    ended = refresh(options.areas, data_dir, options.example, return_state=True)
    report = ended.result(raise_on_failure=False)
    if not isinstance(report, Report):
        raise report
    print(f"\n{told(report, settings, example=options.example)}")
    print(f"Done in {time.monotonic() - began:.0f} s.")
    return report.exit_code


if __name__ == "__main__":
    run_command(main)
