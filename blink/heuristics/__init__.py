"""Gradients, colour, votes: the baselines. Plain modules that are fitted, not trained."""

from blink.heuristics.colour import Colour
from blink.heuristics.feature import Feature
from blink.heuristics.gradient import Gradient
from blink.heuristics.intensity import Intensity
from blink.heuristics.vote import Vote

__all__ = ["Colour", "Feature", "Gradient", "Intensity", "Vote"]
