from dataclasses import dataclass
from typing import Literal

from blink.contract import OperatingPoint
from blink.models import EyeGraph


@dataclass(frozen=True)
class Exportable:
    """An intelligence that is ready to leave the house.

    Attributes:
        name: What the bundle is called.
        kind: `net` (trained) or `heuristic` (fitted; never quantised).
        graph: Everything after the resize, with what it sees and its temperature.
        operating_point: Threshold from validation people.
    """

    name: str
    kind: Literal["net", "heuristic"]
    graph: EyeGraph
    operating_point: OperatingPoint
