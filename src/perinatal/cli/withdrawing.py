"""The command that takes a delivery back."""

from __future__ import annotations

import click

from perinatal.cli.output import Installation, say


@click.command()
@click.argument("delivery", metavar="DELIVERY")
@click.option("--reason", required=True, help="Why; kept with the delivery.")
@click.pass_obj
def withdraw(house: Installation, delivery: str, reason: str) -> None:
    """Let a delivery stop speaking; the one before it speaks again.

    DELIVERY is an id or the beginning of one ('perinatal status' lists them). The file and its
    history are kept. Editions that rest on it can no longer be written or released: build a new
    one. Released files are named, to be called back.
    """
    from perinatal.pipeline.telling import catch_up
    from perinatal.pipeline.withdraw import withdraw as take_back

    catch_up(house.settings)
    done = take_back(delivery, reason, house.catalog, house.settings)
    say(f"{done.delivery_id} no longer speaks.")
    if done.speaks_now:
        say(f"{done.source}: {done.speaks_now} speaks now. Run 'perinatal build'.")
    else:
        say(
            f"{done.source}: nothing is left that speaks. 'perinatal build' makes an edition "
            "without its figures."
        )
    if done.out:
        say("Released, and resting on it; call these files back:")
        for file in done.out:
            say(f"  {file}")
