"""Numbers with intervals over people, and differences that are more than noise."""

from blink.contract.people import MIN_PEOPLE
from blink.statistics.bootstrap import DRAWS, Weights, draw_people
from blink.statistics.differences import (
    Difference,
    check_same_crops,
    difference,
    differences,
    gap,
)
from blink.statistics.discordance import Discordance, mcnemar
from blink.statistics.estimate import (
    SAME,
    Estimate,
    Support,
    Values,
    estimate,
)
from blink.statistics.looks import SIGNIFICANT, correct
from blink.statistics.metrics import TITLES, conclude, estimate_metrics, measure
from blink.statistics.ratios import odds, ratio
from blink.statistics.sample import BINS, Sample
from blink.statistics.scales import DIFFERENCE, RATE, SHARE, Scale

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
    "check_same_crops",
    "conclude",
    "correct",
    "difference",
    "differences",
    "draw_people",
    "estimate",
    "estimate_metrics",
    "gap",
    "mcnemar",
    "measure",
    "odds",
    "ratio",
]
