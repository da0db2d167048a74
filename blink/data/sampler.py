from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch.utils.data import Sampler

from blink.contract import ConfigError


class BalancedSampler(Sampler[tuple[int, int]]):
    """Draws crops so that data sets, classes and people weigh as they should, not as they happen.

    Every data set gets its share, half of it closed; within a class a person with n crops weighs
    n^tempering. A draw is (row, seed): what happens to a crop follows from the draw alone, whatever
    the number of workers, and epoch k is the same after a resume.

    Args:
        table: Manifest rows that may be drawn, all labelled.
        length: Draws per epoch.
        shares: Data set → weight; equal for all where left out.
        tempering: 1 counts crops, 0 counts people; 0.5 lies between.
        seed: With the epoch, decides all draws.

    Raises:
        ConfigError: A share names no data set or is negative, or nothing can be drawn.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        length: int,
        shares: Mapping[str, float] | None = None,
        tempering: float = 0.5,
        seed: int = 0,
    ) -> None:
        shares = shares or {}
        present = set(table["dataset"])
        if unknown := sorted(set(shares) - present):
            raise ConfigError(f"shares name {unknown}, but the data sets are {sorted(present)}.")
        crops_of_person = table.groupby(["dataset", "label", "subject"])["id"].transform("size")
        weight = table["label_weight"] * crops_of_person.astype(float) ** (tempering - 1)
        total = weight.groupby([table["dataset"], table["label"]]).transform("sum")
        share = table["dataset"].map(lambda name: float(shares.get(name, 1.0)))
        probability = (weight / total * share).to_numpy(np.float64)
        if not (np.isfinite(probability).all() and probability.min() >= 0 < probability.sum()):
            raise ConfigError(
                "Nothing can be drawn: shares must not be negative, one must be above 0, and every "
                "class of every data set needs a crop with a label_weight above 0."
            )
        self._probability: NDArray[np.float64] = probability / probability.sum()
        self._length = length
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning at the start of every epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[tuple[int, int]]:
        generator = np.random.default_rng([self._seed, self._epoch])
        rows = generator.choice(len(self._probability), self._length, p=self._probability)
        seeds = generator.integers(0, 2**31, self._length)
        return zip(rows.tolist(), seeds.tolist(), strict=True)
