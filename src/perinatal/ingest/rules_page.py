"""The page of all quality rules, made from the files that hold them.

``python -m perinatal.ingest.rules_page > docs/quality-rules.md``
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perinatal.catalog import Catalog, Source, load_catalog
from perinatal.ingest.helpers_delivered import contract_rules
from perinatal.ingest.suites import Rule, happened, load_suite, stops_of
from perinatal.settings import default_expectations_dir

_HEAD = ("regel", "wat klopt er", "wat de lezer hoort als het misgaat", "ernst", "grens en reden",
         "wat wacht als het misgaat", "bekende uitzonderingen")  # fmt: skip
_SEVERITY = {"critical": "kritiek", "warning": "waarschuwing"}
_SHARED = {
    "contract": (
        "Elke bron",
        "Deze regels gelden voor elke levering van cijfers, wat er ook in de lijst van de bron "
        "staat. Ze kijken naar de getallen na het inlezen. Een regel die in een levering niets kan "
        "beoordelen (er is nog geen vorige levering, de bron rondt niet af), heeft geen uitkomst.",
    ),
    "curated": (
        "Onze eigen tabellen",
        "Deze regels kijken naar wat een editie gaat publiceren, voordat er iets is opgeslagen. "
        "Gaat er één mis, dan is dat een fout van ons en komt er geen editie.",
    ),
}
_INTRODUCTION = """\
# Kwaliteitsregels

Deze bladzijde is gemaakt uit de bestanden in `expectations/` en de contracten van de bronnen.
Vernieuwen: `python -m perinatal.ingest.rules_page > docs/quality-rules.md`.

Een regel heeft drie uitkomsten:

- *Geslaagd*.
- *Niet geslaagd*. Bij een kritieke regel wacht de hele levering, of alleen het deel dat niet klopt.
  Bij een waarschuwing gaat alles door en kijkt iemand ernaar.
- *Kapot*: de regel kon niet worden uitgevoerd. Dat ligt nooit aan de gegevens. De levering wacht en
  de beheerder krijgt bericht.

Bekende uitzonderingen staan met hun sleutel bij de regel. Ze tellen niet mee in het oordeel, en
worden wel geteld."""
_TOLERANCES = {
    "country": "land", "municipality": "gemeente", "wijk": "wijk", "buurt": "buurt",
    "cases": "gevallen", "births": "geboorten", "count": "gevallen per regio",
    "cells": "regio's", "relative": "verschil", "chance": "keer de toevalsspreiding",
    "share": "deel van het landelijke cijfer", "powers": "nullen achter de komma in de kans",
}  # fmt: skip
_SHARES = ("country", "municipality", "wijk", "buurt", "relative", "share")


def page(catalog: Catalog, folder: Path) -> str:
    """The whole list as Markdown (Dutch), one table per file."""
    lines = _INTRODUCTION.splitlines()
    stems = ["contract", "curated", *sorted(
        source.id for source in catalog.sources.values() if source.kind == "figures"
    )]  # fmt: skip
    for stem in stems:
        rules = load_suite(folder / f"{stem}.yaml")
        if stem in _SHARED:
            title, text = _SHARED[stem]
            lines += ["", f"## {title} (`{stem}.yaml`)", "", text, "", *_table(rules, None)]
            continue
        source = catalog.sources[stem]
        lines += ["", f"## {source.title} (`{stem}.yaml`)", ""]
        lines += _table([*rules, *contract_rules(source, rules)], source)
        lines += _changes(source)
    return "\n".join(lines) + "\n"


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").strip() for cell in cells) + " |"


def _table(rules: list[Rule], source: Source | None) -> Iterator[str]:
    yield _row(_HEAD)
    yield "|" + " --- |" * len(_HEAD)
    for rule in rules:
        meta = rule["meta"]
        bound = "; ".join([*_bounds(rule["kwargs"]), *_own_bounds(meta.get("tolerance", {}))])
        reason = " ".join([meta["reason"], *_measured_by(meta.get("yardstick"))])
        if reason == f"{source.id if source else ''}.yaml":
            reason = "staat in het contract van de bron"
        known = ", ".join(f"{key}: {why}" for key, why in meta.get("known", {}).items())
        yield _row((
            f"`{meta['id']}`", rule["description"], happened(rule), _SEVERITY[rule["severity"]],
            f"{bound}: {reason}" if bound else reason, _waits(rule, source), known or "geen",
        ))  # fmt: skip


def _measured_by(yardstick: dict[str, Any] | None) -> Iterator[str]:
    if yardstick is not None:
        years = list(yardstick["years"])
        yield f"(maat: {yardstick['source']}, {min(years)} tot en met {max(years)})"


def _waits(rule: Rule, source: Source | None) -> str:
    if rule["severity"] == "warning":
        return "niets"
    if rule["meta"].get("table"):
        return "de editie"
    return "de levering" if stops_of(rule, source) == "delivery" else "wat de regel raakt"


def _bounds(kwargs: dict[str, Any]) -> Iterator[str]:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if isinstance(high, dict):
        yield "hoogstens dit jaar"
    elif low is not None and high is not None:
        yield f"{_number(low)} tot en met {_number(high)}"
    elif low is not None:
        yield f"minstens {_number(low)}"
    elif high is not None:
        yield f"hoogstens {_number(high)}"
    values = kwargs.get("value_set")
    if values is not None and values != [True]:
        yield "een van " + ", ".join(f"`{value}`" for value in values)
    if "mostly" in kwargs:
        yield f"in minstens {_number(kwargs['mostly'] * 100)}% van de rijen"


def _own_bounds(tolerance: dict[str, float]) -> Iterator[str]:
    for name, number in tolerance.items():
        told = f"{_number(number * 100)}%" if name in _SHARES else _number(number)
        yield f"{_TOLERANCES[name]} {told}"


def _number(number: float) -> str:
    # four digits are a year as often as a number, and need no point
    grouped = "," if abs(number) >= 10_000 else ""
    text = f"{number:{grouped}.6f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,"))


def _changes(source: Source) -> Iterator[str]:
    if not source.rules and not source.rounding:
        return
    yield ""
    yield "Wat het contract van deze bron verandert in de regels voor elke bron:"
    yield ""
    for name, change in source.rules.items():
        if change.skip is not None:
            yield f"- `{name}` geldt hier niet: {change.skip}."
        for argument, number in change.tolerance.items():
            own = _own_bounds if argument in _TOLERANCES else _bounds
            told = next(own({argument: number}))
            yield f"- `{name}` heeft een eigen grens, {told}: {change.reason}."
        for key, why in change.known.items():
            yield f"- `{name}` kent {key}: {why}."
    for rounding in source.rounding:
        yield (
            f"- Aantallen zijn afgerond op {rounding.step} en liggen hoogstens "
            f"{_number(rounding.within)} naast het echte aantal."
        )


if __name__ == "__main__":
    print(page(load_catalog(), default_expectations_dir()), end="")
