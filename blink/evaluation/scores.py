from dataclasses import dataclass

import pandas as pd

from blink.contract.record import Record
from blink.evaluation.statistics import (
    DRAWS,
    Estimate,
    Sample,
    conclude,
    draw_people,
    estimate_metrics,
)
from blink.evaluation.statistics.metrics import measure_calls


@dataclass(frozen=True, slots=True)
class Scores(Record):
    """The metrics of some crops, and how many crops and people stand behind them.

    Attributes:
        n: Labelled crops.
        closed: How many of these are closed.
        people: How many people they show, as far as they are known.
        unknown: How many of the crops are of people unknown; the intervals take each for a person.
        metrics: Name, as in `blink.evaluation.statistics.metrics.TITLES`, to estimate.
    """

    n: int
    closed: int
    people: int
    unknown: int
    metrics: dict[str, Estimate]

    def __getitem__(self, metric: str) -> Estimate:
        return self.metrics[metric]


def score(sample: Sample, threshold: float, draws: int = DRAWS) -> Scores:
    """The scores of a sample.

    Args:
        sample: The crops.
        threshold: An eye counts as closed where p_closed reaches it.
        draws: Resamples of people behind each interval.
    """
    return _described(sample, estimate_metrics(sample, threshold, draws))


def score_calls(sample: Sample, threshold: float, draws: int = DRAWS) -> Scores:
    """As `score`, of what hangs on calls alone, see `measure_calls`."""
    values = measure_calls(sample, threshold, draw_people(sample.people, draws))
    is_blind = sample.is_blind
    metrics = {name: conclude(sample, name, drawn, is_blind) for name, drawn in values.items()}
    return _described(sample, metrics)


def _described(sample: Sample, metrics: dict[str, Estimate]) -> Scores:
    return Scores(
        n=len(sample.closed),
        closed=int(sample.closed.sum()),
        people=sample.known,
        unknown=sample.unknown,
        metrics=metrics,
    )


def crops_to_score(table: pd.DataFrame) -> pd.DataFrame:
    """What of a predictions table is scored, where many parts of it will be.

    Data set and person are numbers, in the order of the names: parts of the result have the same
    `Sample` as the same parts of the table, and numbers are grouped faster than names.

    Args:
        table: A predictions table.
    """
    people = table.groupby(["dataset", "subject"], sort=True).ngroup()
    return pd.DataFrame(
        {
            "id": table["id"].to_numpy(object),
            "dataset": 0,
            "subject": people.where(table["subject"].notna()).to_numpy(
                "float64", na_value=float("nan")
            ),
            "label": table["label"],
            "p_closed": table["p_closed"],
        }
    )
