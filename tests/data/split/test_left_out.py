"""The experiments that leave a data set or a sensor out: who trains, and who is tested."""

from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from blink.data.manifest import Manifest, write_manifest
from blink.data.split import SensorOut, Split
from blink.data.split.table import ASIDE, TEST, TRAIN, VAL
from tests.data.drawing import crowd, rows
from tests.data.split.sketching import blanks, write

CONF = Path(__file__).parents[3] / "conf"
SENSORS = ("RealSense SR300", "IDS", "Aptina")


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Three data sets; of MRL's 24 people, 16 on one sensor and 4 on each of two others."""
    sensor_of = {f"p{number:02d}": SENSORS[max(0, number % 6 - 3)] for number in range(24)}
    mrl = [row | {"sensor": sensor_of[row["subject"]]} for row in rows("mrl", crowd(24))]
    others = [row for name in ("cew", "rendered") for row in rows(name, crowd(12))]
    return write_manifest(tmp_path_factory.mktemp("merged"), mrl + others)


def split(manifest: Manifest, *overrides: str) -> Split:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", [*overrides, "paths.cache=cache", "paths.runs=runs"])
    made: Split = instantiate(cfg.data.collection).split.make(manifest)
    return made


@pytest.mark.parametrize("left_out", ["mrl", "cew", "rendered"])
def test_data_set_out_tests_one_data_set_when_it_is_named(merged: Manifest, left_out: str) -> None:
    table = split(merged, "experiment=data_set_out", f"left_out={left_out}").table
    is_left_out = table["dataset"] == left_out
    assert set(table.loc[is_left_out, "role"]) == {"test"}
    assert set(table.loc[~is_left_out, "role"]) == {"train", "val"}


@pytest.mark.parametrize("left_out", ["IDS", "Aptina"])
def test_sensor_out_tests_its_people_when_it_is_named(merged: Manifest, left_out: str) -> None:
    made = split(merged, "experiment=sensor_out", f"left_out={left_out}")
    tested = made.table[made.table["role"] == "test"]
    expected = merged.table.loc[merged.table["sensor"] == left_out, "subject"]
    assert made.sensor == left_out
    assert set(tested["dataset"]) == {"mrl"}
    assert set(tested["subject"]) == set(expected)
    assert len(tested) == 4


def test_sensor_out_sets_crops_aside_when_they_could_be_on_both_sides() -> None:
    eyes = [0, 1]
    people: list[tuple[str | None, dict[str | None, list[int]]]] = [
        ("A", {f"a{number}": eyes for number in range(8)}),
        ("A", {"a and b": eyes, None: eyes}),
        ("B", {"a and b": eyes, "b": eyes, None: eyes}),
        (None, {"b": eyes, None: eyes, "nowhere": eyes}),
    ]
    manifest = write(
        [
            row
            for number, (sensor, crops) in enumerate(people)
            for row in blanks("mrl", crops, start=100 * number, sensor=sensor)
        ]
    )
    made = SensorOut("B", folds=2).make(manifest)
    table = manifest.table.assign(role=np.concatenate(list(made.roles(manifest))))
    whose = table["subject"].fillna("nobody"), table["sensor"].fillna("unknown")
    roles = table.groupby(list(whose))["role"].unique().map(set).to_dict()
    others = [roles.pop((f"a{number}", "A")) for number in range(8)]
    assert sorted(map(tuple, others)) == [(TRAIN,)] * 4 + [(VAL,)] * 4
    assert roles == {
        ("a and b", "B"): {TEST},
        ("b", "B"): {TEST},
        ("nobody", "A"): {TRAIN},
        ("a and b", "A"): {ASIDE},  # of a test person, and not what is tested
        ("b", "unknown"): {ASIDE},
        ("nobody", "B"): {ASIDE},  # of the sensor that nobody may train on
        ("nobody", "unknown"): {ASIDE},  # B may have taken it
        ("nowhere", "unknown"): {ASIDE},
    }
