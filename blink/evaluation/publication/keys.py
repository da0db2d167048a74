from dataclasses import dataclass
from typing import Final

from blink.runs import QUALITY

REPORT: Final = "report"
"""The page of a run."""

CURVES: Final = (
    "train/loss",
    "val/loss",
    "val/auc",
    QUALITY,
)
"""What training logs of every net, each epoch; see `blink.training.classifier`."""

SIZE: Final = "size_bytes"
PARAMETERS: Final = "parameters"
LATENCY: Final = "latency/p50_us"
TAIL: Final = "latency/p99_us"
RATIO: Final = "latency/ratio_to_empty_graph"
"""What the main row costs; latencies only where they were measured."""


@dataclass(frozen=True)
class Keys:
    """By which names the results of a run stand in W&B.

    Attributes:
        role: Of the people who were judged: `test`, or `val` where runs are chosen by them.
    """

    role: str = "test"

    def figure(self, test_set: str, name: str) -> str:
        """A metric of the main row, or another figure of a test set, such as its verdict."""
        return f"{self.role}/{test_set}/{name}"

    def mean(self, name: str) -> str:
        """A metric's mean over the test sets."""
        return self.figure("mean", name)

    def table(self, name: str) -> str:
        """A table over all test sets: `table`, `groups`, `regions`, `mistakes`, and a target's."""
        return f"{self.role}/{name}"

    def mistakes(self, test_set: str, number: int) -> str:
        """The contact sheet of a kind of mistakes, the dearest kind being 1."""
        return self.figure(test_set, f"mistakes/{number}")

    def reliability(self, test_set: str) -> str:
        """The reliability diagram of the main row."""
        return self.figure(test_set, "reliability")

    def pareto(self, test_set: str, cost: str) -> str:
        """Quality of all rows against `latency` or `size`."""
        return self.figure(test_set, f"pareto/{cost}")
