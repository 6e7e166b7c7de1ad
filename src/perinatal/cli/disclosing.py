"""The command that shows what protecting small numbers costs."""

from __future__ import annotations

import dataclasses

import click

from perinatal.cli.output import Installation, print_json, print_table, say


@click.group()
def disclosure() -> None:
    """What is hidden, and what that costs."""


@disclosure.command()
@click.option(
    "--policies", metavar="A,B,...", help="Policies of the catalogue.  [default: all of them]"
)
@click.option(
    "--national", type=click.IntRange(2), is_flag=False, flag_value=342, metavar="N",
    help="On an invented country of N municipalities (342, minutes of work) and not on the "
    "practice town.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def compare(house: Installation, policies: str | None, national: int | None, as_json: bool) -> None:
    """Compare policies for small numbers: how much of the plan is shown under each.

    On invented figures, because real deliveries have been suppressed by their sources already.
    Your own store is not touched.
    """
    from perinatal.pipeline.policy_costs import policy_costs, practice_town
    from perinatal.practice.national import national_practice

    catalog = house.catalog
    chosen = [name.strip() for name in policies.split(",")] if policies else list(catalog.policies)
    if national:
        observations, regions, catalog = national_practice(catalog, municipalities=national)
    else:
        regions, observations = practice_town(catalog)
    found = policy_costs(chosen, catalog, regions, observations)
    if as_json:
        print_json([dataclasses.asdict(cost) for cost in found])
        return
    where = f"an invented country of {national} municipalities" if national else "the practice town"
    say(f"invented figures of {where}")
    print_table(
        ["POLICY", "FIGURES", "SHOWN", "TOO SMALL", "FOR ANOTHER", "MUNICIPAL", "BIRTHS SHOWN"],
        [
            [
                cost.policy, str(cost.figures), str(cost.shown), str(cost.too_small),
                str(cost.complementary), f"{cost.municipal_shown} of {cost.municipal}",
                f"{cost.births_shown:.1%}",
            ]
            for cost in found
        ],
    )  # fmt: skip
    for cost in found:
        if cost.unsafe or cost.hurried:
            say(f"{cost.policy}: {cost.unsafe} groups without a safe pattern, {cost.hurried} where "
                "time ran out")  # fmt: skip
