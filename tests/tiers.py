"""How much a test tries: a little in every run, more in `make deep`, all of it in `make soak`.

What is drawn at random follows a seed that is another one every day, and is printed: a failure is
seen again with PERINATAL_SEED.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Literal

Tier = Literal["", "deep", "soak"]
_TOLD = os.environ.get("PERINATAL_DEEP", "")
TIER: Tier = "soak" if _TOLD == "soak" else "deep" if _TOLD else ""
SEED = int(os.environ.get("PERINATAL_SEED") or datetime.now(UTC).date().toordinal())
"""Of what a deep test draws; the tests of every run have fixed seeds."""


def times(*, deep: int, soak: int, few: int = 0) -> int:
    """How many draws this run makes."""
    return {"": few, "deep": deep, "soak": soak}[TIER]
