"""Who may be compared with whom: runs are brought together where they judged the same crops."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from blink.contract import DataError
from blink.evaluation.comparison.answers import Answers, read_answers
from blink.evaluation.comparison.combining import EntryRules, combine_runs
from blink.evaluation.comparison.inputs import ComparisonInput
from blink.evaluation.comparison.judged import Judged


@dataclass(frozen=True, eq=False)
class Gathering:
    """What can be compared.

    Attributes:
        test_sets: One for each that several runs share; all of a single run's.
        left_out: What cannot stand beside it, and why: a sentence each.
    """

    test_sets: tuple[ComparisonInput, ...]
    left_out: tuple[str, ...]


def gather(judged: Sequence[Judged], rules: EntryRules, only: str | None = None) -> Gathering:
    """Brings the rows of runs together, test set by test set.

    Of a test set that runs judged on different crops, those are shown that judged the same as the
    first run that has it.

    Args:
        judged: The runs; the first is the baseline.
        rules: How their rows enter.
        only: The one test set that is wanted; None for all.

    Raises:
        DataError: A run is given twice, a predictions table cannot be trusted, or there is no such
            test set.
    """
    _refuse_repeated(judged)
    names = dict.fromkeys(test.name for one in judged for test in one.tests)
    if only is not None and only not in names:
        raise DataError(f"None of these was judged on {only!r}; there are {', '.join(names)}.")
    tests = [(one, test) for one in judged for test in one.tests if only in {None, test.name}]
    test_sets, left_out = [], []
    for name in dict.fromkeys(test.on for _, test in tests):
        same, others = _sort_out(
            [read_answers(one, test) for one, test in tests if test.on == name]
        )
        left_out += others
        if len(same) > 1 or len(judged) == 1:
            test_sets.append(combine_runs(same, rules))
        else:
            left_out.append(f"{name}: only {same[0].judged.given} was judged on these crops.")
    return Gathering(tuple(test_sets), tuple(left_out))


def _sort_out(answers: Sequence[Answers]) -> tuple[list[Answers], list[str]]:
    """Those that agree with the first, and why the others do not."""
    first = answers[0]
    same, others = [first], []
    for one in answers[1:]:
        why = one.difference_to(first)
        if why is None:
            same.append(one)
        else:
            others.append(
                f"{one.test.on}: {one.judged.given} was judged on {why}; it cannot stand beside "
                f"{first.judged.given}."
            )
    return same, others


def _refuse_repeated(judged: Sequence[Judged]) -> None:
    for one, other in combinations(judged, 2):
        if one.folder.resolve() != other.folder.resolve():
            continue
        mine, others = ({r.title for t in j.tests for r in t.rows} for j in (one, other))
        if twice := sorted(mine & others):
            raise DataError(
                f"{one.given} and {other.given} are the same run, and {twice[0]} would be compared "
                "with itself. Name it once; a single run folder compares all of its own rows."
            )
