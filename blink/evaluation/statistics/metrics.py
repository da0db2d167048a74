"""The six numbers by which an intelligence is judged, computed on all bootstrap draws at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.contract.wording import METRIC_NAMES
from blink.evaluation.statistics.auc import auc
from blink.evaluation.statistics.bootstrap import DRAWS, Weights, draw_people
from blink.evaluation.statistics.estimate import Estimate, Support, Values, divide, estimate
from blink.evaluation.statistics.sample import Sample

TITLES: Final = {name: f"{words[0].upper()}{words[1:]}" for name, words in METRIC_NAMES.items()}
"""Metrics in the order in which they are shown, as they are called where a line begins."""


def estimate_metrics(sample: Sample, threshold: float, draws: int = DRAWS) -> dict[str, Estimate]:
    """All metrics, each with its interval over people or the reason why there is none.

    Args:
        sample: The crops.
        threshold: An eye counts as closed where p_closed reaches it.
        draws: Resamples of people behind each interval.

    Returns:
        Name, as in `TITLES`, to estimate.
    """
    values = measure(sample, threshold, draw_people(sample.people, draws))
    is_blind = sample.is_blind
    return {name: conclude(sample, name, found, is_blind) for name, found in values.items()}


def conclude(sample: Sample, name: str, values: Values, is_blind: bool = False) -> Estimate:
    """The estimate of one of the metrics.

    Args:
        sample: The crops; its scores are not looked at.
        name: See `TITLES`.
        values: From `measure`.
        is_blind: Whether all scores are alike: AUC and balanced accuracy are one half then, whoever
            is looked at.
    """
    return estimate(
        values,
        sample.people,
        missing(sample),
        support=support(sample, name),
        is_certain=is_blind and name in ("auc", "balanced_accuracy"),
    )


def missing(sample: Sample) -> str:
    """Why a metric of these crops cannot be computed, should that be so."""
    if not len(sample.closed):
        return "no labelled crops"
    return "no open eyes" if sample.closed.all() else "no closed eyes"


def support(sample: Sample, name: str = "balanced_accuracy") -> Support:
    """The people on whom a metric rests: of the two classes, those of the one that has fewer."""
    everybody = sample.known + sample.unknown
    closed, opened = (
        Support(people, f" with {eyes} eyes" if people < everybody else "")
        for eyes, people in (
            ("closed", sample.people_with(sample.closed)),
            ("open", sample.people_with(~sample.closed)),
        )
    )
    special = {"recall_closed": closed, "recall_open": opened, "ece": Support(everybody)}
    return special.get(name, min(closed, opened))


def measure(sample: Sample, threshold: float, weights: Weights) -> dict[str, Values]:
    """All metrics on all rows of weights.

    Balanced accuracy, F1 and AUC need both classes; one class alone leaves a gap.

    Args:
        sample: The crops.
        threshold: An eye counts as closed where p_closed reaches it.
        weights: From `draw_people`.

    Returns:
        Name, as in `TITLES`, to values.
    """
    values = {
        **measure_calls(sample, threshold, weights),
        "auc": auc(sample, weights),
        "ece": ece(sample, weights),
    }
    return {name: values[name] for name in TITLES}


def measure_calls(sample: Sample, threshold: float, weights: Weights) -> dict[str, Values]:
    """As `measure`, of what hangs on calls alone: no AUC, no calibration error.

    Those two take longer than all others together: too long for hundreds of parts.
    """
    closed, opened = (recall(sample, threshold, weights) for recall in (recall_closed, recall_open))
    return {
        "balanced_accuracy": (closed + opened) / 2,
        "f1": f1(sample, threshold, weights),
        "recall_closed": closed,
        "recall_open": opened,
    }


def balanced_accuracy(sample: Sample, threshold: float, weights: Weights) -> Values:
    """Mean of both recalls."""
    found = recall_closed(sample, threshold, weights)
    return (found + recall_open(sample, threshold, weights)) / 2


def recall_closed(sample: Sample, threshold: float, weights: Weights) -> Values:
    """Share of the closed eyes that are called closed."""
    return _share(sample, sample.score >= threshold, sample.closed, weights)


def recall_open(sample: Sample, threshold: float, weights: Weights) -> Values:
    """Share of the open eyes that are called open."""
    return _share(sample, sample.score < threshold, ~sample.closed, weights)


ACCURACIES: Final = {
    "balanced_accuracy": balanced_accuracy,
    "recall_closed": recall_closed,
    "recall_open": recall_open,
}
"""Those of the metrics by which groups of people are compared."""


def f1(sample: Sample, threshold: float, weights: Weights) -> Values:
    """Harmonic mean of precision and recall of closed."""
    called = sample.score >= threshold
    amounts = (
        called & sample.closed,
        called.astype(np.int64) + sample.closed,
        sample.closed,
        ~sample.closed,
    )
    sums = np.stack([sample.per_person(amount) for amount in amounts], axis=1)
    hits, both, closed, opened = (weights @ sums).T
    return np.where((closed == 0) | (opened == 0), np.nan, divide(2 * hits, both))


def ece(sample: Sample, weights: Weights) -> Values:
    """Expected calibration error of p_closed: mean over the crops of |p_closed - share closed|.

    Both means are taken within `BINS` bins. Source: Naeini et al. 2015, in its binary form.
    """
    surplus = sample.per_person_and_bin(sample.score.astype(np.float64) - sample.closed)
    total = weights @ sample.per_person(np.ones_like(sample.score))
    return divide(np.abs(weights @ surplus).sum(axis=1), total)


def _share(
    sample: Sample, hit: NDArray[np.bool_], among: NDArray[np.bool_], weights: Weights
) -> Values:
    # One product instead of two: reading the weights is what takes time.
    sums = np.stack([sample.per_person(hit & among), sample.per_person(among)], axis=1)
    hits, all_of_them = (weights @ sums).T
    return divide(hits, all_of_them)
