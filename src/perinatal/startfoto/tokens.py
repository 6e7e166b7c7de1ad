"""Colours and sizes in one place: the style sheet, the drawings and the PDF read them here."""

from __future__ import annotations

from typing import Final

from perinatal.startfoto.document import LabelCode, Startfoto

FONT: Final = "Source Sans 3"

COLOURS: Final[dict[str, str]] = {
    "inkt": "#1F2A30",
    "inkt2": "#46535B",
    "inkt3": "#5F6B72",
    "merk": "#17545B",
    "merk-vlak": "#17545B",
    "merk-rand": "#17545B",
    "merk-donker": "#0F3D43",
    "merk-licht": "#2C6A71",
    "eigen": "#17545B",
    "hoger": "#8F4A0B",
    "hoger-midden": "#E3AD6F",
    "hoger-licht": "#F8E6D0",
    "lager": "#0F5C8C",
    "lager-midden": "#8DBBD9",
    "lager-licht": "#DBE9F3",
    "gelijk": "#3A4A53",
    "gelijk-licht": "#AEB9BE",
    "toeval": "#5A6872",
    "toeval-streep": "#7A868E",
    "ingetrokken": "#6E3B78",
    "ingetrokken-licht": "#F1E8F3",
    "zand1": "#FBF8F3",
    "zand2": "#F3ECE1",
    "zand3": "#E6DCCD",
    "lijn": "#D8CFC2",
    "as": "#8A847A",
    "arcering": "#8B9398",
    "rand": "#7B7468",
    "wit": "#FFFFFF",
    "concept": "#F2EADF",
}
"""An organisation's colour replaces ``merk`` (text), ``merk-vlak`` (opening), ``merk-rand`` (edges)
and ``merk-donker`` (footer); ``eigen``, its line in a drawing, and all that has a meaning stay."""


def colours_of(document: Startfoto) -> dict[str, str]:
    """The colours of a document: ours, and what its organisation replaces."""
    return COLOURS | dict(document.style.colours if document.style else ())


SIGN: Final[dict[LabelCode, str]] = {
    "GEEN_CIJFER": COLOURS["inkt3"],
    "INGETROKKEN": COLOURS["ingetrokken"],
    "KLEIN_MAAR_ECHT": COLOURS["inkt"],
    "DUIDELIJK_HOGER": COLOURS["hoger"],
    "WAARSCHIJNLIJK_HOGER": COLOURS["hoger"],
    "DUIDELIJK_LAGER": COLOURS["lager"],
    "WAARSCHIJNLIJK_LAGER": COLOURS["lager"],
    "ONGEVEER_GELIJK": COLOURS["gelijk"],
    "ONBESLIST": COLOURS["toeval"],
    "GEEN_VERGELIJKING": COLOURS["inkt2"],
}

INTERVAL: Final[dict[LabelCode, str]] = {
    **SIGN,
    "KLEIN_MAAR_ECHT": COLOURS["gelijk"],
    "ONBESLIST": COLOURS["toeval-streep"],
}
"""The lines of an interval: calmer than the sign where nothing was found."""

MAP_FILL: Final[dict[LabelCode, str]] = {
    "GEEN_CIJFER": COLOURS["wit"],
    "INGETROKKEN": COLOURS["wit"],
    "KLEIN_MAAR_ECHT": COLOURS["gelijk-licht"],
    "DUIDELIJK_HOGER": COLOURS["hoger"],
    "WAARSCHIJNLIJK_HOGER": COLOURS["hoger-midden"],
    "DUIDELIJK_LAGER": COLOURS["lager"],
    "WAARSCHIJNLIJK_LAGER": COLOURS["lager-midden"],
    "ONGEVEER_GELIJK": COLOURS["gelijk-licht"],
    "ONBESLIST": COLOURS["zand3"],
    "GEEN_VERGELIJKING": COLOURS["zand2"],
}

HATCHED: Final[frozenset[LabelCode]] = frozenset({"GEEN_CIJFER", "INGETROKKEN"})
SPEAKING: Final[frozenset[LabelCode]] = frozenset(
    {
        "KLEIN_MAAR_ECHT",
        "DUIDELIJK_HOGER",
        "DUIDELIJK_LAGER",
        "WAARSCHIJNLIJK_HOGER",
        "WAARSCHIJNLIJK_LAGER",
    }
)
"""Labels that earn a word and bold type in a figure of many areas."""

WIDE: Final = 640
PHONE: Final = 358
PRINT: Final = 482
"""Widths at which every chart is drawn anew, so that its text keeps its size."""


def contrast(first: str, second: str) -> float:
    """WCAG contrast of two colours written as ``#RRGGBB``."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
