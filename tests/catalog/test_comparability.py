"""Figures with different definitions are never compared, pooled or joined."""

from __future__ import annotations

import pandas as pd
import pytest

from perinatal.catalog import load_catalog
from perinatal.catalog.comparability import NotComparable, require_comparable, segments
from perinatal.disclosure.published import Withheld
from perinatal.startfoto.findings import national_trend

CATALOG = load_catalog()
FROM_22 = CATALOG.definition("perinatale_sterfte", "22w-28d")
FROM_24 = CATALOG.definition("perinatale_sterfte", "24w-28d")


def test_seven_point_seven_and_five_point_zero_are_refused() -> None:
    """7,7 (2017, from 22 weeks) and 5,0 (2021, from 24 weeks): no fall, another definition."""
    with pytest.raises(NotComparable) as refused:
        require_comparable(FROM_22.key, FROM_24.key)
    assert "lower_limit" in refused.value.differences


def test_unknown_equals_itself_in_one_table_only() -> None:
    key = CATALOG.definition("vroeggeboorte", "kansenkloof").key
    require_comparable(key, key, same_table=True)
    with pytest.raises(NotComparable) as refused:
        require_comparable(key, key)
    assert "lower_limit" in refused.value.differences


def test_a_line_breaks_where_the_definition_changes() -> None:
    keys = [FROM_22.key, FROM_22.key, FROM_24.key, FROM_24.key]
    assert segments([("one table", key) for key in keys]) == [0, 0, 1, 1]


def test_an_unknown_definition_is_joined_within_its_table_only() -> None:
    unknown = CATALOG.definition("vroeggeboorte", "kansenkloof").key
    assert segments([("a", unknown), ("a", unknown), ("b", unknown)]) == [0, 0, 1]
    known = CATALOG.definition("perinatale_sterfte", "oefen-24w-7d").key
    assert segments([("a", known), ("b", known)]) == [0, 0]


def test_the_chart_of_the_two_has_a_gap() -> None:
    elsewhere = pd.DataFrame(
        {
            "source": "landelijk_gepubliceerd",
            "indicator": "perinatale_sterfte",
            "definition": ["22w-28d", "22w-28d", "24w-28d"],
            "region": "NL01",
            "year": [2016, 2017, 2021],
            "value": [7.3, 7.7, 5.0],
            "status": ["ok", "ok", "under_registered"],
            "note": None,
        }
    )
    trend = national_trend(
        elsewhere, CATALOG.indicators["perinatale_sterfte"], CATALOG, "Nederland"
    )
    assert trend is not None
    assert [[p.reference for p in s.points] for s in trend.segments] == [[7.3, 7.7], [5.0]]
    assert "is er anders geteld" in trend.break_text
    assert trend.segments[1].points[0].status == "under_registered"
    assert all(isinstance(p.own, Withheld) for s in trend.segments for p in s.points)


def test_every_definition_of_an_invented_source_differs_from_every_real_one() -> None:
    for indicator in CATALOG.indicators.values():
        for one in indicator.definitions:
            for other in indicator.definitions:
                if one.id.startswith("oefen") and not other.id.startswith("oefen"):
                    assert one.key.differences(other.key)
