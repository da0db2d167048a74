from collections.abc import Callable

import torch
from torch import Tensor, nn

from blink.contract import ConfigError


class Committee(nn.Module):
    """Nets of one shape, trained beside each other in one run, which answer together.

    Each begins elsewhere and trains on its own share of every batch, so that n nets see what n
    trainings would have shown them in n times the epochs. They err apart, and the mean of their
    logits carries to new cameras better than any of them does. It takes as long as all of them, so
    it is a teacher. Source: deep ensembles, Lakshminarayanan et al. 2017.

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
        if self.training:
            if len(images) < len(self.members):
                raise ConfigError(
                    f"A batch of {len(images)} has none for some of the {len(self.members)} "
                    "members of the committee. Choose a larger data.loader.batch_size, or fewer "
                    "members."
                )
            several = len(self.members)
            each = [member(images[first::several]) for first, member in enumerate(self.members)]
            answers: Tensor = each[0].new_empty(len(images), *each[0].shape[1:])
            for first, own in enumerate(each):
                answers[first::several] = own
            return answers
        return torch.stack([member(images) for member in self.members]).mean(0)
