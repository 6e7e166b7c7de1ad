"""The chapters of the invented startfoto: full, spare, withdrawn, and the one about deaths."""

from __future__ import annotations

from perinatal.disclosure.published import Withdrawn
from perinatal.startfoto.document import IndicatorChapter, OtherDefinition, Strip

from .sample_figures import areas, broken, falling, funnel, gap, level, shapes, spread
from .sample_parts import figure, reference, say, shown, wijken

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
        trend=broken(area),
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
        excess=say(
            "Dat zijn ongeveer 6 baby's per jaar meer dan met het cijfer van Oefenland. Het kan "
            "ook 1 of 12 zijn."
        ),
        funnel=funnel(rows),
        spread=spread(area, seen=True),
        gap=gap(rows),
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
            "trend": falling(area),
            "others": (),
            "excess": None,
            "funnel": None,
            "spread": spread(area, seen=False),
            "gap": None,
            "goal": say(
                "Jullie doel: van 10 naar 9 van de 100. Met 2.080 geboorten per jaar is dat pas "
                "na ongeveer 14 jaar te zien."
            ),
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
            "trend": None,
            "funnel": None,
            "spread": None,
            "goal": None,
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
            "trend": level(area),
            "funnel": None,
            "spread": None,
            "goal": None,
            "caveats": ("We tonen dit cijfer alleen voor de hele gemeente.",),
            "strip": Strip(low=2.4, high=7.2, reference=reference(4.8, strip=False), row=deaths),
        }
    )
    return first, second, third, last
