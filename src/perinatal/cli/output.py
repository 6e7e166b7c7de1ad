"""What every command shares: the installation it works on, tables, messages and progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perinatal.errors import UserError

if TYPE_CHECKING:
    from perinatal.catalog import Catalog
    from perinatal.settings import Settings

_GAP = "  "


class Installation:
    """Settings and catalogue of this run, read when a command first asks for them."""

    def __init__(self, data: Path | None) -> None:
        self.given = data

    @cached_property
    def settings(self) -> Settings:
        from pydantic import ValidationError

        from perinatal.settings import Settings

        try:
            return Settings(data_dir=self.given) if self.given else Settings()
        except ValidationError as error:
            faults = [
                f"PERINATAL_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}."
                for fault in error.errors()
            ]
            raise UserError("\n".join(faults)) from None

    @cached_property
    def catalog(self) -> Catalog:
        from perinatal.catalog import load_catalog

        return load_catalog(self.settings.catalog_dir)


def say(message: str) -> None:
    """A message for a person: on stderr, so that stdout can be piped."""
    click.echo(message, err=True)


def print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def moment(value: datetime | None) -> str:
    """A moment of the store (UTC) as text."""
    return f"{value:%Y-%m-%d %H:%M:%S} UTC" if value else ""


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout: ruled and wrapped on a terminal, else aligned text, one row a line."""
    if sys.stdout.isatty():
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            # as Text: a name with [brackets] is no markup
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for line in (header, *rows):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo(_GAP.join(cells).rstrip())


@contextmanager
def working(text: str) -> Iterator[None]:
    """A moving line on what takes long; nothing when stderr is a file or a pipe."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(escape(text)):
        yield
