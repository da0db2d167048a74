"""How well an intelligence knows what it must not answer: eyes refused, strangers let in."""

from blink.evaluation.abstention.notes import InspectionNotes, take_notes
from blink.evaluation.abstention.results import Abstention
from blink.evaluation.abstention.study import study_abstention

__all__ = ["Abstention", "InspectionNotes", "study_abstention", "take_notes"]
