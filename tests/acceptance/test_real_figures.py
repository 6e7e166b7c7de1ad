"""The claims of the Manifest Almere and the coalition of two, from real open figures.

Study Kansenkloof (births 2008-2016). These files are not part of the project: without them the
tests are left out, and counted.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from perinatal.catalog import load_catalog
from perinatal.catalog.load import PACKAGED
from perinatal.disclosure.published import Shown, Withheld
from perinatal.pipeline.build import build
from perinatal.pipeline.documents import compose_area, render_file
from perinatal.pipeline.receive import ingest
from perinatal.settings import Settings
from perinatal.startfoto.document import IndicatorChapter, Startfoto, sentences
from perinatal.startfoto.sentence_catalogue import templates

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("shared")]

FILES = (
    "geo/gemeenten_2022_wgs84.geojson.gz",
    "geo/wijken_2022_wgs84.geojson.gz",
    "kansenkloof/kansenkloof_2008_2016_totalen.csv",
    "kansenkloof/kansenkloof_2008_2016_sterfte_gemeente_hersteld.csv",
)


@pytest.fixture(scope="session")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data_dir=tmp_path_factory.mktemp("real"), alert_urls="")
    catalog = load_catalog()
    for name in FILES:
        assert ingest(shared_data / name, catalog, settings).verdict == "accepted"
    for file in sorted((PACKAGED / "deliveries").glob("*.csv")):
        assert ingest(file, catalog, settings).verdict == "accepted"
    build(catalog, settings)
    return settings


def _document(settings: Settings, area: str) -> Startfoto:
    return Startfoto.model_validate_json(compose_area(area, load_catalog(), settings).read_bytes())


def _chapter(document: Startfoto, indicator: str) -> IndicatorChapter:
    return next(c for c in document.chapters if c.id == indicator)


def _figure(chapter: IndicatorChapter) -> Shown:
    assert chapter.strip is not None
    published = chapter.strip.row.published
    assert isinstance(published, Shown)
    return published


def test_almere_answers_the_four_claims(real: Settings) -> None:
    document = _document(real, "almere")

    preterm = _chapter(document, "vroeggeboorte")
    figure = _figure(preterm)
    assert preterm.label == "DUIDELIJK_HOGER"
    assert (figure.numerator, figure.denominator) == (1667, 21239)
    assert round(figure.estimate, 2) == 7.85
    assert preterm.strip is not None
    assert preterm.strip.reference.estimate == 7.04

    small = _chapter(document, "sga")
    assert small.label == "DUIDELIJK_HOGER"
    assert round(_figure(small).estimate, 2) == 13.27
    assert small.strip is not None
    assert small.strip.reference.estimate == 11.57

    deaths = _chapter(document, "perinatale_sterfte")
    assert deaths.label == "ONBESLIST"
    assert round(_figure(deaths).estimate, 1) == 4.7
    assert "We zien dus niet dat het hier hoger is" in deaths.lead[0].text

    late = _chapter(document, "laat_in_zorg")
    assert late.label == "INGETROKKEN"
    assert late.strip is None
    assert "kloppen" in late.lead[0].text

    assert "2008 tot en met 2016" in document.account.age.text
    assert "voor de coalitie begon" in document.account.age.text
    assert "CC BY-NC-SA" in document.account.licence


def test_the_coalition_of_two_is_made_of_summed_counts(real: Settings) -> None:
    document = _document(real, "achtkarspelen-tytsjerksteradiel")
    deaths = _chapter(document, "perinatale_sterfte")
    figure = _figure(deaths)
    assert (figure.numerator, figure.denominator) == (12 + 20, 2672 + 2545)
    assert (round(figure.estimate, 1), round(figure.lower95, 1), round(figure.upper95, 1)) == (
        6.1,
        4.2,
        8.7,
    )
    assert deaths.strip is not None
    assert deaths.strip.reference.estimate == 5.4
    assert deaths.label == "ONBESLIST"

    # 24 weeks to 7 days: one member is not published, so there is no total either
    (other,) = deaths.others
    assert other.row.label == "GEEN_CIJFER"
    assert isinstance(other.row.published, Withheld)
    assert "17" not in other.row.model_dump_json()

    preterm = _figure(_chapter(document, "vroeggeboorte"))
    assert (preterm.numerator, preterm.denominator) == (198 + 186, 2662 + 2527)


@pytest.mark.parametrize(
    "area", ["almere", "den-haag", "kerkrade", "achtkarspelen-tytsjerksteradiel"]
)
def test_every_documented_area_becomes_html_and_pdf(real: Settings, area: str) -> None:
    saved = compose_area(area, load_catalog(), real)
    html = render_file(saved, "html").read_text(encoding="utf-8")
    assert "Verzonnen" not in html
    assert "Concept" in html
    assert render_file(saved, "pdf").read_bytes().startswith(b"%PDF")


def test_definitions_apart_by_weeks_leave_a_gap_in_the_chart(real: Settings) -> None:
    trend = _chapter(_document(real, "almere"), "perinatale_sterfte").trend
    assert trend is not None
    assert len(trend.segments) == 2
    assert trend.segments[0].points[-1].reference != trend.segments[1].points[0].reference
    assert trend.break_text


def test_every_sentence_stands_in_the_catalogue(real: Settings) -> None:
    known = templates(load_catalog())
    for area in ("almere", "den-haag", "achtkarspelen-tytsjerksteradiel"):
        for line in sentences(_document(real, area)):
            assert any(one.says(line) for one in known), line
