"""ONNX fp32 → static int8, by a calibration set of training people."""

from collections.abc import Collection
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from blink.contract import ExportError, InputSpec
from blink.export.bias import correct_biases
from blink.export.exporter import only_errors
from blink.export.onnx_graph import SCALED, prepend_scaling, set_graph_input, strip_scaling
from blink.latency.slot import give_way
from blink.runtime.graph.check import INPUT

_BATCH = 64


def quantise(
    model: onnx.ModelProto,
    calibration: NDArray[np.uint8],
    *,
    per_channel: bool = True,
    is_reduced: bool = False,
    in_float: Collection[str] = (),
    has_biases_corrected: bool = True,
) -> onnx.ModelProto:
    """Static QDQ: weights int8, activations uint8, the net's Conv and Relu alone.

    The crops are the quantised tensor that the first convolution reads, to the bit: their scale and
    zero point are those of the normalisation. The pooled features, the last neuron and the sigmoid
    stay float: they cost next to nothing, and eight bits of logit would leave 256 probabilities.
    Conv and Relu are named together, as a Conv alone leaves a pair of DQ → Q before every Relu.

    Args:
        model: From `to_onnx`; left as it is.
        calibration: Crops of training people as the graph takes them, uint8 (N, C, H, W).
        per_channel: Whether each channel's weights have a scale of their own.
        is_reduced: Weights of seven bits, for CPUs without VNNI.
        in_float: Names of convolutions that are not rounded, see `layers_of`.
        has_biases_corrected: Whether biases make up for rounded weights, see `correct_biases`.

    Returns:
        The quantised model, with the metadata of the one given.

    Raises:
        ExportError: The calibration set is empty, or the net has nothing to quantise.
    """
    if len(calibration) == 0:
        raise ExportError(
            "The calibration set is empty; give some hundred crops of training people."
        )
    if not set(layers_of(model)) - set(in_float):
        raise ExportError(
            "The net has no convolution, so int8 has nothing to quantise. Export it with "
            "`export=fp32`."
        )
    # The quantiser logs advice to the root logger; we have followed what applies.
    with TemporaryDirectory(prefix="blink-int8-") as folder, only_errors(None):
        choices = {"per_channel": per_channel, "reduce_range": is_reduced}
        step = partial(
            _quantise_as_is,
            calibration=calibration,
            folder=Path(folder),
            in_float=in_float,
            choices=choices,
        )
        corrected = correct_biases(model, step, calibration) if has_biases_corrected else model
        quantised = step(corrected)
    _tidy(quantised, model)
    return quantised


def layers_of(model: onnx.ModelProto) -> list[str]:
    """Names of the net's convolutions, in order: the layers that can be rounded."""
    return [node.name for node in _net(model) if node.op_type == "Conv"]


def _quantise_as_is(
    model: onnx.ModelProto,
    calibration: NDArray[np.uint8],
    folder: Path,
    in_float: Collection[str],
    choices: dict[str, bool],
) -> onnx.ModelProto:
    source, target = folder / "fp32.onnx", folder / "int8.onnx"
    core, spec = strip_scaling(model)
    onnx.save(core, source)
    exact = {
        "scale": np.array(spec.scale, np.float32),
        "zero_point": np.array(spec.zero_point, np.uint8),
    }
    quantize_static(
        source,
        target,
        _Crops(calibration, spec),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "Relu"],
        nodes_to_quantize=_to_quantise(core, in_float),
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={"TensorQuantOverrides": {SCALED: [exact]}},
        **choices,
    )
    quantised = onnx.load(target)
    _keep_in_float(quantised, in_float)
    _fuse_scaling(quantised, spec)
    return quantised


def _keep_in_float(quantised: onnx.ModelProto, in_float: Collection[str]) -> None:
    """Lets layers in float read by Cast, Sub, Mul what was rounded before them.

    The numbers are those of a DequantizeLinear. But a layer between that and a QuantizeLinear is
    rounded by ONNX Runtime on loading, weights and all, as its integer kernels are faster.
    """
    graph = quantised.graph
    producers = {output: node for node in graph.node for output in node.output}
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for layer in [node for node in graph.node if node.name in in_float]:
        producer = producers.get(layer.input[0])
        if producer is None or producer.op_type != "DequantizeLinear":
            continue
        rounded, scale, zero_point = producer.input
        levels, centred, widened = (f"{layer.name}_{word}" for word in ("levels", "centred", "in"))
        offset = constants[zero_point].astype(np.float32)
        steps = [helper.make_node("Cast", [rounded], [levels], to=onnx.TensorProto.FLOAT)]
        if offset.any():
            name = f"{layer.name}_offset"
            graph.initializer.append(numpy_helper.from_array(offset, name))
            steps.append(helper.make_node("Sub", [levels, name], [centred]))
        steps.append(helper.make_node("Mul", [steps[-1].output[0], scale], [widened]))
        place = list(graph.node).index(layer)
        layer.input[0] = widened
        for number, step in enumerate(steps):
            graph.node.insert(place + number, step)


def _drop_unread_nodes(graph: onnx.GraphProto) -> None:
    """Takes nodes out whose output nobody reads, and then those that only they read."""
    read = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):  # consumers stand after what they read
        if read & set(node.output):
            read |= set(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def _fuse_scaling(quantised: onnx.ModelProto, spec: InputSpec) -> None:
    """Lets the crops themselves take the place of the scaled floats that were quantised first."""
    graph = quantised.graph
    consumers = [node for node in graph.node if SCALED in node.input]
    if [node.op_type for node in consumers] != ["QuantizeLinear"]:  # the first layer stays in float
        prepend_scaling(quantised, spec)
        return
    for node in graph.node:
        node.input[:] = [INPUT if name == consumers[0].output[0] else name for name in node.input]
    graph.node.remove(consumers[0])
    set_graph_input(quantised, INPUT, onnx.TensorProto.UINT8, spec)


def _net(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.name.startswith("net/")]


def _to_quantise(model: onnx.ModelProto, in_float: Collection[str]) -> list[str]:
    """Names of the net's Conv and Relu, without the ones in float and the Relu after each."""
    left = {output for node in _net(model) if node.name in in_float for output in node.output}
    return [
        node.name
        for node in _net(model)
        if node.op_type in ("Conv", "Relu")
        and node.name not in in_float
        and not left & set(node.input)
    ]


def _tidy(quantised: onnx.ModelProto, model: onnx.ModelProto) -> None:
    """Gives back what the quantiser changed around the graph, and drops what nobody reads."""
    _drop_unread_nodes(quantised.graph)
    quantised.producer_name, quantised.producer_version = model.producer_name, ""
    quantised.ir_version = model.ir_version
    quantised.graph.name = model.graph.name
    del quantised.graph.value_info[:]
    del quantised.opset_import[:]
    quantised.opset_import.extend(model.opset_import)
    del quantised.metadata_props[:]
    quantised.metadata_props.extend(model.metadata_props)
    onnx.checker.check_model(quantised, full_check=True)


class _Crops(CalibrationDataReader):  # type: ignore[misc]
    """Hands the calibration set out batch by batch, scaled."""

    def __init__(self, crops: NDArray[np.uint8], spec: InputSpec) -> None:
        starts = range(0, len(crops), _BATCH)
        self._batches = iter([crops[start : start + _BATCH] for start in starts])
        self._zero_point, self._scale = np.float32(spec.zero_point), np.float32(spec.scale)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        give_way()
        batch = next(self._batches, None)
        return None if batch is None else {SCALED: (batch - self._zero_point) * self._scale}
