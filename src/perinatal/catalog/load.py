"""Read the catalogue; every fault is named with its file and field, all of them at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from perinatal import language
from perinatal.catalog.contracts import Correction, Source
from perinatal.catalog.models import (
    COUNTRY_NAMES,
    Area,
    Entry,
    Indicator,
    Plan,
    Policy,
    Register,
)
from perinatal.catalog.theme import THEME_FILE, Theme, read_logo
from perinatal.catalog.whole import Catalog
from perinatal.errors import CatalogError

PACKAGED = Path(__file__).parent
_E = TypeVar("_E", bound=Entry)


_BOOL, _TEXT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:str"
# ten times as fast, where the machine has libyaml
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc]  # one of two classes with the same methods
    """A safe loader whose keys are what was written, each of them once.

    YAML itself keeps the last of two equal keys in silence, and reads a bare ``no`` or ``off`` as
    false: as a key that is a word of a delivery, or of ours.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _BOOL and key_node.value.lower() not in ("true", "false"):
                key_node.tag = _TEXT
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key}' stands twice", key_node.start_mark
                )
            seen.add(key)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def read_yaml(file: Path) -> object:
    """Contents of one YAML file.

    Raises:
        CatalogError: not readable as YAML; the message names file and line.
    """
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except UnicodeDecodeError:
        raise CatalogError([f"{file.name}: not UTF-8. Save the file as UTF-8."]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise CatalogError([f"{file.name}: {line}{problem}."]) from None


PLACEHOLDER = "KIES"
"""What a drafted file holds where a person must decide."""


def choices_left(content: object, file: str, place: str = "") -> Iterator[str]:
    """One fault for every place where a draft still waits for a person's choice."""
    if isinstance(content, dict):
        for name, value in content.items():
            below = f"{place}.{name}" if place else str(name)
            yield from choices_left(str(name), file, f"{place or 'file'}, a name")
            yield from choices_left(value, file, below)
    elif isinstance(content, list):
        for number, value in enumerate(content, start=1):
            yield from choices_left(value, file, f"{place} {number}".strip())
    elif isinstance(content, str) and content.split(" ")[0] == PLACEHOLDER:
        yield f"{file}: {place}: still says {PLACEHOLDER}: choose, as the comment there tells."


def _validate(model: type[_E], file: Path) -> _E:
    content = read_yaml(file)
    left = list(choices_left(content, file.name))
    if left:
        raise CatalogError(left)
    try:
        # strict JSON mode: lists become tuples, but "3" never becomes 3
        return model.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        raise CatalogError(
            [
                f"{file.name}: {'.'.join(str(part) for part in fault['loc']) or 'file'}: "
                f"{fault['msg']}"
                for fault in error.errors()
            ]
        ) from None


def _wording(entry: Entry, file: Path) -> Iterator[str]:
    """Slips in the texts of an entry that a reader of the startfoto gets to see."""
    told = entry.model_dump(include=_READ_ALOUD.get(type(entry), {}))
    for place, text in language.texts(told, without=frozenset()):
        for slip in language.slips(text):
            yield f"{file.name}: {place}: {slip}."


_READ_ALOUD: dict[type[Entry], Any] = {
    Indicator: {"words": True, "definitions": {"__all__": {"counts", "out_of", "short", "key"}}},
    Area: {"goals": {"__all__": {"source"}}},
    Source: {
        "title": True, "publisher": True, "licence": {"title", "attribution"}, "caveats": True,
        "order": {"most", "least", "score"},
    },
    Policy: {"title", "explanation"},
    Correction: {"reason", "provider"},
    Register: {"based_on", "approved_by"},
    Theme: {"contact", "lines"},
}  # fmt: skip
"""What a document prints of each kind of entry: names of areas are left alone, the rest is ours."""


def _files(folders: list[Path], kind: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((folder / kind).glob("*.yaml"))


def load_catalog(extra: Path | None = None) -> Catalog:
    """The packaged catalogue, and the files of one extra folder with the same layout.

    Args:
        extra: folder with ``indicators/``, ``areas/``, ``sources/``, ``startfotogebieden/`` and so
            on, and perhaps ``theme.yaml``; an entry there with the id of a packaged one is a fault,
            so that nothing is overruled unseen.

    Raises:
        CatalogError: with every fault of every file.
    """
    folders = [PACKAGED, *([extra] if extra else [])]
    faults: list[str] = []
    if extra is not None and not extra.is_dir():
        faults.append(
            f"{extra}: no such folder. Set PERINATAL_CATALOG_DIR to a folder that exists."
        )

    def collect(model: type[_E], kind: str) -> dict[str, _E]:
        entries: dict[str, _E] = {}
        for file in _files(folders, kind):
            try:
                entry = _validate(model, file)
            except CatalogError as error:
                faults.extend(error.faults)
                continue
            name = str(getattr(entry, "id"))  # noqa: B009 - every catalogue model has an id
            if name != file.stem:
                faults.append(f"{file.name}: id: '{name}' differs from the file name.")
            if name in entries:
                faults.append(f"{file.name}: id: '{name}' exists already.")
            faults.extend(_wording(entry, file))
            entries[name] = entry
        return entries

    indicators = collect(Indicator, "indicators")
    areas = collect(Area, "areas")
    sources = collect(Source, "sources")
    policies = collect(Policy, "policies")
    corrections = collect(Correction, "corrections")
    registers = collect(Register, "startfotogebieden")
    try:
        plan = _validate(Plan, PACKAGED / "plan.yaml")
    except CatalogError as error:
        raise CatalogError([*faults, *error.faults]) from None
    theme, logo = None, ""
    if extra is not None and (extra / THEME_FILE).is_file():
        try:
            theme = _validate(Theme, extra / THEME_FILE)
            faults.extend(_wording(theme, extra / THEME_FILE))
            logo = read_logo(extra / theme.logo) if theme.logo else ""
        except CatalogError as error:
            faults.extend(error.faults)
    catalog = Catalog(
        indicators=dict(sorted(indicators.items(), key=lambda item: (item[1].order, item[0]))),
        areas=areas,
        sources=sources,
        policies=policies,
        plan=plan,
        corrections=corrections,
        registers=registers,
        theme=theme,
        logo=logo,
    )
    faults.extend(cross_check(catalog))
    if faults:
        raise CatalogError(faults)
    return catalog


def cross_check(catalog: Catalog) -> list[str]:
    """Faults between entries: names that point nowhere, columns that no contract lists."""
    faults: list[str] = []
    for source in catalog.sources.values():
        faults.extend(_check_source(catalog, source))
    if catalog.plan.anchor_indicator not in catalog.indicators:
        faults.append(
            f"plan.yaml: anchor_indicator: no indicator '{catalog.plan.anchor_indicator}'."
        )
    for correction in catalog.corrections.values():
        faults.extend(_check_correction(catalog, correction))
    for area in catalog.areas.values():
        for goal in area.goals:
            if goal.indicator not in catalog.indicators:
                faults.append(f"{area.id}.yaml: goals: no indicator '{goal.indicator}'.")
    for indicator in catalog.indicators.values():
        other = indicator.only_without
        if other is not None and other not in catalog.indicators:
            faults.append(f"{indicator.id}.yaml: only_without: no indicator '{other}'.")
        for part in indicator.union_of or ():
            if part not in catalog.indicators:
                faults.append(f"{indicator.id}.yaml: union_of: no indicator '{part}'.")
    return faults


def _check_correction(catalog: Catalog, correction: Correction) -> Iterator[str]:
    place = f"{correction.id}.yaml"
    source = catalog.sources.get(correction.source)
    if source is None:
        yield f"{place}: source: no source '{correction.source}'."
    elif correction.variable not in {measure.variable for measure in source.measures}:
        yield f"{place}: variable: {source.id}.yaml has no measure '{correction.variable}'."


def _check_source(catalog: Catalog, source: Source) -> Iterator[str]:
    def fault(field: str, text: str) -> str:
        return f"{source.id}.yaml: {field}: {text}"

    if source.policy not in catalog.policies:
        yield fault("policy", f"no policy '{source.policy}'. Known: {', '.join(catalog.policies)}.")
    if source.kind == "map":
        return
    types = {column.name: column.type for column in source.columns}
    columns = set(types)
    written = [column.name for column in source.columns]
    for name in sorted(name for name in columns if written.count(name) > 1):
        yield fault("columns", f"'{name}' stands twice.")
    named = [("key", name) for name in source.key]
    named += [("skip_rows", name) for name in source.skip_rows]
    for rule, fields in (
        (source.region, ("column", "label_column", "level_column")),
        (source.period, ("column",)),
        (source.status, ("column", "note_column")),
    ):
        named += [(field, getattr(rule, field)) for field in fields if getattr(rule, field)]
    named += [("status.citation_columns", name) for name in source.status.citation_columns]
    for measure in source.measures:
        named += [("measures", measure.column)]
        named += [("measures", name) for name in measure.when]
        if measure.denominator_column:
            named.append(("measures", measure.denominator_column))
    for field, name in named:
        if name not in columns:
            yield fault(field, f"column '{name}' is not in 'columns'.")
    year = source.period.column if source.period else None
    if year and types.get(year, "integer") != "integer":
        yield fault("period", f"column '{year}' must be of type integer.")
    for measure in source.measures:
        for number in (measure.column, measure.denominator_column):
            if number and types.get(number) == "text":
                yield fault("measures", f"column '{number}' is text, a measure needs a number.")
    for name in columns & set(source.ignore):
        yield fault("ignore", f"column '{name}' stands in 'columns' too.")
    if source.reference_region not in COUNTRY_NAMES:
        known = ", ".join(COUNTRY_NAMES)
        yield fault("reference_region", f"no country '{source.reference_region}'. Known: {known}.")
    whole = {column.name for column in source.columns if column.type == "integer"}
    counted = {
        measure.variable
        for measure in source.measures
        if measure.denominator_column or measure.column in whole
    }
    variables = {measure.variable for measure in source.measures}
    if source.births is not None and source.births.yardstick is not None:
        other = catalog.sources.get(source.births.yardstick)
        counts = source.births.yardstick_variable
        if other is None:
            yield fault("births", f"no source '{source.births.yardstick}'.")
        elif counts not in {measure.variable for measure in other.measures}:
            yield fault("births", f"{other.id}.yaml has no measure '{counts}'.")
    if source.order is not None and source.order.variable not in variables:
        yield fault("order", f"no measure gives variable '{source.order.variable}'.")
    for series in source.series:
        place = f"series {series.indicator}/{series.definition}"
        if series.indicator not in catalog.indicators:
            yield fault(place, f"no indicator '{series.indicator}'.")
        elif series.definition not in {
            d.id for d in catalog.indicators[series.indicator].definitions
        }:
            yield fault(place, f"{series.indicator}.yaml has no definition '{series.definition}'.")
        for name in series.variables:
            if name not in variables:
                yield fault(place, f"no measure gives variable '{name}'.")
            elif name not in counted and series.rate is None:
                yield fault(
                    place,
                    f"variable '{name}' is no count: give its column type integer, or the measure "
                    "denominator_column, per and decimals.",
                )
