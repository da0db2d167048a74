from pathlib import Path

import pytest

from blink.contract import DataError
from blink.data.lookup import id_of, look_up
from tests.data.drawing import crowd, data_set


def test_look_up_gives_rows_in_the_order_asked_when_ids_are_jumbled(tmp_path: Path) -> None:
    manifest = data_set(tmp_path / "data", crowd(3))
    wanted = [7, 0, 11, 7]
    found = look_up(manifest, [manifest.table["id"].iloc[row] for row in wanted])
    assert [entry.row for entry in found] == wanted
    assert [entry.values["subject"] for entry in found] == ["p01", "p00", "p02", "p01"]
    assert "image" not in found[0].values


def test_entry_leaves_out_what_is_not_known_when_it_tells_its_fields(tmp_path: Path) -> None:
    manifest = data_set(tmp_path / "data", {"a": [1]})
    (entry,) = look_up(manifest, manifest.table["id"].tolist())
    fields = dict(entry.fields)
    assert fields["label"] == "1"
    assert (fields["label_weight"], fields["subject"]) == ("1", "a")
    assert "glasses" not in fields


def test_look_up_refuses_when_an_id_is_of_another_data_set(tmp_path: Path) -> None:
    manifest = data_set(tmp_path / "data", {"a": [1, 0]})
    ids = [manifest.table["id"].iloc[0], "elsewhere"]
    with pytest.raises(DataError, match=r"elsewhere is not in .*data: .*another data set"):
        look_up(manifest, ids)


def test_look_up_reads_nothing_when_nothing_is_asked(tmp_path: Path) -> None:
    assert look_up(data_set(tmp_path / "data", {"a": [1]}), []) == []


def test_id_of_is_the_one_that_begins_so_when_it_is_cut_off(tmp_path: Path) -> None:
    manifest = data_set(tmp_path / "data", crowd(3))
    ids = manifest.table["id"].tolist()
    assert [id_of(manifest, name[:8]) for name in ids] == ids
    assert id_of(manifest, ids[3]) == ids[3]


def test_id_of_refuses_when_none_or_several_begin_so(tmp_path: Path) -> None:
    manifest = data_set(tmp_path / "data", crowd(5))  # of 20 ids two begin alike
    first = manifest.table["id"].str[0]
    several = str(first[first.duplicated()].iloc[0])
    with pytest.raises(DataError, match=rf"{several} may mean \d+ crops of .*Name more of the id"):
        id_of(manifest, several)
    absent = next(sign for sign in "0123456789abcdef" if sign not in set(first))
    with pytest.raises(DataError, match="another data set"):
        id_of(manifest, absent)


@pytest.mark.parametrize("word", ["", "Ben", "p01", "0" * 17])
def test_id_of_says_that_it_is_no_id_when_it_cannot_be_one(tmp_path: Path, word: str) -> None:
    manifest = data_set(tmp_path / "data", {"Ben": [1]})
    with pytest.raises(DataError, match=f"^'{word}' is no id of a crop: an id is 16 of the signs"):
        id_of(manifest, word)
