"""The vocabulary: indicators with their definitions, areas, sources with their contracts.

Definitions are pydantic models; rows never are (100,000 small models take seconds).
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
RegionCode = Annotated[str, StringConstraints(pattern=r"^(NL\d{2}|GM\d{4}|WK\d{4}[0-9A-Z]{2})$")]
Year = Annotated[int, Field(ge=1900, le=2100)]

Level = Literal["country", "municipality", "wijk", "buurt"]
Status = Literal[
    "ok", "provisional", "under_registered", "reconstructed", "withdrawn", "withheld", "missing"
]
UNKNOWN = "unknown"
COUNTRY_NAMES = {"NL01": "Nederland", "NL00": "Nederland", "NL99": "Oefenland"}
"""NL99 is the invented country of the practice towns: its figures never bear a real name."""


class Entry(BaseModel):
    """Strict, frozen base: an unknown or mistyped field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ComparabilityKey(Entry):
    """What exactly is counted. Two figures are compared, pooled or joined only on equal keys.

    ``unknown`` equals nothing, except within one table of one source (rules: comparability).
    """

    counted: Literal["child", "woman"]
    lower_limit: Text
    stillbirths: Literal["included", "excluded", "not applicable", "unknown"]
    plurality: Text
    registry: Text
    threshold: Text
    death_window: Text
    booking_week: Text
    care_line: Text
    residence: Text
    unknowns: Text
    per: Literal[100, 1000]

    def differences(self, other: ComparabilityKey, *, same_table: bool = False) -> tuple[str, ...]:
        """Names of the fields that forbid a comparison; empty when the two are comparable."""
        fields = type(self).model_fields
        return tuple(
            name
            for name in fields
            if getattr(self, name) != getattr(other, name)
            or (not same_table and UNKNOWN in (getattr(self, name), getattr(other, name)))
        )


class Definition(Entry):
    """One way of counting an indicator, with its version."""

    id: Identifier
    version: Annotated[int, Field(ge=1)] = 1
    counts: Text
    """Dutch: what is counted ('baby's die voor 37 weken zijn geboren')."""
    out_of: Text
    """Dutch: of whom ('alle levend geboren baby's')."""
    short: Text
    """Dutch label in a chart, beside a break ('vanaf 24 weken')."""
    key: ComparabilityKey


class Words(Entry):
    """Dutch building stones for sentences, at B1 level."""

    title: Text
    subtitle: Text
    subject: Text
    """'vroeggeboorte': '... komt vroeggeboorte vaker voor'."""
    who: Text
    """'baby's': 'bij 8 van de 100 baby's'."""
    more_of: Text
    """Heading of a higher figure, after 'In Almere': 'worden meer baby's te vroeg geboren'."""
    less_of: Text
    explanation: Text
    first_time: Text | None = None
    talk: Text
    """Question for the coalition's meeting."""


class Indicator(Entry):
    """An indicator: its words, its definitions in order of preference, where it may appear."""

    id: Identifier
    kind: Literal["proportion", "rate"]
    order: int
    key_figure: bool
    sensitive: bool = False
    """Perinatal mortality: no sign, no map, no areas, a line for readers touched by it."""
    levels: tuple[Literal["municipality", "wijk"], ...]
    equivalence_margin: Annotated[float, Field(gt=0, lt=1)] | None
    excess: bool = False
    """A number of children a year more or fewer may be told; never for mortality."""
    beside_parts_from: Annotated[int, Field(ge=1)] | None = None
    """An overlap of other indicators: shown beside its parts only from this many births."""
    union_of: tuple[Identifier, Identifier] | None = None
    """Counts who is in one of these indicators or in both, by definitions of the same name."""
    only_without: Identifier | None = None
    """Shown only where the source has no figure for that other indicator."""
    words: Words
    definitions: Annotated[tuple[Definition, ...], Field(min_length=1)]

    @property
    def per(self) -> int:
        return self.definitions[0].key.per

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if len({d.id for d in self.definitions}) != len(self.definitions):
            raise ValueError("two definitions have the same id")
        if len({d.key.per for d in self.definitions}) != 1:
            raise ValueError("all definitions of an indicator have the same 'per'")
        if self.sensitive and "wijk" in self.levels:
            raise ValueError("mortality is never published per wijk: leave 'wijk' out of levels")
        if self.sensitive and self.excess:
            raise ValueError("no number of children is told for mortality: leave 'excess' out")
        return self


