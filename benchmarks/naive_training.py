"""Training as one would write it first: a picture is opened and augmented when it is asked for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import blink.torchvision_mend

import numpy as np
import torch
from hydra.utils import instantiate
from omegaconf import ListConfig
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler

import blink.data.augmentation  # noqa: F401 - Albumentations' import would call out without it
from blink.contract import InputSpec
from blink.data.loader import single_threaded_worker
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.runtime.preprocessing import planes

import albumentations as A  # noqa: N812 # isort: skip

PICTURES: Final = 2000
"""Files that are read, again and again."""
FEWEST_BATCHES: Final = 8
"""Of a pass, for each worker: for the first the training waits, beside the last workers idle."""


class NaiveEyes(Dataset[tuple[Tensor, Tensor]]):
    """One crop at a time.

    Args:
        files: PNG files.
        labels: Of each, 1 closed, 0 open.
        spec: What the net sees.
        side: Of the crops before they are augmented.
        augment: Albumentations, as of one image.
    """

    def __init__(
        self,
        files: Sequence[Path],
        labels: Sequence[float],
        spec: InputSpec,
        side: int,
        augment: Callable[..., dict[str, Any]],
    ) -> None:
        self._files, self._labels = files, labels
        self._spec, self._side, self._augment = spec, side, augment

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, place: int) -> tuple[Tensor, Tensor]:
        mode = "L" if self._spec.channels == 1 else "RGB"
        with Image.open(self._files[place]) as picture:
            crop = np.asarray(picture.convert(mode).resize((self._side, self._side)))
        crop = crop.reshape(self._side, self._side, self._spec.channels)
        pixels = planes([self._augment(image=crop)["image"]], self._spec)
        return torch.from_numpy(pixels[0]), torch.tensor(self._labels[place])


def naive_batches(  # noqa: PLR0913 - what a loader needs
    prepared: tuple[Manifest, Split],
    spec: InputSpec,
    transforms: ListConfig,
    side: int,
    batch_size: int,
    *,
    crops: int,
    workers: int,
    folder: Path,
) -> DataLoader[tuple[Tensor, Tensor]]:
    """A loader of training crops, out of files that are written into a folder.

    Args:
        prepared: The data set, and its people's roles.
        spec: What the net sees.
        transforms: Config of Albumentations' chain.
        side: Of the crops before they are augmented.
        batch_size: Crops per step.
        crops: Of a pass; more where these are less than 8 batches for each worker.
        workers: Processes that read and augment.
        folder: For the files.
    """
    files, labels = _write_pictures(*prepared, folder)
    augment = A.Compose(list(instantiate(transforms, _convert_="all")))
    eyes = NaiveEyes(files, labels, spec, side, augment)
    batches = max(1, crops // batch_size, FEWEST_BATCHES * workers)
    return DataLoader(
        eyes,
        batch_size,
        sampler=RandomSampler(eyes, replacement=True, num_samples=batches * batch_size),
        num_workers=workers,
        persistent_workers=workers > 0,
        worker_init_fn=single_threaded_worker,
        drop_last=True,
    )


def _write_pictures(
    manifest: Manifest, split: Split, folder: Path
) -> tuple[list[Path], list[float]]:
    """The first training crops as files, and their labels."""
    rows = split.rows(manifest, "train")
    labels = manifest.table["label"].to_numpy(np.float32, na_value=np.nan)[rows]
    known = ~np.isnan(labels)
    rows, labels = rows[known][:PICTURES], labels[known][:PICTURES]
    files = [folder / f"{row}.png" for row in rows]
    for file, crop in zip(files, manifest.crops(rows), strict=True):
        Image.fromarray(crop).save(file)
    return files, labels.tolist()
