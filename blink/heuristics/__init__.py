"""Gradients, colour, votes: the baselines. Plain modules that are fitted, not trained."""

from blink.heuristics.colour import Colour
from blink.heuristics.gradient import Gradient
from blink.heuristics.intensity import Intensity
from blink.heuristics.threshold import ThresholdHeuristic
from blink.heuristics.vote import Vote

__all__ = ["Colour", "Gradient", "Heuristic", "Intensity", "ThresholdHeuristic", "Vote"]

Heuristic = ThresholdHeuristic | Vote
