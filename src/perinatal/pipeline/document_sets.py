"""The files of a startfoto as a set: they appear together, and only when something changed.

One area's failure is one area's: the others are made, and what was there stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from perinatal.alerts import raise_alert, settle
from perinatal.catalog import Area, Catalog
from perinatal.errors import PerinatalError, UserError
from perinatal.pipeline import alarms_documents, documents
from perinatal.pipeline.compute import region_id
from perinatal.pipeline.documents import OUTPUTS, Format
from perinatal.pipeline.release_steps import as_json, read_steps
from perinatal.pipeline.taken_back import require_speaking, tell_taken_back
from perinatal.settings import Settings
from perinatal.startfoto.document import Startfoto, Variant
from perinatal.startfoto.release import Step
from perinatal.store import PublishedEdition, open_edition
from perinatal.workers import spread

Outputs = tuple[tuple[Format, Variant], ...]
_MADE = ".made.json"
"""Beside the files: what they were made from, and their checksums."""
_WORTH_A_PROCESS = 6
"""Startfoto's to make from which on a second process gains more than its start costs."""


@dataclass(frozen=True)
class Failure:
    """Why an area has no new startfoto.

    ``kind`` is one word, for who counts them; ``reason`` is a sentence for who has to act. It may
    hold published figures, so it stays inside.
    """

    kind: str
    reason: str
    exit_code: int = 1


SOME_FAILED = 8
"""Exit code: some startfoto's could not be made; the others were."""


@dataclass(frozen=True)
class Made:
    """What a run made of an edition: the files of each area, in the order of ``OUTPUTS``.

    ``unchanged``: areas of which nothing had to be made anew. ``failed``: those without new files.
    ``without``: areas that nobody asked for, on the maps and without a figure.
    """

    edition_id: str
    files: dict[str, list[str]] = field(default_factory=dict)
    unchanged: frozenset[str] = frozenset()
    failed: dict[str, Failure] = field(default_factory=dict)
    without: tuple[str, ...] = ()


def make(
    areas: Sequence[str] | None,
    catalog: Catalog,
    settings: Settings,
    edition_id: str | None = None,
    outputs: Outputs = OUTPUTS,
    *,
    out: Path | None = None,
    heard: Callable[[str, str], None] = lambda area_id, what: None,
) -> Made:
    """Make the startfoto's of some areas, or of all that the edition has figures of.

    The edition is opened once, and an area whose edition, release, catalogue, theme and code are
    what they were is left alone.

    Args:
        out: a folder for the files of all areas together; by default each has a folder of its own
            inside the data folder.
        heard: is told of each area what became of it: 'made', 'unchanged' or why it failed.

    Raises:
        UserError: no such area or edition, or a delivery of the edition was taken back.
    """
    for area_id in areas or ():  # a misspelt name is told before any work is done
        documents.find_area(catalog, area_id)
    edition = open_edition(settings.published_dir, edition_id)
    require_speaking(edition.edition_id, settings)
    wanted = list(dict.fromkeys(areas)) if areas else with_figures(edition, catalog)
    desk = _Desk(catalog, settings, edition, outputs, out, _ground(edition, catalog, settings))
    files: dict[str, list[str]] = {}
    due = []
    for area_id in wanted:
        if desk.stands(area_id):
            files[area_id] = desk.paths(area_id)
            heard(area_id, "unchanged")
        else:
            due.append(area_id)
    unchanged = frozenset(files)
    failed = {}
    for area_id, made in _made(due, desk):
        if isinstance(made, Failure):
            failed[area_id] = made
            heard(area_id, made.reason)
        else:
            files[area_id] = made
            heard(area_id, "made")
    ordered = {area_id: files[area_id] for area_id in wanted if area_id in files}
    without = () if areas else _without_figures(edition, catalog)
    return Made(edition.edition_id, ordered, unchanged, failed, without)


def exit_code(made: Made) -> int:
    """0, the code of what went wrong everywhere, or ``SOME_FAILED``."""
    codes = {failure.exit_code for failure in made.failed.values()}
    if made.files or len(codes) > 1:
        return SOME_FAILED if codes else 0
    return codes.pop() if codes else 0


def tell(made: Made, settings: Settings, *, whole: bool) -> None:
    """One alert on all areas that failed; after a run over all areas the others are mended.

    Args:
        whole: whether all areas were looked at, and not only some that somebody named.
    """
    told = alarms_documents.documents_failed(made.failed, settings)
    if whole:
        because = "Deze startfoto's zijn gemaakt, of om een andere reden niet."
        settle(told, settings, kinds=("documents",), because=because)
    else:
        for alert in told:
            raise_alert(alert, settings)
    tell_taken_back(settings)


