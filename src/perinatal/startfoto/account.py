"""Verantwoording: sources, definitions, what was left out, what stands elsewhere."""

from __future__ import annotations

import pandas as pd

from perinatal import dutch
from perinatal.catalog.models import ComparabilityKey
from perinatal.disclosure.published import Withheld
from perinatal.startfoto import wording, wording_whole
from perinatal.startfoto.document import (
    Account,
    DefinitionNote,
    PublishedElsewhere,
    Sentence,
    SourceNote,
)
from perinatal.startfoto.findings import Cell, text_of
from perinatal.startfoto.view import View

_FIELDS = {
    "counted": "wie er telt",
    "lower_limit": "vanaf welke zwangerschapsduur",
    "stillbirths": "of doodgeboren baby's meetellen",
    "plurality": "of meerlingen meetellen",
    "registry": "de registratie",
    "threshold": "de grens",
    "death_window": "tot hoeveel dagen na de geboorte",
    "booking_week": "de week van de eerste controle",
    "care_line": "bij welke zorgverlener",
    "residence": "de woonplaats",
    "unknowns": "wat er met onbekenden gebeurt",
    "per": "per 100 of per 1.000",
}
_VALUES = {
    "unknown": "onbekend",
    "child": "het kind",
    "woman": "de zwangere",
    "included": "ja",
    "excluded": "nee",
    "all": "alle",
    "singletons": "alleen eenlingen",
    "mother": "van de moeder",
    "woman of the pregnancy": "van de zwangere",
    "left out": "tellen niet mee",
    "primary care": "alleen de verloskundige",
    "22 weeks": "22 weken",
    "24 weeks": "24 weken",
    "before 37+0 weeks": "voor 37 weken",
    "to day 7": "7 dagen",
    "to day 28": "28 dagen",
    "after 10+0 weeks": "na 10 weken",
    "not before week 10": "niet voor week 10",
    "not before week 11": "niet voor week 11",
    "below 2,500 g": "onder 2.500 gram",
    "practice register (invented)": "oefenregister (verzonnen)",
    "Kansenkloof: CBS microdata and Perined": "Kansenkloof: gegevens van CBS en Perined",
}
PHASES = {
    "before": "voor de zwangerschap",
    "during": "tijdens de zwangerschap",
    "birth": "rond de geboorte",
    "after": "na de geboorte tot 2 jaar",
}
_STATUS = {
    "ok": "",
    "provisional": "voorlopig",
    "under_registered": "niet volledig geregistreerd",
    "withdrawn": "ingetrokken door de bron",
    "reconstructed": "gereconstrueerd",
}


def key_in_words(key: ComparabilityKey) -> str:
    """The comparability key as the catalogue writes it, without the fields that do not apply."""
    values = key.model_dump()
    return "; ".join(
        f"{words}: {_VALUES.get(str(values[name]), values[name])}"
        for name, words in _FIELDS.items()
        if values[name] not in ("none", "not applicable")
    )


def account(view: View) -> Account:
    """The account of one startfoto; policy, licence and age included."""
    start, end = view.period
    since = view.area.agreement_from
    used = [view.catalog.sources[name] for name in view.sources_used]
    policies = {source.policy for source in used}
    others = {*view.tables["published_region"]["source"]}
    others |= {*view.tables["published_elsewhere"]["source"]}
    used += [view.catalog.sources[name] for name in sorted(others) if name not in view.sources_used]
    strictest = next((s for s in used if s.licence.non_commercial), used[0])
    attributions = "; ".join(dict.fromkeys(s.licence.attribution for s in used))
    return Account(
        age=wording_whole.age((start, end), before=since is not None and end < since),
        sources=tuple(_sources(view)),
        definitions=tuple(_definitions(view)),
        labels=tuple(
            (code, word, wording.RULES[code])
            for code, word in wording.WORDS.items()
            if code != "GEEN_VERGELIJKING" or view.whole
        ),
        policy=" ".join(
            f"{view.catalog.policies[p].title}. {view.catalog.policies[p].explanation}"
            for p in sorted(policies)
        )
        + _joined_areas(view),
        omitted=tuple(sentence.text for sentence in left_out(view)),
        corrections=tuple(corrections(view)),
        checks=tuple(_checks(view)),
        elsewhere=tuple(_elsewhere(view)),
        licence=f"Licentie van deze startfoto: {strictest.licence.title}. Bronvermelding: "
        f"{attributions}.",
    )


