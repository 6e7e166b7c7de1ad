"""An invented startfoto made by hand: every label, every gap and every awkward name."""

from __future__ import annotations

from math import sin, sqrt

from perinatal.disclosure.published import Published, Shown, Withdrawn, Withheld
from perinatal.startfoto.document import (
    Account,
    Births,
    BirthsRow,
    Card,
    DefinitionNote,
    DotInterval,
    Edition,
    FigureRow,
    IndicatorChapter,
    LabelCode,
    MapFigure,
    MapShape,
    OtherDefinition,
    PublishedElsewhere,
    Reference,
    Sentence,
    SourceNote,
    Startfoto,
    Strip,
    TalkingPoint,
    Trend,
    TrendPoint,
    TrendSegment,
)

LONGEST = "'s-Gravendeel-Westmaas en Tussen de Vaarten Noord"
WORDS: dict[LabelCode, str] = {
    "GEEN_CIJFER": "geen cijfer",
    "INGETROKKEN": "nu niet betrouwbaar",
    "KLEIN_MAAR_ECHT": "iets hoger, het verschil is klein",
    "DUIDELIJK_HOGER": "duidelijk hoger",
    "DUIDELIJK_LAGER": "duidelijk lager",
    "WAARSCHIJNLIJK_HOGER": "waarschijnlijk hoger",
    "WAARSCHIJNLIJK_LAGER": "waarschijnlijk lager",
    "ONGEVEER_GELIJK": "ongeveer gelijk",
    "ONBESLIST": "kan toeval zijn",
}
RULES: dict[LabelCode, tuple[str, str]] = {
    "DUIDELIJK_HOGER": ("duidelijk hoger", "De dunne streep raakt de lijn van Oefenland niet."),
    "DUIDELIJK_LAGER": ("duidelijk lager", "De dunne streep raakt de lijn van Oefenland niet."),
    "WAARSCHIJNLIJK_HOGER": ("waarschijnlijk hoger", "De brede streep raakt de lijn niet."),
    "WAARSCHIJNLIJK_LAGER": ("waarschijnlijk lager", "De brede streep raakt de lijn niet."),
    "KLEIN_MAAR_ECHT": ("iets hoger of lager", "Het verschil is er wel, maar het is klein."),
    "ONGEVEER_GELIJK": ("ongeveer gelijk", "De brede streep ligt binnen de lichte strook."),
    "ONBESLIST": ("kan toeval zijn", "Geen van deze regels past."),
    "GEEN_CIJFER": ("geen cijfer", "Dit cijfer laten we niet zien."),
    "INGETROKKEN": ("nu niet betrouwbaar", "De bron zegt dat het cijfer niet klopt."),
}
# Name, group, births, cases, label. The withheld row has no cases to give.
WIJKEN: tuple[tuple[str, str, int, int, LabelCode], ...] = (
    ("Oude Haven", "Haven", 1310, 92, "ONGEVEER_GELIJK"),
    ("De Werven", "Haven", 412, 33, "ONBESLIST"),
    ("Zeilmakerswijk", "Haven", 0, 0, "GEEN_CIJFER"),
    ("De Marken", "Haven", 655, 24, "DUIDELIJK_LAGER"),
    ("Centrum", "Stad", 983, 76, "ONBESLIST"),
    ("Filmwijk", "Stad", 702, 79, "DUIDELIJK_HOGER"),
    ("Parkwijk-Noord", "Stad", 540, 26, "WAARSCHIJNLIJK_LAGER"),
    ("Tussen de Vaarten Noord", "Stad", 611, 58, "WAARSCHIJNLIJK_HOGER"),
    ("Verzetswijk", "Stad", 1502, 118, "KLEIN_MAAR_ECHT"),
    ("Muziekwijk", "Stad", 1188, 82, "ONGEVEER_GELIJK"),
    ("Oostvaart", "Buiten", 478, 30, "ONBESLIST"),
    ("Regenboogbuurt", "Buiten", 391, 31, "ONBESLIST"),
    ("Bloemenbuurt en Eilandenbuurt", "Buiten", 860, 59, "ONBESLIST"),
    ("Noorderplassen", "Buiten", 733, 50, "ONBESLIST"),
)


def say(text: str) -> Sentence:
    """A sentence without evidence."""
    return Sentence(text=text, rule="voorbeeld")


def comma(value: float) -> str:
    """One decimal, with a comma."""
    return f"{value:.1f}".replace(".", ",")


def dots(value: int) -> str:
    """Thousands with a point."""
    return f"{value:,}".replace(",", ".")


