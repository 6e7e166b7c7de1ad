"""The command that says where a figure comes from."""

from __future__ import annotations

import json

import click

from perinatal.cli.output import Installation


@click.command()
@click.argument("reference", metavar="REFERENCE")
@click.option("--edition", metavar="ID", help="A published edition.  [default: the newest]")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
@click.pass_obj
def explain(house: Installation, reference: str, edition: str | None, as_json: bool) -> None:
    """Say where a figure comes from: file, lines, key, rule, calculation, edition.

    REFERENCE stands in the open file, the workbook and the page, for example
    'GM9901/vroeggeboorte/oefen_perinataal.oefen-24w/2021-2025'.
    """
    from perinatal.pipeline.explain import explain as told

    lines = told(reference, house.catalog, house.settings, edition)
    if as_json:
        click.echo(json.dumps(dict(lines), ensure_ascii=False, indent=1))
        return
    width = max(len(label) for label, _ in lines)
    for label, text in lines:
        click.echo(f"{label:<{width}}  {text}")
