import math

import pytest
import torch
from torch import Tensor

from blink.contract import ConfigError
from blink.data.batch import Batch
from blink.training.loss import CrossEntropy


def batch(labels: list[float]) -> Batch:
    count = len(labels)
    unknown = torch.full((count,), torch.nan)
    pixels = torch.zeros(count, 1, 8, 8, dtype=torch.uint8)
    return Batch(pixels, torch.tensor(labels), unknown)


def surprise(p: float) -> float:
    return -math.log(p)


def logits(*p: float) -> Tensor:
    return torch.logit(torch.tensor(p))


def test_cross_entropy_is_the_mean_surprise_at_the_labels() -> None:
    loss = CrossEntropy()(logits(0.9, 0.2, 0.5), batch([1, 0, 1]))
    assert loss.item() == pytest.approx((surprise(0.9) + surprise(0.8) + surprise(0.5)) / 3)


def test_cross_entropy_doubts_every_label_when_it_is_smoothed() -> None:
    loss = CrossEntropy(0.2)(logits(0.9, 0.3), batch([1, 0]))
    closed = 0.9 * surprise(0.9) + 0.1 * surprise(0.1)
    opened = 0.9 * surprise(0.7) + 0.1 * surprise(0.3)
    assert loss.item() == pytest.approx((closed + opened) / 2)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, 2.0, math.nan, "much", True])
def test_cross_entropy_is_refused_when_the_smoothing_is_no_share(smoothing: float) -> None:
    with pytest.raises(ConfigError, match="from 0 to below 1"):
        CrossEntropy(smoothing)


def test_cross_entropy_passes_over_crops_without_a_label() -> None:
    among = logits(0.9, 0.2, 0.6).requires_grad_()
    loss = CrossEntropy(0.02)(among, batch([1, math.nan, 0]))
    alone = CrossEntropy(0.02)(logits(0.9, 0.6), batch([1, 0])).item()
    assert loss.item() == pytest.approx(alone * 2 / 3)  # a mean over all three
    loss.backward()
    assert among.grad is not None
    assert among.grad.tolist()[1] == 0
    assert torch.isfinite(among.grad).all()


def test_cross_entropy_is_nothing_when_no_label_is_known() -> None:
    unknown = logits(0.9, 0.2).requires_grad_()
    loss = CrossEntropy()(unknown, batch([math.nan, math.nan]))
    loss.backward()
    assert loss.item() == 0
    assert unknown.grad is not None
    assert unknown.grad.tolist() == [0, 0]


def test_cross_entropy_reads_the_first_column_when_there_is_openness_beside_it() -> None:
    both = torch.stack([logits(0.9, 0.2), logits(0.5, 0.5)], 1)
    assert CrossEntropy()(both, batch([1, 0])).item() == pytest.approx(
        CrossEntropy()(logits(0.9, 0.2), batch([1, 0])).item()
    )
