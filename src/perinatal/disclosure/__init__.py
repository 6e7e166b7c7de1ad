"""What may leave: the publication plan, Shown or Withheld, and the protection of small numbers."""

from perinatal.disclosure.plan import blocks, planned
from perinatal.disclosure.protect import SHOWN, Relation, close, unsafe
from perinatal.disclosure.published import Published, Shown, Withdrawn, Withheld

__all__ = [
    "SHOWN",
    "Published",
    "Relation",
    "Shown",
    "Withdrawn",
    "Withheld",
    "blocks",
    "close",
    "planned",
    "unsafe",
]
