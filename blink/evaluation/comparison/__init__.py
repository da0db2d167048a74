"""Several runs on one page: which is best, whether that is more than noise, and what it costs."""

from blink.evaluation.comparison.combining import EntryRules
from blink.evaluation.comparison.comparing import Comparison, TestSetComparison, compare
from blink.evaluation.comparison.disagreement_pictures import Places
from blink.evaluation.comparison.judged import Judged, read_judged
from blink.evaluation.comparison.outcome import describe_comparison
from blink.evaluation.comparison.page import write_comparison
from blink.evaluation.comparison.pareto import pareto_front
from blink.evaluation.comparison.words import tell_verdict

__all__ = [
    "Comparison",
    "EntryRules",
    "Judged",
    "Places",
    "TestSetComparison",
    "compare",
    "describe_comparison",
    "pareto_front",
    "read_judged",
    "tell_verdict",
    "write_comparison",
]