def with_figures(edition: PublishedEdition, catalog: Catalog) -> list[str]:
    """Ids of the areas that stand on the map of the edition whole, and of which it has figures."""
    known = edition.regions_with_figures()
    return [area.id for area in _on_map(edition, catalog) if _told_of(area, known)]


def _without_figures(edition: PublishedEdition, catalog: Catalog) -> tuple[str, ...]:
    known = edition.regions_with_figures()
    return tuple(a.id for a in _on_map(edition, catalog) if not _told_of(a, known))


def _on_map(edition: PublishedEdition, catalog: Catalog) -> list[Area]:
    drawn = edition.municipalities()
    return [area for area in catalog.areas.values() if drawn.issuperset(area.municipalities)]


def _told_of(area: Area, regions: set[str]) -> bool:
    """Whether there is a figure of the area, or of one of its municipalities."""
    return not regions.isdisjoint((region_id(area), *area.municipalities))


def _made(due: list[str], desk: _Desk) -> Iterator[tuple[str, list[str] | Failure]]:
    """Each area with its files, or why it has none; also when a process dies of one."""
    workers, done = desk.settings.workers, 0
    try:
        for made in spread(
            _make_one,
            due,
            workers,
            at_least=_WORTH_A_PROCESS,
            initializer=_sit_at,
            initargs=(desk,),
        ):
            yield due[done], made
            done += 1
    except BrokenProcessPool:
        # one area took its process along, and nobody knows which: each of the rest gets its own
        for area_id in due[done:]:
            try:
                (alone,) = spread(
                    _make_one, [area_id], 2, at_least=1, initializer=_sit_at, initargs=(desk,)
                )
            except BrokenProcessPool:
                alone = Failure("PROCES", "its process died while making it.")
            yield area_id, alone


@dataclass(frozen=True)
class _Desk:
    """What a process needs to make one startfoto after another."""

    catalog: Catalog
    settings: Settings
    edition: PublishedEdition
    outputs: Outputs
    out: Path | None
    ground: str

    def folder(self, area_id: str) -> Path:
        own = documents.output_folder(self.settings, self.edition.edition_id, area_id)
        return self.out or own

    def paths(self, area_id: str) -> list[str]:
        return [
            str(self.folder(area_id) / documents.file_name(area_id, *output))
            for output in self.outputs
        ]

    def mark(self, area_id: str) -> str:
        try:
            steps = read_steps(self.settings, self.edition.edition_id, area_id)
        except PerinatalError:
            return ""  # a damaged file of steps is that area's failure, and told when it is made
        return _mark(self.ground, area_id, steps)

    def stands(self, area_id: str) -> bool:
        """Whether the files of an area are there, whole, and what would be made now."""
        folder = self.folder(area_id)
        if self.out is not None:
            return False
        _mend(folder)
        made = _read_made(folder)
        if made.get("made_from") != self.mark(area_id):
            return False
        return {*self.outputs} <= {*_drawn_before(folder)} and made["files"] == _checksums(folder)


_desk: list[_Desk] = []
"""The desk of this process."""


def _sit_at(desk: _Desk) -> None:
    _desk[:] = [desk]


def _make_one(area_id: str) -> list[str] | Failure:
    (desk,) = _desk
    try:
        area = documents.find_area(desk.catalog, area_id)
        document = documents.composed_from(desk.edition, area, desk.catalog, desk.settings)
        steps = read_steps(desk.settings, document.edition.id, area_id)
        folder = desk.folder(area_id)
        if desk.out is None:
            # who asks for one format does not lose the others
            outputs = (*dict.fromkeys((*desk.outputs, *_drawn_before(folder))),)
            with _appearing(folder, document, steps, desk.settings, outputs, desk.mark(area_id)):
                pass
        else:
            with _drawn(folder, document, steps, desk.settings, desk.outputs) as working:
                for file in working.iterdir():
                    file.replace(folder / file.name)
        return desk.paths(area_id)
    except Exception as error:
        return failure_of(error)


