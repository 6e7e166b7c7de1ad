"""The command that shows, writes and approves the publication plan of an area."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perinatal.cli.output import Installation, print_json, print_table, say
from perinatal.errors import UserError

if TYPE_CHECKING:
    from perinatal.pipeline.plan import MunicipalPlan, Period, PlannedArea
    from perinatal.pipeline.plan_shows import Shows

_STATES = {
    "approved": "approved register",
    "draft": "draft register, not approved yet",
    "cut": "no register: cut on births; --write makes it a file",
}


@click.command()
@click.argument("area_id", metavar="AREA")
@click.option("--write", is_flag=True, help="Write the areas as draft registers.")
@click.option("--approve", is_flag=True, help="Sign the draft registers, with --by.")
@click.option("--by", "role", metavar="ROLE", help="Who approves: a role, no person's name.")
@click.option(
    "--map",
    "drawing",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.svg",
    help="Draw the areas.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def plan(
    house: Installation, area_id: str, write: bool, approve: bool, role: str | None,
    drawing: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Show which areas and periods may be published: fixed on births, before any outcome.

    AREA is an id ('perinatal areas' lists them). Registers are written to and approved in
    PERINATAL_CATALOG_DIR (else 'catalog'), folder startfotogebieden; a file that is there is
    never overwritten.
    """
    if write and approve:
        raise click.UsageError("First --write, then read and edit the file, then --approve.")
    if approve != (role is not None):
        raise click.UsageError("--approve and --by ROLE go together.")
    from perinatal.pipeline import plan as planning
    from perinatal.pipeline import plan_map, plan_register, plan_shows

    folder = house.settings.catalog_dir or Path("catalog")
    catalog = house.catalog
    if approve and house.settings.catalog_dir is None and folder.is_dir():
        from perinatal.catalog import load_catalog

        catalog = load_catalog(folder)
    if area_id not in catalog.areas:
        raise UserError(f"no area '{area_id}'. Known: {', '.join(catalog.areas)}.")
    area = catalog.areas[area_id]
    regions, observations = planning.read(catalog, house.settings)
    stored = planning.kept(house.settings)
    plans = planning.explain(area, catalog, regions, observations, stored)
    if write or approve:
        if write:
            files = plan_register.write(plans, area_id, folder)
        else:
            today = house.settings.clock().date()
            files = plan_register.approve(plans, role or "", today, folder)
        _next(house, files, folder, area_id, approved=approve)
        _warn(plans)
    if drawing is not None:
        drawing.write_text(plan_map.svg(area.name, plans, regions), encoding="utf-8")
        say(f"drawn: {drawing}")
    if as_json or not (write or approve):
        shows = plan_shows.shows(area, catalog, regions, observations)
        if as_json:
            print_json(_as_json(plans, shows))
        else:
            _print(plans, shows)


def _next(
    house: Installation, files: list[Path], folder: Path, area_id: str, *, approved: bool
) -> None:
    for file in files:
        say(f"{'approved' if approved else 'written'}: {file}")
    own = f"PERINATAL_CATALOG_DIR={shlex.quote(str(folder))} "
    setting = own if house.settings.catalog_dir is None else ""
    if approved:
        say(f"Next: {setting}perinatal build")
    else:
        say(f"Read and edit them. Next: {setting}perinatal plan {area_id}")


def _warn(plans: list[MunicipalPlan]) -> None:
    for plan in plans:
        for planned in plan.areas:
            if planned.gebied.expected < plan.least:
                say(
                    f"{planned.gebied.code} {planned.gebied.name}: fewer than {plan.least:g} "
                    "expected cases, so it gets no figures. Join it with a neighbour."
                )
        if not plan.areas and plan.register is None:
            say(f"{plan.name}: no areas, so no register. {_why_none(plan)}")


def _print(plans: list[MunicipalPlan], shows: list[Shows]) -> None:
    for plan in plans:
        click.echo(f"{plan.name} ({plan.municipality}, boundaries of {plan.boundary_year})")
        click.echo(_STATES[plan.state] + _signature(plan))
        click.echo(plan.based_on)
        if not plan.areas:
            click.echo(f"no figures below the municipality. {_why_none(plan)}")
        else:
            _print_areas(plan)
        click.echo()
    click.echo("periods that the plan allows, before small numbers are protected")
    rows = [
        (
            shown.name,
            shown.indicator,
            shown.definition,
            shown.source,
            _years(shown.years),
            _blocks(shown),
        )
        for shown in shows
    ]
    header = ("level", "indicator", "definition", "source", "single years", "blocks (expected)")
    print_table(header, rows)


