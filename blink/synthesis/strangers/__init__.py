"""Crops that show no eye, or not as an eye finder should cut it: what must not be guessed at."""

from blink.synthesis.strangers.kinds import CUTS, HELD_OUT, KINDS, draw_strangers, strangers

__all__ = ["CUTS", "HELD_OUT", "KINDS", "draw_strangers", "strangers"]
