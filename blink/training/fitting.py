"""Nets are trained and heuristics fitted; both end as a graph and an operating point."""

import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import blink.torchvision_mend  # noqa: F401

import torch
from lightning import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from blink.contract import Calibration, ConfigError, OperatingPoint
from blink.data.datamodule import EyeDataModule
from blink.heuristics import Heuristic
from blink.latency.slot import computing, giving_way
from blink.models import EyeGraph, scale
from blink.training.calibrate import calibrate, predict_logits
from blink.training.checkpoint import (
    latest_checkpoint,
    load_weights,
    save_calibration,
)
from blink.training.classifier import EyeClassifier
from blink.training.distillation import check_teachers
from blink.training.memory import keep_memory
from blink.training.openness import check_openness

Fitted = tuple[EyeGraph, OperatingPoint]


def fit_net(trainer: Trainer, classifier: EyeClassifier, data: EyeDataModule) -> Fitted:
    """Trains a net, or goes on with its training, then fits temperature and threshold.

    Of several processes (DDP) each does so, and the first alone writes.

    Args:
        trainer: Has a `ModelCheckpoint`; what its folder holds is gone on with.
        classifier: Ends with the averaged weights.
        data: Training people to learn from, validation people to calibrate on.

    Raises:
        CheckpointError: The folder holds a checkpoint from another model, or of other data.
        ConfigError: The trainer keeps no checkpoints, trains no epoch, or trains on something other
            than a CPU or CUDA; a teacher cannot teach this net, see `check_teachers`; or nothing
            is learnt of openness, see `check_openness`.
    """
    check_teachers(classifier.loss.teachers, data)
    _check_device(trainer)
    check_openness(classifier, data)
    folder = _checkpoints(trainer)
    started = latest_checkpoint(folder)
    if started is not None:
        load_weights(classifier, classifier.spec, started)  # refuses what does not fit
    # Or Lightning gives each of several processes other threads, and sums are rounded otherwise.
    if trainer.num_devices * trainer.num_nodes > 1:
        os.environ.setdefault("OMP_NUM_THREADS", str(torch.get_num_threads()))
    keep_memory()
    with warnings.catch_warnings():  # it goes on in the folder that holds the checkpoint
        warnings.filterwarnings("ignore", "Checkpoint directory .* is not empty")
        trainer.fit(classifier, data, ckpt_path=started, weights_only=True)
    finished = latest_checkpoint(folder)
    if finished is None:
        raise ConfigError("Not one epoch was trained; trainer.max_epochs must be at least 1.")
    load_weights(classifier, classifier.spec, finished)
    calibration, operating_point = _calibrate(classifier, data)
    if trainer.is_global_zero:
        save_calibration(finished, calibration, operating_point)
    return EyeGraph(classifier.net, classifier.spec, calibration), operating_point


def _check_device(trainer: Trainer) -> None:
    device = trainer.strategy.root_device.type
    if device not in {"cpu", "cuda"}:
        raise ConfigError(
            f"The trainer would train on {device!r}, which may lack the double precision that sums "
            "are kept in. Training needs a CPU or CUDA: choose trainer=default."
        )


@computing()
def _calibrate(
    classifier: EyeClassifier, data: EyeDataModule
) -> tuple[Calibration, OperatingPoint]:
    rows = data.validating()
    logits = predict_logits(classifier.net, data.pixels(), rows, classifier.spec)
    return calibrate(logits, data.labels(rows), data.datasets(rows))


def _checkpoints(trainer: Trainer) -> Path:
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, ModelCheckpoint) and callback.dirpath is not None:
            return Path(callback.dirpath)
    raise ConfigError("The trainer needs a ModelCheckpoint with a dirpath: see conf/trainer.")


@computing()
def fit_heuristics(
    heuristics: Mapping[str, Heuristic], data: EyeDataModule, crops: int
) -> dict[str, Fitted]:
    """Fits heuristics' thresholds; a logit of 0, p = 0.5, is where they then decide.

    Args:
        heuristics: By name; fitted in place, all on the same crops.
        data: Training people; the heuristics work at the net's size, in colour.
        crops: How many crops they are fitted on, balanced as in training.
    """
    rows = data.draw(crops)
    spec = replace(data.spec, colour="rgb", normalisation="unit")
    images = scale(torch.from_numpy(data.graph_input(rows, spec)), spec)
    point = OperatingPoint(0.5, "fitted on training people")
    for heuristic in giving_way(heuristics.values()):
        heuristic.fit(images, data.labels(rows))
    return {
        name: (EyeGraph(heuristic, spec, Calibration()), point)
        for name, heuristic in heuristics.items()
    }
