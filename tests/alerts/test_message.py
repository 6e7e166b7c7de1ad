"""The alert and its text: complete, calm, and closed to values and forged lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from pydantic import ValidationError

from perinatal.alerts import Alert, AlertRule, Kind, render_text

HEADINGS = [
    "Wat is er gebeurd",
    "Waar",
    "Welke regels",
    "Wat is er met de gegevens gebeurd",
    "Wat kunt u doen",
]


def _rule(*keys: str) -> AlertRule:
    return AlertRule(id="r", description="d", outcome="failed", rows=len(keys), keys=keys)


def test_the_whole_text(alert: Alert) -> None:
    title, body = render_text(alert)
    assert title == "perinatal: Levering in quarantaine: geboorten_2021.csv (bron ggd_súdwest)"
    assert body == (
        "Wat is er gebeurd\n"
        "  Eén gemeente heeft meer vroeggeboorten dan geboorten.\n"
        "\n"
        "Waar\n"
        "  Bron: ggd_súdwest\n"
        "  Bestand: geboorten_2021.csv\n"
        "  Levering: 0a1b2c3d\n"
        "  Tijdstip: 2 januari 2026, 13:30 uur (Nederlandse tijd)\n"
        "\n"
        "Welke regels\n"
        "  - teller-onder-noemer: De teller is nooit groter dan de noemer\n"
        "    Niet gehaald in 1.250 rijen.\n"
        "    Bij: GM9901 2021, GM9901 2020\n"
        "  - som-klopt: De delen tellen op\n"
        "    De regel kon niet draaien. Dat zegt niets over de gegevens.\n"
        "\n"
        "Wat is er met de gegevens gebeurd\n"
        "  Niets is geladen. De vorige cijfers blijven gelden.\n"
        "\n"
        "Wat kunt u doen\n"
        "  Vraag de GGD om een verbeterd bestand.\n"
        "\n"
        f"Kenmerk: {alert.id}\n"
        "Dit bericht noemt regels en plaatsen, geen waarden uit het bestand.\n"
    )


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_a_title_and_needs_no_place(alert: Alert, kind: str) -> None:
    bare = {"kind": kind, "source": None, "file": None, "delivery": None, "rules": ()}
    title, body = render_text(Alert.model_validate(alert.model_dump() | bare))
    assert title.startswith("perinatal: ")
    assert title.isascii()
    assert "None" not in body
    assert "Welke regels" not in body


def test_keys_over_twenty_are_counted(alert: Alert) -> None:
    keys = tuple(f"GM{9900 + n} 2021" for n in range(25))
    long = alert.model_copy(update={"rules": (_rule(*keys),)})
    text = " ".join(render_text(long)[1].split())
    assert "GM9919 2021 en nog 5" in text
    assert "GM9920" not in text
    exact = alert.model_copy(update={"rules": (_rule(*keys[:20]),)})
    assert "en nog" not in render_text(exact)[1]


@pytest.mark.parametrize("field", ["rows", "values", "frame", "row"])
def test_there_is_no_field_for_values(alert: Alert, field: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Alert.model_validate(alert.model_dump() | {field: ["MARKED-VALUE"]})
    with pytest.raises(ValidationError):
        AlertRule.model_validate(
            {"id": "r", "description": "d", "outcome": "failed", "rows": [["MARKED-VALUE"]]}
        )


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("123456782 2021", "(weggelaten) 2021"),
        ("BSN123456782", "BSN(weggelaten)"),
        ("19890131", "(weggelaten)"),
        ("2021 31-01-1989", "2021 (weggelaten)"),
        ("1989-1-31", "(weggelaten)"),
        ("2021 12,5", "2021 (weggelaten)"),
        ("-0.35 GM9901", "(weggelaten) GM9901"),
        ("1234.56.782", "(weggelaten)"),
        ("2021 1234AB", "2021 (weggelaten)"),
        ("j.jansen@example.nl 2021", "(weggelaten) 2021"),
        ("x" * 200, "x" * 79 + "…"),
        *((key, key) for key in (
            "BU99010101 2021", "WK9901A1 2012-2016", "20255 GM9901", "2020JJ00 NL01", "NL 2021",
            "2021 GM9901 25-29", "2022GM0014", "990105 totaal", "?",
        )),
    ],
)  # fmt: skip
def test_what_cannot_be_a_key_is_blanked(key: str, shown: str) -> None:
    assert _rule(key).keys == (shown,)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bsn123456782_2021.csv", "bsn(weggelaten)_2021.csv"),
        ("kind_19890131.csv", "kind_(weggelaten).csv"),
        ("kind 31-01-1989.csv", "kind (weggelaten).csv"),
        ("van j.jansen@example.nl.csv", "van (weggelaten)"),
        *((name, name) for name in (
            "oefenregio_perinataal_2016_2025.csv", "perined_20260102.csv", "w-2026-01-02.xlsx",
            "02-01-2026.csv", "perined_20260102T123000.csv", "perined_20260102123000.csv",
            "geboorten-9f86d081884c7d65.csv",
        )),
    ],
)  # fmt: skip
def test_what_is_personal_in_a_file_name_is_blanked(alert: Alert, name: str, shown: str) -> None:
    assert Alert.model_validate(alert.model_dump() | {"file": name}).file == shown


def test_what_is_personal_in_a_problem_is_blanked(alert: Alert) -> None:
    told = {"problem": "Plaats: kolom 123456782 van a@example.nl, levering bron-123456789012."}
    problem = Alert.model_validate(alert.model_dump() | told).problem
    assert problem == "Plaats: kolom (weggelaten) van (weggelaten), levering bron-123456789012."


def test_strict_and_frozen(alert: Alert) -> None:
    with pytest.raises(ValidationError):
        AlertRule(id=1, description="d", outcome="failed")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Alert.model_validate(alert.model_dump() | {"happened_at": datetime(2026, 1, 2)})  # noqa: DTZ001
    with pytest.raises(ValidationError, match="frozen"):
        alert.kind = "trial"
    assert Alert.model_validate_json(alert.model_dump_json()) == alert


def test_names_from_outside_forge_nothing(alert: Alert) -> None:
    nasty = "a\r\nBcc: x@example.nl\n\nWat kunt u doen\nBel\u2028\u202egnp\x00\udcff<b>*x*</b>.csv"
    forged = Alert.model_validate(
        alert.model_dump()
        | {"file": nasty, "source": nasty, "problem": nasty, "rules": (_rule(nasty),)}
    )
    title, body = render_text(forged)
    assert title.isprintable()
    assert len(title) <= 150
    assert all(line.isprintable() for line in body.splitlines())
    assert [line for line in body.splitlines() if line in HEADINGS] == HEADINGS
    assert all(len(line) < 998 for line in body.splitlines())
    body.encode()


def test_a_path_leaves_only_its_name(alert: Alert) -> None:
    for path in ("/home/jansen/in/x.csv", r"C:\Users\jansen\x.csv", "../../x.csv", "in/x.csv/"):
        assert Alert.model_validate(alert.model_dump() | {"file": path}).file == "x.csv"


def test_the_fingerprint_is_of_the_trouble(alert: Alert) -> None:
    later = alert.model_copy(
        update={
            "happened_at": alert.happened_at + timedelta(days=1),
            "delivery": "ffff",
            "problem": "anders",
            "rules": alert.rules[::-1],
        }
    )
    assert later.fingerprint == alert.fingerprint
    assert later.id != alert.id
    assert len(alert.fingerprint) == 12
    assert alert.id == f"{alert.fingerprint}-20260102T123005Z"
    assert alert.happened_at.tzinfo is UTC
    for change in ({"kind": "rejected"}, {"source": "x"}, {"file": "x"}, {"rules": ()}):
        assert alert.model_copy(update=change).fingerprint != alert.fingerprint


def test_a_checksum_in_the_file_name_is_no_other_trouble(alert: Alert) -> None:
    one, two = (
        alert.model_copy(update={"file": f"geboorten-{mark * 16}.csv"}) for mark in ("a", "b")
    )
    assert one.fingerprint == two.fingerprint
