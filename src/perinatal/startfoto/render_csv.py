"""All figures as an open file: CSV (RFC 4180) with its metadata beside it (W3C CSV on the Web)."""

from __future__ import annotations

import csv
import io
import json

from perinatal.startfoto.document import Startfoto
from perinatal.startfoto.figures import COLUMNS, Value, figures

_COMMANDS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def render_csv(document: Startfoto) -> bytes:
    """UTF-8, comma between cells, point in numbers; an empty cell is no figure."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.name for column in COLUMNS])
    for row in figures(document):
        writer.writerow([harmless(value) for value in row])
    return out.getvalue().encode("utf-8")


def harmless(value: Value) -> Value:
    """A text that a spreadsheet would calculate gets an apostrophe before it."""
    if isinstance(value, str) and value.startswith(_COMMANDS):
        return f"'{value}"
    return value


def csv_metadata(document: Startfoto, file_name: str) -> bytes:
    """What the columns mean, and whose figures they are.

    Args:
        file_name: of the CSV that it describes, in the same folder.
    """
    sources = document.account.sources
    about = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "nl"}],
        "url": file_name,
        "dc:title": f"{document.title}: alle cijfers",
        "dc:description": " ".join(document.notices),
        "dc:publisher": document.style.name if document.style else document.contact,
        "dc:created": document.edition.made_at,
        "dc:identifier": f"{document.edition.id}/{document.area_id}",
        "dc:rights": document.account.licence,
        "dc:source": [
            {
                "dc:title": note.title,
                "dc:publisher": note.publisher,
                "dc:license": note.licence,
                "dc:rights": note.attribution,
                "dc:identifier": note.delivery,
            }
            for note in sources
        ],
        "schema:version": document.edition.code_version,
        "dialect": {"header": True, "delimiter": ",", "encoding": "utf-8"},
        "tableSchema": {
            "columns": [
                {"name": c.name, "titles": c.name, "dc:description": c.title,
                 "datatype": c.datatype, "required": c.name in ("verwijzing", "stand")}
                for c in COLUMNS
            ],
            "primaryKey": "verwijzing",
        },
    }  # fmt: skip
    return (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
