from collections.abc import Callable

import blink.torchvision_mend  # noqa: F401 - before torchvision, which the builder belongs to

import torch
from torch import Tensor, nn

from blink.contract import ConfigError
from blink.models.eye_net import check_dropout, check_outputs


class Backbone(nn.Module):
    """A net of torchvision as it is, but for as many channels as the crops have, and few neurons.

    They are references: what everybody takes, trained, exported and timed as EyeNet is. Only the
    momentum of their batch norms is torch's, as EyeNet's: see `_set_batch_norm_momentum`.

    Args:
        channels: Channels of the input, 1 or 3.
        builder: Makes the net when called with `num_classes`, such as
            `torchvision.models.mobilenet_v3_small`; its first convolution reads three channels.
        dropout: Share of the features that training leaves out, in each dropout that the net has,
            or before its last layer if it has none; the builder's own share if not given.
        outputs: 1 for the logit of *closed*, 2 for that and the logit of openness.

    Raises:
        ConfigError: What the builder makes does not begin with a convolution of three channels, or
            has no place for a dropout; the dropout is no share, or outputs are neither 1 nor 2.
    """

    def __init__(
        self,
        channels: int,
        builder: Callable[..., nn.Module],
        dropout: float | None = None,
        outputs: int = 1,
    ) -> None:
        super().__init__()
        check_outputs(outputs)
        self.net, self._outputs = builder(num_classes=outputs), outputs
        _set_batch_norm_momentum(self.net)
        if channels == 1:
            _adapt_first_convolution(self.net)
        if dropout is not None:
            check_dropout(dropout)
            _set_dropout(self.net, dropout)

    def forward(self, images: Tensor) -> Tensor:
        """Scaled images, float (N, C, H, W) → logits of *closed*, float (N,); or (N, 2)."""
        logits: Tensor = self.net(images)
        return logits.squeeze(1) if self._outputs == 1 else logits


def _set_batch_norm_momentum(net: nn.Module) -> None:
    """Gives batch norms torch's own momentum, in place.

    Some nets are made for trainings of a million steps: MNASNet keeps 0.9997 of its running
    statistics at each, so that after a few hundred steps the net that ships normalises by what it
    began with, and knows nothing, however well it trained.
    """
    for norm in net.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.momentum = 0.1


@torch.no_grad()
def _adapt_first_convolution(net: nn.Module) -> None:
    """Sums the first weights over red, green and blue, which are one in a grey crop, in place."""
    first = next((m for m in net.modules() if isinstance(m, nn.Conv2d)), None)
    if first is None or first.in_channels != 3 or first.groups != 1:
        raise ConfigError(
            f"The backbone {type(net).__name__} does not begin with a convolution of 3 channels, "
            "so it is not known how to show it grey crops. Choose a net of torchvision.models, or "
            "write a module of your own, see docs/models.md."
        )
    first.weight = nn.Parameter(first.weight.sum(1, keepdim=True))
    first.in_channels = 1


def _set_dropout(net: nn.Module, share: float) -> None:
    """Sets the dropouts of a net, or puts one before its last layer, in place."""
    own = [m for m in net.modules() if isinstance(m, nn.Dropout)]
    for one in own:
        one.p = share
    if own:
        return
    linear = [(name, m) for name, m in net.named_modules() if isinstance(m, nn.Linear)]
    if not linear:
        raise ConfigError(
            f"The backbone {type(net).__name__} has neither a dropout nor a linear layer that one "
            "could be put before. Leave the dropout out ('~model.dropout'), or choose another net."
        )
    name, last = linear[-1]
    net.set_submodule(name, nn.Sequential(nn.Dropout(share), last))