def _joined_areas(view: View) -> str:
    """Which small wijken are shown as one, and whether somebody approved of it."""
    areas = view.tables["published_area"]
    own = areas[areas["municipality"].isin(view.area.municipalities)]
    joined = own[own["code"] != own["wijk"]].drop_duplicates("code").sort_values("code")
    if joined.empty:
        return ""
    told = " Deze indeling is goedgekeurd." if own["approved"].all() else (
        " Deze indeling is gemaakt met het aantal geboorten. Ze is nog niet goedgekeurd."
    )  # fmt: skip
    return (
        f" Kleine wijken hebben we samengenomen: {'; '.join(joined['name'])}. Zo kunnen we voor "
        f"meer plekken een cijfer laten zien.{told}"
    )


def left_out(view: View) -> tuple[Sentence, ...]:
    """What this startfoto does not show, and why; never how small a number is."""
    lines: list[Sentence] = []
    without: dict[tuple[str, ...], list[str]] = {}
    for indicator in view.indicators():
        main = view.main.get(indicator.id)
        if not main:
            continue
        cell, title = main[0], indicator.words.title
        if isinstance(cell.published, Withheld):
            what = f"{title}, {view.area.name}"
            lines.append(wording_whole.left_out(what, view.offer(cell)))
            if indicator.sensitive:
                lines.append(wording_whole.never_per_wijk(title))
            continue
        for other in main[1:]:
            if isinstance(other.published, Withheld):
                counts = view.catalog.definition(indicator.id, other.definition).counts
                lines.append(wording_whole.left_out_counted(title, counts, view.offer(other)))
        lines += _years_left_out(view, cell, title)
        apart = [
            view.names[code]
            for code in (view.area.municipalities if view.area.is_coalition else ())
            if (member := view.cell(code, cell)) is not None
            and isinstance(member.published, Withheld)
        ]
        if apart:
            offer = wording_whole.together(view.area.name)
            lines.append(wording_whole.left_out_apart(title, apart, offer))
        if indicator.sensitive:
            lines.append(wording_whole.never_per_wijk(title))
        hidden = tuple(
            view.display(code)
            for code in view.wijken
            if (found := view.cell(code, cell)) is not None
            and isinstance(found.published, Withheld)
        )
        if hidden and "wijk" in indicator.levels:
            without.setdefault(hidden, []).append(title)
    lines += _in_quarantine(view)
    for hidden, titles in without.items():
        lines.append(wording_whole.left_out_wijken(titles, list(hidden), view.area.name))
    told = {indicator.phase for indicator in view.indicators() if view.main.get(indicator.id)}
    if lacking := [words for phase, words in PHASES.items() if phase not in told]:
        lines.append(wording_whole.no_chapter(lacking))
    return tuple(lines)


def _years_left_out(view: View, like: Cell, title: str) -> list[Sentence]:
    """Single years without a figure beside years that have one, with the block that has."""
    years = [
        c
        for c in view.cells_of_area
        if (c.source, c.indicator, c.definition) == (like.source, like.indicator, like.definition)
        and c.start == c.end
    ]
    hidden = [c for c in years if isinstance(c.published, Withheld)]
    if not hidden or len(hidden) == len(years):
        return []
    offers = " ".join(dict.fromkeys(filter(None, map(view.offer, hidden))))
    return [wording_whole.left_out_apart(title, [str(c.start) for c in hidden], offers)]


def _in_quarantine(view: View) -> list[Sentence]:
    """Figures that a rule stopped: which, and whether an older one stands in its place."""
    frame = view.tables["published_quarantine"]
    own = {view.region, *view.area.municipalities, *view.wijken}
    lines = []
    for (name, kept), rows in frame.groupby(["indicator", "kept"], sort=True):
        ours = rows[rows["region"].isin(own)]
        national = rows[~rows["region"].isin(view.names)]
        places = [
            f"{view.display(row['region'])} ({dutch.years(row['period_start'], row['period_end'])})"
            for row in ours.drop_duplicates(["region", "period_start"]).to_dict("records")
        ]
        places += [
            f"{view.country} ({dutch.years(row['period_start'], row['period_end'])})"
            for row in national.drop_duplicates("period_start").to_dict("records")
        ]
        if not places:
            continue
        title = view.catalog.indicators[str(name)].words.title
        lines.append(wording_whole.in_quarantine(title, places, kept=bool(kept)))
    return lines


