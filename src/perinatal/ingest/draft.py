"""Draft a contract and a suite from a sample, so that an analyst edits instead of writes.

What only a person can know says KIES: 'perinatal check' names every place until it is filled in.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perinatal.catalog.load import PLACEHOLDER
from perinatal.errors import UserError
from perinatal.ingest.sample import Guess, Layout, guess, look

_YEARS = (1990, 2100)


@dataclass(frozen=True)
class Draft:
    """YAML of a contract and of its suite."""

    id: str
    contract: str
    suite: str


def draft(file: Path, source_id: str | None = None) -> Draft:
    """Contract and suite for files like this one.

    Raises:
        UserError: no table in the file, or an id that is no id.
        RejectedDelivery: the file is damaged.
    """
    layout = look(file)
    found = guess(layout)
    name = source_id or slug(re.sub(r"\d+", " ", file.name.split(".")[0])) or "nieuwe_bron"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        raise UserError(f"'{name}' is no id: use small letters, digits, '-' and '_'.")
    contract = "\n".join(_contract(name, file, layout, found)) + "\n"
    return Draft(name, contract, "\n".join(_suite(name, layout, found)) + "\n")


def slug(text: str) -> str:
    """Small letters, digits and underscores; accents become plain letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]


def _q(value: object) -> str:
    """A value as YAML: JSON is YAML, and quotes what would read as something else."""
    return json.dumps(value, ensure_ascii=False)


def _contract(name: str, file: Path, layout: Layout, found: Guess) -> Iterator[str]:
    yield f"# Concept, gemaakt van {file.name!r}. Vul in wat {PLACEHOLDER} zegt en loop elke regel"
    yield "# met '# kies' na. 'perinatal check' noemt wat nog open staat."
    yield f"id: {name}"
    yield "kind: figures"
    yield f"title: {PLACEHOLDER}  # kies: naam van de bron, voor de lezer"
    yield f"publisher: {PLACEHOLDER}  # kies: wie levert dit?"
    yield f"licence: {{title: {PLACEHOLDER}, attribution: {PLACEHOLDER}}}  # kies: wat mag ermee?"
    yield f"audience: {PLACEHOLDER}  # kies: intern, coalitie of openbaar"
    yield f"files: {_q([_pattern(file)])}  # kies: zo heten de volgende leveringen ook"
    yield f"format: {layout.format}"
    if layout.encoding:
        yield f"encoding: {layout.encoding}"
        yield f"delimiter: {_q(layout.delimiter)}"
    yield f"decimal: {_q(found.decimal)}"
    if layout.sheet is not None:
        more = f"; er zijn {layout.other_sheets} andere" if layout.other_sheets else ""
        yield f"sheet: {_q(layout.sheet)}  # kies: klopt dit blad?{more}"
    if layout.header_row > 1:
        yield f"header_row: {layout.header_row}"
    yield from _markers(found)
    yield "columns:"
    for column in layout.header:
        if column:
            yield f"  - {_column(column, layout, found)}"
    yield f"key: {_key(found)}"
    yield from _region(found)
    if found.period:
        yield f"period: {{column: {_q(found.period)}}}"
    else:
        yield f"period: {{start: {PLACEHOLDER}, end: {PLACEHOLDER}}}  # kies: welke jaren samen?"
    yield "measures:"
    for line, _, _ in _measures(layout, found):
        yield f"  - {line}"
    yield "# kies: welke indicator komt uit welke aantallen? Een regel per indicator; 'perinatal"
    yield "# indicators' toont de indicatoren met hun definities. Te kiezen variabelen:"
    yield f"#   {', '.join(variable for _, variable, _ in _measures(layout, found))}"
    yield "series:"
    one = f"{{indicator: {PLACEHOLDER}, definition: {PLACEHOLDER}, table: {name}"
    yield f"  - {one}, numerator: [{PLACEHOLDER}], denominator: [{PLACEHOLDER}]}}"
    country = found.country or f"{PLACEHOLDER}  # kies: code van het landelijke cijfer"
    yield f"reference_region: {country}"
    yield "redelivery: full  # kies: full (alles opnieuw) of patch (alleen wat verandert)"