def shown(cases: int, births: int, per: int = 100, *, status: str = "ok") -> Shown:
    """A figure with Wilson ranges."""

    def limits(z: float) -> tuple[float, float]:
        share, square = cases / births, z * z
        middle = (share + square / (2 * births)) / (1 + square / births)
        half = z * sqrt(share * (1 - share) / births + square / (4 * births**2))
        half /= 1 + square / births
        return per * (middle - half), per * (middle + half)

    low, high = limits(1.96)
    lower, upper = limits(3.09)
    return Shown.model_validate(
        {
            "numerator": cases,
            "denominator": births,
            "per": per,
            "estimate": per * cases / births,
            "lower95": low,
            "upper95": high,
            "lower998": lower,
            "upper998": upper,
            "status": status,
        }
    )


def figure(
    name: str,
    published: Published,
    label: LabelCode,
    *,
    group: str | None = None,
    region: str = "GM9999",
) -> FigureRow:
    """A row with its texts."""
    texts = ["", "", "", "", ""]
    if published.kind == "shown":
        texts = [
            dots(published.denominator),
            dots(published.numerator),
            comma(published.estimate),
            f"{comma(published.lower95)} – {comma(published.upper95)}",
            f"{comma(published.lower998)} – {comma(published.upper998)}",
        ]
    return FigureRow(
        reference_id=f"{region}/vroeg/v1/2019-2023",
        region=region,
        name=name,
        group=group,
        published=published,
        label=label,
        word=WORDS[label],
        births_text=texts[0],
        count_text=texts[1],
        estimate_text=texts[2],
        interval95_text=texts[3],
        interval998_text=texts[4],
    )


def reference(value: float, *, strip: bool = True) -> Reference:
    """The invented country."""
    return Reference(
        name="Oefenland",
        estimate=value,
        text=comma(value),
        lower_strip=value * 0.85 if strip else None,
        upper_strip=value * 1.15 if strip else None,
    )


def wijken(area: str, longest: bool, wijk_count: int | None = None) -> tuple[FigureRow, ...]:
    """The whole first, then the wijken in geographic order."""
    rows = [figure(f"Heel {area}", shown(758, 10365), "WAARSCHIJNLIJK_HOGER")]
    many = WIJKEN if wijk_count is None else (WIJKEN * 6)[:wijk_count]
    for place, (name, group, births, cases, label) in enumerate(many):
        published: Published = Withheld() if label == "GEEN_CIJFER" else shown(cases, births)
        title = LONGEST if longest and place in (0, 5) else name
        region = f"WK9999{place:02d}"
        rows.append(figure(title, published, label, group=group, region=region))
    return tuple(rows)


def shapes(rows: tuple[FigureRow, ...]) -> MapFigure:
    """Fourteen crooked blocks, five by three without a corner."""

    def node(column: int, row: int) -> tuple[float, float]:
        x = column * 100 + 18 * sin(column * 2.3 + row * 1.7) + row * 9
        y = row * 110 + 16 * sin(column * 1.1 + row * 2.9) + column * 7
        return round(x + 25, 1), round(y + 25, 1)

    def ring(nodes: list[tuple[int, int]]) -> str:
        points = [node(*place) for place in nodes]
        return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z"

    cells = [(c, r) for r in range(3) for c in range(5)][:14]
    drawn = []
    for row, (c, r) in zip(rows[1:], cells, strict=False):
        corners = [(c, r), (c + 1, r), (c + 1, r + 1), (c, r + 1)]
        x = sum(node(*corner)[0] for corner in corners) / 4
        y = sum(node(*corner)[1] for corner in corners) / 4
        drawn.append(
            MapShape(
                region=row.region,
                name=row.name,
                path=ring(corners),
                x=x,
                y=y,
                label=row.label,
                word=row.word,
            )
        )
    border = [(c, 0) for c in range(6)] + [(5, 1), (5, 2), (4, 2)]
    border += [(c, 3) for c in range(4, -1, -1)] + [(0, 2), (0, 1)]
    found = {row.label for row in rows[1:]}
    sentences: dict[LabelCode, str] = {
        "DUIDELIJK_HOGER": "is duidelijk hoger dan Oefenland.",
        "WAARSCHIJNLIJK_HOGER": "is waarschijnlijk hoger.",
        "DUIDELIJK_LAGER": "is duidelijk lager.",
        "WAARSCHIJNLIJK_LAGER": "is waarschijnlijk lager.",
        "KLEIN_MAAR_ECHT": "is iets hoger of lager.",
        "ONGEVEER_GELIJK": "is ongeveer gelijk.",
        "ONBESLIST": "betekent: het verschil kan toeval zijn.",
        "GEEN_CIJFER": "betekent: geen cijfer.",
    }
    return MapFigure(
        title="De kaart kleurt alleen waar het verschil groter is dan toeval",
        subtitle="Te vroeg geboren per wijk, 2019 tot en met 2023.",
        alt="Kaart met 14 wijken. Filmwijk is duidelijk hoger, De Marken is duidelijk lager.",
        width=580,
        height=400,
        shapes=tuple(drawn),
        outline=ring(border),
        legend=tuple((code, words) for code, words in sentences.items() if code in found),
    )


