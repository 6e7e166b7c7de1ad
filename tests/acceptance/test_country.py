"""The invented country by the commands that people type: every area has its documents."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiers

ROOT = Path(__file__).parents[2]


@pytest.mark.deep
def test_every_area_of_the_country_has_every_document(tmp_path: Path) -> None:
    """In each run the areas that were chosen for their extremes; in `make soak` all of them."""
    chosen = [] if tiers.TIER == "soak" else ["--sample"]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.national", str(tmp_path), *chosen],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(ran.stdout)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
