"""Names, notes and files say what they say: a document quotes them, and never dies of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pandas as pd
import pytest

from perinatal.errors import IntegrityError
from perinatal.language import slips
from perinatal.startfoto import compose as composing
from perinatal.startfoto.document import Startfoto
from perinatal.store import open_edition
from tests.conftest import Practice

BAD = "dankzij 5% in de slechtste krachtwijk."
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(practice_data: Practice) -> dict[str, pd.DataFrame]:
    """The practice edition, in which all words of others are as bad as can be."""
    tables = dict(open_edition(practice_data.settings.published_dir).tables)
    regions = tables["published_region"]
    tables["published_region"] = regions.assign(name=[f"{BAD} {c}" for c in regions["code"]])
    sources = tables["published_source"]
    tables["published_source"] = sources.assign(
        file_name=BAD, warnings=[[f"Een controle gaf een opmerking: ‘{BAD}’."]] * len(sources)
    )
    values = tables["published_value"]
    late = values["indicator"] == "laat_in_zorg"
    tables["published_value"] = values.assign(
        kind=values["kind"].mask(late, "withdrawn"),
        label=values["label"].mask(late, "INGETROKKEN"),
        note=values["note"].mask(late, BAD), since=values["since"].mask(late, "2025-03-01"),
    )  # fmt: skip
    tables["published_elsewhere"] = pd.DataFrame([{
        "source": "landelijk_gepubliceerd", "indicator": "vroeggeboorte", "region": "NL01",
        "definition": "24w", "year": 2021, "value": 6.9, "status": "withdrawn",
        "note": BAD, "citation": f"Jaarboek {BAD}", "since": None,
    }])  # fmt: skip
    tables["published_correction"] = pd.DataFrame([{
        "correction": "x", "source": "oefen_perinataal", "variable": "te_vroeg",
        "regions": ["WK990101"], "period_start": 2021, "period_end": 2021, "kind": "value",
        "reason": BAD, "provider": BAD, "date": "2026-01-01",
    }])  # fmt: skip
    return tables


def _composed(practice: Practice, tables: Mapping[str, pd.DataFrame], area: str) -> Startfoto:
    return composing.compose(
        practice.catalog.areas[area], practice.catalog, tables, edition_id="e", made_at=NOW,
        code_version="", contact=BAD,
    )  # fmt: skip


@pytest.mark.parametrize("area", ["oefenstad", "oefenregio"])
def test_a_document_quotes_them_and_is_made(
    practice_data: Practice, told: dict[str, pd.DataFrame], area: str
) -> None:
    assert slips(BAD)
    made = _composed(practice_data, told, area)
    late = next(c for c in made.chapters if c.id == "laat_in_zorg")
    assert f"Reden: ‘{BAD.rstrip('.')}’." in late.lead[0].text
    assert BAD in made.account.checks[0]


def test_what_our_own_code_says_is_still_looked_at(
    practice_data: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = open_edition(practice_data.settings.published_dir).tables
    monkeypatch.setattr(composing, "READING", ("Dit is geen toeval.",))
    with pytest.raises(IntegrityError, match=r"reading\[0\]: 'geen toeval'"):
        _composed(practice_data, tables, "oefenstad")
