"""Looking inside: quality of a delivery, status of the installation, check of the definitions."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from perinatal.cli.output import Installation, moment, print_json, print_table, say, working
from perinatal.cli.rules import print_rules
from perinatal.errors import CatalogError, UserError

if TYPE_CHECKING:
    from perinatal.catalog import Catalog
    from perinatal.settings import Settings

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("delivery", metavar="[DELIVERY]", required=False)
@_AS_JSON
@click.option("--page", is_flag=True, help="Write a page (HTML, Dutch) on all sources instead.")
@click.option(
    "--gx-html", is_flag=True, help="Write Great Expectations' own page: shows values, keep it in."
)
@click.pass_obj
def quality(
    house: Installation, delivery: str | None, as_json: bool, page: bool, gx_html: bool
) -> None:
    """Show what every rule said of a delivery.

    DELIVERY is an id or the beginning of one; without it the delivery that was judged last.
    """
    if page:
        from perinatal.pipeline.quality_page import write_quality_page

        click.echo(str(write_quality_page(house.catalog, house.settings)))
        return
    from perinatal.ingest.suites import Outcome, RuleResult
    from perinatal.store import deliveries, open_store

    _need_store(house.settings)
    with open_store(house.settings.store_file) as store:
        chosen = delivery or deliveries.latest(store)
        found = deliveries.find_delivery(store, chosen) if chosen else None
        if found is None:
            raise UserError(
                f"no delivery, or more than one, begins with '{chosen}'. "
                "'perinatal status' lists them."
            )
        event = deliveries.last_event(store, found.delivery_id)
        # a rejected file was never judged: older results would not be about this verdict
        judged = event is None or event.event != "rejected"
        frame = deliveries.checks(store, found.delivery_id) if judged else None
    if gx_html:
        from perinatal.pipeline.receive import gx_page

        click.echo(str(gx_page(found.delivery_id, house.catalog, house.settings)))
        say("This page shows values of the delivery: keep it on this machine.")
        return
    results = [
        RuleResult(
            str(row.rule_id), str(row.description), str(row.severity),
            cast(Outcome, row.outcome),  # the CHECK of the table holds the same words
            int(str(row.row_count)), tuple(cast(list[str], row.keys)),
        )
        for row in (frame.itertuples(index=False) if frame is not None else ())
    ]  # fmt: skip
    verdict = event.event if event else "not judged yet"
    if as_json:
        print_json({
            "delivery": found.delivery_id, "source": found.source, "file": found.file_name,
            "sha256": found.sha256, "verdict": verdict,
            "when": _iso(event.happened_at if event else None),
            "message": event.detail if event else "",
            "rules": [
                {"id": r.id, "description": r.description, "severity": r.severity,
                 "outcome": r.outcome, "rows": r.rows, "keys": list(r.keys)}
                for r in results
            ],
        })  # fmt: skip
        return
    click.echo(f"delivery  {found.delivery_id}")
    click.echo(f"file      {found.file_name}")
    when = moment(event.happened_at) if event else ""
    click.echo(f"verdict   {verdict.replace('_', ' ')}  {when}")
    if event and event.detail:
        click.echo(f"message   {event.detail}")
    elif results:
        passed = sum(result.outcome == "passed" for result in results)
        click.echo(f"rules     {passed} of {len(results)} passed")
        print_rules(results)
    else:
        click.echo("rules     none")


@click.command()
@_AS_JSON
@click.pass_obj
def status(house: Installation, as_json: bool) -> None:
    """Show deliveries, editions and unsent alerts."""
    found = _status(house)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            source["source"], one["delivery"], one["file"], one["verdict"].replace("_", " "),
            one["when"], "yes" if one["speaks"] else "no",
        )
        for source in found["sources"]
        for one in source["deliveries"]
    ]  # fmt: skip
    if rows:
        print_table(("source", "delivery", "file", "verdict", "when", "speaks"), rows)
    silent = [source["source"] for source in found["sources"] if not source["deliveries"]]
    if silent:
        click.echo(f"\nnothing came yet from: {', '.join(silent)}")
    click.echo()
    if found["editions"]:
        editions = [
            (
                one["edition"], one["made_at"], "yes" if one["invented"] else "no",
                ", ".join(one["withdrawn"]),
            )
            for one in found["editions"]
        ]  # fmt: skip
        print_table(("edition", "made", "invented", "withdrawn since"), editions)
    else:
        click.echo("no edition published yet: 'perinatal build' makes one")
    click.echo()
    for alert in found["unsent_alerts"]:
        click.echo(f"unsent alert  {alert['alert']}  {alert['kind']}  {alert['file'] or ''}")
    if not found["unsent_alerts"]:
        click.echo("no unsent alerts")


def _status(house: Installation) -> dict[str, Any]:
    from perinatal.store import deliveries, open_store

    settings, catalog = house.settings, house.catalog
    came: dict[str, list[dict[str, Any]]] = {name: [] for name in catalog.sources}
    if settings.store_file.is_file():
        with open_store(settings.store_file) as store:
            all_of_them = deliveries.deliveries(store)
            speaking = deliveries.speaking(store, settings.clock(), catalog.patching)
        loud = {row["delivery_id"] for row in speaking}
        for delivery, event in all_of_them:
            came.setdefault(delivery.source, []).append({
                "delivery": delivery.delivery_id, "file": delivery.file_name,
                "received": _iso(delivery.received_at),
                "verdict": event.event if event else "not judged yet",
                "when": _iso(event.happened_at if event else delivery.received_at),
                "speaks": delivery.delivery_id in loud,
            })  # fmt: skip
    return {
        "data": str(settings.data_dir),
        "sources": [{"source": name, "deliveries": rows} for name, rows in came.items()],
        "editions": _editions(settings),
        "unsent_alerts": _unsent(settings.alerts_dir),
    }


def _editions(settings: Settings) -> list[dict[str, Any]]:
    from perinatal.pipeline.taken_back import taken_back
    from perinatal.store import edition_ids

    files = [
        settings.published_dir / name / "edition.json"
        for name in edition_ids(settings.published_dir)
    ]
    about = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    gone = taken_back(settings) if about else {}
    return [
        {name: one[name] for name in ("edition", "made_at", "invented")}
        | {"withdrawn": [delivery.delivery_id for delivery in gone.get(one["edition"], ())]}
        for one in about
    ]


def _unsent(folder: Path) -> list[dict[str, Any]]:
    found = []
    for file in sorted(folder.glob("*.json")):
        sent = file.with_name(f"{file.stem}.sent.json")
        if file.name.endswith(".sent.json"):
            continue
        if sent.is_file() and json.loads(sent.read_text(encoding="utf-8")).get("complete"):
            continue
        alert = json.loads(file.read_text(encoding="utf-8"))
        found.append({"alert": file.stem, "kind": alert["kind"], "file": alert["file"]})
    return found


def _need_store(settings: Settings) -> None:
    if not settings.store_file.is_file():
        raise UserError(
            f"{settings.data_dir}: nothing was delivered here yet. Ingest a file first, or say "
            "where the data live with --data or PERINATAL_DATA_DIR."
        )


def _iso(value: datetime | None) -> str | None:
    return value.isoformat() + "Z" if value else None


@click.command()
@click.pass_obj
def check(house: Installation) -> None:
    """Prove that catalogue and suites fit together."""
    from perinatal.cli.checking import spoken_faults, suite_faults

    settings = house.settings
    faults: list[str] = []
    catalog: Catalog | None = None
    try:
        catalog = house.catalog
    except CatalogError as error:
        faults.extend(error.faults)
    with working("building every suite with Great Expectations"):
        suites, rules, found = suite_faults(catalog, settings)
    faults += found
    if catalog is not None:
        faults += spoken_faults(catalog, settings)
    if faults or catalog is None:
        for fault in faults:
            say(fault)
        raise CatalogError([f"{len(faults)} fault{'s' if len(faults) != 1 else ''} found."])
    click.echo(
        f"all fits: {len(catalog.indicators)} indicators, {len(catalog.areas)} areas, "
        f"{len(catalog.sources)} sources, {suites} suites with {rules} rules"
    )
    if catalog.theme and catalog.theme.colour:
        from perinatal.startfoto.theme import palette

        for change in palette(catalog.theme.colour).changes:
            say(f"theme.yaml: {change}")
