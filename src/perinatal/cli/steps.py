"""The commands that do the work: ingest, build, startfoto."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perinatal.cli.output import Installation, say, working
from perinatal.cli.rules import print_rules
from perinatal.errors import RejectedDelivery, UserError

if TYPE_CHECKING:
    from perinatal.pipeline.receive import Judgement

REJECTED, QUARANTINED = RejectedDelivery.exit_code, 5
_FORMATS = ("html", "pdf", "pptx", "xlsx", "csv", "json")
_VARIANTS = ("volledig", "bestuurlijk", "bewoners")
_UNHARMED = "Nothing was loaded. The file is kept; the last good data and editions are unchanged."


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--source", "source_id", metavar="ID", help="The contract, if no name fits.")
@click.option(
    "--published",
    is_flag=True,
    help="Also read the published national figures that ship with perinatal.",
)
@click.pass_obj
def ingest(
    house: Installation, files: tuple[Path, ...], source_id: str | None, published: bool
) -> int:
    """Judge delivered files and load what is good.

    A folder means the files in it. Maps go first, whatever the order. A rejected or quarantined
    file changes nothing: the last good data keep speaking, and an alert is made.

    To name a file is to hand it over: it speaks, also when its bytes spoke before and were
    replaced or taken back. A file in a folder is handed over when it was put there anew.
    """
    wanted = [(file, source_id, named) for file, named in _expand(files)]
    if published:
        from perinatal.catalog.load import PACKAGED

        shipped = sorted((PACKAGED / "deliveries").glob("*.csv"))
        wanted += [(file, None, False) for file in shipped]
    if not wanted:
        raise click.UsageError("Name at least one file. 'perinatal example' makes some to try.")
    from perinatal.pipeline.receive import source_for
    from perinatal.pipeline.telling import catch_up

    catch_up(house.settings)  # who never runs the flow must not lose an alert either
    codes = []
    ready = []
    for file, given, named in wanted:
        try:
            ready.append((source_for(file, house.catalog, given), file, named))
        except UserError as error:
            if len(wanted) == 1:
                raise
            say(f"perinatal: {error}")
            codes.append(error.exit_code)
    ready.sort(key=lambda one: one[0].kind != "map")  # figures are checked against the maps
    codes += [_ingest_one(house, file, source.id, named) for source, file, named in ready]
    failed = [code for code in codes if code]
    # one code for many files: a rejected file first, it is the worst
    return min(failed, key=[REJECTED, QUARANTINED, 3, 2].index) if failed else 0


def _expand(files: tuple[Path, ...]) -> list[tuple[Path, bool]]:
    """Each file, and whether it was named itself."""
    found: list[tuple[Path, bool]] = []
    for file in files:
        if file.is_dir():
            inside = sorted(p for p in file.iterdir() if p.is_file() and p.name[0] != ".")
            found += [(one, False) for one in inside]
        else:
            found.append((file, True))
    return found


def _ingest_one(house: Installation, file: Path, source_id: str, named: bool) -> int:
    from perinatal.pipeline import receive

    try:
        with working(f"reading and judging {file.name}"):
            judgement = receive.ingest(file, house.catalog, house.settings, source_id, named=named)
    except RejectedDelivery as error:
        click.echo(f"rejected                {file.name}")
        for label, text in (
            ("where", error.place),
            ("problem", error.problem),
            ("expected", error.expected),
            ("to do", error.remedy),
            ("rule", error.rule),
        ):
            say(f"  {label:10}{text}")
        say(f"  {_UNHARMED}")
        return REJECTED
    except UserError as error:
        click.echo(f"not read                {file.name}")
        say(f"perinatal: {error}")
        return error.exit_code
    return _tell(house, judgement)


def _tell(house: Installation, judgement: Judgement) -> int:
    from perinatal.pipeline.handover import LEFT

    troubled = [result for result in judgement.results if result.outcome != "passed"]
    in_part = judgement.verdict == "accepted_with_warnings" and any(
        result.severity == "critical" for result in troubled
    )
    verdict = "accepted in part" if in_part else judgement.verdict.replace("_", " ")
    note = f"  ({LEFT[judgement.todo]})" if judgement.todo in LEFT else ""
    click.echo(f"{verdict:22}  {judgement.file_name}  {judgement.delivery_id}{note}")
    if judgement.verdict == "rejected":  # and known: else it is an error
        return REJECTED
    if judgement.verdict == "quarantined":
        print_rules(troubled, err=True)
        say(f"  {_UNHARMED}")
        say("  to do     Ask the sender for a corrected file and ingest that one.")
        say(f"            All rules: perinatal quality {judgement.delivery_id}")
        return QUARANTINED
    if troubled:
        print_rules(troubled, err=True)
    if in_part:
        say("  Only what the failed rules touch stays out; the rest is loaded. Where the source")
        say("  allows it, the last good figure of that part stands.")
        say(
            f"  to do     Ask the sender for a corrected file. All rules: perinatal quality "
            f"{judgement.delivery_id}"
        )
        return QUARANTINED
    return 0


@click.command()
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Let the deliveries speak that were accepted by then (UTC).  [default: now]",
)
@click.pass_obj
def build(house: Installation, as_of: datetime | None) -> None:
    """Compute, protect and publish an edition."""
    from perinatal.pipeline import build as building
    from perinatal.pipeline.telling import catch_up

    catch_up(house.settings)
    moment = as_of.replace(tzinfo=UTC) if as_of else None
    with working("computing, protecting and publishing"):
        built = building.build(house.catalog, house.settings, moment)
    click.echo(f"edition   {built.edition_id}" + ("" if built.new else "  (nothing new)"))
    click.echo(f"shown     {built.shown}")
    click.echo(f"withheld  {built.withheld}")
    click.echo(f"folder    {built.folder}")


def _formats(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return _chosen(value, _FORMATS)


def _variants(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return _chosen(value, _VARIANTS)


def _chosen(value: str, known: tuple[str, ...]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))
    if not chosen or not set(chosen) <= set(known):
        raise click.BadParameter(f"choose from {', '.join(known)}, separated by commas.")
    return chosen


@click.command()
@click.argument("areas", metavar="AREA...", nargs=-1, required=True)
@click.option("--formats", default=",".join(_FORMATS[:-1]), show_default=True, callback=_formats)
@click.option("--variants", default=",".join(_VARIANTS), show_default=True, callback=_variants)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to.  [default: inside the data folder, per edition and area]",
)
@click.option("--edition", metavar="ID", help="A published edition.  [default: the newest]")
@click.pass_obj
def startfoto(
    house: Installation,
    areas: tuple[str, ...],
    formats: tuple[str, ...],
    variants: tuple[str, ...],
    out: Path | None,
    edition: str | None,
) -> int:
    """Write the startfoto of one or more areas.

    Only the paths appear on stdout. The JSON that all formats are drawn from is always kept. What
    cannot be made of one area does not stop the others.
    """
    from perinatal.pipeline import document_sets, documents

    known = (documents.DOCUMENT, *documents.OUTPUTS)
    outputs = tuple(one for one in known if one[0] in formats and (one[1] in variants
                    or one == documents.DOCUMENT))  # fmt: skip
    with working(f"making {', '.join(areas)}"):
        made = document_sets.make(areas, house.catalog, house.settings, edition, outputs, out=out)
    for files in made.files.values():
        for file in files:
            click.echo(file)
    for area, failure in made.failed.items():
        say(f"perinatal: {area}: {failure.reason}")
    return document_sets.exit_code(made)
