"""What the maintainer is told: of a judged delivery, of a late source, of a figure that moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from perinatal.alerts import Alert, raise_alert, render_text
from perinatal.catalog import Catalog
from perinatal.disclosure.protect import Secured
from perinatal.errors import RejectedDelivery
from perinatal.ingest.suites import Outcome, RuleResult
from perinatal.pipeline import alarms
from perinatal.pipeline.receive import Judgement, Verdict
from perinatal.settings import Settings
from perinatal.store import Delivery, DeliveryEvent, deliveries, open_store

MOMENT = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
SOURCE = "oefen_perinataal"
RHYTHM = 400
"""``cadence_days`` of that source."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", now=MOMENT)


def _in(days: float, settings: Settings) -> Settings:
    return settings.model_copy(update={"now": MOMENT + timedelta(days=days)})


def _result(
    id: str, severity: str = "critical", outcome: Outcome = "failed", *keys: str
) -> RuleResult:
    return RuleResult(id, f"Wat {id} eist.", severity, outcome, len(keys), keys)


def _judged(settings: Settings, verdict: Verdict, *results: RuleResult) -> list[Alert]:
    judgement = Judgement(f"{SOURCE}-0a1b2c", SOURCE, "levering.csv", verdict, results)
    return alarms.judged(judgement, settings)


def _told(alert: Alert) -> str:
    return " ".join(" ".join(render_text(alert)).split())


# A judged delivery


def test_a_good_delivery_gives_nothing_to_tell(settings: Settings) -> None:
    assert _judged(settings, "accepted", _result("R-1", outcome="passed")) == []


def test_a_warning_is_told_as_a_new_warning(settings: Settings) -> None:
    (alert,) = _judged(
        settings,
        "accepted_with_warnings",
        _result("R-1", outcome="passed"),
        _result("R-2", "warning", "failed", "2021 GM9901"),
    )
    assert (alert.kind, alert.severity) == ("new_warning", "warning")
    assert (alert.source, alert.file) == (SOURCE, "levering.csv")
    assert alert.happened_at == MOMENT
    assert [(rule.id, rule.outcome, rule.rows, rule.keys) for rule in alert.rules] == [
        ("R-2", "failed", 1, ("2021 GM9901",))
    ]
    text = _told(alert)
    assert "De levering is helemaal geladen." in text
    assert f"perinatal quality {SOURCE}-0a1b2c" in text


def test_of_a_delivery_that_waits_one_message_says_all_that_is_odd(settings: Settings) -> None:
    warning = _result("R-2", "warning")
    (alert,) = _judged(settings, "quarantined", warning, _result("R-1"))
    assert alert.kind == "quarantined"
    assert [rule.id for rule in alert.rules] == ["R-1", "R-2"]
    # nothing is loaded, so no warning says that it is
    (alert,) = _judged(settings, "quarantined", warning, _result("R-3", outcome="broken"))
    assert alert.kind == "broken_rule"


def test_a_whole_delivery_in_quarantine(settings: Settings) -> None:
    (alert,) = _judged(settings, "quarantined", _result("R-1", "critical", "failed", "2021 GM9901"))
    assert (alert.kind, alert.severity) == ("quarantined", "critical")
    text = _told(alert)
    assert "De levering houdt zich niet aan de kwaliteitsregels." in text
    assert "De levering staat in quarantaine. Er is niets van geladen." in text
    assert "een deel" not in text.lower()


def test_a_part_in_quarantine_says_that_the_rest_is_loaded(settings: Settings) -> None:
    (alert,) = _judged(
        settings, "accepted_with_warnings", _result("R-1", "critical", "failed", "2021 GM9901")
    )
    assert (alert.kind, alert.severity) == ("quarantined", "critical")
    text = _told(alert)
    assert "Een deel van de levering houdt zich niet aan de kwaliteitsregels." in text
    assert "Alleen dat deel staat in quarantaine. De rest is geladen." in text
    assert "Er is niets van geladen" not in text


