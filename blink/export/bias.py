from collections.abc import Callable

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from blink.export.parity import run_onnx

_LEAST_ACTIVE = 0.1
"""A channel that is hardly ever above 0 would otherwise be corrected by far too much."""


def correct_biases(
    model: onnx.ModelProto,
    quantise: Callable[[onnx.ModelProto], onnx.ModelProto],
    calibration: NDArray[np.uint8],
) -> onnx.ModelProto:
    """Moves biases so that each layer of int8 has, on average, the output it has in fp32.

    Rounded weights shift the mean of every channel, and the shifts add up to a logit that is
    too high or too low for all crops alike, which costs more decisions than the noise around it.
    Layer by layer, from the input on, the shift is measured on the calibration set and taken
    off the bias. Source: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization
    and Bias Correction", section 4.2, with real data in place of the batch norm's.

    Args:
        model: fp32, with nodes named as `to_onnx` names them; left as it is.
        quantise: fp32 → int8.
        calibration: uint8 (N, C, H, W).

    Returns:
        fp32 with biases that are right once it is quantised.
    """
    corrected = onnx.ModelProto()
    corrected.CopyFrom(model)
    biases = {tensor.name: tensor for tensor in corrected.graph.initializer}
    for node in _layers(model):
        output = _after_relu(model, node)
        expected = _outputs(model, output, calibration)
        shift = _mean(_outputs(quantise(corrected), output, calibration)) - _mean(expected)
        # Where ReLU cuts, a step of the bias moves the mean by the share of what it lets through.
        active = np.maximum(_mean(expected != 0), _LEAST_ACTIVE)
        bias = biases[node.input[2]]
        values = numpy_helper.to_array(bias) - shift / active
        bias.CopyFrom(numpy_helper.from_array(values.astype(np.float32), bias.name))
    return corrected


def _layers(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """The net's layers that have a constant bias of their own, in order."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return [
        node
        for node in model.graph.node
        if node.name.startswith("net/")
        and node.op_type in ("Conv", "Gemm")
        and len(node.input) == 3
        and node.input[2] in constants
    ]


def _after_relu(model: onnx.ModelProto, layer: onnx.NodeProto) -> str:
    """The tensor that the next layer sees."""
    for node in model.graph.node:
        if node.op_type == "Relu" and node.input[0] == layer.output[0]:
            return str(node.output[0])
    return str(layer.output[0])


def _outputs(model: onnx.ModelProto, name: str, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a tensor within the graph holds: (N, channels, …). In int8, after its rounding."""
    rounded = f"{name}_DequantizeLinear_Output"
    if any(rounded in node.output for node in model.graph.node):
        name = rounded  # int8 folds ReLU into the rounding: before it, the tensor is below 0, too
    tapped = onnx.ModelProto()
    tapped.CopyFrom(model)
    tapped.graph.output.insert(0, onnx.ValueInfoProto(name=name))
    return run_onnx(tapped.SerializeToString(), crops)


def _mean(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Mean over crops and places: (N, channels, …) → (channels,)."""
    axes = tuple(axis for axis in range(values.ndim) if axis != 1)
    mean: NDArray[np.float64] = values.mean(axis=axes, dtype=np.float64)
    return mean
