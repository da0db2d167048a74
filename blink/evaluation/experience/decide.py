"""Ship or not: each criterion by its interval, the verdict by the criteria."""

from collections.abc import Mapping, Sequence
from typing import Final

from blink.evaluation.experience.results import Decision, JudgedCriterion
from blink.evaluation.statistics import Estimate
from blink.target import Criterion, Target

NOT_MEASURED: Final = Estimate(None, gap="not measured")

_PLAIN: Final = ",.15g"
"""All digits that somebody wrote into a budget, without an exponent."""


def criteria_of(target: Target) -> tuple[Criterion, ...]:
    """The target's criteria, then those of its budget."""
    budget = target.environment.budget
    return (
        *target.criteria,
        Criterion(
            words=f"an answer within {budget.latency_ms:{_PLAIN}} ms, 99 of 100 times",
            measure="latency_ms",
            at_most=budget.latency_ms,
        ),
        Criterion(
            words=f"at most {budget.size_kb:{_PLAIN}} kB",
            measure="size_kb",
            at_most=budget.size_kb,
        ),
    )


def judge_criteria(
    criteria: Sequence[Criterion],
    figures: Mapping[str, Estimate],
    groups: Mapping[str, str] | None = None,
) -> tuple[JudgedCriterion, ...]:
    """Holds what was measured against what was asked for.

    A criterion is met where the whole interval lies on the right side of its limit, and not met
    where it lies on the wrong one. Where the limit lies within the interval, or there is none, the
    data cannot say.

    Args:
        criteria: The sentences.
        figures: Measure → estimate; exact figures have an interval of no width.
        groups: Measure → the groups that made it, in words; None where all are everybody's.
    """
    return tuple(
        _judge(one, figures.get(one.measure, NOT_MEASURED), (groups or {}).get(one.measure, ""))
        for one in criteria
    )


def _judge(criterion: Criterion, found: Estimate, groups: str) -> JudgedCriterion:
    is_upper = criterion.at_most is not None
    limit = criterion.at_most if criterion.at_most is not None else criterion.at_least
    assert limit is not None  # noqa: S101 - a criterion has one of both
    worst, best = (found.high, found.low) if is_upper else (found.low, found.high)
    return JudgedCriterion(
        words=criterion.words,
        measure=criterion.measure,
        found=found,
        limit=limit,
        is_upper=is_upper,
        met=_met(worst, best, limit, 1 if is_upper else -1),
        groups=groups,
    )


def _met(worst: float | None, best: float | None, limit: float, sign: int) -> bool | None:
    """One open end of an interval is infinite: it can only speak against a limit."""
    if worst is not None and sign * worst <= sign * limit:
        return True
    if best is not None and sign * best > sign * limit:
        return False
    return None


def meets_all(findings: Sequence[JudgedCriterion]) -> bool:
    """Whether every criterion is met."""
    return all(one.met for one in findings)


def decide(
    findings: Sequence[JudgedCriterion], doubt: str | None = None, enough: str | None = None
) -> Decision:
    """The verdict on an intelligence.

    Args:
        findings: Its criteria.
        doubt: Why these people alone can prove no intelligence good enough; None where they can.
        enough: A heuristic that meets every criterion, and would do instead; None without one.
    """
    found = tuple(findings)
    failed = [one.words for one in found if one.met is False]
    open_ = [one.words for one in found if one.met is None]
    if enough is not None and doubt is None:
        because = f"{enough} meets every criterion; stop here, a net is not needed."
        return Decision("THE HEURISTIC SUFFICES", because, found)
    if failed:
        return Decision("DO NOT SHIP", f"Not met: {'; '.join(failed)}.", found)
    if open_:
        return Decision("NOT ENOUGH DATA TO SAY", f"Cannot be said: {'; '.join(open_)}.", found)
    if doubt is not None:
        return Decision("NOT ENOUGH DATA TO SAY", f"Every criterion is met, but {doubt}.", found)
    return Decision("SHIP", "Every criterion is met, with its whole interval.", found)
