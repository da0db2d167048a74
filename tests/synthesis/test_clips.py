from dataclasses import replace
from pathlib import Path
from typing import Any

import hydra
import numpy as np
import pandas as pd
import pytest
from omegaconf import OmegaConf

from blink.contract import CLOSED_UNTIL, OPEN_FROM, ConfigError
from blink.data.collection import Collection
from blink.data.manifest import Manifest
from blink.synthesis import RenderedClips, RenderedEyes
from blink.synthesis.clips import cast_clip

ROOT = Path(__file__).parents[2]
_FEW = RenderedClips(people=2, clips_per_person=2, seconds=0.4, fps=10)


@pytest.fixture(scope="module")
def source() -> RenderedClips:
    return RenderedClips(people=8, clips_per_person=3, seconds=3, fps=15, seed=2)


@pytest.fixture(scope="module")
def clips(source: RenderedClips, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return source.write(tmp_path_factory.mktemp("rendered") / "clips")


def _act(table: pd.DataFrame, act: str) -> pd.DataFrame:
    """Openness of both eyes by clip and frame, of clips in which people do this."""
    chosen = table[table["session"].str.endswith(f"-{act}")]
    assert len(chosen)
    return chosen.pivot_table("openness", ["clip", "frame"], "side").astype(float)


def test_write_gives_the_same_fingerprint_when_the_number_of_processes_differs(
    tmp_path: Path,
) -> None:
    one = replace(_FEW, processes=1).write(tmp_path / "one")
    two = replace(_FEW, processes=2).write(tmp_path / "two")
    assert one.fingerprint == two.fingerprint
    assert list(one.encoded()) == list(two.encoded())


def test_key_changes_when_the_crops_would() -> None:
    keys = {
        replace(_FEW, **changes).key
        for changes in (
            {"people": 3},
            {"clips_per_person": 3},
            {"seconds": 0.5},
            {"fps": 11},
            {"sensors": ("webcam",)},
            {"blinks_per_minute": 21},
            {"seed": 1},
        )
    }
    assert len(keys | {_FEW.key}) == 8
    assert replace(_FEW, processes=3).key == _FEW.key


def test_frame_holds_both_eyes_of_one_person(clips: Manifest, source: RenderedClips) -> None:
    table = clips.table
    assert len(table) == 8 * 3 * 45 * 2
    frames = table.groupby(["clip", "frame"])
    assert (frames["side"].agg(list).map(tuple) == ("left", "right")).all()
    assert (frames[["subject", "session", "spectrum", "sensor"]].nunique() == 1).all(axis=None)
    assert table["frame"].tolist() == [n for n in range(45) for _ in "lr"] * 24
    assert table["clip"].iloc[0] == "p0001/c00"
    assert table["clip"].nunique() == table["session"].nunique() == 24
    by_person = table.groupby("subject")
    for name in ("sensor", "glasses", "gender", "age_group", "skin_tone"):
        assert (by_person[name].nunique() == 1).all()
    assert by_person["sensor"].first().tolist() == list(source.sensors) * 2


def test_scene_stays_the_same_through_a_clip(clips: Manifest) -> None:
    eyes = clips.table.groupby(["clip", "side"])
    for name in ("width", "height", "lighting", "reflections"):
        assert (eyes[name].nunique() == 1).all()
    assert (eyes["gaze"].nunique() > 1).mean() > 0.5


def test_label_follows_the_openness(clips: Manifest) -> None:
    openness, label = clips.table["openness"], clips.table["label"]
    closed, wide = openness <= CLOSED_UNTIL, openness >= OPEN_FROM
    assert (label[closed] == 1).all()
    assert (label[wide] == 0).all()
    assert label[~closed & ~wide].isna().all()
    assert 0.05 < label.dropna().mean() < 0.3


def test_eyes_look_the_same_way(clips: Manifest) -> None:
    table = clips.table.dropna(subset="gaze")
    both = table.pivot_table("gaze", ["clip", "frame"], "side", aggfunc="first").dropna()
    assert (both["left"] == both["right"]).all()
    assert set(both["left"]) == {"centre", "left", "right", "up", "down"}


def test_eyes_close_in_fewer_frames_than_they_open() -> None:
    source = RenderedClips(2, 1, seconds=8, fps=60, sensors=["webcam"], blinks_per_minute=60)
    clips = [cast_clip(source, number, 0)[0] for number in range(2)]
    openness = [
        [clip.shot(frame, eye).moment.openness for frame in range(len(clip))]
        for clip in clips
        for eye in (0, 1)
    ]
    steps = np.diff(openness)
    falling, rising = (steps < -0.01).sum(), (steps > 0.01).sum()
    assert falling > 50
    assert 1.2 * falling < rising < 2.5 * falling


def test_winks_close_one_eye_while_the_other_is_open(clips: Manifest) -> None:
    eyes = _act(clips.table, "winks")
    alone = eyes[(eyes.min(axis=1) <= CLOSED_UNTIL) & (eyes.max(axis=1) >= OPEN_FROM)]
    winked = alone.groupby("clip").size()
    assert len(winked) == eyes.index.get_level_values("clip").nunique()
    assert winked.between(2, 10).all()  # 150 to 600 ms at 15 frames a second
    assert set(alone.idxmin(axis=1).astype(str)) == {"left", "right"}


def test_long_closures_close_both_eyes_for_longer_than_a_blink(clips: Manifest) -> None:
    closed = _act(clips.table, "long-closures").max(axis=1) <= CLOSED_UNTIL
    assert (closed.groupby("clip").sum() >= 0.7 * 15 - 1).all()


def test_blinks_are_all_that_happens_in_the_first_clip(clips: Manifest) -> None:
    table = clips.table
    first = table["clip"].str.endswith("c00")
    assert (table["session"].str.endswith("-blinks") == first).all()
    eyes = _act(table, "blinks") <= CLOSED_UNTIL
    assert 0 < eyes.to_numpy().mean() < 0.06


def test_people_are_others_than_those_of_rendered_eyes(tmp_path: Path) -> None:
    traits = ["subject", "gender", "age_group", "skin_tone", "glasses"]
    still = RenderedEyes(24, 1, processes=1).write(tmp_path / "still").table[traits]
    moving = RenderedClips(24, 1, seconds=0.1, fps=1, processes=1).write(tmp_path / "moving")
    same = moving.table.drop_duplicates("subject")[traits].reset_index(drop=True).eq(still)
    assert same["subject"].all()
    assert same.drop(columns="subject").all(axis=1).mean() < 0.5


@pytest.mark.parametrize(
    "changes",
    [
        {"people": 0},
        {"clips_per_person": 1.0},
        {"seconds": 0},
        {"fps": -1},
        {"fps": float("nan")},
        {"blinks_per_minute": 121},
        {"sensors": ()},
        {"sensors": ("webcam", "telescope")},
        {"seed": -1},
    ],
)
def test_rendered_clips_names_the_number_when_it_is_out_of_range(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"RenderedClips\.{next(iter(changes))} is"):
        replace(_FEW, **changes)


def test_collection_trains_on_nobody_whom_it_judges_when_built_from_its_file(
    tmp_path: Path,
) -> None:
    config = OmegaConf.load(ROOT / "conf/data/collection/clips.yaml")
    paths = {"paths": {"cache": str(tmp_path / "cache"), "runs": str(tmp_path / "runs")}}
    few = {"collection": {"sources": {"clips": {"people": 16, "seconds": 0.4}}}}
    whole = OmegaConf.merge(OmegaConf.create({"collection": config}), paths, few)
    collection = hydra.utils.instantiate(whole.collection)
    assert isinstance(collection, Collection)
    manifest, split = collection.prepare()
    people = split.table.merge(manifest.table.drop_duplicates("subject"), on="subject")
    spectra = people.groupby("role")["spectrum"].value_counts().unstack()
    assert spectra.loc["test"].to_dict() == {"ir": 4, "rgb": 4}
    assert spectra.loc["val"].to_dict() == {"ir": 2, "rgb": 2}
    assert set(split.ledgers) == {"clips"}
