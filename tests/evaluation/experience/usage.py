"""A product so simple that every figure of it can be told in advance, and people who play it."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import CLOSED_UNTIL
from blink.target import Behaviour, Openness, Scores, Tally, Target
from blink.target.setting import Setting
from tests.evaluation.drawn import predictions

KINDS = {"missed": "a closed eye goes unseen", "false": "an open eye counts as closed"}
FRAMES = 20


class Glance(Setting):
    """Ten frames open, then ten closed; a use goes wrong by each frame that is called wrongly."""

    patience: int = 0
    half: float = 0.0
    in_time: bool = True
    is_timed: bool = True

    @property
    def eyes(self) -> Literal[1, 2]:
        return 1

    @property
    def searchable(self) -> frozenset[str]:
        return frozenset({"patience"})

    def frames_per_use(self, fps: float) -> float:
        return FRAMES

    def faults(self, fps: float) -> list[str]:
        return []

    @property
    def unit(self) -> str:
        return "glance"

    @property
    def kinds(self) -> Mapping[str, str]:
        return KINDS

    @property
    def causes(self) -> Mapping[str, Literal["missed_closure", "false_closure"]]:
        return {"missed": "missed_closure", "false": "false_closure"}

    def script(
        self, rng: np.random.Generator, behaviour: Behaviour, sessions: int, fps: float
    ) -> Openness:
        openness = np.ones((sessions, FRAMES, 1), np.float32)
        openness[:, FRAMES // 2 :] = 0
        if self.half:
            openness[:, FRAMES // 2 - 1] = self.half
        return openness

    def play(self, p_closed: Scores, openness: Openness, threshold: float, fps: float) -> Tally:
        called = p_closed[..., 0] >= threshold
        closed = openness[..., 0] <= CLOSED_UNTIL
        missed: NDArray[np.float64] = np.sum(closed & ~called, axis=1, dtype=np.float64)
        false: NDArray[np.float64] = np.sum(~closed & called, axis=1, dtype=np.float64)
        false = np.where(false <= self.patience, 0, false)
        right = (missed + false == 0).astype(np.float64)
        seconds = np.where(right > 0, 2.0, np.nan)
        return Tally(np.ones(len(called)), right, {"missed": missed, "false": false}, seconds)


def target(**changes: Any) -> Target:
    """A target of ten glances a day; a missed closure costs three times a false one."""
    settings: dict[str, Any] = {
        "name": "glance",
        "summary": "Counts glances.",
        "environment": {
            "place": "a desk",
            "sensor": {"spectrum": "ir", "eye_width_px": (20, 200)},
            "input": {"kind": "stream", "fps": 10},
            "output": "flag",
            "cpu": "any",
            "threads": 1,
            "budget": {"size_kb": 100, "ram_mb": 500, "latency_ms": 5},
        },
        "behaviour": {"blinks_per_minute": 0},
        "product": Glance(),
        "uses_per_day": 10,
        "mistakes": {"missed": {"cost": 3}, "false": {"cost": 1, "visible": False}},
        "criteria": [
            {"words": "no miss", "measure": "mistakes_per_user_and_day", "at_most": 1},
        ],
    }
    return Target(**(settings | changes))


def filmed(people: int, wrong: Mapping[int, float] | None = None, frames: int = 40) -> pd.DataFrame:
    """People filmed with open, then with closed eyes; right and sure but for some.

    Args:
        people: How many.
        wrong: Person → share of the frames, the first ones of each state, that are taken wrongly.
        frames: Of each state and person.
    """
    label = np.tile(np.repeat([0, 1], frames), people)
    number = np.tile(np.arange(2 * frames), people)
    person = np.repeat(np.arange(people), 2 * frames)
    share = np.array([(wrong or {}).get(who, 0.0) for who in range(people)])[person]
    flipped = number % frames < share * frames
    score = np.where(label == flipped, 0.1, 0.9).astype(np.float32)
    return table(label, score, person, number)


def table(
    label: NDArray[np.int64],
    score: NDArray[np.float32],
    person: NDArray[np.int64],
    frame: NDArray[np.int64],
) -> pd.DataFrame:
    """A predictions table of pictures in time, by infrared."""
    subjects = [f"s{who:03d}" for who in person]
    return predictions(
        label.tolist(), score.tolist(), subjects, frame=pd.array(frame, "Int32"), spectrum="ir"
    )