def test_beside_a_part_in_quarantine_no_message_says_that_all_is_loaded(settings: Settings) -> None:
    told = _judged(settings, "accepted_with_warnings", _result("R-1"), _result("R-2", "warning"))
    assert [alert.kind for alert in told] == ["quarantined", "new_warning"]
    assert not any("helemaal geladen" in _told(alert) for alert in told)


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_a_broken_rule_lays_no_blame_on_the_data(settings: Settings, severity: str) -> None:
    (alert,) = _judged(settings, "quarantined", _result("R-1", severity, "broken"))
    assert (alert.kind, alert.severity) == ("broken_rule", "critical")
    assert [(rule.id, rule.outcome) for rule in alert.rules] == [("R-1", "broken")]
    text = _told(alert)
    assert "Een regel kon niet worden uitgevoerd. Dat ligt niet aan de gegevens." in text
    assert "houdt zich niet aan" not in text
    assert "Herstel de regel in 'expectations'" in text


def test_a_correction_that_fits_no_longer_is_named_and_asks_for_another_deed(
    settings: Settings,
) -> None:
    (alert,) = _judged(settings, "quarantined", _result("CORRECTION-te-vroeg-2019"))
    assert (alert.kind, alert.severity) == ("stale_correction", "critical")
    assert "Verwijder dan de correctie te-vroeg-2019 uit 'corrections'" in _told(alert)


def test_every_kind_of_trouble_in_one_delivery_is_told_apart(settings: Settings) -> None:
    told = _judged(
        settings,
        "quarantined",
        _result("R-1"),
        _result("R-2", outcome="broken"),
        _result("CORRECTION-x"),
        _result("R-3", "warning"),
        _result("R-4", outcome="passed"),
    )
    assert {alert.kind: [rule.id for rule in alert.rules] for alert in told} == {
        "broken_rule": ["R-2"],
        "stale_correction": ["CORRECTION-x"],
        "quarantined": ["R-1", "R-3"],
    }
    assert len({alert.fingerprint for alert in told}) == 3


def test_no_more_than_500_places_and_no_value_in_them(settings: Settings) -> None:
    keys = [f"2021 GM{number:04}" for number in range(700)]
    (alert,) = _judged(settings, "quarantined", _result("R-1", "critical", "failed", *keys))
    assert (alert.rules[0].rows, len(alert.rules[0].keys)) == (700, 500)
    # after a shift of columns a key can hold what belongs to a person
    (alert,) = _judged(
        settings, "quarantined", _result("R-1", "critical", "failed", "123456782 14-03-1987 8,25")
    )
    assert alert.rules[0].keys == ("(weggelaten) (weggelaten) (weggelaten)",)


@pytest.mark.parametrize(
    ("rule", "description"),
    [
        ("STR-COLUMN", "De kolommen zijn anders dan in het contract."),
        ("STR-NEW", "Het bestand past niet bij het contract."),
    ],
)
def test_a_rejected_file_is_told_by_rule_and_place(
    settings: Settings, rule: str, description: str
) -> None:
    error = RejectedDelivery("levering.csv", "kolom 6", "GEHEIM staat er.", "een getal", "x", rule)
    delivery = Delivery(f"{SOURCE}-0a1b2c", SOURCE, "levering.csv", "0" * 64, 1, "raw/x", MOMENT)
    alert = alarms.rejected(error, delivery, settings)
    assert (alert.kind, alert.severity, alert.source) == ("rejected", "critical", SOURCE)
    assert [(r.id, r.description) for r in alert.rules] == [(rule, description)]
    text = _told(alert)
    assert f"voldoet niet aan het contract ({rule}). Plaats: kolom 6." in text
    assert "Er is niets van geladen. Het bestand is bewaard." in text
    assert "GEHEIM" not in text


# A source that is late


def _came(settings: Settings, *days: float, source: str = SOURCE, event: str = "accepted") -> None:
    with open_store(settings.store_file) as store, store.transaction():
        for number, day in enumerate(days):
            moment = MOMENT + timedelta(days=day)
            name = f"{source}-{number}"
            deliveries.register(
                store, Delivery(name, source, "x.csv", f"{number:064}", 1, "raw/x", moment)
            )
            deliveries.record_event(store, DeliveryEvent(name, moment, event, "r", ""))


