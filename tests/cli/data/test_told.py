import pytest

from blink.cli.data.told import told_people


@pytest.mark.parametrize(
    ("people", "unknown", "said"),
    [
        (8, 96, "8 people and 96 crops of people unknown"),
        (1, 1, "1 person and 1 crop of people unknown"),
        (1_200, 0, "1,200 people"),
        (0, 96, "people unknown, for training only"),
    ],
)
def test_told_people_says_who_is_unknown_when_crops_are(
    people: int, unknown: int, said: str
) -> None:
    assert told_people(people, unknown) == said
