"""Documents in which one thing is another: what a checker of the true one must find."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from random import Random
from typing import Any
from zipfile import ZipFile

from perinatal.startfoto.document import Startfoto, Variant
from perinatal.startfoto.readback import check_page
from perinatal.startfoto.readback_files import check_csv, check_pdf, check_slides, check_workbook
from perinatal.startfoto.render_csv import render_csv
from perinatal.startfoto.render_html import render_html
from perinatal.startfoto.render_pdf import render_pdf
from perinatal.startfoto.render_pptx import render_pptx
from perinatal.startfoto.render_xlsx import render_xlsx

Check = Callable[[Startfoto, Any], None]
_HIDDEN = {"reference_id", "region", "path", "outline", "id", "indicator", "anchor", "made_at",
           "evidence", "rule", "label", "schema_version", "area_id", "logo", "kind",
           "colours", "code"}  # fmt: skip
"""Fields that no reader sees, or sees as an address only."""
_VARIANTS: tuple[Variant, ...] = ("volledig", "bestuurlijk", "bewoners")

FORMS: dict[str, tuple[Callable[[Startfoto], Any], Check]] = {
    "csv": (render_csv, check_csv),
    "xlsx": (render_xlsx, check_workbook),
    "pptx": (render_pptx, check_slides),
    **{
        f"html {variant}": (partial(render_html, variant=variant),
                            partial(check_page, variant=variant))
        for variant in _VARIANTS
    },
    **{
        f"pdf {variant}": (partial(render_pdf, variant=variant),
                           partial(check_pdf, variant=variant))
        for variant in _VARIANTS
    },
}  # fmt: skip
"""Every output: what draws it, and what reads it back."""


def content(drawn: Any) -> object:
    """What is in a file, without the moment that an archive was packed."""
    if isinstance(drawn, bytes) and drawn.startswith(b"PK"):
        with ZipFile(io.BytesIO(drawn)) as parts:
            return {name: parts.read(name) for name in parts.namelist()}
    return drawn


def _texts(part: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a text that is printed, as what holds it and its key."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if key in _HIDDEN:
            continue
        if isinstance(value, str):
            yield part, key
        elif isinstance(value, dict | list):
            yield from _texts(value)


def _digit(text: str, dice: Random) -> str:
    place = dice.choice([at for at, letter in enumerate(text) if letter.isdigit()])
    other = dice.choice([digit for digit in "0123456789" if digit != text[place]])
    return text[:place] + other + text[place + 1 :]


def one_digit(document: dict[str, Any], dice: Random) -> None:
    """Of any text that is printed."""
    _change_a_digit(_texts(document), dice)


def _change_a_digit(texts: Iterable[tuple[Any, Any]], dice: Random) -> None:
    places = [(part, key) for part, key in texts if any(map(str.isdigit, part[key]))]
    part, key = dice.choice(places)
    part[key] = _digit(part[key], dice)


def digit_in_a_finding(document: dict[str, Any], dice: Random) -> None:
    """Of what every variant says of a subject that is not about deaths."""
    key = {card["indicator"] for card in document["cards"] if not card["sensitive"]}
    findings = [one for one in document["chapters"] if one["id"] in key and one["precision"]]
    told = dice.choice(findings)
    row = told["strip"]["row"]
    _change_a_digit([(told["precision"], "text"), (row, "estimate_text")], dice)


def _areas(document: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    for chapter in document["chapters"]:
        if chapter["areas"] and not chapter["sensitive"]:
            yield chapter["areas"]["rows"]
        if len(chapter["members"]) > 1:
            yield chapter["members"]


def _shown(rows: list[dict[str, Any]]) -> list[int]:
    return [at for at, row in enumerate(rows) if at and row["published"]["kind"] == "shown"]


def _rows(document: dict[str, Any], dice: Random) -> tuple[list[dict[str, Any]], list[int]]:
    rows = dice.choice([rows for rows in _areas(document) if len(_shown(rows)) > 1])
    return rows, dice.sample(_shown(rows), 2)


_FIGURES = ("published", "births_text", "count_text", "estimate_text", "interval95_text",
            "interval998_text")  # fmt: skip


def one_sign(document: dict[str, Any], dice: Random) -> None:
    """A minus before a figure."""
    rows, (one, _) = _rows(document, dice)
    rows[one]["estimate_text"] = f"-{rows[one]['estimate_text']}"
    rows[one]["published"]["estimate"] *= -1


def swapped_rows(document: dict[str, Any], dice: Random) -> None:
    rows, (one, other) = _rows(document, dice)
    rows[one], rows[other] = rows[other], rows[one]


def swapped_figures(document: dict[str, Any], dice: Random) -> None:
    """Names stay where they are."""
    rows, (one, other) = _rows(document, dice)
    for key in _FIGURES:
        rows[one][key], rows[other][key] = rows[other][key], rows[one][key]


def another_label(document: dict[str, Any], dice: Random) -> None:
    rows, (one, _) = _rows(document, dice)
    labels = [(label, word) for label, word, _ in document["account"]["labels"][:7]]
    others = [(label, word) for label, word in labels if word != rows[one]["word"]]
    rows[one]["label"], rows[one]["word"] = dice.choice(others)


def dropped_row(document: dict[str, Any], dice: Random) -> None:
    rows, (one, _) = _rows(document, dice)
    del rows[one]


def dropped_sentence(document: dict[str, Any], dice: Random) -> None:
    lists = [chapter["lead"] for chapter in document["chapters"]]
    lists += [chapter["caveats"] for chapter in document["chapters"]]
    lists += [document["unknowns"], document["questions"], document["left_out"],
              document["account"]["checks"]]  # fmt: skip
    lines = dice.choice([lines for lines in lists if lines])
    del lines[dice.randrange(len(lines))]


_NONE = dict.fromkeys(_FIGURES, "") | {
    "published": {"kind": "withheld"}, "label": "GEEN_CIJFER", "word": "geen cijfer",
    "direction": 0,
}  # fmt: skip


def one_withheld(document: dict[str, Any], dice: Random) -> None:
    """Held against this one, the document itself has a number where none may be."""
    rows, (one, _) = _rows(document, dice)
    rows[one] |= _NONE


PLANTS = (
    one_digit, digit_in_a_finding, one_sign, swapped_rows, swapped_figures, another_label,
    dropped_row, dropped_sentence, one_withheld,
)  # fmt: skip


def planted(document: Startfoto, plant: Callable[..., None], dice: Random) -> Startfoto:
    """The document with one thing changed."""
    changed = document.model_dump(mode="json")
    plant(changed, dice)
    return Startfoto.model_validate_json(json.dumps(changed))