def _pattern(file: Path) -> str:
    return re.sub(r"(\d+[-_ ]?)+", "*", file.name)


def _markers(found: Guess) -> Iterator[str]:
    if not found.markers:
        yield 'missing: [""]'
        return
    for marker, columns in found.markers.items():
        where = ", ".join(columns[:3]) + (" en meer" if len(columns) > 3 else "")
        yield f"# {_q(marker)} staat in {where}"
    yield f'missing: ["", {PLACEHOLDER}]  # kies: welke van deze tekens betekenen "onbekend"?'
    yield f"withheld: [{PLACEHOLDER}]  # kies: en welke 'verborgen door de bron'? Geen: []"


def _column(column: str, layout: Layout, found: Guess) -> str:
    kind = found.types[column]
    bounds = ""
    if column == found.period:
        bounds = f", minimum: {_YEARS[0]}, maximum: {_YEARS[1]}"
    elif kind != "text" and all(value >= 0 for value in _values(column, layout, found)):
        bounds = ", minimum: 0"
        if _is_share(column, layout, found):
            bounds += ", maximum: 100"
    return f"{{name: {_q(column)}, type: {kind}{bounds}}}"


def _values(column: str, layout: Layout, found: Guess) -> list[float]:
    return [
        float(cell.replace(",", "."))
        for cell in layout.column(column)
        if cell and cell not in found.markers
    ]


def _is_share(column: str, layout: Layout, found: Guess) -> bool:
    named = re.search(r"perc|pct|aandeel|share|%", column, re.IGNORECASE)
    return bool(named) and max(_values(column, layout, found), default=0) <= 100


def _key(found: Guess) -> str:
    if not found.key:
        return f"[{PLACEHOLDER}]  # kies: welke kolommen samen zijn in elke rij anders?"
    return _q(found.key)


def _region(found: Guess) -> Iterator[str]:
    yield "region:"
    if found.region is None:
        yield f"  column: {PLACEHOLDER}  # kies: de kolom met codes als GM0363"
        yield f"  levels: {{{PLACEHOLDER}: municipality}}  # kies"
    else:
        yield f"  column: {_q(found.region)}"
        if found.label:
            yield f"  label_column: {_q(found.label)}"
        if found.level:
            yield f"  level_column: {_q(found.level)}"
        yield f"  levels: {_q(found.levels)}  # kies: skip is overslaan"
    yield f"  boundary_year: {PLACEHOLDER}  # kies: de gemeentegrenzen van welk jaar?"


def _measures(layout: Layout, found: Guess) -> list[tuple[str, str, str]]:
    """Line, variable and column of every number, for every word that rows are chosen by."""
    words = sorted(set(layout.column(found.chosen_by))) if found.chosen_by else [""]
    made = []
    for column in found.numbers:
        for word in words:
            variable = slug(f"{word} {column}" if word else column) or "aantal"
            parts = [f"variable: {variable}", f"column: {_q(column)}"]
            if word:
                parts.append(f"when: {{{_q(found.chosen_by)}: {_q(word)}}}")
            line = "{" + ", ".join(parts) + "}"
            if found.types[column] == "decimal":
                line += "  # kies: van een aandeel ook denominator_column, per en decimals"
            made.append((line, variable, column))
    return made


