"""The invented places of the practice region and the true rates behind its figures.

Nothing here exists. Names, codes (GM99xx, WK99xxxx, BU99xxxx) and positions were made up, so that
no invented figure can be taken for the figure of a real neighbourhood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

COUNTRY = "NL99"
TOWN = "GM9901"
VILLAGE = "GM9902"
NAMES: Mapping[str, str] = MappingProxyType(
    {COUNTRY: "Oefenland", TOWN: "Oefenstad", VILLAGE: "Proefdorp"}
)
YEARS = tuple(range(2016, 2026))
NEW_METHOD_FROM = 2021
"""From this year on the start of care is counted over all pregnant women: a break."""
OVERLAP = 0.12
"""Share of (te_vroeg + te_licht) that is counted in both; big2 is the remaining 88% of the sum."""

_NATIONAL_BIRTHS_2016 = 168_000
_BIRTHS_CHANGE = 0.995
_ANCHOR = 2023
_ANCHOR_BIRTHS = 2020.5

# Rates per birth or per pregnant woman, with the year to which they belong and the yearly change.
_NATIONAL: Mapping[str, tuple[float, int, float]] = MappingProxyType(
    {
        "te_vroeg": (0.072, 2016, 0.99),
        "te_licht": (0.104, 2016, 1.0),
        "overleden_24w_7d": (0.0046, 2016, 1.0),
        "overleden_24w_28d": (0.0052, 2016, 1.0),
        "start_na_10_weken": (0.12, 2021, 0.99),
        "start_na_10_weken_eerstelijn": (0.15, 2016, 0.99),
    }
)
INDICATORS = tuple(_NATIONAL)


class Wijk(NamedTuple):
    """A wijk: its middle in km east and north of the island's corner, births a year, and truth.

    ``preterm``, ``sga`` and ``late`` are the true relative factors against Oefenland in 2023,
    ``wealth`` is a score from 0 to 100.
    """

    code: str
    name: str
    x: float
    y: float
    births: int
    preterm: float
    sga: float
    late: float
    wealth: int
    buurten: tuple[str, ...]

    @property
    def municipality(self) -> str:
        """Code of the municipality, for example GM9901."""
        return "GM" + self.code[2:6]

    @property
    def buurt_codes(self) -> tuple[str, ...]:
        """Codes of the buurten, in the order of their names."""
        return tuple(f"BU{self.code[2:]}{i:02d}" for i in range(len(self.buurten)))


# In the order of x - y: from the north-west to the south-east.
# fmt: off
_OEFENSTAD = (
    ("'t Veerhuis",      2.3, 8.6,  44, 1.05, 0.98, 1.10, 48,
     ("Pontweg", "'t Hoge Licht", "Schelpenpad")),
    ("Meeuwenduin",      4.6, 10.2, 48, 1.05, 0.98, 1.00, 66,
     ("Strandhaver", "Duinkrans", "Helmgras")),
    ("De Oude Haven",    3.9, 8.6, 105, 1.08, 1.40, 1.60, 35,
     ("Kaapstander", "Ankerplaats", "Touwbaan", "Teerkade")),
    ("Súderkade",        3.2, 7.3,  98, 1.10, 0.98, 1.45, 41,
     ("Loodsenhof", "Havenkolk", "Kraanspoor", "Zeilmakerij")),
    ("Klokkenhof",       4.9, 8.3,  84, 1.10, 0.98, 1.15, 58,
     ("Torenplein", "Vismarkt", "Bakkersgang", "Poortwal")),
    ("Lindekwartier",    4.4, 7.3, 204, 1.60, 0.99, 1.75, 12,
     ("Lindehof", "Bladgoud", "Bloesemplein", "Kruin", "Lindezoom")),
    ("Wilgenoord",       2.4, 5.1,  92, 1.07, 0.98, 1.05, 55,
     ("Knotwilg", "Griendland", "Katjeshof", "Wilgenmeent")),
    ("Noordermeent",     6.6, 9.0, 120, 1.08, 0.98, 1.30, 47,
     ("Korenmaat", "Halmhof", "Zaaiveld", "Oogsthof")),
    ("Weverskwartier",   5.6, 7.4, 148, 1.25, 0.99, 1.55, 24,
     ("Spoelerij", "Lakenhof", "Garenplein", "Verversgang")),
    ("Zonnedreef",       4.5, 6.1, 230, 1.10, 0.98, 1.40, 44,
     ("Ochtendzon", "Middagzon", "Avondzon", "Zonnewijzer", "Lentehof")),
    ("Reünieveld",       7.0, 7.5, 112, 1.25, 0.98, 1.40, 29,
     ("Samenhof", "Wederzien", "Feestweide", "Tentenveld")),
    ("Sterrenhof",       6.0, 6.0, 180, 1.09, 0.98, 1.25, 52,
     ("Poolster", "Avondster", "Zevenster", "Morgenster", "Noorderkroon")),
    ("Hoge Akkers",      4.2, 3.7,  90, 1.05, 0.97, 0.95, 78,
     ("Roggeveld", "Boekweithof", "Akkerzoom")),
    ("Kersengaard",      7.0, 4.2, 145, 0.70, 0.96, 0.90, 88,
     ("Morellenhof", "Kriekenlaan", "Kersenbloei", "Pluktuin")),
)
_PROEFDORP = (
    ("Noorderbrink",     9.0, 8.9,  44, 1.00, 0.85, 0.75, 63,
     ("Eikenbrink", "Zandpad", "Schaapskooi")),
    ("Kerkbrink",        9.5, 7.2, 130, 1.00, 0.85, 0.75, 61,
     ("Dorpspomp", "Pastorietuin", "Kosterij", "Smederij")),
    ("Leeuwerikveld",   11.2, 7.7,  34, 1.00, 0.85, 0.75, 70,
     ("Leeuwerikzang", "Hooiberg", "Weidemolen")),
    ("Vlasbrink",        9.9, 5.4,  52, 1.00, 0.85, 0.75, 57,
     ("Vlasbloem", "Linnenhof", "Zwingelhoek")),
)
# fmt: on

WIJKEN = tuple(
    Wijk(f"WK{gm[2:]}{i:02d}", *row)
    for gm, rows in ((TOWN, _OEFENSTAD), (VILLAGE, _PROEFDORP))
    for i, row in enumerate(rows)
)


def national_births(year: int) -> float:
    """Expected births a year in Oefenland, the two municipalities included."""
    return _NATIONAL_BIRTHS_2016 * _BIRTHS_CHANGE ** (year - YEARS[0])


def births_trend(year: int) -> float:
    """Expected births of a year, relative to the mean of the ten years (about 1)."""
    return float(_BIRTHS_CHANGE ** (year - _ANCHOR_BIRTHS))


@dataclass(frozen=True)
class Truth:
    """The true rates from which the practice figures are drawn.

    ``national``: indicator -> rate per birth (or per pregnant woman) in ``national_year``;
    ``national_change``: indicator -> factor per year; ``births``: wijk code -> expected births a
    year; ``factor``: wijk code -> indicator -> rate relative to the country in ``anchor_year``;
    ``change``: municipality code -> indicator -> factor per year.
    """

    years: tuple[int, ...]
    anchor_year: int
    national: Mapping[str, float]
    national_year: Mapping[str, int]
    national_change: Mapping[str, float]
    births: Mapping[str, float]
    factor: Mapping[str, Mapping[str, float]]
    change: Mapping[str, Mapping[str, float]]

    def rate(self, code: str, indicator: str, year: int) -> float:
        """True rate (0 to 1) of the country, a municipality (weighted by births) or a wijk."""
        country = self.national[indicator] * self.national_change[indicator] ** (
            year - self.national_year[indicator]
        )
        if code == COUNTRY:
            return float(country)
        if code.startswith("GM"):
            members = [w for w in self.births if w[2:6] == code[2:]]
            total = sum(self.births[w] for w in members)
            return sum(self.births[w] * self.rate(w, indicator, year) for w in members) / total
        own = self.change["GM" + code[2:6]][indicator] / self.national_change[indicator]
        return float(country * self.factor[code][indicator] * own ** (year - self.anchor_year))


def practice_truth() -> Truth:
    """The truth of the practice region: the same for every seed, because a seed only draws."""
    change = {name: values[2] for name, values in _NATIONAL.items()}
    factors = {
        w.code: MappingProxyType(
            {
                "te_vroeg": w.preterm,
                "te_licht": w.sga,
                "overleden_24w_7d": 1.0,
                "overleden_24w_28d": 1.0,
                "start_na_10_weken": w.late,
                "start_na_10_weken_eerstelijn": w.late,
            }
        )
        for w in WIJKEN
    }
    return Truth(
        years=YEARS,
        anchor_year=_ANCHOR,
        national=MappingProxyType({name: values[0] for name, values in _NATIONAL.items()}),
        national_year=MappingProxyType({name: values[1] for name, values in _NATIONAL.items()}),
        national_change=MappingProxyType(change),
        births=MappingProxyType({w.code: float(w.births) for w in WIJKEN}),
        factor=MappingProxyType(factors),
        change=MappingProxyType(
            {
                TOWN: MappingProxyType({**change, "te_vroeg": 0.975}),
                VILLAGE: MappingProxyType(dict(change)),
            }
        ),
    )
