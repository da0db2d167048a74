from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import onnx

from blink.export.int8 import quantise
from blink.export.search.candidate import Candidate, LeftOut, Precision, Source
from blink.export.search.finish import finish


@dataclass(frozen=True)
class Mixed:
    """Static int8 with the most sensitive layers left in float, one more until the gate is passed.

    It is made where no int8 of the recipes before it passes.
    """

    name: str = "int8-mixed"
    precision: Precision = "int8"
    words: str = "static int8, QDQ, one scale per channel, the most sensitive layers in float"
    is_reduced: bool = False
    base: ClassVar[None] = None

    def make(self, source: Source, earlier: Mapping[str, Candidate]) -> onnx.ModelProto | LeftOut:
        """See `Recipe`."""
        passing = [
            one.name for one in earlier.values() if one.precision == "int8" and one.judgement.passed
        ]
        if passing:
            return LeftOut(f"not needed: {passing[0]} passes the gate")
        layers = [one.layer for one in source.sensitivity]
        model: onnx.ModelProto | None = None
        for count in range(1, len(layers)):
            model = quantise(
                source.model,
                source.calibration,
                in_float=layers[:count],
                is_reduced=self.is_reduced,
            )
            data = finish(model, source.validation.crops).SerializeToString()
            if source.judge(data).passed:
                break
        return model or LeftOut("there is but one layer to round")
