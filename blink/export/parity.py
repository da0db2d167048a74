"""The gate: an exported model ships only if it is provably the same intelligence."""

import copy
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score

from blink.contract import CLOSED, OPEN, ExportError, InputSpec, Probabilities
from blink.export.onnx_graph import INPUT
from blink.models import EyeGraph

FP32_TOLERANCE: Final = 1e-4
"""Largest |Δp| of any crop between torch and fp32 ONNX."""

INT8_TOLERANCE: Final = 0.005
"""Largest difference in balanced accuracy between fp32 and int8 ONNX: half a point."""

_BATCH = 256


@dataclass(frozen=True)
class Validation:
    """Crops of validation people, on which an export is judged.

    Attributes:
        crops: uint8 (N, height, width, 3), as the graph takes them.
        labels: int64 (N,), 1 closed, 0 open; both occur.
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def check(self, spec: InputSpec) -> None:
        """Refuses a set that cannot judge a graph of this spec.

        Raises:
            ExportError: Wrong shape or type, or one class only.
        """
        expected = (len(self.labels), spec.height, spec.width, 3)
        if self.crops.shape != expected or self.crops.dtype != np.uint8:
            raise ExportError(
                f"Validation crops are uint8 {expected}, not {self.crops.dtype} {self.crops.shape}."
            )
        if set(np.unique(self.labels)) != {OPEN, CLOSED}:
            raise ExportError(
                f"Validation labels are {np.unique(self.labels).tolist()}; both 0 (open) and "
                "1 (closed) must occur. Give validation more people."
            )


@dataclass(frozen=True)
class Int8Parity:
    """How far int8 is from fp32 on validation people.

    Attributes:
        crops: How many crops were compared.
        balanced_accuracy_fp32: Of fp32 at the operating point.
        balanced_accuracy_int8: Of int8 at the same operating point.
        changed_decisions: Share of the crops that int8 decides otherwise.
        largest_difference: Largest |Δp| of any crop.
    """

    crops: int
    balanced_accuracy_fp32: float
    balanced_accuracy_int8: float
    changed_decisions: float
    largest_difference: float

    @property
    def passed(self) -> bool:
        """Whether int8 is near enough to fp32 to ship."""
        gap = self.balanced_accuracy_fp32 - self.balanced_accuracy_int8
        return round(abs(gap), 9) <= INT8_TOLERANCE  # 1 - 0.995 is a little more than 0.005

    def to_dict(self) -> dict[str, Any]:
        """The figures and the verdict as JSON-ready values."""
        return asdict(self) | {"tolerance": INT8_TOLERANCE, "passed": self.passed}


def run_onnx(model: bytes, crops: NDArray[np.uint8]) -> Probabilities:
    """What ONNX Runtime says: uint8 (N, height, width, 3) → float32 (N,)."""
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
    """What torch says: uint8 (N, height, width, 3) → float32 (N,). The graph is left as it is."""
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


def compare_int8(
    fp32: Probabilities, int8: Probabilities, labels: NDArray[np.int64], threshold: float
) -> Int8Parity:
    """Measures int8 against fp32 at the operating point.

    Args:
        fp32: p_closed by fp32 ONNX, (N,).
        int8: p_closed by int8 ONNX, (N,).
        labels: 1 closed, 0 open; (N,).
        threshold: Closed where p_closed >= threshold.
    """
    return Int8Parity(
        crops=len(labels),
        balanced_accuracy_fp32=_balanced_accuracy(fp32 >= threshold, labels),
        balanced_accuracy_int8=_balanced_accuracy(int8 >= threshold, labels),
        changed_decisions=float(np.mean((fp32 >= threshold) != (int8 >= threshold))),
        largest_difference=float(np.abs(fp32.astype(np.float64) - int8).max()),
    )


def _balanced_accuracy(closed: NDArray[np.bool_], labels: NDArray[np.int64]) -> float:
    return float(balanced_accuracy_score(labels == CLOSED, closed))
