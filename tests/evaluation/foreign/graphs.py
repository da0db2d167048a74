"""Tiny ONNX graphs and their adapters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import yaml
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

INPUT: dict[str, Any] = {"height": 8, "width": 8, "colour": "grey"}
OUTPUT: dict[str, Any] = {"says": "closed"}
_TYPES = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "uint8": TensorProto.UINT8,
}


def write_graph(
    path: Path, shape: Sequence[int | str], values: int = 0, dtype: str = "float32"
) -> Path:
    """A graph that gives its whole input back, flat and float32, or its first so many values."""
    nodes = [
        helper.make_node("Cast", ["x"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["cast"], ["flat"], axis=1),
        helper.make_node("Slice", ["flat", "start", "end", "axis"], ["y"]),
    ]
    end = values or np.iinfo(np.int64).max
    constants = {"start": [0], "end": [end], "axis": [1]}
    graph = helper.make_graph(
        nodes,
        "peer",
        [helper.make_tensor_value_info("x", _TYPES[dtype], list(shape))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array(v, np.int64), name) for name, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save(model, path)
    return path


def write_linear(path: Path, weights: Sequence[float], size: int = 8) -> Path:
    """A graph with a value per weight: the mean pixel, times that weight."""
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
        helper.make_node("Mul", ["column", "weights"], ["y"]),
    ]
    constants: dict[str, NDArray[Any]] = {
        "axes": np.array([1, 2, 3], np.int64),
        "last": np.array([1], np.int64),
        "weights": np.array([weights], np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "peer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, size, size])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", len(weights)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save(model, path)
    return path


def write_adapter(model: Path, **said: Any) -> Path:
    """An adapter beside a graph; `input` and `output` are merged into plain ones."""
    merged = {
        "model": model.name,
        "name": "peer",
        **said,
        "input": INPUT | said.get("input", {}),
        "output": OUTPUT | said.get("output", {}),
    }
    path = model.with_suffix(".yaml")
    path.write_text(yaml.safe_dump(merged))
    return path
