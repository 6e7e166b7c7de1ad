"""What may leave: the publication plan, Shown or Withheld, and the protection of small numbers."""

from perinatal.disclosure.plan import blocks, planned
from perinatal.disclosure.protect import ADDED, BY_RULE, SHOWN, Cell, Secured, Sum, secure, unsafe
from perinatal.disclosure.published import Published, Shown, Withdrawn, Withheld

__all__ = [
    "ADDED",
    "BY_RULE",
    "SHOWN",
    "Cell",
    "Published",
    "Secured",
    "Shown",
    "Sum",
    "Withdrawn",
    "Withheld",
    "blocks",
    "planned",
    "secure",
    "unsafe",
]
