from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from blink.contract.errors import BundleError
from blink.contract.intelligence import Crop, Probabilities
from blink.runtime.bundle import Bundle, load_bundle
from blink.runtime.preprocessing import check_crops, stack

_LARGEST_BATCH = 256
_TOLERANCE = {"fp32": 1e-4, "int8": 0.01}
"""Largest |Δp| on golden crops by precision.

Floats differ in their last bits from CPU to CPU. In int8 such a bit can turn a rounding over, one
step of 256 in one activation: measured, integer kernels and the same graph in floats are up to
0.0004 apart. Kernels that saturate (8-bit products added up in 16 bits, on CPUs without VNNI) are
off by far more, and it is these that must be found.
"""


class Detector:
    """A bundle that runs: eye crops in, probabilities of *closed* out.

    Example:
        >>> detector = Detector.load("export/zoo/eye-real")
        >>> p = detector.predict([crop])          # float32 (1,), probability of closed
        >>> detector.is_closed([crop])            # bool (1,), at the bundle's operating point
    """

    def __init__(self, bundle: Bundle, precision: str | None = None, threads: int = 1) -> None:
        """Starts ONNX Runtime on one of the bundle's graphs.

        Args:
            bundle: A verified bundle.
            precision: Which graph; the bundle's own choice by default.
            threads: Threads within one run; for graphs as small as these, one is the fastest.

        Raises:
            BundleError: No such precision, no thread, or ONNX Runtime cannot read the graph.
        """
        if threads < 1:
            raise BundleError(f"A detector runs on at least 1 thread, not {threads}.")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        path = bundle.path(precision)
        try:
            self._session = ort.InferenceSession(
                path.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors share no base class but this
            raise BundleError(f"ONNX Runtime cannot load {path}: {error}") from error
        _check_input(self._session, bundle)
        self._input = self._session.get_inputs()[0].name
        self.bundle = bundle
        self.precision = precision or bundle.precision

    @classmethod
    def load(
        cls, folder: str | PathLike[str], precision: str | None = None, threads: int = 1
    ) -> Self:
        """Opens a bundle's folder; its hashes are verified first.

        Raises:
            BundleError: The bundle is incomplete, changed, or of an unknown kind.
        """
        return cls(load_bundle(Path(folder)), precision, threads)

    def predict(self, crops: Sequence[Crop] | NDArray[np.uint8]) -> Probabilities:
        """The probability of *closed* of each crop.

        Args:
            crops: uint8 (H, W) or RGB (H, W, 3), any size from 8×8 up, each its own; or an array
                with one crop a row.

        Returns:
            float32 (N,); empty for no crops.

        Raises:
            CropError: A crop is float, of wrong rank, or too small, or this is no list of crops.
        """
        several = check_crops(crops)
        parts = [
            self.run(stack(several[start : start + _LARGEST_BATCH], self.bundle.spec))
            for start in range(0, len(several), _LARGEST_BATCH)
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def is_closed(self, crops: Sequence[Crop] | NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Whether each eye counts as closed at the bundle's operating point: bool (N,)."""
        return self.predict(crops) >= self.bundle.operating_point.threshold

    def verify(self) -> float:
        """Runs the golden crops again: does this machine answer as the one that exported?

        Returns:
            The largest |Δp| of any golden crop.

        Raises:
            BundleError: It is beyond 1e-4 (fp32) or 0.01 (int8), or there are no golden answers.
        """
        expected = self.bundle.golden_answers(self.precision)
        found = self.run(self.bundle.golden_crops())
        difference = float(np.abs(found - expected).max())
        tolerance = _TOLERANCE.get(self.precision, 1e-4)
        if not difference <= tolerance:
            raise BundleError(
                f"{self.bundle.folder} ({self.precision}) does not give its golden answers on this "
                f"machine: p_closed is off by up to {difference:.4f}, {tolerance} is allowed. "
                "Use another precision here, or another version of ONNX Runtime."
            )
        return difference

    def run(self, batch: NDArray[np.uint8]) -> Probabilities:
        """The bare graph: uint8 (N, height, width, 3) → float32 (N,)."""
        probabilities: Probabilities = self._session.run(None, {self._input: batch})[0]
        return probabilities


def _check_input(session: ort.InferenceSession, bundle: Bundle) -> None:
    spec = bundle.spec
    expected = ("tensor(uint8)", [spec.height, spec.width, 3])
    found = [(entry.type, entry.shape[1:]) for entry in session.get_inputs()]
    if found != [expected]:
        raise BundleError(
            f"{bundle.folder}: the graph takes {found}, its input spec says {[expected]}."
        )
