"""Sources with their contracts: what a delivery looks like, and what its columns mean."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from perinatal.catalog.models import Entry, Identifier, Level, RegionCode, Status, Text, Year


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
    when: dict[str, str] = Field(default_factory=dict)
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
    values: dict[str, Status] = Field(default_factory=dict)
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
    within: Annotated[float, Field(ge=0)]
    """A delivered count lies at most this far from the true one."""
    levels: tuple[Level, ...] = ()
    """Empty: at every level."""
    variables: tuple[Identifier, ...] = ()
    """Empty: every count."""

    @model_validator(mode="before")
    @classmethod
    def _new_name(cls, told: Any) -> Any:
        if isinstance(told, dict) and "off" in told:
            raise ValueError("'off' is now called 'within' (YAML reads a bare 'off' as false)")
        return told


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
    """Why the rule cannot hold here; it is then not run."""
    tolerance: dict[str, float] = Field(default_factory=dict)
    """Name in the rule's ``tolerance`` or ``kwargs`` -> value here."""
    reason: Text | None = None
    """Why the tolerance is another one here."""
    known: dict[str, Text] = Field(default_factory=dict)
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
    ignore: dict[str, str] = Field(default_factory=dict)
    """Column -> why it is not read."""
    skip_rows: dict[str, dict[str, str]] = Field(default_factory=dict)
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
    unknowns: dict[Identifier, Identifier] = Field(default_factory=dict)
    """Variable that counts what is unknown (weight, duration, postcode) -> the total it is of."""
    births: Births | None = None
    rules: dict[str, RuleChange] = Field(default_factory=dict)
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
