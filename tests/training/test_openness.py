import pytest
import torch
from torch import Tensor

from blink.contract import ConfigError
from blink.data.batch import Batch
from blink.training.loss import CrossEntropy
from blink.training.openness import WithOpenness

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
    with pytest.raises(ConfigError, match=r"model\.outputs=2"):
        WithOpenness(CrossEntropy())(torch.zeros(2), batch([1, 0], [0.0, 1.0]))
    with pytest.raises(ConfigError, match="must be above 0"):
        WithOpenness(CrossEntropy(), 0.0)
