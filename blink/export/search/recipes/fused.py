from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import onnx
import onnxruntime as ort

from blink.export.search.candidate import Candidate, LeftOut, Precision, Source

_LEFT_TO_LOADING: Final = ["GatherSliceToSplitFusion", "GemmActivationFusion"]
"""What they make of two outputs is no operation of a bundle, and made anew on every loading."""


@dataclass(frozen=True)
class Fused:
    """A QDQ candidate in integer operators: what ONNX Runtime makes of it on loading, made before.

    Fewer nodes and bytes, the same kernels. Other runtimes and drivers of accelerators expect QDQ.

    Attributes:
        base: Name of the QDQ candidate.
        is_reduced: What the base says of itself; with another answer there is no candidate.
    """

    name: str = "int8-operators"
    base: str = "int8"
    precision: Precision = "int8"
    is_reduced: bool = False

    @property
    def words(self) -> str:
        """See `Recipe`."""
        return f"{self.base} in integer operators (QOperator)"

    def make(self, source: Source, earlier: Mapping[str, Candidate]) -> onnx.ModelProto | LeftOut:
        """See `Recipe`."""
        if self.base not in earlier:
            return LeftOut(f"there is no candidate {self.base}")
        if earlier[self.base].recipe.is_reduced != self.is_reduced:
            return LeftOut(
                f"its `is_reduced` is {self.is_reduced} and that of {self.base}, whose weights it "
                f"takes, is {not self.is_reduced}: set `is_reduced` as there"
            )
        before = earlier[self.base].model
        with TemporaryDirectory(prefix="blink-fused-") as folder:
            path = Path(folder) / "fused.onnx"
            options = ort.SessionOptions()
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
            options.optimized_model_filepath = str(path)
            options.log_severity_level = 3  # it warns that such files may suit this CPU alone
            ort.InferenceSession(
                before.SerializeToString(),
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=_LEFT_TO_LOADING,
            )
            fused = onnx.load(path)
        foreign = {node.op_type for node in fused.graph.node if node.domain not in ("", "ai.onnx")}
        if foreign:
            return LeftOut(f"it needs operators that are not ONNX's own: {sorted(foreign)}")
        del fused.opset_import[:], fused.metadata_props[:]
        fused.opset_import.extend(before.opset_import)
        fused.metadata_props.extend(before.metadata_props)
        return fused
