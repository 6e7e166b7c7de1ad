"""An invented startfoto made by hand: every label, every gap and every awkward name."""

from __future__ import annotations

from perinatal.disclosure.published import Withheld
from perinatal.startfoto.document import (
    Account,
    Births,
    BirthsRow,
    Card,
    DefinitionNote,
    Edition,
    FigureRow,
    IndicatorChapter,
    PublishedElsewhere,
    Release,
    Sentence,
    Sight,
    SightRow,
    SourceNote,
    Startfoto,
    TalkingPoint,
    TrendSegment,
)

from .sample_chapters import chapters
from .sample_parts import LONGEST, RULES, WIJKEN, dots, say

RELEASE = Release(
    checked_by="epidemioloog", checked_on="2 januari 2026", released_by="directeur",
    released_on="3 januari 2026", audience="openbaar",
)  # fmt: skip


def cards(found: tuple[IndicatorChapter, ...]) -> tuple[Card, ...]:
    """One card a chapter."""
    texts = (
        ("7", "van de 100 baby's", "In Oefenland: 7 van de 100", "voor 37 weken zwangerschap"),
        ("10", "van de 100 baby's", "In Oefenland: 10 van de 100", "te licht voor de duur"),
        ("", "Geen cijfer", "In Oefenland: ook geen cijfer", "eerste afspraak na 10 weken"),
        ("5", "van de 1.000 baby's", "In Oefenland: 5 van de 1.000", "vanaf 24 weken tot 7 dagen"),
    )
    return tuple(
        Card(
            indicator=chapter.id,
            title=chapter.kicker,
            subtitle=subtitle,
            number_text=big,
            unit_text=unit,
            reference_text=country,
            strip=chapter.strip if big else None,
            label=chapter.label,
            word=chapter.word,
            sentence=chapter.lead[-1],
            precision=chapter.precision,
            change="Verandering: kunnen we nog niet zeggen.",
            sensitive=chapter.sensitive,
            anchor=chapter.id,
        )
        for chapter, (big, unit, country, subtitle) in zip(found, texts, strict=True)
    )


def account() -> Account:
    """Where everything comes from."""
    return Account(
        age=say("Deze cijfers gaan over 2019 tot en met 2023. Ze zeggen niets over nu."),
        sources=(
            SourceNote(
                id="oefen",
                title="Oefenregistratie geboorten",
                publisher="Oefenbureau",
                period="2014 tot en met 2023",
                delivered="12 mei 2026",
                delivery="oefen-2026-05 · 4f1c22ab90de",
                licence="CC BY 4.0",
                attribution="Oefenbureau, https://example.org/oefen",
                notes=("De cijfers zijn bedacht.",),
            ),
        ),
        definitions=(
            DefinitionNote(
                title="Te vroeg geboren",
                counts="baby's geboren voor 37 weken",
                out_of="alle levend geboren baby's",
                source="Oefenregistratie geboorten",
                key="per kind, vanaf 24 weken, zonder doodgeboren kinderen",
            ),
        ),
        labels=tuple((code, word, rule) for code, (word, rule) in RULES.items()),
        policy="We laten een cijfer weg als het over minder dan 10 baby's gaat.",
        omitted=("Laat gestart met zorg: de bron heeft het cijfer ingetrokken.",),
        corrections=("Sterrenhof, 2019: verbeterd op 12 januari 2026. Opgegeven door: GGD.",),
        checks=(
            "De som van de wijken is niet groter dan het totaal.",
            "Alle leveringen zijn heel.",
        ),
        elsewhere=(
            PublishedElsewhere(
                what="Te vroeg geboren op een andere website",
                figure_text="7,9 van de 100",
                period="2021",
                difference="Daar tellen ook doodgeboren kinderen mee.",
                status_text="Niet te vergelijken",
                source="Oefensite",
            ),
        ),
        licence="CC BY 4.0, met naamsvermelding van het Oefenbureau.",
    )


