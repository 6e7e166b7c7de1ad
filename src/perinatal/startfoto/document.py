"""The startfoto as a frozen document: every output is drawn from it and from nothing else.

All texts are Dutch, all numbers are final; ``*_text`` fields are printed as they stand. A figure
is ``Shown``, ``Withheld`` or ``Withdrawn``, so a template cannot print what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from perinatal.catalog.models import Entry, Status
from perinatal.disclosure.published import Published

SCHEMA_VERSION: Literal["1"] = "1"
LabelCode = Literal[
    "GEEN_CIJFER",
    "INGETROKKEN",
    "KLEIN_MAAR_ECHT",
    "DUIDELIJK_HOGER",
    "DUIDELIJK_LAGER",
    "WAARSCHIJNLIJK_HOGER",
    "WAARSCHIJNLIJK_LAGER",
    "ONGEVEER_GELIJK",
    "ONBESLIST",
    "GEEN_VERGELIJKING",
]
Variant = Literal["volledig", "bestuurlijk", "bewoners"]
"""Forms of one document: all of it, two pages for a board, four in plain words for residents."""
TrendCode = Literal["STIJGT", "DAALT", "TREND_ONBESLIST", "TREND_ONBEKEND"]


class Edition(Entry):
    id: str
    made_on: str
    """Dutch date ('22 november 2026')."""
    made_at: str
    """ISO 8601, UTC."""
    code_version: str
    invented: bool
    """The figures are made up: every page says so."""


class Sentence(Entry):
    """A sentence with the rule that made it and the evidence it rests on."""

    text: str
    rule: str
    evidence: tuple[str, ...] = ()
    """References of figures ('area/indicator/definition/period')."""


class Explanation(Entry):
    """What a person adds to a chapter, with their role under it."""

    text: str
    signed: str
    on: str
    """Dutch date."""


class Release(Entry):
    """Who let this startfoto go, and for whom it is."""

    checked_by: str
    checked_on: str
    released_by: str
    released_on: str
    audience: Literal["intern", "coalitie", "openbaar"]


class Reference(Entry):
    """The national figure of the same source, table, period and comparability key."""

    name: str
    estimate: float
    text: str
    """One decimal or as printed ('7,0')."""
    lower_strip: float | None
    upper_strip: float | None
    """Reference plus and minus the equivalence margin; None where none applies."""


class FigureRow(Entry):
    """One area's figure beside the reference."""

    reference_id: str
    region: str
    name: str
    group: str | None = None
    published: Published
    label: LabelCode
    word: str
    direction: Literal[-1, 0, 1] = 0
    """Which way the word points: lower, neither, higher; 0 without a figure."""
    births_text: str
    """The denominator: births, or pregnant women."""
    count_text: str
    """The numerator."""
    estimate_text: str
    interval95_text: str
    interval998_text: str
    """All texts are '' for a figure that is not shown."""


class Strip(Entry):
    """The small picture in a card: window from ``low`` to ``high``, in units of ``per``."""

    low: float
    high: float
    reference: Reference
    row: FigureRow


class Card(Entry):
    """One key figure of 'In één minuut'."""

    indicator: str
    title: str
    subtitle: str
    number_text: str
    """'8', or '' without a figure."""
    unit_text: str
    """'van de 100 baby's', or 'Geen cijfer'."""
    reference_text: str
    strip: Strip | None
    label: LabelCode
    word: str
    sentence: Sentence
    precision: Sentence | None
    change: str
    sensitive: bool
    anchor: str
    """Id of the chapter."""


class TalkingPoint(Entry):
    lead: Sentence
    question: str


class DotInterval(Entry):
    """Areas in fixed geographic order, the whole first, with 95% and 99.8% ranges."""

    title: str
    subtitle: str
    alt: str
    unit_text: str
    reference: Reference
    rows: tuple[FigureRow, ...]
    axis: tuple[float, ...]
    """Ticks, in units of ``per``; the first and last are the ends of the axis."""
    axis_note: str
    reading: str
    table_title: str
    denominator_title: str = "Geboorten"


class MapShape(Entry):
    region: str
    name: str
    path: str
    """SVG path data in the map's own box."""
    x: float
    y: float
    """A point inside, for the sign."""
    label: LabelCode
    word: str