def test_a_source_is_late_a_day_after_its_rhythm(settings: Settings, catalog: Catalog) -> None:
    assert catalog.sources[SOURCE].cadence_days == RHYTHM
    _came(settings, 0)
    for days in (0, 1, RHYTHM, RHYTHM + 0.99):
        assert alarms.late(catalog, _in(days, settings)) == []
    (alert,) = alarms.late(catalog, _in(RHYTHM + 1, settings))
    assert (alert.kind, alert.severity, alert.source) == ("late", "warning", SOURCE)
    assert alert.problem == (
        "De volgende levering is te laat. De laatste kwam op 2 januari 2026. "
        "Elke 400 dagen hoort er een te komen."
    )
    assert "'cadence_days' in oefen_perinataal.yaml" in alert.to_do
    assert "De laatste goede gegevens blijven gelden." in alert.what_happened
    # the day after it is the same trouble
    (again,) = alarms.late(catalog, _in(RHYTHM + 2, settings))
    assert again.fingerprint == alert.fingerprint


def test_the_newest_delivery_counts_whatever_was_said_of_it(
    settings: Settings, catalog: Catalog
) -> None:
    _came(settings, 300, 0, event="quarantined")
    assert alarms.late(catalog, _in(RHYTHM + 1, settings)) == []
    (alert,) = alarms.late(catalog, _in(300 + RHYTHM + 1, settings))
    assert "29 oktober 2026" in alert.problem


def test_who_never_came_or_has_no_rhythm_is_never_late(
    settings: Settings, catalog: Catalog
) -> None:
    far = _in(9999, settings)
    assert alarms.late(catalog, far) == []
    assert not settings.data_dir.exists()  # looking makes no store
    assert catalog.sources["oefen_grenzen"].cadence_days is None
    _came(settings, 0, source="oefen_grenzen")
    assert alarms.late(catalog, far) == []


# A figure that moved

BEFORE = {
    "region": "GM9901", "source": SOURCE, "indicator": "vroeggeboorte", "definition": "oefen-24w",
    "period_start": 2016, "period_end": 2020, "level": "municipality", "kind": "shown",
    "estimate": 7.0, "lower95": 6.5, "upper95": 7.5, "lower998": 6.2, "upper998": 7.8,
}  # fmt: skip
"""A headline figure, as an edition holds it."""


