"""How long the rules of a large delivery take: python benchmarks/quality.py

600,000 delivered rows (8 subjects, 10 years, 7,500 regions) against the suite of their source and
the rules of every contract, with as many rows that speak already. Beside it the same checks as
plain DuckDB SQL in the same run: machines differ, ratios much less. The import of Great
Expectations is left out: it happens once in a process.
"""

# ruff: noqa: S608 - every piece of SQL is written here

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd

from perinatal.catalog import Catalog, Source, load_catalog
from perinatal.catalog.load import cross_check
from perinatal.ingest.promises import promises
from perinatal.ingest.quality import judge
from perinatal.ingest.suites import RuleResult

MUNICIPALITIES, WIJKEN, BUURTEN = 342, 3_300, 3_857
YEARS = range(2014, 2024)
RATES = {"te_vroeg": 0.07, "te_licht": 0.11, "overleden": 0.005, "laat": 0.2, "big2": 0.15,
         "onder_2500": 0.06, "laat_eerstelijn": 0.08}  # fmt: skip
FIGURES = {
    "te_vroeg": "vroeggeboorte/oefen-24w", "te_licht": "sga/oefen-24w",
    "overleden": "perinatale_sterfte/oefen-24w-7d", "laat": "laat_in_zorg/oefen-alle",
    "big2": "big2/oefen-24w", "onder_2500": "onder_2500_gram/oefen-24w",
    "laat_eerstelijn": "laat_in_zorg/oefen-eerstelijn",
}  # fmt: skip
"""Subject: indicator and definition, as the catalogue has them."""
BIRTHS = "geboorten"
MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
REPEATS = 3
ROWS = 600_000

SUITE = """
rules:
- {type: expect_compound_columns_to_be_unique, kwargs: {column_list: [jaar, regiocode, onderwerp]}, severity: critical, description: sleutel, meta: {id: B-KEY, reason: b}}
- {type: expect_column_values_to_be_in_set, kwargs: {column: _region_known, value_set: [true]}, severity: critical, description: regio, meta: {id: B-REGION, reason: b}}
- {type: expect_column_values_to_be_in_set, kwargs: {column: _level_fits, value_set: [true]}, severity: critical, description: niveau, meta: {id: B-LEVEL, reason: b}}
- {type: expect_table_row_count_to_equal, kwargs: {value: {$PARAMETER: rows_expected}}, severity: critical, description: rijen, meta: {id: B-COMPLETE, reason: b}}
- {type: expect_column_values_to_not_be_null, kwargs: {column: aantal}, severity: critical, description: gevuld, meta: {id: B-FILLED, reason: b}}
- {type: expect_column_values_to_be_between, kwargs: {column: aantal, min_value: 0, max_value: 250000}, severity: critical, description: grenzen, meta: {id: B-RANGE, reason: b}}
- {type: expect_column_values_to_be_in_set, kwargs: {column: onderwerp, value_set: [geboorten, te_vroeg, te_licht, overleden, laat, big2, onder_2500, laat_eerstelijn]}, severity: critical, description: onderwerp, meta: {id: B-SET, reason: b}}
- {type: expect_column_values_to_be_in_set, kwargs: {column: status, value_set: [ok, voorlopig]}, severity: critical, description: status, meta: {id: B-STATUS, reason: b}}
- {type: expect_column_values_to_be_between, kwargs: {column: jaar, min_value: 2000, max_value: 2030}, severity: critical, description: jaar, meta: {id: B-YEAR, reason: b}}
- {type: expect_column_values_to_match_regex, kwargs: {column: regiocode, regex: "^(NL|GM|WK|BU)"}, severity: critical, description: code, meta: {id: B-CODE, reason: b}}
- {type: expect_column_max_to_be_between, kwargs: {column: aantal, min_value: 100000}, severity: critical, description: hoogste, meta: {id: B-MAX, reason: b}}
- {type: expect_column_values_to_not_be_null, kwargs: {column: status}, severity: critical, description: gevuld, meta: {id: B-FILLED-2, reason: b}}
"""  # noqa: E501


