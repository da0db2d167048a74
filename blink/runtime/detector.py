from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from blink.contract.errors import BundleError
from blink.contract.intelligence import Crop, Probabilities
from blink.runtime.bundle import Bundle, load_bundle
from blink.runtime.crops import check_crops
from blink.runtime.engine import Engine
from blink.runtime.inspection import Inspection, Inspector
from blink.runtime.preprocessing import ChannelOrder, stack
from blink.runtime.signature import Key

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

D = TypeVar("D", bound="Detector")

_CHUNK: Final = 256
"""Crops a run: each run has its price, and while it lasts it holds up other callers."""

_TOLERANCE: Final = {"fp32": 1e-4, "int8": 0.01}
"""Largest |Δp| on golden crops by precision.

Floats differ in their last bits from CPU to CPU. In int8 such a bit can turn a rounding over, one
step of 256 in one activation: measured, integer kernels and the same graph in floats are up to
0.0004 apart. Kernels that saturate (8-bit products added up in 16 bits, on CPUs without VNNI) are
off by far more, and it is these that must be found.
"""


class Detector:
    """A bundle that runs: eye crops in, probabilities of *closed* out.

    Any number of threads may share one. It works in forked children, and can be pickled, whole, for
    processes that are started in another way. See docs/runtime.md.

    Example:
        >>> detector = Detector.load("export/zoo/standard")
        >>> p = detector.predict([crop])          # float32 (1,), probability of closed
        >>> detector.is_closed([crop])            # bool (1,), at the bundle's operating point
        >>> detector.inspect(crop).usable         # whether the answer means anything
    """

    def __init__(
        self,
        bundle: Bundle,
        precision: str | None = None,
        *,
        threads: int = 1,
        spinning: bool = False,
    ) -> None:
        """Starts ONNX Runtime on one of the bundle's graphs.

        Args:
            bundle: A verified bundle.
            precision: Which graph; the bundle's own choice by default.
            threads: Threads within one run; for graphs as small as these, one is the fastest.
            spinning: Whether further threads wait actively: sooner at work, never at rest.

        Raises:
            BundleError: No such precision, too few or too many threads, spinning is no bool, or
                ONNX Runtime cannot read the graph.
            ConfigError: `BLINK_CORES` is set to what is no number of cores.
        """
        self.bundle = bundle
        self.precision = precision or bundle.precision
        graph, name = bundle.graph(precision), str(bundle.path(precision))
        self._engine = Engine(graph, name, threads, spinning)
        _check_input(self._engine, bundle)

    @classmethod
    def load(
        cls,
        folder: str | PathLike[str],
        precision: str | None = None,
        *,
        threads: int = 1,
        spinning: bool = False,
        trusted_keys: Sequence[Key] | None = None,
    ) -> Self:
        """Opens a bundle's folder, verifies its files, and has it answer its golden crops.

        Args:
            folder: Where the bundle lies.
            precision: See `Detector`; likewise `threads` and `spinning`.
            threads: See `Detector`.
            spinning: See `Detector`.
            trusted_keys: Public keys, one of which has to have signed it; None asks for none.

        Raises:
            BundleError: The bundle is incomplete, changed, of an unknown kind or not trusted, or
                it answers other than where it was exported; likewise the errors of `Detector`.
            ConfigError: See `Detector`.
        """
        bundle = load_bundle(Path(folder), trusted_keys)
        return _verified(cls, bundle, precision, threads, spinning)

    def predict(
        self, crops: Sequence[Crop] | NDArray[np.uint8], colour: ChannelOrder = "rgb"
    ) -> Probabilities:
        """The probability of *closed* of each crop.

        Args:
            crops: uint8 (H, W) or (H, W, 3), any size from 8×8 up, each its own; or an array with
                one crop a row.
            colour: The order of the channels of those that have three; cv2 decodes to `bgr`.

        Returns:
            float32 (N,); empty for no crops.

        Raises:
            CropError: A crop is float, of wrong rank, or too small, this is no list of crops, or
                there is no such order.
        """
        several = check_crops(crops)
        if not several:
            return np.empty(0, np.float32)
        if len(several) <= _CHUNK:
            return self.run(stack(several, self.bundle.spec, colour))
        return np.concatenate([self.run(batch) for batch in self._ahead(several, colour)])

    def openness(
        self, crops: Sequence[Crop] | NDArray[np.uint8], colour: ChannelOrder = "rgb"
    ) -> NDArray[np.float32]:
        """How far each eye is open: 0 closed, 1 as wide as its person opens it.

        Learnt from rendered eyes, where alone it is known; a number for what lies between closed
        and open, where p_closed is a coin toss.

        Args:
            crops: As `predict` takes them.
            colour: Likewise.

        Returns:
            float32 (N,); empty for no crops.

        Raises:
            BundleError: The bundle was exported without it, see `Bundle.has_openness`.
            CropError: See `predict`.
        """
        if not self.bundle.has_openness:
            raise BundleError(
                f"{self.bundle.folder} does not say how far an eye is open, only whether it is. "
                "Take a bundle whose net has two outputs (docs/openness.md)."
            )
        several = check_crops(crops)
        if not several:
            return np.empty(0, np.float32)
        if len(several) <= _CHUNK:
            return self._engine.run(stack(several, self.bundle.spec, colour), 1)
        return np.concatenate([self._engine.run(one, 1) for one in self._ahead(several, colour)])

    def _ahead(self, crops: Sequence[Crop], colour: ChannelOrder) -> Iterator[NDArray[np.uint8]]:
        """Input of the graph, chunk by chunk; the next is made while the last one runs.

        Where no thread can be started, as while the interpreter ends, each is made when it is due.
        """

        def make(at: int) -> NDArray[np.uint8]:
            return stack(crops[at : at + _CHUNK], self.bundle.spec, colour, at)

        starts = range(0, len(crops), _CHUNK)
        try:
            from concurrent.futures import ThreadPoolExecutor  # who asks for few does not wait
        except RuntimeError:  # it cannot be loaded any more
            yield from map(make, starts)
            return
        with ThreadPoolExecutor(1) as other:
            coming = _begin(other, make, starts[0])
            for start in starts[1:]:
                batch = coming()
                coming = _begin(other, make, start)
                yield batch
            yield coming()

    def is_closed(
        self, crops: Sequence[Crop] | NDArray[np.uint8], colour: ChannelOrder = "rgb"
    ) -> NDArray[np.bool_]:
        """Whether each eye counts as closed at the bundle's operating point: bool (N,)."""
        return self.predict(crops, colour) >= self.bundle.operating_point.threshold

    def inspect(self, crop: Crop, colour: ChannelOrder = "rgb") -> Inspection:
        """Whether a crop is worth an answer, and if not, why: a product can ask for another.

        Args:
            crop: uint8 (H, W) or (H, W, 3), of any size.
            colour: The order of its channels.

        Raises:
            CropError: It is no array, of another type or rank, or there is no such order.
        """
        return self._inspector.inspect(crop, colour)

    def verify(self) -> float:
        """Runs the golden crops again: does this machine answer as the one that exported?

        Returns:
            The largest |Δ| of any golden crop, in p_closed or openness.

        Raises:
            BundleError: It is beyond 1e-4 (fp32) or 0.01 (int8), or there are no golden answers.
        """
        differences = [
            self._verify(place, output) for place, output in enumerate(self.bundle.outputs)
        ]
        return max(differences)

    def _verify(self, place: int, output: str) -> float:
        expected = self.bundle.golden_answers(self.precision, output)
        try:
            found = self._engine.run(self.bundle.golden_crops(), place)
        except Exception as error:  # ONNX Runtime's errors share no base class but this
            path = self.bundle.path(self.precision)
            raise BundleError(f"ONNX Runtime cannot run {path}: {error}") from error
        difference = float(np.abs(found - expected).max())
        tolerance = _TOLERANCE.get(self.precision, 1e-4)
        if not difference <= tolerance:
            raise BundleError(
                f"{self.bundle.folder} ({self.precision}) does not give its golden answers on this "
                f"machine: {output} is off by up to {difference:.4f}, {tolerance} is allowed. "
                "Use another precision here, or another version of ONNX Runtime."
            )
        return difference

    def run(self, batch: NDArray[np.uint8]) -> Probabilities:
        """The bare graph: uint8 (N, channels, height, width) → float32 (N,)."""
        return self._engine.run(batch)

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[Any, ...]]:
        """The bundle's content and the settings: the other process needs no access to its files."""
        engine = self._engine
        settings = self.bundle, self.precision, engine.threads, engine.spinning
        return _verified, (type(self), *settings)

    @cached_property
    def _inspector(self) -> Inspector:
        return Inspector.from_dict(self.bundle.inspection)


def _verified(
    kind: type[D], bundle: Bundle, precision: str | None, threads: int, spinning: bool
) -> D:
    """A detector that gives its golden answers here."""
    detector = kind(bundle, precision, threads=threads, spinning=spinning)
    detector.verify()
    return detector


def _check_input(engine: Engine, bundle: Bundle) -> None:
    expected = ("tensor(uint8)", list(bundle.spec.shape))
    found = [(kind, shape[1:]) for kind, shape in engine.inputs]
    if found != [expected]:
        raise BundleError(
            f"{bundle.folder}: the graph takes {found}, its input spec says {[expected]}."
        )


def _begin(
    other: "ThreadPoolExecutor", make: Callable[[int], NDArray[np.uint8]], at: int
) -> Callable[[], NDArray[np.uint8]]:
    """Lets a thread make a chunk, if it can; what is returned gives it."""
    try:
        return other.submit(make, at).result
    except RuntimeError:  # no thread can be started any more
        return partial(make, at)
