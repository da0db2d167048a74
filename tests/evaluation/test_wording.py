import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.evaluation import wording
from blink.evaluation.scores import Scores
from blink.evaluation.statistics import Estimate


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.95, 0.931, 0.982), "93.1 to 98.2"),
        (Estimate(0.95, gap="one person: no interval"), "one person: no interval"),
        (Estimate(0.95), "–"),
    ],
)
def test_percent_interval_gives_the_reason_when_there_is_none(
    estimate: Estimate, text: str
) -> None:
    assert wording.percent_interval(estimate) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "none"),
        (1.0, "every one"),
        (0.973, "97 of 100"),
        (0.5, "50 of 100"),
        (0.993, "993 of 1,000"),
        (0.004, "4 of 1,000"),
        (0.00001, "1 of 1,000"),
        (0.99999, "999 of 1,000"),
        (0.989999, "99 of 100"),
    ],
)
def test_out_of_never_rounds_mistakes_away_when_they_are_rare(value: float, text: str) -> None:
    assert wording.out_of(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (0.0004, "<0.001"), (0.0312, "0.031"), (0.99951, ">0.999"), (1.0, "1.000")],
)
def test_probability_hides_no_rest_when_it_is_small(value: float, text: str) -> None:
    assert wording.probability(value) == text


def test_times_counts_and_sentences_carry_as_many_digits_as_they_hold() -> None:
    assert wording.microseconds(84.27) == "84.3"
    assert wording.microseconds(1234.5) == "1,234"
    assert wording.count(12345) == "12,345"
    assert wording.count(None) == "–"
    assert wording.sentence("held out: 7 people") == "Held out: 7 people."
    assert wording.sentence("All of them.") == "All of them."


@pytest.mark.parametrize(
    ("made", "text"),
    [
        ("2026-11-24T13:05:09+00:00", "2026-11-24, 13:05 UTC"),
        ("2026-11-24T13:05:09+01:00", "2026-11-24, 13:05 UTC+01:00"),
        ("2026-11-24T13:05", "2026-11-24, 13:05"),
    ],
)
def test_moment_names_the_zone_when_there_is_one(made: str, text: str) -> None:
    assert wording.moment(made) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.01234, "0.0123"),
        (0.0004, "<0.001"),
        (-0.0004, ">−0.001"),
        (-2.5, "−2.5"),
        (99.96, "100"),
        (12345.6, "12,346"),
        (-150.0, "−150"),
    ],
)
def test_figure_keeps_three_digits_when_a_number_is_of_any_size(
    value: float | None, text: str
) -> None:
    assert wording.figure(value) == text


@given(st.floats(-1e9, 1e9))
def test_figure_is_off_by_half_a_percent_at_most_when_read_back(value: float) -> None:
    text = wording.figure(value).replace("−", "-").replace(",", "")
    if text.startswith(("<", ">")):
        assert 0 < abs(value) < 0.001
    else:
        assert float(text) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(1.0, 0.5, 2.0), "0.5 to 2"),
        (Estimate(312.0, 200.0), "200 or more"),
        (Estimate(3.0, None, 4.0), "4 or less"),
        (Estimate(3.0, gap="one person: no interval"), "one person: no interval"),
        (Estimate(3.0), "–"),
    ],
)
def test_figure_interval_says_what_is_known_when_an_end_is_open(
    estimate: Estimate, text: str
) -> None:
    assert wording.figure_interval(estimate) == text


def test_points_and_p_values_carry_sign_and_floor_when_they_are_small() -> None:
    assert [wording.points(value) for value in (-0.0213, 0.004, None)] == ["−2.1", "+0.4", "–"]
    assert [wording.points(value) for value in (-0.0, -0.0004, 0.0004)] == ["0.0"] * 3
    assert [wording.p_value(p) for p in (0.0213, 0.00004, None)] == ["0.021", "<0.001", "–"]


def test_criteria_are_worded_as_limits_and_answers_when_they_are_judged() -> None:
    assert wording.limit(0.143, is_upper=True) == "at most 0.143"
    assert wording.limit(200.0, is_upper=False) == "at least 200"
    assert [wording.answer(met) for met in (True, False, None)] == [
        *("✓ met", "✕ not met", "? cannot say")
    ]


def test_drawn_says_what_was_drawn_again_when_people_are_unknown() -> None:
    scores = [Scores(8, 4, people, unknown, {}) for people, unknown in ((4, 0), (3, 2), (0, 8))]
    assert [wording.drawn(one) for one in scores] == ["people", "people and crops", "crops"]
