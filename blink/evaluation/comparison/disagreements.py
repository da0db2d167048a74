from dataclasses import dataclass

import pandas as pd

from blink.evaluation.comparison.inputs import ComparedModel, ComparisonInput

MOST = 12
"""Crops of each kind that are shown."""

MOST_OF_ONE_PERSON = 3
"""Neighbouring frames of one person look alike: no more than so many of them are shown."""


@dataclass(frozen=True, eq=False)
class Disagreement:
    """Crops that one of two gets wrong and the other does not.

    Both tables are rows of the test set's crops with `p_first` and `p_second`, those first of which
    whoever is wrong was surest.

    Attributes:
        first: The one.
        second: The other.
        first_wrong: Crops that the first alone gets wrong.
        second_wrong: Crops that the second alone gets wrong.
    """

    first: ComparedModel
    second: ComparedModel
    first_wrong: pd.DataFrame
    second_wrong: pd.DataFrame


def find_disagreements(
    inputs: ComparisonInput, first: ComparedModel, second: ComparedModel, most: int = MOST
) -> Disagreement:
    """The crops that tell two models apart; of seeds, more than half of them count.

    Args:
        inputs: What both have judged.
        first: The one.
        second: The other.
        most: How many of each kind.
    """
    wrong = [one.wrong(inputs.sample.closed) for one in (first, second)]
    means = [one.p_closed.mean(axis=0) for one in (first, second)]
    table = inputs.crops.assign(p_first=means[0], p_second=means[1])
    return Disagreement(
        first,
        second,
        _surest(table[wrong[0] & ~wrong[1]], "p_first", most),
        _surest(table[wrong[1] & ~wrong[0]], "p_second", most),
    )


def _surest(table: pd.DataFrame, score: str, most: int) -> pd.DataFrame:
    error = (table["label"].astype("float64") - table[score]).abs()
    ranked = table.assign(_error=error).sort_values(["_error", "id"], ascending=[False, True])
    people = ranked["subject"].fillna(ranked["id"])
    few = ranked.groupby(people.to_numpy(str), sort=False).head(MOST_OF_ONE_PERSON)
    return few.drop(columns="_error").head(most)
