"""Batch norm over the whole batch where several processes share it, on the CPU too."""

from typing import Any, Final

import blink.torchvision_mend  # noqa: F401 - before lightning

import torch
from lightning.pytorch.plugins import LayerSync
from torch import Tensor, distributed, nn
from torch.autograd import Function

from blink.contract import TrainingError

FEW_VALUES: Final = (
    "A batch norm has one value a channel in a step, which has no variance. Raise "
    "data.loader.batch_size, or choose a net that leaves more of a crop."
)


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Normalises by the crops of all processes, as one process does that has the whole batch.

    Source of the joined variance: Chan, Golub and LeVeque, "Algorithms for computing the sample
    variance", 1983.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """As `nn.BatchNorm2d`: float (N, C, H, W) → the same.

        Raises:
            TrainingError: A channel has one value, which has no variance.
        """
        if not self.training:
            return super().forward(input)
        images = input.to(torch.promote_types(input.dtype, torch.float32))  # halves sum up badly
        mean, variance, count = _moments(images)
        if count < 2:
            raise TrainingError(FEW_VALUES)
        with torch.no_grad():
            self._remember(mean, variance * count / (count - 1))
        scale = (variance + self.eps).rsqrt()
        if self.weight is None:
            normed = (images - _spread(mean)) * _spread(scale)
        else:
            normed = (images - _spread(mean)) * _spread(self.weight * scale) + _spread(self.bias)
        return normed.to(input.dtype)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        if (
            self.running_mean is None
            or self.running_var is None
            or self.num_batches_tracked is None
        ):
            return  # track_running_stats=False
        self.num_batches_tracked.add_(1)
        taken = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        for kept, new in ((self.running_mean, mean), (self.running_var, variance)):
            kept.lerp_(new.to(kept.dtype), taken)


def _moments(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and variance of each channel, (C,) each, over all processes, and of how many values.

    One message carries all: every process fills in its own row, and the sum is the whole table.
    """
    variance, mean = torch.var_mean(images, (0, 2, 3), correction=0)
    count = mean.new_tensor([images.numel() // images.shape[1]])
    own = torch.cat([mean, variance, count])
    rows = own.new_zeros(distributed.get_world_size(), len(own))
    rows[distributed.get_rank()] = own
    table: Tensor = _Sum.apply(rows)  # type: ignore[no-untyped-call]
    means, variances, counts = table.split([len(mean), len(mean), 1], 1)
    total = counts.detach().sum()
    shares = counts.detach() / total
    mean = (shares * means).sum(0)
    return mean, (shares * (variances + (means - mean).square())).sum(0), total


class _Sum(Function):
    """A tensor's sum over all processes; its gradient is one too, since each loss has its part."""

    @staticmethod
    def forward(context: Any, own: Tensor) -> Tensor:
        """Autograd's hook."""
        del context
        total = own.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        """Autograd's hook."""
        del context
        total = gradient.contiguous().clone()
        distributed.all_reduce(total)
        return total


def _spread(channels: Tensor) -> Tensor:
    return channels[:, None, None]


class SharedBatchNorms(LayerSync):
    """Lets Lightning share the batch norms of a net among processes; one process needs none.

    torch's own `SyncBatchNorm` does the same, on GPUs alone: there, `sync_batchnorm` is faster.
    The layers change their class and nothing else, so that their weights keep names and order.
    """

    def apply(self, model: nn.Module) -> nn.Module:
        """Lightning's hook, before training."""
        return _change(model, nn.BatchNorm2d, SharedBatchNorm2d)

    def revert(self, model: nn.Module) -> nn.Module:
        """Lightning's hook, after training."""
        return _change(model, SharedBatchNorm2d, nn.BatchNorm2d)


def _change(model: nn.Module, old: type[nn.BatchNorm2d], new: type[nn.BatchNorm2d]) -> nn.Module:
    for layer in model.modules():
        if type(layer) is old:
            layer.__class__ = new
    return model
