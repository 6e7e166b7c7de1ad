"""Complementary suppression: which cells to withhold beside the unsafe ones, at the least loss.

A mixed integer program (HiGHS) chooses; the attacker (``attack``) says which of its choices fail,
and each failure becomes a cut that all safe patterns keep. So the answer is safe whenever it ends,
and the cheapest safe one when it ends in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from perinatal.disclosure.attack import Cut, weaknesses
from perinatal.disclosure.solver import program, solved
from perinatal.disclosure.table import Bools, Floats, Table

Outcome = Literal["optimal", "safe", "unsafe"]
_FIRM = 1e-6


@dataclass(frozen=True)
class Pattern:
    """Hidden cells and how they were found.

    ``optimal``: nothing cheaper is safe. ``safe``: time ran out, or a shortcut was taken, and more
    is hidden than may be needed. ``unsafe``: no pattern is safe with what is out already.
    """

    hidden: Bools
    outcome: Outcome
    loss: float
    rounds: int


def suppress(
    table: Table,
    hidden: Bools,
    fixed: Bools,
    loss: Floats,
    *,
    planned: Bools | None = None,
    targets: Bools | None = None,
    seconds: float = 30.0,
) -> Pattern:
    """Choose the cells to hide beside those that are hidden anyway.

    Args:
        table: all cells that hang together, with their true counts.
        hidden: cells that are withheld whatever else is done, among them all unsafe ones.
        fixed: cells that the attacker knows already; hiding one would protect nothing.
        loss: what is lost by hiding a cell, above 0.
        planned: hidden cells that the rules withheld and not the plan; by default all.
        targets: unsafe cells to protect; by default all that are hidden and not fixed.
        seconds: after these the rest is decided without looking for the cheapest.
    """
    planned = np.ones(len(hidden), dtype=bool) if planned is None else planned
    if targets is None:
        targets = table.unsafe() & hidden
    small, where = table.without_twins()

    def any_of(flags: Bools) -> Bools:
        return np.bincount(where, weights=flags, minlength=len(small.counts)) > 0

    try:
        found = _suppress(
            small,
            # one that the plan or its source keeps in says nothing of a twin that may be shown
            ~any_of(~hidden) | any_of(hidden & table.unsafe()),
            any_of(fixed),
            np.bincount(
                where, weights=np.where(hidden, 0.0, loss), minlength=len(small.counts)
            ).astype(np.float64),
            ~any_of(hidden & ~planned),
            any_of(targets),
            time.monotonic() + seconds,
        )
    except ArithmeticError:  # what the solver cannot attack is not called safe
        found = Pattern(np.ones(len(small.counts), dtype=bool), "unsafe", float(loss.sum()), 0)
    return Pattern(found.hidden[where] & ~fixed, found.outcome, found.loss, found.rounds)


def _suppress(
    table: Table,
    hidden: Bools,
    fixed: Bools,
    loss: Floats,
    planned: Bools,
    targets: Bools,
    until: float,
) -> Pattern:
    targets = targets & ~fixed
    forced = hidden & ~fixed

    safe: set[bytes] = set()

    def attack(pattern: Bools) -> list[Cut]:
        return weaknesses(table, pattern, planned | ~hidden, targets, safe)

    if not targets.any():
        return Pattern(forced, "optimal", 0.0, 0)
    choice = ~forced & ~fixed
    everything = forced | choice
    cuts = _lone(table, forced, choice, targets)
    pattern, rounds = forced, 0
    while True:
        rounds += 1
        chosen = _cheapest(cuts, choice, forced, loss, until - time.monotonic())
        if chosen is None:
            break
        pattern = forced | chosen
        found = attack(pattern)
        if not found:
            return Pattern(pattern, "optimal", float(loss[chosen].sum()), rounds)
        if not _usable(found, forced, choice) or time.monotonic() > until:
            break
        cuts += found
    if attack(everything):
        return Pattern(everything, "unsafe", float(loss[choice].sum()), rounds)
    return _thinned(everything, choice, loss, attack, until, rounds)


def _lone(table: Table, forced: Bools, choice: Bools, targets: Bools) -> list[Cut]:
    """No small number stands alone in a sum: a subtraction would give it."""
    cuts: list[Cut] = []
    for relation, *room in zip(table.relations, *table.room, strict=True):
        if any(room):
            continue  # it may miss, so a subtraction gives no figure exactly: the attacker says
        cells = [cell for cell, _ in relation]
        hidden = [cell for cell in cells if forced[cell]]
        if len(hidden) == 1 and targets[hidden[0]]:
            cuts.append({cell: 1.0 for cell in cells if choice[cell]})
    return [cut for cut in cuts if cut]


def _usable(cuts: Iterable[Cut], forced: Bools, choice: Bools) -> bool:
    """Whether every cut can still be kept by hiding more."""
    for cut in cuts:
        reach = sum(weight for cell, weight in cut.items() if forced[cell] or choice[cell])
        if reach < 1 - _FIRM:
            return False
    return True


def _cheapest(
    cuts: list[Cut], choice: Bools, forced: Bools, loss: Floats, seconds: float
) -> Bools | None:
    """Cells to hide at the least loss that keep all cuts; None: none found in time."""
    chosen = np.zeros(len(choice), dtype=bool)
    if not cuts:
        return chosen
    cells = np.array(sorted({c for cut in cuts for c in cut if choice[c]}), dtype=np.int64)
    place = {int(cell): number for number, cell in enumerate(cells)}
    rows, least = [], []
    for cut in cuts:
        given = sum(weight for cell, weight in cut.items() if forced[cell])
        row = [(place[cell], weight) for cell, weight in cut.items() if cell in place]
        if given < 1 - _FIRM:
            # what still has to be given caps every weight
            rows.append([(cell, min(weight, 1 - given)) for cell, weight in row])
            least.append(1 - given)
    found = solved(
        program(
            np.zeros(len(cells)), np.ones(len(cells)), rows,
            np.array(least) - _FIRM, np.full(len(rows), np.inf),
            cost=loss[cells], whole=True, mip_rel_gap=0.0, time_limit=max(seconds, 0.1),
        )
    )  # fmt: skip
    if found is None:
        return None
    chosen[cells] = found > 0.5
    return chosen


def _thinned(
    pattern: Bools,
    choice: Bools,
    loss: Floats,
    attack: Callable[[Bools], list[Cut]],
    until: float,
    rounds: int,
) -> Pattern:
    """Show again what may be shown again, the dearest first, while there is time."""
    out = pattern.copy()
    order: NDArray[np.int64] = np.flatnonzero(choice)[np.argsort(-loss[choice], kind="stable")]
    for cell in order:
        if time.monotonic() > until:
            break
        out[cell] = False
        if attack(out):
            out[cell] = True
    return Pattern(out, "safe", float(loss[out & choice].sum()), rounds)
