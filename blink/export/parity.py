"""The gate: an exported model ships only if it is provably the same intelligence."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from blink.contract import CLOSED, OPEN, ExportError, InputSpec, Probabilities
from blink.latency.slot import give_way
from blink.models import EyeGraph
from blink.runtime.graph.check import INPUT, OPENNESS, OUTPUT

FP32_TOLERANCE: Final = 1e-4
"""Largest difference of any crop between torch and fp32 ONNX, in p_closed and in openness."""

Answers = NDArray[np.float32]
"""One output of a graph: float32 (N,)."""

_BATCH = 256


@dataclass(frozen=True)
class Validation:
    """Crops of validation people, on which an export is judged.

    Attributes:
        crops: uint8 (N, C, H, W), as the graph takes them.
        labels: int64 (N,), 1 closed, 0 open; both occur.
        people: int64 (N,), a number for whose eye each crop shows; None where nobody knows, so
            that no interval can be had.
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.int64]
    people: NDArray[np.int64] | None = None

    def check(self, spec: InputSpec) -> None:
        """Refuses a set that cannot judge a graph of this spec.

        Raises:
            ExportError: Wrong shape or type, one class only, or not a person for each crop.
        """
        expected = (len(self.labels), *spec.shape)
        if self.crops.shape != expected or self.crops.dtype != np.uint8:
            raise ExportError(
                f"Validation crops are uint8 {expected}, not {self.crops.dtype} {self.crops.shape}."
            )
        if set(np.unique(self.labels)) != {OPEN, CLOSED}:
            raise ExportError(
                f"Validation labels are {np.unique(self.labels).tolist()}; both 0 (open) and "
                "1 (closed) must occur. Give validation more people."
            )
        if self.people is not None and self.people.shape != self.labels.shape:
            raise ExportError(
                f"Validation has {len(self.labels)} labels and people of shape "
                f"{self.people.shape}; each crop needs one of each."
            )


def run_onnx(model: bytes, crops: NDArray[np.uint8], *, is_fused: bool = True) -> Probabilities:
    """What ONNX Runtime says: uint8 (N, C, H, W) → p_closed, the first output, float32 (N,)."""
    return run_onnx_whole(model, crops, is_fused=is_fused)[0]


def run_onnx_whole(
    model: bytes, crops: NDArray[np.uint8], *, is_fused: bool = True
) -> list[Answers]:
    """All that ONNX Runtime says: uint8 (N, C, H, W) → every output of the graph, in order.

    Args:
        model: The ONNX file.
        crops: As the graph takes them.
        is_fused: As it runs. Without, node by node: int8 in floats between its roundings, as it is
            defined, since sums of eight-bit products saturate in kernels for CPUs without VNNI.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    if not is_fused:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    parts = []
    for start in range(0, len(crops), _BATCH):
        give_way()
        parts.append(session.run(None, {INPUT: crops[start : start + _BATCH]}))
    return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]


@torch.inference_mode()
def run_torch_whole(graph: EyeGraph, crops: NDArray[np.uint8]) -> list[Answers]:
    """All that torch says: uint8 (N, C, H, W) → p_closed and, if there is one, openness.

    The graph is left as it is.
    """
    graph = copy.deepcopy(graph).cpu().eval()
    parts = []
    for start in range(0, len(crops), _BATCH):
        give_way()
        parts.append(graph.answers(torch.tensor(crops[start : start + _BATCH])))
    return [torch.cat(outputs).numpy() for outputs in zip(*parts, strict=True)]


def check_parity(
    graph: EyeGraph, graphs: Mapping[str, bytes], crops: NDArray[np.uint8]
) -> dict[str, Any]:
    """What a bundle says of how near its graphs are to torch.

    Args:
        graph: As it was trained.
        graphs: Precision → ONNX file; fp32 is among them.
        crops: uint8 (N, C, H, W).

    Returns:
        `fp32`, see `check_fp32`; of graphs with openness also `openness`, the same for its fp32
        and `mean_change` against fp32 for every other precision.

    Raises:
        ExportError: See `check_fp32`.
    """
    reference, exported = run_torch_whole(graph, crops), run_onnx_whole(graphs["fp32"], crops)
    parity = {"fp32": check_fp32(reference[0], exported[0])}
    if len(exported) > 1:
        changes = {
            name: {"mean_change": mean_change(exported[1], run_onnx_whole(data, crops)[1])}
            for name, data in sorted(graphs.items())
            if name != "fp32"
        }
        fp32 = check_fp32(reference[1], exported[1], OPENNESS)
        parity[OPENNESS] = {"fp32": fp32, **changes}
    return parity


def mean_change(before: Answers, after: Answers) -> float:
    """Mean |Δ| between two graphs' answers, (N,) each."""
    return float(np.abs(before.astype(np.float64) - after).mean())


def check_fp32(reference: Answers, exported: Answers, output: str = OUTPUT) -> dict[str, Any]:
    """Torch against fp32 ONNX.

    Args:
        reference: An output by torch, (N,).
        exported: The same by fp32 ONNX, (N,).
        output: Its name.

    Returns:
        The figures as JSON-ready values.

    Raises:
        ExportError: A crop differs by more than `FP32_TOLERANCE`, or a value is not finite.
    """
    difference = np.abs(reference.astype(np.float64) - exported)
    worst = int(np.argmax(np.where(np.isfinite(difference), difference, np.inf)))
    if not difference[worst] <= FP32_TOLERANCE:
        raise ExportError(
            f"The ONNX file is not the net that was trained: crop {worst} has {output} "
            f"{exported[worst]:.6f} in it and {reference[worst]:.6f} in torch; at most "
            f"{FP32_TOLERANCE} of difference is allowed. Nothing was written."
        )
    return {
        "crops": len(reference),
        "largest_difference": float(difference[worst]),
        "tolerance": FP32_TOLERANCE,
    }
