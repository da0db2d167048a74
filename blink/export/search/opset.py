"""The lowest opset that says the same: old runtimes take the file, too."""

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from blink.export.onnx_graph import drop_unread_constants
from blink.export.parity import Answers, run_onnx_whole

LOWEST: Final = 11
"""Of 2019; the loader of bundles knows the operators' rules from here on, see `blink.runtime`."""

_AXES_AS_INPUT: Final = {"ReduceMean": 18, "ReduceMax": 18, "Squeeze": 13, "Unsqueeze": 13}
"""Operator → opset from which its axes are an input; before, they were an attribute."""


def lower_opset(model: onnx.ModelProto, crops: NDArray[np.uint8]) -> onnx.ModelProto:
    """The same graph in the lowest opset in which it is valid and answers the same to the bit.

    onnx's own converter has no way down from Relu of opset 14, which differs in the types that it
    takes and in nothing else. So every opset is tried from below, and proven by running it.

    Args:
        model: Left as it is.
        crops: uint8 (N, C, H, W), on which both are compared.
    """
    answers = run_onnx_whole(model.SerializeToString(), crops)
    for version in range(LOWEST, opset_of(model)):
        lowered = _write_in(model, version)
        if _is_valid(lowered) and _answers(lowered, crops, answers):
            return lowered
    return model


def opset_of(model: onnx.ModelProto) -> int:
    """The version of ONNX's own operators that a graph is written in."""
    return next(int(entry.version) for entry in model.opset_import if not entry.domain)


def _write_in(model: onnx.ModelProto, version: int) -> onnx.ModelProto:
    lowered = onnx.ModelProto()
    lowered.CopyFrom(model)
    del lowered.opset_import[:]
    lowered.opset_import.append(helper.make_opsetid("", version))
    lowered.ir_version = helper.find_min_ir_version_for(list(lowered.opset_import))
    constants = {tensor.name: tensor for tensor in lowered.graph.initializer}
    for node in lowered.graph.node:
        _drop_defaults(node)
        since = _AXES_AS_INPUT.get(node.op_type, 0)
        if version < since and len(node.input) == 2 and node.input[1] in constants:
            axes = numpy_helper.to_array(constants[node.input.pop(1)])
            node.attribute.append(helper.make_attribute("axes", [int(axis) for axis in axes]))
    drop_unread_constants(lowered.graph)
    return lowered


def _drop_defaults(node: onnx.NodeProto) -> None:
    """Attributes that say what is so anyway, some of which an older opset does not know."""
    known = onnx.defs.get_schema(node.op_type, node.domain).attributes
    said = [
        attribute
        for attribute in node.attribute
        if attribute.name not in known or known[attribute.name].default_value != attribute
    ]
    del node.attribute[:]
    node.attribute.extend(said)


def _is_valid(model: onnx.ModelProto) -> bool:
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, RuntimeError):
        return False
    return True


def _answers(model: onnx.ModelProto, crops: NDArray[np.uint8], answers: list[Answers]) -> bool:
    try:
        found = run_onnx_whole(model.SerializeToString(), crops)
    except Exception:  # ONNX Runtime's errors share no base class but this
        return False
    return all(map(np.array_equal, found, answers))
