from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import onnx

from blink.export.search.candidate import Candidate, Precision, Source


@dataclass(frozen=True)
class Float32:
    """The net as it was trained, batch norm and calibration folded."""

    name: str = "fp32"
    precision: Precision = "fp32"
    words: str = "as trained, batch norm and calibration folded"
    is_reduced: ClassVar[bool] = False
    base: ClassVar[None] = None

    def make(self, source: Source, earlier: Mapping[str, Candidate]) -> onnx.ModelProto:
        """See `Recipe`."""
        return source.model
