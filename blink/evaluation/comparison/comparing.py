"""All that the page of a comparison tells, in the order in which it is found out."""

from collections.abc import Sequence
from dataclasses import dataclass

from blink.contract import DataError
from blink.evaluation.comparison.combining import EntryRules
from blink.evaluation.comparison.disagreements import Disagreement, find_disagreements
from blink.evaluation.comparison.gathering import gather
from blink.evaluation.comparison.inputs import ComparedModel, ComparisonInput
from blink.evaluation.comparison.judged import Judged
from blink.evaluation.comparison.left_out import Transfer, find_transfers
from blink.evaluation.comparison.paired import choose_compared, compare_pairs
from blink.evaluation.comparison.results import Pairs
from blink.evaluation.comparison.side_by_side import Group, compare_groups
from blink.evaluation.comparison.standings import Standing, best_of, line_up_standings
from blink.evaluation.statistics import DRAWS

MOST_SIDE_BY_SIDE = 5
"""So many models stand side by side in the table of groups."""


@dataclass(frozen=True, eq=False)
class TestSetComparison:
    """What is found out on one test set.

    Attributes:
        inputs: Who judged which crops.
        standings: Everybody, the best first.
        compared: Those who are compared in pairs, the baseline first.
        pairs: Of these.
        shown: Those whose groups stand side by side, the baseline first.
        groups: By attribute.
        disagreement: The baseline and the best of the others; None where there are no others.
    """

    __test__ = False  # pytest: not a test case, whatever its name

    inputs: ComparisonInput
    standings: Sequence[Standing]
    compared: Sequence[Standing]
    pairs: Pairs
    shown: Sequence[ComparedModel]
    groups: Sequence[Group]
    disagreement: Disagreement | None

    @property
    def baseline(self) -> Standing:
        """What the first run is about."""
        return self.compared[0]

    @property
    def best(self) -> Standing | None:
        """Of those compared; None where nobody has a balanced accuracy."""
        return best_of(self.compared)

    @property
    def rival(self) -> Standing | None:
        """The best of those compared that is not the baseline."""
        return best_of(self.compared[1:])

    @property
    def heuristic(self) -> Standing | None:
        """The best heuristic."""
        return best_of([one for one in self.standings if one.model.kind == "heuristic"])


@dataclass(frozen=True, eq=False)
class Comparison:
    """What several runs have to say to each other.

    Attributes:
        judged: The runs as they were named, the baseline first.
        test_sets: One for each test set.
        transfers: What was left out of training, by run.
        left_out: What could not be compared, and why.
    """

    judged: Sequence[Judged]
    test_sets: Sequence[TestSetComparison]
    transfers: Sequence[Transfer]
    left_out: Sequence[str]


def compare(
    judged: Sequence[Judged], rules: EntryRules, only: str | None = None, draws: int = DRAWS
) -> Comparison:
    """Compares runs on the test sets that they share.

    Args:
        judged: The runs; the first is the baseline.
        rules: How their rows enter.
        only: The one test set that is wanted; None for all.
        draws: Resamples of people.

    Raises:
        DataError: Nothing can be compared, see also `gather`.
    """
    gathering = gather(judged, rules, only)
    transfers = find_transfers(judged)
    if not gathering.test_sets and len(transfers) < 2:
        raise DataError(
            "These runs share no test set, so nothing can be compared. "
            f"{' '.join(gathering.left_out)} `blink evaluate` judges bundles on the same crops."
        )
    test_sets = [compare_on_test_set(inputs, draws) for inputs in gathering.test_sets]
    return Comparison(judged, test_sets, transfers, gathering.left_out)


def compare_on_test_set(inputs: ComparisonInput, draws: int = DRAWS) -> TestSetComparison:
    """Compares everybody on one test set."""
    standings = line_up_standings(inputs, draws)
    compared = choose_compared(standings)
    pairs = compare_pairs(inputs, [one.model for one in compared], draws)
    baseline, rival = compared[0], best_of(compared[1:])
    ranked = sorted(compared[1:], key=_by_accuracy)
    shown = [one.model for one in [baseline, *ranked][:MOST_SIDE_BY_SIDE]]
    return TestSetComparison(
        inputs=inputs,
        standings=sorted(standings, key=_by_accuracy),
        compared=compared,
        pairs=pairs,
        shown=shown,
        groups=compare_groups(inputs, shown, draws),
        disagreement=find_disagreements(inputs, baseline.model, rival.model) if rival else None,
    )


def _by_accuracy(standing: Standing) -> float:
    """The best first, those without a number last."""
    value = standing.accuracy.value
    return 1.0 if value is None else -value
