"""Statistics of small numbers of births: arrays in, arrays out, nothing remembered."""

from perinatal.statistics.effects import (
    Effect,
    against_reference,
    difference_interval,
    excess_number,
    ratio_interval,
)
from perinatal.statistics.funnel import (
    Overdispersion,
    funnel_class,
    overdispersed_limits,
    overdispersion,
    proportion_funnel,
    rate_funnel,
    ratio_funnel,
)
from perinatal.statistics.inequality import (
    Gap,
    SlopeIndex,
    gap_between_fifths,
    slope_index,
    slope_index_of_counts,
)
from perinatal.statistics.intervals import count_interval, proportion_interval, rate_interval
from perinatal.statistics.labels import Comparison, Label, compare, expected_cases
from perinatal.statistics.power import (
    births_for_about_the_same,
    minimal_detectable_change,
    minimal_detectable_difference,
    power_against_reference,
    power_of_change,
    years_until_seen,
)
from perinatal.statistics.shrinkage import (
    Marshall,
    TrueFigures,
    fit_beta_binomial,
    fit_gamma_poisson,
    marshall,
)
from perinatal.statistics.tests import (
    midp_binomial,
    midp_poisson,
    midp_rest_binomial,
    midp_rest_poisson,
    midp_rounded,
)
from perinatal.statistics.trend import Trend, TrendLabel, cochran_armitage, trend
from perinatal.statistics.trend_difference import (
    DifferenceLabel,
    TrendDifference,
    trend_difference,
)
from perinatal.statistics.trend_power import smallest_change, trend_power

__all__ = [
    "Comparison",
    "DifferenceLabel",
    "Effect",
    "Gap",
    "Label",
    "Marshall",
    "Overdispersion",
    "SlopeIndex",
    "Trend",
    "TrendDifference",
    "TrendLabel",
    "TrueFigures",
    "against_reference",
    "births_for_about_the_same",
    "cochran_armitage",
    "compare",
    "count_interval",
    "difference_interval",
    "excess_number",
    "expected_cases",
    "fit_beta_binomial",
    "fit_gamma_poisson",
    "funnel_class",
    "gap_between_fifths",
    "marshall",
    "midp_binomial",
    "midp_poisson",
    "midp_rest_binomial",
    "midp_rest_poisson",
    "midp_rounded",
    "minimal_detectable_change",
    "minimal_detectable_difference",
    "overdispersed_limits",
    "overdispersion",
    "power_against_reference",
    "power_of_change",
    "proportion_funnel",
    "proportion_interval",
    "rate_funnel",
    "rate_interval",
    "ratio_funnel",
    "ratio_interval",
    "slope_index",
    "slope_index_of_counts",
    "smallest_change",
    "trend",
    "trend_difference",
    "trend_power",
    "years_until_seen",
]
