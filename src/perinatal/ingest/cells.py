"""Delivered text on the contract's types, and what to do about cells that do not fit.

A message names the kind of fault and never the value: it travels by mail.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from perinatal.catalog import Source
from perinatal.catalog.contracts import Column
from perinatal.ingest.readers import Table, refuse

# fifteen digits: beyond them a stored number is no longer the written one
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_MONTH = r"jan|feb|mrt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec"
_DATE = re.compile(
    rf"\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}.*|\d{{1,4}}[-/ .]?({_MONTH})[a-z]*[-/ .]?\d*"
    rf"|({_MONTH})[a-z]*[-/ .]\d{{2,4}}",
    re.IGNORECASE,
)
_DATE_HINT = (
    "A date stands there; Excel makes dates of codes and numbers: give the column the format Text."
)
_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r".*[%‰].*"), "Remove the percent signs; the contract says what the column holds."),
    (
        re.compile(r"[+-]?\d{1,3}([.,'’ \u00a0\u202f]\d{3})+([.,]\d+)?"),
        "Remove the signs between the thousands, or mend 'decimal' in the contract.",
    ),
    (re.compile(r"[+-]?[\d.,]+[eE][+-]?\d+"), "Write the number in full, without an exponent."),
    (re.compile(r"[+-]?\d*[.,]\d+"), "Mend the decimals, or 'decimal' or 'type' in the contract."),
    (re.compile(r"#.*"), "Mend the formula that gives an error."),
    (_DATE, _DATE_HINT),
)
_MARKER = "Mend the cell, or add the marker to 'missing' or 'withheld' in the contract."

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ue000-\uf8ff\ufff0-\uffff]"
)
_FORMULA = re.compile(r"[=@]|[+-].*[(|!]")
_TAG = re.compile(
    r"<\s*/?\s*(a|b|base|body|br|div|embed|form|h[1-6]|head|html|i|iframe|img|input|link|math"
    r"|meta|object|p|script|span|style|svg|table|td|tr|u|video)\b|<!|<\?|javascript:",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"[;<>=|{}\\^~@$#`\n\r\t]|--")


def typed(
    file: Path, table: Table, column: Column, source: Source
) -> pd.Series[float] | pd.Series[str]:
    """One column as numbers or as text, with NaN where a marker stands; text stays categorical.

    Raises:
        RejectedDelivery: naming column and lines.
    """
    text = table.frame[column.name]
    words = pd.Series(text.cat.categories, dtype="str")
    empty = words.isin([*source.missing, *source.withheld])
    if column.type == "text":
        _check_words(file, table, column, source, words[~empty])
        return cast("pd.Series[str]", text.cat.remove_categories(words[empty]))
    pattern = _INTEGER
    if column.type == "decimal":
        pattern = re.compile(rf"-?[0-9]*(?:{re.escape(source.decimal)}[0-9]+|(?<=[0-9]))")
    fits = words.map(lambda word: bool(pattern.fullmatch(word))).astype(bool)
    wrong = text.isin(words[~empty & ~fits])
    if wrong.any():
        kind = "a whole number" if column.type == "integer" else f"a number with '{source.decimal}'"
        refuse(
            file,
            table.place(column.name, wrong),
            f"is not {kind}.",
            f"{kind}, or a marker for missing.",
            _hint(text[wrong].iloc[0]),
            "STR-TYPE",
        )
    number = words.where(fits & ~empty).str.replace(source.decimal, ".", regex=False)
    # bounds are left to the suites: they quarantine with keys, a wrong type cannot be judged
    numbers = pd.to_numeric(number).to_numpy(np.float64)
    return pd.Series(numbers[text.cat.codes], index=text.index)


def _hint(cell: str) -> str:
    return next((hint for pattern, hint in _HINTS if pattern.fullmatch(cell)), _MARKER)


def _check_words(
    file: Path, table: Table, column: Column, source: Source, words: pd.Series[str]
) -> None:
    """Text that a spreadsheet, a browser or a database would run, and signs that nobody sees."""
    text = table.frame[column.name]
    named = source.region is not None and column.name == source.region.label_column
    for pattern, problem, remedy in (
        (_INVISIBLE, "holds a sign that cannot be seen.", "Type the cell again."),
        (_FORMULA, "begins like a formula.", "Deliver the value, not the formula."),
        (_TAG, "holds HTML.", "Deliver plain text."),
        (_NO_NAME, "holds signs that no name of a region has.", "Deliver the name alone."),
    ):
        if pattern is _NO_NAME and not named:
            continue
        search = pattern.match if pattern is _FORMULA else pattern.search
        wrong = text.isin([word for word in words if search(word)])
        if wrong.any():
            refuse(
                file, table.place(column.name, wrong), problem, "plain text.", remedy, "STR-TYPE"
            )


def code_hint(cell: str, levels: tuple[str, ...]) -> str:
    """What went wrong with a code or word for a level that the contract does not know."""
    if cell.upper().startswith(levels):
        return "Write the codes in capitals."
    if _DATE.fullmatch(cell):
        return _DATE_HINT
    if re.fullmatch(r"[0-9.,]+", cell):
        return (
            "The letters before the number, and perhaps leading zeros, are lost: give the column "
            "the format Text."
        )
    if re.match(r"totaal|total|bron|source|\*", cell, re.IGNORECASE):
        return "Remove totals and footers, or name them in 'skip_rows' in the contract."
    return "Mend the code (letters and leading zeros count) or 'region.levels'."
