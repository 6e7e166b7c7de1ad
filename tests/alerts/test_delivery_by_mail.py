"""From a bad delivery to a mail in the maintainer's box, over a real mail server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perinatal.errors import RejectedDelivery
from perinatal.pipeline.receive import ingest
from tests.alerts.conftest import Hook, Postbox, html_of, keys_of, mail_url, text_of
from tests.conftest import Practice

PLANTED = ("777123", "123456782", "123456709")
"""A cell value, a number of a person where a region should be, and one in the file's name."""


def _spoiled(practice: Practice, tmp_path: Path, name: str, text: str) -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_rejected_delivery_reaches_the_maintainer(practice: Practice, tmp_path: Path) -> None:
    text = practice.figures.read_text(encoding="utf-8").replace("te_licht;", "te_ligt;", 1)
    file = _spoiled(practice, tmp_path, "oefenregio_perinataal_2016_2025.csv", text)
    with Postbox() as box:
        settings = practice.settings.model_copy(update={"alert_urls": mail_url(box.port)})
        with pytest.raises(RejectedDelivery):
            ingest(file, practice.catalog, settings)
        (mail,) = box.mails
    body = text_of(mail)
    assert "afgekeurd" in mail["Subject"]
    assert file.name in body
    assert "STR-COLUMN" in body
    assert "blijven gelden" in body


def test_a_quarantined_delivery_names_rule_rows_and_keys_but_no_value(
    practice: Practice, tmp_path: Path
) -> None:
    value, person, name = PLANTED
    lines = practice.figures.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("2021;wijk;WK990105;"))
    cells = lines[at].split(";")
    cells[5] = value  # more preterm births than births
    lines[at] = ";".join(cells)
    other = lines[at + 1].split(";")
    lines[at + 1] = ";".join([*other[:2], person, *other[3:]])
    file = _spoiled(
        practice, tmp_path, f"oefenregio_perinataal_{name}.csv", "\n".join(lines) + "\n"
    )
    with Postbox() as box, Hook() as hook:
        settings = practice.settings.model_copy(
            update={"alert_urls": f"{mail_url(box.port)} {hook.url}"}
        )
        judgement = ingest(file, practice.catalog, settings)
        assert judgement.verdict == "quarantined"
        (mail,), (body,) = box.mails, hook.bodies
    keys = keys_of(mail)
    assert keys is not None
    forms = [text_of(mail), html_of(mail), keys.decode(), json.dumps(body), mail.as_string()]
    forms += [kept.read_text(encoding="utf-8") for kept in settings.alerts_dir.glob("*")]
    for form in forms[:4]:
        assert "OEF-PART-1" in form
        assert "2021 WK990105" in form
        assert "2021 (weggelaten)" in form
    assert [planted for planted in PLANTED if any(planted in form for form in forms)] == []
