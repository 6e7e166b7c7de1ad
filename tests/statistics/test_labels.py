"""Labels: their order of precedence, real figures, and what may never happen."""

from __future__ import annotations

import warnings
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perinatal.statistics import labels
from perinatal.statistics.intervals import rate_interval
from perinatal.statistics.labels import Label, _adjusted, _labels, compare, expected_cases
from perinatal.statistics.tests import Kind, midp_rest_binomial

SIGN = {
    Label.DUIDELIJK_HOGER: 1,
    Label.WAARSCHIJNLIJK_HOGER: 1,
    Label.DUIDELIJK_LAGER: -1,
    Label.WAARSCHIJNLIJK_LAGER: -1,
}
RANK = {
    Label.DUIDELIJK_LAGER: -2,
    Label.WAARSCHIJNLIJK_LAGER: -1,
    Label.ONBESLIST: 0,
    Label.ONGEVEER_GELIJK: 0,
    Label.WAARSCHIJNLIJK_HOGER: 1,
    Label.DUIDELIJK_HOGER: 2,
}


def one(*arguments: object, **options: object) -> Label:
    return compare(*arguments, **options).label.item()  # type: ignore[arg-type]


def test_published_figures_of_almere() -> None:
    half = 0.00005
    assert (
        one("proportion", 1667, 21_239, 0.0704, half_width=half, margin=0.15) == "DUIDELIJK_HOGER"
    )
    assert (
        one("proportion", 2818, 21_239, 0.1157, half_width=half, margin=0.15) == "DUIDELIJK_HOGER"
    )
    level = compare("rate", 100, 21_352, 0.0047, half_width=half, margin=None)
    assert level.label.item() is Label.ONBESLIST
    assert level.direction == 0
    few = compare("rate", 32, 5217, 0.0054, half_width=half, margin=None)
    assert few.label.item() is Label.ONBESLIST
    assert (round(float(few.lower95) * 1000, 1), round(float(few.upper95) * 1000, 1)) == (4.2, 8.7)
    assert few.direction == 1


def test_every_label_of_a_comparison() -> None:
    cases = [100, 66, 32, 90, 50, 66, 6600, 7000, 0]
    births = [1000, 1000, 1000, 1000, 1000, 100, 100_000, 100_000, 0]
    found = compare("proportion", cases, births, 0.066, margin=0.15)
    assert list(found.label) == [
        Label.DUIDELIJK_HOGER,
        Label.ONBESLIST,
        Label.DUIDELIJK_LAGER,
        Label.WAARSCHIJNLIJK_HOGER,
        Label.WAARSCHIJNLIJK_LAGER,
        Label.DUIDELIJK_HOGER,
        Label.ONGEVEER_GELIJK,
        Label.KLEIN_MAAR_ECHT,
        Label.GEEN_CIJFER,
    ]
    assert found.direction.tolist() == [1, 0, -1, 1, -1, 1, 0, 1, 0]
    assert all(isinstance(label, Label) for label in found.label)


def test_small_but_real_goes_before_clear_and_needs_a_margin() -> None:
    assert one("proportion", 7000, 100_000, 0.066, margin=0.15) is Label.KLEIN_MAAR_ECHT
    assert one("proportion", 7000, 100_000, 0.066, margin=None) is Label.DUIDELIJK_HOGER
    assert one("rate", 6600, 100_000, 0.066, margin=None) is Label.ONBESLIST


def test_about_the_same_must_hold_at_both_ends_of_a_rounded_reference() -> None:
    assert one("proportion", 700, 10_000, 0.07, margin=0.15) is Label.ONGEVEER_GELIJK
    assert (
        one("proportion", 700, 10_000, 0.07, half_width=0.005, margin=0.15) is Label.ONGEVEER_GELIJK
    )
    assert one("proportion", 700, 10_000, 0.065, half_width=0.005, margin=0.15) is Label.ONBESLIST
    assert one("proportion", 700, 10_000, 0.075, half_width=0.005, margin=0.15) is Label.ONBESLIST


