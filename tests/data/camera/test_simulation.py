from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from blink.contract import ConfigError
from blink.data.camera import (
    CameraSimulation,
    Compression,
    Finder,
    Glare,
    Illumination,
    Noise,
    Occlusion,
    Softness,
    Tone,
)
from blink.data.camera.drawn import sample_span
from blink.data.camera.transfer import packed, to_device, unpacked
from blink.data.camera.transform import Shape, Span, Step
from tests.data.camera.eyes import after, changed, eyes

STEPS: dict[str, Step] = {
    "illumination": Illumination(),
    "glare": Glare(),
    "occlusion": Occlusion(),
    "softness": Softness(),
    "tone": Tone(),
    "noise": Noise(),
    "compression": Compression(),
}


def camera(height: int = 32, width: int = 32) -> CameraSimulation:
    return CameraSimulation({"finder": Finder(height, width), **STEPS})


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        (None, "augment.steps is None; .* `augment=none` leaves all of them out"),
        ([Tone()], r"augment.steps is \[Tone.*by their names"),
        ({"tone": None}, "augment.steps.tone is None, .* '~augment.steps.tone' leaves it out"),
    ],
)
def test_simulation_is_refused_when_its_steps_are_none(steps: Any, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        CameraSimulation(steps)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(("channels", "size"), [(1, (32, 32)), (3, (24, 40)), (1, (20, 28))])
def test_step_leaves_the_crops_that_it_is_not_applied_to_alone(
    name: str, channels: int, size: tuple[int, int]
) -> None:
    crops, shape = eyes(40, size, channels), Shape(40, channels, *size)
    affected = np.zeros(40, bool)
    for transform in STEPS[name](np.random.default_rng(5), shape):
        for where, _ in transform.span.slices(40):
            affected[where] = True
    differing = changed(crops, after(STEPS[name], crops, seed=5)).numpy()
    assert 0 < affected.sum() < 40
    assert not differing[~affected].any()
    assert differing[affected].mean() > 0.7


@pytest.mark.parametrize("name", STEPS)
def test_step_makes_of_a_crop_what_it_makes_of_it_among_others(name: str) -> None:
    # A crop depends on nothing but its own parameters: not on the crops beside it.
    crops = eyes(24)
    together = after(STEPS[name], crops, 3)
    others = crops.flip(0).clone()
    others[::2] = crops[::2]
    assert torch.equal(after(STEPS[name], others, 3)[::2], together[::2])


@pytest.mark.parametrize(("first", "count"), [(0, 10), (3, 4), (3, 7), (3, 9), (9, 10), (9, 1)])
def test_span_wraps_from_the_last_crop_to_the_first(first: int, count: int) -> None:
    batch, numbers = np.zeros(10, int), 1 + np.arange(count)
    for where, which in Span(first, count).slices(10):
        batch[where] += numbers[which]
    wanted = np.zeros(10, int)
    wanted[(first + np.arange(count)) % 10] = numbers
    assert batch.tolist() == wanted.tolist()


@pytest.mark.parametrize("count", [1, 7, 512])
def test_spans_reach_every_crop_alike_and_independently_of_each_other(count: int) -> None:
    rng, places = np.random.default_rng(0), np.arange(count)

    def reached(share: float) -> NDArray[np.bool_]:
        drawn = sample_span(rng, count, share)
        return (places - drawn.first) % count < drawn.crops

    one, other = (np.array([reached(share) for _ in range(4000)]) for share in (0.3, 0.15))
    assert one.mean(0) == pytest.approx(0.3, abs=0.04)
    assert other.mean(0) == pytest.approx(0.15, abs=0.03)
    assert (one & other).mean(0) == pytest.approx(0.3 * 0.15, abs=0.02)


@pytest.mark.parametrize("count", [1, 2, 130])
@pytest.mark.parametrize(("channels", "size"), [(1, (32, 32)), (3, (24, 40)), (1, (20, 28))])
def test_camera_ends_at_its_size_whatever_the_batch(
    count: int, channels: int, size: tuple[int, int]
) -> None:
    crops = eyes(count, (48, 48), channels)
    seen = camera(*size)(crops, 1)
    assert (seen.shape, seen.dtype) == ((count, channels, *size), torch.uint8)
    assert seen.float().std() > 10


def test_camera_is_the_same_when_the_seed_is_and_another_when_it_is_not() -> None:
    crops = eyes(40, (48, 48))
    first, again, other = (camera()(crops, seed) for seed in (7, 7, 8))
    assert torch.equal(first, again)
    assert changed(first, other).all()


def test_camera_shows_every_crop_differently_when_they_are_alike() -> None:
    crops = eyes(1, (48, 48)).expand(64, 1, 48, 48)
    assert len({crop.numpy().tobytes() for crop in camera()(crops, 0)}) == 64


def test_camera_does_not_write_to_the_crops_that_it_was_given() -> None:
    crops = eyes(40, (48, 48))
    before = crops.clone()
    for seed in range(3):
        camera()(crops, seed)
        CameraSimulation(STEPS)(crops, seed)
    assert torch.equal(crops, before)


def test_camera_is_the_same_to_the_bit_when_torch_has_more_threads() -> None:
    crops = eyes(160, (48, 48))

    def with_threads(threads: int) -> Tensor:
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            return torch.cat([camera()(crops, seed) for seed in range(2)])
        finally:
            torch.set_num_threads(before)

    assert torch.equal(with_threads(1), with_threads(2))


def test_camera_leaves_the_global_random_numbers_alone() -> None:
    before, numpys = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index]
    camera()(eyes(20, (48, 48)), 0)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpys)  # type: ignore[index]


def test_numbers_arrive_as_they_were_when_they_are_sent_in_one_piece() -> None:
    rng = np.random.default_rng(0)
    arrays: list[NDArray[Any]] = [
        rng.integers(9, size=3),
        rng.random((3, 1, 1, 5), np.float32),
        (rng.random((2, 1, 3)) + 1j).astype(np.complex64),
        np.empty((0, 1, 1, 4), np.float32),
        rng.random((3, 2), np.float32)[:, :1],
    ]
    for arrived in (
        unpacked(torch.from_numpy(packed(arrays)), arrays),
        to_device(arrays, torch.device("cpu")),
    ):
        for array, tensor in zip(arrays, arrived, strict=True):
            assert tensor.numpy().dtype == array.dtype
            assert np.array_equal(tensor.numpy(), array)


def test_numbers_are_of_single_precision_whatever_is_drawn() -> None:
    shape = Shape(40, 1, 48, 48)
    for step in camera().steps.values():
        for transform in step(np.random.default_rng(0), shape):
            kinds = {array.dtype for array in transform.params}
            assert kinds <= {np.dtype(np.float32), np.dtype(np.complex64), np.dtype(np.int64)}
            assert all(len(array) == transform.span.crops for array in transform.params)
