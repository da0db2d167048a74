from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from blink.contract import ConfigError
from blink.contract.record import is_number
from blink.data.batch import Batch
from blink.data.datamodule import EyeDataModule
from blink.runtime import Bundle
from blink.training.classifier import EyeClassifier
from blink.training.loss import Loss

_ONE_OUTPUT = (
    "The loss asks for openness, and the net has one output. Give it two: ++model.outputs=2, or "
    "`experiment=openness`."
)


class WithOpenness:
    """What another loss makes small, and how far openness is from what it should be.

    Binary cross-entropy against the openness itself, a number from 0 to 1: it is smallest where
    both are equal, and its slope does not vanish where the sigmoid is flat. Crops whose openness
    nobody knows, as of all real eyes, do not count. Half-closed ones have no label, and teach
    *closed* nothing by themselves; `Distilled`, around this loss, takes what its teachers say of
    them for their label.

    Args:
        loss: Of the logits of *closed*.
        weight: Of openness beside it.

    Raises:
        ConfigError: The weight is not above 0.
    """

    def __init__(self, loss: Loss, weight: float = 1.0) -> None:
        if not (is_number(weight) and weight > 0):
            raise ConfigError(f"Openness has the weight {weight!r}; it must be above 0.")
        self._loss, self._weight = loss, weight
        self.learns_openness = True

    @property
    def teachers(self) -> Sequence[Bundle]:
        """Those of the loss within; no list of its own, which would be copied with it."""
        return self._loss.teachers

    def __call__(self, logits: Tensor, batch: Batch) -> Tensor:
        """See `blink.training.loss.Loss`.

        Raises:
            ConfigError: The net has no logit of openness.
        """
        if logits.ndim == 1:
            raise ConfigError(_ONE_OUTPUT)
        known = ~torch.isnan(batch.openness)
        # A mean over all crops, known or not, as `CrossEntropy` takes it.
        loss = binary_cross_entropy_with_logits(
            logits[:, 1], batch.openness.nan_to_num(), known.float()
        )
        return self._loss(logits, batch) + self._weight * loss


def check_openness(classifier: EyeClassifier, data: EyeDataModule) -> None:
    """Refuses a second output, or half-closed eyes, that nothing would be learnt for.

    Raises:
        ConfigError: The loss leaves them alone, no training crop has a known openness, or the loss
            asks for an output that the net has not.
    """
    learns = classifier.loss.learns_openness
    if data.half_closed and not learns and not classifier.loss.teachers:
        raise ConfigError(
            f"half_closed gives {data.half_closed} of all draws to eyes without a label, and the "
            "loss learns nothing from them. Choose data.loader.half_closed=0, or a loss that "
            "learns openness, such as optim/loss=with_openness."
        )
    if not _has_openness(classifier):
        if learns:
            raise ConfigError(_ONE_OUTPUT)
        return
    if not learns:
        raise ConfigError(
            "The net has a second output, openness, which the loss would leave as it is. Choose "
            "++model.outputs=1, or a loss that learns openness, such as optim/loss=with_openness."
        )
    if not data.knows_openness():
        raise ConfigError(
            "The net has a second output, openness, and no crop that trains has a known one. Add "
            "rendered eyes, or choose ++model.outputs=1 and a loss without openness, such as "
            "optim/loss=labels."
        )


def _has_openness(classifier: EyeClassifier) -> bool:
    net = deepcopy(classifier.net).eval()  # nothing of the one that trains may change
    with torch.no_grad():
        logits: Tensor = net(torch.zeros(1, *classifier.spec.shape))
    return logits.ndim > 1
