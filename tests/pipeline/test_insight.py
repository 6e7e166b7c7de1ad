"""What the shown figures say together, beside the truth from which the practice figures come."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from perinatal.practice import practice_truth
from perinatal.store import open_edition
from tests.conftest import Practice

TOWN = "GM9901"
BLOCK = range(2021, 2026)
NAMES = {"vroeggeboorte": "te_vroeg", "sga": "te_licht", "laat_in_zorg": "start_na_10_weken"}


@pytest.fixture(scope="module")
def tables(practice_data: Practice) -> Mapping[str, pd.DataFrame]:
    return open_edition(practice_data.settings.published_dir).tables


# the wijken of Oefenstad and Proefdorp that are too small alone, and what they are joined in
JOINED = {
    "SG990101": ("WK990100", "WK990103"), "SG990102": ("WK990101", "WK990104"),
    "SG990201": ("WK990200", "WK990201"), "SG990202": ("WK990202", "WK990203"),
}  # fmt: skip


def _true(region: str, indicator: str) -> float:
    """The true figure of a region in the newest block, per 100."""
    truth = practice_truth()
    wijken = JOINED.get(region, (region,))
    rates = [
        np.mean([truth.rate(code, NAMES[indicator], year) for year in BLOCK]) for code in wijken
    ]
    births = [_births(code) for code in wijken]
    return float(np.average(rates, weights=births)) * 100


def _births(region: str) -> float:
    births = practice_truth().births
    return sum(births[code] for code in JOINED.get(region, ())) or births.get(region, 1.0)


def _one(frame: pd.DataFrame, **wanted: object) -> pd.Series:  # type: ignore[type-arg]
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def _shown(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    values = tables["published_value"]
    return values[(values["kind"] == "shown") & (values["period_start"] == 2021)]


def test_the_true_fall_of_the_town_is_seen(tables: Mapping[str, pd.DataFrame]) -> None:
    row = _one(tables["published_trend"], region=TOWN, indicator="vroeggeboorte")
    assert (row["period_start"], row["period_end"], row["points"]) == (2016, 2025, 10)
    assert row["label"] == "DAALT"
    assert row["lower95"] <= 0.975 - 1 <= row["upper95"]
    assert row["last_figure"] < row["first_figure"]
    # the town falls 2.5% a year, the country 1%: these births cannot tell the two apart
    assert row["beside"] == "VERSCHIL_ONBESLIST"
    assert row["beside_lower95"] <= 0.975 / 0.99 <= row["beside_upper95"]


def test_the_truth_lies_in_the_interval_of_every_trend(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    truth = practice_truth()
    rows = tables["published_trend"]
    for region in (TOWN, "GM9902"):
        for indicator, name in NAMES.items():
            found = rows[(rows["region"] == region) & (rows["indicator"] == indicator)]
            for row in found[found["label"] != "TREND_ONBEKEND"].to_dict("records"):
                if row["period_start"] < 2021 and indicator == "laat_in_zorg":
                    continue  # the old way of counting
                change = truth.change[region][name] - 1
                assert row["lower95"] <= change <= row["upper95"], (region, indicator)


def test_a_break_in_counting_gives_two_trends_and_none_across(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    rows = tables["published_trend"]
    late = rows[(rows["region"] == TOWN) & (rows["indicator"] == "laat_in_zorg")]
    spans = sorted(zip(late["period_start"], late["period_end"], strict=True))
    assert spans == [(2016, 2020), (2021, 2025)]


def test_most_wijken_truly_lie_in_the_middle_range(tables: Mapping[str, pd.DataFrame]) -> None:
    for indicator in ("vroeggeboorte", "laat_in_zorg"):
        row = _one(tables["published_spread"], region=TOWN, indicator=indicator, period_start=2021)
        wijken = _shown(tables)
        wijken = wijken[(wijken["indicator"] == indicator) & (wijken["level"] == "wijk")]
        wijken = wijken[wijken["region"].str[2:6] == "9901"]
        assert row["areas"] == len(wijken) >= 10
        assert row["p_value"] < 0.05
        true = np.array([_true(code, indicator) for code in wijken["region"]])
        inside = (true >= row["middle_lower"]) & (true <= row["middle_upper"])
        assert inside.mean() >= 0.8
        assert row["middle_upper"] - row["middle_lower"] < 3 * np.ptp(true)


def test_smoothing_brings_the_figures_nearer_to_the_truth(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    joined = _shown(tables).merge(
        tables["published_effect"],
        on=["region", "source", "indicator", "definition", "period_start", "period_end"],
    )
    wijken = joined[joined["smoothed"].notna() & joined["indicator"].isin(NAMES)]
    assert len(wijken) > 20
    true = np.array([_true(*pair) for pair in zip(wijken["region"], wijken["indicator"])])  # noqa: B905 - two columns
    raw = ((wijken["estimate"] - true) ** 2).sum()
    assert ((wijken["smoothed"] - true) ** 2).sum() < raw
    inside = (true >= wijken["smoothed_lower95"]) & (true <= wijken["smoothed_upper95"])
    assert inside.mean() >= 0.9
    assert wijken["chance_above"].between(0, 1).all()


def test_the_true_gap_and_the_true_excess_lie_in_their_intervals(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    truth = practice_truth()
    for indicator in NAMES:
        rows = tables["published_gap"]
        rows = rows[(rows["indicator"] == indicator) & (rows["period_start"] == 2021)]
        most, least = (_one(rows, region=TOWN, side=side) for side in ("most", "least"))
        assert "WK990105" in most["areas"]  # the poorest wijk
        assert "WK990113" in least["areas"]
        figures = []
        for row in (most, least):
            births = np.array([_births(code) for code in row["areas"]])
            figures.append(
                births @ [_true(code, indicator) for code in row["areas"]] / births.sum()
            )
        # three intervals of 95%, of which the draw may leave one out: so at 99.8%
        away = most["difference"] - (figures[0] - figures[1])
        width = (most["difference_upper95"] - most["difference_lower95"]) / 2
        assert abs(away) < width * 3.09 / 1.96, indicator

    effect = _one(
        tables["published_effect"], region=TOWN, indicator="vroeggeboorte", period_start=2021,
        period_end=2025,
    )  # fmt: skip
    a_year = sum(n for code, n in truth.births.items() if code.startswith("WK9901"))
    excess = (_true(TOWN, "vroeggeboorte") - _true("NL99", "vroeggeboorte")) / 100 * a_year
    assert effect["excess_lower95"] <= excess <= effect["excess_upper95"]


def test_deaths_and_wijken_never_get_a_number_of_children(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    told = tables["published_effect"]
    told = told[told["excess_a_year"].notna()]
    assert set(told["indicator"]) == {"vroeggeboorte", "sga"}
    assert not told["region"].str.startswith("WK").any()


def test_insight_holds_no_cell_that_is_not_shown(tables: Mapping[str, pd.DataFrame]) -> None:
    keys = ["region", "source", "indicator", "definition", "period_start", "period_end"]
    values = tables["published_value"]
    shown = set(values.loc[values["kind"] == "shown", keys].itertuples(index=False, name=None))
    effects = tables["published_effect"]
    assert set(effects[keys].itertuples(index=False, name=None)) <= shown
    for row in tables["published_gap"].to_dict("records"):
        for code in row["areas"]:
            assert (code, *(row[name] for name in keys[1:])) in shown


def test_what_can_be_seen_is_told_also_where_the_figure_is_withheld(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    values = tables["published_value"]
    deaths = values[(values["region"] == TOWN) & (values["indicator"] == "perinatale_sterfte")]
    assert "shown" not in set(deaths["kind"])
    rows = tables["published_sight"]
    row = _one(rows, region=TOWN, indicator="perinatale_sterfte", period_start=2021,
               definition="oefen-24w-7d", scope="area")  # fmt: skip
    assert row["seen_below"] < row["reference_estimate"] < row["seen_above"]
    assert pd.isna(row["same_births"])
    wijk = _one(rows, region=TOWN, indicator="vroeggeboorte", period_start=2021, scope="wijk")
    area = _one(rows, region=TOWN, indicator="vroeggeboorte", period_start=2021, scope="area")
    assert wijk["births"] < area["births"]
    assert wijk["seen_above"] > area["seen_above"]
    assert 5000 < area["same_births"] < 6000
