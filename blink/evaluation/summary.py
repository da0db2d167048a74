"""The main row of a test set in plain words."""

from dataclasses import dataclass

from blink.contract.wording import kilobytes, percent
from blink.evaluation.results import Row, TestSet
from blink.evaluation.statistics import Estimate
from blink.evaluation.suspicion import learnt_nothing
from blink.evaluation.wording import microseconds, out_of, percent_interval


@dataclass(frozen=True, slots=True)
class Summary:
    """What a person takes home from a test set.

    Attributes:
        accuracy: Balanced accuracy of the main row.
        sentences: What it means.
    """

    accuracy: Estimate
    sentences: tuple[str, ...]


def write_summary(test: TestSet) -> Summary:
    """Says what the main row of a test set is worth, against the heuristics and at which price."""
    scores = test.main.evaluation.scores
    sentences = [
        learnt_nothing(test.main),
        _found(scores["recall_closed"]),
        _false(scores["recall_open"]),
        _compared(test),
        _priced(test.main),
    ]
    return Summary(scores["balanced_accuracy"], tuple(filter(None, sentences)))


def _found(recall: Estimate) -> str:
    if recall.value is None:
        return "This test set shows no closed eyes."
    return f"Of closed eyes, it finds {out_of(recall.value)}{_range(recall)}."


def _false(recall: Estimate) -> str:
    if recall.value is None:
        return "This test set shows no open eyes."
    share = 1 - recall.value
    mirrored = Estimate(share)
    if recall.low is not None and recall.high is not None:
        mirrored = Estimate(share, 1 - recall.high, 1 - recall.low)
    return f"Of open eyes, it takes {out_of(share)} for closed{_range(mirrored)}."


def _range(estimate: Estimate) -> str:
    return "" if estimate.low is None else f" ({percent_interval(estimate)} %)"


def _compared(test: TestSet) -> str:
    heuristics = {
        row.title: value
        for row in test.rows
        if row.kind == "heuristic" and not row.is_main
        for value in [row.evaluation.scores["balanced_accuracy"].value]
        if value is not None
    }
    if not heuristics:
        return ""
    best = max(heuristics, key=heuristics.__getitem__)
    return f"The best heuristic here, {best}, reaches {percent(heuristics[best])} %."


def _priced(row: Row) -> str:
    size = f"It takes {kilobytes(row.size_bytes)} kB"
    if row.latency is None:
        return f"{size}; its latency was not measured."
    median, tail = microseconds(row.latency.p50_us), microseconds(row.latency.p99_us)
    return f"{size} and answers in {median} µs (99 of 100 times within {tail} µs)."
