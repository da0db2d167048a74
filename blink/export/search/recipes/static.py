from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import onnx

from blink.contract import ExportError
from blink.export.int8 import layers_of, quantise
from blink.export.onnx_graph import to_onnx
from blink.export.search.candidate import Candidate, LeftOut, Precision, Source
from blink.export.search.equalisation import equalise


@dataclass(frozen=True)
class Static:
    """Static int8 as QDQ, with ranges from the calibration set.

    Attributes:
        per_channel: Whether each channel's weights have a scale of their own.
        is_reduced: Weights of seven bits, so that no sum of two products exceeds 16 bits: what
            CPUs without VNNI, whose sums saturate there, compute rightly.
        with_first: Whether the first layer is rounded, too.
        is_equalised: Whether channels are evened out first, see `equalise`: one large channel
            would leave the others of its layer few levels.
    """

    name: str = "int8"
    precision: Precision = "int8"
    per_channel: bool = True
    is_reduced: bool = False
    with_first: bool = True
    is_equalised: bool = False
    base: ClassVar[None] = None

    @property
    def words(self) -> str:
        """See `Recipe`."""
        return "static int8, QDQ, one scale per {}{}{}{}".format(
            "channel" if self.per_channel else "tensor",
            ", channels evened out" if self.is_equalised else "",
            ", weights of 7 bits" if self.is_reduced else "",
            "" if self.with_first else ", first layer in float",
        )

    def make(self, source: Source, earlier: Mapping[str, Candidate]) -> onnx.ModelProto | LeftOut:
        """See `Recipe`."""
        model = source.model
        if not self.with_first and len(layers_of(model)) == 1:
            return LeftOut("there is but one layer to round")
        if self.is_equalised:
            try:
                model = to_onnx(equalise(source.exportable, source.calibration))
            except ExportError as error:  # not every net can be evened out, and others can ship
                return LeftOut(str(error).rstrip("."))
        return quantise(
            model,
            source.calibration,
            per_channel=self.per_channel,
            is_reduced=self.is_reduced,
            in_float=[] if self.with_first else layers_of(model)[:1],
        )
