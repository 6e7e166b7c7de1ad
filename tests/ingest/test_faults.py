"""Random faults in a good delivery: each is seen by the rule that claims to see its kind."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from perinatal.errors import RejectedDelivery
from perinatal.ingest.conform import conform
from perinatal.pipeline import receive
from tests.ingest.conftest import DATA, Watched

pytestmark = pytest.mark.xdist_group("corpus")

with (DATA / "good" / "gewoon.csv").open(encoding="utf-8", newline="") as _file:
    HEADER, *ROWS = csv.reader(_file, delimiter=";")
NUMBERS = ["jaar", "geboorten", "te_vroeg", "thuis_percentage"]
COUNTS = NUMBERS[:3]
MARKERS = {"", "n.b.", "<10"}
SETTINGS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

anywhere = st.integers(0, len(ROWS) - 1)
# no signs that the reader refuses before it looks at cells
words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffdÂÃâ"),
    min_size=1, max_size=12,
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A delivery with one fault, and the rules of which one must name it."""

    kind: str
    content: bytes
    rules: frozenset[str]
    cells: frozenset[tuple[str, int]] = frozenset()
    """Region and year, where the rest of the delivery may be good."""


Kind = Callable[[], st.SearchStrategy[Fault]]


def _fault(kind: str, table: list[list[str]], *rules: str, row: int | None = None) -> Fault:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(table)
    cells = frozenset(
        [(_cell(row, "regiocode"), int(_cell(row, "jaar")))] if row is not None else []
    )
    return Fault(kind, out.getvalue().encode(), frozenset(rules), cells)


def _table() -> list[list[str]]:
    return [list(HEADER), *map(list, ROWS)]


def _with(row: int, column: str, value: str) -> list[list[str]]:
    table = _table()
    table[row + 1][HEADER.index(column)] = value
    return table


def _cell(row: int, column: str) -> str:
    return ROWS[row][HEADER.index(column)]


@st.composite
def no_number(draw: st.DrawFn) -> Fault:
    column = draw(st.sampled_from(NUMBERS))
    good = r"-?[0-9]*(,[0-9]+)?" if column == "thuis_percentage" else r"-?[0-9]{1,15}"
    value = draw(
        words.filter(lambda v: v.strip() not in MARKERS and not re.fullmatch(good, v.strip()))
    )
    return _fault("no number", _with(draw(anywhere), column, value), "STR-TYPE")


@st.composite
def nearly_a_number(draw: st.DrawFn) -> Fault:
    row, column = draw(anywhere), draw(st.sampled_from(COUNTS))
    value = _cell(row, column)
    spoil = draw(
        st.sampled_from([
            lambda v: f"{v[:-1]}.{v[-1]}", lambda v: f"{v[:-1]},{v[-1]}", lambda v: f"{v} {v[-1]}",
            lambda v: v + "%", lambda v: v + "*", lambda v: v + "e1", lambda v: f"({v})",
            lambda v: f"+{v}", lambda v: f"{v}_0", lambda v: f"€{v}", lambda v: f"{v} stuks",
            lambda v: f"0x{v}", lambda v: v + "\u200b", lambda v: f"'{v}", lambda v: f"<{v}",
        ])
    )  # fmt: skip
    return _fault("nearly a number", _with(row, column, spoil(value)), "STR-TYPE")


@st.composite
def no_code(draw: st.DrawFn) -> Fault:
    value = draw(words.filter(lambda v: v.strip()[:2] not in ("NL", "GM", "WK")))
    table = _with(draw(anywhere), "regiocode", value)
    # a code that begins like a formula or cannot be seen is refused for that
    return _fault("no code", table, "STR-REGION", "STR-TYPE")


@st.composite
def runs_elsewhere(draw: st.DrawFn) -> Fault:
    column = draw(st.sampled_from(["regiocode", "regionaam", "toelichting"]))
    lead = draw(st.sampled_from(["=", "@", "+cmd|'", "-1+1|A1(", "<script>", "<a href=x>", "<!--"]))
    table = _with(draw(anywhere), column, lead + draw(words))
    return _fault("runs elsewhere", table, "STR-TYPE")


@st.composite
def other_fields(draw: st.DrawFn) -> Fault:
    table, row = _table(), draw(anywhere) + 1
    if draw(st.booleans()):
        table[row].insert(draw(st.integers(0, len(HEADER))), "x")
        return _fault("a field more", table, "STR-FIELDS")
    del table[row][draw(st.integers(0, len(HEADER) - 1))]
    return _fault("a field less", table, "STR-TRUNCATED")


