from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import albumentations as A  # noqa: N812
import pytest

from blink.contract import ConfigError, InputSpec
from blink.data.augmentation import Augmentation
from blink.data.camera import CameraSimulation, Finder
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.data.split import Split

DataSet = tuple[Manifest, Split]


def camera() -> CameraSimulation:
    return CameraSimulation({"finder": Finder(24, 20)})


def module(rendered: DataSet, cache: Path, **options: Any) -> EyeDataModule:
    options = {"batch_size": 16, "crops_per_epoch": 70, "working_size": 32} | options
    return EyeDataModule(*rendered, InputSpec(24, 20), cache, **options)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"batch_size": 0}, "whole numbers"),
        ({"batch_size": 71}, "whole numbers"),
        ({"batch_size": "abc"}, "whole numbers"),
        ({"batch_size": 8.5}, "whole numbers"),
        ({"crops_per_epoch": 1e4}, "whole numbers"),
        ({"workers": -1}, "whole numbers"),
        ({"workers": 1.5}, "whole numbers"),
        ({"seed": -3}, "whole numbers"),
        ({"working_size": 4}, "loader.working_size is 4; it must be a whole number from 8"),
        ({"working_size": "big"}, "loader.working_size is 'big'; it must be a whole number"),
        ({"working_size": 16, "augment": camera()}, "loader.working_size is 16, .* sees 24×20"),
        ({"augment": Augmentation([A.Resize(20, 24)])}, "must be the net's"),
        ({"shares": [1, 2]}, r"loader.shares is \[1, 2\]; .* 'data.loader.shares={mrl: 1"),
        ({"shares": 0.5}, "loader.shares is 0.5"),
        ({"shares": {"a": "many"}}, "shares.a is 'many'; it must be a number from 0 up"),
        ({"half_closed": 1}, "half_closed is 1; it must be from 0 to below 1"),
        ({"refreshed": 0.5}, "loader.refreshed is 0.5"),
        ({"refreshed": {"mrl": {"share": 0.25}}}, "refreshed.mrl is {'share': 0.25}; .*NewPeople"),
    ],
)
def test_datamodule_is_refused_when_an_option_makes_no_sense(
    rendered: DataSet, tmp_path: Path, options: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        module(rendered, tmp_path, **options)


@pytest.mark.parametrize(("size", "warnings"), [(20, 1), (24, 1), (25, 0)])
def test_datamodule_warns_when_the_working_size_leaves_no_margin(
    rendered: DataSet, tmp_path: Path, caplog: pytest.LogCaptureFixture, size: int, warnings: int
) -> None:
    module(rendered, tmp_path, working_size=size)  # nothing is augmented
    assert not caplog.messages
    for _ in range(2):  # one is made on trial, before the data
        module(rendered, tmp_path, working_size=size, augment=camera())
    assert ["leaves a margin for shifts" in said for said in caplog.messages] == [True] * warnings