def test_a_label_needs_both_ends_of_a_rounded_reference() -> None:
    assert one("proportion", 85, 1000, 0.07, margin=0.15) is Label.ONBESLIST
    assert one("proportion", 87, 1000, 0.07, margin=0.15) is Label.WAARSCHIJNLIJK_HOGER
    assert one("proportion", 87, 1000, 0.07, half_width=0.001, margin=0.15) is Label.ONBESLIST


def test_the_rest_replaces_the_reference_where_it_is_known() -> None:
    rest = ([400, np.nan], [9000, np.nan])
    found = compare("proportion", [60, 60], [1000, 1000], 0.06, margin=0.15, rest=rest)
    assert list(found.label) == [Label.WAARSCHIJNLIJK_HOGER, Label.ONBESLIST]
    assert found.p_value[0] == midp_rest_binomial(60, 1000, 400, 9000)
    assert found.direction.tolist() == [1, 0]
    unknown = compare("rate", 60, 1000, np.nan, margin=0.15, rest=(400, 9000))
    assert unknown.label.item() is Label.WAARSCHIJNLIJK_HOGER


def test_about_the_same_as_the_whole_but_not_as_the_rest() -> None:
    # An area with most of the births pulls the whole towards itself.
    area, whole = 4200 / 60_000, 4800 / 70_000
    assert abs(area / whole - 1) < 0.15
    found = one("proportion", 4200, 60_000, whole, margin=0.15, rest=(600, 10_000))
    assert found is Label.DUIDELIJK_HOGER
    mirrored = one("proportion", 3600, 60_000, 4320 / 70_000, margin=0.15, rest=(720, 10_000))
    assert mirrored is Label.DUIDELIJK_LAGER


def test_level_whatever_the_last_binary_digit_says() -> None:
    assert compare("proportion", 30, 100, 0.1 + 0.2, margin=0.15).direction == 0