def corrections(view: View) -> list[str]:
    """Known errors of a source that were mended by declaration; never a value."""
    lines = []
    for row in view.tables["published_correction"].to_dict("records"):
        if row["source"] not in view.sources_used:
            continue
        regions = list(row["regions"])
        towns = {f"GM{code[2:6]}" for code in regions if code[:2] in ("GM", "WK", "BU")}
        if towns and towns.isdisjoint(view.area.municipalities):
            continue  # about a neighbour
        where = dutch.listed([view.display(r) if r in view.names else r for r in regions])
        start = row["period_start"]
        when = "" if pd.isna(start) else f", {dutch.years(int(start), int(row['period_end']))}"
        what = {"value": "verbeterd", "withdrawn": "ingetrokken", "missing": "weggelaten"}
        lines.append(
            f"{where or 'Alle gebieden'}{when}: {what[row['kind']]} op {dutch.day(row['date'])}. "
            f"{row['reason']} Opgegeven door: {row['provider']}."
        )
    return lines


def _sources(view: View) -> list[SourceNote]:
    frame = view.tables["published_source"]
    maps = set(view.tables["published_region"]["source"])
    context = set(view.tables["published_elsewhere"]["source"])
    rows = []
    for row in frame.to_dict("records"):
        source = view.catalog.sources[row["source"]]
        if source.id not in {*view.sources_used, *maps, *context}:
            continue
        cells = [c for c in view.cells_of_area if c.source == source.id]
        period = (
            dutch.years(min(c.start for c in cells), max(c.end for c in cells)) if cells else ""
        )
        received = pd.Timestamp(row["received_at"])
        rows.append(
            SourceNote(
                id=source.id,
                title=source.title,
                publisher=source.publisher,
                period=period,
                delivered=dutch.date(received.year, received.month, received.day),
                delivery=f"{row['delivery_id']}, controlegetal {row['sha256'][:12]}",
                licence=source.licence.title,
                attribution=source.licence.attribution,
                notes=source.caveats,
            )
        )
    return rows


def _definitions(view: View) -> list[DefinitionNote]:
    used = dict.fromkeys(
        (c.source, c.indicator, c.definition) for cells in view.main.values() for c in cells
    )
    notes = []
    for source, indicator_id, definition_id in used:
        definition = view.catalog.definition(indicator_id, definition_id)
        notes.append(
            DefinitionNote(
                title=view.catalog.indicators[indicator_id].words.title,
                counts=definition.counts,
                out_of=definition.out_of,
                source=view.catalog.sources[source].title,
                key=key_in_words(definition.key),
            )
        )
    return notes


def _checks(view: View) -> list[str]:
    lines = []
    for row in view.tables["published_source"].to_dict("records"):
        if row["source"] not in view.sources_used:
            continue
        warnings = list(row["warnings"])
        text = f"{row['file_name']}: {row['rules_passed']} regels gecontroleerd en in orde."
        if warnings:
            text += " Waarschuwingen: " + " ".join(warnings)
        lines.append(text)
    return lines


def _elsewhere(view: View) -> list[PublishedElsewhere]:
    """Known published figures, each with what makes it another figure than ours."""
    frame = view.tables["published_elsewhere"]
    # the newest figure of each definition is the one that people quote
    newest = frame.groupby(["indicator", "definition"])["year"].transform("max")
    told_of = frame["indicator"].isin([indicator.id for indicator in view.indicators()])
    chosen = frame[told_of & (frame["year"] == newest)]
    rows = []
    for row in chosen.sort_values(["indicator", "definition"]).to_dict("records"):
        indicator = view.catalog.indicators[row["indicator"]]
        definition = view.catalog.definition(indicator.id, row["definition"])
        ours = view.main.get(indicator.id)
        difference = "In deze startfoto staat hierover geen cijfer."
        if ours:
            own = view.catalog.definition(indicator.id, ours[0].definition)
            fields = own.key.differences(definition.key)
            difference = (
                "Anders dan bij ons: " + ", ".join(_FIELDS[f] for f in fields) + "."
                if fields
                else "Zo tellen wij ook."
            )
        value = row["value"]
        per = dutch.number(indicator.per)
        note = text_of(row["note"])
        told = (_STATUS.get(row["status"], ""), dutch.quoted(note) if note else "")
        status = ": ".join(filter(None, told))
        rows.append(
            PublishedElsewhere(
                what=f"{indicator.words.title}: {definition.counts} ({definition.short})",
                figure_text="geen cijfer"
                if pd.isna(value)
                else f"{dutch.number(value, 1)} van de {per}",
                period=str(row["year"]),
                difference=difference,
                status_text=status,
                source=text_of(row["citation"]),
            )
        )
    return rows