def _suite(name: str, layout: Layout, found: Guess) -> Iterator[str]:
    yield f"# Concept: elke regel hieronder klopt voor het voorbeeld van {name}. Kies zelf of hij"
    yield "# altijd moet kloppen (critical), of alleen een waarschuwing is (warning)."
    yield "rules:"
    number = 0

    def rule(
        kind: str, kwargs: dict[str, object], description: str, happened: str, reason: str
    ) -> str:
        nonlocal number
        number += 1
        return "\n".join([
            f"- type: {kind}",
            f"  kwargs: {_q(kwargs)}",
            "  severity: critical  # kies",
            f"  description: {_q(description)}",
            f"  meta: {{id: {name.upper()}-{number}, reason: {_q(reason)},",
            f"         happened: {_q(happened)}}}  # dit hoort de lezer als het misgaat",
        ])  # fmt: skip

    complete = {"value": {"$PARAMETER": "rows_expected"}}
    if found.key:
        told = " en ".join(found.key)
        unique: dict[str, object] = {"column_list": found.key}
        kind = "expect_compound_columns_to_be_unique"
        if len(found.key) == 1:
            unique, kind = {"column": found.key[0]}, "expect_column_values_to_be_unique"
        yield rule(kind, unique, f"Elke combinatie van {told} komt één keer voor.",
                   f"Een of meer combinaties van {told} komen vaker dan één keer voor.",
                   "twee rijen voor één cel: onbekend welke geldt")  # fmt: skip
    if _is_complete(layout, found):
        yield rule("expect_table_row_count_to_equal", dict(complete),
                   "Elke regio staat er voor elke periode in.",
                   "Een of meer regio's ontbreken in een periode.",
                   "een half bestand mist regio's of jaren")  # fmt: skip
    for column in found.numbers:
        if all(cell and cell not in found.markers for cell in layout.column(column)):
            yield rule("expect_column_values_to_not_be_null", {"column": column},
                       f"'{column}' is overal ingevuld.", f"'{column}' is niet overal ingevuld.",
                       "zonder dit getal is er geen cijfer")  # fmt: skip
        if _is_share(column, layout, found) and min(_values(column, layout, found)) >= 1:
            yield rule("expect_column_values_to_be_between",
                       {"column": column, "min_value": 1, "max_value": 100},
                       f"'{column}' ligt tussen 1 en 100.",
                       f"'{column}' ligt ergens niet tussen 1 en 100.",
                       "onder de 1 staat er een breuk in plaats van een percentage")  # fmt: skip
    for part, whole in _parts(layout, found):
        yield rule("expect_column_pair_values_a_to_be_greater_than_b",
                   {"column_A": whole, "column_B": part, "or_equal": True,
                    "ignore_row_if": "either_value_is_missing"},
                   f"'{part}' is niet groter dan '{whole}'.",
                   f"'{part}' is ergens groter dan '{whole}'.",
                   "een deel is nooit groter dan het geheel")  # fmt: skip
    if found.chosen_by:
        words = sorted(set(layout.column(found.chosen_by)))
        yield rule("expect_column_values_to_be_in_set",
                   {"column": found.chosen_by, "value_set": words},
                   f"'{found.chosen_by}' heeft een bekend woord.",
                   f"'{found.chosen_by}' heeft ergens een onbekend woord.",
                   "een ander woord staat niet in het contract")  # fmt: skip
    if not number:
        yield rule("expect_table_row_count_to_be_between", {"min_value": 1},
                   "Er is minstens één rij.", "Er is geen enkele rij.",
                   "een leeg bestand zegt niets")  # fmt: skip


def _is_complete(layout: Layout, found: Guess) -> bool:
    """Every region stands there for every combination of the other keys, within its level."""
    if not found.region or found.region not in found.key:
        return False
    others = [name for name in found.key if name != found.region]
    levels = layout.column(found.level) if found.level else None
    codes = layout.column(found.region)
    groups: dict[str, tuple[set[str], set[tuple[str, ...]], int]] = {}
    rest = zip(*(layout.column(name) for name in others), strict=True) if others else None
    for place, code in enumerate(codes):
        group = levels[place] if levels else code[:2]
        regions, combinations, count = groups.get(group, (set(), set(), 0))
        regions.add(code)
        combinations.add(next(rest) if rest else ())
        groups[group] = (regions, combinations, count + 1)
    return all(len(r) * len(c) == count for r, c, count in groups.values())


def _parts(layout: Layout, found: Guess) -> Iterator[tuple[str, str]]:
    """Counts that are never above the largest count of their table."""
    counts = [name for name in found.numbers if found.types[name] == "integer"]
    if found.chosen_by or len(counts) < 2:
        return
    cells = {name: layout.column(name) for name in counts}
    whole = max(counts, key=lambda name: sum(_values(name, layout, found)))
    for part in counts:
        pairs = [
            (int(a), int(b))
            for a, b in zip(cells[part], cells[whole], strict=True)
            if a and b and a not in found.markers and b not in found.markers
        ]
        if part != whole and pairs and all(a <= b for a, b in pairs):
            yield part, whole
