"""Torch → ONNX. The same weights give the same bytes, on any machine and at any time.

The file can be used without Blink, see docs/onnx.md: feed `crops`, uint8 (N, channels, height,
width), get `p_closed`, float32 (N,), and of a net that has it also
`openness`, float32 (N,). Its metadata say how a raw crop becomes one row of `crops`, as
JSON under these keys:

    blink.name             the intelligence's name
    blink.input_spec       see `InputSpec`: size, colour, crop rule, kernel, normalisation
    blink.calibration      see `Calibration`; the temperature is already within the graph
    blink.operating_point  see `OperatingPoint`: closed where p_closed >= threshold
    blink.labels           class names by label, ["open", "closed"]
"""

import ast
import copy
import json
from collections import Counter
from typing import Final

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn
from torch.export import Dim

from blink.contract import InputSpec, OperatingPoint
from blink.contract.labels import NAMES
from blink.export.exportable import Exportable
from blink.export.exporter import exporter
from blink.models import EyeGraph, answers
from blink.runtime.graph.check import INPUT, OPENNESS, OUTPUT

OPSET: Final = 18
"""The lowest that torch's exporter writes without a lossy conversion afterwards."""

IR_VERSION: Final = 8
"""The format's version that came with opset 18, so that readers of that age take the file."""

SCALED: Final = "scaled"
"""What the net itself sees: float (N, C, H, W)."""

_SCALE, _ZERO_POINT = "scale", "zero_point"


def to_onnx(exportable: Exportable) -> onnx.ModelProto:
    """The fp32 ONNX model, checked, its batch axis free, with nothing of this machine in it.

    Args:
        exportable: Left as it is; the export works on a copy.

    Returns:
        The model. Nodes of the net are named `net/…`, those around it `graph/…`.
    """
    # Not channels last, as it was trained: torch would count the places of an adaptive pool out in
    # operations of its own, which no bundle may have.
    contiguous = {"memory_format": torch.contiguous_format}
    graph = copy.deepcopy(exportable.graph).cpu().to(**contiguous).eval()  # type: ignore[call-overload]
    model = _trace(graph)
    _tidy(model)
    prepend_scaling(model, graph.spec)
    onnx.helper.set_model_props(model, metadata(exportable))
    onnx.checker.check_model(model, full_check=True)
    return model


def metadata(exportable: Exportable) -> dict[str, str]:
    """What travels in the file beside the graph; see the head of this module."""
    entries = {
        "name": exportable.name,
        "input_spec": exportable.graph.spec.to_dict(),
        "calibration": exportable.graph.calibration.to_dict(),
        "labels": list(NAMES),
    }
    named = {f"blink.{key}": json.dumps(value, sort_keys=True) for key, value in entries.items()}
    return named | threshold_entry(exportable.operating_point)


def threshold_entry(operating_point: OperatingPoint) -> dict[str, str]:
    """The one entry of the metadata that may change after the export: where a product draws it."""
    return {"blink.operating_point": json.dumps(operating_point.to_dict(), sort_keys=True)}