class MapFigure(Entry):
    """Choropleth of labels, never of rates."""

    title: str
    subtitle: str
    alt: str
    width: float
    height: float
    shapes: tuple[MapShape, ...]
    outline: str
    """SVG path of the municipal border(s)."""
    legend: tuple[tuple[LabelCode, str], ...]
    """Only the labels on the map, each with its words."""


class TrendPoint(Entry):
    reference_id: str = ""
    """Of the own figure, or of the country's where that stands alone."""
    start: int
    end: int
    """First and last year; equal for a single year."""
    own: Published
    own_text: str
    reference: float | None
    reference_text: str
    status: Status


class TrendSegment(Entry):
    """Points of one comparability key; two segments are never joined."""

    label: str
    points: tuple[TrendPoint, ...]


class TrendFinding(Entry):
    """What may be said about the change in the last line of one definition."""

    label: TrendCode
    certainty: Literal["duidelijk", "waarschijnlijk", ""]
    word: str
    """'wordt waarschijnlijk lager', 'kunnen we niet zien'."""
    sentence: Sentence
    against: Sentence | None
    """The change here beside the change in the country; None where that cannot be tested."""
    sight: Sentence | None
    """The smallest change that these births could show; None where nothing was tested."""


class Trend(Entry):
    title: Sentence
    subtitle: str
    alt: str
    unit_text: str
    own_name: str
    reference_name: str
    segments: tuple[TrendSegment, ...]
    break_text: str
    """Why there is a gap, or ''."""
    axis: tuple[float, ...]
    axis_note: str
    table_title: str
    source_text: str = ""
    """Sources of the line, which can be others than the chapter's."""
    finding: TrendFinding | None = None
    """None for a line of the country alone."""


class OtherDefinition(Entry):
    """The same subject counted otherwise: in a sentence of its own, never in one row."""

    counts: str
    row: FigureRow
    reference: Reference | None
    sentence: Sentence


class Spread(Entry):
    """How far the true figures of the areas lie apart, chance taken out; never a label."""

    title: Sentence
    subtitle: str
    alt: str
    lead: tuple[Sentence, ...]
    unit_text: str
    reference: Reference
    own_name: str
    own: float
    own_text: str
    lower: float | None
    upper: float | None
    """The middle 90% of the true figures; None where no spread beyond chance is seen."""
    range_text: str
    """'6,1 – 9,0', or ''."""
    axis: tuple[float, ...]
    axis_note: str


class FunnelLimit(Entry):
    """How far from the reference a figure may lie by chance, for one number of births."""

    births: int
    lower998: float
    lower95: float
    upper95: float
    upper998: float


class Funnel(Entry):
    """Areas by their number of births: the fewer, the further chance may carry them."""

    title: Sentence
    subtitle: str
    alt: str
    lead: tuple[Sentence, ...]
    unit_text: str
    reference: Reference
    rows: tuple[FigureRow, ...]
    """Areas with a figure; the others have no place, on neither axis."""
    limits: tuple[FunnelLimit, ...]
    axis: tuple[float, ...]
    axis_note: str
    births_axis: tuple[float, ...]
    births_text: str
    """'geboorten in deze jaren'."""


class GapRow(Entry):
    """One fifth of the births, with the areas in it."""

    name: str
    areas: tuple[str, ...]
    births_text: str
    estimate: float
    lower95: float
    upper95: float
    estimate_text: str
    interval95_text: str


class Gap(Entry):
    """The most beside the least deprived fifth of the births."""

    title: Sentence
    subtitle: str
    alt: str
    lead: tuple[Sentence, ...]
    unit_text: str
    rows: tuple[GapRow, ...]
    """Two: the most deprived fifth first."""
    difference_text: str
    """'2,9 (1,1 – 4,7)' in units of ``per``."""
    table_title: str
    axis: tuple[float, ...]
    axis_note: str


class SightRow(Entry):
    """What the births of this area could show of one indicator."""

    title: str
    births_text: str
    reference_text: str
    lower_text: str
    """A true figure at or below this is seen in 8 of 10 cases; '' where none can be."""
    upper_text: str
    same_text: str
    """Births needed to show 'about the same'; '' where that is never said."""


class Sight(Entry):
    """What can be seen with this number of births."""

    title: Sentence
    lead: tuple[Sentence, ...]
    rows: tuple[SightRow, ...]
    table_title: str


