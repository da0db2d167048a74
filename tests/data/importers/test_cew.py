from pathlib import Path

import pytest

from blink.contract import CLOSED, OPEN, DataError
from blink.data.images import encode_png
from blink.data.importers.cew import CewEyes
from blink.data.split.holdout import Hashed
from tests.data.drawing import eye, write_zip


@pytest.mark.parametrize(
    ("member", "subject", "side", "label"),
    [
        ("openLeftEyes/Mark_Gottfried_0001_L.jpg", "Mark_Gottfried", "left", OPEN),
        ("openRightEyes/Mark_Gottfried_0002_R.jpg", "Mark_Gottfried", "right", OPEN),
        ("a/b/openLeftEyes/Zico_0001_L.jpg", "Zico", "left", OPEN),
        (
            "closedLeftEyes/closed_eye_0002.jpg_face_2_L.jpg",
            "closed_eye_0002.jpg_face_2",
            "left",
            CLOSED,
        ),
        (
            "closedRightEyes/closed_eye_0013.BMP_face_1_R.jpg",
            "closed_eye_0013.BMP_face_1",
            "right",
            CLOSED,
        ),
    ],
)
def test_cew_reads_person_side_and_label_from_the_path(
    member: str, subject: str, side: str, label: int
) -> None:
    picture = CewEyes(Path("nowhere")).picture(member)
    assert picture is not None
    assert picture.source == "/".join(member.split("/")[-2:])
    found = tuple(picture.columns[name] for name in ("subject", "side", "label"))
    assert found == (subject, side, label)
    assert "spectrum" not in picture.columns


@pytest.mark.parametrize(
    "member",
    [
        "Mark_Gottfried_0001_L.jpg",
        "halfLeftEyes/Mark_Gottfried_0001_L.jpg",
        "openLeftEyes/Mark_Gottfried_0001_R.jpg",
        "openLeftEyes/Mark_Gottfried_0001.jpg",
        "openLeftEyes/Mark_Gottfried_0001_L.png",
        "openLeftEyes/_L.jpg",
    ],
)
def test_cew_refuses_a_path_when_it_follows_no_rule(member: str) -> None:
    with pytest.raises(DataError, match="unknown file name"):
        CewEyes(Path("nowhere")).picture(member)


def test_cew_keeps_all_photographs_of_a_name_together(tmp_path: Path) -> None:
    members = {
        f"dataset_B_Eye_Images/open{folder}Eyes/Al_Gore_{photo:04d}_{folder[0]}.jpg": encode_png(
            eye(10 * photo + len(folder), False)
        )
        for photo in (1, 2)
        for folder in ("Left", "Right")
    }
    manifest = CewEyes(write_zip(tmp_path / "cew.zip", members)).write(tmp_path / "set")
    assert manifest.table["subject"].tolist() == ["Al_Gore"] * 4
    assert manifest.table["side"].tolist() == ["left", "left", "right", "right"]


def test_cew_holds_1211_faces_when_the_real_archive_is_imported(
    archives: Path, tmp_path: Path
) -> None:
    manifest = CewEyes(archives / "dataset_B_Eye_Images.zip").write(tmp_path / "set")
    table = manifest.table
    assert len(table) == 2_422
    assert table["label"].value_counts().to_dict() == {OPEN: 1_222, CLOSED: 1_200}
    assert table.groupby("subject")["side"].agg(sorted).map(tuple).unique().tolist() == [
        ("left", "right")
    ]
    people = table["subject"].unique()
    assert len(people) == 1_211
    assert sum(Hashed(5).holds(name) for name in people) == 215
    assert set(zip(table["width"], table["height"], strict=True)) == {(24, 24)}
