"""How the rules of gate 1 are shown: what failed, in how many rows, at which keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from perinatal.ingest.suites import RuleResult

KEYS_SHOWN = 20
_ORDER = {"broken": 0, "failed": 1, "passed": 2}


def print_rules(results: Sequence[RuleResult], *, err: bool = False) -> None:
    """One line per rule, what failed first, with up to 20 keys and never a value."""
    ordered = sorted(results, key=lambda result: _ORDER[result.outcome])
    width = max((len(result.id) for result in ordered), default=0)
    for result in ordered:
        rows = f"{result.rows} row{'s' if result.rows != 1 else ' '}" if result.rows else ""
        click.echo(
            f"  {result.id:{width}}  {result.outcome:6}  {rows:>10}  {result.severity:8}  "
            f"{result.description}",
            err=err,
        )
        if result.outcome == "broken":
            click.echo(f"  {'':{width}}  the rule could not run: no fault of the data", err=err)
        if result.keys:
            left = len(result.keys) - KEYS_SHOWN
            more = f" and {left} more" if left > 0 else ""
            click.echo(f"  {'':{width}}  at: {', '.join(result.keys[:KEYS_SHOWN])}{more}", err=err)
