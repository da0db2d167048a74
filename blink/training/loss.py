"""What training makes small: of a net's logits and what is known of the crops."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from blink.contract import ConfigError
from blink.contract.record import is_number
from blink.data.batch import Batch
from blink.models import closed_logits
from blink.runtime import Bundle


class Loss(Protocol):
    """A net's logits and a batch to a scalar."""

    @property
    def teachers(self) -> Sequence[Bundle]:
        """Whose answers it learns from, those of a loss within it too; mostly nobody's."""

    @property
    def learns_openness(self) -> bool:
        """Whether it, or a loss within it, trains a net's second output."""

    def __call__(self, logits: Tensor, batch: Batch) -> Tensor:
        """The loss of logits, float (N,), or (N, 2) with openness."""


class CrossEntropy:
    """Binary cross-entropy against softened labels; crops without a label do not count.

    Args:
        smoothing: Share of doubt in every label, since archives hold wrong ones; below 1.

    Raises:
        ConfigError: The smoothing is no such share.
    """

    def __init__(self, smoothing: float = 0.0) -> None:
        if not (is_number(smoothing) and 0 <= smoothing < 1):
            raise ConfigError(
                f"Labels are smoothed by {smoothing!r}; name a share from 0 to below 1."
            )
        self._smoothing = smoothing
        self.teachers: Sequence[Bundle] = ()
        self.learns_openness = False

    def __call__(self, logits: Tensor, batch: Batch) -> Tensor:
        """See `Loss`."""
        known = ~torch.isnan(batch.labels)
        target = batch.labels.nan_to_num() * (1 - self._smoothing) + self._smoothing / 2
        # A mean over all crops, known or not: of parts of a batch it is that of the batch.
        return binary_cross_entropy_with_logits(closed_logits(logits), target, known.float())
