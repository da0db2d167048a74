from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from blink.contract import DataError
from blink.heuristics import Colour, Gradient, Heuristic, Intensity, Vote
from blink.heuristics.threshold import ThresholdHeuristic, centre, rim_mean
from tests.exported import drawn

KINDS: dict[str, Callable[[], Heuristic]] = {
    "gradient": Gradient,
    "colour": Colour,
    "intensity": Intensity,
    "vote": lambda: Vote([Gradient(), Colour(), Intensity()]),
}
SKIN = (200, 140, 110)


def as_images(crops: NDArray[np.uint8]) -> Tensor:
    return torch.tensor(crops).permute(0, 3, 1, 2) / 255


def faces(count: int, seed: int) -> tuple[Tensor, NDArray[np.int64]]:
    """Eyes in skin: RGB in [0, 1], float (count, 3, 32, 32), and labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    crops = np.empty((count, 32, 32, 3), np.uint8)
    for crop, closed in zip(crops, labels, strict=True):
        crop[...] = SKIN
        row = 16 + int(rng.integers(-2, 3))
        if closed:
            cv2.line(crop, (4, row), (27, row), (90, 50, 40), 2)
        else:
            cv2.ellipse(crop, (16, row), (12, 7), 0, 0, 360, (225, 225, 230), -1)
            cv2.circle(crop, (16, row), 6, (30, 30, 40), -1)
        crop[...] = np.clip(crop + rng.normal(0, 6, crop.shape), 0, 255)
    return as_images(crops), labels


@pytest.mark.parametrize("kind", KINDS)
def test_heuristic_tells_closed_from_open_when_fitted_on_others(kind: str) -> None:
    heuristic = KINDS[kind]()
    heuristic.fit(*faces(80, seed=1))
    images, labels = faces(40, seed=2)
    decisions = (heuristic(images) > 0).numpy().astype(int)
    assert (decisions == labels).mean() >= 0.95


@pytest.mark.parametrize("kind", ["gradient", "intensity", "vote"])
def test_heuristic_refuses_when_all_crops_are_of_one_class(kind: str) -> None:
    images, labels = faces(8, seed=1)
    with pytest.raises(DataError, match=r"8 crops have only the labels \[1\]"):
        KINDS[kind]().fit(images, np.ones_like(labels))


@pytest.mark.parametrize("kind", KINDS)
def test_heuristic_answers_alike_when_a_crop_is_alone_or_among_others(kind: str) -> None:
    heuristic = KINDS[kind]()
    images, labels = faces(12, seed=3)
    heuristic.fit(images, labels)
    alone = torch.cat([heuristic(image[None]) for image in images])
    torch.testing.assert_close(heuristic(images), alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_heuristic_stays_finite_when_the_crop_is_blank(kind: str, level: float) -> None:
    heuristic = KINDS[kind]()
    heuristic.fit(*faces(20, seed=1))
    assert torch.isfinite(heuristic(torch.full((2, 3, 32, 32), level))).all()


def test_gradient_is_above_0_when_lines_lie_and_below_when_they_stand() -> None:
    lying = torch.zeros(1, 3, 32, 32)
    lying[:, :, ::4] = 1
    assert Gradient().measure(lying).item() > 1
    assert Gradient().measure(lying.transpose(2, 3)).item() < -1


def test_colour_has_no_opinion_when_the_crop_is_grey() -> None:
    colour = Colour()
    colour.fit(*faces(40, seed=1))
    crops, _ = drawn(6, seed=0)
    grey = as_images(np.repeat(crops[..., :1], 3, axis=3))
    assert colour(grey).tolist() == [0.0] * 6


def test_vote_does_not_count_members_without_opinion_when_the_crop_is_grey() -> None:
    images, labels = faces(40, seed=1)
    gradient, vote = Gradient(), Vote([Gradient(), Colour()])
    gradient.fit(images, labels)
    vote.fit(images, labels)
    grey = images.mean(1, keepdim=True).repeat(1, 3, 1, 1)
    assert torch.equal(vote(grey) > 0, gradient(grey) > 0)


def test_vote_goes_with_the_majority_when_two_stand_against_a_sure_one() -> None:
    class Fixed(ThresholdHeuristic):
        def __init__(self, logit: float) -> None:
            super().__init__()
            self.logit = logit

        def measure(self, images: Tensor) -> Tensor:
            return torch.full((len(images),), self.logit)

    images = torch.zeros(1, 3, 8, 8)
    assert Vote([Fixed(0.1), Fixed(0.1), Fixed(-9.0)])(images).item() > 0
    assert Vote([Fixed(-0.1), Fixed(-0.1), Fixed(9.0)])(images).item() < 0
    assert Vote([Fixed(0.5), Fixed(-2.0)])(images).item() < 0  # a tie: the surer one wins
    assert Vote([Fixed(0.0), Fixed(0.0)])(images).item() == 0


def test_fit_leaves_one_half_when_the_measure_says_nothing() -> None:
    gradient = Gradient()
    gradient.fit(torch.zeros(10, 3, 32, 32), np.arange(10) % 2)
    p = torch.sigmoid(gradient(torch.rand(5, 3, 32, 32)))
    torch.testing.assert_close(p, torch.full((5,), 0.5))


def test_fit_puts_the_threshold_between_the_classes_when_one_is_rare() -> None:
    images, labels = faces(40, seed=1)
    rare = np.r_[np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)[:3]]
    gradient = Gradient()
    gradient.fit(images[rare], labels[rare])
    measures = gradient.measure(images).numpy()
    threshold = gradient.threshold.item()
    assert measures[labels == 0].max() < threshold < measures[labels == 1].min()


@pytest.mark.parametrize("size", [(8, 8), (24, 40), (9, 13)])
def test_centre_and_rim_hold_their_shares_when_sizes_vary(size: tuple[int, int]) -> None:
    planes = torch.zeros(2, *size)
    band = size[0] // 8
    planes[1, :band], planes[1, -band:] = 1.0, 0.5
    middle = centre(planes)
    assert middle.shape == (2, size[0] - 2 * (size[0] // 4), size[1] - 2 * (size[1] // 4))
    assert rim_mean(planes).tolist() == [0.0, 0.75]


def test_colour_is_fitted_on_coloured_crops_alone_when_grey_ones_are_among_them() -> None:
    images, labels = faces(40, seed=1)
    alone, mixed = Colour(), Colour()
    alone.fit(images, labels)
    grey = images.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    mixed.fit(torch.cat([images, grey]), np.concatenate([labels, labels]))
    assert mixed.threshold.item() == alone.threshold.item()
    mixed.fit(grey, labels)
    assert torch.sigmoid(mixed(images)).tolist() == [0.5] * len(images)


@pytest.mark.parametrize("coloured", [0, 1])
def test_colour_has_no_opinion_when_the_coloured_crops_are_of_one_class(coloured: int) -> None:
    images, labels = faces(40, seed=1)
    grey = images.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    images[labels != coloured] = grey[labels != coloured]
    colour = Colour()
    colour.fit(images, labels)
    assert torch.sigmoid(colour(images)).tolist() == [0.5] * len(images)
