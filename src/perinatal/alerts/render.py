"""The Dutch words of an alert: as text, as HTML mail, and its keys as CSV. Pure."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from perinatal import dutch
from perinatal.alerts.message import Alert, AlertRule, Kind, Stage

KEYS_SHOWN = 20
_TITLE_LENGTH = 150
_WIDTH = 76

TITLES: dict[Kind, str] = {
    "rejected": "Levering afgekeurd",
    "quarantined": "Levering in quarantaine",
    "broken_rule": "Controle kon niet draaien",
    "new_warning": "Nieuwe waarschuwing bij een levering",
    "late": "Levering is te laat",
    "left_in_inbox": "Bestand blijft in de inbox liggen",
    "moved": "Kerncijfer sterk veranderd",
    "stale_correction": "Correctie is verouderd",
    "crashed": "Verwerking gestopt",
    "vanished": "Verwerking verdwenen",
    "edition_stopped": "Editie tegengehouden",
    "protection": "Cijfers blijven binnen",
    "documents": "Startfoto's niet gemaakt",
    "taken_back": "Vrijgegeven startfoto is ingetrokken",
    "trial": "Proefbericht",
}
_STAGES: dict[Stage, str] = {"new": "", "reminder": "Herinnering: ", "resolved": "Hersteld: "}
_CLOSING = "Dit bericht noemt regels en plaatsen, geen waarden uit het bestand."
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the last four: their full-width twins

_PAGE = (
    "margin:0;padding:16px;background:#ffffff;color:#1a1a1a;"
    "font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5"
)
_COLUMN = "max-width:640px;overflow-wrap:anywhere;word-break:break-word"


class _Part(NamedTuple):
    """A heading with what is below it. Text and HTML are made of the same parts."""

    heading: str
    lines: tuple[str, ...] = ()
    items: tuple[tuple[str, ...], ...] = ()
    """Of each item its first line, and the lines that belong to it."""


def render_text(alert: Alert) -> tuple[str, str]:
    """Title and body, plain Dutch text."""
    lines: list[str] = []
    for part in _parts(alert):
        lines.append(("\n" if lines else "") + part.heading)
        lines += [_paragraph(line) for line in part.lines]
        for first, *rest in part.items:
            lines.append(_paragraph(f"- {first}"))
            lines += [_paragraph(line, "    ") for line in rest]
    return _title(alert), "\n".join([*lines, f"\nKenmerk: {alert.id}", _CLOSING]) + "\n"


def render_html(alert: Alert) -> str:
    """The same as a page for a mail: no script, no image, nothing that is fetched."""
    title = escape(_title(alert))
    body = [f'<h1 style="font-size:22px;line-height:1.3;margin:0 0 16px">{title}</h1>']
    for part in _parts(alert):
        body.append(f'<h2 style="font-size:18px;margin:24px 0 4px">{escape(part.heading)}</h2>')
        if part.lines:
            body.append(_html_lines("p", "margin:0", part.lines))
        if part.items:
            items = [_html_lines("li", "margin:0 0 8px", item) for item in part.items]
            body += ['<ul style="margin:0;padding-left:24px">', *items, "</ul>"]
    if render_keys(alert) is not None:
        attached = (f"De plaatsen staan ook in het bestand {keys_name(alert)} bij deze mail.",)
        body.append(_html_lines("p", "margin:16px 0 0", attached))
    last = (f"Kenmerk: {alert.id}", _CLOSING)
    body.append(_html_lines("p", "margin:24px 0 0;font-size:14px", last))
    return "\n".join([
        '<!DOCTYPE html>\n<html lang="nl">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<title>{title}</title>\n</head>\n<body style="{_PAGE}">\n<div style="{_COLUMN}">',
        *body,
        "</div>\n</body>\n</html>\n",
    ])  # fmt: skip


def render_keys(alert: Alert) -> bytes | None:
    """Where the rules failed, as a CSV that a Dutch Excel opens; None when there is no key."""
    rows = [(rule.id, key) for rule in alert.rules for key in rule.keys]
    if not rows:
        return None
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("regel", "sleutel"))
    writer.writerows([_no_formula(cell) for cell in row] for row in rows)
    return sheet.getvalue().encode("utf-8-sig")


def keys_name(alert: Alert) -> str:
    """Name of the CSV."""
    return f"sleutels-{alert.fingerprint}.csv"


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _html_lines(tag: str, style: str, lines: tuple[str, ...]) -> str:
    return f'<{tag} style="{style}">{"<br>".join(escape(line) for line in lines)}</{tag}>'


def _title(alert: Alert) -> str:
    title = f"perinatal: {_STAGES[alert.stage]}{TITLES[alert.kind]}"
    if alert.file:
        title += f": {alert.file}"
    if alert.source:
        title += f" (bron {alert.source})"
    return title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…"


def _parts(alert: Alert) -> Iterator[_Part]:
    gone = alert.stage == "resolved"
    yield _Part(
        "Wat was er gebeurd" if gone else "Wat is er gebeurd", (*_history(alert), alert.problem)
    )
    where = (
        ("Bron", alert.source),
        ("Bestand", alert.file),
        ("Levering", alert.delivery),
        ("Tijdstip", _moment(alert.happened_at)),
    )
    yield _Part("Waar", tuple(f"{label}: {value}" for label, value in where if value))
    if alert.rules and not gone:
        yield _Part("Welke regels", items=tuple(tuple(_rule(rule)) for rule in alert.rules))
    happened = "Wat is er nu anders" if gone else "Wat is er met de gegevens gebeurd"
    yield _Part(happened, (alert.what_happened,))
    yield _Part("Wat kunt u doen", (alert.to_do,))


def _history(alert: Alert) -> Iterator[str]:
    if alert.stage == "new" or alert.first_seen is None:
        return
    since = _day(alert.first_seen)
    if alert.stage == "resolved":
        yield f"Dit probleem is voorbij. Het speelde sinds {since}."
    else:
        yield (
            f"Dit is een herinnering. Het probleem is er sinds {since} en is nog niet opgelost. "
            f"Het is {dutch.number(alert.times)} keer gezien."
        )


def _rule(rule: AlertRule) -> Iterator[str]:
    yield f"{rule.id}: {rule.description}"
    if rule.outcome == "broken":
        yield "De regel kon niet draaien. Dat zegt niets over de gegevens."
    elif rule.rows:
        yield f"Niet gehaald in {dutch.number(rule.rows)} {'rij' if rule.rows == 1 else 'rijen'}."
    else:
        yield "Niet gehaald."
    if rule.keys:
        shown = ", ".join(rule.keys[:KEYS_SHOWN])
        left = len(rule.keys) - KEYS_SHOWN
        yield f"Bij: {shown}" + (f" en nog {dutch.number(left)}" if left > 0 else "")


def _paragraph(text: str, indent: str = "  ") -> str:
    # A long file name stays whole, so that it can be copied and searched for.
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _local(moment: datetime) -> tuple[datetime, str]:
    try:
        return moment.astimezone(ZoneInfo("Europe/Amsterdam")), "Nederlandse tijd"
    except ZoneInfoNotFoundError:  # a small image without time zone data must still alert
        return moment.astimezone(UTC), "UTC"


def _day(moment: datetime) -> str:
    local, _ = _local(moment)
    return dutch.date(local.year, local.month, local.day)


def _moment(moment: datetime) -> str:
    local, zone = _local(moment)
    return f"{_day(moment)}, {local:%H:%M} uur ({zone})"
