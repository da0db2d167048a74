import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from blink.target.products.counted import Watching
from tests.target.products.drawn import Played, scenes, sessions_of


@given(scenes(), st.sampled_from([1, 3, 5, 9]), st.sampled_from([0, 0.1, 0.4]))
def test_count_closed_is_what_a_loop_counts_when_scores_are_random(
    played: Played, smoothing: int, hysteresis: float
) -> None:
    product = Watching(smoothing=smoothing, hysteresis=hysteresis)

    found = product.count_closed(played[0], played[2])

    expected = np.stack([counted for counted, _ in sessions_of(product, played)])
    assert (found == expected).all()


def test_count_closed_forgives_a_single_frame_when_three_are_smoothed() -> None:
    p_closed = np.array([0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9], np.float32)[None, :, None]

    found = Watching(smoothing=3).count_closed(p_closed, 0.5)[0, :, 0]

    assert found.tolist() == [False, False, False, True, True, True, True]


def test_count_closed_holds_on_when_scores_lie_within_the_hysteresis() -> None:
    p_closed = np.array([0.4, 0.5, 0.4, 0.3, 0.2, 0.4], np.float32)[None, :, None]

    found = Watching(hysteresis=0.2).count_closed(p_closed, 0.5)[0, :, 0]

    assert found.tolist() == [False, True, True, True, False, False]


def test_watching_refuses_smoothing_when_no_frame_is_the_middle_one() -> None:
    with pytest.raises(ValidationError, match="an odd number of frames is needed"):
        Watching(smoothing=4)