def source() -> Source:
    """The contract of the large delivery: one row per year, region and subject."""
    names = [BIRTHS, *RATES]
    return Source.model_validate({
        "id": "groot", "kind": "figures", "title": "groot", "publisher": "verzonnen",
        "licence": {"title": "MIT", "attribution": "verzonnen"}, "audience": "openbaar",
        "invented": True, "files": ("groot.csv",), "format": "csv",
        "columns": (
            {"name": "jaar", "type": "integer"}, {"name": "niveau", "type": "text"},
            {"name": "regiocode", "type": "text"}, {"name": "onderwerp", "type": "text"},
            {"name": "aantal", "type": "integer", "minimum": 0}, {"name": "status", "type": "text"},
        ),
        "key": ("jaar", "regiocode", "onderwerp"),
        "region": {
            "column": "regiocode", "level_column": "niveau", "boundary_year": 2022,
            "levels": {"land": "country", "gemeente": "municipality", "wijk": "wijk",
                       "buurt": "buurt"},
        },
        "period": {"column": "jaar"},
        "status": {"column": "status", "values": {"ok": "ok", "voorlopig": "provisional"}},
        "measures": tuple({"variable": n, "column": "aantal", "when": {"onderwerp": n}}
                          for n in names),
        "series": tuple({"indicator": figure.split("/")[0], "definition": figure.split("/")[1],
                         "table": "groot", "numerator": (n,), "denominator": (BIRTHS,)}
                        for n, figure in FIGURES.items()),
        "births": {"variable": BIRTHS}, "reference_region": "NL01",
    })  # fmt: skip


def catalog() -> Catalog:
    """The catalogue with this source in it; what 'perinatal check' refuses is no benchmark."""
    own = load_catalog()
    own = own.model_copy(update={"sources": {**own.sources, "groot": source()}})
    if faults := cross_check(own):
        raise SystemExit("\n".join(faults))
    return own


def observations(rng: np.random.Generator) -> pd.DataFrame:
    """Counts that add up: buurten make wijken, wijken make municipalities, those the country.

    Every draw is of the same places, so that two of them are two deliveries of one source.
    """
    size = np.random.default_rng(1).lognormal(3.6, 0.6, BUURTEN)
    wijk_of = np.arange(BUURTEN) % WIJKEN
    town_of = np.arange(WIJKEN) % MUNICIPALITIES
    wijken = [f"WK{t:04d}{w // MUNICIPALITIES:02d}" for w, t in enumerate(town_of)]
    buurten = [f"BU{wijken[w][2:]}{b // WIJKEN:02d}" for b, w in enumerate(wijk_of)]
    codes = np.array(["NL01", *(f"GM{t:04d}" for t in range(MUNICIPALITIES)), *wijken, *buurten])
    levels = np.repeat(["country", "municipality", "wijk", "buurt"],
                       [1, MUNICIPALITIES, WIJKEN, BUURTEN])  # fmt: skip
    births = rng.poisson(size[:, None], (BUURTEN, len(YEARS)))
    counts = {BIRTHS: births} | {name: rng.binomial(births, p) for name, p in RATES.items()}
    frames = []
    for name, buurt in counts.items():
        wijk = np.zeros((WIJKEN, len(YEARS)), dtype=np.int64)
        np.add.at(wijk, wijk_of, buurt)
        town = np.zeros((MUNICIPALITIES, len(YEARS)), dtype=np.int64)
        np.add.at(town, town_of, wijk)
        values = np.concatenate([town.sum(axis=0, keepdims=True), town, wijk, buurt])
        frames.append(pd.DataFrame({
            "variable": name, "region": np.repeat(codes, len(YEARS)),
            "level": np.repeat(levels, len(YEARS)),
            "period_start": np.tile(list(YEARS), len(codes)),
            "value": values.reshape(-1).astype(float),
        }))  # fmt: skip
    frame = pd.concat(frames, ignore_index=True)
    texts = dict.fromkeys(("variable", "region", "level"), "str")
    return frame.astype(texts).assign(
        row=np.arange(2, len(frame) + 2), boundary_year=2022, status="ok", note=None, citation=None,
        period_end=frame["period_start"],
    )  # fmt: skip


