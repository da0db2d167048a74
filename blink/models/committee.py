from collections.abc import Callable

import torch
from torch import Tensor, nn

from blink.contract import ConfigError


class Committee(nn.Module):
    """Deep ensemble: nets of one shape, trained beside each other in one run, that answer together.

    Each begins elsewhere and trains on its own share of every batch, so that n nets see what n
    trainings would have shown them in n times the epochs. They err apart, and the mean of their
    logits carries to new cameras better than any of them does. It takes as long as all of them, so
    it is a teacher. Source: Lakshminarayanan et al. 2017.

    Args:
        channels: Channels of the input, 1 or 3.
        members: How many nets, from 2 up.
        net: Makes one, when called with `channels` and what else is given here.
        own: What else it is called with, such as `dropout` and `outputs`.

    Raises:
        ConfigError: There are fewer than two members.
    """

    def __init__(
        self, channels: int, members: int, net: Callable[..., nn.Module], **own: object
    ) -> None:
        super().__init__()
        if type(members) is not int or members < 2:
            raise ConfigError(f"A committee has 2 members or more, not {members!r}.")
        self.members = nn.ModuleList(net(channels=channels, **own) for _ in range(members))

    def forward(self, images: Tensor) -> Tensor:
        """Scaled images, float (N, C, H, W) → logits of *closed*, float (N,); or (N, 2).

        In training each image is answered by one member, else by the mean of all. Members take
        turns at the images of a batch: what the camera simulation does befalls crops in a row, and
        whoever got these would see little but augmented ones, or hardly any.

        Raises:
            ConfigError: A batch of training has fewer images than there are members.
        """
        members = list(self.members)
        if not self.training:
            return torch.stack([member(images) for member in members]).mean(0)
        if len(images) < len(members):
            raise ConfigError(
                f"A batch of {len(images)} has none for some of the {len(members)} members of the "
                "committee. Choose a larger data.loader.batch_size, or fewer members."
            )
        outputs = [member(images[n :: len(members)]) for n, member in enumerate(members)]
        logits: Tensor = outputs[0].new_empty(len(images), *outputs[0].shape[1:])
        for n, output in enumerate(outputs):
            logits[n :: len(members)] = output
        return logits