def failure_of(error: Exception) -> Failure:
    """The failure that an error is; of an unknown one kind and place: its text can hold a cell."""
    if isinstance(error, PerinatalError):
        kind = "REDEN" if isinstance(error, UserError) else type(error).__name__
        return Failure(kind, str(error), error.exit_code)
    kind = type(error).__name__
    own = [f for f in traceback.extract_tb(error.__traceback__) if "perinatal" in f.filename]
    place = f" at {Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    return Failure(kind, f"this is a fault of perinatal: {kind}{place}.")


@contextmanager
def _drawn(
    folder: Path,
    concept: Startfoto,
    steps: tuple[Step, ...],
    settings: Settings,
    outputs: Outputs,
) -> Iterator[Path]:
    """A folder that nobody finds with a whole set, read back; it is gone when the block ends."""
    working = folder.with_name(f".{folder.name}.{concept.area_id}.{os.getpid()}")
    shutil.rmtree(working, ignore_errors=True)
    try:
        saved = documents.save(concept, steps, settings, working)
        list(documents.render_files(saved, outputs))
        folder.mkdir(parents=True, exist_ok=True)
        yield working
    finally:
        shutil.rmtree(working, ignore_errors=True)


@contextmanager
def _appearing(
    folder: Path,
    concept: Startfoto,
    steps: tuple[Step, ...],
    settings: Settings,
    outputs: Outputs,
    mark: str,
) -> Iterator[None]:
    """Draw a whole set, and put it in its folder when the block ends well; else nothing changes."""
    with _drawn(folder, concept, steps, settings, outputs) as working:
        about = {"made_from": mark, "files": _checksums(working), "outputs": outputs}
        (working / _MADE).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        yield
        _put(working, folder)


@contextmanager
def redrawn(
    concept: Startfoto, steps: tuple[Step, ...], catalog: Catalog, settings: Settings
) -> Iterator[list[Path]]:
    """Draw a startfoto anew after a step of its release; it appears when the block is left.

    The step is written inside the block: what cannot be drawn is not noted, and files that a
    killed command left as they were are seen to be old by the next run.
    """
    edition_id, area_id = concept.edition.id, concept.area_id
    folder = documents.output_folder(settings, edition_id, area_id)
    ground = _ground(open_edition(settings.published_dir, edition_id), catalog, settings)
    outputs = documents.OUTPUTS
    with _appearing(folder, concept, steps, settings, outputs, _mark(ground, area_id, steps)):
        names = [documents.file_name(area_id, "json")]
        names += [documents.file_name(area_id, *output) for output in outputs]
        yield [folder / name for name in names]


def remove(folder: Path) -> None:
    """Take a set away, as a whole."""
    if folder.is_dir():
        gone = _put_aside(folder)
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone)


def _put(working: Path, folder: Path) -> None:
    """Swap a finished set in; see ``_mend`` for a run that is killed between the two moves."""
    before = _put_aside(folder)
    shutil.rmtree(before, ignore_errors=True)
    folder.rename(before)
    working.rename(folder)
    shutil.rmtree(before)


def _put_aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.before")


def _mend(folder: Path) -> None:
    """Put back the set that a killed run had put aside and not yet replaced."""
    before = _put_aside(folder)
    if before.is_dir() and not folder.exists():
        before.rename(folder)


def _checksums(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
        if not file.name.startswith(".")
    }


def _read_made(folder: Path) -> dict[str, object]:
    try:
        found = json.loads((folder / _MADE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _drawn_before(folder: Path) -> Iterator[tuple[Format, Variant]]:
    """Outputs that a folder has."""
    told = _read_made(folder).get("outputs")
    known: Outputs = (*documents.OUTPUTS, documents.DOCUMENT)
    return (one for one in known if isinstance(told, list) and [*one] in told)


def _ground(edition: PublishedEdition, catalog: Catalog, settings: Settings) -> str:
    """Fingerprint of what all areas of an edition are made from, theme and contact included."""
    with (edition.folder / "edition.duckdb").open("rb") as content:
        figures = hashlib.file_digest(content, "sha256").hexdigest()
    parts = [edition.edition_id, edition.made_at.isoformat(), figures, _code(),
             catalog.model_dump_json(), settings.contact]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _code() -> str:
    """Fingerprint of the code that writes and draws: another version may say it otherwise."""
    package = Path(documents.__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(package)).encode() + file.read_bytes())
    return digest.hexdigest()


def _mark(ground: str, area_id: str, steps: tuple[Step, ...]) -> str:
    """Fingerprint of all that one startfoto is made from."""
    return hashlib.sha256(f"{ground}\n{area_id}\n{as_json(steps)}".encode()).hexdigest()
