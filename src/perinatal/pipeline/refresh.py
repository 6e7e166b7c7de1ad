"""The refresh: from inbox to startfoto, in one place for the schedule and for the command line.

The sequence asks a runner to do each step. :class:`Here` calls it in this process; the flows have
one that makes a Prefect task of each step and a flow of each part.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, ParamSpec, Protocol, TypeVar

from perinatal.alerts import OF_A_RUN, resolve
from perinatal.errors import CatalogError, RejectedDelivery, RetriableError, UserError
from perinatal.pipeline import document_sets, steps
from perinatal.pipeline.build import Built
from perinatal.pipeline.document_sets import Made
from perinatal.pipeline.handover import LEFT, TO_JUDGE, Todo
from perinatal.pipeline.receive import Verdict
from perinatal.pipeline.steps import LOG, settings_for
from perinatal.pipeline.watch import alone, note_step, watched
from perinatal.settings import Settings
from perinatal.store import deliveries

EXAMPLE_AREAS = ["oefenstad", "oefenregio", "proefdorp"]
DONE, REFUSED = 0, 5
"""Exit codes. REFUSED: the startfoto's are made, but a file in the inbox was not loaded."""
_NAMED = 20
"""Areas whose files are printed one by one."""
RETRY_DELAYS = (2, 10, 30)
"""Seconds before a step that may go well the next time is tried again."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Runner(Protocol):
    """Who does the steps."""

    def step(self, step: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Do one step, again when it may go well the next time."""

    def part(self, part: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Do a part of the sequence, which has steps of its own."""


class Here:
    """Does the steps in this process, one after another."""

    def step(self, step: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        note_step(step.__name__)
        for delay in RETRY_DELAYS:
            try:
                return step(*args, **kwargs)
            except RetriableError as error:
                LOG.warning("%s Trying again in %d s ...", error, delay)
                time.sleep(delay)
        return step(*args, **kwargs)

    def part(self, part: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        return part(*args, **kwargs)


HERE = Here()


@dataclass(frozen=True)
class Outcome:
    """What became of one file; ``todo`` says why it was judged or left as it is."""

    file_name: str
    verdict: Verdict | Literal["waiting", "unknown"]
    delivery_id: str = ""
    todo: Todo = "new"

    @property
    def loaded(self) -> bool:
        return self.verdict in deliveries.ACCEPTED

    @property
    def known(self) -> bool:
        """It was read before, and nothing was done."""
        return self.todo not in TO_JUDGE


@dataclass(frozen=True)
class Report:
    """What a refresh did."""

    outcomes: list[Outcome]
    built: Built
    made: Made

    @property
    def refused(self) -> list[Outcome]:
        """Files that were not loaded; not those that a person took back."""
        return [o for o in self.outcomes if not o.loaded and o.verdict != "withdrawn"]

    @property
    def exit_code(self) -> int:
        return document_sets.exit_code(self.made) or (REFUSED if self.refused else DONE)


def ingest(files: list[str], data_dir: str, runner: Runner = HERE) -> list[Outcome]:
    """Bring files through gate 1 in the given order; one that is refused does not stop others."""
    return [_ingest_one(file, data_dir, runner) for file in files]


def _ingest_one(file: str, data_dir: str, runner: Runner) -> Outcome:
    name = Path(file).name
    received = runner.step(steps.keep, file, data_dir)
    delivery_id, todo = received.delivery_id, received.todo
    if todo not in TO_JUDGE and received.verdict is not None:
        LOG.info("%s: %s", name, LEFT[todo])
        return Outcome(name, received.verdict, delivery_id, todo)
    LOG.info("%s: checking as '%s' ...", name, received.source)
    verdict: Verdict
    try:
        verdict = runner.step(steps.take_in, delivery_id, data_dir).verdict
    except RejectedDelivery as error:
        LOG.error("%s", error)
        verdict = "rejected"
    except CatalogError:
        raise
    except UserError as error:
        # most often figures without their map: they wait, and the maintainer is told once
        LOG.error("%s: %s", name, error)
        runner.step(steps.tell_waiting, name, data_dir)
        return Outcome(name, "waiting", delivery_id)
    LOG.info("%s: %s", name, verdict.replace("_", " "))
    return Outcome(name, verdict, delivery_id, todo)


def build(data_dir: str, runner: Runner = HERE) -> Built:
    """An edition of all deliveries that speak now."""
    LOG.info("computing and deciding what may be shown ...")
    edition_id, new = runner.step(steps.decide, data_dir)
    built = runner.step(steps.publish, edition_id, new, data_dir)
    LOG.info(
        "edition %s: %d figures shown, %d withheld%s",
        edition_id, built.shown, built.withheld, "" if new else " (nothing new)",
    )  # fmt: skip
    return built


def startfotos(
    areas: list[str] | None, edition_id: str | None, data_dir: str, runner: Runner = HERE
) -> Made:
    """The startfoto of the given areas, or of all that the edition has figures of.

    What cannot be made of one area does not stop the others.
    """
    return runner.step(steps.make_documents, areas, edition_id, data_dir)


def refresh(
    areas: list[str] | None, data_dir: str, runner: Runner = HERE, *, example: bool = False
) -> Report:
    """Ingest what lies in the inbox, build an edition, make the startfoto's.

    A delivery that was refused does not stop it: the last good data keep speaking. Neither does an
    area that cannot be made. Of both an alert has gone out, and the report names them.

    Args:
        areas: ids of the catalogue; none means all that the edition has figures of.
        data_dir: where data live, that of the example included.
        example: invent the practice deliveries first, and leave out published national figures.
    """
    runner.step(steps.look_for_vanished, data_dir)
    runner.step(steps.catch_up, data_dir)
    if example:
        runner.step(steps.practise, data_dir)
    files, unknown = runner.step(steps.look_in_inbox, data_dir, not example)
    outcomes = runner.part(ingest, files, data_dir)
    outcomes += [Outcome(Path(file).name, "unknown") for file in unknown]
    runner.step(steps.quality_page, data_dir)
    left = [o.file_name for o in outcomes if o.verdict in ("waiting", "unknown")]
    runner.step(steps.look_around, left, data_dir)
    built = runner.part(build, data_dir)
    made = runner.part(startfotos, areas, built.edition_id, data_dir)
    resolve(settings_for(data_dir), kinds=OF_A_RUN, because="De verwerking is weer helemaal klaar.")
    return Report(outcomes, built, made)


def refresh_here(
    areas: list[str] | None, data_dir: str | None = None, *, example: bool = False
) -> Report:
    """A refresh in this process, watched and alone.

    Raises:
        RunBusy: another one is at work in this data folder.
    """
    settings = settings_for(data_dir, example)
    with alone(settings, patience=0), watched("refresh", settings):
        return refresh(areas, str(settings.data_dir), example=example)


def speak() -> None:
    """Print our own progress lines, and nothing of the libraries, on the terminal."""
    logger = logging.getLogger("perinatal")
    logger.setLevel(logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    for other in logging.getLogger().handlers:
        other.setLevel(logging.ERROR)


def told(report: Report, settings: Settings, *, example: bool) -> str:
    """What a person at the keyboard sees of it."""
    made, lines = report.made, []
    if len(made.files) > _NAMED:
        folder = settings.startfoto_dir / made.edition_id
        lines.append(f"{len(made.files)} startfoto's in {folder}")
    else:
        for area, files in made.files.items():
            lines += [area, *(f"  {file}" for file in files)]
    if made.unchanged:
        lines.append(f"{len(made.unchanged)} of them stand as they were.")
    lines += [f"{area}: no figures, no startfoto" for area in made.without]
    lines += [f"{area}: not made: {failure.reason}" for area, failure in made.failed.items()]
    if report.refused:
        lines += ["", f"Not loaded (see the alerts in {settings.alerts_dir}):"]
        lines += [f"  {outcome.file_name}: {outcome.verdict}" for outcome in report.refused]
    if example:
        lines += ["", "All figures are invented: these places do not exist."]
    return "\n".join(lines)