class Goal(Entry):
    """A figure that a coalition wants to reach; the document says when it could be seen."""

    indicator: Identifier
    target: Annotated[float, Field(gt=0)]
    """In units of the indicator's ``per``."""
    source: Text
    """Where it was agreed."""


class Area(Entry):
    """What a startfoto is about: one municipality, or several together."""

    id: Identifier
    name: Text
    municipalities: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^GM\d{4}$")], ...], Field(min_length=1)
    ]
    boundary_year: Year
    agreement_from: Year | None = None
    goals: tuple[Goal, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.municipalities)) != len(self.municipalities):
            raise ValueError("a municipality stands twice in 'municipalities'")
        if len({goal.indicator for goal in self.goals}) != len(self.goals):
            raise ValueError("an indicator stands twice in 'goals'")
        return self

    @property
    def is_coalition(self) -> bool:
        return len(self.municipalities) > 1


class RegisterArea(Entry):
    """One startfotogebied: a wijk by itself, or several that are joined."""

    code: Annotated[str, StringConstraints(pattern=r"^(WK\d{4}[0-9A-Z]{2}|SG\d{6})$")]
    """Of a wijk by itself its own code; else SG, the municipality and two digits."""
    name: Text
    """Dutch: says what is in it."""
    wijken: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^WK\d{4}[0-9A-Z]{2}$")], ...],
        Field(min_length=1),
    ]

    @model_validator(mode="after")
    def _code_tells(self) -> Self:
        alone = len(self.wijken) == 1
        if alone and self.code != self.wijken[0]:
            raise ValueError(f"{self.code}: one wijk by itself has its own code: {self.wijken[0]}")
        if not alone and not self.code.startswith("SG"):
            raise ValueError(f"{self.code}: several wijken together have a code of SG and digits")
        return self


class Register(Entry):
    """The startfotogebieden of a municipality, cut once on births; an analyst approves them.

    Empty ``areas``: no figures below the municipality.
    """

    id: Annotated[str, StringConstraints(pattern=r"^GM\d{4}-\d{4}$")]
    """Municipality and boundary year, as the name of the file."""
    municipality: Annotated[str, StringConstraints(pattern=r"^GM\d{4}$")]
    boundary_year: Year
    based_on: Text
    """Dutch: the births that it was cut on."""
    approved_by: Text | None = None
    """A role, never a person's name."""
    approved_on: datetime.date | None = None
    areas: tuple[RegisterArea, ...]

    @model_validator(mode="after")
    def _each_wijk_once(self) -> Self:
        if self.id != f"{self.municipality}-{self.boundary_year}":
            raise ValueError(f"the id must be {self.municipality}-{self.boundary_year}")
        if (self.approved_by is None) != (self.approved_on is None):
            raise ValueError("give 'approved_by' and 'approved_on', or neither")
        codes = [area.code for area in self.areas]
        wijken = [code for area in self.areas for code in area.wijken]
        for what, named in (("area", codes), ("wijk", wijken)):
            twice = sorted({code for code in named if named.count(code) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} stands twice")
        strange = [code for code in [*codes, *wijken] if code[2:6] != self.municipality[2:]]
        if strange:
            raise ValueError(f"not of {self.municipality}: {', '.join(dict.fromkeys(strange))}")
        return self


class Licence(Entry):
    title: Text
    attribution: Text
    non_commercial: bool = False
    url: Text | None = None


class Column(Entry):
    """One column of a delivered file."""

    name: Text
    type: Literal["text", "integer", "decimal"]
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None


class RegionRule(Entry):
    """Which column holds the region, at which levels, on the boundaries of which year."""

    column: Text
    label_column: Text | None = None
    level_column: Text | None = None
    levels: dict[str, Level | Literal["skip"]]
    """Delivered word for a level -> ours. Without a level column: code prefix -> level."""
    boundary_year: Year


class PeriodRule(Entry):
    """Single years in a column, or one fixed span of pooled years."""

    column: Text | None = None
    start: Year | None = None
    end: Year | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.start is not None and self.end is not None) == (self.column is not None):
            raise ValueError("give 'column' (single years) or 'start' and 'end' (pooled years)")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError("'start' lies after 'end'")
        return self


