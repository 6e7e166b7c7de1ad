"""Alerts: which troubles are open, and whether the maintainer can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perinatal.cli.output import Installation, moment, print_json, print_table, say, working
from perinatal.errors import RetriableError, UserError

if TYPE_CHECKING:
    from perinatal.settings import Settings

_REACH = {"someone": "yes", "waiting": "waits in the outbox", "nobody": "no address was set"}
_HOW = (
    "no address is set. Set PERINATAL_ALERT_URLS to one or more addresses, separated by spaces: "
    "mailtos://user:password@example.nl?smtp=mail.example.nl&to=beheer@example.nl, "
    "webhook+https://example.nl/alerts, or another apprise URL. PERINATAL_ALERT_URLS_CRITICAL and "
    "PERINATAL_ALERT_URLS_WARNING add receivers of one severity."
)


@click.command()
@click.option("--test", "trial", is_flag=True, help="Send a trial message to every receiver.")
@click.option("--close", "closed", metavar="ID", help="Close a trouble by hand.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def alert(house: Installation, trial: bool, closed: str | None, as_json: bool) -> int:
    """List the open troubles, close one, or send a trial message.

    A trouble ends by itself with a good delivery or run. --close is for what nothing will end,
    such as a file that nobody sends again.

    With --test the exit code is 0 when every receiver took the message, 2 when an address cannot
    be used or none is set, and 6 when one could not be delivered.
    """
    if trial:
        return _try_out(house.settings, as_json)
    from perinatal.pipeline.telling import tell

    tell(house.settings)  # what a killed run left unsaid is a trouble too
    if closed is not None:
        return _close(house.settings, closed)
    _list(house.settings, as_json)
    return 0


def _close(settings: Settings, fingerprint: str) -> int:
    from perinatal.alerts import close

    fitting = close(settings, fingerprint)
    if fitting != 1:
        found = "no open trouble" if not fitting else f"{fitting} open troubles"
        raise UserError(f"{found} with an id like '{fingerprint}'. 'perinatal alert' lists them.")
    say("closed, and told to whoever heard of it.")
    return 0


def _try_out(settings: Settings, as_json: bool) -> int:
    from perinatal.alerts import send_trial
    from perinatal.alerts.channels import DELIVERED, UNUSABLE, addresses

    if not addresses(settings):
        raise UserError(_HOW)
    with working("sending a trial message"):
        results = send_trial(settings)
    if as_json:
        print_json([
            {"receiver": one.label, "told_of": list(one.severities), "outcome": outcome}
            for one, outcome in results
        ])  # fmt: skip
    else:
        rows = [(one.label, " ".join(one.severities), outcome) for one, outcome in results]
        print_table(("receiver", "told of", "outcome"), rows)
    outcomes = [outcome for _, outcome in results]
    if UNUSABLE in outcomes:
        say("perinatal: an address cannot be used. Mend it in PERINATAL_ALERT_URLS*.")
        return UserError.exit_code
    if not outcomes or any(outcome != DELIVERED for outcome in outcomes):
        say("perinatal: a receiver did not take the message. Check its address, log-in and server.")
        return RetriableError.exit_code
    return 0


def _list(settings: Settings, as_json: bool) -> None:
    from perinatal.alerts import open_troubles

    troubles = open_troubles(settings)
    if as_json:
        print_json([
            {
                "fingerprint": one.alert.fingerprint, "kind": one.alert.kind,
                "severity": one.alert.severity, "source": one.alert.source,
                "file": one.alert.file, "problem": one.alert.problem,
                "first_seen": one.first_seen.isoformat(), "last_seen": one.last_seen.isoformat(),
                "times": one.times, "message": one.message, "reached": one.reach(settings),
            }
            for one in troubles
        ])  # fmt: skip
        return
    if not troubles:
        click.echo("no open troubles")
        return
    rows = [
        (
            one.alert.fingerprint[:8], one.alert.kind.replace("_", " "), one.alert.severity,
            one.alert.source or "",
            one.alert.file or "", moment(one.first_seen), str(one.times),
            _REACH[one.reach(settings)], one.message or "",
        )
        for one in troubles
    ]  # fmt: skip
    header = ("id", "trouble", "severity", "source", "file", "since", "times", "told", "message")
    print_table(header, rows)