def trend(area: str) -> Trend:
    """Ten years on two keys, one withheld and one provisional."""

    def point(year: int, cases: int | None, country: float, status: str = "ok") -> TrendPoint:
        own: Published = Withheld()
        if cases is not None:
            own = shown(cases, 2080, status=status)
        text = "" if own.kind != "shown" else comma(own.estimate)
        return TrendPoint.model_validate(
            {
                "start": year,
                "end": year,
                "own": own,
                "own_text": text,
                "reference": country,
                "reference_text": comma(country),
                "status": status,
            }
        )

    before = [(2014, 171, 7.6), (2015, 160, 7.5), (2016, None, 7.4), (2017, 166, 7.5)]
    before += [(2018, 158, 7.2), (2019, 151, 7.1), (2020, 160, 6.9)]
    after = [(2021, 149, 6.4, "ok"), (2022, 138, 6.3, "ok"), (2023, 146, 6.2, "provisional")]
    return Trend(
        title=f"In {area} kunnen we nog niet zeggen of het cijfer verandert",
        subtitle="Te vroeg geboren, van de 100 baby's, per jaar van 2014 tot en met 2023.",
        alt="Tien jaren met een onderbreking na 2020, omdat de bron anders ging tellen.",
        unit_text="van de 100 baby's",
        own_name=area,
        reference_name="Oefenland",
        segments=(
            TrendSegment(
                label="telt vanaf 22 weken",
                points=tuple(point(y, c, n) for y, c, n in before),
            ),
            TrendSegment(
                label="telt vanaf 24 weken",
                points=tuple(point(y, c, n, s) for y, c, n, s in after),
            ),
        ),
        break_text="Vanaf 2021 telt de bron baby's vanaf 24 weken. Daarvoor was dat vanaf 22 "
        "weken. Daarom vergelijken we deze jaren niet met elkaar.",
        axis=(4.0, 6.0, 8.0, 10.0),
        axis_note="De as begint bij 4, niet bij 0.",
        table_title="Te vroeg geboren per jaar",
    )


def areas(rows: tuple[FigureRow, ...]) -> DotInterval:
    """The wijken beside the country."""
    return DotInterval(
        title="In vier wijken is het verschil met Oefenland meer dan toeval",
        subtitle="Te vroeg geboren, van de 100 baby's, 2019 tot en met 2023. De wijken staan in "
        "vaste volgorde: van Haven naar Buiten.",
        alt="Veertien wijken met hun cijfer en hun strepen naast de lijn van Oefenland bij 7,0.",
        unit_text="van de 100 baby's",
        reference=reference(7.0),
        rows=rows,
        axis=(0.0, 5.0, 10.0, 15.0),
        axis_note="",
        reading="Raakt de dunne streep de lijn van Oefenland? Dan kan het verschil toeval zijn.",
        table_title="Te vroeg geboren per wijk",
    )


DEFINITION = (
    ("We tellen", "levend geboren baby's die voor 37 weken zwangerschap zijn geboren"),
    ("Van", "alle levend geboren baby's met een bekende duur van de zwangerschap"),
    ("Periode", "2019 tot en met 2023, samen geteld"),
    ("Bron", "Oefenregistratie geboorten, tabel 3"),
    ("Versie", "levering 12 mei 2026, regels 1.4"),
    ("Ons woord", "‘waarschijnlijk hoger’, want 6,8 tot 7,8 ligt grotendeels boven 7,0"),
    ("Weggelaten", "wijken met te weinig geboorten"),
)


