from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blink.contract import ConfigError
from blink.heuristics.threshold import ThresholdHeuristic


class Vote(nn.Module):
    """The majority vote over heuristics; one that has no opinion (p = 0.5) does not count.

    Raises:
        ConfigError: There are no members.
    """

    def __init__(self, members: Sequence[ThresholdHeuristic]) -> None:
        super().__init__()
        if not members:
            raise ConfigError(
                "A vote counts heuristics, and there is none. Add one to heuristics.members, or "
                "leave the vote out too: heuristics.members=null"
            )
        self.members = nn.ModuleList(members)

    def forward(self, images: Tensor) -> Tensor:
        """RGB images in [0, 1], float (N, 3, H, W) → logits of *closed*, float (N,).

        p = (votes + mean probability) / (members + 1): beyond one half exactly where the majority
        says so, ties broken and crops ranked by how sure the members are.
        """
        logits = torch.stack([member(images) for member in self.members])
        votes = (torch.sign(logits) + 1) / 2
        share = (votes.sum(0) + torch.sigmoid(logits).mean(0)) / (len(self.members) + 1)
        return torch.logit(share, eps=1e-4)

    def fit(self, images: Tensor, labels: NDArray[np.int64]) -> None:
        """Fits every member; see `ThresholdHeuristic.fit`."""
        for member in self.members:
            member.fit(images, labels)  # type: ignore[operator]
