"""Lightning around plain nets: the classifier, checkpoints, temperature and threshold."""

from blink.training.classifier import EyeClassifier
from blink.training.fitting import fit_heuristics, fit_net

__all__ = ["EyeClassifier", "fit_heuristics", "fit_net"]
