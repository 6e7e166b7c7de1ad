"""The inbox: which files wait, in which order; telling of those that cannot be read yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from perinatal.alerts import Alert, AlertRule, open_troubles, raise_alert, resolve
from perinatal.catalog import Catalog
from perinatal.catalog.load import PACKAGED
from perinatal.errors import UserError
from perinatal.pipeline.receive import source_for
from perinatal.settings import Settings

_LEFT = {
    "INBOX-NAAM": (
        "Geen bron, of meer dan een bron, verwacht een bestand met deze naam.",
        "Geef het bestand een naam die een bron verwacht ('perinatal sources' toont ze), of lees "
        "het in met 'perinatal ingest BESTAND --source BRON'.",
    ),
    "INBOX-WACHT": (
        "De levering kan nog niet worden beoordeeld. Meestal ontbreekt de kaart van het jaar van "
        "de gebieden.",
        "Leg de kaart ook in de inbox, of bekijk met 'perinatal check' of de bron regels heeft. De "
        "volgende verwerking probeert het opnieuw.",
    ),
}


@dataclass(frozen=True)
class Inbox:
    """The files that wait. ``unknown``: no single contract expects a file with such a name."""

    files: tuple[Path, ...]
    unknown: tuple[Path, ...]


def look(catalog: Catalog, settings: Settings, *, shipped: bool) -> Inbox:
    """Files of the inbox and its folders: maps first, since figures are judged against them.

    Then by path: of two deliveries of a source the last one speaks, so a date in the file name
    puts them in order. Names that begin with a dot are left alone.

    Args:
        shipped: also the published national figures that come with the catalogue.
    """
    found = sorted(
        file
        for file in settings.inbox_dir.rglob("*")
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(settings.inbox_dir).parts)
    )
    ranked, unknown = [], []
    for file in ([*sorted((PACKAGED / "deliveries").iterdir())] if shipped else []) + found:
        try:
            ranked.append((source_for(file, catalog).kind != "map", file))
        except UserError:
            unknown.append(file)
    return Inbox(
        tuple(file for _, file in sorted(ranked, key=lambda pair: pair[0])), tuple(unknown)
    )


def tell_left(
    file_name: str, rule: Literal["INBOX-NAAM", "INBOX-WACHT"], settings: Settings
) -> Path | None:
    """Raise an alert on a file that is left in the inbox; once, not at every run.

    Returns:
        The message, or None when the trouble is known.
    """
    problem, to_do = _LEFT[rule]
    alert = Alert(
        kind="left_in_inbox",
        severity="warning",
        file=file_name,
        problem=problem,
        rules=(AlertRule(id=rule, description=problem, outcome="failed"),),
        what_happened="Er is niets van geladen. Het bestand ligt nog in de inbox. De laatste goede "
        "gegevens blijven gelden.",
        to_do=to_do,
        happened_at=settings.clock(),
    )
    return raise_alert(alert, settings)


def forget_left(still: set[str], settings: Settings) -> None:
    """End the troubles about files that no longer lie unread in the inbox.

    Args:
        still: names of the files that do.
    """
    for trouble in open_troubles(settings):
        file = trouble.alert.file
        if trouble.alert.kind == "left_in_inbox" and file not in still:
            resolve(
                settings, kinds=("left_in_inbox",), file=file,
                because="Het bestand is gelezen, of ligt niet meer in de inbox.",
            )  # fmt: skip
