"""What to do with a file: one rule for the schedule, for a folder and for a file named by hand.

A delivery has its turn from when it was handed over, and who has the last turn speaks. Bytes that
were seen before are handed over again when their file was written at another moment, or when a
person names it; a file that merely still lies there is not. docs/decisions/0029 says why.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from perinatal.catalog.load import PACKAGED
from perinatal.store import deliveries
from perinatal.store.turns import Past

Todo = Literal["new", "again", "other_rules", "speaks", "overtaken", "refused", "withdrawn"]
TO_JUDGE: tuple[Todo, ...] = ("new", "again", "other_rules")
"""With these a file is judged; with the others it is left as it is."""
LEFT: dict[Todo, str] = {
    "speaks": "read before, nothing changed",
    "overtaken": "read before, a later delivery speaks",
    "refused": "read before, and refused by the same rules",
    "withdrawn": "taken back by hand; name the file to 'perinatal ingest' to let it speak again",
}


def what_to_do(past: Past, *, again: bool, named: bool, full: bool, same_rules: bool) -> Todo:
    """What a file asks for, by what is known of its bytes.

    Args:
        again: they were handed over again.
        named: a person named the file.
        full: a delivery of this source silences all before it.
        same_rules: they were last judged by the rules of now.
    """
    if past.event is None:
        return "new"
    if past.event.event == "withdrawn":
        # a person took them back: no folder brings them back
        return "again" if named or past.waits else "withdrawn"
    accepted = past.event.event in deliveries.ACCEPTED
    if past.waits or (again and (past.overtaken or not accepted)):
        return "again"
    if full and past.overtaken:
        return "overtaken"
    if not same_rules:
        return "other_rules"
    return "speaks" if accepted else "refused"


def handed_over_again(past: Past, file: Path, *, named: bool) -> bool:
    """Whether bytes that were judged before are handed over once more by this file."""
    if named:
        return True
    # an upgrade writes what ships with us anew, and a store of before 0.2 knows no moments
    if file.resolve().is_relative_to(PACKAGED) or not past.seen:
        return False
    return written_at(file).replace(tzinfo=None) not in past.seen


def written_at(file: Path) -> datetime:
    """When the file was written, to the second: not every volume keeps more."""
    return datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
