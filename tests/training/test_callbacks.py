from types import SimpleNamespace
from typing import Any

import blink.torchvision_mend  # noqa: F401

import pytest
import torch
from lightning import LightningModule, Trainer
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from blink.training.callbacks import MovingAverage, StepSeed


def averaging(decay: float, module: LightningModule) -> MovingAverage:
    """As Lightning has it when a training starts."""
    average, trainer = MovingAverage(decay), Trainer(accelerator="cpu", logger=False)
    average.setup(trainer, module, "fit")
    average.on_train_start(trainer, module)
    return average


class One(LightningModule):
    """A weight, its batch norm's state, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.norm = torch.nn.BatchNorm1d(1)


def averaged(average: MovingAverage) -> One:
    assert average._average_model is not None
    module = average._average_model.module
    assert isinstance(module, One)
    return module


def test_moving_average_forgets_where_it_started_when_the_run_is_short() -> None:
    module = One()
    average = averaging(0.995, module)
    with torch.no_grad():
        for step, value in enumerate([0.0] + [1.0] * 50):
            module.weight.fill_(value)
            average.average(step)
    assert averaged(average).weight.item() > 0.99


def test_moving_average_moves_by_the_decay_when_there_were_many_steps() -> None:
    module = One()
    average = averaging(0.9, module)
    with torch.no_grad():
        module.weight.fill_(1.0)
        average.average(0)
        module.weight.fill_(0.0)
        average.average(10_000)
    assert averaged(average).weight.item() == pytest.approx(0.9)


def test_moving_average_is_that_of_torch_when_both_see_the_same_steps() -> None:
    module = One()
    average = averaging(0.7, module)

    def theirs(before: Tensor, now: Tensor, steps: Tensor | int) -> Tensor:
        kept = min(0.7, (1 + int(steps)) / (10 + int(steps)))
        return kept * before + (1 - kept) * now

    reference = AveragedModel(module, avg_fn=theirs, use_buffers=True)
    for step in range(12):
        module.norm(torch.randn(8, 1, generator=torch.Generator().manual_seed(step)))
        with torch.no_grad():
            module.weight.fill_(step % 5)
        average.average(step)
        reference.update_parameters(module)
    ours, wanted = averaged(average).state_dict(), reference.module.state_dict()
    for name in ("weight", "norm.running_mean", "norm.running_var"):
        assert torch.allclose(ours[name], wanted[name], rtol=1e-6, atol=1e-7)
    assert average._average_model is not None
    assert int(average._average_model.n_averaged) == int(reference.n_averaged) == 12
    assert int(ours["norm.num_batches_tracked"]) == 12


def test_step_seed_decides_the_random_numbers_of_a_step_alone() -> None:
    module: Any = SimpleNamespace(device=torch.device("cpu"))

    def drawn(seed: int, epoch: int, batch: int, process: int) -> float:
        trainer: Any = SimpleNamespace(current_epoch=epoch, global_rank=process)
        StepSeed(seed).on_train_batch_start(trainer, module, None, batch)
        return torch.rand(1).item()

    steps = [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    first = [drawn(*step) for step in steps]
    assert len(set(first)) == len(steps)
    assert [drawn(*step) for step in reversed(steps)] == first[::-1]
