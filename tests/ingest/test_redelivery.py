"""The same file again, a corrected file, a part of a file: who speaks, now and earlier."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from perinatal.alerts import open_troubles
from perinatal.catalog import load_catalog
from perinatal.errors import RejectedDelivery
from perinatal.pipeline import receive
from perinatal.pipeline.build import build
from perinatal.settings import Settings
from perinatal.store import deliveries, open_store

if TYPE_CHECKING:
    from tests.conftest import Practice

pytestmark = pytest.mark.xdist_group("gx")

Write = Callable[[str, bytes], Path]
Cell = Callable[[bytes, int, str, str], bytes]


def _speaking(settings: Settings, moment: datetime, patching: tuple[str, ...] = ()) -> pd.DataFrame:
    with open_store(settings.store_file) as store:
        return deliveries.observations_as_of(store, moment, patching)


def _value(frame: pd.DataFrame, variable: str, region: str, year: int) -> float | None:
    rows = frame[
        (frame["variable"] == variable)
        & (frame["region"] == region)
        & (frame["period_start"] == year)
    ]
    assert len(rows) <= 1
    return None if rows.empty else float(rows["value"].iloc[0])


def test_same_file_twice_is_a_no_op(practice: Practice) -> None:
    store_file = practice.settings.store_file
    with open_store(store_file) as store:
        before = deliveries.deliveries(store)
        checks = store.connection.execute("SELECT count(*) FROM data.check_result").fetchall()
    renamed = practice.figures  # under another name it is the same delivery too
    judged = receive.ingest(renamed, practice.catalog, practice.settings)
    assert judged.already_known
    assert judged.verdict == "accepted"
    with open_store(store_file) as store:
        assert deliveries.deliveries(store) == before
        assert (
            checks == store.connection.execute("SELECT count(*) FROM data.check_result").fetchall()
        )
    built = build(practice.catalog, practice.settings)
    assert (built.edition_id, built.new) == (practice.edition_id, False)


def test_raw_file_is_kept_untouched_by_checksum(practice: Practice) -> None:
    content = practice.figures.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    with open_store(practice.settings.store_file) as store:
        found = deliveries.find_delivery(store, f"oefen_perinataal-{digest[:12]}")
    assert found is not None
    assert found.sha256 == digest
    raw = practice.settings.data_dir / found.raw_path
    assert raw.read_bytes() == content
    # a path inside the data folder: the folder may move
    assert not Path(found.raw_path).is_absolute()


def test_correction_supersedes_and_what_it_leaves_out_stays_out(
    practice: Practice, cell: Cell, delivery: Write
) -> None:
    good = practice.figures.read_bytes()
    without = b"\n".join(x for x in good.split(b"\n") if b";BU99020302;" not in x)
    country = next(
        n for n, line in enumerate(without.split(b"\n"), start=1) if b"2017;land;NL99" in line
    )
    header, line = (without.split(b"\n")[n].split(b";") for n in (0, country - 1))
    counted = int(line[header.index(b"onder_2500_gram")])
    corrected = cell(without, country, "onder_2500_gram", str(counted - 1))
    before = practice.settings.clock() - timedelta(minutes=1)
    old = _speaking(practice.settings, before)
    file = delivery("oefenregio_perinataal_verbeterd.csv", corrected)
    judged = receive.ingest(file, practice.catalog, practice.settings)
    # a municipality or a year may not go missing; a buurt may, with a warning
    assert judged.verdict == "accepted_with_warnings"

    now = _speaking(practice.settings, practice.settings.clock())
    assert _value(now, "te_licht", "BU99020302", 2017) is None
    assert _value(old, "te_licht", "BU99020302", 2017) is not None
    # everything else is as it was
    kept = old[old["region"] != "BU99020302"].merge(
        now, on=["source", "variable", "region", "period_start"], suffixes=("", "_new")
    )
    assert len(kept) == len(now)
    assert int((kept["value"].fillna(-1) != kept["value_new"].fillna(-1)).sum()) == 1

    # as of an earlier moment the earlier figures speak, and the earlier edition comes out
    pd.testing.assert_frame_equal(_speaking(practice.settings, before), old)
    earlier = build(practice.catalog, practice.settings, as_of=before)
    assert earlier.edition_id == practice.edition_id
    later = build(practice.catalog, practice.settings)
    assert later.edition_id != practice.edition_id
    assert later.new

    # the superseded bytes once more: the way back from a wrong correction
    again = receive.ingest(practice.figures, practice.catalog, practice.settings)
    assert not again.already_known
    assert build(practice.catalog, practice.settings).edition_id == practice.edition_id


def test_patch_replaces_only_the_cells_that_it_brings(
    practice: Practice, own_folder: Path, delivery: Write
) -> None:
    own = load_catalog(own_folder)
    house = dataclasses.replace(
        practice,
        catalog=own,
        settings=practice.settings.model_copy(update={"catalog_dir": own_folder}),
    )
    head = "jaar;regiocode;aantal;percentage\n"
    first = head + "2023;NL99;150000;71,2\n2023;GM9902;300;60,0\n2024;GM9902;280;61,0\n"
    first += "2024;NL99;150000;71,0\n"
    patch = head + "2023;GM9902;300;65,0\n"
    start = practice.settings.clock()
    for number, content in enumerate((first, patch), start=1):
        file = delivery(f"eigen_telling_{number}.csv", content.encode())
        settings = house.at(start + timedelta(minutes=number))
        judged = receive.ingest(file, own, settings)
        assert judged.verdict == "accepted"
    patching = ("eigen_telling",)
    now = _speaking(practice.settings, start + timedelta(minutes=2), patching)
    assert _value(now, "gevoed", "GM9902", 2023) == 195
    assert _value(now, "gevoed", "GM9902", 2024) == 171  # 61.0% of 280 is 170.8
    assert _value(now, "gevoed", "NL99", 2023) == 106_800
    then = _speaking(practice.settings, start + timedelta(minutes=1), patching)
    assert _value(then, "gevoed", "GM9902", 2023) == 180
    # the practice figures are a full source and still speak
    assert set(now["source"]) == {"eigen_telling", "oefen_perinataal"}

    # a third patch may leave the national row of its year to the delivery before the last
    third = delivery("eigen_telling_3.csv", (head + "2024;GM9902;280;62,0\n").encode())
    judged = receive.ingest(third, own, house.at(start + timedelta(minutes=3)))
    assert judged.verdict == "accepted"

    # a good patch says nothing of what another file brought
    bad = delivery("eigen_telling_4.csv", (head + "2023;GM9902;300;165,0\n").encode())
    later = house.at(start + timedelta(minutes=4))
    with suppress(RejectedDelivery):
        assert receive.ingest(bad, own, later).verdict != "accepted"
    assert [one.alert.file for one in open_troubles(later)] == [bad.name]
    good = delivery("eigen_telling_5.csv", (head + "2024;GM9902;280;63,0\n").encode())
    assert receive.ingest(good, own, later).verdict == "accepted"
    assert [one.alert.file for one in open_troubles(later)] == [bad.name]
    mended = delivery(bad.name, (head + "2023;GM9902;300;66,0\n").encode())
    assert receive.ingest(mended, own, later).verdict == "accepted"
    assert open_troubles(later) == []


def test_figures_before_their_map_are_refused_with_what_to_do(
    practice: Practice, tmp_path: Path
) -> None:
    settings = practice.settings.model_copy(update={"data_dir": tmp_path / "new"})
    with pytest.raises(Exception, match=r"no regions of 2022 yet\. Ingest the map of 2022 first"):
        receive.ingest(practice.figures, practice.catalog, settings)
    receive.ingest(practice.map, practice.catalog, settings)
    # the file that waited is judged now
    assert receive.ingest(practice.figures, practice.catalog, settings).verdict == "accepted"


def test_a_changed_suite_judges_the_same_bytes_again(
    practice: Practice, tmp_path: Path, delivery: Write
) -> None:
    """And a suite folder may have any name."""
    suites = tmp_path / "other suites"
    suites.mkdir()
    text = (practice.settings.expectations_dir / "oefen_perinataal.yaml").read_text("utf-8")
    stricter = text.replace("column: geboorten\n    min_value: 0", "column: geboorten\n"
                            "    min_value: 999999")  # fmt: skip
    assert stricter != text
    (suites / "oefen_perinataal.yaml").write_text(stricter, "utf-8")
    settings = practice.settings.model_copy(update={"expectations_dir": suites})
    judged = receive.ingest(practice.figures, practice.catalog, settings)
    assert not judged.already_known
    assert "OEF-RANGE-1" in {r.id for r in judged.results if r.outcome == "failed"}
    # a rule about cells stops those cells, and there the last good figures keep speaking
    now = _speaking(practice.settings, practice.settings.clock())
    assert not now.empty
