import numpy as np

from blink.target import always_right, truly_closed


def test_always_right_is_sure_where_labels_are_and_halfway_between_them() -> None:
    openness = np.array([0, 0.05, 0.2, 0.275, 0.35, 1], np.float32)

    assert np.allclose(always_right(openness), [1, 1, 0.5, 0.25, 0, 0], atol=1e-6)


def test_truly_closed_agrees_with_who_is_always_right_when_asked_at_one_half() -> None:
    openness = np.linspace(0, 1, 1001, dtype=np.float32)
    away = np.abs(openness - 0.2) > 1e-6

    closed = truly_closed(openness)

    assert (closed == (always_right(openness) >= 0.5))[away].all()
    assert closed[0]
    assert not closed[-1]
