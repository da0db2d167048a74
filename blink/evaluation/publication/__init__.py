"""What a run found, in Weights & Biases: figures, tables, pictures, and what was made of what."""

from blink.evaluation.publication.artifacts import Shelf
from blink.evaluation.publication.keys import Keys
from blink.evaluation.publication.publish import publish

__all__ = ["Keys", "Shelf", "publish"]