class Measure(Entry):
    """A variable read from a column, or a count worked back from a share and its denominator."""

    variable: Identifier
    column: Text
    denominator_column: Text | None = None
    per: Literal[100, 1000] | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    when: dict[str, str] = {}
    skip_levels: tuple[Level, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = [self.denominator_column is not None, self.per is not None]
        if any(given) and not all([*given, self.decimals is not None]):
            raise ValueError("a count from a share needs denominator_column, per and decimals")
        return self


class StatusRule(Entry):
    """Status of the figures: one for all, or read from a column."""

    default: Status = "ok"
    column: Text | None = None
    values: dict[str, Status] = {}
    note_column: Text | None = None
    citation_columns: tuple[Text, ...] = ()
    """Columns that say where each figure was printed."""
    provisional_years: tuple[Year, ...] = ()


class Series(Entry):
    """How this source yields an indicator: variables to add ('a') and subtract ('-a').

    ``rate`` instead of numerator and denominator: a figure printed without its counts.
    ``complement``: the source prints the opposite share.
    """

    indicator: Identifier
    definition: Identifier
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    rate: Identifier | None = None
    complement: bool = False
    table: Text
    printed_decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    """Decimals of the printed reference; a label must hold at both ends of that rounding."""
    context_only: bool = False
    holds: Identifier | None = None
    """A narrower definition that this one includes; their difference is protected too."""

    @model_validator(mode="after")
    def _counts_or_rate(self) -> Self:
        if bool(self.numerator and self.denominator) == (self.rate is not None):
            raise ValueError("give numerator and denominator, or rate")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        names = [v.removeprefix("-") for v in (*self.numerator, *self.denominator)]
        return (*names, self.rate) if self.rate else tuple(names)


class AreaOrder(Entry):
    """A score that orders the wijken by deprivation, for the differences inside a municipality."""

    variable: Identifier
    most_deprived: Literal["lowest", "highest"]
    most: Text
    """Dutch: 'de wijken met de minste welvaart'."""
    least: Text
    score: Text
    """Dutch: what the score is, and whose."""


class Rounding(Entry):
    """How a source rounds its counts: parts may then miss their total without a fault."""

    step: Annotated[int, Field(ge=1)] = 1
    """Delivered counts are multiples of this."""
    off: Annotated[float, Field(ge=0)]
    """A delivered count lies at most this far from the true one."""
    levels: tuple[Level, ...] = ()
    """Empty: at every level."""
    variables: tuple[Identifier, ...] = ()
    """Empty: every count."""


class Share(Entry):
    """A share that is delivered beside its two counts, and so has to follow from them."""

    share: Identifier
    numerator: Identifier
    denominator: Identifier
    per: Literal[100, 1000]
    decimals: Annotated[int, Field(ge=0, le=6)]


class Births(Entry):
    """The variable that counts births, held beside the births that CBS counts.

    The national figures of CBS stand in ``expectations/contract.yaml``; a source with births per
    region can be named as the yardstick for its own regions.
    """

    variable: Identifier
    yardstick: Identifier | None = None
    """Another source."""
    yardstick_variable: Identifier | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.yardstick is None) != (self.yardstick_variable is None):
            raise ValueError("give 'yardstick' and 'yardstick_variable', or neither")
        return self


