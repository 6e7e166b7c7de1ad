"""Seconds for a startfoto, warm and cold; run with ``python -m benchmarks.startfoto``.

The three areas of the invented region in turn, twenty documents. The baselines, in the same run:
the page alone without reading it back (warm), and a Python that only imports what must be there
(cold).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from perinatal.catalog import Catalog, load_catalog
from perinatal.pipeline.build import build
from perinatal.pipeline.documents import OUTPUTS, compose_area, render_files
from perinatal.pipeline.receive import ingest
from perinatal.practice import write_practice
from perinatal.settings import Settings
from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.render_html import render_html

AREAS = ("oefenstad", "oefenregio", "proefdorp")
DOCUMENTS = 20
FOUR = tuple(one for one in OUTPUTS if one[1] == "volledig" and one[0] in ("html", "pdf", "xlsx"))
"""With the document itself, which is JSON."""
BARE = "import click, duckdb, jinja2, pandas, pydantic, typst, xlsxwriter"


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _prepared(folder: Path, catalog: Catalog) -> Settings:
    settings = Settings(data_dir=folder / "data")
    for file in write_practice(folder / "deliveries"):
        ingest(file, catalog, settings)
    build(catalog, settings)
    return settings


def main() -> None:
    catalog = load_catalog()
    with TemporaryDirectory() as name:
        settings = _prepared(Path(name), catalog)
        saved = {area: compose_area(area, catalog, settings) for area in AREAS}

        def page_alone(area: str) -> None:
            render_html(Startfoto.model_validate_json(saved[area].read_bytes()))

        def four(area: str) -> None:
            file = compose_area(area, catalog, settings)
            list(render_files(file, FOUR))

        def everything(area: str) -> None:
            file = compose_area(area, catalog, settings)
            list(render_files(file, OUTPUTS))

        print("| warm, each of 20 | median seconds | ratio |\n| --- | ---: | ---: |")
        base = 0.0
        for told, work in (
            ("the page alone, not read back", page_alone),
            ("document, page, PDF and workbook, all read back", four),
            ("all ten files", everything),
        ):
            for area in AREAS:
                work(area)
            found = statistics.median(
                _seconds(lambda work=work, at=at: work(AREAS[at % len(AREAS)]))
                for at in range(DOCUMENTS)
            )
            base = base or found
            print(f"| {told} | {found:.2f} | {found / base:.1f} |")

        command = [
            sys.executable, "-m", "perinatal.cli", "--data", str(settings.data_dir), "startfoto",
            "oefenstad", "--formats", ",".join(form for form, _ in FOUR), "--variants", "volledig",
        ]  # fmt: skip
        print("\n| cold, best of five | seconds | ratio |\n| --- | ---: | ---: |")
        base = 0.0
        for told, words in (
            ("a Python with its imports", [sys.executable, "-c", BARE]),
            ("perinatal startfoto: document, page, PDF and workbook", command),
        ):
            found = min(
                _seconds(lambda words=words: subprocess.run(words, check=True, capture_output=True))
                for _ in range(5)
            )
            base = base or found
            print(f"| {told} | {found:.2f} | {found / base:.1f} |")


if __name__ == "__main__":
    main()
