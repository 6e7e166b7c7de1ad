"""What a build costs by size: ``python -m benchmarks.build [MUNICIPALITIES...]``.

Parts of one invented country (1, 10 and 100 of its municipalities, and all 342) in a store of their
own, built and published as any delivery. CPU seconds of every step, those of its workers included,
beside the seconds on the clock; and how much more a wijk costs than in the size before: above 1.2 a
step grows faster than its wijken.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from perinatal.catalog import Catalog, load_catalog
from perinatal.pipeline import build, tables
from perinatal.practice.national import SOURCE, national_practice
from perinatal.settings import Settings
from perinatal.store import Delivery, DeliveryEvent, deliveries, editions, open_store

SIZES = (1, 10, 100, 342)
MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
MAP = "oefen_grenzen"
STEPS: tuple[tuple[str, ModuleType, str], ...] = (
    ("reading the store", deliveries, "observations_as_of"),
    ("areas", tables, "cut_once"),
    ("areas on the map", tables, "with_areas"),
    ("figures", tables, "compute"),
    ("protection and labels", tables, "protect"),
    ("tables", tables, "_tables"),
    ("lines of the files", tables, "lines_table"),
    ("insight", tables, "insight"),
    ("rules for our own tables", build, "_keeps_our_rules"),
    ("saving", editions, "save_edition"),
    ("publishing, with the audit", editions, "publish"),
    ("of which the audit", build, "audit_edition"),
    ("the whole build", build, "build"),
)
LEAST = 0.5
"""Seconds below which a step says nothing of its growth."""


@dataclass
class Cost:
    cpu: float = 0.0
    wall: float = 0.0


@dataclass
class Size:
    municipalities: int
    wijken: int
    shown: int = 0
    costs: dict[str, Cost] = field(default_factory=dict)


def cpu() -> float:
    """Of this process and of its workers that have ended."""
    own, ended = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


@contextmanager
def timed(costs: dict[str, Cost]) -> Iterator[None]:
    """Every step looks at the clock before and after; its name is where the build finds it."""
    kept = [(module, name, getattr(module, name)) for _, module, name in STEPS]

    def measured(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            spent, began = cpu(), time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                cost = costs.setdefault(step, Cost())
                cost.cpu += cpu() - spent
                cost.wall += time.perf_counter() - began

        return call

    for (step, _, _), (module, name, function) in zip(STEPS, kept, strict=True):
        setattr(module, name, measured(step, function))
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def part(
    observations: pd.DataFrame, regions: pd.DataFrame, catalog: Catalog, municipalities: int
) -> tuple[pd.DataFrame, pd.DataFrame, Catalog]:
    """The first municipalities of the country, beside the whole of it."""
    towns = regions.loc[regions["level"] == "municipality", "code"].tolist()[:municipalities]
    kept = {town[2:] for town in towns}
    own = regions[regions["code"].str[2:6].isin(kept) | (regions["level"] == "country")]
    areas = {i: a for i, a in catalog.areas.items() if set(a.municipalities) <= set(towns)}
    return (
        observations[observations["region"].isin(own["code"])],
        own,
        catalog.model_copy(update={"areas": areas}),
    )


def fill(settings: Settings, observations: pd.DataFrame, regions: pd.DataFrame) -> None:
    """The frames as two accepted deliveries: what stands in the store after gate 1."""
    levels = regions.set_index("code")["level"]
    figures = observations.assign(
        row=np.arange(2, len(observations) + 2), level=observations["region"].map(levels)
    )
    with open_store(settings.store_file) as store:
        for source in (MAP, SOURCE):
            name, sha256 = f"{source}.csv", source.encode().hex().ljust(64, "0")[:64]
            deliveries.register(store, Delivery(source, source, name, sha256, 1, name, MOMENT))
            deliveries.record_event(store, DeliveryEvent(source, MOMENT, "accepted", "", ""))
        deliveries.insert_regions(store, MAP, "", regions.rename(columns={"geometry": "wkb"}))
        deliveries.insert_observations(store, SOURCE, "", figures)


def measure(frames: tuple[pd.DataFrame, pd.DataFrame, Catalog], municipalities: int) -> Size:
    observations, regions, catalog = part(*frames, municipalities)
    size = Size(municipalities, int((regions["level"] == "wijk").sum()))
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), now=MOMENT)
        fill(settings, observations, regions)
        with timed(size.costs):
            size.shown = build.build(catalog, settings).shown
    return size


def show(sizes: list[Size]) -> None:
    for size, before in zip(sizes, [None, *sizes], strict=False):
        print(
            f"\n{size.municipalities} municipalities, {size.wijken} wijken, {size.shown} figures "
            "shown\n\n| step | CPU s | clock s | a wijk, beside the size before |\n"
            "| --- | --: | --: | --: |"
        )
        for step, _, _ in STEPS:
            cost = size.costs[step]
            grown = ""
            if before is not None and before.costs[step].cpu >= LEAST:
                more = size.wijken / before.wijken
                grown = f"{cost.cpu / before.costs[step].cpu / more:.2f}"
            print(f"| {step} | {cost.cpu:.2f} | {cost.wall:.2f} | {grown} |")
    own, ended = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    most = max(own.ru_maxrss, ended.ru_maxrss) / 2**20
    print(f"\nmost memory of one process: {most:.2f} GiB")


if __name__ == "__main__":
    wanted = [int(number) for number in sys.argv[1:]] or list(SIZES)
    frames = national_practice(load_catalog())
    measure(frames, min(wanted))  # what is imported once is no cost of a size
    show([measure(frames, municipalities) for municipalities in wanted])
