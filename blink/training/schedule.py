import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from blink.contract import ConfigError
from blink.contract.record import is_number


def factor(step: int, steps: int, warmup: float = 0.1) -> float:
    """Share of the full learning rate: a line up to it, then half a cosine down to zero.

    Args:
        step: From 0 up.
        steps: How many there will be.
        warmup: Share of them that the line takes.
    """
    rising = max(1, round(warmup * steps))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


class WarmupCosine(LambdaLR):
    """A learning rate that follows `factor`.

    Raises:
        ConfigError: The warm-up is no share.
    """

    def __init__(self, optimizer: Optimizer, steps: int, warmup: float = 0.1) -> None:
        if not (is_number(warmup) and 0 <= warmup < 1):
            raise ConfigError(
                f"optim.scheduler.warmup is {warmup!r}; name a share of all steps, 0 to below 1."
            )
        super().__init__(optimizer, lambda step: factor(step, steps, warmup))
