"""What a whole country costs, as its users wait for it: ``python -m benchmarks.national [FOLDER]``.

The invented country is written as files, taken in, checked, built, audited, and every document of
every area is made; then the same again with nothing new. All by the commands that people type.
It ends with the list of areas that have no startfoto, held against the list that the generator
gave beforehand; one area too many, or another reason, and it fails. With ``--sample`` only the
areas that were chosen for their extremes are made.

CPU seconds beside wall; the ratio is to a DuckDB load of the same figures with their unique key,
in the same run. Memory is the most that one process held.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from perinatal.catalog import load_catalog
from perinatal.pipeline import documents
from perinatal.pipeline.build import build
from perinatal.pipeline.receive import ingest
from perinatal.practice import write_practice
from perinatal.settings import Settings
from perinatal.store import open_edition

ROOT = Path(__file__).parents[1]
_NONE = ": no figures, no startfoto"
_LOAD = """
CREATE TABLE cell (jaar INTEGER, niveau TEXT, regiocode TEXT, regionaam TEXT, onderwerp TEXT,
                   aantal TEXT, PRIMARY KEY (jaar, regiocode, onderwerp));
INSERT INTO cell SELECT * FROM read_csv('{file}', delim=';', header=true, all_varchar=true)
"""


@dataclass(frozen=True)
class Cost:
    """Of one command with all processes that it started."""

    wall: float
    cpu: float
    peak: float
    """GiB, of the process that held most."""
    code: int
    out: str


def measured(command: Sequence[str], environment: dict[str, str]) -> Cost:
    """Run a command to its end."""
    before, began = os.times(), time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    peaks: dict[int, int] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    watcher.start()
    out, _ = process.communicate()
    ended.set()
    watcher.join()
    after = os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    peak = max(peaks.values(), default=0) / 2**20
    return Cost(time.perf_counter() - began, cpu, peak, process.returncode, out)


def _watch(root: int, peaks: dict[int, int], ended: threading.Event) -> None:
    """Note the most memory (KiB) that the process and those below it ever held."""
    while not ended.wait(0.25):
        family, parents = {root}, _parents()
        for child, parent in sorted(parents.items()):
            if parent in family:
                family.add(child)
        for member in family:
            try:
                told = Path(f"/proc/{member}/status").read_text(encoding="utf-8")
            except OSError:
                continue
            held = re.search(r"VmHWM:\s+(\d+)", told)
            if held:
                peaks[member] = int(held[1])


def _parents() -> dict[int, int]:
    found = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = place.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        found[int(place.parent.name)] = int(words[1])
    return found


def _baseline(figures: Path, folder: Path) -> float:
    """CPU seconds of a bare load of the figures, in a process of its own."""
    plain = folder / "figures.csv"
    with gzip.open(figures) as packed, plain.open("wb") as out:
        shutil.copyfileobj(packed, out)
    script = "import sys, duckdb; duckdb.connect(sys.argv[1]).execute(sys.argv[2])"
    empty = [sys.executable, "-c", script, str(folder / "empty.duckdb"), "SELECT 1"]
    load = [sys.executable, "-c", script, str(folder / "bare.duckdb"), _LOAD.format(file=plain)]
    environment = dict(os.environ)
    return measured(load, environment).cpu - measured(empty, environment).cpu


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as content:
        return list(csv.DictReader(content))


def _areas_without(data: Path, wanted: Sequence[str]) -> set[str]:
    (edition,) = (data / "curated" / "startfoto").iterdir()
    return {area for area in wanted if not (edition / area / f"startfoto-{area}.pdf").is_file()}


def _one_startfoto(settings: Settings, area_id: str) -> tuple[float, float]:
    """CPU seconds to compose one area, and to draw and read back all its files; best of five."""
    catalog = load_catalog(settings.catalog_dir)
    edition = open_edition(settings.published_dir)
    found = []
    with TemporaryDirectory() as folder:
        for _ in range(6):  # the first loads the libraries
            began = time.process_time()
            document = documents.composed_from(edition, catalog.areas[area_id], catalog, settings)
            composed = time.process_time()
            saved = documents.save(document, (), settings, Path(folder))
            list(documents.render_files(saved, documents.OUTPUTS))
            found.append((composed - began, time.process_time() - composed))
    compose, draw = zip(*found[1:], strict=True)
    return min(compose), min(draw)


def _beside_practice(country: Settings, folder: Path) -> None:
    """The practice town, and a municipality of the country with as many areas."""
    practice = Settings(data_dir=folder / "practice")
    catalog = load_catalog()
    for file in write_practice(folder / "practice-deliveries"):
        ingest(file, catalog, practice)
    build(catalog, practice)

    def areas_of(settings: Settings) -> dict[str, int]:
        regions = open_edition(settings.published_dir).table("published_region")
        return regions[regions["level"] == "wijk"].groupby("parent").size().to_dict()

    wanted = areas_of(practice)["GM9901"]
    like = next(code for code, areas in sorted(areas_of(country).items()) if areas == wanted)
    there = load_catalog(country.catalog_dir).areas.values()
    area_id = next(a.id for a in there if a.municipalities == (like,))
    (small, drawn_small), (large, drawn_large) = (
        _one_startfoto(practice, "oefenstad"), _one_startfoto(country, area_id),
    )  # fmt: skip
    print(f"\n| one startfoto of {wanted} areas | practice | country | ratio |\n"
          "| --- | ---: | ---: | ---: |")  # fmt: skip
    print(f"| composing, CPU seconds | {small:.2f} | {large:.2f} | {large / small:.2f} |")
    print(f"| drawing and reading back | {drawn_small:.2f} | {drawn_large:.2f} | "
          f"{drawn_large / drawn_small:.2f} |")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/national"))
    parser.add_argument(
        "--sample", action="store_true", help="only areas chosen for their extremes"
    )
    options = parser.parse_args()
    folder: Path = options.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    country, data = folder / "land", folder / "data"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PERINATAL_")},
        "PERINATAL_CATALOG_DIR": str(country / "catalog"),
    }
    perinatal = [sys.executable, "-m", "perinatal.cli", "--data", str(data)]
    costs: list[tuple[str, Cost]] = []

    def run(name: str, *words: str) -> Cost:
        cost = measured([*perinatal, *words], environment)
        costs.append((name, cost))
        print(f"{name}: {cost.wall:.0f} s, code {cost.code}", flush=True)
        return cost

    # the folder of the catalogue is not there yet
    written = measured(
        [*perinatal, "example", "--national", str(country)],
        {k: v for k, v in environment.items() if k != "PERINATAL_CATALOG_DIR"},
    )
    costs.append(("the country as files", written))
    print(written.out, flush=True)
    (data / "inbox").mkdir(parents=True)
    for file in sorted((country / "deliveries").iterdir()):
        shutil.copy2(file, data / "inbox")
    impossible = {row["area"]: row["reason"] for row in _rows(country / "impossible.csv")}
    sample = [row["area"] for row in _rows(country / "sample.csv")] if options.sample else []
    chosen = [area for area in sample if area not in impossible]
    some = ["--areas", ",".join(chosen)] if chosen else []
    first = run("refresh: taken in, built, audited, every document", "refresh", *some)
    again = run("refresh with nothing new", "refresh", *some)
    run("perinatal --help", "--help")

    areas = chosen or [file.stem for file in (country / "catalog" / "areas").glob("*.yaml")]
    without = _areas_without(data, areas)
    figures = next((country / "deliveries").glob("*.csv.gz"))
    base = _baseline(figures, folder)
    with gzip.open(figures) as content:
        delivered = sum(1 for _ in content) - 1
    print(f"\n{delivered} rows of figures, {len(areas)} areas, of which {len(without)} without:")
    for area in sorted(without):
        print(f"  {area}: {impossible.get(area, 'NOT FORESEEN')}")
    print("\n| what | seconds | CPU seconds | ratio | GiB |\n| --- | ---: | ---: | ---: | ---: |")
    print(f"| DuckDB load of the figures with their key | | {base:.1f} | 1.0 | |")
    for name, cost in costs:
        print(f"| {name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.cpu / base:.1f} | "
              f"{cost.peak:.2f} |")  # fmt: skip
    _beside_practice(Settings(data_dir=data, catalog_dir=country / "catalog"), folder)
    # by the reason that the generator gave, and no other
    told = {line.partition(":")[0] for line in first.out.splitlines() if line.endswith(_NONE)}
    foreseen = {area for area in areas if impossible.get(area) == "no_figures"}
    as_foreseen = without == foreseen <= told | {*chosen}
    if not as_foreseen:
        print(f"\nnot as foreseen: {', '.join(sorted(without ^ foreseen))}\n{first.out[-5000:]}")
    return int(not as_foreseen or first.code != 0 or again.code != 0)


if __name__ == "__main__":
    sys.exit(main())
