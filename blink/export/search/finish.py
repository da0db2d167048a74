import numpy as np
import onnx
from numpy.typing import NDArray

from blink.export.search.compact import compact
from blink.export.search.fold import fold_scale
from blink.export.search.opset import lower_opset


def finish(model: onnx.ModelProto, crops: NDArray[np.uint8]) -> onnx.ModelProto:
    """The graph as it ships: in the lowest opset, in the fewest bytes, checked.

    Args:
        model: Left as it is.
        crops: uint8 (N, C, H, W), on which the lower opset is proven.
    """
    finished = compact(lower_opset(fold_scale(model), crops))
    onnx.checker.check_model(finished, full_check=True)
    return finished
