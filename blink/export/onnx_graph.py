"""Torch → ONNX. The same weights give the same bytes, on any machine and at any time.

The file can be used without Blink: feed `crops`, uint8 (N, height, width, 3) RGB, get `p_closed`,
float32 (N,). Its metadata say how a raw crop becomes one row of `crops`, as JSON under these keys:

    blink.name             the intelligence's name
    blink.input_spec       see `InputSpec`: size, colour, crop rule, kernel, normalisation
    blink.calibration      see `Calibration`; the temperature is already within the graph
    blink.operating_point  see `OperatingPoint`: closed where p_closed >= threshold
    blink.labels           class names by label, ["open", "closed"]
"""

import ast
import copy
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import onnx
import torch
from torch.export import Dim

from blink.contract import OperatingPoint
from blink.contract.labels import NAMES
from blink.export.exportable import Exportable
from blink.models import EyeGraph

OPSET: Final = 18
"""The lowest that torch's exporter writes without a lossy conversion afterwards."""

IR_VERSION: Final = 8
"""The format's version that came with opset 18, so that readers of that age take the file."""

INPUT, OUTPUT = "crops", "p_closed"


def to_onnx(exportable: Exportable) -> onnx.ModelProto:
    """The fp32 ONNX model, checked, its batch axis free, with nothing of this machine in it.

    Args:
        exportable: Left as it is; the export works on a copy.

    Returns:
        The model. Nodes of the net are named `net/…`, those around it `graph/…`.
    """
    graph = copy.deepcopy(exportable.graph).cpu().eval()
    model = _trace(graph)
    _tidy(model)
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


def _trace(graph: EyeGraph) -> onnx.ModelProto:
    example = torch.zeros(2, graph.spec.height, graph.spec.width, 3, dtype=torch.uint8)
    with _quiet():
        program = torch.onnx.export(
            graph,
            (example,),
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: Dim("batch")},),
            verbose=False,
        )
    assert program is not None  # noqa: S101 - None is the old exporter's answer
    model: onnx.ModelProto = program.model_proto
    return model


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


@contextmanager
def _quiet() -> Iterator[None]:
    """Torch's exporter warns of its own deprecated calls and logs its progress; neither is ours."""
    levels = {
        name: logging.getLogger(name).level for name in ("torch.onnx", "onnx_ir", "onnxscript")
    }
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
