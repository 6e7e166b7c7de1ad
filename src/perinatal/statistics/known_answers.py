"""How often a label comes, and how often it is wrong: every outcome enumerated, none drawn.

``python -m perinatal.statistics.known_answers > docs/known-answers.md`` writes the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from perinatal.statistics._checks import FloatArray
from perinatal.statistics._tails import reach
from perinatal.statistics.kinds import Kind
from perinatal.statistics.labels import Label, compare, expected_cases
from perinatal.statistics.power import (
    births_for_about_the_same,
    minimal_detectable_difference,
    years_until_seen,
)
from perinatal.statistics.trend_power import trend_power

HIGHER = (Label.DUIDELIJK_HOGER, Label.WAARSCHIJNLIJK_HOGER)
LOWER = (Label.DUIDELIJK_LAGER, Label.WAARSCHIJNLIJK_LAGER)
SAME = (Label.ONGEVEER_GELIJK, Label.KLEIN_MAAR_ECHT)
DIFFERENT = (*HIGHER, *LOWER, Label.KLEIN_MAAR_ECHT)
FEWEST_CASES = 10
_LEFT_OUT = 1e-12


@dataclass(frozen=True)
class Question:
    """An indicator as the label sees it; ``reference`` per 1."""

    name: str
    kind: Kind
    reference: float
    margin: float | None


@dataclass(frozen=True, eq=False)
class Chances:
    """Chances per number of births, arrays of shape (k,).

    ``shown`` counts a label only where at least ten cases and ten others are counted, as the
    policy ``rivm10`` asks; ``points`` is the direction that :func:`fixed_rule` gives.
    """

    births: NDArray[np.int64]
    label: dict[Label, FloatArray]
    shown: dict[Label, FloatArray]
    points: dict[int, FloatArray]

    def of(self, *labels: Label) -> FloatArray:
        """Chance of any of these labels if every count may be shown."""
        return np.asarray(sum(self.label[label] for label in labels))

    def of_shown(self, *labels: Label) -> FloatArray:
        """Chance that a cell is shown and bears one of these labels."""
        return np.asarray(sum(self.shown[label] for label in labels))


def fixed_rule(
    numerator: ArrayLike, denominator: ArrayLike, reference: ArrayLike
) -> NDArray[np.int64]:
    """The rule that the labels replace: 3 points of 100 apart, or 2 where both are under 10.

    Shapes: all broadcast together; 1, -1 or 0 for higher, lower or not different. Units: counts
    (births above 0) and a reference per 1.
    """
    percent = 100 * np.asarray(numerator, dtype=np.float64) / np.asarray(denominator)
    national = 100 * np.asarray(reference, dtype=np.float64)
    points = np.where((percent < 10) & (national < 10), 2.0, 3.0)
    away = percent - national
    return np.where(np.abs(away) >= points - 1e-9, np.sign(away), 0).astype(np.int64)


def enumerate_labels(
    kind: Kind, births: ArrayLike, reference: float, ratio: float, margin: float | None
) -> Chances:
    """Chance of each label where the truth is ``ratio`` times the reference.

    Every count is labelled by :func:`perinatal.statistics.compare` and weighed with its chance;
    what is left out at either end has a chance below 1e-12. Shapes: ``births`` (k,), whole
    numbers. Units: ``reference`` per 1.
    """
    n = np.asarray(births, dtype=np.int64)
    expected = expected_cases(n, reference * ratio)
    away = reach(expected, _LEFT_OUT)
    first = np.maximum(0, np.floor(expected - away)).astype(np.int64)
    last = np.ceil(expected + away).astype(np.int64)
    if kind == "proportion":
        last = np.minimum(n, last)
    sizes = last - first + 1
    row = np.repeat(np.arange(n.size), sizes)
    x = np.arange(row.size) - (np.cumsum(sizes) - sizes - first)[row]
    size = n[row]
    if kind == "proportion":
        chance = np.asarray(stats.binom.pmf(x, size, reference * ratio))
    else:
        chance = np.asarray(stats.poisson.pmf(x, size * reference * ratio))

    number = {label: place for place, label in enumerate(Label)}
    found = compare(kind, x, size, reference, margin=margin).label
    code = np.fromiter((number[label] for label in found), dtype=np.int64, count=found.size)
    may_show = (x >= FEWEST_CASES) & (size - x >= FEWEST_CASES)

    def table(column: NDArray[np.int64], weight: FloatArray, width: int) -> FloatArray:
        total = np.bincount(row * width + column, weight, n.size * width)
        return np.asarray(total.reshape(n.size, width).T)

    labels = table(code, chance, len(Label))
    shown = table(code, chance * may_show, len(Label))
    points = table(fixed_rule(x, size, reference) + 1, chance, 3)
    return Chances(
        births=n,
        label=dict(zip(Label, labels, strict=True)),
        shown=dict(zip(Label, shown, strict=True)),
        points=dict(zip((-1, 0, 1), points, strict=True)),
    )


@cache
def without_difference(question: Question) -> Chances:
    """All numbers of births from 100 to 3,000 with ten expected cases or more, no difference."""
    births = np.arange(100, 3001)
    return _answers(question, births)


def _answers(question: Question, births: NDArray[np.int64], ratio: float = 1.0) -> Chances:
    enough = births[expected_cases(births, question.reference) >= FEWEST_CASES]
    return enumerate_labels(question.kind, enough, question.reference, ratio, question.margin)


QUESTIONS = (
    Question("Preterm birth, 6.6 of 100", "proportion", 0.066, 0.15),
    Question("Preterm birth, 7.0 of 100", "proportion", 0.07, 0.15),
    Question("Small for the length of the pregnancy, 11.6 of 100", "proportion", 0.116, 0.15),
    Question("Perinatal mortality, 4.7 of 1,000", "rate", 0.0047, None),
)
BIRTHS = np.array([100, 250, 500, 1000, 2400, 3000])
# In words, as a ratio, and the labels that then are right and wrong.
TRUTHS = (
    ("no difference", 1.0, (Label.ONBESLIST, Label.ONGEVEER_GELIJK), DIFFERENT),
    ("30% higher", 1.3, HIGHER, LOWER),
    ("30% lower", 0.7, LOWER, HIGHER),
)

_INTRODUCTION = """\
# Known answers

