import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from blink.contract import CLOSED_UNTIL, OPEN_FROM, ConfigError
from blink.contract.attributes import VOCABULARY
from blink.data.history.card import CARD, write_card
from blink.data.history.versions import lineage_of
from blink.data.manifest import Manifest
from blink.synthesis import RENDERER_VERSION, RenderedEyes
from blink.synthesis.camera import SENSORS
from tests.synthesis.test_tilt import FIT


@pytest.fixture(scope="module")
def eyes(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    folder = tmp_path_factory.mktemp("rendered") / "eyes"
    return RenderedEyes(people=48, crops_per_person=25, seed=3).write(folder)


def test_write_gives_the_same_fingerprint_when_the_number_of_processes_differs(
    tmp_path: Path,
) -> None:
    one = RenderedEyes(5, 4, seed=1, processes=1).write(tmp_path / "one")
    three = RenderedEyes(5, 4, seed=1, processes=3).write(tmp_path / "three")
    assert one.fingerprint == three.fingerprint
    assert list(one.encoded()) == list(three.encoded())


def test_write_gives_other_crops_when_the_seed_differs(tmp_path: Path) -> None:
    first = RenderedEyes(2, 3, seed=0, processes=1).write(tmp_path / "first")
    second = RenderedEyes(2, 3, seed=1, processes=1).write(tmp_path / "second")
    assert not set(first.table["content_hash"]) & set(second.table["content_hash"])


def test_write_starts_with_the_same_people_when_there_are_more_of_them(tmp_path: Path) -> None:
    few = RenderedEyes(2, 3, processes=1).write(tmp_path / "few")
    many = RenderedEyes(4, 3, processes=1).write(tmp_path / "many")
    assert list(many.table["content_hash"][:6]) == list(few.table["content_hash"])


def test_key_changes_when_the_crops_would() -> None:
    key = RenderedEyes(2, 3).key
    assert key not in {RenderedEyes(3, 3).key, RenderedEyes(2, 4).key, RenderedEyes(2, 3, 1).key}
    assert key == RenderedEyes(2, 3, processes=2).key


def test_label_follows_the_openness(eyes: Manifest) -> None:
    table = eyes.table
    openness, label = table["openness"], table["label"]
    closed, wide = openness <= CLOSED_UNTIL, openness >= OPEN_FROM
    assert (label[closed] == 1).all()
    assert (label[wide] == 0).all()
    assert label[~closed & ~wide].isna().all()
    assert 0.02 < label.isna().mean() < 0.12
    assert 0.4 < label.dropna().mean() < 0.6


def test_attributes_take_every_value_of_the_vocabulary(eyes: Manifest) -> None:
    for name, values in VOCABULARY.items():
        found = set(eyes.table[name].dropna())
        match name:
            case "ethnicity":
                assert not found
            case "sensor":
                assert found == {sensor.name for sensor in SENSORS}
            case _:
                assert found == set(values or ()), name


def test_attributes_agree_with_each_other(eyes: Manifest) -> None:
    table = eyes.table
    assert set(table["reflections"][table["glasses"] == "no"]) == {"none"}
    assert table["gaze"][table["label"] == 1].isna().all()
    assert table["gaze"][table["label"] == 0].notna().all()
    infrared = table["sensor"].str.startswith("ir-")
    assert (infrared == (table["spectrum"] == "ir")).all()
    assert set(table["licence"]) == {"Apache-2.0 (rendered by Blink, shows no real person)"}
    assert set(table["label_source"]) == {"renderer"}


def test_person_keeps_identity_over_all_crops(eyes: Manifest) -> None:
    people = eyes.table.groupby("subject")
    assert list(people.groups)[:2] == ["p0001", "p0002"]
    for name in ("glasses", "gender", "age_group", "skin_tone", "lid_shape"):
        assert (people[name].nunique() == 1).all()


def test_crops_are_of_the_sizes_and_ranks_that_cameras_give(eyes: Manifest) -> None:
    assert eyes.table["width"].min() < 30
    assert eyes.table["width"].max() > 150
    colour = {sensor.name for sensor in SENSORS if sensor.colour}
    for crop, sensor in zip(eyes.crops(range(60)), eyes.table["sensor"], strict=False):
        assert crop.ndim == (3 if sensor in colour else 2)


def test_closed_eyes_have_fewer_vertical_edges_than_open_ones(eyes: Manifest) -> None:
    known = eyes.table["label"].dropna()
    ratios: dict[int, list[float]] = {0: [], 1: []}
    for crop, label in zip(eyes.crops(known.index.to_numpy()), known, strict=True):
        grey = crop.astype(float) if crop.ndim == 2 else crop.mean(axis=2)
        down, across = (np.abs(slope).mean() for slope in np.gradient(grey))
        ratios[int(label)].append(float(down / (across + 1e-6)))
    assert np.median(ratios[1]) > 1.05 * np.median(ratios[0])


def test_fitted_eyes_are_another_data_set_that_says_to_what_it_is_fitted(
    eyes: Manifest, tmp_path: Path
) -> None:
    plain = RenderedEyes(1, 3, seed=3)
    fitted = RenderedEyes(1, 3, seed=3, processes=1, fitted=FIT)
    assert (plain.name, fitted.name) == ("rendered", "rendered-fitted")
    assert fitted.key not in {plain.key, RenderedEyes(1, 3, 3, 0, (), FIT | {"people": {}}).key}
    second = fitted.write(tmp_path / "fitted")
    assert set(second.table["dataset"]) == {"rendered-fitted"}
    assert set(second.table["licence"]) == {
        "Research use only (rendered by Blink as fitted to real crops of mrl and cew)"
    }
    assert not set(eyes.table["content_hash"]) & set(second.table["content_hash"])
    write_card(second.folder)
    assert "fitted to real crops of mrl and cew" in (second.folder / CARD).read_text()
    options = lineage_of(second).head.options
    assert options["fitted"]["fitted_to"] == ["mrl", "cew"]
    assert "fitted" not in lineage_of(eyes).head.options


def test_plain_eyes_are_those_of_a_data_set_that_knows_no_fit() -> None:
    assert RenderedEyes(2, 3).key == "ef5820cf42e1" or RENDERER_VERSION != 5


def test_fitted_eyes_are_refused_when_the_file_is_no_fit(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.json cannot be read as a fit"):
        RenderedEyes(2, 3, fitted=tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("people", "crops", "seed"), [(0, 3, 0), (3, 0, 0), (3, 3, -1), (2.0, 3, 0)]
)
def test_rendered_eyes_names_the_number_when_it_is_out_of_range(
    people: int, crops: int, seed: int
) -> None:
    with pytest.raises(ConfigError, match=r"RenderedEyes\.(people|crops_per_person|seed) is"):
        RenderedEyes(people, crops, seed)


@pytest.mark.parametrize(
    "rendering",
    [
        "from blink.synthesis.dataset import render_people; list(render_people(range(1), 2, 0))",
        "from blink.synthesis.clips import RenderedClips, render_clips;"
        "list(render_clips(range(1), RenderedClips(1, 1, 0.1, 10)))",
    ],
    ids=["eyes", "clips"],
)
def test_rendering_loads_no_pandas_when_nothing_is_written(rendering: str) -> None:
    # Workers would load it too: each as long as it takes to render hundreds of eyes.
    script = (
        f"{rendering}; import sys; assert not {{'pandas', 'pyarrow', 'torch'}} & {{*sys.modules}}"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_write_leaves_nothing_behind_when_interrupted(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from blink.synthesis import RenderedEyes;"
        "RenderedEyes(20000, 40, processes=2).write(Path(sys.argv[1]))"
    )
    folder = tmp_path / "eyes"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".eyes.*/manifest.parquet")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(tmp_path.glob(".eyes.*/manifest.parquet")), "rendering never began"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to parent and workers alike
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert b"KeyboardInterrupt" in errors
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProcessLookupError):  # no worker is left in its group
        os.killpg(process.pid, 0)
