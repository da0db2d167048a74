"""A few seconds of a face: the scene stays, lids, gaze and head move."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop
from blink.synthesis.camera import Sensor, develop
from blink.synthesis.eyeball import Look
from blink.synthesis.finder import View
from blink.synthesis.glasses import sample_mirror
from blink.synthesis.lighting import Light
from blink.synthesis.moment import Moment
from blink.synthesis.motion import Motion, sample_motion
from blink.synthesis.performance import Act, perform
from blink.synthesis.person import Person
from blink.synthesis.shot import Shot, draw_all, sample_shot
from blink.synthesis.surroundings import sample_surroundings
from blink.target.behaviour import Behaviour

LEFT, RIGHT = 0, 1
_STEPS: Final = 4
"""The lids are followed at so many instants a frame; the shutter is open from one before the
frame's to one after it: for half of the time."""
_STILL: Final = 0.02
"""A lid that moves by less while the shutter is open is drawn once."""


@dataclass(frozen=True)
class Clip:
    """A clip before it is drawn.

    Attributes:
        person: Whose.
        scene: The left eye and the right one as they were before anything moved.
        motion: Gaze, head and window.
        openness: (`_STEPS` × frames, 2), see `blink.synthesis.moment`.
        grain: (frames, 2) the noise of each picture, see `Exposure`.
    """

    person: Person
    scene: tuple[Shot, Shot]
    motion: Motion
    openness: NDArray[np.float32]
    grain: NDArray[np.int64]

    def __len__(self) -> int:
        """How many frames there are."""
        return len(self.grain)

    def shot(self, frame: int, eye: int) -> Shot:
        """One eye (`LEFT`, `RIGHT`) in one frame."""
        still, motion = self.scene[eye], self.motion
        openness = self.openness[_STEPS * frame]
        return replace(
            still,
            moment=_moved(still.moment, motion, frame, eye, openness),
            view=_followed(still.view, still.moment, motion, frame, eye),
            exposure=replace(still.exposure, grain=int(self.grain[frame, eye])),
        )

    def take(self, frame: int, eye: int) -> Crop:
        """The picture of `shot`, smeared where the lid moves while the shutter is open."""
        shot, middle = self.shot(frame, eye), _STEPS * frame
        during = self.openness[max(0, middle - 1) : middle + 2, eye]
        if np.ptp(during) < _STILL:
            during = self.openness[middle : middle + 1, eye]
        drawn = draw_all(
            (self.person, replace(shot, moment=replace(shot.moment, openness=float(share))))
            for share in during
        )
        return develop(np.mean(drawn, axis=0, dtype=np.float32), shot.exposure, shot.view)


def sample_clip(
    rng: np.random.Generator,
    person: Person,
    sensor: Sensor,
    act: Act,
    behaviour: Behaviour,
    length: tuple[float, float],
) -> Clip:
    """Draws a clip.

    Args:
        rng: Random numbers.
        person: Whose.
        sensor: The camera.
        act: What the person does.
        behaviour: How the person blinks.
        length: (seconds, frames a second).
    """
    seconds, fps = length
    frames = max(1, round(seconds * fps))
    left = sample_shot(rng, person, sensor)
    left = replace(left, view=replace(left.view, mirrored=False))
    right = replace(
        left,
        moment=replace(left.moment, look=_mirroring_the_same(left.moment.look)),
        light=_from_the_other_side(left.light),
        mirror=sample_mirror(rng, person.glasses),
        surroundings=sample_surroundings(rng, person.fringe),
        view=replace(left.view, mirrored=True, angle=-left.view.angle),
    )
    openness = perform(rng, act, behaviour, seconds, _STEPS * fps)[0]
    return Clip(
        person=person,
        scene=(left, right),
        motion=sample_motion(rng, frames, fps),
        openness=openness[: _STEPS * frames],
        grain=rng.integers(1 << 19, size=(frames, 2)),
    )


def _from_the_other_side(light: Light) -> Light:
    """The same light as the other eye gets it: eye units run towards its own temple."""
    (x, slope, depth), (beside, below) = light.cast, light.towards
    return replace(light, across=-light.across, towards=(-beside, below), cast=(-x, -slope, -depth))


def _mirroring_the_same(look: Look) -> Look:
    """A look of the other eye in which the same lamps are mirrored."""
    return replace(look, glints=tuple((-x, y, radius) for x, y, radius in look.glints))


def _moved(
    still: Moment, motion: Motion, frame: int, eye: int, openness: NDArray[np.float32]
) -> Moment:
    """The moment of a frame; `openness` of both eyes, since a wink tightens the whole face."""
    across, down = float(motion.across[frame]), float(motion.down[frame])
    strain = 0.35 * float(1 - openness.min())
    return replace(
        still,
        openness=float(openness[eye]),
        squint=min(1.0, still.squint + strain),
        lift=still.lift - 0.4 * max(0.0, down),  # the lids follow the eye down
        brow=still.brow + 0.2 * strain,
        yaw=still.yaw + float(motion.yaw[frame]),
        pitch=still.pitch + float(motion.pitch[frame]),
        look=replace(still.look, across=across if eye == LEFT else -across, down=down),
    )


def _followed(still: View, moment: Moment, motion: Motion, frame: int, eye: int) -> View:
    """The window of a frame: about where the eye is, and over a head that has turned."""
    across, down, growth = motion.window[frame, eye].tolist()
    turned = math.cos(moment.yaw) / math.cos(moment.yaw + motion.yaw[frame])
    bent = math.cos(moment.pitch) / math.cos(moment.pitch + motion.pitch[frame])
    roll = float(motion.roll[frame])
    return replace(
        still,
        span=(
            still.span[0] * turned * math.exp(growth),
            still.span[1] * bent * math.exp(growth),
        ),
        centre=(still.centre[0] + across * still.span[0], still.centre[1] + down * still.span[1]),
        angle=still.angle + (roll if eye == LEFT else -roll),
    )