class IndicatorChapter(Entry):
    id: str
    number: str
    kicker: str
    title: Sentence
    label: LabelCode
    word: str
    lead: tuple[Sentence, ...]
    precision: Sentence | None
    counted_text: str
    """'Geteld: 1.667 van de 21.239 baby's', or ''."""
    sensitive: bool
    strip: Strip | None
    members: tuple[FigureRow, ...]
    """The municipalities of a coalition, each apart."""
    members_reference: Reference | None
    areas: DotInterval | None
    map: MapFigure | None
    trend: Trend | None
    others: tuple[OtherDefinition, ...]
    excess: Sentence | None = None
    """How many children a year more or fewer than with the national figure."""
    funnel: Funnel | None = None
    spread: Spread | None = None
    gap: Gap | None = None
    goal: Sentence | None = None
    """The coalition's own goal, and when it could be seen."""
    denominator_title: str = "Geboorten"
    unit_text: str = "cijfer"
    """'van de 100 baby's': head of the column of figures."""
    explanations: tuple[Explanation, ...] = ()
    definition: tuple[tuple[str, str], ...]
    """Label and text: we tellen, van, periode, bron, versie ..."""
    caveats: tuple[str, ...]


class BirthsRow(Entry):
    name: str
    period: str
    births_text: str


class Births(Entry):
    title: Sentence
    lead: tuple[Sentence, ...]
    years: tuple[tuple[int, int], ...]
    """Year and births of the whole area; empty when the delivery is pooled."""
    alt: str
    rows: tuple[BirthsRow, ...]


class SourceNote(Entry):
    id: str
    title: str
    publisher: str
    period: str
    delivered: str
    delivery: str
    """Delivery id and the first 12 digits of the file's checksum."""
    licence: str
    attribution: str
    notes: tuple[str, ...]


class DefinitionNote(Entry):
    title: str
    counts: str
    out_of: str
    source: str
    key: str
    """The comparability key in words."""


class PublishedElsewhere(Entry):
    """A known published figure that must not be put beside ours without its difference."""

    what: str
    figure_text: str
    period: str
    difference: str
    status_text: str
    source: str


class Account(Entry):
    """Verantwoording."""

    age: Sentence
    sources: tuple[SourceNote, ...]
    definitions: tuple[DefinitionNote, ...]
    labels: tuple[tuple[LabelCode, str, str], ...]
    """Code, word, rule in Dutch."""
    policy: str
    omitted: tuple[str, ...]
    corrections: tuple[str, ...] = ()
    """Known errors of a source that were mended; never a value."""
    checks: tuple[str, ...]
    elsewhere: tuple[PublishedElsewhere, ...]
    licence: str


class Origin(Entry):
    """Where a figure stands in what was delivered; a figure of two deliveries has two."""

    reference_id: str
    delivery: str
    file: str
    sha256: str
    lines_text: str
    """'12, 23-27': lines of the file."""
    calculation: str
    """'te_vroeg / geboorten, keer 100', in variables of the contract."""


class Style(Entry):
    """How the organisation that publishes shows itself. Nothing that has a meaning follows it."""

    name: str
    logo: str
    """A ``data:`` address of an SVG or PNG; empty without one."""
    colours: tuple[tuple[str, str], ...]
    """Tokens that its colour replaces, made readable."""
    lines: tuple[str, ...]
    """Address, telephone, imprint."""


class Startfoto(Entry):
    """The whole document."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    title: str
    area_id: str
    area_name: str
    members: tuple[str, ...]
    reference_name: str
    period_text: str
    edition: Edition
    contact: str
    style: Style | None = None
    notices: tuple[str, ...]
    """Banner lines: concept, verzonnen cijfers."""
    intro: Sentence
    cards: tuple[Card, ...]
    talking_points: tuple[TalkingPoint, ...]
    unknowns: tuple[Sentence, ...]
    questions: tuple[Sentence, ...] = ()
    """Five, for the meeting."""
    reading: tuple[str, ...]
    sight: Sight | None = None
    births: Births
    chapters: tuple[IndicatorChapter, ...]
    left_out: tuple[Sentence, ...]
    account: Account
    origins: tuple[Origin, ...] = ()
    release: Release | None = None
    """None while it is a concept."""


def sentences(part: object) -> Iterator[Sentence]:
    """Every sentence inside a document or a part of it, in its order."""
    if isinstance(part, Sentence):
        yield part
    elif isinstance(part, Entry):
        for name in type(part).model_fields:
            yield from sentences(getattr(part, name))
    elif isinstance(part, tuple):
        for one in part:
            yield from sentences(one)
