from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score

from blink.contract import Probabilities
from blink.contract.record import Record
from blink.export.int8 import layers_of, quantise
from blink.export.parity import Validation, run_onnx


@dataclass(frozen=True, slots=True)
class LayerSensitivity(Record):
    """What it costs to round one layer while all others stay in float.

    Attributes:
        layer: Name of the convolution, as `layers_of` has it.
        balanced_accuracy_lost: On validation people at the operating point, against fp32; below 0
            where the rounding happens to help.
        largest_difference: Largest |Δp| of any crop.
    """

    layer: str
    balanced_accuracy_lost: float
    largest_difference: float


def sensitivity(
    model: onnx.ModelProto,
    calibration: NDArray[np.uint8],
    validation: Validation,
    threshold: float,
) -> list[LayerSensitivity]:
    """Rounds the layers of a net one at a time: weights, what they read and what they give.

    Biases are left as they are, so that what is seen is the rounding, not how well it is made up
    for. One layer alone says more than all but one: where everything else is rounded, their noise
    covers that of the one in question.

    Args:
        model: fp32, from `to_onnx`; left as it is.
        calibration: Crops of training people, uint8 (N, C, H, W).
        validation: Crops of validation people.
        threshold: Closed where p_closed >= threshold.

    Returns:
        The layer that costs most first: by balanced accuracy, where a gain is luck and counts as
        no loss, then by the largest difference, then by its place in the net.

    Raises:
        ExportError: The calibration set is empty.
    """
    fp32 = run_onnx(model.SerializeToString(), validation.crops)
    layers = layers_of(model)
    costs = []
    for layer in layers:
        others = [other for other in layers if other != layer]
        alone = quantise(model, calibration, in_float=others, has_biases_corrected=False)
        answers = run_onnx(alone.SerializeToString(), validation.crops)
        costs.append(_cost(layer, fp32, answers, validation.labels, threshold))
    return sorted(costs, key=_most_costly_first)


def _cost(
    layer: str,
    fp32: Probabilities,
    answers: Probabilities,
    labels: NDArray[np.int64],
    threshold: float,
) -> LayerSensitivity:
    before, after = (
        float(balanced_accuracy_score(labels, p >= threshold)) for p in (fp32, answers)
    )
    largest = float(np.abs(fp32.astype(np.float64) - answers).max())
    return LayerSensitivity(layer, before - after, largest)


def _most_costly_first(cost: LayerSensitivity) -> tuple[float, float]:
    return -max(round(cost.balanced_accuracy_lost, 9), 0.0), -cost.largest_difference
