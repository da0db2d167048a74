import pytest

from blink.contract import DataError
from blink.evaluation.populations.regions import FEWEST_PEOPLE, find_regions
from tests.evaluation.populations.simulated import HALF, simulate


def test_regions_are_found_and_confirmed_when_one_is_planted() -> None:
    table, pictures = simulate(people=150, crops=40, seed=0, weak=0.35)
    search = find_regions(table, HALF, pictures, draws=200)
    weakest = search.regions[0]
    assert len(weakest.conditions) == 2
    assert "glasses yes" in weakest.conditions
    (dark,) = set(weakest.conditions) - {"glasses yes"}
    assert dark.startswith("brightness up to ")
    assert dark.endswith(" of 255")
    assert 55 <= int(dark.split()[3]) <= 60
    # One in three is dark, planted at 40 % wrong against 5 %.
    assert weakest.gap.value == pytest.approx(-0.35, abs=0.06)
    assert weakest.p is not None
    assert weakest.p < 0.001
    assert 0.3 < weakest.share_of_mistakes < 0.6
    assert "found on" in search.words


def test_region_shows_its_worst_mistakes_on_the_confirming_half_when_confirmed() -> None:
    table, pictures = simulate(people=150, crops=40, seed=0, weak=0.35)
    search = find_regions(table, HALF, pictures, draws=200)
    rows = table.set_index("id").loc[list(search.regions[0].ids)]
    margin = (rows["p_closed"] - rows["label"].astype(float)).abs()
    assert (margin > 0.5).all()
    assert margin.is_monotonic_decreasing
    assert set(rows["glasses"]) == {"yes"}
    assert search.regions[0].found.people + search.regions[0].confirmed.people == 50


def test_regions_are_none_when_mistakes_are_noise() -> None:
    table, pictures = simulate(people=120, crops=30, seed=3)
    assert find_regions(table, HALF, pictures, draws=200).regions == ()


@pytest.mark.long
def test_regions_are_none_in_95_of_100_when_mistakes_are_noise() -> None:
    found = 0
    for seed in range(100):
        table, pictures = simulate(people=80, crops=20, seed=seed)
        found += bool(find_regions(table, HALF, pictures, draws=300).regions)
    assert found <= 5


def test_regions_are_not_searched_when_people_are_too_few() -> None:
    table, pictures = simulate(people=FEWEST_PEOPLE, crops=20, seed=0, weak=0.5)
    search = find_regions(table, HALF, pictures)
    assert search.regions == ()
    assert "too few people to say" in search.words
    assert f"need {FEWEST_PEOPLE} each" in search.words


def test_regions_are_not_searched_when_people_are_unknown() -> None:
    table, pictures = simulate(people=100, crops=10, seed=0, weak=0.5)
    search = find_regions(table.assign(subject=None), HALF, pictures)
    assert "have 0 and 0" in search.words


def test_regions_are_described_by_attributes_alone_when_there_are_no_pictures() -> None:
    table, _ = simulate(people=150, crops=40, seed=0, weak=0.6)
    conditions = {
        one for region in find_regions(table, HALF, draws=200).regions for one in region.conditions
    }
    assert "glasses yes" in conditions
    assert {one.split()[0] for one in conditions} <= {"glasses", "gender"}


def test_regions_refuse_pictures_when_they_are_of_another_data_set() -> None:
    table, pictures = simulate(people=80, crops=10, seed=0)
    with pytest.raises(DataError, match="different data sets"):
        find_regions(table, HALF, pictures.assign(id=pictures["id"] + "x"))


def test_regions_are_the_same_when_rows_are_shuffled() -> None:
    table, pictures = simulate(people=150, crops=40, seed=0, weak=0.35)
    shuffled = table.sample(frac=1, random_state=1)
    ours, theirs = (find_regions(one, HALF, pictures, draws=200) for one in (table, shuffled))
    assert [one.title for one in ours.regions] == [one.title for one in theirs.regions]
    assert [one.ids for one in ours.regions] == [one.ids for one in theirs.regions]
