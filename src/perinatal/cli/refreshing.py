"""The command that does all of it: inbox to startfoto, as the schedule does."""

from __future__ import annotations

import click

from perinatal.cli.output import Installation, say


@click.command()
@click.option("--areas", metavar="AREA,...", help="Only these areas, separated by commas.")
@click.option("--example", is_flag=True, help="An invented town, in 'example' in the data folder.")
@click.pass_obj
def refresh(house: Installation, areas: str | None, example: bool) -> int:
    """Ingest what lies in the inbox, build an edition and write the startfoto's.

    What the scheduled flow does, without a server. The exit code is 5 when the startfoto's were
    made and a file in the inbox was not loaded, 6 when another refresh is at work, and 8 when some
    startfoto's could not be made.
    """
    from perinatal.pipeline import refresh as sequence
    from perinatal.pipeline.steps import settings_for

    chosen = [name.strip() for name in areas.split(",") if name.strip()] if areas else None
    if example:
        chosen = chosen or sequence.EXAMPLE_AREAS
    elif not house.settings.inbox_dir.is_dir():
        say(f"no inbox yet: put deliveries and their maps in {house.settings.inbox_dir}")
    sequence.speak()
    data_dir = str(house.settings.data_dir)
    report = sequence.refresh_here(chosen, data_dir, example=example)
    click.echo(sequence.told(report, settings_for(data_dir, example), example=example))
    return report.exit_code