def delivered(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows as they come in, with the columns that reading adds."""
    return pd.DataFrame({
        "jaar": rows["period_start"].astype(float), "niveau": rows["level"],
        "regiocode": rows["region"], "onderwerp": rows["variable"], "aantal": rows["value"],
        "status": rows["status"].astype("str"), "_line": rows["row"], "_level": rows["level"],
        "_region_known": True, "_level_fits": True,
        "_key": rows["period_start"].astype("str") + " " + rows["region"] + " " + rows["variable"],
    })  # fmt: skip


class Seconds(NamedTuple):
    """What a piece of work takes: of the processor, all threads together, and of the clock."""

    cpu: float
    wall: float


def best(work: Callable[[], object], repeats: int = REPEATS) -> Seconds:
    times = []
    for _ in range(repeats):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        times.append(Seconds(time.process_time() - cpu, time.perf_counter() - wall))
    return min(times)


def gigabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


SQL_SUITE = {
    "B-KEY": "SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM d"
             " GROUP BY jaar, regiocode, onderwerp HAVING n > 1)",
    "B-REGION": "SELECT count(*) FROM d WHERE NOT _region_known",
    "B-LEVEL": "SELECT count(*) FROM d WHERE NOT _level_fits",
    "B-COMPLETE": f"SELECT CASE WHEN count(*) = {ROWS} THEN 0 ELSE 1 END FROM d",
    "B-FILLED": "SELECT count(*) FROM d WHERE aantal IS NULL",
    "B-RANGE": "SELECT count(*) FROM d WHERE NOT aantal BETWEEN 0 AND 250000",
    "B-SET": "SELECT count(*) FROM d WHERE onderwerp NOT IN ('geboorten', 'te_vroeg', 'te_licht',"
             " 'overleden', 'laat', 'big2', 'onder_2500', 'laat_eerstelijn')",
    "B-STATUS": "SELECT count(*) FROM d WHERE status NOT IN ('ok', 'voorlopig')",
    "B-YEAR": "SELECT count(*) FROM d WHERE NOT jaar BETWEEN 2000 AND 2030",
    "B-CODE": "SELECT count(*) FROM d WHERE NOT regexp_matches(regiocode, '^(NL|GM|WK|BU)')",
    "B-MAX": "SELECT CASE WHEN max(aantal) >= 100000 THEN 0 ELSE 1 END FROM d",
    "B-FILLED-2": "SELECT count(*) FROM d WHERE status IS NULL",
}  # fmt: skip
_ODD = "abs(sqrt(greatest(o.v, 0) + 0.375) - sqrt(b.v + 0.375)) * sqrt(2)"
_LIKE = (
    "abs(sqrt(greatest(o.v, 0) + 0.375) - sqrt({0} + 0.375)) * sqrt(2) < 2"
    " OR abs(o.v - {0}) < 0.05 * {0}"
)
_SAME = "JOIN b USING (variable, region, p)"
_CELLS = "SELECT DISTINCT region, level, p FROM b"
_WHOLE = """(c.p NOT IN (SELECT p FROM o) OR (c.level IN ('country', 'municipality')
    AND c.region NOT IN (SELECT region FROM o)))"""
_SUMS = """SELECT variable, parent, p, sum(v) AS s, count(v) AS n FROM o
    WHERE parent IS NOT NULL GROUP BY ALL"""
_NATIONAL = """SELECT x.variable, x.p, x.v / n.v AS rate, x.v AS cases, n.v AS births
    FROM {0} AS x JOIN {0} AS n ON n.p = x.p AND n.region = x.region AND n.variable = 'geboorten'
    WHERE x.region = 'NL01' AND x.variable <> 'geboorten'"""
SQL_CONTRACT = {
    "CONTRACT-UNIQUE": "SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM o"
                       " GROUP BY variable, region, p HAVING n > 1)",
    "CONTRACT-NEGATIVE": "SELECT count(*) FROM o WHERE v < 0",
    "CONTRACT-FUTURE": "SELECT count(DISTINCT (region, p)) FROM o WHERE p > 2026",
    "CONTRACT-RATIO": """SELECT count(*) FROM o JOIN o AS n
        ON n.region = o.region AND n.p = o.p AND n.variable = 'geboorten'
        WHERE o.variable <> 'geboorten' AND (o.v > n.v OR o.v < 0)""",
    "CONTRACT-REFERENCE": """SELECT count(DISTINCT p) FROM o WHERE v IS NOT NULL
        AND p NOT IN (SELECT p FROM o WHERE region = 'NL01' AND v IS NOT NULL)""",
    "CONTRACT-REFERENCE-FIGURE": """SELECT count(DISTINCT (variable, p)) FROM o
        WHERE v IS NOT NULL AND (variable, p) NOT IN
        (SELECT (variable, p) FROM o WHERE region = 'NL01' AND v IS NOT NULL)""",
    "CONTRACT-PARTS": f"""SELECT count(*) FROM ({_SUMS}) AS c JOIN o
        ON o.variable = c.variable AND o.region = c.parent AND o.p = c.p
        WHERE c.s > o.v + 1e-9""",
    "CONTRACT-PARTS-SUM": f"""SELECT count(*) FROM ({_SUMS}) AS c JOIN o
        ON o.variable = c.variable AND o.region = c.parent AND o.p = c.p
        JOIN (SELECT variable, parent, count(DISTINCT region) AS ever FROM
              (FROM o UNION ALL FROM b) WHERE v IS NOT NULL GROUP BY ALL) AS k
        ON k.variable = c.variable AND k.parent = c.parent
        WHERE c.parent <> 'NL01' AND c.n = k.ever AND o.v > 0
          AND greatest(o.v - c.s - 2, 0) / o.v > 0.02""",
    "CONTRACT-PARENT": """SELECT count(*) FROM
        (SELECT DISTINCT parent, region, p FROM o WHERE level IN ('wijk', 'buurt')) AS c
        WHERE (parent, p) NOT IN (SELECT (region, p) FROM o)""",
    "CONTRACT-SCALE": f"""SELECT count(*) FROM ({_NATIONAL.format("o")}) AS o
        JOIN ({_NATIONAL.format("b")}) AS b USING (variable, p)
        WHERE b.cases >= 50 AND NOT o.rate / b.rate BETWEEN 0.2 AND 5""",
    "CONTRACT-COVERAGE": f"SELECT count(*) FROM ({_CELLS}) AS c WHERE {_WHOLE}",
    "CONTRACT-COVERAGE-CELLS": f"""SELECT count(*) FROM ({_CELLS}) AS c
        WHERE NOT {_WHOLE} AND (region, p) NOT IN (SELECT (region, p) FROM o)""",
    "CONTRACT-COVERAGE-VALUES": """SELECT count(*) FROM
        (SELECT variable, p, count(o.v) / count(b.v) AS share FROM b LEFT JOIN o
         USING (variable, region, p) WHERE b.v IS NOT NULL GROUP BY ALL) WHERE share < 0.95""",
    "CONTRACT-MISSING": """SELECT coalesce(sum(none), 0) FROM
        (SELECT variable, level, p, count(*) - count(v) AS none, count(v) AS filled FROM o
         GROUP BY ALL) WHERE filled > 0 AND none / (none + filled) > 0.05""",
    "CONTRACT-MAGNITUDE": f"""SELECT count(*) FROM o {_SAME} WHERE {_ODD} > 5
        AND abs(o.v - b.v) / b.v > CASE o.level WHEN 'country' THEN 0.1
            WHEN 'municipality' THEN 0.3 END""",
    "CONTRACT-MAGNITUDE-SMALL": f"""SELECT count(*) FROM o {_SAME} WHERE {_ODD} > 6
        AND abs(o.v - b.v) / b.v > CASE o.level WHEN 'wijk' THEN 0.5 WHEN 'buurt' THEN 0.75 END""",
    "CONTRACT-BIRTHS": """SELECT count(*) FROM o JOIN (VALUES (2014, 175181), (2015, 170510),
        (2016, 172520), (2017, 169836), (2018, 168525), (2019, 169680), (2020, 168681),
        (2021, 179441), (2022, 167504)) AS cbs(p, births) USING (p)
        WHERE region = 'NL01' AND variable = 'geboorten' AND abs(v / births - 1) > 0.05""",
    "CONTRACT-COPY": """SELECT count(*) FROM
        (SELECT o.variable, o.p, count(*) AS n, count(*) FILTER (o.v = e.v) AS same FROM o
         JOIN o AS e ON e.variable = o.variable AND e.region = o.region AND e.p = o.p - 1
         WHERE e.v >= 10 AND o.v IS NOT NULL GROUP BY ALL) WHERE n >= 5 AND same / n > 0.9""",
    "CONTRACT-SHIFT-ROW": f"""SELECT count(*) FROM (SELECT variable, p, count(*) AS n,
            count(*) FILTER (up) AS ups, count(*) FILTER (down) AS downs FROM
            (SELECT o.variable, o.p, {_ODD} > 5 AND abs(o.v - b.v) / b.v > 0.1 AS odd,
             {_LIKE.format("lag(b.v) OVER w")} AS up, {_LIKE.format("lead(b.v) OVER w")} AS down
             FROM o {_SAME} WINDOW w AS (PARTITION BY o.variable, o.p ORDER BY o.line))
        WHERE odd GROUP BY ALL) WHERE n >= 5 AND greatest(ups, downs) / n > 0.8""",
    "CONTRACT-SHIFT-COLUMN": f"""WITH odd AS (SELECT o.* FROM o {_SAME}
            WHERE {_ODD} > 5 AND abs(o.v - b.v) / b.v > 0.1),
        told AS (SELECT variable, p, count(*) AS n FROM odd GROUP BY ALL
            HAVING n >= 5 OR count(*) FILTER (region = 'NL01') > 0),
        other AS (SELECT o.variable, o.p, b.variable AS as_if, avg(({_LIKE.format("b.v")})::INT)
            AS share FROM odd AS o JOIN told USING (variable, p)
            JOIN b ON b.region = o.region AND b.p = o.p AND b.variable <> o.variable GROUP BY ALL)
        SELECT count(DISTINCT (variable, p)) FROM other WHERE share > 0.8""",
    "CONTRACT-DEFINITION": f"""SELECT count(*) FROM ({_NATIONAL.format("o")}) AS o
        JOIN ({_NATIONAL.format("b")}) AS b USING (variable, p)
        WHERE abs(o.rate / b.rate - 1) > 0.02""",
    "CONTRACT-BREAK": f"""WITH n AS ({_NATIONAL.format("o")}) SELECT count(*) FROM
        (SELECT o.rate AS r, e.rate AS s, o.births AS n, e.births AS m,
            (o.cases + e.cases) / (o.births + e.births) AS pooled
         FROM n AS o JOIN n AS e ON e.variable = o.variable AND e.p = o.p - 1)
        WHERE abs(r / s - 1) > 0.1
          AND abs(r - s) / sqrt(pooled * (1 - pooled) * (1/n + 1/m)) > 5""",
    "CONTRACT-PROVISIONAL": """SELECT count(DISTINCT p) FROM o
        WHERE status = 'ok' AND (2026 - p - 1) * 12 + 0 < 6""",
}  # fmt: skip
_LONG = """SELECT variable, region, level, period_start AS p, value AS v, status, "row" AS line,
    CASE level WHEN 'buurt' THEN 'WK' || substr(region, 3, 6)
        WHEN 'wijk' THEN 'GM' || substr(region, 3, 4) WHEN 'municipality' THEN 'NL01' END AS parent
    FROM {0}"""


def spoiled(rows: pd.DataFrame) -> pd.DataFrame:
    """The delivery with some faults, so that both sides have something to find."""
    rows = rows.copy()
    for variable, region, year, value in (
        ("te_vroeg", "WK000001", 2016, -1.0), ("te_licht", "GM0003", 2018, 90_000.0),
        ("laat", "NL01", 2019, 60_000.0), ("laat_eerstelijn", "BU00040000", 2020, 500.0),
    ):  # fmt: skip
        at = (rows["variable"] == variable) & (rows["region"] == region)
        rows.loc[at & (rows["period_start"] == year), "value"] = value
    gone = (rows["region"] == "BU00050000") & (rows["period_start"] == 2021)
    return rows[~gone].reset_index(drop=True)


def loaded(
    frame: pd.DataFrame, rows: pd.DataFrame, speaking: pd.DataFrame
) -> duckdb.DuckDBPyConnection:
    """The delivered rows (d), their observations (o) and what speaks (b) as DuckDB tables."""
    connection = duckdb.connect()
    columns = [name for name in frame if name not in ("_key", "_line", "_level")]
    connection.register("frame", frame[columns])
    connection.execute("CREATE TABLE d AS FROM frame")
    for name, long in (("o", rows), ("b", speaking)):
        connection.register("long", long.drop(columns=["note", "citation"]))
        connection.execute(f"CREATE TABLE {name} AS {_LONG.format('long')}")
    return connection


def counted(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows fail each check; nothing says which."""
    found = {}
    for rule, query in (SQL_SUITE | SQL_CONTRACT).items():
        (number,) = connection.execute(query).fetchone() or (0,)
        found[rule] = int(number)
    return found


def main() -> None:
    rng = np.random.default_rng(20260102)
    rows, speaking = observations(rng), observations(rng)
    contract = catalog().sources["groot"]
    frame = delivered(rows)
    assert len(frame) == ROWS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "groot.yaml"
        file.write_text(SUITE, encoding="utf-8")

        def suite(frame: pd.DataFrame = frame) -> list[RuleResult]:
            return judge(frame, file, {"rows_expected": ROWS}, contract)

        def promised(rows: pd.DataFrame = rows) -> list[RuleResult]:
            return promises(contract, rows, speaking, moment=MOMENT)

        suite(frame.head(10))  # imports Great Expectations
        before = gigabytes()
        seconds = [best(suite), best(promised), best(lambda: (suite(), promised()))]
        after = gigabytes()
        bad = spoiled(rows)
        here = {r.id: r.rows for r in [*suite(delivered(bad)), *promised(bad)]}
    sql_load = best(lambda: loaded(frame, rows, speaking).close())
    tables = loaded(frame, rows, speaking)
    sql = best(lambda: counted(tables))
    there = counted(loaded(delivered(bad), bad, speaking))
    if here != there:
        apart = {rule: (here.get(rule), there.get(rule)) for rule in here | there
                 if here.get(rule) != there.get(rule)}  # fmt: skip
        raise SystemExit(f"the two do not find the same: {apart}")
    print(f"{ROWS:,} rows, {frame.shape[1]} columns, {len(here)} rules, best of {REPEATS}")
    print(f"{sum(n > 0 for n in here.values())} rules find the planted faults, in SQL the same")
    print()
    print("| what | CPU seconds | wall | ratio |\n| --- | ---: | ---: | ---: |")
    for told, found in (
        ("the same checks as DuckDB SQL, counts without keys", sql),
        (f"suite of the source ({len(SQL_SUITE)} rules)", seconds[0]),
        (f"rules of every contract ({len(SQL_CONTRACT)} rules, with helper columns)", seconds[1]),
        ("both", seconds[2]),
        ("loading the frames into DuckDB, for its checks", sql_load),
    ):
        print(f"| {told} | {found.cpu:.2f} | {found.wall:.2f} | {found.cpu / sql.cpu:.2f} |")
    print()
    print(f"memory: {after:.2f} GiB at most, of which {before:.2f} GiB stood before judging")


if __name__ == "__main__":
    main()
