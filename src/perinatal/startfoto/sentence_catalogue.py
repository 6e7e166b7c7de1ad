"""The page of every sentence that a startfoto can say, made by saying them.

``python -m perinatal.startfoto.sentence_catalogue > docs/sentences.md``

Each rule is called twice with other numbers; what differs becomes a gap. So the page cannot say
what the code does not, and a test holds real documents against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from perinatal.catalog import Catalog, Indicator, load_catalog
from perinatal.catalog.contracts import AreaOrder
from perinatal.disclosure.published import Published, Shown, Withdrawn, Withheld
from perinatal.startfoto import wording, wording_areas, wording_change, wording_whole
from perinatal.startfoto.document import FigureRow, LabelCode, Sentence, TrendFinding
from perinatal.startfoto.questions import questions
from perinatal.startfoto.release import HELD, HELD_TITLE

GAP = "…"
"""Stands for a number, or for a word that depends on one."""
_AREA, _COUNTRY = "‹gebied›", "‹land›"
_REPEATED = re.compile(r"(‹[^›]*›)(?:(?:, | en |; )\1)+")
_Say = Callable[[int], Sentence | None]


class Template(NamedTuple):
    """One sentence with its rule; ``‹name›`` and ``…`` are filled in by a document."""

    chapter: str
    rule: str
    text: str

    def says(self, line: Sentence) -> bool:
        """Whether a sentence of a document is this one, filled in."""
        parts = re.split(r"(?:‹[^›]*›|…)(?:\s*…)*", self.text)
        made = r".+?".join(map(re.escape, parts))
        return line.rule == self.rule and re.fullmatch(made, line.text) is not None


def templates(catalog: Catalog) -> list[Template]:
    """Every sentence, in the order of the page; each once."""
    found: dict[Template, None] = {}
    for chapter, say in _all(catalog):
        first, second = say(0), say(1)
        if first is not None and second is not None:
            found.setdefault(Template(chapter, first.rule, _gaps(first.text, second.text)))
    return list(found)


def _gaps(first: str, second: str) -> str:
    """One text, with a gap where the two differ."""
    one, two = _REPEATED.sub(r"\1", first).split(" "), _REPEATED.sub(r"\1", second).split(" ")
    if len(one) != len(two):
        raise ValueError(f"no one sentence: {first!r} and {second!r}")
    return " ".join(
        a if a == b else re.sub(r"[\w.,]*\w", GAP, a) for a, b in zip(one, two, strict=True)
    )


def _all(catalog: Catalog) -> Iterator[tuple[str, _Say]]:
    for say in _whole():
        yield "Het geheel", say
    for say in _findings(_proportion(catalog)):
        yield "Een cijfer naast het land", say
    for say in _findings(_mortality(catalog)):
        yield "Sterfte rond de geboorte", say
    for say in _changes(_proportion(catalog)):
        yield "Verandering, doel en aantal per jaar", say
    for say in _wijken(_proportion(catalog)):
        yield "De wijken samen", say
    for say in _questions():
        yield "Vijf vragen", say
    for say in _left_out():
        yield "Wat is weggelaten", say
    for indicator in catalog.indicators.values():
        for text in filter(None, (indicator.words.explanation, indicator.words.first_time)):
            rule = "uitleg" if text == indicator.words.explanation else "uitleg-grens"
            yield "Uitleg per onderwerp", _fixed(Sentence(text=text, rule=rule))


def _fixed(line: Sentence) -> _Say:
    return lambda _: line


def _proportion(catalog: Catalog) -> Indicator:
    """An indicator whose words are their own names."""
    real = catalog.indicators["vroeggeboorte"]
    words = real.words.model_copy(
        update={
            "title": "‹onderwerp›", "subject": "‹onderwerp›", "who": "‹wie›",
            "more_of": "‹doen› ‹meer›", "less_of": "‹doen› ‹minder›",
        }
    )  # fmt: skip
    return real.model_copy(update={"words": words})


def _mortality(catalog: Catalog) -> Indicator:
    return next(one for one in catalog.indicators.values() if one.sensitive)


_Pairs = dict[LabelCode, tuple[tuple[tuple[float, float], ...], ...]]
_HIGHER = ((8.4, 6.9), (7.4, 6.8))  # whole of the 100, then of the 1.000
_LOWER = ((5.2, 7.1), (6.8, 7.3))
_PROPORTIONS: _Pairs = {
    "DUIDELIJK_HOGER": (_HIGHER,),
    "DUIDELIJK_LAGER": (_LOWER,),
    "WAARSCHIJNLIJK_HOGER": (_HIGHER,),
    "WAARSCHIJNLIJK_LAGER": (_LOWER,),
    "KLEIN_MAAR_ECHT": (_HIGHER, _LOWER),
    "ONGEVEER_GELIJK": (((7.0, 7.1), (7.4, 7.6)),),
    "ONBESLIST": (_HIGHER, _LOWER, ((7.0, 7.0), (7.46, 7.54))),
    "GEEN_VERGELIJKING": (((7.0, 7.0), (8.0, 8.0)),),
}
"""By label: figure and country, for each direction that it can have, twice."""
_MORE = ((8.4, 6.9), (9.7, 6.2))  # 'ruim 8' and 'bijna 10': both words become gaps
_FEWER = ((5.2, 7.1), (5.8, 7.9))
_DEATHS: _Pairs = {
    "DUIDELIJK_HOGER": (_MORE,),
    "DUIDELIJK_LAGER": (_FEWER,),
    "WAARSCHIJNLIJK_HOGER": (_MORE,),
    "WAARSCHIJNLIJK_LAGER": (_FEWER,),
    "ONBESLIST": (_MORE, _FEWER, ((4.7, 4.7), (6.2, 6.2))),
    "GEEN_VERGELIJKING": (((4.7, 4.7), (6.2, 6.2)),),
}
"""No margin is agreed for deaths, so 'about the same' and 'small but real' are never said."""
_Ends = tuple[tuple[float, float], tuple[float, float]]
_BOUNDS: _Ends = ((6.1, 9.2), (6.8, 7.4))
_FALLING: _Ends = ((9.2, 6.1), (7.4, 6.8))
_LIMITS = ((3.2, 9.1), (3.8, 9.7))


def _shown(own: float, per: int, k: int) -> Shown:
    low, high = _LIMITS[k]
    return Shown(
        numerator=70, denominator=1000, per=per, estimate=own, lower95=low, upper95=high,
        lower998=low, upper998=high,
    )  # fmt: skip


def _cases(indicator: Indicator) -> Iterator[tuple[LabelCode, Callable[[int], Published], _Pair]]:
    for label, pairs in (_DEATHS if indicator.sensitive else _PROPORTIONS).items():
        for two in pairs:
            yield label, lambda k, two=two: _shown(two[k][0], indicator.per, k), two  # type: ignore[misc]
    yield "GEEN_CIJFER", lambda _: Withheld(), None
    for dates in (("2025-06-01", "2026-07-02"), ("", "")):
        yield (
            "INGETROKKEN",
            lambda k, dates=dates: Withdrawn(since=dates[k], reason="‹reden van de bron›."),  # type: ignore[misc]
            None,
        )


_Pair = tuple[tuple[float, float], ...] | None


def _findings(indicator: Indicator) -> Iterator[_Say]:
    """Heading, finding and precision of every label."""
    for label, own, pair in _cases(indicator):

        def say(
            make: Callable[..., Sentence | None], label: LabelCode = label,
            own: Callable[[int], Published] = own, pair: _Pair = pair, **more: Any,
        ) -> _Say:  # fmt: skip
            def made(k: int) -> Sentence | None:
                period = {"period": ((2016 + k, 2020 + k))} if "period" in more else {}
                reference = None if pair is None else pair[k][1]
                return make(indicator, label, own(k), reference, **{**more, **period})

            return made

        yield say(wording.heading, area=_AREA, country=_COUNTRY, evidence="")
        yield say(wording.finding, area=_AREA, country=_COUNTRY, period=(0, 0), evidence="")
        yield say(wording.precision, evidence="")
    if indicator.sensitive:
        for named in (False, True):
            yield lambda k, named=named: wording_whole.deaths(  # type: ignore[misc]
                "‹wat we tellen›", _LIMITS[k], named=named
            )
        yield lambda _: wording_whole.deaths("‹wat we tellen›", None)


def said_of(indicator: Indicator) -> Iterator[Sentence]:
    """Every kind of sentence about an indicator, in its own words."""
    for say in (*_findings(indicator), *_changes(indicator)):
        if (sentence := say(0)) is not None:
            yield sentence


def _changes(indicator: Indicator) -> Iterator[_Say]:
    for broken in (False, True):
        yield lambda k, broken=broken: wording_change.line_title(  # type: ignore[misc]
            "‹onderwerp›", (2014 + k, 2023 + k), broken=broken
        )
    for finding in _trends(indicator):
        yield lambda k, finding=finding: wording_change.trend_title(  # type: ignore[misc]
            indicator, finding(k), 2014 + k
        )
        for part in ("sentence", "against", "sight"):
            yield lambda k, finding=finding, part=part: getattr(finding(k), part)  # type: ignore[misc]
    for years in (None, 4.0, 14.0):

        def late(k: int, years: float | None = years) -> Sentence:
            current, target = _FALLING[k]
            return _goal(indicator, current, target, years and years + k, k)

        yield late
    yield lambda k: _goal(indicator, 6.0, 7.0 + k, None, k)
    for label in ("DUIDELIJK_HOGER", "DUIDELIJK_LAGER"):
        sign = 1 if label.endswith("HOGER") else -1
        for least in (3.0, 0.2):
            yield lambda k, label=label, sign=sign, least=least: wording_change.excess(  # type: ignore[misc]
                indicator, cast("LabelCode", label),
                {
                    "excess_a_year": sign * (19.0 + k),
                    "excess_lower95": sign * (least + (k if least > 1 else 0)),
                    "excess_upper95": sign * (28.0 + k),
                },
                "",
            )  # fmt: skip


def _goal(
    indicator: Indicator, current: float, target: float, years: float | None, k: int
) -> Sentence:
    row: dict[str, object] = {
        "current_figure": current, "goal": target, "years": years,
        "births_a_year": 1500.0 + 90 * k, "source_of_goal": "‹bron›",
    }  # fmt: skip
    return wording_change.goal(indicator, row, "")


def _trends(indicator: Indicator) -> Iterator[Callable[[int], TrendFinding]]:
    yield lambda _: wording_change.unknown_trend(_AREA)
    ways = [
        (label, sure) for label in ("STIJGT", "DAALT") for sure in ("duidelijk", "waarschijnlijk")
    ]
    besides = [
        (beside, sure)
        for beside in ("VERSCHIL_OMHOOG", "VERSCHIL_OMLAAG")
        for sure in ("duidelijk", "waarschijnlijk")
    ]
    for label, certainty in [*ways, ("TREND_ONBESLIST", "")]:
        for beside, sure in [*besides, ("VERSCHIL_ONBESLIST", ""), ("VERSCHIL_ONBEKEND", "")]:
            ends = _BOUNDS if label == "STIJGT" else _FALLING

            def finding(
                k: int, label: str = label, certainty: str = certainty, beside: str = beside,
                sure: str = sure, ends: _Ends = ends,
            ) -> TrendFinding:  # fmt: skip
                row: dict[str, object] = {
                    "label": label, "certainty": certainty, "beside": beside,
                    "beside_certainty": sure, "period_start": 2014 + k, "period_end": 2023 + 2 * k,
                    "first_figure": ends[k][0], "last_figure": ends[k][1],
                    "seen_from": _FALLING[k][0], "seen_fall_to": _FALLING[k][1],
                }  # fmt: skip
                return wording_change.trend_finding(
                    indicator, row, area=_AREA, country=_COUNTRY, evidence=""
                )

            yield finding


def _wijken(indicator: Indicator) -> Iterator[_Say]:
    order = AreaOrder(
        variable="score", most_deprived="lowest", most="‹de ene groep›",
        least="‹de andere groep›", score="‹score›",
    )  # fmt: skip
    for published in (_shown(7.4, 100, 0), Withheld()):
        row = FigureRow(
            reference_id="", region="", name="‹wijk›", published=published, label="ONBESLIST",
            word="‹ons woord›", births_text="", count_text="", estimate_text="‹cijfer›",
            interval95_text="", interval998_text="‹van – tot›",
        )  # fmt: skip
        yield _fixed(wording_areas.chosen(row, "‹eenheid›"))
    care = indicator.words.model_copy(update={"who": "zwangeren"})
    both = (indicator, indicator.model_copy(update={"words": care}))
    for outside in (0, 1, 2):
        for part in (0, 1, 2):
            yield lambda k, outside=outside, part=part: wording_areas.funnel(  # type: ignore[misc]
                both[k], outside + (k if outside > 1 else 0), _COUNTRY, ""
            )[part]
    for p_value in (0.2, 0.01):
        for part in (0, 1):

            def spread(k: int, p_value: float = p_value, part: int = part) -> Sentence:
                title, lead = wording_areas.spread(indicator, p_value, *_BOUNDS[k], "")
                return lead[0] if part else title

            yield spread
    for limits in ((1.1, 4.7), (-4.7, -1.1), (-1.0, 2.0)):
        ends = _FALLING if limits[0] > 0 else _BOUNDS
        for part in (0, 1, 2):

            def gap(
                k: int, limits: tuple[float, float] = limits, part: int = part,
                ends: _Ends = ends,
            ) -> Sentence:  # fmt: skip
                title, lead = wording_areas.gap(indicator, order, *ends[k], limits, "")
                return (title, *lead)[part]

            yield gap
    yield _fixed(Sentence(text=wording_areas.SIGHT_TITLE, rule="zicht-kop"))
    for text in wording_areas.SIGHT_LEAD:
        yield _fixed(Sentence(text=text, rule="zicht"))


def _whole() -> Iterator[_Say]:
    for births in (8000, None):
        for coalition, whole in ((False, False), (True, False), (False, True), (True, True)):
            yield lambda k, births=births, coalition=coalition, whole=whole: (  # type: ignore[misc]
                wording_whole.introduction(
                    _AREA, _COUNTRY, births and births + k, (2016 + k, 2020 + k),
                    coalition=coalition, evidence=(), whole=whole,
                )
            )  # fmt: skip
    for a_year in (1670, None):
        yield lambda k, a_year=a_year: wording_whole.births_title(  # type: ignore[misc]
            _AREA, a_year and a_year + 10 * k, ()
        )
    yield _fixed(wording_whole.BIRTHS_LEAD)
    labels: tuple[LabelCode, ...] = tuple(wording.WORDS)
    for label in labels:
        yield _fixed(wording_whole.on_card(label, _COUNTRY))
    yield _fixed(wording_whole.on_card("GEEN_CIJFER", _COUNTRY, delivered=False))
    yield _fixed(wording_whole.on_card("ONBESLIST", _COUNTRY, deaths=True))
    for offer in _offers():
        yield lambda k, offer=offer: wording_whole.on_card(  # type: ignore[misc]
            "GEEN_CIJFER", _COUNTRY, offer=offer(k)
        )
        yield lambda k, offer=offer: Sentence(text=offer(k), rule="geen-cijfer-aanbod")  # type: ignore[misc]
    subject = _proportion(load_catalog())
    asked: tuple[LabelCode, ...] = ("DUIDELIJK_HOGER", "INGETROKKEN")
    for label in asked:
        yield _fixed(wording_whole.talking_point(subject, label, "‹kop›")[0])
    yield _fixed(wording_whole.unknown_causes())
    yield _fixed(wording_whole.unknown_withdrawn("‹onderwerp›"))
    yield _fixed(wording_whole.unknown_figure("‹onderwerp›", _AREA))
    yield _fixed(wording_whole.unknown_change())
    yield lambda k: wording_whole.unknown_now((2016 + k, 2020 + k))
    for before in (False, True):
        yield lambda k, before=before: wording_whole.age((2016 + k, 2020 + k), before=before)  # type: ignore[misc]
    for withdrawn in (False, True):
        yield _fixed(wording_whole.heading_without("‹onderwerp›", withdrawn=withdrawn))
    yield _fixed(wording_whole.not_delivered(_AREA))
    yield _fixed(wording_whole.withdrawn_everywhere(_AREA, "‹reden van de bron›"))
    yield _fixed(Sentence(text=HELD, rule="vastgehouden"))
    yield _fixed(Sentence(text=HELD_TITLE, rule="vastgehouden"))
    yield _fixed(Sentence(text="‹onderwerp›", rule="vastgehouden"))
    yield _fixed(wording_whole.held_back("‹onderwerp›", "‹reden›"))


def _offers() -> Iterator[Callable[[int], str]]:
    yield lambda k: wording_whole.longer((2016 + k, 2020 + k))
    yield lambda _: wording_whole.together("‹coalitie›")


def _left_out() -> Iterator[_Say]:
    for offer in (*_offers(), lambda _: ""):
        yield lambda k, offer=offer: wording_whole.left_out("‹onderwerp›, ‹gebied›", offer(k))  # type: ignore[misc]
        yield lambda k, offer=offer: wording_whole.left_out_counted(  # type: ignore[misc]
            "‹onderwerp›", "‹manier van tellen›", offer(k)
        )
        yield lambda k, offer=offer: wording_whole.left_out_apart(  # type: ignore[misc]
            "‹onderwerp›", ["‹gemeente of jaar›"], offer(k)
        )
    yield _fixed(wording_whole.never_per_wijk("‹onderwerp›"))
    yield _fixed(wording_whole.left_out_wijken(["‹onderwerp›"], ["‹wijk›"], _AREA))
    yield lambda k: wording_whole.left_out_wijken(["‹onderwerp›"], ["‹wijk›"] * (2 + k), _AREA)
    yield _fixed(wording_whole.no_chapter(["‹deel van de eerste 1.000 dagen›"]))
    for kept in (True, False):
        yield _fixed(wording_whole.in_quarantine("‹onderwerp›", ["‹gebied en jaren›"], kept=kept))


def _questions() -> Iterator[_Say]:
    def chapter(label: str, kicker: str, trend: str, row: str = "ONBESLIST") -> Any:
        whole = SimpleNamespace(region="", name="", label=label, reference_id="")
        wijk = SimpleNamespace(region="w", name="‹wijken›", label=row, reference_id="")
        return SimpleNamespace(
            id=kicker, kicker=kicker, label=label, sensitive=False,
            strip=SimpleNamespace(row=whole), areas=SimpleNamespace(rows=(whole, wijk)),
            trend=SimpleNamespace(finding=SimpleNamespace(label=trend)),
        )  # fmt: skip

    high, open_ = "DUIDELIJK_HOGER", "ONBESLIST"
    sets: tuple[list[Any], ...] = (
        [chapter(high, name, "DAALT", high) for name in ("‹onderwerp›", "‹onderwerp›")],
        [chapter(open_, "‹onderwerp›", "TREND_ONBEKEND")],
        [],
    )
    for made in sets:
        lines = questions(tuple(made), {"‹onderwerp›"}, _AREA)
        for line in lines:
            yield _fixed(line)
    yield _fixed(
        Sentence(
            text="In ‹wijken› vragen twee of meer onderwerpen om aandacht. Wie werkt daar, en wat "
            "ziet u?",
            rule="vraag-dubbel-gebied",
        )
    )


_INTRODUCTION = """\
# Elke zin die een startfoto kan zeggen

Deze bladzijde is gemaakt door elke regel te laten spreken, twee keer met andere getallen.
Vernieuwen: `python -m perinatal.startfoto.sentence_catalogue > docs/sentences.md`.

- … is een getal, of een woord dat van een getal afhangt.
- ‹naam› is een naam of een woord uit de catalogus of de levering.

De regel staat bij elke zin in de startfoto: op de pagina onder ‘Waar komt elk cijfer vandaan?’, in
de werkmap op het blad met zinnen. Wanneer een woord als ‘duidelijk hoger’ mag, staat onderaan.
"""


def page(catalog: Catalog) -> str:
    """The whole catalogue as Markdown (Dutch)."""
    lines = _INTRODUCTION.splitlines()
    chapter = ""
    for one in templates(catalog):
        if one.chapter != chapter:
            chapter = one.chapter
            lines += ["", f"## {chapter}", "", "| regel | zin |", "|---|---|"]
        lines.append(f"| `{one.rule}` | {one.text} |")
    lines += ["", "## Onze woorden", "", "| woord | wanneer |", "|---|---|"]
    lines += [f"| {word} | {wording.RULES[label]} |" for label, word in wording.WORDS.items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    print(page(load_catalog()), end="")
