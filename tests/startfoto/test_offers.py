"""What is withheld comes with what is not: a longer period or a larger area."""

from __future__ import annotations

import numpy as np
import pytest

from perinatal.startfoto.compose import compose
from perinatal.store import open_edition
from tests.conftest import Practice


@pytest.mark.parametrize(
    ("years", "told"),
    [
        ([2022], "2022 apart"),
        ([2021, 2024], "2021 en 2024 apart"),
    ],
)
def test_a_withheld_year_is_told_with_the_block_that_has_a_figure(
    practice_data: Practice, years: list[int], told: str
) -> None:
    edition = open_edition(practice_data.settings.published_dir)
    values = edition.tables["published_value"].copy()
    gone = (
        (values[["region", "indicator"]] == ["GM9901", "vroeggeboorte"]).all(axis=1)
        & values["period_start"].isin(years)
        & (values["period_start"] == values["period_end"])
    )
    assert gone.sum() == len(years)
    numbers = ["numerator", "denominator", "estimate", "lower95", "upper95", "lower998", "upper998"]
    values.loc[gone, numbers] = np.nan
    values.loc[gone, ["kind", "label"]] = ["withheld", "GEEN_CIJFER"]
    document = compose(
        practice_data.catalog.areas["oefenstad"], practice_data.catalog,
        {**edition.tables, "published_value": values}, edition_id=edition.edition_id,
        made_at=edition.made_at, code_version=edition.code_version, contact="de GGD",
    )  # fmt: skip
    (line,) = [s.text for s in document.left_out if s.text.startswith("Te vroeg geboren")]
    assert told in line
    assert line.endswith("Over 2021 tot en met 2025 samen is er wel een cijfer.")