def chapters(
    area: str, members: tuple[str, ...], longest: bool, wijk_count: int | None
) -> tuple[IndicatorChapter, ...]:
    """One chapter with everything, one with little, one withdrawn, one about deaths."""
    rows = wijken(area, longest, wijk_count)
    whole = figure(area, shown(758, 10365), "WAARSCHIJNLIJK_HOGER")
    light = figure(area, shown(1062, 10365), "ONGEVEER_GELIJK")
    deaths = figure(area, shown(52, 10365, 1000), "ONBESLIST")
    each = tuple(
        figure(name, shown(300 + 158 * at, 4200 + at * 1765), "ONBESLIST", region=f"GM999{at}")
        for at, name in enumerate(members)
    )
    first = IndicatorChapter(
        id="te-vroeg",
        number="2",
        kicker="Te vroeg geboren",
        title=say(f"In {area} worden waarschijnlijk meer baby's te vroeg geboren dan in Oefenland"),
        label="WAARSCHIJNLIJK_HOGER",
        word="waarschijnlijk hoger dan Oefenland",
        lead=(
            say(f"In {area} worden 7 van de 100 baby's te vroeg geboren. In Oefenland ook 7."),
            say("Te vroeg betekent: voor 37 weken zwangerschap."),
        ),
        precision=say("Door toeval kan het cijfer ook tussen 6,8 en 7,8 liggen."),
        counted_text="Geteld: 758 van de 10.365 baby's.",
        sensitive=False,
        strip=Strip(low=3.5, high=10.5, reference=reference(7.0), row=whole),
        members=each,
        members_reference=reference(7.0) if each else None,
        areas=areas(rows),
        map=shapes(rows),
        trend=trend(area),
        others=(
            OtherDefinition(
                counts="baby's geboren voor 32 weken, vanaf 22 weken geteld",
                row=figure(area, shown(148, 10365), "ONBESLIST"),
                reference=reference(1.3),
                sentence=say(
                    "Voor 32 weken worden 1,4 van de 100 baby's geboren. In Oefenland is dat 1,3. "
                    "Dat verschil kan toeval zijn."
                ),
            ),
        ),
        definition=DEFINITION,
        caveats=(
            "Een cijfer van een wijk zegt niets over één gezin.",
            "Waardoor de verschillen komen, weten we niet.",
        ),
    )
    second = first.model_copy(
        update={
            "id": "te-licht",
            "number": "3",
            "kicker": "Te licht voor de duur van de zwangerschap",
            "title": say(f"Ongeveer evenveel baby's zijn te licht in {area} als in Oefenland"),
            "label": "ONGEVEER_GELIJK",
            "word": "ongeveer gelijk aan Oefenland",
            "lead": (say("Van alle baby's hoort ongeveer 10 van de 100 bij deze groep."),),
            "precision": say("Door toeval kan het cijfer ook tussen 9,7 en 10,8 liggen."),
            "counted_text": "Geteld: 1.062 van de 10.365 baby's.",
            "strip": Strip(low=5, high=15, reference=reference(10.0), row=light),
            "areas": None,
            "map": None,
            "trend": None,
            "others": (),
            "members": (),
            "members_reference": None,
        }
    )
    third = second.model_copy(
        update={
            "id": "late-zorg",
            "number": "4",
            "kicker": "Laat gestart met zorg",
            "title": say("Over de start van de zorg is nu geen betrouwbaar cijfer"),
            "label": "INGETROKKEN",
            "word": "nu niet betrouwbaar",
            "lead": (say("De bron heeft laten weten dat het cijfer niet klopt."),),
            "precision": None,
            "counted_text": "",
            "strip": Strip(
                low=5,
                high=15,
                reference=reference(10.0),
                row=figure(
                    area,
                    Withdrawn(since="2026-03-01", reason="De telling klopt niet."),
                    "INGETROKKEN",
                ),
            ),
        }
    )
    last = second.model_copy(
        update={
            "id": "sterfte",
            "number": "5",
            "kicker": "Sterfte rond de geboorte",
            "title": say("Sterfte rond de geboorte"),
            "label": "ONBESLIST",
            "word": "kan toeval zijn",
            "lead": (
                say(
                    "Dit zijn baby's die na 24 weken zwangerschap of in de eerste week na de "
                    "geboorte zijn overleden. Het gaat om kleine aantallen."
                ),
                say("Daarom is dit cijfer onzeker: het kan ook 4 of 7 van de 1.000 zijn."),
                say("Achter elk cijfer staan ouders die een kind verloren."),
            ),
            "precision": None,
            "counted_text": "",
            "sensitive": True,
            "caveats": ("We tonen dit cijfer alleen voor de hele gemeente.",),
            "strip": Strip(low=2.4, high=7.2, reference=reference(4.8, strip=False), row=deaths),
        }
    )
    return first, second, third, last


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
            released=released,
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


def coalition() -> Startfoto:
    """Two municipalities, together first and then each."""
    return sample("Oefenstad en Vaartdorp", members=("Oefenstad", "Vaartdorp"))


def longest_names() -> Startfoto:
    """The longest name as area and as wijk."""
    return sample(LONGEST, longest=True)


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
                update={"segments": (TrendSegment(label="", points=points),), "break_text": ""}
            ),
            "strip": None,
            "precision": None,
            "others": (),
            "definition": (),
            "caveats": (),
        }
    )
    births = full.births.model_copy(update={"years": (), "rows": ()})
    nothing = {"sources": (), "definitions": (), "omitted": (), "checks": (), "elsewhere": ()}
    return full.model_copy(
        update={
            "cards": (full.cards[2].model_copy(update={"anchor": empty.id}),),
            "talking_points": (),
            "unknowns": (),
            "births": births,
            "chapters": (empty,),
            "left_out": (),
            "account": full.account.model_copy(update=nothing),
        }
    )
