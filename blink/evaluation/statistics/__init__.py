"""Numbers with intervals over people, and differences that are more than noise."""

from blink.contract.people import MIN_PEOPLE
from blink.evaluation.statistics.bootstrap import DRAWS, Weights, draw_people
from blink.evaluation.statistics.differences import (
    Difference,
    check_same_crops,
    difference,
    differences,
    group_difference,
)
from blink.evaluation.statistics.discordance import Discordance, mcnemar
from blink.evaluation.statistics.estimate import (
    SAME,
    Estimate,
    Support,
    Values,
    estimate,
)
from blink.evaluation.statistics.metrics import TITLES, conclude, estimate_metrics, measure
from blink.evaluation.statistics.multiple_testing import SIGNIFICANT, adjust_p_values
from blink.evaluation.statistics.ratios import odds, ratio
from blink.evaluation.statistics.sample import BINS, Sample
from blink.evaluation.statistics.scales import DIFFERENCE, RATE, SHARE, Scale

__all__ = [
    "BINS",
    "DIFFERENCE",
    "DRAWS",
    "MIN_PEOPLE",
    "RATE",
    "SAME",
    "SHARE",
    "SIGNIFICANT",
    "TITLES",
    "Difference",
    "Discordance",
    "Estimate",
    "Sample",
    "Scale",
    "Support",
    "Values",
    "Weights",
    "adjust_p_values",
    "check_same_crops",
    "conclude",
    "difference",
    "differences",
    "draw_people",
    "estimate",
    "estimate_metrics",
    "group_difference",
    "mcnemar",
    "measure",
    "odds",
    "ratio",
]
