"""What was read from a file, part by part, held against what its document says there.

Every format is read into the same few things: running text, tables and drawings. What must stand
there is taken away; a number that is left over has no right to be there. Strings are compared
without spaces, so it does not matter where a line was broken, and a number is never picked out of
letters that happen to stand beside each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from perinatal.errors import IntegrityError

Row = tuple[str, ...]
Table = list[Row]
_MARK = "\0"
_LEFT_OVER = re.compile(r"[^\d\0]{0,20}\d[^\0]{0,30}")


def squeezed(text: str) -> str:
    """A text without spaces and without capitals: how it is compared."""
    return "".join(text.split()).casefold()


def row(*cells: str) -> Row:
    """Cells that say something; an empty column is no difference."""
    return tuple(filter(None, map(squeezed, cells)))


@dataclass
class Drawing:
    """A picture as it was read: its description, its letters in order, and what a pointer says."""

    alt: str
    text: str = ""
    told: list[str] = field(default_factory=list)


@dataclass
class Part:
    """A part of a file: a chapter, a slide, a sheet."""

    title: str = ""
    texts: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """A drawing that must be there; ``drawn`` tells whether its letters are right.

    One that is ``sliced`` goes on over several pages, each with the same description.
    """

    alt: str
    drawn: Callable[[str], object]
    told: Sequence[str] = ()
    sliced: bool = False


@dataclass
class Wanted:
    """What must stand in a part of a file."""

    title: str = ""
    texts: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def say(self, *texts: str) -> None:
        self.texts += filter(None, texts)

    def table(self, rows: Iterable[Row]) -> None:
        self.tables.append([cells for cells in rows if cells])


def differences(part: Part, wanted: Wanted) -> Iterator[str]:
    """Everything in which a part is not what its document says there."""
    where = wanted.title[:40] or "opening"
    loose = list(part.texts)
    for fault in (
        *_tables(part.tables, wanted.tables, loose),
        *_drawings(part.drawings, wanted.pictures, loose),
        *_texts(squeezed("".join(loose)), wanted.texts),
    ):
        yield f"{where}: {fault}"


def stop(what: str, faults: Iterable[str]) -> None:
    """Raises: IntegrityError: there is a fault."""
    found = list(faults)
    if found:
        raise IntegrityError(f"the {what} is not its document: {'; '.join(found[:5])}")


def _texts(text: str, wanted: Sequence[str]) -> Iterator[str]:
    """The longest passages first: a short one may be a piece of a longer one."""
    passages = Counter(map(squeezed, wanted))
    said = {squeezed(passage): passage for passage in wanted}
    for passage, times in sorted(passages.items(), key=lambda one: -len(one[0])):
        if text.count(passage) < times:
            yield f"'{said[passage]}' does not stand there"
        text = text.replace(passage, _MARK)
    for left in _LEFT_OVER.findall(text):
        yield f"'{left}' stands there and not in the document"


def _tables(found: Sequence[Table], wanted: Sequence[Table], loose: list[str]) -> Iterator[str]:
    """Each table that must be there, row by row and in order; all other rows are running text."""
    rest = list(found)
    for table in wanted:
        best = max(rest, key=lambda one: _alike(one, table), default=None)
        if best is None:
            yield f"the table of {' | '.join(table[0])} does not stand there"
            continue
        rest.remove(best)
        yield from _rows(best, table, loose)
    loose += ["".join(cells) for table in rest for cells in table]


def _alike(found: Table, wanted: Table) -> tuple[int, int]:
    """How many rows are the same, and how many begin the same."""
    names = {cells[0] for cells in wanted}
    return len(set(found) & set(wanted)), sum(cells[0] in names for cells in found)


def _rows(found: Table, wanted: Table, loose: list[str]) -> Iterator[str]:
    at = 0
    for cells in wanted:
        try:
            place = found.index(cells, at)
        except ValueError:
            also = " in its place" if cells in found else ""
            yield f"the row {' | '.join(cells)} does not stand there{also}"
            continue
        loose += ["".join(other) for other in found[at:place]]
        at = place + 1
    loose += ["".join(other) for other in found[at:]]


def _drawings(
    found: Sequence[Drawing], wanted: Sequence[Picture], loose: list[str]
) -> Iterator[str]:
    drawn: dict[str, list[Drawing]] = {}
    for drawing in found:
        drawn.setdefault(squeezed(drawing.alt), []).append(drawing)
    for picture in wanted:
        there = drawn.get(squeezed(picture.alt))
        if not there:
            yield f"the drawing '{picture.alt[:60]}' does not stand there"
            continue
        own = [there.pop(0) for _ in range(len(there) if picture.sliced else 1)]
        text = "".join(drawing.text for drawing in own)
        if not picture.drawn(squeezed(text)):
            yield f"the drawing '{picture.alt[:60]}' says {text[:400]}"
        told = [line for drawing in own for line in drawing.told]
        if [*map(squeezed, told)] != [*map(squeezed, picture.told)]:
            yield f"the drawing '{picture.alt[:60]}' tells a pointer {told}"
    for others in drawn.values():
        loose += [text for one in others for text in (one.alt, one.text, *one.told)]
