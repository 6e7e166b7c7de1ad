"""Reads one SPSS file from standard input and writes its columns as JSON; run as a script.

A process of its own, because the C library behind pyreadstat can crash on a damaged file, and a
delivered file must never take the whole run with it.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress

_MEMORY = 4_000_000_000


def main(max_bytes: int) -> None:
    """Write names, SPSS formats and columns (text, or numbers with null for missing)."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    import pyreadstat

    data = sys.stdin.buffer.read()
    _, about = pyreadstat.read_sav(io.BytesIO(data), metadataonly=True, user_missing=True)
    # a compressed file declares its rows, and may lie: read no more than fit
    most = max_bytes // (sum(about.variable_storage_width.values()) or 8)
    columns, about = pyreadstat.read_sav(
        io.BytesIO(data),
        row_limit=most + 1,
        user_missing=True,
        disable_datetime_conversion=True,
        output_format="dict",
    )
    cells = [
        [None if value is None or value != value else value for value in list(column)]
        for column in columns.values()
    ]
    found = {
        "names": list(columns),
        "formats": about.original_variable_types,
        "columns": cells,
        "too_large": bool(cells) and len(cells[0]) > most,
    }
    json.dump(found, sys.stdout, default=float)


if __name__ == "__main__":
    main(int(sys.argv[1]))
