"""ONNX fp32 → static int8, by a calibration set of training people."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from blink.contract import ExportError
from blink.export.bias import correct_biases
from blink.export.onnx_graph import INPUT

_BATCH = 64


def quantise(model: onnx.ModelProto, calibration: NDArray[np.uint8]) -> onnx.ModelProto:
    """Static QDQ: weights int8 per channel, activations uint8, the net's Conv and Relu alone.

    Grey conversion, normalisation, the pooled features, the last neuron and the sigmoid stay
    float: they cost next to nothing, and eight bits of logit would leave 256 probabilities. So does
    the first convolution: it has one or three channels to read, which int8 kernels do worse than
    float ones, and rounding its input costs the most decisions. Conv and Relu are named together,
    as a Conv alone leaves a pair of DQ → Q before every Relu. Biases make up for rounded weights,
    see `correct_biases`.

    Args:
        model: From `to_onnx`; left as it is.
        calibration: Crops of training people as the graph takes them, uint8 (N, height, width, 3).

    Returns:
        The quantised model, with the metadata of the one given.

    Raises:
        ExportError: The calibration set is empty, or the net has nothing to quantise.
    """
    if len(calibration) == 0:
        raise ExportError(
            "The calibration set is empty; give some hundred crops of training people."
        )
    if not _to_quantise(model):
        raise ExportError(
            "The net has not two convolutions, so int8 has nothing to quantise. Export it with "
            "`export=fp32`."
        )
    with TemporaryDirectory(prefix="blink-int8-") as folder, _quiet():
        source, prepared = Path(folder) / "source.onnx", Path(folder) / "prepared.onnx"
        onnx.save(model, source)
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        step = partial(_quantise_as_is, calibration=calibration, folder=Path(folder))
        quantised = step(correct_biases(onnx.load(prepared), step, calibration))
    _tidy(quantised, model)
    return quantised


def _quantise_as_is(
    model: onnx.ModelProto, calibration: NDArray[np.uint8], folder: Path
) -> onnx.ModelProto:
    source, target = folder / "fp32.onnx", folder / "int8.onnx"
    onnx.save(model, source)
    quantize_static(
        source,
        target,
        _Crops(calibration),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "Relu"],
        nodes_to_quantize=_to_quantise(model),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    return onnx.load(target)


def _to_quantise(model: onnx.ModelProto) -> list[str]:
    """Names of the net's Conv and Relu from its second Conv on."""
    nodes = [node for node in model.graph.node if node.name.startswith("net/")]
    convolutions = [number for number, node in enumerate(nodes) if node.op_type == "Conv"]
    if len(convolutions) < 2:
        return []
    rest = nodes[convolutions[1] :]
    return [node.name for node in rest if node.op_type in ("Conv", "Relu")]


def _tidy(quantised: onnx.ModelProto, model: onnx.ModelProto) -> None:
    """Gives back what the quantiser changed around the graph, and drops the shapes it noted."""
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
    """Hands the calibration set out batch by batch."""

    def __init__(self, crops: NDArray[np.uint8]) -> None:
        starts = range(0, len(crops), _BATCH)
        self._batches = iter([crops[start : start + _BATCH] for start in starts])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {INPUT: batch}


@contextmanager
def _quiet() -> Iterator[None]:
    """The quantiser logs advice to the root logger; we have followed what applies."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
