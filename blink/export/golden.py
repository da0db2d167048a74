import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blink.export.parity import run_onnx_whole
from blink.runtime.graph.check import OPENNESS, OUTPUT


def golden_entry(inputs: NDArray[np.uint8], graphs: dict[str, bytes]) -> dict[str, Any]:
    """What `bundle.json` says about golden crops; `Detector.verify` runs them again.

    Args:
        inputs: uint8 (N, C, H, W), as the graph takes them.
        graphs: Precision → ONNX file.

    Returns:
        `crops`, the inputs in base64, and `p_closed`, precision → answers; of graphs that have
        it `openness` likewise.
    """
    said = {precision: run_onnx_whole(graph, inputs) for precision, graph in graphs.items()}
    entry: dict[str, Any] = {"crops": base64.b64encode(inputs.tobytes()).decode()}
    for precision, answers in said.items():
        for output, values in zip((OUTPUT, OPENNESS), answers, strict=False):
            rounded = [round(float(value), 7) for value in values]
            entry.setdefault(output, {})[precision] = rounded
    return entry
