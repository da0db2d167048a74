import json
from pathlib import Path

import pytest

from blink.contract import DataError
from blink.data.history.versions import (
    FILE,
    UNRECORDED,
    Lineage,
    derive,
    lineage_of,
    lineage_of_split,
    record_version,
)
from blink.data.manifest import Manifest, merge, write_manifest
from tests.data.drawing import crowd, data_set, rows


def recorded(folder: Path, name: str, **options: object) -> Manifest:
    """A drawn data set with a record of its import."""

    def finish(place: Path, fingerprint: str) -> None:
        record_version(place, fingerprint, "import", options)

    return write_manifest(folder / name, rows(name, crowd(2, 2)), finish)


def merged(folder: Path, name: str, parts: list[Manifest]) -> Manifest:
    def finish(place: Path, fingerprint: str) -> None:
        record_version(place, fingerprint, "merge", {}, parts)

    return merge(folder / name, parts, finish)


def test_record_version_gives_the_same_id_when_made_elsewhere_of_the_same(tmp_path: Path) -> None:
    ids = [lineage_of(recorded(tmp_path / place, "a", kind="x")).head.id for place in "pq"]
    others = [
        lineage_of(recorded(tmp_path / "o", "a", kind="y")).head.id,
        lineage_of(recorded(tmp_path / "o", "b", kind="x")).head.id,
    ]

    assert ids[0] == ids[1]
    assert len({ids[0], *others}) == 3
    assert (tmp_path / "p/a" / FILE).read_bytes() == (tmp_path / "q/a" / FILE).read_bytes()


def test_lineage_has_ancestors_once_and_children_first_when_lines_meet(tmp_path: Path) -> None:
    a, b, c = (recorded(tmp_path, name) for name in "abc")
    ab = merged(tmp_path, "ab", [a, b])
    abc = merged(tmp_path, "abc", [ab, c])
    relabelled = derive("f", "relabel", {}, [lineage_of(ab)])
    both = derive("g", "made", {}, [lineage_of(a), relabelled, lineage_of(abc)])

    names = {lineage_of(m).head.id: m.folder.name for m in (a, b, c, ab, abc)}
    order = [names.get(v.id, v.operation) for v in both.versions]
    assert order == ["made", "relabel", "abc", "ab", "c", "a", "b"]
    assert lineage_of(abc).head.parents == (lineage_of(ab).head.id, lineage_of(c).head.id)


def test_lineage_is_known_when_the_parents_folders_are_gone(tmp_path: Path) -> None:
    parts = [recorded(tmp_path, "a"), recorded(tmp_path, "b")]
    both = merged(tmp_path, "both", parts)
    before = lineage_of(both)
    for part in parts:
        (part.folder / "manifest.parquet").unlink()

    assert lineage_of(both.folder) == before
    assert [(v.operation, v.crops, v.people) for v in before.versions] == [
        ("merge", 8, 4),
        ("import", 4, 2),
        ("import", 4, 2),
    ]


def test_lineage_begins_here_when_nothing_was_recorded(tmp_path: Path) -> None:
    lineage = lineage_of(data_set(tmp_path / "a", crowd(3, 2)))

    assert [v.operation for v in lineage.versions] == [UNRECORDED]
    assert (lineage.head.crops, lineage.head.people, lineage.head.unknown) == (6, 3, 0)


def test_record_version_counts_crops_of_nobody_known_when_people_are_unknown(
    tmp_path: Path,
) -> None:
    crops = rows("a", crowd(3, 2))
    for row in crops[:3]:
        row["subject"] = None

    head = lineage_of(write_manifest(tmp_path / "a", crops)).head

    assert (head.crops, head.people, head.unknown) == (6, 2, 3)


def test_lineage_is_refused_when_the_manifest_was_changed_beside_it(tmp_path: Path) -> None:
    folder = recorded(tmp_path, "a").folder
    text = (folder / FILE).read_text()
    data_set(folder, crowd(4, 2))
    (folder / FILE).write_text(text)

    with pytest.raises(DataError, match="the data set was changed by something else"):
        lineage_of(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"options": {"kind": "z"}}, "was changed since it was written"),
        ({"parents": ["0" * 12]}, "was changed since it was written"),
        ({"crops": "many"}, "whole numbers"),
        ({"parents": None}, "records no versions"),
        ({"colour": 1}, "records no versions"),
    ],
)
def test_lineage_is_refused_when_its_record_was_changed(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    folder = recorded(tmp_path, "a").folder
    values = json.loads((folder / FILE).read_text())
    (folder / FILE).write_text(json.dumps([values[0] | change]))

    with pytest.raises(DataError, match=said):
        lineage_of(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[1]", "null", '"x"', "\x00"])
def test_lineage_is_refused_when_its_record_is_damaged(tmp_path: Path, text: str) -> None:
    folder = recorded(tmp_path, "a").folder
    (folder / FILE).write_text(text)

    with pytest.raises(DataError, match=f"{FILE}.*Delete it, or make the data set again"):
        lineage_of(folder)


def test_lineage_of_split_is_read_from_the_file_beside_it_when_recorded(tmp_path: Path) -> None:
    parent = lineage_of(recorded(tmp_path, "a"))
    lineage = derive("f" * 16, "split", {"seed": 1}, [parent])
    (tmp_path / "s.json").write_text(json.dumps({"version": lineage.to_json()}))

    assert lineage_of_split(tmp_path / "s.csv") == lineage
    assert (lineage.head.crops, lineage.head.parents) == (4, (parent.head.id,))
    with pytest.raises(DataError, match=r"t\.json cannot be read"):
        lineage_of_split(tmp_path / "t.csv")


def test_lineage_comes_back_when_written_as_json(tmp_path: Path) -> None:
    lineage = derive("f", "merge", {"a": (1, "é")}, [lineage_of(recorded(tmp_path, "a"))])

    assert Lineage.from_json(json.loads(json.dumps(lineage.to_json())), "here") == lineage