class RuleChange(Entry):
    """What a source changes in a rule that holds for every source (Dutch reasons)."""

    skip: Text | None = None
    """Why the rule cannot hold here; it is then not run. (YAML reads a bare 'off' as false.)"""
    tolerance: dict[str, float] = {}
    """Name in the rule's ``tolerance`` or ``kwargs`` -> value here."""
    reason: Text | None = None
    """Why the tolerance is another one here."""
    known: dict[str, Text] = {}
    """Key of a known offender ('2021 GM9901', '2021 GM9901 geboorten') -> why it may stand."""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.skip is not None and (self.tolerance or self.known):
            raise ValueError("a rule that is skipped has no tolerance or known offenders")
        if bool(self.tolerance) != (self.reason is not None):
            raise ValueError("a tolerance of its own needs a reason, and a reason a tolerance")
        if self.skip is None and not self.tolerance and not self.known:
            raise ValueError("give 'skip', 'tolerance' or 'known'")
        return self


class MapContract(Entry):
    code_property: Text
    name_property: Text
    level: Level | None = None
    """None: told by the prefix of the code."""
    boundary_year: Year


class Source(Entry):
    """A source and the contract that its deliveries keep."""

    id: Identifier
    kind: Literal["figures", "map"]
    title: Text
    publisher: Text
    url: Text | None = None
    licence: Licence
    audience: Literal["intern", "coalitie", "openbaar"]
    invented: bool = False
    files: Annotated[tuple[Text, ...], Field(min_length=1)]
    format: Literal["csv", "xlsx", "sav", "geojson"]
    encoding: Literal["utf-8", "utf-8-sig", "latin-1", "cp1252"] = "utf-8"
    """Of csv and geojson; xlsx and sav say theirs in the file."""
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    sheet: Text | None = None
    """Sheet of a workbook; may be left out when the workbook has only one."""
    header_row: Annotated[int, Field(ge=1)] = 1
    """Line (csv) or row (xlsx) of the column names; what stands above it is not read."""
    max_megabytes: Annotated[float, Field(gt=0)] = 50
    """Of the file, and of what comes out of it when it is packed (gz, zip, xlsx)."""
    max_line: Annotated[int, Field(ge=100)] = 100_000
    """Longest line of a csv file, in characters."""
    missing: tuple[str, ...] = ("",)
    withheld: tuple[str, ...] = ()
    absent_means: Literal["withheld", "missing"] = "missing"
    columns: tuple[Column, ...] = ()
    ignore: dict[str, str] = {}
    """Column -> why it is not read."""
    skip_rows: dict[str, dict[str, str]] = {}
    """Column -> delivered word -> why such rows are not read."""
    key: tuple[str, ...] = ()
    region: RegionRule | None = None
    period: PeriodRule | None = None
    status: StatusRule = StatusRule()
    measures: tuple[Measure, ...] = ()
    series: tuple[Series, ...] = ()
    order: AreaOrder | None = None
    rounding: tuple[Rounding, ...] = ()
    shares: tuple[Share, ...] = ()
    unknowns: dict[Identifier, Identifier] = {}
    """Variable that counts what is unknown (weight, duration, postcode) -> the total it is of."""
    births: Births | None = None
    rules: dict[str, RuleChange] = {}
    """Id of a rule of ``expectations/contract.yaml`` -> what this source changes in it."""
    reference_region: RegionCode | None = None
    redelivery: Literal["full", "patch"] = "full"
    keep_last_good: bool = True
    """Where a new figure is in quarantine, the one of the delivery before it stands."""
    cadence_days: Annotated[int, Field(ge=1)] | None = None
    already_public: bool = False
    policy: Identifier = "rivm10"
    map: MapContract | None = None
    caveats: tuple[Text, ...] = ()
    """Dutch sentences that go with every figure of this source."""

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if self.kind == "map" and self.map is None:
            raise ValueError("a source of kind 'map' needs 'map'")
        if (self.kind == "map") != (self.format == "geojson"):
            raise ValueError("a map is geojson; figures are csv, xlsx or sav")
        if self.sheet is not None and self.format != "xlsx":
            raise ValueError("'sheet' belongs to format xlsx")
        if self.header_row > 1 and self.format not in ("csv", "xlsx"):
            raise ValueError("'header_row' belongs to format csv or xlsx")
        if self.kind == "figures":
            needed = ("columns", "key", "region", "period", "measures", "series")
            lacking = [n for n in (*needed, "reference_region") if not getattr(self, n)]
            if lacking:
                raise ValueError(f"a source of kind 'figures' needs {', '.join(lacking)}")
        return self


