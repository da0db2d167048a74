"""Trains a small net on a few drawn eyes, in one process or two, and may break off.

As a program: `python -m tests.training.trained FOLDER`, FOLDER holding a data set `set` and a
`split.csv`; two processes train, then go on from where they stood within the last epoch.
"""

import faulthandler
import sys
import warnings
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import torch
from lightning import Callback, Trainer, seed_everything
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import distributed
from torch.optim import SGD

from blink.contract import InputSpec
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import read_manifest
from blink.data.split import Split
from blink.models import EyeNet
from blink.training import EyeClassifier, fit_net
from blink.training.batch_norm import SharedBatchNorms
from blink.training.callbacks import MovingAverage, StepSeed, WithinEpoch
from blink.training.checkpoint import WholeCheckpoints
from blink.training.fitting import Fitted
from blink.training.loss import CrossEntropy
from blink.training.schedule import WarmupCosine

SPEC = InputSpec(24, 20)
STEPS, EPOCHS, BATCH = 9, 2, 6
KEEP_EVERY = 3  # steps between checkpoints


class Versioned(EyeNet):
    """Asks which version of itself was saved, as torchvision's MNASNet does."""

    _version = 2

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        if local_metadata.get("version") != 2:
            raise ValueError("which version?")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class Broken(Callback):
    """Ends training without a word after so many steps, as a killed process does."""

    def __init__(self, after: int) -> None:
        self._after = after

    def on_train_batch_end(self, trainer: Trainer, *_: object) -> None:
        """Lightning's hook."""
        if trainer.global_step == self._after:
            raise ConnectionAbortedError


def data_in(
    folder: Path, workers: int = 0, kind: type[EyeDataModule] = EyeDataModule
) -> EyeDataModule:
    """The eyes of a folder, and who of their people validates."""
    manifest = read_manifest(folder / "set")
    split = Split.read(folder / "split.csv", manifest)
    crops = STEPS * BATCH
    return kind(
        manifest, split, SPEC, folder, batch_size=BATCH, crops_per_epoch=crops, workers=workers
    )


def fit(
    data: EyeDataModule,
    checkpoints: Path,
    *,
    stop_after: int = 0,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[Trainer, Fitted]:
    """Two epochs; with `stop_after`, until a ConnectionAbortedError after so many steps."""
    seed_everything(0, verbose=False)
    net = Versioned(1, [(8, 2), (8, 2)], dropout)
    optimizer = partial(SGD, lr=0.1, momentum=0.9)
    classifier = EyeClassifier(net, data.spec, optimizer, WarmupCosine, CrossEntropy(0.02))
    trainer = Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        use_distributed_sampler=False,
        logger=False,
        deterministic=True,
        gradient_clip_val=1.0,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        plugins=[WholeCheckpoints(), SharedBatchNorms()],
        callbacks=[
            MovingAverage(decay=0.9),
            ModelCheckpoint(
                checkpoints,
                filename="epoch",
                save_on_train_epoch_end=True,
                enable_version_counter=False,
            ),
            WithinEpoch(checkpoints, KEEP_EVERY),
            StepSeed(0),
            *([Broken(stop_after)] if stop_after else []),
        ],
        **options,
    )
    return trainer, fit_net(trainer, classifier, data)


def main(folder: Path) -> None:
    """See above; the first process writes the checkpoints."""
    faulthandler.dump_traceback_later(150, exit=True)  # a process would wait for the other for ever
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
    torch.set_num_threads(1)
    data = data_in(folder)
    trainer, (graph, _) = fit(data, folder / "both", devices=2)
    deepcopy(graph)  # as the export does; nothing of the training clings to it
    if trainer.is_global_zero:  # what a run leaves that is killed in its last steps
        (folder / "both" / "epoch.ckpt").rename(folder / "whole.ckpt")
    distributed.barrier()
    fit(data, folder / "both", devices=2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
