"""Intervals, exact tests and labels for small numbers of births: arrays in, arrays out."""

from perinatal.statistics.intervals import count_interval, proportion_interval, rate_interval
from perinatal.statistics.labels import Comparison, Label, compare, expected_cases
from perinatal.statistics.tests import (
    midp_binomial,
    midp_poisson,
    midp_rest_binomial,
    midp_rest_poisson,
    midp_rounded,
)

__all__ = [
    "Comparison",
    "Label",
    "compare",
    "count_interval",
    "expected_cases",
    "midp_binomial",
    "midp_poisson",
    "midp_rest_binomial",
    "midp_rest_poisson",
    "midp_rounded",
    "proportion_interval",
    "rate_interval",
]
