"""A source with everything that the rules of every contract look at, and two of its deliveries."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from perinatal.catalog import Source
from perinatal.ingest.promises import contract_file, promises
from perinatal.ingest.suites import RuleResult, load_suite

YEARS = (2019, 2020, 2021, 2022)
CBS = {2019: 169_680, 2020: 168_681, 2021: 179_441, 2022: 167_504}
TOWNS = 12
WIJKEN = 3
MOMENT = datetime(2024, 5, 1, tzinfo=UTC)
NATIONAL, TOWN, WIJK = "NL01", "GM{:04d}", "WK{:04d}{:02d}"

SOURCE = Source.model_validate({
    "id": "proef", "kind": "figures", "title": "Proef", "publisher": "verzonnen",
    "licence": {"title": "MIT", "attribution": "verzonnen"}, "audience": "openbaar",
    "invented": True, "files": ("proef.csv",), "format": "csv",
    "columns": (
        {"name": "jaar", "type": "integer"}, {"name": "regiocode", "type": "text"},
        {"name": "zorg_percentage", "type": "decimal"}, {"name": "zorg_noemer", "type": "integer"},
    ),
    "key": ("jaar", "regiocode"),
    "region": {"column": "regiocode", "boundary_year": 2022,
               "levels": {"NL": "country", "GM": "municipality", "WK": "wijk"}},
    "period": {"column": "jaar"},
    "measures": (
        {"variable": "zorg", "column": "zorg_percentage", "denominator_column": "zorg_noemer",
         "per": 100, "decimals": 1},
        *({"variable": name, "column": name} for name in (
            "zorg_noemer", "geboorten", "te_vroeg", "te_licht", "gevolgd", "huisbezoek", "onbekend",
            "rookt", "rookt_percentage", "sterfte", "score",
        )),
    ),
    "series": tuple(
        {"indicator": name, "definition": "proef", "table": "proef", **figure}
        for name, figure in {
            "vroeggeboorte": {"numerator": ("te_vroeg",), "denominator": ("geboorten",)},
            "sga": {"numerator": ("te_licht",), "denominator": ("geboorten",)},
            "gevolgd": {"numerator": ("gevolgd",), "denominator": ("geboorten",)},
            "huisbezoek": {"numerator": ("huisbezoek",), "denominator": ("geboorten",)},
            "laat_in_zorg": {"numerator": ("zorg",), "denominator": ("zorg_noemer",)},
            "perinatale_sterfte": {"rate": "sterfte"},
        }.items()
    ),
    "rounding": ({"step": 5, "within": 2.5, "levels": ("wijk",), "variables": ("te_licht",)},),
    "shares": ({"share": "rookt_percentage", "numerator": "rookt", "denominator": "geboorten",
                "per": 100, "decimals": 1},),
    "unknowns": {"onbekend": "geboorten"},
    "births": {"variable": "geboorten", "yardstick": "elders",
               "yardstick_variable": "levend"},
    "reference_region": NATIONAL,
})  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A delivery with what it is held beside."""

    rows: pd.DataFrame
    speaking: pd.DataFrame
    beside: pd.DataFrame
    source: Source = SOURCE
    moment: datetime = MOMENT

    def judged(self, *only: str) -> dict[str, RuleResult]:
        """Results by id; of some rules only, where the others do not matter."""
        with tempfile.TemporaryDirectory() as folder:
            results = promises(
                self.source, self.rows, self.speaking, _suite(Path(folder), only),
                moment=self.moment, beside=self.beside,
            )  # fmt: skip
        return {result.id: result for result in results}

    def at(self, variable: str, region: str, year: int) -> int:
        """Position of one observation."""
        (place,) = np.flatnonzero(
            (self.rows["variable"] == variable)
            & (self.rows["region"] == region)
            & (self.rows["period_start"] == year)
        )
        return int(place)

    def value(self, variable: str, region: str, year: int) -> float:
        return float(self.rows.loc[self.at(variable, region, year), "value"])  # type: ignore[arg-type]

    def put(self, variable: str, region: str, year: int, value: float) -> Case:
        rows = self.rows.copy()
        rows.loc[self.at(variable, region, year), "value"] = value
        return replace(self, rows=rows)

    def empty(self, variable: str, region: str, year: int, status: str) -> Case:
        rows = self.rows.copy()
        rows.loc[self.at(variable, region, year), ["value", "status"]] = [np.nan, status]
        return replace(self, rows=rows)

    def without(self, region: str, *years: int) -> Case:
        gone = self.rows["region"].str.match(region) & self.rows["period_start"].isin(years)
        return replace(self, rows=self.rows[~gone].reset_index(drop=True))

    def more(self, variable: str, region: str, year: int, value: float, status: str) -> Case:
        row = _frame([(99_999, variable, region, year, value)]).assign(status=status)
        return replace(self, rows=pd.concat([self.rows, row], ignore_index=True))

    def columns(self, **values: pd.Series[float]) -> Case:
        return replace(self, rows=self.rows.assign(**values))


