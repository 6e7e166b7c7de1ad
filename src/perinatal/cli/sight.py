"""The command that says what a number of births can show."""

from __future__ import annotations

import json
from typing import Any

import click

from perinatal.cli.output import Installation, print_json, print_table
from perinatal.errors import UserError


@click.command()
@click.argument("indicator")
@click.option("--births", type=click.IntRange(10), required=True, help="Births a year.")
@click.option("--years", type=click.IntRange(1, 30), default=5, show_default=True)
@click.option(
    "--reference", type=float, required=True, help="The national figure, in the indicator's unit."
)
@click.option("--goal", type=float, help="A figure to reach: after how many years would it show?")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def sight(
    house: Installation, indicator: str, births: int, years: int, reference: float,
    goal: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Say which differences and changes these births could show (4 of 5 times, at 95%).

    INDICATOR is an id ('perinatal indicators' lists them). Nothing is read but the catalogue.
    """
    known = house.catalog.indicators
    if indicator not in known:
        raise UserError(f"no indicator '{indicator}'. Known: {', '.join(known)}.")
    chosen = known[indicator]
    for option, figure in (("--reference", reference), ("--goal", goal)):
        if figure is not None and not 0 < figure < chosen.per:
            raise UserError(f"{option}: between 0 and {chosen.per}, since it is per {chosen.per}.")
    from perinatal.statistics import power
    from perinatal.statistics.trend_power import smallest_change

    per, rate, total = chosen.per, reference / chosen.per, births * years
    below, above = power.minimal_detectable_difference(chosen.kind, total, rate)
    fall, rise = power.minimal_detectable_change(chosen.kind, total, total, rate)
    found: dict[str, Any] = {
        "indicator": indicator, "per": per, "births": total, "reference": reference,
        "seen_below": _figure(below, per), "seen_above": _figure(above, per),
        "seen_after_a_fall_to": _figure(fall, per), "seen_after_a_rise_to": _figure(rise, per),
    }  # fmt: skip
    if chosen.equivalence_margin is not None:
        same = power.births_for_about_the_same(rate, chosen.equivalence_margin)
        found["births_for_about_the_same"] = round(float(same))
    if years >= 5:
        down, up = smallest_change(chosen.kind, births, rate, years)
        found["smallest_fall_a_year"] = _figure(down, 1, 4)
        found["smallest_rise_a_year"] = _figure(up, 1, 4)
    if goal is not None:
        wait = power.years_until_seen(chosen.kind, births, rate, goal / per)
        found["goal"] = goal
        found["years_before_and_after"] = _figure(wait, 1, 0)
    if as_json:
        print_json(found)
        return
    rows = [[name.replace("_", " "), _words(value)] for name, value in found.items()]
    print_table(["what", "value"], rows)


def _figure(value: Any, per: float, decimals: int = 2) -> float | None:
    """In the indicator's unit; None where no figure would be seen."""
    number = float(value) * per
    return None if number != number else round(number, decimals)


def _words(value: Any) -> str:
    return "cannot be seen" if value is None else json.dumps(value).strip('"')
