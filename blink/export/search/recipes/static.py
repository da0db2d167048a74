from collections.abc import Mapping
from dataclasses import dataclass

import onnx

from blink.export.int8 import layers_of, quantise
from blink.export.search.candidate import Candidate, Family, Source


@dataclass(frozen=True)
class Static:
    """Static int8 as QDQ, with ranges from the calibration set.

    Attributes:
        per_channel: Whether each channel's weights have a scale of their own.
        is_reduced: Weights of seven bits, so that no sum of two products exceeds 16 bits: what
            CPUs without VNNI, whose sums saturate there, compute rightly.
        with_first: Whether the first layer is rounded, too.
    """

    name: str = "int8"
    family: Family = "int8"
    per_channel: bool = True
    is_reduced: bool = False
    with_first: bool = True
    is_fused: bool = False

    @property
    def words(self) -> str:
        """See `Recipe`."""
        return "static int8, QDQ, one scale per {}{}{}".format(
            "channel" if self.per_channel else "tensor",
            ", weights of 7 bits" if self.is_reduced else "",
            "" if self.with_first else ", first layer in float",
        )

    def make(self, source: Source, earlier: Mapping[str, Candidate]) -> onnx.ModelProto:
        """See `Recipe`."""
        return quantise(
            source.model,
            source.calibration,
            per_channel=self.per_channel,
            is_reduced=self.is_reduced,
            in_float=[] if self.with_first else layers_of(source.model)[:1],
        )
