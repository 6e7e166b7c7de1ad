"""What the catalogue holds: areas, indicators, sources."""

from __future__ import annotations

import click

from perinatal.cli.output import Installation, print_table

_YES_NO = {True: "yes", False: "no"}


@click.command()
@click.pass_obj
def areas(house: Installation) -> None:
    """List the areas."""
    rows = [
        (area.id, area.name, " ".join(area.municipalities), str(area.boundary_year))
        for area in house.catalog.areas.values()
    ]
    print_table(("id", "name", "municipalities", "boundaries of"), rows)


@click.command()
@click.pass_obj
def indicators(house: Installation) -> None:
    """List the indicators and their definitions."""
    used: dict[str, list[str]] = {}
    for source in house.catalog.sources.values():
        for series in source.series:
            names = used.setdefault(series.indicator, [])
            if source.id not in names:
                names.append(source.id)
    rows = [
        (
            entry.id,
            entry.words.title,
            f"per {entry.per}",
            ", ".join(entry.levels),
            ", ".join(f"{d.id} (v{d.version})" for d in entry.definitions),
            ", ".join(used.get(entry.id, ["none"])),
        )
        for entry in house.catalog.indicators.values()
    ]
    print_table(("id", "title", "unit", "levels", "definitions", "sources"), rows)


@click.command()
@click.pass_obj
def sources(house: Installation) -> None:
    """List the sources, licences and files."""
    rows = [
        (
            source.id,
            source.kind,
            " ".join(source.files),
            source.redelivery,
            _YES_NO[source.invented],
            source.licence.title + (" (non-commercial)" if source.licence.non_commercial else ""),
            source.title,
        )
        for source in house.catalog.sources.values()
    ]
    print_table(("id", "kind", "files", "redelivery", "invented", "licence", "title"), rows)