def sight() -> Sight:
    """Three subjects, one of which shows little at this number of births."""
    rows = (
        ("Te vroeg geboren (van de 100)", "10.365", "7,0", "6,3", "7,7", "5.400"),
        (
            "Te licht voor de duur van de zwangerschap (van de 100)",
            "10.365",
            "10,0",
            "9,2",
            "10,8",
            "3.700",
        ),
        ("Sterfte rond de geboorte (van de 1.000)", "10.365", "4,8", "", "7,1", ""),
    )
    return Sight(
        title=say("Wat kunt u zien met dit aantal geboorten?"),
        lead=(
            say(
                "Een klein verschil met Oefenland valt niet op als er weinig geboorten zijn. In de "
                "tabel staat vanaf welk cijfer we een verschil meestal zien: in 8 van de 10 keer."
            ),
            say("Zien we geen verschil? Dan kan er toch een kleiner verschil zijn."),
        ),
        rows=tuple(
            SightRow(
                title=title,
                births_text=births,
                reference_text=country,
                lower_text=lower,
                upper_text=upper,
                same_text=same,
            )
            for title, births, country, lower, upper, same in rows
        ),
        table_title="Vanaf welk cijfer we een verschil zien",
    )


def sample(
    area: str = "Oefenstad",
    *,
    members: tuple[str, ...] = (),
    longest: bool = False,
    wijk_count: int | None = None,
    released: bool = False,
    invented: bool = True,
) -> Startfoto:
    """The whole document; the arguments make its variants."""
    found = chapters(area, members, longest, wijk_count)
    notices = () if released else ("Concept: nog niet vrijgegeven.",)
    notices += ("De cijfers zijn verzonnen, om mee te oefenen.",) if invented else ()
    counts = (2188, 2164, 2143, 2150, 2109, 2087, 2101, 2075, 2046, 2056)
    return Startfoto(
        release=RELEASE if released else None,
        title=f"Startfoto {area}",
        area_id="GM9999",
        area_name=area,
        members=members,
        reference_name="Oefenland",
        period_text="2019 tot en met 2023",
        edition=Edition(
            id="oefen-1",
            made_on="22 november 2026",
            made_at="2026-11-22T09:30:00Z",
            code_version="0.1.0",
            invented=invented,
        ),
        contact="de GGD Oefenstreek, telefoon 088 000 00 00",
        notices=notices,
        intro=say(
            f"Hoe gaat het rond de geboorte in {area}, vergeleken met Oefenland? Dit gaat over "
            "ruim 10.000 baby's. Zij zijn geboren in de jaren 2019 tot en met 2023."
        ),
        cards=cards(found),
        talking_points=(
            TalkingPoint(
                lead=say("Waarschijnlijk worden meer baby's te vroeg geboren."),
                question="Herkennen verloskundigen en het ziekenhuis dit?",
            ),
            TalkingPoint(
                lead=say("In Filmwijk vraagt vroeggeboorte om aandacht."),
                question="Welke hulp krijgen aanstaande ouders daar nu?",
            ),
            TalkingPoint(
                lead=say("Over de start van de zorg is nu geen cijfer."),
                question="Wat zien verloskundigen zelf in hun praktijk?",
            ),
        ),
        unknowns=(
            say("Waardoor de verschillen komen. Dat kunnen cijfers niet laten zien."),
            say("Of het beter of slechter gaat. Daarvoor zijn minstens vijf jaren nodig."),
            say("Hoe het nu is. Deze cijfers gaan tot en met 2023."),
        ),
        reading=(
            "Bij kleine aantallen speelt toeval een grote rol. Daarom ziet u bij elk cijfer een "
            "streep: zo ver kan het cijfer er door toeval naast liggen.",
            "Hoe minder geboorten, hoe langer de streep.",
            "Een cijfer zegt niet waardoor een verschil komt, en niets over één gezin.",
        ),
        sight=sight(),
        births=Births(
            title=say(f"In {area} worden ieder jaar ruim 2.000 baby's geboren"),
            lead=(say("Het aantal geboorten is in tien jaar iets gedaald."),),
            years=tuple((2014 + at, count) for at, count in enumerate(counts)),
            alt="Van 2.188 geboorten in 2014 naar 2.056 in 2023.",
            rows=tuple(
                BirthsRow(name=name, period="2019–2023", births_text=dots(births) if births else "")
                for name, _, births, _, _ in WIJKEN
            ),
        ),
        chapters=found,
        left_out=(
            say(
                "Dit cijfer laten we niet zien. Zo beschermen we de privacy van ouders en kinderen."
            ),
            say("Voor Haven samen is er wel een cijfer."),
        ),
        account=account(),
    )


