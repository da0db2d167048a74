import numpy as np
import pytest

from blink.evaluation.statistics.sample import MOST_LOTS, Sample
from tests.evaluation.drawn import predictions


def test_sample_leaves_out_crops_when_their_label_is_not_known() -> None:
    sample = Sample.of(predictions([1, None, 0], [0.9, 0.8, 0.1], ["a", "b", "c"]))
    assert sample.closed.tolist() == [True, False]
    assert (sample.people, sample.person.tolist()) == (2, [0, 1])


def test_sample_tells_people_apart_when_two_data_sets_use_one_name() -> None:
    table = predictions([1, 0], [0.9, 0.1], ["same", "same"])
    assert Sample.of(table).people == 1
    assert Sample.of(table.assign(dataset=["a", "b"])).people == 2


def test_sample_takes_each_crop_for_a_person_when_people_are_unknown() -> None:
    table = predictions([1, 0, 1, 0], [0.9, 0.1, 0.8, 0.2], ["a", None, "a", None])
    sample = Sample.of(table)
    assert (sample.people, sample.known, sample.unknown) == (3, 1, 2)
    assert sample.person.tolist() == [0, 1, 0, 2]
    assert sample.owner.tolist() == [0, 2, 0, 4]


@pytest.mark.parametrize("are_known", [True, False])
def test_sample_draws_lots_when_there_are_very_many(are_known: bool) -> None:
    crops = MOST_LOTS + 100
    people = [f"p{number}" if are_known else None for number in range(crops)]
    sample = Sample.of(predictions([1, 0] * (crops // 2), [0.5] * crops, people))
    known, unknown = (crops, 0) if are_known else (0, crops)
    assert (sample.people, sample.known, sample.unknown) == (MOST_LOTS, known, unknown)
    assert sorted(np.bincount(sample.person)) == [1] * (MOST_LOTS - 100) + [2] * 100
    assert sample.people_with(sample.closed) == crops // 2, "people, not the lots that are drawn"
    assert len(np.unique(sample.owner)) == crops


def test_sample_keeps_a_persons_crops_together_when_it_draws_lots() -> None:
    people = [f"p{number % 700}" for number in range(1400)]
    sample = Sample.of(predictions([1, 0] * 700, [0.5] * 1400, people))
    np.testing.assert_array_equal(sample.person[:700], sample.person[700:])
    # At random: neighbours in the alphabet do not end up in neighbouring lots.
    assert abs(np.corrcoef(np.arange(700), sample.person[:700])[0, 1]) < 0.1


def test_sample_is_empty_when_nothing_has_a_label() -> None:
    sample = Sample.of(predictions([None], [0.5], ["a"]))
    assert (len(sample.closed), sample.people, sample.known) == (0, 0, 0)


def test_only_keeps_peoples_numbers_when_some_have_no_crops_left() -> None:
    sample = Sample.of(predictions([1, 0, 1], [0.9, 0.1, 0.8], ["a", "b", "c"]))
    rest = sample.only(np.array([True, False, True]))
    assert (rest.people, rest.person.tolist(), rest.closed.tolist()) == (3, [0, 2], [True, True])
    assert rest.people_with(rest.closed) == 2
    assert rest.people_with(~rest.closed) == 0
    assert (rest.known, rest.unknown) == (2, 0)
