"""Drafting a contract and a suite from a delivered file."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from perinatal.cli.output import Installation, say, working
from perinatal.errors import UserError


@click.command("new-source")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--id", "source_id", metavar="ID", help="Id of the source.  [default: of the name]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to.  [default: PERINATAL_CATALOG_DIR, else 'catalog']",
)
@click.pass_obj
def new_source(house: Installation, file: Path, source_id: str | None, out: Path | None) -> None:
    """Draft a contract and a suite from a sample (csv, xlsx, sav).

    Fill in what says KIES in the drafted files; 'perinatal check' names what is left.
    """
    from perinatal.catalog.load import choices_left, read_yaml
    from perinatal.ingest.draft import draft

    folder = out or house.settings.catalog_dir or Path("catalog")
    with working(f"reading {file.name}"):
        drafted = draft(file, source_id)
    contract = folder / "sources" / f"{drafted.id}.yaml"
    suite = folder / "expectations" / f"{drafted.id}.yaml"
    for written in (contract, suite):
        if written.exists():
            raise UserError(
                f"{written} exists already. Name another --id or --out, or remove that file."
            )
    for written, text in ((contract, drafted.contract), (suite, drafted.suite)):
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8")
        click.echo(written)
    left = sum(1 for _ in choices_left(read_yaml(contract), contract.name))
    say(f"{left} places wait for a choice: they say KIES, and '# kies' tells what to choose.")
    say(f"Next: PERINATAL_CATALOG_DIR={shlex.quote(str(folder))} perinatal check")
