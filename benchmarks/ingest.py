"""What a large file costs from its bytes to the store; run with ``python -m benchmarks.ingest``.

The 600,000 rows of quality.py as a delivered csv file of 20 MB, step by step and through
``receive.ingest``, beside DuckDB loading the same file with its key in the same run. Imports are
left out; of both sides the best of three counts, in CPU seconds of all threads together.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from itertools import count
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.quality import (
    MOMENT,
    REPEATS,
    ROWS,
    SUITE,
    Seconds,
    best,
    catalog,
    gigabytes,
    observations,
)
from perinatal.catalog import Source
from perinatal.ingest.conform import conform, level_of, parent_of
from perinatal.ingest.conform import observations as observed
from perinatal.ingest.corrections import corrected
from perinatal.ingest.promises import promises
from perinatal.ingest.quality import judge
from perinatal.ingest.readers import read_table
from perinatal.pipeline import receive
from perinatal.settings import Settings
from perinatal.store import Delivery, DeliveryEvent, Store, deliveries, open_store

ROOM = 4
"""How many times a DuckDB load of the same file an ingest may cost."""
WORDS = {"country": "land", "municipality": "gemeente", "wijk": "wijk", "buurt": "buurt"}


def delivered(folder: Path, seed: int) -> Path:
    """The csv file of one draw."""
    rows = observations(np.random.default_rng(seed))
    file = folder / f"groot_{seed}.csv"
    pd.DataFrame({
        "jaar": rows["period_start"], "niveau": rows["level"].map(WORDS),
        "regiocode": rows["region"], "onderwerp": rows["variable"],
        "aantal": rows["value"].astype(int), "status": "ok",
    }).to_csv(file, index=False)  # fmt: skip
    return file


def loaded_by_duckdb(file: Path, database: Path) -> None:
    """The same file into typed columns with its key, and nothing asked of it."""
    database.unlink(missing_ok=True)
    with duckdb.connect(database) as connection:
        connection.execute(
            "CREATE TABLE d (jaar INTEGER, niveau TEXT, regiocode TEXT, onderwerp TEXT,"
            " aantal BIGINT, status TEXT, PRIMARY KEY (jaar, regiocode, onderwerp))"
        )
        connection.execute(f"INSERT INTO d FROM read_csv('{file}')")


def installation(folder: Path, codes: list[str]) -> Settings:
    """A data folder whose store knows the regions, and the suite of the source."""
    folder.mkdir()
    (folder / "groot.yaml").write_text(SUITE, encoding="utf-8")
    settings = Settings(data_dir=folder / "data", expectations_dir=folder, now=MOMENT)
    regions = pd.DataFrame({
        "code": codes, "name": codes, "level": map(level_of, codes), "boundary_year": 2022,
        "parent": map(parent_of, codes), "wkb": b"",
    })  # fmt: skip
    with open_store(settings.store_file) as store, store.transaction():
        announced(store, "kaart")
        deliveries.insert_regions(store, "kaart", "", regions)
    return settings


def announced(store: Store, name: str) -> None:
    """A delivery that came in and was accepted."""
    deliveries.register(store, Delivery(name, name, name, "0" * 64, 0, name, MOMENT))
    deliveries.record_event(store, DeliveryEvent(name, MOMENT, "accepted", "", ""))


def steps(file: Path, codes: list[str], settings: Settings, source: Source) -> dict[str, Seconds]:
    """Each step by itself, each on what the one before it gives."""
    suite = settings.expectations_dir / "groot.yaml"
    conformed = conform(file, source, set(codes))
    asked = {"rows_expected": conformed.rows_expected}
    rows, _ = corrected(observed(conformed, source), [], whole=True)
    nothing = rows.head(0)
    numbers = count()

    def load() -> None:
        with open_store(settings.store_file) as store, store.transaction():
            announced(store, name := f"groot-{next(numbers)}")
            deliveries.insert_observations(store, name, "", rows)

    return {
        "read": best(lambda: read_table(file, source)),
        "read and conform": best(lambda: conform(file, source, set(codes))),
        "judge by the suite": best(lambda: judge(conformed.judged, suite, asked, source)),
        "observations": best(lambda: corrected(observed(conformed, source), [], whole=True)),
        "judge by the rules of every contract": best(
            lambda: promises(source, rows, nothing, moment=MOMENT)
        ),
        "load into the store": best(load),
    }


def main() -> None:
    own = catalog()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, second = (delivered(folder, seed) for seed in (1, 2))
        codes = sorted(pd.read_csv(first, usecols=["regiocode"])["regiocode"].unique())
        places = [installation(folder / str(number), codes) for number in range(REPEATS + 1)]
        found = steps(first, codes, places.pop(), own.sources["groot"])
        found["the steps together"] = Seconds(
            *map(sum, zip(*list(found.values())[1:], strict=True))
        )
        stood = gigabytes()
        later = [place.model_copy(update={"now": MOMENT + timedelta(hours=1)}) for place in places]
        for told, file, settings in (
            ("`receive.ingest`, the first delivery", first, iter(places)),
            ("`receive.ingest`, when one speaks already", second, iter(later)),
            ("`receive.ingest`, the same bytes again", second, iter(later)),
        ):
            found[told] = best(lambda f=file, s=settings: receive.ingest(f, own, next(s), "groot"))
        duckdb_load = best(lambda: loaded_by_duckdb(first, folder / "load.duckdb"))
    print(f"{ROWS:,} rows, best of {REPEATS}; at most {ROOM} times the load is meant\n")
    print("| what | CPU seconds | wall | ratio |\n| --- | ---: | ---: | ---: |")
    for told, took in {"a DuckDB load of the file, with its key": duckdb_load, **found}.items():
        print(f"| {told} | {took.cpu:.2f} | {took.wall:.2f} | {took.cpu / duckdb_load.cpu:.2f} |")
    print(f"\nmemory: {gigabytes():.2f} GiB at most, {stood:.2f} GiB of it in the steps")


if __name__ == "__main__":
    main()
