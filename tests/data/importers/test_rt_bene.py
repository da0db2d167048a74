from pathlib import Path

import pytest

from blink.contract import ConfigError, DataError
from blink.data.importers.rt_bene import RtBeneEyes
from tests.data.drawing import write_folder, write_zip
from tests.data.importers.miniature import rt_bene
from tests.data.importers.skipped import skipped

LABELS = {
    "s000": [(1, "0.0"), (2, "1.0"), (5, "0.5")],
    "s001": [(7, "1.0"), (8, "0.0")],
}


@pytest.mark.parametrize("outer", ["", "RT_BENE/extracted/"])
@pytest.mark.parametrize("write", [write_zip, write_folder])
def test_rt_bene_turns_labels_and_keeps_time_when_imported(
    tmp_path: Path, write: type, outer: str
) -> None:
    files = {outer + name: content for name, content in rt_bene(LABELS).items()}
    manifest = RtBeneEyes(write(tmp_path / "rt_bene.zip", files)).write(tmp_path / "set")
    table = manifest.table
    assert table["label"].fillna(-1).tolist() == [0, 0, 1, 1, -1, -1, 1, 1, 0, 0]
    assert table["frame"].tolist() == [1, 1, 2, 2, 5, 5, 7, 7, 8, 8]
    assert table["clip"].tolist() == ["s000"] * 6 + ["s001"] * 4
    assert table["subject"].tolist() == table["session"].tolist() == table["clip"].tolist()
    assert set(table["spectrum"]) == {"rgb"}
    assert table[["side", "glasses"]].isna().all(axis=None)
    assert [crop.shape for crop in manifest.crops([0])] == [(24, 24, 3)]
    left, right = list(manifest.encoded([2, 3]))
    assert left == files[f"{outer}s000_noglasses/natural/left/left_000002_rgb.png"]
    assert right == files[f"{outer}s000_noglasses/natural/right/right_000002_rgb.png"]


def test_rt_bene_gives_the_same_manifest_when_zip_or_folder(tmp_path: Path) -> None:
    files = rt_bene(LABELS)
    one = RtBeneEyes(write_zip(tmp_path / "a.zip", files)).write(tmp_path / "1")
    two = RtBeneEyes(write_folder(tmp_path / "b", files)).write(tmp_path / "2")
    assert one.fingerprint == two.fingerprint


def test_rt_bene_follows_the_list_when_labels_and_pictures_are_crossed(tmp_path: Path) -> None:
    labels = {"s002": [(1, "1.0")], "s003": [(1, "0.0")]}
    files = rt_bene(labels, crossed={"s002": "s003", "s003": "s002"})
    table = RtBeneEyes(write_folder(tmp_path / "rt", files)).write(tmp_path / "set").table
    assert dict(zip(table["subject"], table["label"], strict=True)) == {"s003": 1, "s002": 0}


def test_rt_bene_knows_no_label_when_a_frame_stands_twice_with_two(tmp_path: Path) -> None:
    labels = {"s000": [(1, "0.5"), (1, "0.0"), (2, "1.0"), (2, "1.0")]}
    path = write_folder(tmp_path / "rt", rt_bene(labels))
    table = RtBeneEyes(path).write(tmp_path / "set").table
    assert table["label"].fillna(-1).tolist() == [-1, -1, 1, 1]


def test_rt_bene_joins_recordings_when_they_are_one_persons(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "rt", rt_bene(LABELS))
    table = RtBeneEyes(path, person={"s001": "s000"}).write(tmp_path / "set").table
    assert set(table["subject"]) == {"s000"}
    assert set(table["session"]) == {"s000", "s001"}


@pytest.mark.parametrize("taken", [False, True])
def test_rt_bene_leaves_discarded_recordings_out_when_not_asked_for(
    tmp_path: Path, taken: bool
) -> None:
    path = write_folder(tmp_path / "rt", rt_bene(LABELS, discarded=["s001"]))
    table = RtBeneEyes(path, discarded=taken).write(tmp_path / "set").table
    assert set(table["subject"]) == ({"s000", "s001"} if taken else {"s000"})
    assert not (tmp_path / "set" / "skipped.csv").exists()


def test_rt_bene_lists_faults_when_labels_and_pictures_do_not_meet(tmp_path: Path) -> None:
    files = rt_bene(LABELS)
    del files["s000_noglasses/natural/left/left_000001_rgb.png"]
    files["s001_noglasses/natural/right/right_000099_rgb.png"] = b"never read"
    files["s001_noglasses/natural/right/selfie.png"] = b"never read"
    files["s000_blink_labels.csv"] += b"left_000002_rgb.png,0.7\nface_1.png,1.0\n"
    table = RtBeneEyes(write_folder(tmp_path / "rt", files)).write(tmp_path / "set").table
    assert len(table) == 9
    assert skipped(tmp_path / "set") == {
        "s000_noglasses/natural/left": "1 of its labels have no picture, the first of frame 1",
        "s001_noglasses/natural/right": "1 of its pictures have no label, the first of frame 99",
        "s001_noglasses/natural/right/selfie.png": (
            "unknown file name; expected .../natural/left/left_000001_rgb.png"
        ),
        "s000_blink_labels.csv, row 4": "a label is 0, 0.5 or 1, not '0.7'",
        "s000_blink_labels.csv, row 5": (
            "expected a row such as left_000001_rgb.png,0.0, not ['face_1.png', '1.0']"
        ),
    }


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "rt_bene_subjects.csv is missing"),
        (b"\xff\xfe", "is no table"),
        (b"0,a.csv\n", "row 1: six cells were expected"),
        (b"0,a.csv,../../etc/,s000_noglasses/natural/right/,training,0\n", "not the left and"),
        (
            b"0,a.csv,s000_noglasses/natural/left/,s001_noglasses/natural/right/,training,0\n",
            "not the left and right folder of one recording",
        ),
        (
            b"0,a.csv,s000_noglasses/natural/left/,s000_noglasses/natural/right/,training,0\n"
            b"1,b.csv,s000_noglasses/natural/left/,s000_noglasses/natural/right/,training,0\n",
            "row 2: .* stands twice",
        ),
    ],
)
def test_rt_bene_refuses_when_nothing_says_whose_labels_they_are(
    tmp_path: Path, content: bytes | None, fault: str
) -> None:
    files = rt_bene(LABELS)
    files.pop("rt_bene_subjects.csv")
    if content is not None:
        files["rt_bene_subjects.csv"] = content
    with pytest.raises(DataError, match=fault):
        RtBeneEyes(write_folder(tmp_path / "rt", files)).write(tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_rt_bene_refuses_a_person_when_the_recording_is_none() -> None:
    with pytest.raises(ConfigError, match="a recording is called as s008"):
        RtBeneEyes(Path("nowhere"), person={"eight": "s001"})
