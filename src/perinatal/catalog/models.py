"""The vocabulary: indicators with their definitions, areas, policies, the plan.

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
    phase: Literal["before", "during", "birth", "after"] = "birth"
    """Part of the first 1,000 days that it tells about: pregnancy, birth, the two years after."""
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
