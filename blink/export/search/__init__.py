"""Candidates for what ships, the gate they must pass, and the choice among them."""

from blink.export.search.candidate import Candidate, Learning, Recipe
from blink.export.search.gate import Gate
from blink.export.search.plan import Plan
from blink.export.search.searching import Found, Material, search

__all__ = ["Candidate", "Found", "Gate", "Learning", "Material", "Plan", "Recipe", "search"]
