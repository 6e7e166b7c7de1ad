"""Dutch sentences on what changes: the years, a goal, and a number of children a year.

Rules for words and certainty as in :mod:`perinatal.startfoto.wording`. A change is never given a
cause, and a change that cannot be seen is never called no change.
"""

from __future__ import annotations

from perinatal.catalog.models import Indicator
from perinatal.dutch import number
from perinatal.startfoto.document import LabelCode, Sentence, TrendCode, TrendFinding
from perinatal.startfoto.wording import direction_of, printed

_MANY_YEARS = 10
_LABELLED = (
    "DUIDELIJK_HOGER", "DUIDELIJK_LAGER", "WAARSCHIJNLIJK_HOGER", "WAARSCHIJNLIJK_LAGER",
)  # fmt: skip


def line_title(title: str, years: tuple[int, int], *, broken: bool) -> Sentence:
    """Title of a line of which nothing is said; ``broken``: it was counted otherwise on the way."""
    if broken:
        text = "Er zit een gat in de lijn, omdat er anders is geteld"
        return Sentence(text=text, rule="lijn-gat")
    text = f"{title}: van jaar tot jaar, {years[0]} tot en met {years[1]}"
    return Sentence(text=text, rule="lijn-jaren")


def trend_title(indicator: Indicator, finding: TrendFinding, start: int) -> Sentence | None:
    """The change as a title: the year from which it is told is that of the tested line.

    None where nothing was tested: the title of the line says more.
    """
    subject = indicator.words.title
    if finding.label == "TREND_ONBEKEND":
        return None
    if finding.label == "TREND_ONBESLIST":
        text = f"{subject}: we kunnen niet zien of het verandert"
    else:
        probably = "waarschijnlijk " if finding.certainty == "waarschijnlijk" else ""
        often = "vaker" if finding.label == "STIJGT" else "minder vaak"
        text = f"{subject}: sinds {start} {probably}{often}"
    rule = "kop-" + finding.label.lower().replace("_", "-")
    return Sentence(text=text, rule=rule, evidence=finding.sentence.evidence)


def unknown_trend(area: str) -> TrendFinding:
    """Too few points of one definition, or none: nothing was tested."""
    return TrendFinding(
        label="TREND_ONBEKEND", certainty="", word="kunnen we nog niet zeggen",
        sentence=Sentence(
            text=f"Of het cijfer in {area} verandert, kunnen we nog niet zeggen. Daarvoor zijn "
            "minstens vijf jaren of perioden nodig die op dezelfde manier zijn geteld.",
            rule="trend-onbekend",
        ),
        against=None, sight=None,
    )  # fmt: skip


def trend_finding(
    indicator: Indicator, row: dict[str, object], *, area: str, country: str, evidence: str
) -> TrendFinding:
    """What a row of ``published_trend`` lets us say.

    Args:
        row: see the schema of ``curated.published_trend``; figures in units of ``per``.
    """
    label: TrendCode = row["label"]  # type: ignore[assignment]  # the CHECK of the table
    if label == "TREND_ONBEKEND":
        return unknown_trend(area)
    certainty = str(row["certainty"])
    probably = "waarschijnlijk " if certainty == "waarschijnlijk" else ""
    first, last = int(str(row["period_start"])), int(str(row["period_end"]))
    words, per = indicator.words, indicator.per
    if label == "TREND_ONBESLIST":
        word = "kunnen we niet zien"
        text = (
            f"Of {words.subject} vaker of minder vaak voorkomt dan in {first}, kunnen we met deze "
            "aantallen niet zien."
        )
    else:
        rises = label == "STIJGT"
        word = f"wordt {probably}{'hoger' if rises else 'lager'}"
        pair = printed(_f(row["last_figure"]), _f(row["first_figure"]), per, 1 if rises else -1)
        text = (
            f"Sinds {first} komt {words.subject} {probably}{'vaker' if rises else 'minder vaak'} "
            f"voor: eerst bij ongeveer {pair.reference}, in {last} bij ongeveer {pair.own} van de "
            f"{pair.base} {words.who}. "
        )
        text += (
            "Waardoor dat komt, weten we niet. Bespreek het met elkaar."
            if rises
            else "Of dat door de aanpak komt, weten we niet."
        )
    return TrendFinding(
        label=label,
        certainty=certainty,  # type: ignore[arg-type]  # the CHECK of the table
        word=word,
        sentence=Sentence(text=text, rule=label.lower().replace("_", "-"), evidence=(evidence,)),
        against=_beside(row, label, country, evidence),
        sight=_smallest(indicator, row, evidence),
    )


