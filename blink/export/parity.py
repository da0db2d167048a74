"""The gate: an exported model ships only if it is provably the same intelligence."""

import copy
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from blink.contract import CLOSED, OPEN, ExportError, InputSpec, Probabilities
from blink.models import EyeGraph
from blink.runtime.graph.check import INPUT

FP32_TOLERANCE: Final = 1e-4
"""Largest |Δp| of any crop between torch and fp32 ONNX."""

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


def run_onnx(model: bytes, crops: NDArray[np.uint8]) -> Probabilities:
    """What ONNX Runtime says: uint8 (N, C, H, W) → float32 (N,)."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    parts = [
        session.run(None, {INPUT: crops[start : start + _BATCH]})[0]
        for start in range(0, len(crops), _BATCH)
    ]
    return np.concatenate(parts)


@torch.inference_mode()
def run_torch(graph: EyeGraph, crops: NDArray[np.uint8]) -> Probabilities:
    """What torch says: uint8 (N, C, H, W) → float32 (N,). The graph is left as it is."""
    graph = copy.deepcopy(graph).cpu().eval()
    parts = [
        graph(torch.tensor(crops[start : start + _BATCH])).numpy()
        for start in range(0, len(crops), _BATCH)
    ]
    return np.concatenate(parts)


def check_fp32(reference: Probabilities, exported: Probabilities) -> dict[str, Any]:
    """Torch against fp32 ONNX.

    Args:
        reference: p_closed by torch, (N,).
        exported: p_closed by fp32 ONNX, (N,).

    Returns:
        The figures as JSON-ready values.

    Raises:
        ExportError: A crop differs by more than `FP32_TOLERANCE`, or a value is not finite.
    """
    difference = np.abs(reference.astype(np.float64) - exported)
    worst = int(np.argmax(np.where(np.isfinite(difference), difference, np.inf)))
    if not difference[worst] <= FP32_TOLERANCE:
        raise ExportError(
            f"The ONNX file is not the net that was trained: crop {worst} has p_closed "
            f"{exported[worst]:.6f} in it and {reference[worst]:.6f} in torch; at most "
            f"{FP32_TOLERANCE} of difference is allowed. Nothing was written."
        )
    return {
        "crops": len(reference),
        "largest_difference": float(difference[worst]),
        "tolerance": FP32_TOLERANCE,
    }
