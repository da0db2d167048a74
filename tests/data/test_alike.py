import pytest

from blink.data.alike import named_alike, tell_alike


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Guest 2", "guest 2", True),
        ("anna03 ", "anna03", True),
        ("Anna-01", "anna01", True),
        ("Jos\u00e9", "jose\u0301", True),
        ("s1_11", "S1-11", True),
        ("s1_11", "s11_1", False),
        ("1 2", "12", False),
        ("p1", "p01", False),
        ("guest 2", "guest 3", False),
        ("anna", "anne", False),
    ],
)
def test_named_alike_tells_spelling_from_number_when_names_differ(
    one: str, other: str, alike: bool
) -> None:
    people = [("mine", one), ("mine", other)]
    assert named_alike([*people, ("mine", "x"), people[0]]) == ([sorted(people)] if alike else [])
    assert named_alike([people[0], ("yours", other)]) == []


def test_tell_alike_counts_the_rest_when_there_are_many() -> None:
    groups = named_alike(("a", spelt) for n in range(8) for spelt in (f"p{n}", f"p{n} "))
    assert tell_alike(groups).startswith("'a/p0' and 'a/p0 '; 'a/p1' and")
    assert tell_alike(groups).endswith("'a/p5 '; and 2 more")
