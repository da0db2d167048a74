from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import onnx

from blink.contract import ExportError
from blink.export.int8 import quantise
from blink.export.onnx_graph import to_onnx
from blink.export.search.candidate import Candidate, LeftOut, Precision, Source
from blink.export.search.qat import train_qat


@dataclass(frozen=True)
class Aware:
    """Weights trained on under the rounding of int8, where rounding them afterwards costs too much.

    Attributes:
        epochs: Over the learning crops.
        worth: Loss of balanced accuracy of the best int8 before it, above which it is tried; it is
            also tried where none of them passes the gate.
        seed: Of the training.
    """

    name: str = "int8-aware"
    precision: Precision = "int8"
    words: str = "trained on under rounding (QAT), then as int8, QDQ, one scale per channel"
    is_reduced: ClassVar[bool] = False
    base: ClassVar[None] = None
    epochs: int = 4
    worth: float = 0.003
    seed: int = 0

    def make(self, source: Source, earlier: Mapping[str, Candidate]) -> onnx.ModelProto | LeftOut:
        """See `Recipe`."""
        rounded = [one.judgement for one in earlier.values() if one.precision == "int8"]
        best = max((one.difference.value for one in rounded), default=-1.0)
        if any(one.passed for one in rounded) and round(-best, 9) <= self.worth:
            return LeftOut(
                "not needed: an int8 that is rounded afterwards passes the gate and loses at most "
                f"{100 * self.worth:g} points"
            )
        if source.learning is None:
            return LeftOut("no training crops were given to learn from")
        crops, labels = source.learning.crops, source.learning.labels
        try:
            trained = train_qat(
                source.exportable, crops, labels, epochs=self.epochs, seed=self.seed
            )
        except ExportError as error:  # not every net can be trained so, and fp32 can ship
            return LeftOut(str(error).rstrip("."))
        # The weights lie on int8's grid already; biases were trained with them.
        return quantise(to_onnx(trained), source.calibration, has_biases_corrected=False)
