import pytest

from blink.evaluation.experience.decide import criteria_of, decide, judge_criteria
from blink.evaluation.experience.results import JudgedCriterion, Verdict
from blink.evaluation.statistics import Estimate
from blink.target import Criterion
from tests.evaluation.experience.usage import target

AT_MOST = Criterion(words="at most 2 a day", measure="mistakes_per_user_and_day", at_most=2)
AT_LEAST = Criterion(words="200 good ones", measure="good_per_bad", at_least=200)


@pytest.mark.parametrize(
    ("found", "met"),
    [
        (Estimate(1.0, 0.5, 1.5), True),
        (Estimate(1.0, 0.5, 2.0), True),
        (Estimate(1.0, 0.5, 2.1), None),
        (Estimate(2.1, 1.9, 2.6), None),
        (Estimate(3.0, 2.1, 4.0), False),
        (Estimate(1.0, gap="too few people: 3"), None),
        (Estimate(None, gap="nobody"), None),
    ],
)
def test_judge_criteria_needs_the_whole_interval_when_the_limit_is_from_above(
    found: Estimate, met: bool | None
) -> None:
    (finding,) = judge_criteria([AT_MOST], {"mistakes_per_user_and_day": found})

    assert finding == JudgedCriterion(
        "at most 2 a day", "mistakes_per_user_and_day", found, 2, is_upper=True, met=met
    )


@pytest.mark.parametrize(
    ("low", "high", "met"),
    [(200, 300, True), (210, None, True), (150, 300, None), (20, 190, False), (20, None, None)],
)
def test_judge_criteria_takes_an_open_end_for_infinite_when_the_limit_is_from_below(
    low: float, high: float | None, met: bool | None
) -> None:
    (finding,) = judge_criteria([AT_LEAST], {"good_per_bad": Estimate(250, low, high)})

    assert finding.met is met


def test_judge_criteria_cannot_say_when_nothing_was_measured() -> None:
    (finding,) = judge_criteria([AT_LEAST], {})

    assert finding.met is None
    assert finding.found.gap == "not measured"


def test_criteria_of_adds_the_budget_when_the_environment_has_one() -> None:
    added = criteria_of(target())[-2:]

    assert [(one.measure, one.at_most) for one in added] == [("latency_ms", 5), ("size_kb", 100)]


def findings(*met: bool | None) -> list[JudgedCriterion]:
    return [
        JudgedCriterion(f"wish {number}", "good_per_bad", Estimate(1.0), 1, is_upper=False, met=one)
        for number, one in enumerate(met)
    ]


@pytest.mark.parametrize(
    ("met", "heuristic", "doubt", "verdict"),
    [
        ((True, True), None, None, "SHIP"),
        ((True, True), (True, False), None, "SHIP"),
        ((True, False, None), (True, None, True), None, "DO NOT SHIP"),
        ((True, None), (False, True), None, "NOT ENOUGH DATA TO SAY"),
        ((True, True), (True, True), None, "THE HEURISTIC SUFFICES"),
        ((False, True), (True, True), None, "THE HEURISTIC SUFFICES"),
        ((True, True), None, "on rendered people", "NOT ENOUGH DATA TO SAY"),
        ((True, True), (True, True), "on rendered people", "NOT ENOUGH DATA TO SAY"),
        ((True, False), None, "on rendered people", "DO NOT SHIP"),
    ],
)
def test_decide_comes_out_as_the_criteria_say_when_they_are_planted(
    met: tuple[bool | None, ...],
    heuristic: tuple[bool | None, ...] | None,
    doubt: str | None,
    verdict: Verdict,
) -> None:
    found = decide(findings(*met), None if heuristic is None else findings(*heuristic), doubt)

    assert found.verdict == verdict
    assert [one.met for one in found.findings] == list(met)


def test_decide_names_the_criteria_when_some_are_not_met() -> None:
    found = decide(findings(False, True, False))

    assert found.because == "Not met: wish 0; wish 2."
