"""A check of photographs: somebody's eyes are closed."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from blink.target.behaviour import Behaviour
from blink.target.kinematics import add_closure, natural
from blink.target.product import Cause, Openness, Scores, Tally
from blink.target.setting import Setting
from blink.target.truth import truly_closed


class JudgePicture(Setting):
    """Refuses a picture in which enough of a person's eyes count as closed.

    A picture is a bad one if an eye is truly closed in it; half-closed ones are what they are
    nearer to (`truly_closed`). Bad pictures are rare: half of the pictures are taken in the middle
    of a blink, and good and bad ones then count as often as they come.

    Attributes:
        eyes: How many of the person are seen.
        unit: What one use is.
        needed: So many closed eyes refuse a picture.
        closed_share: Share of pictures that are bad ones.
    """

    eyes: Literal[1, 2] = 2
    unit: str = "picture"
    needed: int = Field(default=1, ge=1, le=2)
    closed_share: float = Field(default=0.05, gt=0, lt=1)

    in_time: ClassVar[bool] = False
    is_timed: ClassVar[bool] = False
    searchable: ClassVar[frozenset[str]] = frozenset(["needed"])
    kinds: ClassVar[Mapping[str, str]] = {
        "good_refused": "a good picture was refused",
        "bad_kept": "a picture with closed eyes was kept",
    }
    causes: ClassVar[Mapping[str, Cause]] = {
        "good_refused": "false_closure",
        "bad_kept": "missed_closure",
    }

    def frames_per_use(self, fps: float) -> float:
        """See `Product.frames_per_use`."""
        return 1

    def faults(self, fps: float) -> list[str]:
        """See `Product.faults`."""
        if self.needed > self.eyes:
            return [f"needed: {self.needed} closed eyes are needed, {self.eyes} is seen"]
        return []

    def script(
        self, rng: np.random.Generator, behaviour: Behaviour, sessions: int, fps: float
    ) -> Openness:
        """Every session is one picture, half of them taken in a blink."""
        openness = natural(rng, behaviour, sessions, 1 / fps, fps)
        length = behaviour.blink_ms / 1e3
        begun = -rng.uniform(-0.1, 1, sessions) * length
        begun[rng.random(sessions) < 0.5] = np.nan
        add_closure(openness, (True, True), begun, 0.5 * length, fps, (0.2 * length, 0.5 * length))
        return openness[:, :, : self.eyes]

    def play(self, p_closed: Scores, openness: Openness, threshold: float, fps: float) -> Tally:
        """See `Product.play`."""
        refused = np.sum(p_closed[:, 0] >= np.float32(threshold), axis=1) >= self.needed
        is_bad = np.any(truly_closed(openness[:, 0]), axis=1)
        count = np.where(is_bad, is_bad.sum(), (~is_bad).sum())
        share = np.where(is_bad, self.closed_share, 1 - self.closed_share)
        weight = len(is_bad) * share / count
        right = refused == is_bad
        return Tally(
            uses=weight,
            good=weight * right,
            mistakes={
                "good_refused": weight * (refused & ~is_bad),
                "bad_kept": weight * (~refused & is_bad),
            },
            seconds=np.full(len(weight), np.nan),
        )
