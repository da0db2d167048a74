"""Results that look less like a bad intelligence than like one that was put to use wrongly."""

from collections.abc import Iterable, Sequence

from blink.contract.wording import fraction, with_interval
from blink.evaluation.results import Row, TestSet
from blink.evaluation.statistics import Estimate

_TURNED_ROUND = 0.25
"""An AUC below this is no accident; it counts where people are too few for an interval."""
_RANKS, _FEWEST = 0.75, 10
"""A net above this AUC does not guess, and of fewer eyes of a class nobody can tell."""
_TWICE = 0.7311
"""The sigmoid of 1: what a sigmoid makes of a probability lies from 0.5 to here."""


def suspicions(tests: Sequence[TestSet]) -> list[str]:
    """What a person should look into before believing the numbers; nothing where all is well."""
    found = (doubt for test in tests for row in test.rows for doubt in _doubts(test, row))
    return list(dict.fromkeys(found))


def learnt_nothing(row: Row) -> str:
    """That a net may only guess, in a sentence; empty where it does not, or nobody can tell."""
    auc, calls = row.evaluation.scores["auc"], row.evaluation.confusion
    closed = calls.found_closures + calls.missed_closures
    fewest = min(closed, row.evaluation.scores.n - closed)
    if row.kind != "net" or auc.value is None or auc.value > _RANKS or fewest < _FEWEST:
        return ""
    for eyes, called in (
        ("open", calls.missed_closures + calls.found_openings),
        ("closed", calls.found_closures + calls.false_closures),
    ):
        if called == row.evaluation.scores.n:
            return (
                f"It calls every eye {eyes}: it may have learnt nothing, or its operating point "
                "does not fit these eyes."
            )
    if auc.low is None or auc.low > 0.5 or _is_turned_round(auc):
        return ""
    found = with_interval(auc.value, auc.low, auc.high)
    return f"It may have learnt nothing: its AUC, {found}, may be that of guessing."


def _doubts(test: TestSet, row: Row) -> Iterable[str]:
    is_foreign = row.kind == "foreign"
    auc = row.evaluation.scores["auc"]
    if _is_turned_round(auc):
        where = " in its adapter, see `output.says` and `output.index`" if is_foreign else ""
        yield (
            f"{row.title} tells the eyes of {test.name} apart, but the wrong way round (AUC "
            f"{fraction(auc.value)}): closed and open may be swapped{where}."
        )
    low, high = row.table["p_closed"].min(), row.table["p_closed"].max()
    is_folded = 0.5 <= low <= high <= _TWICE or 1 - _TWICE <= low <= high <= 0.5
    if is_foreign and is_folded:
        yield (
            f"{row.title} says {low:.3f} to {high:.3f} of all eyes of {test.name}: its graph may "
            "give probabilities already. Try `activation: none` in its adapter."
        )


def _is_turned_round(auc: Estimate) -> bool:
    if auc.high is not None:
        return auc.high < 0.5
    return auc.value is not None and auc.value < _TURNED_ROUND
