from pathlib import Path

import pytest

from blink.contract import CLOSED, OPEN, DataError
from blink.data.importers.blocks import SKIPPED
from blink.data.importers.mrl import MrlEyes
from blink.data.manifest import FILE, Manifest
from blink.data.split import Split
from tests.data.drawing import mrl_members, write_zip


def test_mrl_turns_every_code_of_a_name_when_it_is_read() -> None:
    picture = MrlEyes(Path("nowhere")).picture("x/s0012_00034_1_0_0_1_1_02.png")
    assert picture is not None
    assert picture.source == "s0012_00034_1_0_0_1_1_02.png"
    assert {name: picture.columns[name] for name in picture.columns if name != "licence"} == {
        "subject": "s0012",
        "frame": 34,
        "gender": "woman",
        "glasses": "no",
        "label": CLOSED,
        "reflections": "small",
        "lighting": "good",
        "sensor": "IDS",
        "spectrum": "ir",
    }


@pytest.mark.parametrize(("state", "label"), [("0", CLOSED), ("1", OPEN)])
def test_mrl_turns_the_sign_when_the_eye_state_is_read(state: str, label: int) -> None:
    picture = MrlEyes(Path("nowhere")).picture(f"s0001_00001_0_0_{state}_0_0_01.png")
    assert picture is not None
    assert picture.columns["label"] == label


@pytest.mark.parametrize(
    "name",
    [
        "s0001_00001_0_0_2_0_0_01.png",
        "s0001_00001_0_0_1_3_0_01.png",
        "s0001_00001_0_0_1_0_0_04.png",
        "s0001_00001_0_0_1_0_0_01.jpg",
        "s001_00001_0_0_1_0_0_01.png",
        "selfie.png",
    ],
)
def test_mrl_refuses_a_name_when_it_follows_no_rule(name: str) -> None:
    with pytest.raises(DataError, match="unknown file name"):
        MrlEyes(Path("nowhere")).picture(f"s0001/{name}")


def test_mrl_claims_neither_time_nor_side_when_imported(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "mrl.zip", mrl_members())
    manifest = MrlEyes(path).write(tmp_path / "set")
    assert manifest.table[["side", "clip", "session", "openness"]].isna().all(axis=None)
    assert manifest.table["frame"].tolist() == [0, 1, 2, 3, 4, 5] * 3  # an order, without a clip
    assert manifest.table["label"].tolist() == [CLOSED, OPEN] * 9


def test_mrl_holds_28_people_when_the_real_archive_is_imported(
    archives: Path, real: tuple[Manifest, Split]
) -> None:
    key = MrlEyes(archives / "mrlEyes_2018_01.zip").key
    table = real[0].table
    table = table[table["dataset"] == "mrl"]
    assert len(table) == 30_375
    assert table["subject"].nunique() == 28
    assert table["label"].value_counts().to_dict() == {CLOSED: 16_766, OPEN: 13_609}
    assert table[["width", "height"]].agg(["min", "max"]).to_numpy().tolist() == [
        [52, 52],
        [219, 219],
    ]
    assert (table.groupby("subject")["frame"].diff().dropna() > 0).all()
    assert set(table["sensor"]) == {"RealSense SR300", "IDS", "Aptina"}
    assert (real[0].folder.parent / f"mrl-{key}" / FILE).is_file()
    assert not (real[0].folder.parent / f"mrl-{key}" / SKIPPED).exists()
