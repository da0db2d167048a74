"""A small bundle that is put together by hand: no torch, no training, made in a moment.

Its graphs have the very layers of a real net, in floats, with weights in half floats, and in eight
bits, and its answers depend on every weight.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from blink.contract import Calibration, InputSpec, OperatingPoint
from blink.runtime.bundle import CARD, FILE, SCHEMA, digest

SPEC = InputSpec(16, 16)
OPSET, IR_VERSION = 13, 8
CARD_TEXT = b"# crafted\n"
FILES = {"int8": "model.onnx", "fp32": "fp32.onnx", "fp16": "fp16.onnx"}

Content = dict[str, Any]
Weights = dict[str, NDArray[Any]]


def weights() -> Weights:
    """Weights of two convolutions and one neuron."""
    rng = np.random.default_rng(7)
    return {
        "w1": rng.normal(0, 0.5, (8, 1, 3, 3)).astype(np.float32),
        "b1": rng.normal(0, 0.5, 8).astype(np.float32),
        "w2": rng.normal(0, 0.3, (8, 8, 3, 3)).astype(np.float32),
        "b2": rng.normal(0, 0.3, 8).astype(np.float32),
        "w3": rng.normal(0, 0.8, (1, 8)).astype(np.float32),
        "b3": np.array([-0.3], np.float32),
    }


def model(precision: str) -> onnx.ModelProto:
    """The net in a precision, as the contract of a model file has it."""
    nodes, tensors = {"fp32": _floats, "fp16": _halves, "int8": _bytes}[precision](weights())
    graph = helper.make_graph(
        [
            *nodes,
            helper.make_node("ReduceMean", ["r2"], ["pooled"], axes=[2, 3], keepdims=0),
            helper.make_node("Gemm", ["pooled", "w3f", "b3"], ["logits"], transB=1),
            helper.make_node("Squeeze", ["logits", "last"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["p_closed"]),
        ],
        "blink",
        [helper.make_tensor_value_info("crops", TensorProto.UINT8, ["batch", *SPEC.shape])],
        [helper.make_tensor_value_info("p_closed", TensorProto.FLOAT, ["batch"])],
        [numpy_helper.from_array(array, name) for name, array in tensors.items()],
    )
    found = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    described = {key: json.dumps(value) for key, value in _described().items()}
    helper.set_model_props(found, {f"blink.{key}": value for key, value in described.items()})
    onnx.checker.check_model(found, full_check=True)
    return found


def _described() -> Content:
    return {
        "name": "crafted",
        "input_spec": SPEC.to_dict(),
        "calibration": Calibration(1.25).to_dict(),
        "operating_point": OperatingPoint(0.45).to_dict(),
        "labels": ["open", "closed"],
    }


_FRONT: Weights = {
    "scale": np.array(SPEC.scale, np.float32),
    "zero": np.array(SPEC.zero_point, np.uint8),
    "last": np.array([1], np.int64),
}
_CONV: Content = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}


def _layers(weight: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("DequantizeLinear", ["crops", "scale", "zero"], ["x"]),
        helper.make_node("Conv", ["x", f"w1{weight}", "b1"], ["c1"], **_CONV),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", f"w2{weight}", "b2"], ["c2"], **_CONV),
        helper.make_node("Relu", ["c2"], ["r2"]),
    ]


def _floats(found: Weights) -> tuple[list[onnx.NodeProto], Weights]:
    return _layers(""), _FRONT | {"w3f" if name == "w3" else name: w for name, w in found.items()}


def _halves(found: Weights) -> tuple[list[onnx.NodeProto], Weights]:
    names = ("w1", "w2", "w3")
    casts = [helper.make_node("Cast", [name], [f"{name}f"], to=1) for name in names]
    halves = {name: found[name].astype(np.float16) for name in names}
    return casts + _layers("f"), _FRONT | found | halves


def _bytes(found: Weights) -> tuple[list[onnx.NodeProto], Weights]:
    """Eight bits, per channel: weights int8, activations uint8, biases in 32 bits."""
    tensors = _FRONT | {"w3f": found["w3"], "b3": found["b3"], "zero8": np.array(0, np.uint8)}
    scales = {"1": np.float32(SPEC.scale), "2": np.float32(3 / 255)}
    nodes = []
    for layer, given in scales.items():
        steps = (np.abs(found[f"w{layer}"]).max((1, 2, 3)) / 127).astype(np.float32)
        rounded = np.round(found[f"w{layer}"] / steps[:, None, None, None]).astype(np.int8)
        bias = np.round(found[f"b{layer}"] / (steps * given)).astype(np.int32)
        tensors |= {f"w{layer}q": rounded, f"w{layer}s": steps, f"w{layer}z": np.zeros(8, np.int8)}
        tensors |= {f"b{layer}q": bias, f"b{layer}s": (steps * given).astype(np.float32)}
        tensors |= {f"b{layer}z": np.zeros(8, np.int32), f"r{layer}s": np.array(3 / 255, "<f4")}
        nodes += [
            helper.make_node(
                "DequantizeLinear", [f"{kind}{layer}{part}" for part in "qsz"], [name], axis=0
            )
            for kind, name in (("w", f"w{layer}f"), ("b", f"b{layer}"))
        ]
    rest = _layers("f")
    for layer, place in (("2", 5), ("1", 3)):  # from the back, so that places hold
        relu = rest[place - 1]
        relu.output[0] = f"a{layer}"
        rest[place:place] = [
            helper.make_node("QuantizeLinear", [f"a{layer}", f"r{layer}s", "zero8"], [f"q{layer}"]),
            helper.make_node(
                "DequantizeLinear", [f"q{layer}", f"r{layer}s", "zero8"], [f"r{layer}"]
            ),
        ]
    return nodes + rest, tensors


def golden() -> NDArray[np.uint8]:
    """Inputs of the graph, uint8 (4, 1, 16, 16)."""
    return np.random.default_rng(5).integers(0, 256, (4, *SPEC.shape), np.uint8)


def entries(graphs: dict[str, bytes]) -> Content:
    """What bundle.json says, but for files and hashes."""
    answers = {}
    for precision, graph in graphs.items():
        session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
        answers[precision] = [round(float(p), 7) for p in session.run(None, {"crops": golden()})[0]]
    crops = base64.b64encode(golden().tobytes()).decode()
    return _described() | {
        "schema": SCHEMA,
        "kind": "net",
        "precision": "int8",
        "precisions": {precision: FILES[precision] for precision in graphs},
        "provenance": {
            "licence": "Weights made up by hand; free for any use.",
            "commit": "0123",
            "parity": {"fp32": {"crops": 4, "largest_difference": 0.0, "tolerance": 1e-4}},
        },
        "metrics": {},
        "golden": {"crops": crops, "p_closed": answers},
        "export": {},
        "inspection": {},
    }


def write(folder: Path, content: Content, graphs: dict[str, bytes]) -> Path:
    """Writes a bundle whose hashes are right, whatever is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {content["precisions"][precision]: graph for precision, graph in graphs.items()}
    files[CARD] = CARD_TEXT
    for name, data in files.items():
        (folder / name).write_bytes(data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    content = content | {"files": hashes}
    seal(folder, content)
    return folder


def seal(folder: Path, content: Content) -> None:
    """Writes bundle.json with the hash that belongs to it."""
    (folder / FILE).write_text(json.dumps(content | {"sha256": digest(content)}))


def craft(folder: Path) -> Path:
    """Writes the whole bundle."""
    graphs = {precision: model(precision).SerializeToString() for precision in FILES}
    return write(folder, entries(graphs), graphs)


def forge(folder: Path, change: Callable[[Content], object]) -> None:
    """Changes bundle.json and makes its hash right again."""
    content = json.loads((folder / FILE).read_text())
    change(content)
    seal(folder, content)


def forge_graph(
    folder: Path, change: Callable[[onnx.ModelProto], object], precision: str = "fp32"
) -> None:
    """Changes a graph and makes all hashes right again."""
    found = onnx.load(folder / FILES[precision])
    change(found)
    replace_graph(folder, found.SerializeToString(), precision)


def replace_graph(folder: Path, data: bytes, precision: str = "fp32") -> None:
    """Puts bytes in the place of a graph and makes all hashes right again."""
    (folder / FILES[precision]).write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    forge(folder, lambda content: content["files"].update({FILES[precision]: sha256}))
