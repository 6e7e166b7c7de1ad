"""The drawings: pure functions from the document's models to SVG.

A drawing only places: it computes no statistics, and what is not shown has no place in it.
"""

from perinatal.startfoto.charts.births import births
from perinatal.startfoto.charts.dots import dot_interval, names_without_figure, pages
from perinatal.startfoto.charts.funnel import funnel
from perinatal.startfoto.charts.gap import gap
from perinatal.startfoto.charts.guide import reading_guide
from perinatal.startfoto.charts.maps import backdrop, map_figure
from perinatal.startfoto.charts.spread import spread
from perinatal.startfoto.charts.strips import no_strip, strip
from perinatal.startfoto.charts.trends import trend
from perinatal.startfoto.signs import swatch

__all__ = [
    "backdrop",
    "births",
    "dot_interval",
    "funnel",
    "gap",
    "map_figure",
    "names_without_figure",
    "no_strip",
    "pages",
    "reading_guide",
    "spread",
    "strip",
    "swatch",
    "trend",
]
