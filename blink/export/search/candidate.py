"""What the export search weighs: candidates, how each is made, and from what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray

from blink.export.exportable import Exportable
from blink.export.onnx_graph import to_onnx
from blink.export.parity import Validation
from blink.export.search.gate import GateResult
from blink.export.search.sensitivity import LayerSensitivity

_FEW_DECISIONS: Final = 1e-4

Precision = Literal["fp32", "fp16", "int8"]
"""What a bundle calls a precision."""


@dataclass(frozen=True)
class Learning:
    """Crops of training people, for quantisation-aware training.

    Attributes:
        crops: uint8 (N, C, H, W), as the graph takes them.
        labels: int64 (N,), 1 closed, 0 open.
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class LeftOut:
    """Why a recipe made no candidate."""

    why: str


@dataclass(frozen=True)
class Source:
    """What recipes make their candidates of.

    Attributes:
        exportable: The intelligence.
        calibration: Crops of training people, uint8 (N, C, H, W); empty for none.
        validation: Crops of validation people.
        judge: A graph → how near it is to fp32 on them.
        measure_layers: fp32 graph → what each layer costs when it alone is rounded.
        learning: For quantisation-aware training; None for none.
    """

    exportable: Exportable
    calibration: NDArray[np.uint8]
    validation: Validation
    judge: Callable[[bytes], GateResult]
    measure_layers: Callable[[onnx.ModelProto], Sequence[LayerSensitivity]]
    learning: Learning | None = None

    @cached_property
    def model(self) -> onnx.ModelProto:
        """The fp32 graph, to be copied and never to be changed."""
        return to_onnx(self.exportable)

    @cached_property
    def sensitivity(self) -> Sequence[LayerSensitivity]:
        """Layers, the one that costs most first."""
        return self.measure_layers(self.model)


class Recipe(Protocol):
    """How a candidate is made."""

    @property
    def name(self) -> str:
        """Of the candidate; each of a plan has its own."""
        ...

    @property
    def precision(self) -> Precision:
        """What a bundle calls it."""
        ...

    @property
    def words(self) -> str:
        """What is done, for the table."""
        ...

    @property
    def is_reduced(self) -> bool:
        """Whether sums of two of its products fit into 16 bits."""
        ...

    @property
    def base(self) -> str | None:
        """Name of the QDQ candidate that it writes in integer operators; None where it is none."""
        ...

    def make(self, source: Source, earlier: Mapping[str, "Candidate"]) -> onnx.ModelProto | LeftOut:
        """The graph, or why there is none.

        Args:
            source: What it is made of.
            earlier: Candidates of the recipes that stand before it, by name.
        """
        ...


@dataclass(frozen=True)
class Candidate:
    """A graph that might ship.

    Attributes:
        recipe: How it was made.
        data: The ONNX file.
        judgement: How near it is to fp32.
        changed_by_kernels: Share of the validation crops that this CPU's kernels decide otherwise
            than the graph as it is defined: sums of eight-bit products may saturate.
    """

    recipe: Recipe
    data: bytes = field(repr=False)
    judgement: GateResult
    changed_by_kernels: float = 0.0

    @property
    def is_portable(self) -> bool:
        """Whether CPUs that saturate decide as those that do not."""
        return self.changed_by_kernels <= _FEW_DECISIONS

    @property
    def name(self) -> str:
        """See `Recipe`."""
        return self.recipe.name

    @property
    def precision(self) -> Precision:
        """See `Recipe`."""
        return self.recipe.precision

    @cached_property
    def model(self) -> onnx.ModelProto:
        """The graph, parsed."""
        return onnx.load_from_string(self.data)