def prepend_scaling(model: onnx.ModelProto, spec: InputSpec) -> None:
    """Lets a graph of scaled floats take the crops of the one preprocessing, in place.

    Cast, subtraction, product: what every reader of ONNX understands. One DequantizeLinear would do
    the same within a microsecond less, but OpenCV reads its levels shifted by 128, in silence.

    Args:
        model: Takes `SCALED`, float (N, C, H, W).
        spec: What the net sees.
    """
    graph = model.graph
    for number, name in ((spec.zero_point, _ZERO_POINT), (spec.scale, _SCALE)):
        graph.initializer.append(numpy_helper.from_array(np.array(number, np.float32), name))
    front = [
        helper.make_node("Cast", [INPUT], ["levels"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Sub", ["levels", _ZERO_POINT], ["centred"]),
        helper.make_node("Mul", ["centred", _SCALE], [SCALED]),
    ]
    for place, node in enumerate(front):
        node.name = f"graph/{node.op_type}"
        graph.node.insert(place, node)
    set_graph_input(model, INPUT, onnx.TensorProto.UINT8, spec)


def strip_scaling(model: onnx.ModelProto) -> tuple[onnx.ModelProto, InputSpec]:
    """Undoes `prepend_scaling`: a copy that takes scaled floats, and what its net sees."""
    entries = {entry.key: entry.value for entry in model.metadata_props}
    spec = InputSpec.from_dict(json.loads(entries["blink.input_spec"]))
    core = onnx.ModelProto()
    core.CopyFrom(model)
    while SCALED not in core.graph.node.pop(0).output:
        pass
    constants = [
        tensor for tensor in core.graph.initializer if tensor.name not in (_ZERO_POINT, _SCALE)
    ]
    del core.graph.initializer[:]
    core.graph.initializer.extend(constants)
    set_graph_input(core, SCALED, onnx.TensorProto.FLOAT, spec)
    return core, spec


def set_graph_input(model: onnx.ModelProto, name: str, kind: int, spec: InputSpec) -> None:
    """Declares the graph's one input, in place."""
    shape: list[int | str | None] = ["batch", *spec.shape]
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info(name, kind, shape))


class _Head(nn.Module):
    """The net with its calibration, on scaled floats: what torch traces."""

    def __init__(self, graph: EyeGraph) -> None:
        super().__init__()
        self.net, self.calibration = graph.net, graph.calibration

    def forward(self, scaled: Tensor) -> tuple[Tensor, ...]:
        return answers(self.net(scaled), self.calibration)


def _trace(graph: EyeGraph) -> onnx.ModelProto:
    example = torch.zeros(2, *graph.spec.shape)
    head = _Head(graph).eval()
    with torch.no_grad():
        outputs = (OUTPUT, OPENNESS)[: len(head(example))]
    with exporter():
        program = torch.onnx.export(
            head,
            (example,),
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            input_names=[SCALED],
            output_names=outputs,
            dynamic_shapes=({0: Dim("batch")},),
            verbose=False,
        )
    assert program is not None  # noqa: S101 - None is the old exporter's answer
    model: onnx.ModelProto = program.model_proto
    fold_calibration(model)
    return model


def fold_calibration(model: onnx.ModelProto) -> None:
    """Has the last layer's weights do what temperature and offset do to its answer, in place.

    Left as it is where the graph does not end in layer → division → addition, the latter where
    there is an offset, and perhaps with a squeeze behind the layer; heuristics' do not. Nor where
    the layer has no bias. Of two logits each has a divisor and an addend of its own.
    """
    graph = model.graph
    producers = {node.output[0]: node for node in graph.node}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    last = producers[graph.output[0].name]
    sigmoid = producers[last.input[0]] if last.op_type == "Gather" else last
    addition = producers.get(sigmoid.input[0])
    if addition is not None and addition.op_type == "Add":
        division = producers.get(addition.input[0])
    else:
        addition, division = None, addition
    if division is None or division.op_type != "Div":
        return
    layer = producers.get(division.input[0])
    if layer is not None and layer.op_type == "Squeeze":
        layer = producers.get(layer.input[0])
    done = [node for node in (division, addition) if node is not None]
    if (
        layer is None
        or not _can_change(layer, graph)
        or any(n.input[1] not in constants for n in done)
    ):
        return
    divisor, addend = (
        numpy_helper.to_array(constants[node.input[1]]) if node is not None else np.float32(0)
        for node in (division, addition)
    )
    for name, moved in zip(layer.input[1:], (np.float32(0), addend), strict=True):
        values = numpy_helper.to_array(constants[name])  # (logits, features), then (logits,)
        changed = values / divisor.reshape(-1, *[1] * (values.ndim - 1)) + moved
        constants[name].CopyFrom(numpy_helper.from_array(changed.astype(np.float32), name))
    sigmoid.input[0] = division.input[0]
    for node in done:
        graph.node.remove(node)
    drop_unread_constants(graph)


def _can_change(layer: onnx.NodeProto, graph: onnx.GraphProto) -> bool:
    """Whether it is a layer with weights and a bias, and nobody else reads them.

    The exporter merges equal constants, and leaves out a bias of zeros.
    """
    consumers = Counter(name for node in graph.node for name in node.input)
    own = [name for name in layer.input[1:] if consumers[name] == 1]
    return layer.op_type == "Gemm" and len(own) == 2


def drop_unread_constants(graph: onnx.GraphProto) -> None:
    """Takes constants out that no node reads."""
    read = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in read]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _tidy(model: onnx.ModelProto) -> None:
    """Names nodes by where they stand and drops stack traces, paths and torch's own notes."""
    model.producer_name, model.producer_version = "blink", ""
    model.ir_version = IR_VERSION
    model.doc_string = ""
    del model.metadata_props[:]
    graph = model.graph
    graph.name, graph.doc_string = "blink", ""
    del graph.metadata_props[:]
    for number, node in enumerate(graph.node):
        place = "net" if "net" in _scopes(node) else "graph"
        node.name = f"{place}/{number:03d}-{node.op_type}"
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*graph.input, *graph.output, *graph.value_info):
        del value.metadata_props[:]
    for tensor in graph.initializer:
        tensor.doc_string = ""
        del tensor.metadata_props[:]


def _scopes(node: onnx.NodeProto) -> list[str]:
    """The modules that a node comes from, outermost first: `["", "net", "net.head", …]`."""
    for entry in node.metadata_props:
        if entry.key == "pkg.torch.onnx.name_scopes":
            return [str(scope) for scope in ast.literal_eval(entry.value)]
    return []