def change_on_card(finding: TrendFinding | None, start: int | None) -> str:
    """One short line on the card; the sentence stands in the chapter."""
    if finding is None:
        return "Verandering: kunnen we niet zeggen."
    since = f" sinds {start}" if finding.certainty and start else ""
    return f"Verandering: {finding.word}{since}."


def _f(value: object) -> float:
    return float(value)  # type: ignore[arg-type]  # a number of the table


def _beside(
    row: dict[str, object], label: TrendCode, country: str, evidence: str
) -> Sentence | None:
    beside = str(row["beside"])
    if beside == "VERSCHIL_ONBEKEND":
        return None
    rest = f"in de rest van {country}"
    probably = "waarschijnlijk " if row["beside_certainty"] == "waarschijnlijk" else ""
    if beside == "VERSCHIL_ONBESLIST":
        text = f"Of het hier anders gaat dan {rest}, kunnen we niet zien."
    elif (label, beside) == ("DAALT", "VERSCHIL_OMLAAG"):
        text = f"De daling is hier {probably}groter dan {rest}. Waardoor dat komt, weten we niet."
    elif (label, beside) == ("STIJGT", "VERSCHIL_OMHOOG"):
        text = f"De stijging is hier {probably}groter dan {rest}. Waardoor dat komt, weten we niet."
    else:
        way = "omhoog" if beside == "VERSCHIL_OMHOOG" else "omlaag"
        text = (
            f"Vergeleken met de rest van {country} gaat het cijfer hier {probably}{way}. Waardoor "
            "dat komt, weten we niet."
        )
    return Sentence(text=text, rule=beside.lower().replace("_", "-"), evidence=(evidence,))


def _smallest(indicator: Indicator, row: dict[str, object], evidence: str) -> Sentence | None:
    start, end = row["seen_from"], row["seen_fall_to"]
    if start is None or end is None or start != start or end != end:
        return None
    pair = printed(_f(end), _f(start), indicator.per, -1)
    years = int(str(row["period_end"])) - int(str(row["period_start"])) + 1
    return Sentence(
        text=f"Met dit aantal geboorten zien we een daling meestal pas als het cijfer in {years} "
        f"jaar van {pair.reference} naar {pair.own} van de {pair.base} gaat.",
        rule="trend-zicht",
        evidence=(evidence,),
    )


def goal(indicator: Indicator, row: dict[str, object], evidence: str) -> Sentence:
    """The coalition's goal, and after how many years it could be seen (``published_goal``)."""
    current, target = _f(row["current_figure"]), _f(row["goal"])
    births = number(round(_f(row["births_a_year"]), -1))
    source = f"(Bron van het doel: {row['source_of_goal']}.)"
    if current <= target:
        per = number(indicator.per)
        decimals = 0 if target == round(target) else 1
        text = (
            f"Jullie doel: {number(target, decimals)} van de {per}. Het cijfer was al zo laag. "
            f"Door toeval kan het in werkelijkheid hoger zijn. {source}"
        )
    else:
        pair = printed(target, current, indicator.per, -1)
        years = row["years"]
        if years is None or years != years:
            when = "is dat pas na heel veel jaren te zien"
        else:
            many = number(_f(years))
            compared = f"als we {many} jaar voor en {many} jaar na de verandering vergelijken"
            late = "pas na heel veel jaren" if _f(years) > _MANY_YEARS else "meestal"
            when = f"is dat {late} te zien: {compared}"
        text = (
            f"Jullie doel: van {pair.reference} naar {pair.own} van de {pair.base}. Met {births} "
            f"geboorten per jaar {when}. {source}"
        )
    return Sentence(text=text, rule="doel", evidence=(evidence,))


def excess(
    indicator: Indicator, label: LabelCode, row: dict[str, object], evidence: str
) -> Sentence | None:
    """'ongeveer 19 baby's per jaar meer, het kan ook 11 of 28 zijn', where a label supports it."""
    if label not in _LABELLED or row["excess_a_year"] is None:
        return None
    numbers = [_f(row[name]) for name in ("excess_lower95", "excess_a_year", "excess_upper95")]
    if any(n != n for n in numbers) or numbers[0] * numbers[2] <= 0:
        return None
    low, middle, high = (_children(n) for n in sorted(abs(n) for n in numbers))
    more = "meer" if direction_of(label, numbers[1], 0.0) > 0 else "minder"
    return Sentence(
        text=f"Dat zijn ongeveer {middle} {indicator.words.who} per jaar {more} dan bij het "
        f"landelijke cijfer. Het kan ook {low} of {high} zijn.",
        rule="aantal-per-jaar",
        evidence=(evidence,),
    )


def _children(amount: float) -> str:
    return "minder dan 1" if amount < 0.5 else number(amount)
