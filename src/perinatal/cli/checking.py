"""Do suites and words fit? Every fault is found, not only the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perinatal import language
from perinatal.errors import CatalogError

if TYPE_CHECKING:
    from perinatal.catalog import Catalog, Source
    from perinatal.settings import Settings

_OF_NO_SOURCE = ("contract", "curated")
"""The rules of every source, and those of our own tables."""
_PARAMETERS = {"rows_expected": 1}


def suite_files(settings: Settings) -> list[Path]:
    """Every suite: of the project, and of the analyst's own folder."""
    folders = [settings.expectations_dir]
    if settings.catalog_dir is not None:
        folders.append(settings.catalog_dir / "expectations")
    return [file for folder in folders for file in sorted(folder.glob("*.yaml"))]


def suite_faults(catalog: Catalog | None, settings: Settings) -> tuple[int, int, list[str]]:
    """Number of suites, number of rules, and all faults.

    Args:
        catalog: None when it could not be read; the suites are then checked by themselves.
    """
    from perinatal.ingest.promises import CONTRACT_SUITE, change_faults
    from perinatal.ingest.quality import build_expectations
    from perinatal.ingest.suites import load_suite

    files = suite_files(settings)
    count = 0
    faults: list[str] = []
    for file in files:
        try:
            rules = load_suite(file)
        except CatalogError as error:
            faults.extend(error.faults)
            continue
        count += len(rules)
        if file.parent == settings.expectations_dir:  # an analyst's own rule may leave it out
            faults += [
                f"{file.name}: {rule['meta']['id']}: meta.happened: say in Dutch what happened."
                for rule in rules
                if not rule["meta"].get("happened")
            ]
        try:
            build_expectations(rules, file.name, _PARAMETERS)
        except CatalogError as error:
            faults.extend(error.faults)
        source = catalog.sources.get(file.stem) if catalog else None
        if catalog is not None and file.name == CONTRACT_SUITE:
            for each in catalog.sources.values():
                faults.extend(change_faults(rules, each))
        if source is not None:
            faults.extend(_names(file, rules, source))
        elif catalog is not None and file.stem not in _OF_NO_SOURCE:
            faults.append(f"{file.name}: no source '{file.stem}'. Rename or remove the suite.")
    stems = [file.stem for file in files]
    doubles = sorted({stem for stem in stems if stems.count(stem) > 1})
    faults += [f"{stem}.yaml: this suite exists twice." for stem in doubles]
    for source in catalog.sources.values() if catalog else ():
        if source.kind == "figures" and source.id not in stems:
            faults.append(f"{source.id}: no suite. Write expectations/{source.id}.yaml.")
    return len(files), count, faults


def spoken_faults(catalog: Catalog, settings: Settings) -> Iterator[str]:
    """Slips in what we would say: words that are clean apart can say something else together."""
    from perinatal.startfoto.sentence_catalogue import said_of

    for slip in language.slips(settings.contact):
        yield f"PERINATAL_CONTACT: {slip}."
    for indicator in catalog.indicators.values():
        for sentence in said_of(indicator):
            for slip in language.slips(sentence.text):
                yield f"{indicator.id}.yaml: words: '{sentence.text}': {slip}."


def _names(file: Path, rules: list[dict[str, Any]], source: Source) -> Iterator[str]:
    """Columns and parameters that a rule names and nobody gives: it could never run."""
    from perinatal.ingest import conform

    known = {column.name for column in source.columns}
    known |= {conform.KEY, conform.LEVEL, conform.KNOWN, conform.FITS}
    for rule in rules:
        place = f"{file.name}: {rule['meta']['id']}"
        for argument, value in rule["kwargs"].items():
            names = value if isinstance(value, list) else [value]
            if argument.startswith("column"):
                for name in names:
                    if name not in known:
                        yield f"{place}: {argument}: no column '{name}' in {source.id}.yaml."
            parameter = value.get("$PARAMETER") if isinstance(value, dict) else None
            if parameter is not None and parameter not in _PARAMETERS:
                yield f"{place}: {argument}: no parameter '{parameter}'."
