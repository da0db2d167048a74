import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blink.target.products.runs import InARow, count_run, find_runs, frames_in, run_limits
from tests.target.products.drawn import runs_of

BOOLEANS = arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 30)))


@given(BOOLEANS)
def test_find_runs_finds_what_a_loop_finds_when_frames_are_random(so: np.ndarray) -> None:
    found = find_runs(so)

    expected = [(s, *run) for s, row in enumerate(so) for run in runs_of(row.tolist())]
    assert list(zip(found.session, found.start, found.stop, strict=True)) == expected
    whole = [start > 0 and stop < so.shape[1] for _, start, stop in expected]
    assert found.is_whole.tolist() == whole
    assert found.frames.tolist() == [stop - start for _, start, stop in expected]


def test_find_runs_of_two_sessions_stay_apart_when_one_ends_as_the_next_begins() -> None:
    found = find_runs(np.array([[False, True], [True, False]]))

    assert found.session.tolist() == [0, 1]
    assert found.frames.tolist() == [1, 1]
    assert found.is_whole.tolist() == [False, False]


@given(BOOLEANS)
def test_count_run_counts_up_from_the_last_no_when_frames_are_random(so: np.ndarray) -> None:
    for row, counted in zip(so.tolist(), count_run(so).tolist(), strict=True):
        length = 0
        for is_so, count in zip(row, counted, strict=True):
            length = length + 1 if is_so else 0
            assert count == length


@given(BOOLEANS, st.integers(1, 6), st.integers(0, 35))
def test_in_a_row_finds_the_first_row_that_begins_late_enough_when_asked_from_any_frame(
    so: np.ndarray, frames: int, start: int
) -> None:
    found = InARow(so, frames).first(np.full(len(so), start))

    for row, last in zip(so.tolist(), found.tolist(), strict=True):
        ends = [
            at + frames - 1
            for at in range(start, len(row) - frames + 1)
            if all(row[at : at + frames])
        ]
        assert last == (ends[0] if ends else len(row))


@pytest.mark.parametrize(
    ("shortest", "longest", "fps", "expected"),
    [(150, 600, 20, (3, 12)), (150, 600, 30, (5, 18)), (1, 40, 25, (1, 1)), (30, 60, 10, (1, 0))],
)
def test_run_limits_take_whole_frames_when_times_lie_between(
    shortest: float, longest: float, fps: float, expected: tuple[int, int]
) -> None:
    assert run_limits(shortest, longest, fps) == expected


def test_frames_in_is_at_least_one_when_the_time_is_short() -> None:
    assert [frames_in(seconds, 30) for seconds in (0.001, 0.1, 1)] == [1, 3, 30]
