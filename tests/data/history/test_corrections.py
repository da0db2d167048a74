from pathlib import Path

import pytest

from blink.contract import DataError
from blink.data.history.corrections import (
    Correction,
    apply_corrections,
    digest_of,
    read_corrections,
    write_corrections,
)
from blink.data.manifest import FILE
from tests.data.drawing import crowd, data_set


def test_apply_corrections_changes_only_the_listed_when_the_list_fits(tmp_path: Path) -> None:
    old = data_set(tmp_path / "old", crowd(3))
    before = (old.folder / FILE).read_bytes()
    ids = old.table["id"].tolist()
    listed = [
        Correction(ids[0], 0, 1),
        Correction(ids[5], 1, None),
        Correction(ids[7], 1, None, "drop"),
    ]

    new = apply_corrections(old, listed, tmp_path / "new")

    expected = old.table.drop(index=7).reset_index(drop=True)
    expected.loc[0, "label"], expected.loc[5, "label"] = 1, None
    expected.loc[[0, 5], "label_source"] = "corrected"
    assert new.table.equals(expected)
    assert list(new.encoded()) == [p for n, p in enumerate(old.encoded()) if n != 7]
    assert (old.folder / FILE).read_bytes() == before
    assert new.fingerprint != old.fingerprint


def test_apply_corrections_refuses_when_the_label_or_the_id_is_another(tmp_path: Path) -> None:
    old = data_set(tmp_path / "old", crowd(2))
    first = old.table["id"].iloc[0]
    with pytest.raises(DataError, match=f"{first} is labelled 1, but in .* it is 0"):
        apply_corrections(old, [Correction(first, 1, 0)], tmp_path / "new")
    with pytest.raises(DataError, match=r"has no crop 0123456789abcdef .*another data set"):
        apply_corrections(old, [Correction("0123456789abcdef", 1, 0)], tmp_path / "new")
    with pytest.raises(DataError, match=r"no crop '1.23E\+15': .* spreadsheets make numbers of"):
        apply_corrections(old, [Correction("1.23E+15", 1, 0)], tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_apply_corrections_refuses_when_nothing_is_left(tmp_path: Path) -> None:
    old = data_set(tmp_path / "old", {"a": [0]})
    with pytest.raises(DataError, match="no crops to write"):
        apply_corrections(
            old, [Correction(old.table["id"].iloc[0], 0, None, "drop")], tmp_path / "new"
        )


def test_corrections_come_back_when_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_corrections(
        path,
        [
            Correction("a", 1, 0, score=0.25, reason="a, b", dataset="mrl", subject="s1", row=3),
            Correction("b", None, None, "drop"),
        ],
    )
    assert path.read_text().splitlines()[1] == 'a,relabel,1,0,0.250000,"a, b",mrl,s1,3'
    assert read_corrections(path) == [Correction("a", 1, 0), Correction("b", None, None, "drop")]


@pytest.mark.parametrize("start", "=+-@")
def test_corrections_hold_no_formula_when_a_person_is_called_so(tmp_path: Path, start: str) -> None:
    name = f"{start}HYPERLINK(1)"
    one = Correction("a", 1, 0, reason=name, dataset=name, subject=name)
    write_corrections(tmp_path / "list.csv", [one])
    cells = (tmp_path / "list.csv").read_text().splitlines()[1].split(",")
    assert cells == ["a", "relabel", "1", "0", "", *[f"'{name}"] * 3, ""]
    assert read_corrections(tmp_path / "list.csv") == [Correction("a", 1, 0)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("id,given\na,1\n", r"lacks the columns \['suggested'\]"),
        ("id,given,suggested\na,1,2\n", "line 2: suggested is '2'"),
        ("id,given,suggested\na,open,0\n", "line 2: given is 'open'"),
        ("id,given,suggested\na,1,0\na,1,0\n", "line 3: a stands twice"),
        ("id,given,suggested\n,1,0\n", "line 2: it names no id"),
        ("id,given,suggested\na,1\n", "line 2: it has not as many cells"),
        ("id,given,suggested\na,1,0,9\n", "line 2: it has not as many cells"),
        ("id,given,suggested,action\na,1,0,burn\n", "line 2: the action is 'burn'"),
        ('id,given,suggested\n"a,1,0\n', "no CSV"),
    ],
)
def test_read_corrections_names_the_line_when_it_is_bad(
    tmp_path: Path, text: str, fault: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=fault):
        read_corrections(path)


def test_read_corrections_says_so_when_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing"):
        read_corrections(tmp_path / "list.csv")


def test_digest_ignores_order_and_remarks_but_not_labels() -> None:
    one, two = Correction("a", 0, 1), Correction("b", 1, 0)
    assert digest_of([one, two]) == digest_of([two, Correction("a", 0, 1, reason="seen")])
    assert digest_of([one]) != digest_of([Correction("a", 0, None)])
