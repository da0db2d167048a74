import pytest

from blink.evaluation.experience.decide import criteria_of, decide, judge_criteria, meets_all
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


def test_judge_criteria_names_the_groups_when_the_figure_is_theirs() -> None:
    named = {"good_per_bad": "widest in glasses yes"}

    first, second = judge_criteria([AT_MOST, AT_LEAST], {}, named)

    assert (first.groups, second.groups) == ("", "widest in glasses yes")


def test_judge_criteria_cannot_say_when_nothing_was_measured() -> None:
    (finding,) = judge_criteria([AT_LEAST], {})

    assert finding.met is None
    assert finding.found.gap == "not measured"


def test_criteria_of_adds_the_budget_when_the_environment_has_one() -> None:
    added = criteria_of(target())[-2:]

    assert [(one.measure, one.at_most) for one in added] == [("latency_ms", 5), ("size_kb", 100)]


@pytest.mark.parametrize(
    ("size", "words"),
    [(100, "at most 100 kB"), (43.25, "at most 43.25 kB"), (2e6, "at most 2,000,000 kB")],
)
def test_criteria_of_writes_the_budget_out_when_it_is_large(size: float, words: str) -> None:
    environment = target().environment
    budget = environment.budget.model_copy(update={"size_kb": size})
    large = target(environment=environment.model_copy(update={"budget": budget}))

    assert criteria_of(large)[-1].words == words


def findings(*met: bool | None) -> list[JudgedCriterion]:
    return [
        JudgedCriterion(f"wish {number}", "good_per_bad", Estimate(1.0), 1, is_upper=False, met=one)
        for number, one in enumerate(met)
    ]


@pytest.mark.parametrize(
    ("met", "doubt", "enough", "verdict"),
    [
        ((True, True), None, None, "SHIP"),
        ((True, False, None), None, None, "DO NOT SHIP"),
        ((True, None), None, None, "NOT ENOUGH DATA TO SAY"),
        ((True, True), None, "vote", "THE HEURISTIC SUFFICES"),
        ((False, True), None, "vote", "THE HEURISTIC SUFFICES"),
        ((True, True), "on rendered people", None, "NOT ENOUGH DATA TO SAY"),
        ((True, True), "on rendered people", "vote", "NOT ENOUGH DATA TO SAY"),
        ((True, False), "on rendered people", None, "DO NOT SHIP"),
    ],
)
def test_decide_comes_out_as_the_criteria_say_when_they_are_planted(
    met: tuple[bool | None, ...], doubt: str | None, enough: str | None, verdict: Verdict
) -> None:
    found = decide(findings(*met), doubt, enough)

    assert found.verdict == verdict
    assert [one.met for one in found.findings] == list(met)


@pytest.mark.parametrize(
    ("met", "expected"),
    [((True, True), True), ((True, False), False), ((True, None), False)],
)
def test_meets_all_is_true_when_each_criterion_is_met(
    met: tuple[bool | None, ...], expected: bool
) -> None:
    assert meets_all(findings(*met)) is expected


def test_decide_names_the_heuristic_when_it_is_enough() -> None:
    found = decide(findings(True), enough="vote fp32")

    assert found.because == "vote fp32 meets every criterion; stop here, a net is not needed."


def test_decide_names_the_criteria_when_some_are_not_met() -> None:
    found = decide(findings(False, True, False))

    assert found.because == "Not met: wish 0; wish 2."
