from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.evaluation.comparison.judged import JudgedLatency
from blink.evaluation.statistics import Sample


@dataclass(frozen=True, eq=False)
class ComparedModel:
    """One intelligence on the crops of a test set, or several seeds of it, which are averaged.

    Attributes:
        title: What tells it apart from all others on the page.
        name: What people call it.
        kind: `net`, `heuristic`, or another word for what it is.
        precision: `fp32`, `int8`.
        runs: Folders of the runs that it stands in: one for each seed, and those whose answers are
            the same to the last bit.
        parameters: Trained or fitted numbers in it; None where that means nothing.
        size_bytes: Of the file that ships; of seeds, of the largest.
        latencies: As measured, one for each seed; empty where one of them was not.
        is_lead: Whether it is compared with all others of which this is so: what its run is about.
        p_closed: (seeds, N) what it says of the test set's crops, in their order.
        thresholds: (seeds,) where that becomes a call.
    """

    title: str
    name: str
    kind: str
    precision: str
    runs: tuple[str, ...]
    parameters: int | None
    size_bytes: int
    latencies: tuple[JudgedLatency, ...]
    is_lead: bool
    p_closed: NDArray[np.float32]
    thresholds: NDArray[np.float64]

    @property
    def seeds(self) -> int:
        """How many seeds are averaged."""
        return len(self.thresholds)

    @property
    def p50_us(self) -> float | None:
        """Median latency, the mean over seeds; None where it was not measured."""
        if not self.latencies:
            return None
        return float(np.mean([latency.p50_us for latency in self.latencies]))

    @property
    def p99_us(self) -> float | None:
        """99th percentile, the mean over seeds; None where it was not measured."""
        if not self.latencies:
            return None
        return float(np.mean([latency.p99_us for latency in self.latencies]))

    @property
    def cpus(self) -> tuple[str, ...]:
        """Where it was measured."""
        return tuple(sorted({latency.cpu for latency in self.latencies}))

    @property
    def calls(self) -> NDArray[np.bool_]:
        """(seeds, N) which crops each seed calls closed."""
        return np.asarray(self.p_closed >= self.thresholds[:, None].astype(np.float32))

    def wrong(self, closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which crops it calls wrongly; more than half of its seeds have to: (N,).

        Args:
            closed: (N,) the truth.
        """
        return np.asarray((self.calls != closed).mean(axis=0) > 0.5)


@dataclass(frozen=True, eq=False)
class ComparisonInput:
    """Models that judged the same crops of a test set.

    Attributes:
        name: Of the test set.
        protocol: Who was held out and why, in words.
        data: Fingerprints of the manifests in which the crops lie.
        crops: The labelled ones, without answers, by rising id.
        unlabelled: How many more there were, which nothing here counts.
        models: The first is the baseline.
    """

    name: str
    protocol: str
    data: tuple[str, ...]
    crops: pd.DataFrame
    unlabelled: int
    models: tuple[ComparedModel, ...]

    @cached_property
    def sample(self) -> Sample:
        """Whose crops these are, and the truth; its scores mean nothing."""
        return Sample.of(self.crops.assign(p_closed=np.float32(0)))

    @property
    def baseline(self) -> ComparedModel:
        """What the first run is about."""
        return self.models[0]

    def sample_of(self, model: ComparedModel, seed: int = 0) -> Sample:
        """The crops with one seed's answers."""
        return replace(self.sample, score=model.p_closed[seed])
