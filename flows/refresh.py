"""Flow `refresh`: inbox to startfoto, the one that is scheduled. `python -m flows.refresh`."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows._pages import publish_link, publish_page, table
from flows._shared import LOG, rooms, run_command, settings_for, speak, step
from flows._watch import AREAS_FAILED, ended_badly, ended_on_purpose, tell_vanished, watched
from flows.build import build
from flows.ingest import Outcome, ingest
from flows.startfoto import startfoto
from perinatal.alerts import OF_A_RUN, remind, resend_unsent, resolve, settle
from perinatal.pipeline import alarms, inbox
from perinatal.pipeline.build import Built
from perinatal.pipeline.document_sets import Made, exit_code
from perinatal.pipeline.quality_page import VERDICTS, write_quality_page
from perinatal.settings import Settings

EXAMPLE_AREAS = ["oefenstad", "oefenregio", "proefdorp"]
REFUSED = 5
"""Exit code: the startfoto's are made, but a file in the inbox was not loaded."""
_NAMED = 20
"""Areas whose files are printed one by one."""


@dataclass(frozen=True)
class Report:
    """What a refresh did."""

    outcomes: list[Outcome]
    built: Built
    made: Made

    @property
    def refused(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.loaded]


@step("practise")
def practise(data_dir: str) -> None:
    """Put the invented deliveries in the inbox, unless they are there."""
    from perinatal.practice import BOUNDARIES_FILE, FIGURES_FILE, write_practice

    folder = settings_for(data_dir).inbox_dir
    if not all((folder / name).is_file() for name in (BOUNDARIES_FILE, FIGURES_FILE)):
        LOG.info("inventing a practice town ...")
        write_practice(folder)


@step("resend")
def resend(data_dir: str) -> int:
    """Send again the alerts that could not be sent, and reminders; how many have gone now."""
    settings = settings_for(data_dir)
    return resend_unsent(settings) + remind(settings)


@step("look_around")
def look_around(left: list[str], data_dir: str) -> None:
    """Tell of deliveries that are late; end the troubles about files that are read by now."""
    catalog, settings = rooms(data_dir)
    settle(
        alarms.late(catalog, settings), settings, kinds=("late",),
        because="Er is een nieuwe levering binnen.",
    )  # fmt: skip
    inbox.forget_left(set(left), settings)


@step("look_for_vanished")
def look_for_vanished(data_dir: str) -> int:
    """Tell of earlier runs that were killed."""
    return tell_vanished(settings_for(data_dir))


@step("quality_page")
def quality_page(data_dir: str) -> None:
    """Write the quality page and link it to the run."""
    catalog, settings = rooms(data_dir)
    file = write_quality_page(catalog, settings)
    publish_link("kwaliteit-alle-bronnen", "Kwaliteit van alle leveringen", file)


@step("look_in_inbox")
def look_in_inbox(data_dir: str, shipped: bool) -> tuple[list[str], list[str]]:
    """Paths of the files that wait, in order, and of files with a name that no source expects."""
    catalog, settings = rooms(data_dir)
    found = inbox.look(catalog, settings, shipped=shipped)
    for file in found.unknown:
        LOG.error("%s: no single source expects a file with this name; left alone", file.name)
        inbox.tell_left(file.name, "INBOX-NAAM", settings)
    return [str(file) for file in found.files], [str(file) for file in found.unknown]


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
    folder = str(settings.data_dir)
    with watched(settings):
        look_for_vanished(folder)
        resend(folder)
        if example:
            practise(folder)
        files, unknown = look_in_inbox(folder, shipped=not example)
        outcomes = ingest(files, folder)
        outcomes += [Outcome(Path(file).name, "unknown") for file in unknown]
        quality_page(folder)
        look_around([o.file_name for o in outcomes if o.verdict in ("waiting", "unknown")], folder)
        built = build(folder)
        ended = startfoto(areas, built.edition_id, folder, return_state=True)
        made = ended.result(raise_on_failure=False)
        if not isinstance(made, Made):
            raise made  # it broke off: its error is ours
        report = Report(outcomes, built, made)
        publish_page("overzicht", "Overzicht van de verwerking", _overview(report))
        resolve(settings, kinds=OF_A_RUN, because="De verwerking is weer helemaal klaar.")
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
                (o.file_name, VERDICTS[o.verdict] + (" (al bekend)" if o.known else ""),
                 o.delivery_id)
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
    _show(report, settings, time.monotonic() - began, invented=options.example)
    if report.made.failed:
        return exit_code(report.made)
    return REFUSED if report.refused else 0


def _show(report: Report, settings: Settings, seconds: float, *, invented: bool) -> None:
    print()
    if len(report.made.files) > _NAMED:
        folder = settings.startfoto_dir / report.made.edition_id
        print(f"{len(report.made.files)} startfoto's in {folder}")
    else:
        for area, files in report.made.files.items():
            print(area)
            for file in files:
                print(f"  {file}")
    if report.made.unchanged:
        print(f"{len(report.made.unchanged)} of them stand as they were.")
    for area, failure in report.made.failed.items():
        print(f"{area}: not made: {failure.reason}")
    if report.refused:
        print(f"\nNot loaded (see the alerts in {settings.alerts_dir}):")
        for outcome in report.refused:
            print(f"  {outcome.file_name}: {outcome.verdict}")
    if invented:
        print("\nAll figures are invented: these places do not exist.")
    print(f"Done in {seconds:.0f} s.")


if __name__ == "__main__":
    run_command(main)
