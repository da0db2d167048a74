"""Trains nothing over streamed crops, in one process or two, and keeps which crops passed.

As a program: `python -m tests.data.streaming.streamed FOLDER`, FOLDER holding a data set `set`, a
`split.csv` and `shards`; two processes train two epochs, train them again until an error in the
middle of the second, and go on. What each saw lies in FOLDER as JSON: phase-process.json.
"""

import faulthandler
import json
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor

from blink.contract import InputSpec
from blink.data.batch import Batch
from blink.data.manifest import read_manifest
from blink.data.split import Split
from blink.data.streaming.datamodule import StreamingDataModule

SPEC = InputSpec(24, 20)
KEEP_EVERY = 3  # steps


class Watcher(LightningModule):
    """Keeps every crop of every epoch as its bytes; may break off after some steps."""

    def __init__(self, stop_after: int = 0) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen: dict[int, list[list[str]]] = {}
        self._stop_after = stop_after

    def training_step(self, batch: Batch, _index: int) -> Tensor:
        if self._stop_after and self.global_step >= self._stop_after:
            raise ConnectionAbortedError
        crops = [crop.numpy().tobytes().hex() for crop in batch[0]]
        self.seen.setdefault(self.current_epoch, []).append(crops)
        return (self.weight * batch[1].mean()).sum()

    def validation_step(self, _batch: Batch, _index: int) -> None:
        """Nothing: the data module has validation crops, and Lightning wonders otherwise."""

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def trainer(folder: Path, **options: Any) -> Trainer:
    """Two epochs on the CPU; a checkpoint every few steps."""
    kept = ModelCheckpoint(folder, save_top_k=1, every_n_train_steps=KEEP_EVERY)
    return Trainer(
        accelerator="cpu",
        max_epochs=2,
        logger=False,
        callbacks=[kept],
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
        log_every_n_steps=1,
        default_root_dir=folder,
        **options,
    )


def kept(folder: Path) -> tuple[Path, int]:
    """The checkpoint in a folder, and after how many steps it was made."""
    (path,) = folder.glob("*.ckpt")
    return path, int(torch.load(path, weights_only=True)["global_step"])


def _run(folder: Path, phase: str, stop_after: int = 0, checkpoint: Path | None = None) -> None:
    manifest = read_manifest(folder / "set")
    split = Split.read(folder / "split.csv", manifest)
    data = StreamingDataModule(
        manifest,
        split,
        SPEC,
        folder,
        shards=str(folder / "shards"),
        window=2,
        batch_size=10,  # of both processes
        workers=0,
    )
    watcher = Watcher(stop_after)
    kept_in = checkpoint.parent if checkpoint else folder / phase
    fitting = trainer(kept_in, strategy="ddp", devices=2)
    with suppress(ConnectionAbortedError):
        fitting.fit(watcher, data, ckpt_path=checkpoint, weights_only=True)
    out = folder / f"{phase}-{fitting.global_rank}.json"
    out.write_text(json.dumps(watcher.seen), encoding="utf-8")


def main(folder: Path) -> None:
    faulthandler.dump_traceback_later(90, exit=True)  # a process would wait for the other for ever
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
    warnings.filterwarnings("ignore", message="Checkpoint directory .* is not empty")
    _run(folder, "whole")
    stop_after = int((folder / "stop_after").read_text(encoding="utf-8"))
    _run(folder, "stopped", stop_after)
    checkpoint, steps = kept(folder / "stopped")
    (folder / "kept_after").write_text(str(steps), encoding="utf-8")
    _run(folder, "resumed", checkpoint=checkpoint)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
