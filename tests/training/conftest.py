from pathlib import Path

import blink.torchvision_mend  # noqa: F401

import pytest

from blink.contract import InputSpec
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.data.split import Split


@pytest.fixture(scope="session")
def data(
    rendered: tuple[Manifest, Split], tmp_path_factory: pytest.TempPathFactory
) -> EyeDataModule:
    """Rendered eyes as batches of 32, undisturbed."""
    cache: Path = tmp_path_factory.mktemp("cache")
    return EyeDataModule(
        *rendered, InputSpec(), cache, batch_size=32, crops_per_epoch=128, workers=0
    )
