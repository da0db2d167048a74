"""Eyes of one grey level each, which says what they are. Processes that render import no torch."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from blink.contract import Crop, InputSpec
from blink.data.cached.mapped import MemmapArray, write_npy
from blink.data.refreshed.stream import Stream

SPEC = InputSpec(8, 8)


@dataclass(frozen=True)
class Painted:
    """Level 2 · slot + label + generation, openness 1 - label."""

    share: float = 0.25
    seconds: float = 0.0
    key: str = "painted"
    label_source: str = "renderer"

    def render(self, slot: int, generation: int, label: int, seed: int) -> tuple[Crop, float]:
        time.sleep(self.seconds)
        level = (level_of(slot, generation, label) + seed) % 256
        return np.full((8, 8), level, np.uint8), 1.0 - label


def level_of(slot: int, generation: int, label: int) -> int:
    return 2 * slot + label + generation


def stream(folder: Path, slots: int, eyes: Painted | None = None, seed: int = 0) -> Stream:
    """A stream for slots that are open and closed in turn."""
    folder.mkdir(exist_ok=True, parents=True)
    labels = MemmapArray(folder / "labels.npy")
    write_npy(labels.path, np.int8, [np.arange(slots) % 2])
    return Stream(folder / "crops", labels, eyes or Painted(), SPEC, seed)
