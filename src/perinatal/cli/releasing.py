"""The command that lets a startfoto go: read, checked, released, each by somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from perinatal.cli.output import Installation, say, working

if TYPE_CHECKING:
    from perinatal.startfoto.release import Audience, Kind, Step


@click.command()
@click.argument("edition", metavar="EDITION")
@click.argument("area", metavar="AREA")
@click.option("--by", metavar="ROLE", help="In which role you do this; a role, never a name.")
@click.option("--sentences", is_flag=True, help="Print the sentences that can be held back.")
@click.option("--explain", metavar="CHAPTER", help="Add the explanation of --text to a chapter.")
@click.option("--text", default="", help="The explanation, in plain Dutch.")
@click.option("--hold", metavar="ADDRESS", help="Hold a sentence back, for the --reason given.")
@click.option("--reason", default="", help="Why, in plain Dutch; the startfoto tells it.")
@click.option("--read", metavar="PAGES", help="You have read 'sterfte' or 'wijken'.")
@click.option("--checked", is_flag=True, help="You have checked figures and text.")
@click.option("--revoke", is_flag=True, help="Make it a concept again, for the --reason given.")
@click.option(
    "--audience",
    type=click.Choice(("intern", "coalitie", "openbaar")),
    help="For whom it is released.",
)
@click.pass_obj
def release(
    house: Installation,
    edition: str,
    area: str,
    by: str | None,
    sentences: bool,
    explain: str | None,
    text: str,
    hold: str | None,
    reason: str,
    read: str | None,
    checked: bool,
    revoke: bool,
    audience: str | None,
) -> None:
    """Release the startfoto of AREA, or take a step towards it.

    Without --by it says where the startfoto stands and what is lacking. With --by and --audience
    it is released. A step that changes the text asks for a new check.
    """
    from perinatal.pipeline import release as releasing
    from perinatal.startfoto.release import Step

    wanted = {
        "explained": explain is not None, "held": hold is not None, "read": read is not None,
        "checked": checked, "revoked": revoke, "released": audience is not None,
    }  # fmt: skip
    chosen = [kind for kind, asked in wanted.items() if asked]
    if len(chosen) > 1:
        raise click.UsageError("one step at a time.")
    if sentences:
        _print_sentences(house, edition, area)
        return
    if not chosen:
        if by is not None:
            raise click.UsageError("for whom? --audience intern, coalitie or openbaar.")
        _print_standing(house, edition, area)
        return
    if by is None:
        raise click.UsageError("say with --by in which role you do this.")
    step = Step(
        kind=cast("Kind", chosen[0]), by=by.strip(),
        on=house.settings.clock().date().isoformat(), what=explain or hold or read or "",
        text=text or reason, audience=cast("Audience | None", audience),
    )  # fmt: skip
    with working(f"drawing {area} anew"):
        files = releasing.take(step, edition, area, house.catalog, house.settings)
    if not files:
        say(f"{area}: revoked, and its files are gone: a delivery under it was withdrawn.")
        return
    click.echo(files[0].parent)
    _print_standing(house, edition, area)


def _print_sentences(house: Installation, edition: str, area: str) -> None:
    from perinatal.pipeline import documents
    from perinatal.startfoto.release import addresses

    document = documents.composed(area, house.catalog, house.settings, edition)
    for address, said in addresses(document).items():
        click.echo(f"{address}\n    {said}")


def _print_standing(house: Installation, edition: str, area: str) -> None:
    from perinatal.pipeline import release as releasing

    document, steps = releasing.concept(edition, area, house.catalog, house.settings)
    state, lacking = releasing.standing(document, steps)
    for step in steps:
        say(f"{step.on}  {_told(step)}  ({step.by})")
    if state.released is not None:
        say(f"{area}: released for '{state.released.audience}'.")
        return
    say(f"{area}: a concept.")
    for line in lacking:
        say(f"  - {line}")
    if not lacking:
        say("  - it can be released: --audience AUDIENCE --by ROLE")


def _told(step: Step) -> str:
    words = {
        "explained": "explanation added to", "held": "sentence held back:", "read": "has read",
        "checked": "checked", "released": "released for", "revoked": "made a concept again:",
    }  # fmt: skip
    rest = step.audience or step.what or step.text
    return f"{words[step.kind]} {rest}".strip()
