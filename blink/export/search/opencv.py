"""Whether OpenCV's DNN module loads a file, and says the same."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.contract import Probabilities
from blink.contract.record import Record
from blink.export.parity import FP32_TOLERANCE
from blink.runtime.graph.check import OUTPUT

_SILENT: Final = 0


@dataclass(frozen=True, slots=True)
class OpenCvReading(Record):
    """What came of giving a file to `cv2.dnn.readNetFromONNX`.

    Attributes:
        loads: Whether it can be used there: it loads, and answers the same.
        largest_difference: Largest |Δp| of any crop; None where it did not run.
        why: Why it cannot be used; None if it can.
    """

    loads: bool
    largest_difference: float | None
    why: str | None


def read_by_opencv(
    model: bytes, crops: NDArray[np.uint8], expected: Probabilities
) -> OpenCvReading:
    """Runs a file in OpenCV.

    Args:
        model: The ONNX file.
        crops: uint8 (N, C, H, W); given to OpenCV as floats of the same values, as it takes them.
        expected: p_closed by ONNX Runtime, (N,).
    """
    version = cv2.__version__
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(_SILENT)
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
        net.setInput(crops.astype(np.float32))
        answers = np.asarray(net.forward(OUTPUT), np.float64).ravel()
    except cv2.error as error:
        fault = " ".join(str(error.err or error).split())
        return OpenCvReading(False, None, f"OpenCV {version} cannot run it: {fault}")
    finally:
        cv2.utils.logging.setLogLevel(level)
    if answers.shape != expected.shape:
        return OpenCvReading(
            False, None, f"OpenCV {version} gives {answers.size} answers to {len(crops)} crops"
        )
    worst = float(np.abs(answers - expected).max())
    if not worst <= FP32_TOLERANCE:
        return OpenCvReading(False, worst, f"OpenCV {version} loads it, but answers otherwise")
    return OpenCvReading(True, worst, None)
