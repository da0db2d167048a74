import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


class WarmupCosine(LambdaLR):
    """Linear warm-up over a share of the steps, then half a cosine down to zero."""

    def __init__(self, optimizer: Optimizer, steps: int, warmup: float = 0.1) -> None:
        rising = max(1, round(warmup * steps))

        def factor(step: int) -> float:
            if step < rising:
                return (step + 1) / rising
            return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))

        super().__init__(optimizer, factor)
