import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blink.export.parity import run_onnx


def golden_entry(inputs: NDArray[np.uint8], graphs: dict[str, bytes]) -> dict[str, Any]:
    """What `bundle.json` says about golden crops; `Detector.verify` runs them again.

    Args:
        inputs: uint8 (N, C, H, W), as the graph takes them.
        graphs: Precision → ONNX file.

    Returns:
        `crops`, the inputs in base64, and `p_closed`, precision → answers.
    """
    answers = {precision: run_onnx(graph, inputs) for precision, graph in graphs.items()}
    return {
        "crops": base64.b64encode(inputs.tobytes()).decode(),
        "p_closed": {
            precision: [round(float(p), 7) for p in values] for precision, values in answers.items()
        },
    }
