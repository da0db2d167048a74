from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blink.data.cached.mapped import MemmapArray, write_npy
from blink.data.refreshed.schedule import Schedule
from tests.data.refreshed.painted import Painted, stream

FIRST_ROW = 1000


def schedule(folder: Path, slots: int, share: float = 0.25, seconds: float = 0.0) -> Schedule:
    """Slots that are every other row of a manifest from `FIRST_ROW` on."""
    new = stream(folder, slots, Painted(share, seconds))
    rows = MemmapArray(folder / "rows.npy")
    write_npy(rows.path, np.int64, [rows_of(slots)])
    return Schedule(new, rows)


def rows_of(slots: int) -> NDArray[np.int64]:
    return FIRST_ROW + 2 * np.arange(slots)
