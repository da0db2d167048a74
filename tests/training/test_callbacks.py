import blink.torchvision_mend  # noqa: F401

import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from blink.training.callbacks import MovingAverage


def test_moving_average_forgets_where_it_started_when_the_run_is_short() -> None:
    net = torch.nn.Linear(1, 1, bias=False)
    average = AveragedModel(net, avg_fn=MovingAverage(decay=0.995)._kwargs["avg_fn"])
    with torch.no_grad():
        for value in [0.0] + [1.0] * 50:
            net.weight.fill_(value)
            average.update_parameters(net)
    assert next(average.parameters()).item() > 0.99


def test_moving_average_moves_by_the_decay_when_there_were_many_steps() -> None:
    average = MovingAverage(decay=0.9)._kwargs["avg_fn"]
    moved = average(torch.tensor(1.0), torch.tensor(0.0), torch.tensor(10_000))
    assert moved.item() == pytest.approx(0.9)
