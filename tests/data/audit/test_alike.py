from pathlib import Path

from blink.data.audit.alike import check_alike
from tests.data.drawing import data_set


def test_check_alike_warns_and_names_them_when_a_name_is_spelt_in_two_ways(tmp_path: Path) -> None:
    people = {"Guest 2": [0] * 4, "guest 1": [1], "guest 2": [1, 0]}
    (finding,) = check_alike(data_set(tmp_path / "set", people))
    assert finding.severity == "warning"
    assert "_ and -: 'drawn/Guest 2' and 'drawn/guest 2'. If" in finding.summary
    assert finding.numbers == {"people": 2, "groups": [["drawn/Guest 2", "drawn/guest 2"]]}
    assert [exhibit.rows for exhibit in finding.exhibits] == [(0, 1, 2, 5, 6)]


def test_check_alike_says_nothing_when_names_differ_in_a_digit(tmp_path: Path) -> None:
    assert check_alike(data_set(tmp_path / "set", {"p1": [0], "p01": [1]})) == []
