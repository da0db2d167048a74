import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
import torch

from blink.contract import ConfigError
from blink.data.camera import (
    Compression,
    Finder,
    Glare,
    Illumination,
    Noise,
    Occlusion,
    Softness,
    Tone,
)
from blink.data.camera.drawn import Range
from tests.data.camera.eyes import after, eyes


def finder(**given: Any) -> Finder:
    return Finder(**{"height": 32, "width": 32} | given)


STEPS: tuple[Callable[..., Any], ...] = (
    *(Illumination, Glare, Occlusion, Softness, Tone, Noise, Compression, finder),
)
BAD_NUMBERS = (None, "abc", True, [0.2], math.nan, math.inf, -math.inf)
BAD_RANGES = (None, 3, "ab", [1], [1, 2, 3], [2, 1], [1, math.nan], [1, math.inf], [1, "b"])


@pytest.mark.parametrize("step", STEPS)
def test_step_is_refused_when_a_number_is_none(step: Callable[..., Any]) -> None:
    for field in fields(step()):
        for bad in BAD_RANGES if field.type == Range else BAD_NUMBERS:
            with pytest.raises(ConfigError, match=rf"\.{field.name} is .*; it must be "):
                step(**{field.name: bad})


@pytest.mark.parametrize(
    ("step", "name", "bad"),
    [
        (Tone, "exposure", [0, 1]),
        (Tone, "gamma", [-1, 1]),
        (Tone, "share", 7),
        (Tone, "share", -1),
        (finder, "zoom", [0, 1]),
        (finder, "stretch", 0.5),
        (finder, "height", 0),
        (finder, "shift", -1),
        (finder, "angle", -1),
        (Softness, "blur", [0, 2]),
        (Softness, "fewer", 1.5),
        (Softness, "motion", -1),
        (Illumination, "slope", -0.1),
        (Compression, "quality", [90, 120]),
        (Compression, "quality", [0, 50]),
        (Noise, "deviation", [-1, 2]),
        (Glare, "size", [0, 0.5]),
        (Occlusion, "size", [0.1, 2]),
        (Illumination, "depth", [0.5, 1.5]),
    ],
)
def test_step_is_refused_when_a_number_is_beyond_its_limits(
    step: Callable[..., Any], name: str, bad: object
) -> None:
    with pytest.raises(ConfigError, match=rf"\.{name} is .*; it must be "):
        step(**{name: bad})


def test_step_says_that_a_number_is_finite_when_that_is_all_it_must_be() -> None:
    with pytest.raises(ConfigError, match="black is 3; it must be two finite numbers, the smaller"):
        Tone(black=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("step", STEPS)
def test_step_does_the_same_when_a_config_brings_lists(step: Callable[..., Any]) -> None:
    plain = step()
    ranges = {f.name: list(getattr(plain, f.name)) for f in fields(plain) if f.type == Range}
    assert torch.equal(after(step(**ranges), eyes(20)), after(plain, eyes(20)))


@pytest.mark.parametrize(
    "step",
    [
        Softness(0, blur=(0.01, 0.01), motion=0, fewer=0, sharpening=0),
        Tone(1, exposure=(1, 1), black=(-0.5, -0.5)),
        finder(stretch=1, shift=0, angle=0, mirrored=0),
    ],
)
def test_step_is_taken_when_its_numbers_are_at_their_limits(step: Any) -> None:
    assert after(step, eyes(20)).shape == (20, 1, 32, 32)
