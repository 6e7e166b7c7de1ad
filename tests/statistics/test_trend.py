"""The trend test against a published worked example and, where present, the reference values."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from perinatal.statistics.trend import cochran_armitage

ORACLE = Path(__file__).parents[3] / "shared" / "oracle" / "trend.csv"


def test_smokers_among_lung_cancer_patients() -> None:
    """Fleiss (1981), Statistical Methods for Rates and Proportions, p. 139."""
    signed, p = cochran_armitage([83, 90, 129, 70], [86, 93, 136, 82], [1, 2, 3, 4])
    assert signed == pytest.approx(-8.2249, abs=1e-4)
    assert p == pytest.approx(0.004132, abs=1e-6)


def test_without_any_case_nothing_can_be_said() -> None:
    assert cochran_armitage([0, 0, 0], [100, 120, 90], [1, 2, 3]) == (0.0, 1.0)
    assert cochran_armitage([10, 12], [10, 12], [1, 2]) == (0.0, 1.0)


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="one shape"):
        cochran_armitage([1, 2], [10, 10, 10], [1, 2, 3])


@pytest.mark.shared
def test_reference_values() -> None:
    if not ORACLE.is_file():
        pytest.skip("the reference values (../shared/oracle) are not beside this checkout")
    rows = pd.read_csv(ORACLE)
    for row in rows.to_dict("records"):
        x, n = ([float(v) for v in str(row[name]).split()] for name in ("x", "n"))
        signed, p = cochran_armitage(x, n, [float(year) for year in range(len(x))])
        if pd.isna(row["ca_chisq"]):
            continue
        assert abs(signed) == pytest.approx(row["ca_chisq"], rel=1e-9)
        assert p == pytest.approx(row["ca_p"], rel=1e-7)
