from typing import cast

import blink.torchvision_mend  # noqa: F401

import pytest
import torch
from torch import Tensor
from torch.optim import AdamW

from blink.contract import ConfigError
from blink.data.batch import Batch
from blink.data.datamodule import EyeDataModule
from blink.models import EyeNet
from blink.runtime import Bundle
from blink.training import EyeClassifier
from blink.training.loss import CrossEntropy, Loss
from blink.training.openness import WithOpenness, check_openness
from blink.training.schedule import WarmupCosine

NAN = float("nan")


def batch(labels: list[float], openness: list[float]) -> Batch:
    return Batch(torch.empty(0), torch.tensor(labels), torch.tensor(openness))


def logits_of(openness: list[float]) -> Tensor:
    """Logits of closed that are all 0, and those of openness."""
    second = torch.logit(torch.tensor(openness))
    return torch.stack([torch.zeros(len(openness)), second], 1).requires_grad_()


def test_with_openness_is_smallest_when_openness_is_the_truth() -> None:
    known = batch([1, NAN, 0], [0.02, 0.3, 0.9])
    loss = WithOpenness(CrossEntropy())
    right = logits_of([0.02, 0.3, 0.9])
    loss(right, known).backward()
    assert right.grad is not None
    assert right.grad[:, 1].abs().max() < 1e-6
    for wrong in ([0.1, 0.3, 0.9], [0.02, 0.2, 0.9], [0.02, 0.3, 0.99]):
        assert loss(logits_of(wrong), known) > loss(right, known)


def test_with_openness_counts_crops_alone_when_their_openness_is_known() -> None:
    loss, closed = WithOpenness(CrossEntropy(), 2.0), CrossEntropy()
    logits, few = logits_of([0.4, 0.6, 0.7]), batch([1, 0, 0], [NAN, 0.5, NAN])
    added = loss(logits, few) - closed(logits, few)
    alone = -0.5 * (torch.log(torch.tensor(0.6)) + torch.log(torch.tensor(0.4)))
    assert added.item() == pytest.approx(2 * alone.item() / 3, rel=1e-5)
    nobody = batch([1, 0, 0], [NAN] * 3)
    assert loss(logits, nobody).item() == closed(logits, nobody).item()


def test_with_openness_trains_half_closed_eyes_on_nothing_else_when_they_have_no_label() -> None:
    half = logits_of([0.6, 0.6])
    WithOpenness(CrossEntropy())(half, batch([NAN, NAN], [0.2, 0.2])).backward()
    assert half.grad is not None
    assert half.grad[:, 0].tolist() == [0, 0]
    assert half.grad[:, 1].tolist() == pytest.approx([0.2, 0.2])


def test_with_openness_says_what_to_do_when_the_net_has_one_output() -> None:
    with pytest.raises(ConfigError, match=r"\+\+model\.outputs=2"):
        WithOpenness(CrossEntropy())(torch.zeros(2), batch([1, 0], [0.0, 1.0]))


@pytest.mark.parametrize("weight", [0.0, NAN, "much"])
def test_with_openness_is_refused_when_its_weight_is_not_above_0(weight: float) -> None:
    with pytest.raises(ConfigError, match="must be above 0"):
        WithOpenness(CrossEntropy(), weight)


class Taught(CrossEntropy):
    """Has a teacher."""

    def __init__(self) -> None:
        super().__init__()
        self.teachers = [cast(Bundle, None)]


def check(
    data: EyeDataModule, monkeypatch: pytest.MonkeyPatch, outputs: int, loss: Loss, half: float
) -> None:
    monkeypatch.setattr(data, "half_closed", half)
    net = EyeNet(1, [(8, 2)], outputs=outputs)
    check_openness(EyeClassifier(net, data.spec, AdamW, WarmupCosine, loss), data)
    assert net.training


@pytest.mark.parametrize(
    ("outputs", "loss", "half"),
    [
        (1, CrossEntropy(), 0),
        (1, Taught(), 0.1),
        (2, WithOpenness(CrossEntropy()), 0),
        (2, WithOpenness(CrossEntropy()), 0.1),
    ],
)
def test_openness_passes_when_something_is_learnt_for_it(
    data: EyeDataModule, monkeypatch: pytest.MonkeyPatch, outputs: int, loss: Loss, half: float
) -> None:
    check(data, monkeypatch, outputs, loss, half)


@pytest.mark.parametrize(
    ("outputs", "loss", "half", "fault"),
    [
        (1, WithOpenness(CrossEntropy()), 0, r"\+\+model\.outputs=2"),
        (2, CrossEntropy(), 0, "which the loss would leave as it is"),
        (2, Taught(), 0.1, "which the loss would leave as it is"),
        (1, CrossEntropy(), 0.1, "half_closed gives 0.1 of all draws"),
        (2, WithOpenness(CrossEntropy()), 0, "no crop that trains has a known one"),
    ],
)
def test_openness_is_refused_when_nothing_is_learnt_for_it(
    data: EyeDataModule,
    monkeypatch: pytest.MonkeyPatch,
    outputs: int,
    loss: Loss,
    half: float,
    fault: str,
) -> None:
    monkeypatch.setattr(data, "knows_openness", lambda: False)
    with pytest.raises(ConfigError, match=fault):
        check(data, monkeypatch, outputs, loss, half)
