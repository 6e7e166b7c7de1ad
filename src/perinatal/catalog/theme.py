"""What an organisation sets of the looks: its name, colour, logo and how to reach it."""

from __future__ import annotations

import struct
from base64 import b64encode
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

from pydantic import StringConstraints

from perinatal.catalog.models import Entry, Text
from perinatal.errors import CatalogError

THEME_FILE = "theme.yaml"
_LARGEST = 300_000
"""Bytes of a logo: it stands inside every page, which travels by mail."""
_PNG = b"\x89PNG\r\n\x1a\n"


class Theme(Entry):
    """``theme.yaml`` of a catalogue folder. Meaning (signs, intervals, maps) never follows it."""

    name: Text
    """The organisation, as a reading voice says it for the logo."""
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None
    logo: Text | None = None
    """An SVG or PNG file beside this one."""
    contact: Text | None = None
    """Whom a reader can turn to, as it stands after 'Neem contact op met'."""
    lines: tuple[Text, ...] = ()
    """Address, telephone, imprint: as they are printed."""


def read_logo(file: Path) -> str:
    """A logo as a ``data:`` address.

    Raises:
        CatalogError: no such file, no SVG or PNG, too large, or an SVG that fetches or runs things.
    """

    def fault(text: str) -> CatalogError:
        return CatalogError([f"{THEME_FILE}: logo: {file.name}: {text}"])

    if not file.is_file():
        raise fault(f"no such file beside {THEME_FILE}.")
    content = file.read_bytes()
    if len(content) > _LARGEST:
        raise fault(f"{len(content):,} bytes; at most {_LARGEST:,} (it stands in every page).")
    if content.startswith(_PNG) and len(content) > 24:
        if 0 in struct.unpack(">II", content[16:24]):
            raise fault("the picture has no width or height.")
        return f"data:image/png;base64,{b64encode(content).decode('ascii')}"
    if b"<!" in content.replace(b"<!--", b""):
        raise fault("an SVG with a DOCTYPE or entities: save it as plain SVG.")
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        raise fault("neither PNG nor SVG. Save the logo as one of these.") from None
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise fault("XML, but no SVG.")
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        if name in ("script", "foreignObject"):
            raise fault(f"holds <{name}>: save it as plain SVG.")
        for attribute, value in element.attrib.items():
            to = attribute.rpartition("}")[2]
            if to.startswith("on") or (to == "href" and not value.startswith(("#", "data:image/"))):
                raise fault(f"{to}='{value[:40]}' reaches outside the picture or runs something.")
    return f"data:image/svg+xml;base64,{b64encode(content).decode('ascii')}"
