"""The logo of the organisation, as each output can take it."""

from __future__ import annotations

from base64 import b64decode
from typing import Literal

from perinatal.startfoto.document import Startfoto

_PIXELS_PER_INCH = 288.0


def logo(document: Startfoto) -> tuple[Literal["svg", "png"], bytes] | None:
    """Kind and bytes of the logo; None without one."""
    if document.style is None or not document.style.logo:
        return None
    head, _, body = document.style.logo.partition(";base64,")
    return ("svg" if "svg" in head else "png"), b64decode(body)


def logo_png(document: Startfoto) -> bytes | None:
    """The logo as a picture of points, for slides: these take no SVG."""
    found = logo(document)
    if found is None or found[0] == "png":
        return found and found[1]
    import typst

    page = (
        "#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
        '#image(bytes(sys.inputs.logo), format: "svg", height: 40pt)'
    )
    made = typst.compile(
        page.encode(), format="png", ppi=_PIXELS_PER_INCH,
        sys_inputs={"logo": found[1].decode("utf-8")}, ignore_system_fonts=True,
    )  # fmt: skip
    return made if isinstance(made, bytes) else None