# Benjamini Y & Hochberg Y (1995), JRSS B 57:289-300, section 4.1: four of fifteen are rejected.
PUBLISHED = np.array(
    [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
)


def test_family_as_published_and_without_the_missing() -> None:
    p = np.insert(PUBLISHED, 3, np.nan)
    assert (_adjusted(p) <= 0.05).sum() == 4
    up, different = np.ones(p.shape, dtype=np.int64), np.zeros(p.shape, dtype=bool)
    expected = {
        False: [Label.WAARSCHIJNLIJK_HOGER] * 6 + [Label.ONBESLIST] * 6,
        True: [Label.WAARSCHIJNLIJK_HOGER] * 1 + [Label.ONBESLIST] * 11,
    }
    for family, tail in expected.items():
        labels = list(_labels(p, up, different, different, family=family))
        assert labels == [Label.DUIDELIJK_HOGER] * 3 + [Label.GEEN_CIJFER] + tail


def test_family_makes_one_area_among_many_undecided() -> None:
    cases = np.array([33] + [20] * 24)
    alone = compare("proportion", cases, 300, 0.07, margin=0.15)
    family = compare("proportion", cases, 300, 0.07, margin=0.15, family=True)
    assert alone.label[0] is Label.WAARSCHIJNLIJK_HOGER
    assert family.label[0] is Label.ONBESLIST
    np.testing.assert_array_equal(alone.p_value, family.p_value)


def test_nothing_known_gives_no_figure_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in ("proportion", "rate"):
            found = compare(kind, [0, np.nan, 5], [0, 50, np.nan], 0.1, margin=0.15, family=True)  # type: ignore[arg-type]
            assert set(found.label) == {Label.GEEN_CIJFER}
            assert np.isnan(found.p_value).all()
        lone = compare("rate", 5, 1000, np.nan, margin=None)
        assert lone.label.item() is Label.GEEN_CIJFER
        assert float(lone.upper95) == pytest.approx(float(rate_interval(5, 1000, per=1)[1]))


@pytest.mark.parametrize("kind", ["proportion", "rate"])
def test_in_pieces_the_same_as_at_once(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, births = np.arange(60).reshape(3, 20), np.array([[0], [300], [900]])
    cases = np.minimum(cases, births)
    rest = (np.where(cases % 2, cases * 9.0, np.nan), births * 10)
    arguments = {"half_width": 0.0005, "margin": 0.15, "rest": rest, "family": True}
    whole = compare(kind, cases, births, [0.07] * 20, **arguments)  # type: ignore[arg-type]
    monkeypatch.setattr(labels, "_PIECE", 7)
    pieces = compare(kind, cases, births, [0.07] * 20, **arguments)  # type: ignore[arg-type]
    for field in fields(whole):
        one, other = getattr(whole, field.name), getattr(pieces, field.name)
        assert one.shape == (3, 20)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_a_message_names_the_row_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "_PIECE", 2)
    with pytest.raises(ValueError, match=r"^reference must not be larger than 1 \(at position 4\)"):
        compare("proportion", 1, 10, [0.1, 0.1, 0.1, 0.1, 1.1], margin=None)


def test_invalid_input() -> None:
    with pytest.raises(ValueError, match=r"^margin must lie"):
        compare("rate", 1, 10, 0.1, margin=15)
    with pytest.raises(ValueError, match=r"^kind must be"):
        compare("share", 1, 10, 0.1, margin=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^numerator must not be larger"):
        compare("proportion", 11, 10, 0.1, margin=None)


def test_expected_cases() -> None:
    np.testing.assert_allclose(expected_cases([0, 285, np.nan], 0.07), [0, 19.95, np.nan])
    with pytest.raises(ValueError, match=r"^denominator must not be negative"):
        expected_cases(-1, 0.1)


REFERENCES = {
    "n": st.integers(1, 30_000),
    "reference": st.floats(0.002, 0.4),
    "half": st.sampled_from([0.0, 0.00005, 0.0005]),
    "margin": st.sampled_from([None, 0.15]),
    "kind": st.sampled_from(["proportion", "rate"]),
}


@given(**REFERENCES)
def test_labels_are_monotone_and_agree_with_the_estimate(
    n: int, reference: float, half: float, margin: float | None, kind: str
) -> None:
    cases = np.unique(np.linspace(0, min(n, 3 * n * reference + 10), 400).astype(int))
    found = compare(kind, cases, n, reference, half_width=half, margin=margin)  # type: ignore[arg-type]
    rank = [RANK.get(label, way) for label, way in zip(found.label, found.direction, strict=True)]
    assert rank == sorted(rank)
    for label, way, estimate in zip(found.label, found.direction, found.estimate, strict=True):
        if label in SIGN:
            assert SIGN[label] == way == np.sign(estimate - reference)
        assert label is not Label.KLEIN_MAAR_ECHT or way != 0
    assert (found.lower998 <= found.lower95).all()
    assert (found.lower95 <= found.estimate).all()
    assert (found.estimate <= found.upper95).all()
    assert (found.upper95 <= found.upper998).all()


@given(**REFERENCES)
def test_clear_and_same_never_without_the_evidence(
    n: int, reference: float, half: float, margin: float | None, kind: str
) -> None:
    cases = np.unique(np.linspace(0, min(n, 3 * n * reference + 10), 400).astype(int))
    found = compare(kind, cases, n, reference, half_width=half, margin=margin)  # type: ignore[arg-type]
    clear = np.array([str(label).startswith("DUIDELIJK") for label in found.label])
    assert (found.p_value[clear] < 0.002).all()
    same = np.isin(found.label.astype(str), ["ONGEVEER_GELIJK", "KLEIN_MAAR_ECHT"])
    assert margin is not None or not same.any()
    assert (np.abs(found.estimate[same] / reference - 1) < 0.15).all()


def test_families_in_one_call_are_judged_apart() -> None:
    """As many calls as families, and rows of none, give the same labels."""
    draw = np.random.default_rng(4)
    n = draw.integers(50, 900, 60)
    x = draw.binomial(n, draw.choice([0.07, 0.10, 0.14], 60))
    family = draw.choice([-1, 3, 8, 11], 60)
    together = compare("proportion", x, n, 0.1, margin=0.15, family=family).label
    for number in np.unique(family):
        rows = family == number
        apart = compare("proportion", x[rows], n[rows], 0.1, margin=0.15, family=bool(number >= 0))
        assert together[rows].tolist() == apart.label.tolist()
    one = compare("proportion", x, n, 0.1, margin=0.15, family=True).label
    assert together.tolist() != one.tolist()
