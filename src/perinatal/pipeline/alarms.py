"""What the maintainer is told: one alert per trouble, with rules and places, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from perinatal import dutch
from perinatal.alerts import Alert, AlertRule
from perinatal.catalog import Catalog
from perinatal.disclosure.audit import Audit
from perinatal.disclosure.protect import Secured
from perinatal.errors import RejectedDelivery
from perinatal.ingest.suites import RuleResult
from perinatal.settings import Settings
from perinatal.store import Delivery, deliveries, open_store

if TYPE_CHECKING:
    from perinatal.pipeline.receive import Judgement

_KEYS = 500
"""In the attached file; the text of a message names the first twenty."""
_SAVED = "Het bestand is bewaard. De laatste goede gegevens blijven gelden"
CORRECTION = "CORRECTION-"
"""Begin of the id of the rule that a declared correction still fits."""


def rejected(error: RejectedDelivery, delivery: Delivery, settings: Settings) -> Alert:
    """A file that does not keep its contract."""
    return Alert(
        kind="rejected",
        severity="critical",
        source=delivery.source,
        file=delivery.file_name,
        delivery=delivery.delivery_id,
        problem=f"Het bestand voldoet niet aan het contract ({error.rule}). Plaats: {error.place}.",
        rules=(
            AlertRule(
                id=error.rule,
                description=_STRUCTURE.get(error.rule, "Het bestand past niet bij het contract."),
                outcome="failed",
            ),
        ),
        what_happened=f"Er is niets van geladen. {_SAVED}, en de laatste editie is niet veranderd.",
        to_do="Bekijk de melding met 'perinatal quality "
        f"{delivery.delivery_id}'. Vraag de afzender om een nieuw bestand, of pas het contract "
        f"{delivery.source}.yaml aan. Lees het bestand daarna opnieuw in.",
        happened_at=settings.clock(),
    )


def judged(judgement: Judgement, settings: Settings) -> list[Alert]:
    """What a judged delivery gives reason to tell: a rule that broke or failed, a correction."""
    failing = [r for r in judgement.results if r.outcome != "passed"]
    stale = [r for r in failing if r.id.startswith(CORRECTION)]
    broken = [r for r in failing if r.outcome == "broken"]
    critical = [r for r in failing if r.severity == "critical" and r not in (*stale, *broken)]
    warnings = [r for r in failing if r.severity == "warning" and r not in broken]
    found = []
    if broken:
        found.append(_broken(judgement, broken, settings))
    if stale:
        found.append(_stale(judgement, stale, settings))
    if judgement.verdict == "quarantined":
        # one message on a delivery that waits, with all that is odd about it
        if critical:
            found.append(_critical(judgement, [*critical, *warnings], settings))
        return found
    if critical:
        found.append(_critical(judgement, critical, settings))
    if warnings:
        found.append(_warning(judgement, warnings, settings, whole=not critical))
    return found


def _rules(results: Iterable[RuleResult]) -> tuple[AlertRule, ...]:
    return tuple(
        AlertRule(
            id=r.id, description=r.description,
            outcome="broken" if r.outcome == "broken" else "failed",
            rows=r.rows, keys=r.keys[:_KEYS],
        )
        for r in results
    )  # fmt: skip


def _look(judgement: Judgement) -> str:
    return f"Bekijk alle regels met 'perinatal quality {judgement.delivery_id}'."


def _broken(judgement: Judgement, results: list[RuleResult], settings: Settings) -> Alert:
    return Alert(
        kind="broken_rule", severity="critical", source=judgement.source,
        file=judgement.file_name, delivery=judgement.delivery_id,
        problem="Een regel kon niet worden uitgevoerd. Dat ligt niet aan de gegevens.",
        rules=_rules(results),
        what_happened=f"De levering wacht in quarantaine. Er is niets van geladen. {_SAVED}.",
        to_do=f"{_look(judgement)} Herstel de regel in 'expectations' en lees het bestand opnieuw "
        "in.",
        happened_at=settings.clock(),
    )  # fmt: skip


def _stale(judgement: Judgement, results: list[RuleResult], settings: Settings) -> Alert:
    names = dutch.listed([r.id.removeprefix(CORRECTION) for r in results])
    return Alert(
        kind="stale_correction", severity="critical", source=judgement.source,
        file=judgement.file_name, delivery=judgement.delivery_id,
        problem="Een vastgelegde correctie past niet meer: de levering zegt daar nu iets anders.",
        rules=_rules(results),
        what_happened=f"De levering staat in quarantaine. Er is niets van geladen. {_SAVED}.",
        to_do=f"Kijk of de bron de fout zelf heeft hersteld. Verwijder dan de correctie {names} "
        "uit 'corrections', of pas haar aan. Lees het bestand daarna opnieuw in.",
        happened_at=settings.clock(),
    )  # fmt: skip


def _critical(judgement: Judgement, results: list[RuleResult], settings: Settings) -> Alert:
    if judgement.verdict == "quarantined":
        problem = "De levering houdt zich niet aan de kwaliteitsregels."
        happened = f"De levering staat in quarantaine. Er is niets van geladen. {_SAVED}."
    else:
        problem = "Een deel van de levering houdt zich niet aan de kwaliteitsregels."
        happened = (
            "Alleen dat deel staat in quarantaine. De rest is geladen. Waar de bron dat toestaat, "
            "blijft voor dat deel het cijfer van de vorige levering gelden. De startfoto zegt wat "
            "er ontbreekt."
        )
    return Alert(
        kind="quarantined", severity="critical", source=judgement.source,
        file=judgement.file_name, delivery=judgement.delivery_id, problem=problem,
        rules=_rules(results), what_happened=happened,
        to_do=f"{_look(judgement)} Vraag de afzender om een verbeterd bestand en lees dat in.",
        happened_at=settings.clock(),
    )  # fmt: skip


def _warning(
    judgement: Judgement, results: list[RuleResult], settings: Settings, *, whole: bool
) -> Alert:
    loaded = (
        "De levering is helemaal geladen." if whole
        else "Wat hier staat, is geladen. Een ander deel van de levering staat in quarantaine."
    )  # fmt: skip
    return Alert(
        kind="new_warning", severity="warning", source=judgement.source,
        file=judgement.file_name, delivery=judgement.delivery_id,
        problem="De levering is geladen, maar iets eraan is opvallend.",
        rules=_rules(results),
        what_happened=f"{loaded} De startfoto noemt de waarschuwing.",
        to_do=f"{_look(judgement)} Klopt het? Dan hoeft u niets te doen. Klopt het niet? Vraag de "
        "afzender om een verbeterd bestand, of trek de levering in met 'perinatal withdraw'.",
        happened_at=settings.clock(),
    )  # fmt: skip


def edition_stopped(results: list[RuleResult], settings: Settings) -> Alert:
    """Our own tables do not keep our own rules: a fault of the software or of a suite."""
    return Alert(
        kind="edition_stopped", severity="critical",
        problem="De nieuwe editie houdt zich niet aan onze eigen regels.",
        rules=_rules(results),
        what_happened="De editie is niet opgeslagen en niet gepubliceerd. De laatste editie blijft "
        "gelden.",
        to_do="Dit is een fout in de software of in de regels van 'curated.yaml', niet in een "
        "levering. Geef dit bericht door aan de beheerder van de software.",
        happened_at=settings.clock(),
    )  # fmt: skip


def audit_failed(found: Audit, settings: Settings) -> Alert:
    """The audit came too near to a withheld figure: a fault of the software, not of the data."""
    keys = tuple(sorted(f"{f.cell[-2]}-{f.cell[-1]} {f.cell[-6]}" for f in found.findings))
    return Alert(
        kind="edition_stopped", severity="critical",
        problem="Uit de nieuwe editie zou een verborgen cijfer zijn uit te rekenen.",
        rules=(
            AlertRule(
                id="AUDIT", description="Geen verborgen cijfer is uit te rekenen.",
                outcome="failed", rows=len(keys), keys=keys[:_KEYS],
            ),
        ),
        what_happened="De editie is niet gepubliceerd. De laatste editie blijft gelden.",
        to_do="Dit is een fout in de software, niet in een levering. Geef dit bericht door aan de "
        "beheerder van de software.",
        happened_at=settings.clock(),
    )  # fmt: skip


def protection(secured: Secured, editions: Sequence[str], settings: Settings) -> Alert:
    """Groups of figures that stay in: no pattern was safe, sums do not fit, or time ran out.

    Args:
        editions: those that have shown figures of the groups without a safe pattern.
    """

    def rule(name: str, description: str, groups: Iterable[frozenset[object]]) -> AlertRule:
        keys = sorted({
            f"{cell[4]}-{cell[5]} {cell[0]}"
            for group in groups
            for cell in group
            if isinstance(cell, tuple) and len(cell) == 6
        })  # fmt: skip
        return AlertRule(
            id=name, description=description, outcome="failed", rows=len(keys),
            keys=tuple(keys[:_KEYS]),
        )  # fmt: skip

    rules = []
    if secured.unsafe:
        rules.append(rule(
            "NO-SAFE-PATTERN",
            "Er is een manier van verbergen waarbij niemand een klein aantal "
            "kan uitrekenen.", secured.unsafe,
        ))  # fmt: skip
    if secured.impossible:
        rules.append(rule(
            "NO-WORLD", "De delen en het geheel kunnen samen waar zijn.", secured.impossible,
        ))  # fmt: skip
    if secured.hurried:
        rules.append(rule(
            "OUT-OF-TIME", "De zuinigste manier van verbergen is op tijd gevonden.",
            secured.hurried,
        ))  # fmt: skip
    told = [
        text
        for there, *text in (
            (secured.unsafe, "Niet alle nieuwe cijfers kunnen veilig naar buiten.",
             "De nieuwe cijfers van deze plaatsen en jaren blijven binnen. Iemand kan er met wat "
             "al bekend is een klein aantal mee uitrekenen. Wat al was vrijgegeven, blijft.",
             f"{_reason(editions)} Een langere periode of een groter gebied kan wel een cijfer "
             "geven."),
            (secured.impossible, "Cijfers die bij elkaar horen, spreken elkaar tegen.",
             "De nieuwe cijfers van deze plaatsen en jaren blijven binnen. De andere cijfers gaan "
             "gewoon door.",
             "Kijk of cijfers uit twee leveringen door elkaar staan, bijvoorbeeld omdat een deel "
             "in quarantaine wacht. Vraag de afzender om een bestand waarin alles klopt."),
            (secured.hurried, "Er is meer verborgen dan misschien nodig is.",
             "De editie is veilig. De rekentijd was op voordat de zuinigste keuze bewezen was.",
             "U hoeft niets te doen."),
        )
        if there
    ]  # fmt: skip
    # what somebody has to act on goes before what nobody has to
    urgent = told if len(told) == 1 or not secured.hurried else told[:-1]
    problem, happened, to_do = (" ".join(texts) for texts in zip(*urgent, strict=True))
    return Alert(
        kind="protection",
        severity="critical" if secured.unsafe or secured.impossible else "warning",
        problem=problem, rules=tuple(rules), what_happened=happened, to_do=to_do,
        happened_at=settings.clock(),
    )  # fmt: skip


def _reason(editions: Sequence[str]) -> str:
    if not editions:
        return "De reden is een cijfer dat de bron zelf al heeft gepubliceerd."
    which, did = ("editie", "liet") if len(editions) == 1 else ("de edities", "lieten")
    return (
        f"De reden staat in {which} {dutch.listed(editions)}: die {did} de andere cijfers van "
        "dezelfde optelling al zien."
    )


def late(catalog: Catalog, settings: Settings) -> list[Alert]:
    """Sources whose next delivery should have come, by the days that their contract names."""
    if not settings.store_file.is_file():
        return []
    with open_store(settings.store_file) as store:
        came = deliveries.deliveries(store)
    now = pd.Timestamp(settings.clock()).tz_localize(None)
    found = []
    for source in catalog.sources.values():
        received = [pd.Timestamp(d.received_at) for d, _ in came if d.source == source.id]
        if source.cadence_days is None or not received:
            continue
        last = max(received)
        if (now - last).days > source.cadence_days:
            found.append(
                Alert(
                    kind="late", severity="warning", source=source.id,
                    problem=f"De volgende levering is te laat. De laatste kwam op "
                    f"{dutch.date(last.year, last.month, last.day)}. Elke "
                    f"{dutch.days(source.cadence_days)} hoort er een te komen.",
                    what_happened="De laatste goede gegevens blijven gelden.",
                    to_do="Vraag de afzender wanneer de levering komt. Komt er geen meer? Pas dan "
                    f"'cadence_days' in {source.id}.yaml aan.",
                    happened_at=settings.clock(),
                )
            )  # fmt: skip
    return found


_SERIES = ["region", "source", "indicator", "definition"]


def moved(before: pd.DataFrame, after: pd.DataFrame, settings: Settings) -> list[Alert]:
    """Headline figures that changed more than their interval allows, between two editions.

    The same figure may not leave the 95% interval that it had; the newest block of years may not
    lie wholly beside the 99.8% interval of the block before it.

    Args:
        before, after: ``published_value`` of the edition that spoke and of the new one.
    """
    # one rule per figure: another figure that moves next time is another trouble
    rules = tuple(
        AlertRule(
            id=f"MOVED-{row['region']}-{row['indicator']}",
            description="Het cijfer verandert niet meer dan zijn onzekerheid toelaat.",
            outcome="failed",
            keys=(f"{row['period_start']}-{row['period_end']} {row['region']}",),
        )
        for row in _moved(before, after).drop_duplicates(["region", "indicator"]).to_dict("records")
    )
    if not rules:
        return []
    return [
        Alert(
            kind="moved", severity="warning",
            problem="Een belangrijk cijfer is meer veranderd dan toeval kan verklaren.",
            rules=rules,
            what_happened="De nieuwe editie is gemaakt. Wat al was vrijgegeven, is niet veranderd.",
            to_do="Vergelijk de laatste twee leveringen voordat u de startfoto deelt. Klopt de "
            "verandering? Dan hoeft u niets te doen.",
            happened_at=settings.clock(),
        )
    ]  # fmt: skip


def _moved(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    def headlines(frame: pd.DataFrame) -> pd.DataFrame:
        shown = frame[(frame["kind"] == "shown") & (frame["level"] != "wijk")]
        return shown[shown["period_end"] > shown["period_start"]]

    period = ["period_start", "period_end"]
    old, new = headlines(before), headlines(after)
    same = new.merge(old, on=[*_SERIES, *period], suffixes=("", "_before"))
    left = same[
        (same["estimate"] < same["lower95_before"]) | (same["estimate"] > same["upper95_before"])
    ]
    last_old = old.sort_values("period_end").drop_duplicates(_SERIES, keep="last")
    last_new = new.sort_values("period_end").drop_duplicates(_SERIES, keep="last")
    next_ = last_new.merge(last_old, on=_SERIES, suffixes=("", "_before"))
    next_ = next_[next_["period_start"] > next_["period_end_before"]]
    apart = next_[
        (next_["lower998"] > next_["upper998_before"])
        | (next_["upper998"] < next_["lower998_before"])
    ]
    columns = [*_SERIES, *period]
    return pd.concat([left[columns], apart[columns]], ignore_index=True)


_STRUCTURE = {
    "STR-SIZE": "Het bestand is groter dan het contract toestaat.",
    "STR-TRUNCATED": "Het bestand is afgekapt of beschadigd.",
    "STR-EMPTY": "Het bestand is leeg.",
    "STR-FORMAT": "Het bestand heeft een ander formaat dan het contract noemt.",
    "STR-ENCODING": "Het bestand heeft een andere tekencodering dan het contract noemt.",
    "STR-FIELDS": "Een regel heeft meer velden dan de kopregel.",
    "STR-COLUMN": "De kolommen zijn anders dan in het contract.",
    "STR-TYPE": "Een cel heeft een ander type dan in het contract.",
    "STR-REGION": "Een regio heeft een niveau of code die het contract niet kent.",
    "MAP-PROPERTY": "Een gebied op de kaart mist een code of naam.",
    "MAP-CODE": "Een gebied op de kaart heeft een onbekende of dubbele code.",
    "MAP-GEOMETRY": "Een gebied op de kaart heeft geen leesbare vorm.",
}
