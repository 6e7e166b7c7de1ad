"""The command that invents deliveries to practise with."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from perinatal.cli.output import Installation, say, working


@click.command()
@click.argument(
    "directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--national",
    "kind",
    flag_value="national",
    help="A whole country: 342 municipalities, their wijken, coalitions and catalogue.",
)
@click.option(
    "--one-reference", "kind", flag_value="one-reference",
    help="One municipality that is the whole reference: nothing to compare it with.",
)  # fmt: skip
@click.pass_obj
def example(house: Installation, directory: Path | None, kind: str | None) -> None:
    """Write practice deliveries (invented).

    A town and a village, which the packaged catalogue knows; with --national or --one-reference a
    set with a catalogue of its own beside it.
    """
    folder = directory or house.settings.data_dir / (kind or "example")
    if kind is not None:
        _invent_country(house, folder, kind)
        return
    from perinatal.practice import write_practice

    with working("inventing a town"):
        files = write_practice(folder)
    for file in files:
        click.echo(file)
    say("All of it is invented: Oefenstad and Proefdorp do not exist, nor do their figures.")
    say(f"Next: {_perinatal(house)} ingest {shlex.quote(str(folder))}")


def _invent_country(house: Installation, folder: Path, kind: str) -> None:
    from perinatal.practice.country import MUNICIPALITIES
    from perinatal.practice.country_files import write_country

    size = MUNICIPALITIES if kind == "national" else 1
    with working("inventing a country"):
        files = write_country(folder, municipalities=size)
    for path in (*files.deliveries, files.catalog_dir, files.impossible, files.sample):
        click.echo(path)
    say("All of it is invented: no municipality, wijk or buurt of it exists, nor do the figures.")
    areas = [area.id for area in files.country.areas if area.id not in files.country.impossible]
    perinatal = _perinatal(house)
    say(f"Next: export PERINATAL_CATALOG_DIR={shlex.quote(str(files.catalog_dir.resolve()))}")
    say(f"      {perinatal} ingest {shlex.quote(str(folder / 'deliveries'))}")
    say(f"      {perinatal} build")
    say(f"      {perinatal} startfoto {areas[0]}")


def _perinatal(house: Installation) -> str:
    data = f" --data {shlex.quote(str(house.given))}" if house.given else ""
    return f"perinatal{data}"
