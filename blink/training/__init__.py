"""Lightning around plain nets; temperature, threshold, and what is no eye."""

from blink.training.classifier import EyeClassifier
from blink.training.fitting import fit_heuristics, fit_net
from blink.training.inspection import InspectionPlan, fit_inspection

__all__ = ["EyeClassifier", "InspectionPlan", "fit_heuristics", "fit_inspection", "fit_net"]
