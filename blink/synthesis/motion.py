"""What moves in a clip besides the lids: the gaze, the head, and the window of the eye finder."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_Track = NDArray[np.float64]

_SACCADE: Final = (0.16, 0.06)
"""(across, down) deviation of where the eyes jump to, eye units."""


@dataclass(frozen=True)
class Motion:
    """Tracks over the frames of a clip.

    Attributes:
        across: (frames,) where both eyes look, eye units; positive to the person's left.
        down: (frames,) likewise.
        yaw: (frames,) how far the head has turned away, radians.
        pitch: (frames,) how far it has bent.
        roll: (frames,) how far it has tilted towards the person's left.
        window: (frames, 2, 3): for each eye how far the finder's window has moved across and down,
            as a share of its size, and the logarithm of how much it has grown.
    """

    across: _Track
    down: _Track
    yaw: _Track
    pitch: _Track
    roll: _Track
    window: _Track


def sample_motion(rng: np.random.Generator, frames: int, fps: float) -> Motion:
    """Draws what somebody does who sits before a camera and looks about."""
    across, down = _gaze(rng, frames, fps)
    jitter = rng.normal(0, (0.008, 0.008, 0.006), (frames, 2, 3))
    sway = np.stack([_drift(rng, frames, fps) for _ in range(6)], axis=1).reshape(frames, 2, 3)
    return Motion(
        across=across,
        down=down,
        yaw=0.05 * _drift(rng, frames, fps),
        pitch=0.04 * _drift(rng, frames, fps),
        roll=0.03 * _drift(rng, frames, fps),
        window=jitter + sway * (0.02, 0.02, 0.015),
    )


def _gaze(rng: np.random.Generator, frames: int, fps: float) -> tuple[_Track, _Track]:
    """Fixations of about a third of a second; the jumps between them take less than a frame."""
    ends = np.cumsum(rng.gamma(3, 0.12, int(frames / fps / 0.1) + 8))
    places = rng.normal((0, -0.02), _SACCADE, (len(ends) + 1, 2)) + rng.normal(0, _SACCADE)
    fixation = np.searchsorted(ends, np.arange(frames) / fps)
    tremble = rng.normal(0, 0.003, (frames, 2))
    across, down = np.clip(places[fixation] + tremble, (-0.5, -0.25), (0.5, 0.3)).T
    return across, down


def _drift(rng: np.random.Generator, frames: int, fps: float) -> _Track:
    """A slow movement with a deviation of 1 that begins anywhere."""
    time = np.arange(frames)[:, None] / fps
    periods, phases = rng.uniform((1.5, 4.0), (4.0, 12.0)), rng.uniform(0, 2 * np.pi, 2)
    return np.asarray(np.sin(2 * np.pi * time / periods + phases).sum(axis=1))