How often does a label come, and how often is it wrong? For a given number of births and a given
truth the chance of every possible count can be calculated. So each count, from the lowest to the
highest, was given its label by the code of this package, and the chances were added up. Nothing
was drawn at random. A test compares this page with what the code gives.

One figure is compared with its national reference, chosen beforehand. "Clearly" is p below 0.002
by the exact mid-p test, "probably" p below 0.05. (Among the areas of one municipality "probably"
must also survive the correction for many comparisons; that makes it rarer, right or wrong.)
"Same" is "about the same": a 90% interval within 15% of the reference ("small but real"
included); of mortality it is never said. "Points" is the fixed rule that the labels replace:
different from 3 percentage points, or from 2 where both figures are under 10 of 100.

Written by `python -m perinatal.statistics.known_answers > docs/known-answers.md`.

## No true difference: the worst of all sizes

Every number of births from 100 to 3,000 at which ten cases or more are expected. A label is wrong
if it says that there is a difference. Promised: at most 7%, 5% on average, and "clearly higher"
at most 0.2%. The last two columns are about hiding counts under ten: how many figures are hidden
at most, and how many of those that are shown are wrong at most.
"""
_EACH = """\
## Label by label

Hidden is a figure with fewer than ten cases or fewer than ten others; "right" and "wrong" are
shares of what then is shown, the other columns know no hiding. Right is the true direction, or no
direction where there is no difference. Wrong is a direction that is not there. The rest is
undecided.

Hiding makes what remains one-sided: a low figure is hidden more often than a high one. At 250
births and 6.6 of 100 a figure that truly is 30% higher is shown with its label in 24% of cases,
one that truly is 30% lower never. So what may appear is decided beforehand, by the number of
births and never by the count.
"""
_SEEN = """\
## What can be seen

