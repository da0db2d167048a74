from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from blink.contract.attributes import RENDERED
from blink.evaluation.populations.gaps import Mask, comparable_metric, is_large_enough, why_untested
from blink.evaluation.scores import Scores, crops_to_score, score, score_calls
from blink.evaluation.statistics import Difference, Estimate, Sample, group_difference
from blink.latency.slot import give_way


@dataclass(frozen=True)
class Contrast:
    """Group against rest.

    Attributes:
        metric: See `blink.evaluation.populations.results.Group`.
        difference: Group minus rest; without p where nothing was tested.
        note: Why nothing was tested.
    """

    metric: str
    difference: Difference
    note: str | None


@dataclass(frozen=True, eq=False)
class LabelledSample:
    """The labelled crops of a predictions table, parts of which are scored and compared.

    Attributes:
        table: All of them.
        crops: The same, see `crops_to_score`.
        known: (N,) whether it is known whose eye a crop shows; others are not compared.
        sample: Of those that are known.
        threshold: An eye counts as closed where p_closed reaches it.
        draws: Resamples of people behind each interval.
    """

    table: pd.DataFrame
    crops: pd.DataFrame
    known: Mask
    sample: Sample
    threshold: float
    draws: int

    @classmethod
    def of(cls, table: pd.DataFrame, threshold: float, draws: int) -> Self:
        """The labelled crops of a predictions table."""
        labelled = table[table["label"].notna()].reset_index(drop=True)
        known = labelled["subject"].notna().to_numpy(np.bool_)
        crops = crops_to_score(labelled)
        return cls(labelled, crops, known, Sample.of(crops[known]), threshold, draws)

    def score(self, rows: Mask) -> Scores:
        """All metrics of some crops."""
        give_way()
        return score(Sample.of(self.crops[rows]), self.threshold, self.draws)

    def score_calls(self, rows: Mask) -> Scores:
        """The metrics of some crops that hang on calls alone, see `blink.evaluation.scores`."""
        give_way()
        return score_calls(Sample.of(self.crops[rows]), self.threshold, self.draws)

    def is_large_enough(self, inside: Mask) -> bool:
        """Whether a pair with this group might be large enough to be compared."""
        return is_large_enough(self.sample, inside[self.known])

    def why_untested(self, inside: Mask) -> str | None:
        """Why some crops are not compared with all others; None if they are."""
        rows = inside[self.known]
        return why_untested(self.sample, rows, comparable_metric(self.sample, rows))

    def contrast(self, inside: Mask, among: Mask | None = None) -> Contrast:
        """Compares some crops with all others.

        Args:
            inside: (N,) which.
            among: (N,) those that count; all of them if not given.
        """
        give_way()
        sample, rows = self.sample, inside[self.known]
        if among is not None:
            sample, rows = sample.only(among[self.known]), rows[among[self.known]]
        metric = comparable_metric(sample, rows)
        note = why_untested(sample, rows, metric)
        if note is not None:
            return Contrast(metric, Difference(Estimate(None, gap=note), None), note)
        found = group_difference(sample, rows, self.threshold, self.draws, metric=metric)
        return Contrast(metric, found, found.estimate.gap if found.p is None else None)

    def is_rendered(self, rows: Mask) -> bool:
        """Whether all of some crops show people who do not exist."""
        return bool(self.table["dataset"].isin(RENDERED)[rows].all())