def _edition(*changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([BEFORE | change for change in changes])


def _rules(before: pd.DataFrame, after: pd.DataFrame, settings: Settings) -> dict[str, list[str]]:
    """Rule -> where, of the one message, if there is one."""
    found = alarms.moved(before, after, settings)
    assert len(found) <= 1
    return {rule.id: list(rule.keys) for alert in found for rule in alert.rules}


SAME = {"MOVED-GM9901-vroeggeboorte": ["2016-2020 GM9901"]}
NEXT = {"MOVED-GM9901-vroeggeboorte": ["2021-2025 GM9901"]}


@pytest.mark.parametrize(
    ("estimate", "rules"),
    [(7.0, {}), (7.2, {}), (6.5, {}), (7.5, {}), (7.51, SAME), (6.49, SAME), (70.0, SAME)],
)
def test_the_same_figure_may_not_leave_the_95_interval_that_it_had(
    settings: Settings, estimate: float, rules: dict[str, list[str]]
) -> None:
    # its own interval moves along and says nothing
    after = _edition({"estimate": estimate, "lower95": 0.0, "upper95": 99.0})
    assert _rules(_edition({}), after, settings) == rules


@pytest.mark.parametrize(
    ("lower", "upper", "rules"),
    [
        (7.0, 9.0, {}),
        (7.8, 9.0, {}),
        (7.81, 9.0, NEXT),
        (5.0, 6.2, {}),
        (5.0, 6.19, NEXT),
        (0.0, 99.0, {}),
    ],
)
def test_the_newest_block_may_not_lie_beside_the_998_interval_of_the_block_before(
    settings: Settings, lower: float, upper: float, rules: dict[str, list[str]]
) -> None:
    newer = {
        "period_start": 2021, "period_end": 2025, "estimate": (lower + upper) / 2,
        "lower998": lower, "upper998": upper,
    }  # fmt: skip
    assert _rules(_edition({}), _edition({}, newer), settings) == rules
    # also where the new edition no longer holds the block before
    assert _rules(_edition({}), _edition(newer), settings) == rules


def test_blocks_that_share_years_are_not_held_against_each_other(settings: Settings) -> None:
    newer = {"period_start": 2017, "period_end": 2021, "lower998": 20.0, "upper998": 30.0}
    assert _rules(_edition({}), _edition({}, newer), settings) == {}


def test_only_the_newest_block_of_before_is_the_yardstick(settings: Settings) -> None:
    older = {"period_start": 2011, "period_end": 2015, "lower998": 1.0, "upper998": 2.0}
    newer = {"period_start": 2021, "period_end": 2025, "lower998": 7.0, "upper998": 8.0}
    assert _rules(_edition(older, {}), _edition(older, {}, newer), settings) == {}
    assert _rules(_edition({}, older), _edition(newer, older, {}), settings) == {}


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "withheld"},
        {"kind": "withdrawn"},
        {"level": "wijk"},
        {"period_start": 2020},
        {"region": "GM9902"},
        {"source": "een_andere"},
        {"definition": "een-andere"},
        {"indicator": "sga"},
    ],
    ids=lambda change: " ".join(f"{name}={value}" for name, value in change.items()),
)
def test_nothing_is_told_of_what_is_no_headline_or_another_figure(
    settings: Settings, other: dict[str, object]
) -> None:
    far = {"estimate": 70.0, "lower998": 60.0, "upper998": 80.0}
    assert _rules(_edition({}), _edition(far | other), settings) == {}
    assert _rules(_edition(other), _edition(far), settings) == {}
    if {"kind", "level", "period_start"} & set(other):
        assert _rules(_edition(other), _edition(far | other), settings) == {}


def test_a_first_edition_with_figures_tells_nothing(settings: Settings) -> None:
    assert _rules(_edition({}).iloc[:0], _edition({}), settings) == {}
    assert _rules(_edition({}), _edition({}).iloc[:0], settings) == {}


def test_one_message_with_a_rule_per_figure_and_keys_without_values(settings: Settings) -> None:
    town, village = {}, {"region": "GM9902"}
    newer = {"period_start": 2021, "period_end": 2025}
    far = {"estimate": 31.4159, "lower998": 30.0, "upper998": 33.0}
    before = _edition(town, village)
    after = _edition(town | far, town | newer | far, village | far)
    (alert,) = alarms.moved(before, after, settings)
    assert (alert.kind, alert.severity, alert.source) == ("moved", "warning", None)
    # the town moved in two ways: one figure is one trouble
    assert {rule.id: rule.keys for rule in alert.rules} == {
        "MOVED-GM9901-vroeggeboorte": ("2016-2020 GM9901",),
        "MOVED-GM9902-vroeggeboorte": ("2016-2020 GM9902",),
    }
    text = _told(alert) + alert.model_dump_json()
    assert "31" not in text.replace(MOMENT.isoformat(), "")
    assert "Wat al was vrijgegeven, is niet veranderd." in text
    # another figure that moves next time is another message
    raise_alert(alert, settings)
    (other,) = alarms.moved(before, _edition(village | far), settings)
    assert other.fingerprint != alert.fingerprint


@pytest.mark.parametrize(
    ("editions", "told"),
    [
        ([], "De reden is een cijfer dat de bron zelf al heeft gepubliceerd."),
        (["e1"], "De reden staat in editie e1: die liet"),
        (["e1", "e2"], "De reden staat in de edities e1 en e2: die lieten"),
    ],
)
def test_what_cannot_be_protected_comes_with_its_reason(
    editions: list[str], told: str, tmp_path: Path
) -> None:
    group = frozenset({("GM9901", "s", "early", "d", 2021, 2025)})
    alert = alarms.protection(Secured({}, (group,), ()), editions, Settings(data_dir=tmp_path))
    assert alert.to_do.startswith(told)
    assert alert.severity == "critical"