class Correction(Entry):
    """A known error of a source, declared: where, what it is instead, why, and who said so.

    Either a ``value`` in place of the ``delivered`` one (the guard: where the delivery says
    something else, the correction no longer applies), or a ``status``: withdrawn or missing.
    """

    id: Identifier
    source: Identifier
    variable: Identifier
    regions: tuple[RegionCode, ...] = ()
    """Empty: every region."""
    start: Year | None = None
    """First year; None: every period."""
    end: Year | None = None
    delivered: Annotated[float, Field(ge=0)] | None = None
    value: Annotated[float, Field(ge=0)] | None = None
    status: Literal["withdrawn", "missing"] | None = None
    reason: Text
    """Dutch, for the reader."""
    provider: Text
    """Who told us: an organisation or a role."""
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]

    @model_validator(mode="after")
    def _value_or_status(self) -> Self:
        if (self.value is None) == (self.status is None):
            raise ValueError("give 'value' (with 'delivered'), or 'status'")
        one_cell = len(self.regions) == 1 and self.start is not None
        if self.value is not None and (self.delivered is None or not one_cell):
            raise ValueError("a value needs one region, 'start' and the 'delivered' value as guard")
        return self


class Policy(Entry):
    """A small-numbers rule by name."""

    id: Identifier
    title: Text
    minimum: Annotated[int, Field(ge=0)]
    """Fewest cases in the numerator, and in its complement."""
    minimum_denominator: Annotated[int, Field(ge=0)]
    explanation: Text


class Plan(Entry):
    """What may be published, fixed on births before any outcome is seen."""

    block_years: Annotated[int, Field(ge=1)]
    block_anchor: Year
    """A first year of a block; blocks never roll."""
    expected_area: Annotated[float, Field(gt=0)]
    expected_year: Annotated[float, Field(gt=0)]
    expected_mortality: Annotated[float, Field(gt=0)]
    anchor_indicator: Identifier


class Catalog(BaseModel):
    """Everything that the catalogue files say, checked and cross-checked."""

    model_config = ConfigDict(frozen=True)

    indicators: dict[str, Indicator]
    areas: dict[str, Area]
    sources: dict[str, Source]
    policies: dict[str, Policy]
    plan: Plan
    corrections: dict[str, Correction] = {}
    registers: dict[str, Register] = {}
    """By id: municipality and boundary year."""

    @property
    def patching(self) -> list[str]:
        """Sources whose redeliveries replace only the cells that they bring."""
        return [source.id for source in self.sources.values() if source.redelivery == "patch"]

    @property
    def keeping(self) -> list[str]:
        """Sources whose last good figure stands where a newer one is in quarantine."""
        return [source.id for source in self.sources.values() if source.keep_last_good]

    def corrections_of(self, source: str) -> list[Correction]:
        """Corrections of one source, by id."""
        return [c for _, c in sorted(self.corrections.items()) if c.source == source]

    def table(self, source: str, indicator: str, definition: str) -> str:
        """The table of a source that a figure stands in; raises KeyError when it has none."""
        for series in self.sources[source].series:
            if (series.indicator, series.definition) == (indicator, definition):
                return f"{source}: {series.table}"
        raise KeyError(f"{source}: {indicator}/{definition}")

    def definition(self, indicator: str, definition: str) -> Definition:
        """Raises KeyError when the indicator has no such definition."""
        for candidate in self.indicators[indicator].definitions:
            if candidate.id == definition:
                return candidate
        raise KeyError(f"{indicator}/{definition}")
