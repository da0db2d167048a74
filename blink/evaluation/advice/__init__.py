"""Where the intelligence should live, by what was measured and what is assumed."""

from blink.evaluation.advice.advise import PLACES, advise
from blink.evaluation.advice.footprint import measure_footprints
from blink.evaluation.advice.results import Advice, Footprint, Option, Place
from blink.evaluation.advice.wording import tell_advice

__all__ = [
    "PLACES",
    "Advice",
    "Footprint",
    "Option",
    "Place",
    "advise",
    "measure_footprints",
    "tell_advice",
]
