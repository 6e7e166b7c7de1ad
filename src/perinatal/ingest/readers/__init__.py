"""Read a delivered file as it is: every cell as text, every row with its place in the file."""

from __future__ import annotations

from pathlib import Path

from perinatal.catalog import Source
from perinatal.ingest.readers.delimited import read_csv
from perinatal.ingest.readers.excel import read_xlsx
from perinatal.ingest.readers.geojson import read_geojson
from perinatal.ingest.readers.refusal import refuse
from perinatal.ingest.readers.spss import read_sav
from perinatal.ingest.readers.table import LINE, Table

__all__ = ["LINE", "Table", "read_geojson", "read_table", "refuse"]

_READERS = {"csv": read_csv, "xlsx": read_xlsx, "sav": read_sav}


def read_table(file: Path, source: Source) -> Table:
    """All cells as text, columns of the contract only; the same for the same content in any format.

    Raises:
        RejectedDelivery: naming the place, what was expected and what to do.
    """
    return _READERS[source.format](file, source)
