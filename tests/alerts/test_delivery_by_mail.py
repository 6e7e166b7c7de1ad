"""From a bad delivery to a mail in the maintainer's box, over a real mail server."""

from __future__ import annotations

from pathlib import Path

import pytest

from perinatal.errors import RejectedDelivery
from perinatal.pipeline.receive import ingest
from tests.alerts.conftest import Postbox, mail_url
from tests.conftest import Practice

PLANTED = "777123"
"""A cell value that must not travel."""


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
    body = mail.get_content()
    assert "afgekeurd" in mail["Subject"]
    assert file.name in body
    assert "STR-COLUMN" in body
    assert "blijven gelden" in body


def test_a_quarantined_delivery_names_rule_rows_and_keys_but_no_value(
    practice: Practice, tmp_path: Path
) -> None:
    lines = practice.figures.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("2021;wijk;WK990105;"))
    cells = lines[at].split(";")
    cells[5] = PLANTED  # more preterm births than births
    lines[at] = ";".join(cells)
    file = _spoiled(
        practice, tmp_path, "oefenregio_perinataal_2016_2025.csv", "\n".join(lines) + "\n"
    )
    with Postbox() as box:
        settings = practice.settings.model_copy(update={"alert_urls": mail_url(box.port)})
        judgement = ingest(file, practice.catalog, settings)
        assert judgement.verdict == "quarantined"
        (mail,) = box.mails
    body = mail.get_content()
    assert "OEF-PART-1" in body
    assert "2021 WK990105" in body
    assert PLANTED not in body
    kept = "".join(f.read_text(encoding="utf-8") for f in settings.alerts_dir.glob("*.*"))
    assert PLANTED not in kept
