"""Which eyes count as closed, frame by frame: what a product makes of probabilities in time."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from blink.target.product import Scores
from blink.target.setting import Setting


def _odd(frames: int) -> int:
    if frames % 2 == 0:
        raise ValueError("an odd number of frames is needed, so that one is the median")
    return frames


class Watching(Setting):
    """Base of the products that watch a live stream: nothing is known of the frames to come.

    Attributes:
        smoothing: Odd number of frames up to the one at hand; the median of their probabilities
            counts. Before the first frame, it is repeated.
        hysteresis: An eye that counts as closed does so until its probability falls below the
            threshold by more than this.
    """

    smoothing: Annotated[int, Field(ge=1), AfterValidator(_odd)] = 1
    hysteresis: float = Field(default=0, ge=0, lt=1)

    def count_closed(self, p_closed: Scores, threshold: float) -> NDArray[np.bool_]:
        """Whether each eye counts as closed from this probability on: (sessions, frames, eyes)."""
        closes = self._median_reaches(p_closed, threshold)
        if not self.hysteresis:
            return closes
        stays = self._median_reaches(p_closed, threshold - self.hysteresis)
        # An eye that neither closes nor opens is as it was when it last did one of them.
        frame = np.arange(p_closed.shape[1], dtype=np.int32)[None, :, None]
        closed_at = np.maximum.accumulate(np.where(closes, frame, np.int32(-1)), axis=1)
        opened_at = np.maximum.accumulate(np.where(stays, np.int32(-1), frame), axis=1)
        return closed_at > opened_at

    def _median_reaches(self, p_closed: Scores, threshold: float) -> NDArray[np.bool_]:
        """A median reaches a threshold where most of its frames do, which is faster to count."""
        reaches = p_closed >= np.float32(threshold)
        if self.smoothing == 1:
            return reaches
        before = np.repeat(reaches[:, :1], self.smoothing, axis=1)
        total = np.cumsum(np.concatenate([before, reaches], axis=1), axis=1, dtype=np.int32)
        return 2 * (total[:, self.smoothing :] - total[:, : -self.smoothing]) > self.smoothing


def every_eye(so: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether it is so of one eye or of both; numpy's `all` over so short an axis is slow.

    Args:
        so: (sessions, frames, eyes), of one eye or two.

    Returns:
        (sessions, frames).
    """
    both: NDArray[np.bool_] = so[:, :, 0] & so[:, :, -1]
    return both
