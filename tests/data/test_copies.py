import numpy as np

from blink.data.copies import count_shared


def test_count_shared_counts_a_picture_once_when_it_stands_on_many_sides() -> None:
    sides = [[[5, 1, 1], [2]], [[5, 3]], [[3, 5, 4, 4]], []]
    assert count_shared([np.array(part, np.uint64) for part in side] for side in sides) == 2


def test_count_shared_is_none_when_nobody_has_any() -> None:
    assert count_shared([]) == 0
    assert count_shared([[np.array([7, 7], np.uint64)], []]) == 0