@st.composite
def other_columns(draw: st.DrawFn) -> Fault:
    table, place = _table(), draw(st.integers(0, len(HEADER) - 2))
    kind = draw(st.sampled_from(["gone", "twice", "renamed", "unknown"]))
    for row in table:
        if kind == "gone":
            del row[place]
        elif kind == "twice":
            row.append(row[place])
        elif kind == "unknown":
            row.append("x")
    if kind == "renamed":
        name = draw(words.map(str.strip).filter(lambda v: v not in (*HEADER, "opmaak")))
        table[0][place] = name
    return _fault(f"a column {kind}", table, "STR-COLUMN")


@st.composite
def other_unit(draw: st.DrawFn) -> Fault:
    table = _table()
    place = HEADER.index("thuis_percentage")
    change: Callable[[str], str] = draw(
        st.sampled_from([
            lambda v: v + "%", lambda v: v.replace(",", "."), lambda v: v.replace(",", ".") + ",0",
            lambda v: v + " procent", lambda v: "1." + v.rjust(5, "0"),
        ])
    )  # fmt: skip
    for row in draw(st.sets(anywhere, min_size=1, max_size=5)):
        table[row + 1][place] = change(table[row + 1][place])
    return _fault("another unit or decimal sign", table, "STR-TYPE")


@st.composite
def no_year(draw: st.DrawFn) -> Fault:
    return _fault("no year", _with(draw(anywhere), "jaar", ""), "STR-TYPE")


@st.composite
def wrong_bytes(draw: st.DrawFn) -> Fault:
    content = _fault("", _table()).content
    place = draw(st.integers(1, len(content) - 1))
    kind, bad = draw(
        st.sampled_from([
            ("a byte that no UTF-8 has", b"\xff"), ("a Latin letter", b"\xeb"), ("a zero", b"\x00"),
            ("a letter encoded twice", "é".encode().decode("latin-1").encode()),
            ("a lost letter", "\ufffd".encode()),
        ])
    )  # fmt: skip
    spoilt = content[:place] + bad + content[place:]
    return Fault(kind, spoilt, frozenset({"STR-ENCODING", "STR-FORMAT"}))


READING = (
    no_number, nearly_a_number, no_code, runs_elsewhere, other_fields, other_columns, other_unit,
    no_year, wrong_bytes,
)  # fmt: skip


@pytest.mark.parametrize("kind", READING, ids=lambda kind: kind.__name__)
@settings(SETTINGS, max_examples=10)
@given(data=st.data())
def test_refused_when_it_is_read(
    kind: Kind, data: st.DataObject, house: Watched, known: set[str], tmp_path: Path
) -> None:
    fault = data.draw(kind())
    note(f"{fault.kind}: {fault.content!r}")
    file = tmp_path / "proef_telling_fout.csv"
    file.write_bytes(fault.content)
    with pytest.raises(RejectedDelivery) as caught:
        conform(file, house.catalog.sources["proef_telling"], known)
    assert caught.value.rule in fault.rules
    assert caught.value.place
    assert caught.value.remedy


@st.composite
def unknown_region(draw: st.DrawFn) -> Fault:
    row = draw(anywhere)
    code = _cell(row, "regiocode")
    other = draw(
        st.one_of(
            st.from_regex(r"(NL|GM|WK)[0-9A-Z]{1,6}", fullmatch=True),
            st.sampled_from(
                [code.lower().replace(code[:2].lower(), code[:2]), code[:2] + code[3:]]
            ),
        ).filter(lambda v: v not in {r[1] for r in ROWS})
    )
    return _fault("unknown region", _with(row, "regiocode", other), "CONTRACT-REGION")


@st.composite
def other_year(draw: st.DrawFn) -> Fault:
    year = draw(st.one_of(st.integers(-9999, 1999), st.integers(2101, 99_999)))
    return _fault("another year", _with(draw(anywhere), "jaar", str(year)), "CONTRACT-JAAR")


@st.composite
def double_row(draw: st.DrawFn) -> Fault:
    table = _table()
    table.insert(draw(st.integers(1, len(table))), list(ROWS[draw(anywhere)]))
    return _fault("double row", table, "PRF-KEY")


@st.composite
def row_gone(draw: st.DrawFn) -> Fault:
    table, row = _table(), draw(anywhere)
    del table[row + 1]
    rule = "CONTRACT-REFERENCE" if _cell(row, "regiocode") == "NL99" else "PRF-COMPLETE"
    return _fault("row gone", table, rule)