def insights(document: Startfoto) -> list[str]:
    """Every text about change, spread, gap, goal and sight that a reader must be able to read."""
    said: list[Sentence | None] = []
    texts: list[str] = []
    for chapter in document.chapters:
        said += [chapter.excess, chapter.goal]
        if chapter.trend and chapter.trend.finding:
            found = chapter.trend.finding
            said += [found.sentence, found.against, found.sight]
        for figure in (chapter.funnel, chapter.spread, chapter.gap):
            if figure:
                said += [figure.title, *figure.lead]
                texts.append(figure.subtitle)
        if chapter.gap:
            texts += [chapter.gap.difference_text, chapter.gap.table_title]
            texts += [", ".join(row.areas) for row in chapter.gap.rows]
            texts += [row.interval95_text for row in chapter.gap.rows]
    if document.sight:
        said += [document.sight.title, *document.sight.lead]
        texts.append(document.sight.table_title)
        for row in document.sight.rows:
            texts += [row.title, row.births_text, row.lower_text, row.upper_text, row.same_text]
    return [sentence.text for sentence in said if sentence] + [text for text in texts if text]


def coalition() -> Startfoto:
    """Two municipalities, together first and then each."""
    return sample("Oefenstad en Vaartdorp", members=("Oefenstad", "Vaartdorp"))


def longest_names() -> Startfoto:
    """The longest name as area and as wijk."""
    return sample(LONGEST, longest=True)


def one_area() -> Startfoto:
    """A municipality of one wijk."""
    return sample(wijk_count=1)


def sixty_areas() -> Startfoto:
    """As many wijken as a large municipality has, two of them with the longest of names."""
    return sample(wijk_count=60, longest=True)


def bare() -> Startfoto:
    """As little as a document may hold: no figure shown, nothing optional."""
    full = sample(wijk_count=3)
    chapter = full.chapters[0]
    assert chapter.areas is not None
    assert chapter.trend is not None
    hidden = {"published": Withheld(), "label": "GEEN_CIJFER", "word": "geen cijfer"}
    hidden |= {name: "" for name in FigureRow.model_fields if name.endswith("_text")}
    rows = tuple(row.model_copy(update=hidden) for row in chapter.areas.rows)
    points = tuple(
        point.model_copy(update={"own": Withheld(), "own_text": "", "reference": None})
        for point in chapter.trend.segments[0].points[:1]
    )
    empty = chapter.model_copy(
        update={
            "areas": chapter.areas.model_copy(update={"rows": rows}),
            "map": None,
            "trend": chapter.trend.model_copy(
                update={
                    "segments": (TrendSegment(label="", points=points),),
                    "break_text": "",
                    "finding": None,
                }
            ),
            "excess": None,
            "funnel": None,
            "spread": None,
            "gap": None,
            "goal": None,
            "strip": None,
            "precision": None,
            "others": (),
            "definition": (),
            "caveats": (),
        }
    )
    births = full.births.model_copy(update={"years": (), "rows": ()})
    nothing = {
        "sources": (),
        "definitions": (),
        "omitted": (),
        "corrections": (),
        "checks": (),
        "elsewhere": (),
    }
    return full.model_copy(
        update={
            "cards": (full.cards[2].model_copy(update={"anchor": empty.id}),),
            "talking_points": (),
            "unknowns": (),
            "sight": None,
            "births": births,
            "chapters": (empty,),
            "left_out": (),
            "account": full.account.model_copy(update=nothing),
        }
    )
