"""HTML, CSV and JSON: the same words, nothing that runs, nothing that was planted."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from perinatal.alerts import (
    Alert,
    AlertRule,
    render_html,
    render_keys,
    render_text,
    webhook_body,
    webhook_schema,
)

SCHEMA = Path(__file__).parents[2] / "docs" / "alert.schema.json"
NASTY = (
    "x <script>alert(1)<\x00script> \" ' & &amp; <img src=//kwaad.nl/a.png onerror=b> [a](b).csv"
)
MARKED = ("123456782", "19890131", "31-01-1989", "j.jansen@example.nl", "12,5", "1234AB")


def _with(alert: Alert, **changes: object) -> Alert:
    return Alert.model_validate(alert.model_dump() | changes)


def _rule(*keys: str, name: str = "r-1") -> AlertRule:
    return AlertRule(id=name, description="d", outcome="failed", rows=len(keys), keys=keys)


def _cells(alert: Alert) -> list[list[str]]:
    content = render_keys(alert)
    assert content is not None
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


class _Page(HTMLParser):
    """What a browser makes of it: elements, attributes and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def test_the_page_says_what_the_text_says(alert: Alert) -> None:
    for told in (alert, alert.as_reminder(alert.happened_at, 3)):
        page = _Page(render_html(told))
        shown = " ".join(page.text.split())
        for line in render_text(told)[1].replace("- ", "").splitlines():
            assert " ".join(line.split()) in shown
        assert page.open == []
        assert page.tags.count("h1") == 1
        assert page.tags.count("h2") == 5
        assert page.tags.count("li") == 2
    assert '<html lang="nl">' in render_html(alert)


def test_nothing_in_the_page_runs_or_is_fetched(alert: Alert) -> None:
    nasty = _with(
        alert,
        file=NASTY, source=NASTY, delivery=NASTY, problem=NASTY, what_happened=NASTY, to_do=NASTY,
        rules=(AlertRule(id=NASTY, description=NASTY, outcome="failed", keys=(NASTY,)),),
    )  # fmt: skip
    page = _Page(render_html(nasty))
    assert set(page.tags) == {
        "html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "br", "ul", "li",
    }  # fmt: skip
    assert page.attributes == {"lang", "charset", "name", "content", "style"}
    assert "<script>alert(1)< script> \" ' & &amp; <img src=//kwaad.nl" in page.text
    assert not re.search(r"url\(|@import|javascript:", render_html(nasty))


def test_the_keys_as_csv(alert: Alert) -> None:
    content = render_keys(alert)
    assert content is not None
    assert content.startswith(b'\xef\xbb\xbf"regel";"sleutel"\r\n')
    assert _cells(alert) == [
        ["regel", "sleutel"],
        ["teller-onder-noemer", "GM9901 2021"],
        ["teller-onder-noemer", "GM9901 2020"],
    ]
    many = _with(alert, rules=(_rule(*(f"GM{9000 + n} 2021" for n in range(300))),))
    assert len(_cells(many)) == 301
    assert render_keys(_with(alert, rules=(_rule(),))) is None


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\t=", " =", "\r@"])
def test_no_key_is_a_formula(alert: Alert, start: str) -> None:
    formula = f'{start}HYPERLINK("http://x";"k");+1'
    _, (rule, key) = _cells(_with(alert, rules=(_rule(formula, name=formula),)))
    assert rule == f"'{formula.strip()}"
    assert key == rule or key.startswith("(weggelaten)")  # '@' is read as a mail address


def test_the_published_schema_is_the_one_in_use() -> None:
    """Renew with the command in the message."""
    saved = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert saved == webhook_schema(), (
        'python -c "import json; from perinatal.alerts import webhook_schema as s; '
        'print(json.dumps(s(), indent=1, ensure_ascii=False))" > docs/alert.schema.json'
    )


def test_the_webhook_body_keeps_the_schema(alert: Alert) -> None:
    validator = jsonschema.Draft202012Validator(
        webhook_schema(), format_checker=jsonschema.FormatChecker()
    )
    validator.check_schema(webhook_schema())
    ended = alert.as_resolved(alert.happened_at, 4, "Weg.", alert.happened_at + timedelta(days=1))
    bare = _with(alert, source=None, file=None, delivery=None, rules=())
    bodies = [json.loads(webhook_body(one)) for one in (alert, bare, ended)]
    for body in bodies:
        validator.validate(body)
    first, _, last = bodies
    assert first["rules"][0]["keys"] == ["GM9901 2021", "GM9901 2020"]
    assert (first["title"], first["text"]) == render_text(alert)
    assert (first["stage"], last["stage"], last["times"]) == ("new", "resolved", 4)
    assert first["fingerprint"] == last["fingerprint"]
    assert first["id"] != last["id"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(first | {"values": [1]})


def test_a_reminder_says_since_when(alert: Alert) -> None:
    title, body = render_text(alert.as_reminder(alert.happened_at - timedelta(days=4), 1200))
    assert title.startswith("perinatal: Herinnering: Levering in quarantaine: ")
    text = " ".join(body.split())
    assert "Het probleem is er sinds 29 december 2025 en is nog niet opgelost." in text
    assert "Het is 1.200 keer gezien." in text
    assert "Welke regels" in text


def test_hersteld_is_short_and_has_no_keys(alert: Alert) -> None:
    gone = alert.as_resolved(
        alert.happened_at, 2, "Levering x is\ngoedgekeurd.", alert.happened_at + timedelta(days=2)
    )
    title, body = render_text(gone)
    assert title.startswith("perinatal: Hersteld: Levering in quarantaine: ")
    assert "Dit probleem is voorbij. Het speelde sinds 2 januari 2026." in body
    assert "Wat is er nu anders\n  Levering x is goedgekeurd.\n" in body
    assert "4 januari 2026" in body
    assert "U hoeft niets te doen." in body
    assert "GM9901" not in body + render_html(gone) + webhook_body(gone)
    assert render_keys(gone) is None
    assert gone.fingerprint == alert.fingerprint


def test_the_end_is_a_message_of_its_own_and_is_checked_like_one(alert: Alert) -> None:
    because = "Levering kind_123456782.csv\n\nWat kunt u doen\u2028is er."
    gone = alert.as_resolved(alert.happened_at, 1, because, alert.happened_at)
    assert gone.what_happened == "Levering kind_(weggelaten).csv Wat kunt u doen is er."
    assert len({gone.id, alert.id, alert.as_reminder(alert.happened_at, 2).id}) == 3
    assert sorted([gone.id, alert.id]) == [alert.id, gone.id]


def test_what_was_planted_is_in_no_form(alert: Alert) -> None:
    planted = _with(
        alert,
        file="in/j.jansen@example.nl 123456782 19890131 31-01-1989.csv",
        problem="Plaats: 123456782, j.jansen@example.nl.",
        rules=(_rule(*(f"2021 {mark}" for mark in MARKED)),),
    )
    keys = render_keys(planted)
    assert keys is not None
    ended = planted.as_resolved(planted.happened_at, 2, "Weg.", planted.happened_at)
    told = [keys.decode()]
    for one in (planted, planted.as_reminder(planted.happened_at, 2), ended):
        told += [*render_text(one), render_html(one), webhook_body(one), one.model_dump_json()]
    for form in told:
        assert [mark for mark in (*MARKED, "jansen", "example") if mark in form] == []
    assert "2021 (weggelaten)" in told[0]