@st.composite
def below_zero(draw: st.DrawFn) -> Fault:
    column = draw(st.sampled_from(["geboorten", "te_vroeg"]))
    value = str(-draw(st.integers(1, 999_999)))
    rules = ("PRF-RANGE", "CONTRACT-GEBOORTEN")
    row = draw(anywhere)
    return _fault("below zero", _with(row, column, value), *rules, row=row)


@st.composite
def above_the_whole(draw: st.DrawFn) -> Fault:
    row = draw(anywhere)
    value = int(_cell(row, "geboorten")) + draw(st.integers(1, 10**6))
    return _fault("above the whole", _with(row, "te_vroeg", str(value)), "PRF-PART")


@st.composite
def parts_above_the_whole(draw: st.DrawFn) -> Fault:
    row = draw(anywhere.filter(lambda n: _cell(n, "regiocode").startswith("WK")))
    column = draw(st.sampled_from(["geboorten", "te_vroeg"]))
    value = int(_cell(row, column)) + draw(st.integers(1, 100))
    table = _with(row, column, str(value))
    return _fault("parts above the whole", table, "CONTRACT-PARTS", row=row)


@st.composite
def fraction_for_percentage(draw: st.DrawFn) -> Fault:
    row = draw(anywhere)
    share = float(_cell(row, "thuis_percentage").replace(",", "."))
    factor = draw(st.sampled_from([0.01, 0.001, 10, 100]))
    value = f"{share * factor:.4f}".replace(".", ",")
    return _fault("fraction", _with(row, "thuis_percentage", value), "PRF-PERCENT")


@st.composite
def not_filled_in(draw: st.DrawFn) -> Fault:
    marker = draw(st.sampled_from(sorted(MARKERS)))
    return _fault("not filled in", _with(draw(anywhere), "geboorten", marker), "PRF-FILLED")


@st.composite
def swapped_columns(draw: st.DrawFn) -> Fault:
    table = _table()
    # names and notes are words, which no rule can tell apart
    one, two = draw(st.permutations(HEADER[:-1]).map(lambda names: names[:2]))
    table[0] = [{one: two, two: one}.get(name, name) for name in HEADER]
    return _fault(
        f"'{one}' and '{two}' swapped", table,
        "STR-TYPE", "STR-REGION", "CONTRACT-JAAR", "PRF-PART", "PRF-PERCENT",
    )  # fmt: skip


@st.composite
def cut_off(draw: st.DrawFn) -> Fault:
    content = _fault("", _table()).content
    kept = content[: draw(st.integers(1, len(content) - 2))]
    rules = {
        "STR-COLUMN", "STR-TRUNCATED", "STR-EMPTY", "STR-ENCODING", "PRF-COMPLETE",
        "CONTRACT-COVERAGE", "CONTRACT-REFERENCE",
    }  # fmt: skip
    return Fault("cut off", kept, frozenset(rules))


CONTENT = (
    unknown_region, other_year, double_row, row_gone, below_zero, above_the_whole,
    parts_above_the_whole, fraction_for_percentage, not_filled_in, swapped_columns, cut_off,
)  # fmt: skip


@pytest.mark.parametrize("kind", CONTENT, ids=lambda kind: kind.__name__)
@settings(SETTINGS, max_examples=3)
@given(data=st.data())
def test_stopped_at_the_gate(
    kind: Kind, data: st.DataObject, house: Watched, tmp_path: Path
) -> None:
    """Whole, or the cells that the rule names: the others may be good."""
    fault = data.draw(kind())
    note(f"{fault.kind}: {fault.content!r}")
    file = tmp_path / "proef_telling_fout.csv"
    file.write_bytes(fault.content)
    try:
        judged = receive.ingest(file, house.catalog, house.settings, "proef_telling")
    except RejectedDelivery as error:
        refused = error.rule
    else:
        refused = ""
    if refused:
        assert refused in fault.rules
        return
    failed = [r for r in judged.results if r.outcome == "failed" and r.severity == "critical"]
    seen = [result for result in failed if result.id in fault.rules]
    assert seen, [result.id for result in failed]
    if judged.verdict != "quarantined":
        assert judged.verdict == "accepted_with_warnings"
        stopped = {(p.region, p.period_start) for result in seen for p in result.parts}
        assert fault.cells
        assert fault.cells <= stopped