The true figures that get "probably" or "clearly" in 80% of cases: preterm birth, against 7.0 of
100, and perinatal mortality, against 4.7 of 1,000. A dash: not even 0 would be seen.
"""
_NUMBERS = """\
- "About the same" as 6.6 of 100 comes in 80% of cases from {same:,.0f} births, if there is no
  difference. Within 10% and with a 95% interval: from {strict:,.0f} births.
- From 7 to 6 of 100 with 600 births a year: {years:.0f} years against the {years:.0f} before.
- A true fall by 2% a year around 6.6 of 100, at 500 births a year, is seen in {trend[0]} over five
  years and in {trend[1]} over ten; at 2,400 births a year in {trend[2]} and {trend[3]}."""


def page() -> str:
    """The page ``docs/known-answers.md``, without its last line end."""
    sections = [f"### {question.name}\n\n{_each(question)}" for question in QUESTIONS]
    numbers = _NUMBERS.format(
        same=births_for_about_the_same(0.066),
        strict=births_for_about_the_same(0.066, margin=0.10, confidence=0.95),
        years=years_until_seen("proportion", 600, 0.07, 0.06),
        trend=_percents(
            trend_power("proportion", [500, 500, 2400, 2400], 0.066, [5, 10, 5, 10], -0.02)
        ),
    )
    return "\n".join([_INTRODUCTION, _worst(), _EACH, *sections, _SEEN, _seen(), numbers])


def _worst() -> str:
    rows = []
    for question in QUESTIONS:
        found = without_difference(question)
        wrong, visible = found.of(*DIFFERENT), found.of_shown(*Label)
        chances = [wrong.max(), wrong.mean()]
        chances += [found.of(label).max() for label in (HIGHER[0], LOWER[0])]
        chances += [(1 - found.points[0]).max(), (1 - visible).max()]
        chances += [(found.of_shown(*DIFFERENT) / visible).max()]
        rows.append([question.name, f"{found.births[0]:,}", *_percents(chances)])
    head = ["indicator", "from births", "wrong, most", "wrong, mean", "clearly higher, most"]
    head += ["clearly lower, most", "points: wrong, most", "hidden, most", "shown: wrong, most"]
    return _table(head, rows)


def _each(question: Question) -> str:
    rows = []
    for truth, ratio, right, wrong in TRUTHS:
        found = _answers(question, BIRTHS, ratio)
        visible = found.of_shown(*Label)
        columns = [found.of(label) for label in (*HIGHER, Label.ONBESLIST)]
        columns += [found.of(*SAME), *(found.of(label) for label in reversed(LOWER))]
        columns += [found.points[1], found.points[-1], 1 - visible]
        columns += [found.of_shown(*labels) / visible for labels in (right, wrong)]
        for births, chances in zip(found.births, np.transpose(columns), strict=True):
            rows.append((births, [f"{births:,}", truth, *_percents(chances)]))
    head = ["births", "truth", "clearly higher", "probably higher", "undecided", "same"]
    head += ["probably lower", "clearly lower", "points: higher", "points: lower"]
    rows.sort(key=lambda row: row[0])
    return _table([*head, "hidden", "right", "wrong"], [cells for _, cells in rows])


def _seen() -> str:
    births = np.array([*BIRTHS, 10_000, 20_000])
    limits = [100 * ends for ends in minimal_detectable_difference("proportion", births, 0.07)]
    limits += [1000 * ends for ends in minimal_detectable_difference("rate", births, 0.0047)]
    rows = [
        [f"{size:,}", *("–" if np.isnan(end) else f"{end:.1f}" for end in ends)]
        for size, ends in zip(births, np.transpose(limits), strict=True)
    ]
    head = ["births", "preterm birth: at most", "at least", "mortality: at most", "at least"]
    return _table(head, rows)


def _percents(chances: ArrayLike) -> list[str]:
    return [
        "0%" if chance < 1e-9 else "<0.1%" if chance < 0.0005 else f"{100 * chance:.1f}%"
        for chance in np.asarray(chances).tolist()
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    print(page())