def _level(region: str) -> str:
    return {"NL": "country", "GM": "municipality", "WK": "wijk"}[region[:2]]


def _suite(folder: Path, only: tuple[str, ...]) -> Path:
    if not only:
        return contract_file()
    file = folder / "contract.yaml"
    rules = [rule for rule in load_suite(contract_file()) if rule["meta"]["id"] in only]
    file.write_text(yaml.safe_dump({"rules": rules}), encoding="utf-8")
    return file


def _frame(cells: list[tuple[int, str, str, int, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=["row", "variable", "region", "period_start", "value"])
    return frame.assign(
        level=[_level(region) for region in frame["region"]], boundary_year=2022,
        period_end=frame["period_start"], status="ok", note=None, citation=None,
    )  # fmt: skip


def _year(rng: np.random.Generator, year: int) -> dict[str, dict[str, float]]:
    """Region -> variable -> value; wijken add up to their town, towns to a part of the country."""
    births = rng.poisson(np.linspace(150, 450, TOWNS)[:, None] * np.ones(WIJKEN))
    rates = {"te_vroeg": 0.07, "te_licht": 0.10, "gevolgd": 0.98}
    table: dict[str, dict[str, float]] = {}
    for town in range(TOWNS):
        wijken = {name: rng.binomial(births[town], rate) for name, rate in rates.items()}
        wijken["geboorten"] = births[town]
        for wijk in range(WIJKEN):
            own = {name: float(counts[wijk]) for name, counts in wijken.items()}
            own["te_licht"] = 5.0 * round(own["te_licht"] / 5)
            own["huisbezoek"] = float(rng.binomial(births[town][wijk], 0.15))
            table[WIJK.format(town + 1, wijk)] = own
        own = {name: float(counts.sum()) for name, counts in wijken.items()}
        total = own["geboorten"]
        own["onbekend"] = float(rng.binomial(int(total), 0.008))
        own["rookt"] = float(rng.binomial(int(total), 0.08))
        own["rookt_percentage"] = round(own["rookt"] / total * 100, 1)
        own["zorg_noemer"] = total
        own["zorg"] = float(rng.binomial(int(total), 0.20))
        table[TOWN.format(town + 1)] = own
    country = CBS[year]
    table[NATIONAL] = {
        "geboorten": float(country), "gevolgd": float(rng.binomial(country, 0.98)),
        **{name: float(rng.binomial(country, rate)) for name, rate in
           {"te_vroeg": 0.07, "te_licht": 0.10, "huisbezoek": 0.15, "onbekend": 0.008,
            "zorg": 0.20}.items()},
        "zorg_noemer": float(country), "sterfte": 5.1, "score": 40.0,
    }  # fmt: skip
    for region, own in table.items():
        if region != NATIONAL:
            own["score"] = float(rng.integers(0, 101))
    return table


def good_case() -> Case:
    """Four years, of which three speak already, and the births as another source counts them."""
    rng = np.random.default_rng(11)
    cells = []
    line = 2
    for year in YEARS:
        table = _year(rng, year)
        for region in sorted(table, key=lambda code: (code[:2] != "NL", code[2:6], code)):
            cells += [(line, name, region, year, value) for name, value in table[region].items()]
            line += 1
    rows = _frame(cells)
    newest = (rows["variable"] == "score") & (rows["period_start"] == YEARS[-1])
    rows.loc[newest, "status"] = "provisional"
    beside = rows[(rows["variable"] == "geboorten") & (rows["level"] == "municipality")]
    speaking = rows[rows["period_start"] < YEARS[-1]].assign(source=SOURCE.id)
    return Case(rows, speaking.reset_index(drop=True), beside.assign(variable="levend"))
