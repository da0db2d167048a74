from collections.abc import Callable

import blink.torchvision_mend  # noqa: F401 - before torchvision, which the builder belongs to

import torch
from torch import Tensor, nn

from blink.contract import ConfigError


class Backbone(nn.Module):
    """A net of torchvision as it is, but for as many channels as the crops have, and one neuron.

    They are references: what everybody takes, trained, exported and timed as EyeNet is.

    Args:
        channels: Channels of the input, 1 or 3.
        builder: Makes the net when called with `num_classes`, such as
            `torchvision.models.mobilenet_v3_small`; its first convolution reads three channels.

    Raises:
        ConfigError: What the builder makes does not begin with a convolution of three channels.
    """

    def __init__(self, channels: int, builder: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.net = builder(num_classes=1)
        if channels == 1:
            _see_grey(self.net)

    def forward(self, images: Tensor) -> Tensor:
        """Scaled images, float (N, C, H, W) → logits of *closed*, float (N,)."""
        logits: Tensor = self.net(images).squeeze(1)
        return logits


@torch.no_grad()
def _see_grey(net: nn.Module) -> None:
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
