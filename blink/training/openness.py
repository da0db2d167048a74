import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from blink.contract import ConfigError
from blink.data.batch import Batch
from blink.training.loss import Loss


class WithOpenness:
    """What another loss makes small, and how far openness is from what it should be.

    Binary cross-entropy against the openness itself, a number from 0 to 1: it is smallest where
    both are equal, and its slope does not vanish where the sigmoid is flat. Crops whose openness
    nobody knows, as of all real eyes, do not count; half-closed ones have no label and count here
    alone.

    Args:
        loss: Of the logits of *closed*.
        weight: Of openness beside it.

    Raises:
        ConfigError: The weight is not above 0.
    """

    def __init__(self, loss: Loss, weight: float = 1.0) -> None:
        if not weight > 0:
            raise ConfigError(f"Openness has the weight {weight}; it must be above 0.")
        self._loss, self._weight = loss, weight
        self.teachers = loss.teachers

    def __call__(self, logits: Tensor, batch: Batch) -> Tensor:
        """See `blink.training.loss.Loss`.

        Raises:
            ConfigError: The net has no logit of openness.
        """
        if logits.ndim == 1:
            raise ConfigError(
                "The loss asks for openness, and the net has one output. Give it two: "
                "+model.outputs=2, or `experiment=openness`."
            )
        known = ~torch.isnan(batch.openness)
        # A mean over all crops, known or not, as `CrossEntropy` takes it.
        loss = binary_cross_entropy_with_logits(
            logits[:, 1], batch.openness.nan_to_num(), known.float()
        )
        return self._loss(logits, batch) + self._weight * loss
