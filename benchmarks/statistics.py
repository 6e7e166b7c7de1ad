"""How long the figures of a whole country take: python benchmarks/statistics.py

Every time stands beside a bare formula in the same run: machines differ, ratios much less.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from perinatal.statistics.intervals import proportion_interval
from perinatal.statistics.labels import Comparison, compare
from perinatal.statistics.tests import Kind

BUURTEN, WIJKEN, MUNICIPALITIES, YEARS = 14_500, 3_311, 342, 10
REFERENCES = np.array([0.07, 0.1157, 0.20, 0.30])
ROWS = BUURTEN * YEARS * REFERENCES.size
Z95, Z998 = 1.959963984540054, 3.090232306167813
REPEATS, ONE_BY_ONE = 5, 1_000

FloatArray = NDArray[np.float64]
Line = tuple[str, float]


def country(rng: np.random.Generator) -> pd.DataFrame:
    """Buurten with about twelve births a year, four indicators, references that drift."""
    births = rng.poisson(np.repeat(rng.lognormal(1.98, 1.0, BUURTEN), YEARS))
    reference = REFERENCES * np.linspace(1.05, 0.95, YEARS)[:, None]
    buurt = np.repeat(np.arange(BUURTEN), YEARS * REFERENCES.size)
    year = np.tile(np.repeat(np.arange(2016, 2016 + YEARS), REFERENCES.size), BUURTEN)
    frame = pd.DataFrame(
        {
            "wijk": buurt * WIJKEN // BUURTEN,
            "municipality": buurt * MUNICIPALITIES // BUURTEN,
            "year": year,
            "block": (year - 2016) // 5,
            "indicator": np.tile(np.arange(REFERENCES.size), BUURTEN * YEARS),
            "births": np.repeat(births, REFERENCES.size),
            "reference": np.tile(reference.ravel(), BUURTEN),
        }
    )
    frame["cases"] = rng.binomial(frame["births"], frame["reference"])
    return frame


def uniform(rng: np.random.Generator) -> pd.DataFrame:
    """As many rows of 10 to 3,000 births: large counts, and few rows that are alike."""
    births = rng.integers(10, 3_001, ROWS)
    reference = np.resize(REFERENCES, ROWS)
    cases = rng.binomial(births, reference)
    return pd.DataFrame({"births": births, "reference": reference, "cases": cases})


def best(work: Callable[[], object], repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def bare_wilson(x: FloatArray, n: FloatArray) -> list[FloatArray]:
    """The formula and nothing else: no check, no care for lost digits or for 0 births."""
    limits = []
    for z in (Z95, Z998):
        half = z * np.sqrt(z**2 + 4 * x * (1 - x / n))
        limits += [(2 * x + z**2 + sign * half) / (2 * (n + z**2)) for sign in (-1, 1)]
    return limits


def rows_alone(frame: pd.DataFrame) -> list[Line]:
    """Both intervals and the label of every row; the first line is the baseline."""
    x, n = (frame[name].to_numpy(np.float64) for name in ("cases", "births"))
    reference = frame["reference"].to_numpy()
    counted = n > 0
    xs, ns = x[counted], n[counted]

    def labelled(kind: Kind) -> Comparison:
        return compare(kind, x, n, reference, margin=0.15)

    def tested() -> None:
        for place in np.flatnonzero(counted)[:ONE_BY_ONE]:
            stats.binomtest(int(x[place]), int(n[place]), reference[place])

    levels = (0.95, 0.998)
    return [
        ("both Wilson intervals, bare formula", best(lambda: bare_wilson(xs, ns))),
        (
            "both Wilson intervals, statsmodels",
            best(lambda: [proportion_confint(xs, ns, 1 - level, "wilson") for level in levels]),
        ),
        (
            "both Wilson intervals",
            best(lambda: [proportion_interval(x, n, level) for level in levels]),
        ),
        ("both intervals, p and label, proportion", best(lambda: labelled("proportion"))),
        ("both intervals, p and label, rate", best(lambda: labelled("rate"))),
        (
            f"p only, scipy binomtest (extrapolated from {ONE_BY_ONE:,} rows)",
            best(tested, 1) * counted.sum() / ONE_BY_ONE,
        ),
    ]


def sums(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Cases and births of wijken and municipalities, in single years and blocks of five."""
    return [
        frame.groupby([place, period, "indicator"], as_index=False)[["cases", "births"]].sum()
        for place in ("wijk", "municipality")
        for period in ("year", "block")
    ]


def bare_sums(columns: dict[str, NDArray[np.int64]]) -> list[object]:
    """The same sums in the order of numbers that are known beforehand."""
    found: list[object] = []
    for place in ("wijk", "municipality"):
        for period, periods in (("year", YEARS), ("block", 2)):
            number = columns[place] * periods + columns[period] - columns[period][0]
            cell = number * REFERENCES.size + columns["indicator"]
            found += [np.bincount(cell, columns[name]) for name in ("cases", "births")]
    return found


def compared(cells: pd.DataFrame) -> Comparison:
    reference = REFERENCES[cells["indicator"]]
    return compare("proportion", cells["cases"], cells["births"], reference, margin=0.15)


def grouped(frame: pd.DataFrame) -> list[Line]:
    """Sums of areas and periods; the first line is the baseline."""
    columns = {str(name): frame[name].to_numpy() for name in frame}
    return [
        ("wijken and municipalities, years and blocks, bare", best(lambda: bare_sums(columns))),
        ("the same with pandas", best(lambda: sums(frame))),
        (
            "and both intervals, p and label of each",
            best(lambda: [compared(cells) for cells in sums(frame)]),
        ),
    ]


def show(title: str, lines: list[Line]) -> None:
    print(f"\n{title}\n\n| | seconds | ratio |\n| --- | --: | --: |")
    for name, seconds in lines:
        print(f"| {name} | {seconds:,.3f} | {seconds / lines[0][1]:,.1f} |")


if __name__ == "__main__":
    rng = np.random.default_rng(20_260_101)
    whole_country = country(rng)
    mean = whole_country["births"].mean()
    show(f"{ROWS:,} rows of {mean:.0f} births on average", rows_alone(whole_country))
    show(f"{ROWS:,} rows of 10 to 3,000 births", rows_alone(uniform(rng)))
    show(f"{ROWS:,} rows summed", grouped(whole_country))
