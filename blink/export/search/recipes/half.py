from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from blink.export.search.candidate import Candidate, Precision, Source

_FEWEST: Final = 32
"""Constants of fewer numbers weigh less than the Cast that would bring them back."""


@dataclass(frozen=True)
class Half:
    """Weights kept in 16 bits, computed in 32: ONNX Runtime widens them once, when it loads.

    Arithmetic in 16 bits is emulated by the CPUs at hand, and slower for it.
    """

    name: str = "fp16"
    precision: Precision = "fp16"
    words: str = "weights of 16 bits, widened to fp32 when loaded"
    is_reduced: ClassVar[bool] = False
    base: ClassVar[None] = None

    def make(self, source: Source, earlier: Mapping[str, Candidate]) -> onnx.ModelProto:
        """See `Recipe`."""
        model = onnx.ModelProto()
        model.CopyFrom(source.model)
        graph = model.graph
        casts = []
        for tensor in graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.dtype != np.float32 or values.size < _FEWEST:
                continue
            stored = f"{tensor.name}_half"
            casts.append(
                helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT)
            )
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
        nodes = [*casts, *graph.node]
        del graph.node[:]
        graph.node.extend(nodes)
        return model
