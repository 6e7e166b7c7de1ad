"""From a delivered file to its bytes: the name, the size and the packing are judged here.

An archive is never written out: its members are read in memory, up to what they declare, and what
they declare is judged before.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from perinatal.catalog import Source
from perinatal.ingest.readers.refusal import AGAIN, refuse

_HIGHEST_RATIO = 100
_SMALL = 100_000  # bytes; a short file of blanks packs a thousand times and harms nobody
_FORMATS = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF",
    b"$FL2": "an SPSS file",
    b"$FL3": "a compressed SPSS file (zsav)",
    b"SQLite format 3": "a GeoPackage or SQLite file",
}
_MAGIC = {"xlsx": b"PK\x03\x04", "sav": b"$FL2"}
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# zipfile raises all of these on archives that are cut or spoilt
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError, OSError, struct.error,
)  # fmt: skip
_HTML = (b"<html", b"<!doctype", b"<table", b"<?xml")
# what leads a program elsewhere, or is run by it, when a name is used without thought
_BAD_NAME = re.compile(r"^[=+@.-]|\.\.|[/\\:*?\"<>|%$`;]")


def read_bytes(file: Path, source: Source) -> bytes:
    """The file's bytes, out of their gz or zip, in the contract's format.

    Raises:
        RejectedDelivery: empty, too large, cut off, or another format than it claims.
    """
    data = unpack(file, source)
    _check_format(file, data, source)
    return data


def unpack(file: Path, source: Source) -> bytes:
    """The file's bytes, out of their gz or zip; never more than the contract's limit.

    Raises:
        RejectedDelivery: empty, too large or cut off.
    """
    _check_name(file)
    if file.stat().st_size > _limit(source):
        _too_large(file, "is larger than the contract allows.", source)
    data = file.read_bytes()
    if file.suffix.lower() == ".gz":
        data = _gunzip(file, data, source)
    elif file.suffix.lower() == ".zip":
        data = _unzip(file, data, source)
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        refuse(file, "file", "is empty.", f"a {source.format} file with rows.", AGAIN, "STR-EMPTY")
    return data


def _limit(source: Source) -> int:
    return int(source.max_megabytes * 1_000_000)


def _too_large(file: Path, problem: str, source: Source) -> NoReturn:
    refuse(
        file,
        "file",
        problem,
        f"at most {source.max_megabytes:g} MB.",
        "Ask for a smaller delivery or raise 'max_megabytes'.",
        "STR-SIZE",
    )


def _check_name(file: Path) -> None:
    name = file.name
    hidden = any(unicodedata.category(sign)[0] == "C" for sign in name)
    if hidden or _BAD_NAME.search(name):
        refuse(
            file,
            "file name",
            "begins like a formula or holds signs that belong to a path or a program.",
            "letters, digits, spaces, dots, hyphens and brackets.",
            "Rename the file and deliver it again.",
            "STR-FORMAT",
        )


def _bomb(file: Path) -> NoReturn:
    refuse(
        file,
        "file",
        f"unpacks to more than {_HIGHEST_RATIO} times its size.",
        "an ordinary archive.",
        "Do not open it. Ask the sender to deliver the data unpacked.",
        "STR-SIZE",
    )


def _room(packed: int) -> int:
    """What a packed file of this size may unpack to."""
    return max(_SMALL, _HIGHEST_RATIO * packed)


def _gunzip(file: Path, data: bytes, source: Source) -> bytes:
    # the size that a gzip file declares is nothing to go by: it stands at the end and may lie
    limit, room = _limit(source), _room(len(data))
    try:
        with gzip.open(io.BytesIO(data)) as packed:
            content = packed.read(min(limit, room) + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        refuse(
            file,
            "file",
            "the gzip file is damaged or cut off.",
            "a whole gzip file.",
            AGAIN,
            "STR-TRUNCATED",
        )
    if len(content) > limit:
        _too_large(file, "is too large once unpacked.", source)
    if len(content) > room:
        _bomb(file)
    return content


def _unzip(file: Path, data: bytes, source: Source) -> bytes:
    found = [(name, content) for name, content in members(file, data, source) if content]
    if len(found) != 1:
        refuse(
            file,
            "file",
            f"the zip file holds {len(found)} files.",
            "exactly one file in it.",
            "Deliver each file by itself.",
            "STR-FORMAT",
        )
    return found[0][1]


def members(file: Path, data: bytes, source: Source) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a zip archive, judged before anything is unpacked.

    Raises:
        RejectedDelivery: damaged, locked, too large by what it declares, or with names that lead
            outside the archive.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except _DAMAGE:
        _damaged(file)
    if sum(entry.file_size for entry in entries) > _limit(source):
        _too_large(file, "is too large once unpacked.", source)
    names = [entry.filename for entry in entries]
    for entry in entries:
        if entry.file_size > _room(entry.compress_size):
            _bomb(file)
        parts = entry.filename.replace("\\", "/").split("/")
        if entry.flag_bits & 1:
            refuse(
                file,
                "file",
                "is locked with a password.",
                "a file without a password.",
                "Ask the sender for an unlocked file over a safe channel.",
                "STR-FORMAT",
            )
        if ".." in parts or parts[0] == "" or ":" in parts[0] or names.count(entry.filename) > 1:
            refuse(
                file,
                "file",
                "holds a file whose name is double or leads outside the archive.",
                "plain names.",
                "Do not open it. Ask the sender how it was made.",
                "STR-FORMAT",
            )
    for entry in entries:
        if entry.is_dir():
            continue
        try:
            # zipfile stops at the declared size and then compares the checksum
            yield entry.filename, archive.read(entry)
        except _DAMAGE:
            _damaged(file)


def _damaged(file: Path) -> NoReturn:
    refuse(
        file,
        "file",
        "the archive is damaged or cut off.",
        "a whole file.",
        AGAIN,
        "STR-TRUNCATED",
    )


def _check_format(file: Path, data: bytes, source: Source) -> None:
    wanted = _MAGIC.get(source.format)
    if wanted is not None and data.startswith(wanted):
        return
    name = next((name for magic, name in _FORMATS.items() if data.startswith(magic)), None)
    if name == "an old Excel file" and _ENCRYPTED in data:
        refuse(
            file,
            "file",
            "is an Excel file locked with a password.",
            f"a {source.format} file without a password.",
            "Ask the sender to take the password off and deliver it over a safe channel.",
            "STR-FORMAT",
        )
    if name is not None:
        refuse(
            file,
            "file",
            f"is {name}, not {source.format}.",
            f"a {source.format} file.",
            f"Save it as {source.format} and deliver it again, or mend 'format' in the contract.",
            "STR-FORMAT",
        )
    html = data.lstrip(b" \t\r\n" + codecs.BOM_UTF8)[:14].lower().startswith(_HTML)
    if wanted is not None:
        refuse(
            file,
            "file",
            "is a web page in disguise." if html else f"is no {source.format} file.",
            f"a {source.format} file.",
            f"Save it as {source.format} and deliver it again, or mend 'format' in the contract.",
            "STR-FORMAT",
        )
    if html or b"\x00" in data:
        refuse(
            file,
            "file",
            f"is not a {source.format} text file.",
            f"a {source.format} file.",
            f"Export it as {source.format} (UTF-8) and deliver it again.",
            "STR-FORMAT",
        )