def _print_areas(plan: MunicipalPlan) -> None:
    periods = list(plan.areas[0].expected)
    header = ["code", "name", "wijken", *(_period(period, periods) for period in periods), "why"]
    print_table(
        header,
        [
            [
                planned.gebied.code,
                planned.gebied.name,
                " ".join(planned.gebied.wijken),
                *(f"{planned.expected[period]:.1f}" for period in periods),
                _why(planned, plan.least),
            ]
            for planned in plan.areas
        ],
    )


def _signature(plan: MunicipalPlan) -> str:
    register = plan.register
    if register is None or register.approved_by is None:
        return ""
    return f": {register.approved_by}, {register.approved_on}"


def _why(planned: PlannedArea, least: float) -> str:
    reasons = []
    if planned.gebied.expected < least:
        reasons.append(f"below {least:g}: gets no figures")
    if len(planned.wijken) > 1:
        small = [f"{name} ({cases:.1f})" for name, cases in planned.small.items()]
        reasons.append(
            f"joined, too small alone: {', '.join(small)}" if small else "joined in the register"
        )
    elif not reasons:
        reasons.append("large enough alone")
    if planned.unknown:
        reasons.append(f"births not known: {', '.join(planned.unknown)}")
    return "; ".join(reasons)


def _why_none(plan: MunicipalPlan) -> str:
    if plan.register is not None:
        return "The register has no areas."
    if plan.whole == 0:
        return "No source in the store has births per wijk on these boundaries."
    return (
        f"All wijken together have {plan.whole:.1f} expected cases; two areas of {plan.least:g} "
        "cannot be made."
    )


def _period(period: Period, periods: list[Period]) -> str:
    source, start, end = period
    several = len({name for name, _, _ in periods}) > 1
    return f"{start}-{end}" + (f" {source}" if several else "")


def _years(years: tuple[int, ...]) -> str:
    """'2016-2020, 2023'; 'none'."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(_span(run[0], run[-1]) for run in runs) or "none"


def _span(start: int, end: int) -> str:
    return str(start) if start == end else f"{start}-{end}"


def _blocks(shown: Shows) -> str:
    told = [
        f"{_span(*block)} {'yes' if may else 'no'} ({_cases(expected)})"
        for block, (expected, may) in shown.blocks.items()
    ]
    return ", ".join(told) or "none"


def _cases(expected: float) -> str:
    return "not known" if expected != expected else f"{expected:.1f}"


def _as_json(plans: list[MunicipalPlan], shows: list[Shows]) -> dict[str, Any]:
    return {
        "municipalities": [
            {
                "municipality": plan.municipality, "name": plan.name,
                "boundary_year": plan.boundary_year, "state": plan.state,
                "approved_by": plan.register.approved_by if plan.register else None,
                "approved_on": str(plan.register.approved_on)
                if plan.register and plan.register.approved_on else None,
                "based_on": plan.based_on, "least": plan.least,
                "areas": [
                    {
                        "code": planned.gebied.code, "name": planned.gebied.name,
                        "wijken": list(planned.gebied.wijken),
                        "expected": round(planned.gebied.expected, 1),
                        "periods": [
                            {"source": source, "start": start, "end": end,
                             "expected": round(cases, 1)}
                            for (source, start, end), cases in planned.expected.items()
                        ],
                        "too_small_alone": list(planned.small),
                        "births_not_known": list(planned.unknown),
                    }
                    for planned in plan.areas
                ],
            }
            for plan in plans
        ],
        "shows": [
            {
                "region": shown.region, "indicator": shown.indicator,
                "definition": shown.definition, "source": shown.source,
                "years": list(shown.years),
                "blocks": [
                    {"start": start, "end": end, "planned": may,
                     "expected": None if expected != expected else round(expected, 1)}
                    for (start, end), (expected, may) in shown.blocks.items()
                ],
            }
            for shown in shows
        ],
    }  # fmt: skip
