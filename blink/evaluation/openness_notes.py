from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import Crop
from blink.data.manifest import Manifest
from blink.evaluation.evaluated_model import EvaluatedModel
from blink.evaluation.predictions import OPENNESS_ANSWERED, describe
from blink.runtime import Detector


class OpennessNotes:
    """Asks bundles how far each eye is open while it is decoded for prediction, as a product does.

    Only those that say so are asked, and only of crops whose openness is known.
    """

    def __init__(
        self, models: Sequence[EvaluatedModel], manifest: Manifest, rows: NDArray[np.int64]
    ) -> None:
        """Finds out who is asked of which crops.

        Args:
            models: Whoever is judged.
            manifest: Where the crops lie.
            rows: Which rows of it.
        """
        self._detectors = {
            model.title: model.intelligence
            for model in models
            if isinstance(model.intelligence, Detector) and model.intelligence.bundle.has_openness
        }
        self._is_known = np.zeros(len(rows), np.bool_)
        if self._detectors:
            openness = describe(manifest, rows, ["openness"])["openness"]
            self._is_known = openness.notna().to_numpy(np.bool_)
        if not self._is_known.any():
            self._detectors.clear()
        self._answers = {title: np.full(len(rows), np.nan, np.float32) for title in self._detectors}

    def add(self, place: int, crop: Crop) -> None:
        """Asks of one crop.

        Args:
            place: Which of the rows it is.
            crop: uint8 (H, W) or RGB (H, W, 3).
        """
        if self._is_known[place]:
            for title, detector in self._detectors.items():
                self._answers[title][place] = detector.openness([crop])[0]

    def complete(self, title: str, table: pd.DataFrame) -> pd.DataFrame:
        """The predictions table of a model, with its openness if it was asked for it."""
        if title not in self._answers:
            return table
        answers = pd.array(self._answers[title], dtype="Float32")
        return table.assign(**{OPENNESS_ANSWERED: answers})
