"""Measures how fast training is beside the bare net and beside the naive way, interleaved.

    python -m benchmarks.training [--rounds 9] [--crops 10240] [--workers 1] [--cpu-time] \
        [--memory-given-back] [--compiled] \
        [options of train.py, as model=large threads=1 trainer=gpu data.loader.batch_size=256]

Prints a Markdown table: crops a second, median over the rounds in which all take turns, and the
ratio to the bare net with a 95 % interval.

- Bare: forward, backward and optimiser of the same net, over one batch that lies in memory, uint8.
  With --compiled once more, forward and backward by `torch.compile`, which needs a C++ compiler.
- Blink: data module, LightningModule and trainer as configured, with all callbacks but those that
  write checkpoints, and a CSV logger; the time from the end of an epoch to the end of the next one,
  which validates nothing. With --workers so many processes augment in the background, in a further
  line.
- Naive: a Dataset that opens a PNG with PIL, `augment=albumentations` crop by crop, a DataLoader
  with workers, and the bare loop; over a tenth of the crops, but 8 batches a worker at least.

Data are those of `data=few` unless another option is given; which crops there are hardly matters.
All of them keep the memory that a step frees, as `train.py` does, see `blink.training.memory`; with
--memory-given-back none does, as in a plain loop. With --cpu-time all times are those that this
process was computing, and there are no workers: on a machine that has other work to do, that can be
compared with threads=1.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import blink.torchvision_mend  # noqa: F401 - before lightning

import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from omegaconf import DictConfig
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from benchmarks.interleaved import compare, in_turn
from benchmarks.naive_training import naive_batches
from blink import entry
from blink.contract import BlinkError, ConfigError, InputSpec, cores
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.models import closed_logits, scale
from blink.training import EyeClassifier
from blink.training.memory import keep_memory

CONF: Final = Path(__file__).parents[1] / "conf"
NAIVE_SHARE: Final = 10
"""The naive way takes so much longer that it gets a tenth of the crops; see `FEWEST_BATCHES`."""

Prepared = tuple[Manifest, Split]
Clock = Callable[[], float]


class Step:
    """What every way of training has in common: a batch through net, loss and optimiser.

    Args:
        cfg: As train.py composes it.
        trainer: Says on which device, and in which precision.
        is_compiled: Whether the loss, and with it its gradient, is compiled.
    """

    def __init__(self, cfg: DictConfig, trainer: Trainer, *, is_compiled: bool = False) -> None:
        self.device = trainer.strategy.root_device
        self._precision = trainer.precision_plugin
        self.spec: InputSpec = instantiate(cfg.input)
        net: nn.Module = instantiate(cfg.model, channels=self.spec.channels)
        self._net = net.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = instantiate(cfg.optim.optimizer)(self._net.parameters())
        self._loss = torch.compile(self._eager_loss) if is_compiled else self._eager_loss

    def __call__(self, pixels: Tensor, labels: Tensor) -> None:
        """Trains on normalised crops, uint8 (N, C, H, W), and labels, float (N,)."""
        self._optimizer.zero_grad()
        with self._precision.forward_context():
            loss = self._loss(pixels, labels)
        loss.backward()
        self._optimizer.step()

    def _eager_loss(self, pixels: Tensor, labels: Tensor) -> Tensor:
        logits = closed_logits(self._net(scale(pixels, self.spec)))
        return binary_cross_entropy_with_logits(logits, labels)

    def wait(self) -> None:
        """Until the device has done all that it was told."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def bare(
    cfg: DictConfig, trainer: Trainer, crops: int, clock: Clock, *, is_compiled: bool = False
) -> Callable[[], float]:
    """Crops a second of the net alone."""
    step, size = Step(cfg, trainer, is_compiled=is_compiled), cfg.data.loader.batch_size
    random = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (size, *step.spec.shape), generator=random, dtype=torch.uint8)
    labels = torch.randint(2, (size,), generator=random).float()
    pixels, labels = pixels.to(step.device), labels.to(step.device)

    def rate() -> float:
        step.wait()
        began = clock()
        for _ in range(crops // size):
            step(pixels, labels)
        step.wait()
        return float(crops // size * size / (clock() - began))

    return rate


class Laps(Callback):
    """Notes when epochs end."""

    def __init__(self, clock: Clock) -> None:
        self.ends: list[float] = []
        self._clock = clock

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook."""
        del trainer
        if pl_module.device.type == "cuda":
            torch.cuda.synchronize()
        self.ends.append(self._clock())


def open_trainer(cfg: DictConfig, folder: Path, epochs: int) -> Trainer:
    """The configured trainer; it neither validates nor writes checkpoints."""
    callbacks = [instantiate(callback) for callback in cfg.trainer.callbacks]
    trainer: Trainer = instantiate(
        cfg.trainer,
        callbacks=[one for one in callbacks if not isinstance(one, ModelCheckpoint)],
        logger=CSVLogger(folder),
        max_epochs=epochs,
        limit_val_batches=0,
        enable_checkpointing=False,
    )
    return trainer


def ours(
    cfg: DictConfig, prepared: Prepared, folder: Path, clock: Clock, workers: int
) -> Callable[[], float]:
    """Crops a second of what train.py does."""
    spec, loader = instantiate(cfg.input), instantiate(cfg.data.loader, workers=workers)
    data: EyeDataModule = loader(*prepared, spec, augment=instantiate(cfg.augment))
    steps = len(data.train_dataloader())

    def rate() -> float:
        net = instantiate(cfg.model, channels=spec.channels)
        classifier = EyeClassifier(net, spec, **instantiate(cfg.optim))
        trainer, laps = open_trainer(cfg, folder, 2), Laps(clock)
        trainer.callbacks.append(laps)  # type: ignore[attr-defined] # Lightning sets it by a connector
        with contextlib.redirect_stdout(sys.stderr):  # the progress bar
            trainer.fit(classifier, data)
        first, second = laps.ends
        return float(steps * cfg.data.loader.batch_size / (second - first))

    return rate


def naive(
    cfg: DictConfig, trainer: Trainer, prepared: Prepared, options: argparse.Namespace, folder: Path
) -> Callable[[], float]:
    """Crops a second of the naive way."""
    step, size = Step(cfg, trainer), cfg.data.loader.batch_size
    with initialize_config_dir(str(CONF), version_base="1.3"):
        sides = [f"input.height={step.spec.height}", f"input.width={step.spec.width}"]
        chain = compose("train", ["augment=albumentations", "paths.run=none", *sides]).augment
    batches = naive_batches(
        prepared,
        step.spec,
        chain.transforms,
        cfg.data.loader.working_size,
        size,
        crops=options.crops // NAIVE_SHARE,
        workers=0 if options.cpu_time else options.naive_workers,
        folder=folder,
    )

    def rate() -> float:
        step.wait()
        began = options.clock()
        for pixels, labels in batches:
            step(pixels.to(step.device), labels.to(step.device))
        step.wait()
        return float(len(batches) * size / (options.clock() - began))

    return rate


def measure(cfg: DictConfig, options: argparse.Namespace, folder: Path) -> None:
    """Lets all rivals take turns and prints the table.

    Raises:
        ConfigError: The workers that are configured do not go with the options.
    """
    _check_workers(cfg.data.loader.workers, options)
    entry.fix_randomness(cfg.seed, cfg.threads)
    if not options.memory_given_back:
        keep_memory()
    prepared = instantiate(cfg.data.collection).prepare()
    trainer = open_trainer(cfg, folder, 1)
    workers = [cfg.data.loader.workers, *([options.workers] if options.workers else [])]
    rivals = {"bare net": bare(cfg, trainer, options.crops, options.clock)}
    if options.compiled:
        compiled = bare(cfg, trainer, options.crops, options.clock, is_compiled=True)
        rivals["bare net, compiled"] = compiled
    for count in workers:
        rivals[f"Blink, workers: {count}"] = ours(cfg, prepared, folder, options.clock, count)
    rivals["naive"] = naive(cfg, trainer, prepared, options, folder)
    figures = in_turn(options.rounds, list(rivals.values()), warm_up=1)
    clock = "CPU time" if options.cpu_time else "time by the clock"
    print(
        f"{cores()} cores, load {os.getloadavg()[0]:.1f}, {trainer.strategy.root_device.type}, "
        f"{cfg.threads} threads, batches of {cfg.data.loader.batch_size}, {clock}, memory "
        f"{'given back' if options.memory_given_back else 'kept'}, medians of "
        f"{options.rounds} rounds\n"
    )
    print("| | crops/s | beside the bare net, 95 % interval |\n|---|--:|--:|")
    for name, found in zip(rivals, figures.T, strict=True):
        beside = compare(figures[:, 0], found)
        low, high = beside.ratio_interval
        print(f"| {name} | {beside.ours:,.0f} | {beside.ratio:.3f} [{low:.3f}, {high:.3f}] |")


def _check_workers(configured: int, options: argparse.Namespace) -> None:
    if options.cpu_time and configured:
        raise ConfigError(
            "--cpu-time counts this process alone: leave data.loader.workers at 0, not "
            f"{configured}."
        )
    if options.workers and options.workers == configured:
        raise ConfigError(
            f"--workers adds a line, and data.loader.workers={configured} is that very line: name "
            "another number, or leave one of them out."
        )


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The command line: how it is measured, and options of train.py."""
    parser = argparse.ArgumentParser(description="Measures how fast training is.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--crops", type=int, default=10_240, help="a round")
    parser.add_argument("--workers", type=int, default=0, help="a further line with so many")
    parser.add_argument("--naive-workers", type=int, default=cores(), help="one a core by default")
    parser.add_argument("--cpu-time", action="store_true", help="time spent computing")
    parser.add_argument("--compiled", action="store_true", help="a further line: torch.compile")
    parser.add_argument("--memory-given-back", action="store_true", help="after every step")
    parser.add_argument("words", nargs="*", metavar="OPTION=VALUE", help="options of train.py")
    options = parser.parse_intermixed_args(arguments)
    if options.rounds < 2 or min(options.workers, options.naive_workers) < 0:
        parser.error("--rounds must be at least 2, workers at least 0")
    if options.cpu_time and options.workers:
        parser.error("--cpu-time counts this process alone: leave --workers out")
    options.clock = time.process_time if options.cpu_time else time.perf_counter
    return options, options.words


def main(arguments: Sequence[str]) -> int:
    """Measures and prints the table; returns the exit code."""
    options, overrides = parse(arguments)
    entry.prepare_process()
    few = [] if any(word.startswith("data=") for word in overrides) else ["data=few"]
    with tempfile.TemporaryDirectory() as folder:
        fixed = [f"paths.run={folder}", f"data.loader.crops_per_epoch={options.crops}"]
        with initialize_config_dir(str(CONF), version_base="1.3"):
            cfg = compose("train", [*few, *overrides, *fixed])
        try:
            measure(cfg, options, Path(folder))
        except BlinkError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
