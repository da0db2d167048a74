"""Measures what a growing data set costs: time to import, pack and open, training speed, memory.

    python -m benchmarks.data_scale --folder DIR [--sizes 10k,100k,1M,10M] [--steps 300] [--keep]

Rendered eyes of 24×24 pixels are repeated with ids of their own, a thousand crops a person, until
there are enough. Each size goes the real way, each stage in a fresh process:

- import: an `Importer` of its own, through `Importer.write`;
- prepare: a first run's split, index of rows, probabilities and packed crops (32×32, grey);
- train: a later run opens all that, then trains the standard net through `EyeDataModule` and
  Lightning's Trainer with one loading process, and validates on some batches at the end.

Prints a Markdown table. *open* is the data set and its packed crops, *split* a saved split read
and checked. RssAnon is memory of the process's own (mapped pages are the kernel's), the most that
was seen at a training step; *peak* is VmHWM, mapped pages included, so it grows with what the
kernel likes to keep. What was made is removed, unless --keep is given.
"""

import argparse
import contextlib
import logging
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from multiprocessing import get_context, set_start_method
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import cv2
import torch
from hydra.utils import instantiate
from lightning import Callback, LightningModule, Trainer
from omegaconf import OmegaConf

from benchmarks.tiled_eyes import TiledEyes, render_tiles
from blink.contract import BlinkError, DataError, InputSpec, StorageError
from blink.data.cached.packed import PackedCrops
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import read_manifest
from blink.data.split import Split, SplitByPerson
from blink.training.classifier import EyeClassifier
from blink.training.loss import CrossEntropy
from blink.training.schedule import WarmupCosine

Stage = Callable[[Path, int], dict[str, float]]
SPEC = InputSpec(32, 32)
MODEL = Path(__file__).parents[1] / "conf" / "model" / "standard.yaml"
TILES = 4000
"""Different pictures; the rest repeats them."""
BYTES_OF_A_CROP = 1700
"""Disk at the fullest: the import's blocks and the manifest, or manifest and packed crops."""

HEAD = """
| crops | import, s | crops/s | prepare, s | open, ms | split, ms | first batch, s | batches/s \
| RssAnon, MB | of the loader, MB | peak of import, MB | peak of training, MB |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
"""


def import_tiles(folder: Path, crops: int) -> dict[str, float]:
    """The first stage: seconds, and peak memory in MB."""
    quieten()
    started = time.perf_counter()
    TiledEyes(folder.parent / "tiles", crops=crops).write(folder / "set")
    return {"import": time.perf_counter() - started, "import_peak": memory("VmHWM")}


def prepare(folder: Path, steps: int) -> dict[str, float]:
    """The second stage: seconds until a first run could start to train."""
    quieten()
    started = time.perf_counter()
    manifest = read_manifest(folder / "set")
    split = SplitByPerson({}).make(manifest)
    split.write(folder / "split.csv")
    module(folder, split, steps).train_dataloader()
    return {"prepare": time.perf_counter() - started}


def module(folder: Path, split: Split, steps: int) -> EyeDataModule:
    """Batches of 128 from one loading process."""
    manifest = read_manifest(folder / "set")
    return EyeDataModule(
        manifest, split, SPEC, folder / "cache", crops_per_epoch=128 * steps, workers=1
    )


class Watch(Callback):
    """Notes when batches come, and the most memory that was seen."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.main = self.loader = 0.0

    def on_train_batch_start(self, *_: Any) -> None:
        """A batch has come."""
        self.times.append(time.perf_counter())

    def on_train_batch_end(
        self, trainer: Trainer, _module: LightningModule, _out: Any, _batch: Any, index: int
    ) -> None:
        """Looks at the memory now and then."""
        if index % 20 == 19:
            self.main = max(self.main, memory("RssAnon"))
            self.loader = max(self.loader, sum(memory("RssAnon", c) for c in children()))


def train(folder: Path, steps: int) -> dict[str, float]:
    """The third stage: opens everything and trains for some steps."""
    quieten()
    clock, begun = time.perf_counter, time.perf_counter()
    manifest = read_manifest(folder / "set")
    PackedCrops.open(manifest, SPEC, folder / "cache" / "packed")
    opened = clock()
    split = Split.read(folder / "split.csv", manifest)
    checked, watch = clock(), Watch()
    classifier = EyeClassifier(
        instantiate(OmegaConf.load(MODEL), channels=SPEC.channels),
        SPEC,
        optimizer=lambda parameters: torch.optim.AdamW(parameters, 3e-3),
        scheduler=WarmupCosine,
        loss=CrossEntropy(),
    )
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=1,
        limit_val_batches=5,
        num_sanity_val_steps=0,
        callbacks=[watch],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    started = clock()
    trainer.fit(classifier, module(folder, split, steps))
    half = watch.times[len(watch.times) // 2 :]
    return {
        "open": (opened - begun) * 1000,
        "split": (checked - opened) * 1000,
        "first": watch.times[0] - started,
        "rate": (len(half) - 1) / (half[-1] - half[0]),
        "main": watch.main,
        "loader": watch.loader,
        "train_peak": memory("VmHWM"),
    }


def quieten() -> None:
    """One thread for the net, so that the machine matters less; no advice from Lightning."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    for advice in (".*does not have many workers", ".*LeafSpec"):
        warnings.filterwarnings("ignore", advice)


def memory(field: str, process: str = "self") -> float:
    """A field of /proc/PROCESS/status in MB; 0 for a process that has just ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) / 1024
    return 0.0


def children() -> list[str]:
    """Process ids of this process's children."""
    lists = Path("/proc/self/task").glob("*/children")
    return [pid for found in lists for pid in found.read_text().split()]


def measure(folder: Path, crops: int, steps: int) -> dict[str, float]:
    """All stages of one size, each in a process of its own: none inherits another's memory."""
    found: dict[str, float] = {"crops": crops}
    for stage, number in ((import_tiles, crops), (prepare, steps), (train, steps)):
        found |= fresh(stage, folder, number)
    return found


def fresh(stage: Stage, folder: Path, number: int) -> dict[str, float]:
    """Runs a stage in a process of its own, which does not outlive this one's wait."""
    receiver, sender = (context := get_context("spawn")).Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, stage, folder, number))
    ours = signal.signal(signal.SIGINT, signal.SIG_IGN)  # else it would tell how its imports ended
    process.start()
    signal.signal(signal.SIGINT, ours)
    sender.close()
    try:
        found: dict[str, float] | BlinkError = receiver.recv()
    except EOFError:
        raise DataError(f"{stage.__name__} ended early; its message stands above.") from None
    finally:
        process.kill()
        process.join()
    if isinstance(found, BlinkError):
        raise found
    return found


def _send(sender: Connection, stage: Stage, folder: Path, number: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # from here on Ctrl-C may end it at once
    set_start_method(None, force=True)  # loading processes begin as they do in any run
    try:
        sender.send(stage(folder, number))
    except BlinkError as error:
        sender.send(error)


def row(found: dict[str, float]) -> str:
    """One row of the table."""
    formats = {"crops": ",.0f", "import": ".1f", "pace": ",.0f", "prepare": ".1f", "open": ".1f"}
    formats |= {"split": ".0f", "first": ".2f", "rate": ".1f", "main": ".0f", "loader": ".0f"}
    formats |= {"import_peak": ".0f", "train_peak": ".0f"}
    found = found | {"pace": found["crops"] / found["import"]}
    return f"| {' | '.join(format(found[name], how) for name, how in formats.items())} |"


def check_room(folder: Path, crops: int) -> None:
    """Refuses to begin what the disk cannot hold.

    Raises:
        StorageError: Says how much is needed.
    """
    needed, free = crops * BYTES_OF_A_CROP, shutil.disk_usage(folder).free
    if needed > free:
        raise StorageError(
            f"{crops:,} crops need {needed / 1e9:.1f} GB of disk, but {folder} has "
            f"{free / 1e9:.1f} GB left. Name a larger disk by --folder, or smaller --sizes."
        )


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures what a growing data set costs.")
    parser.add_argument("--folder", type=Path, required=True, help="where there is disk to use")
    parser.add_argument("--sizes", type=sizes, default="10k,100k,1M,10M", help="such as 10k,1M")
    parser.add_argument("--steps", type=int, default=300, help="training steps (default 300)")
    parser.add_argument("--keep", action="store_true", help="keep what was made")
    options = parser.parse_args(arguments)
    if options.steps < 40:
        parser.error("--steps must be at least 40, or no step would be steady")
    if not Path("/proc/self/status").is_file():
        parser.error("needs Linux: memory is read from /proc")
    return options


def sizes(text: str) -> list[int]:
    """`10k,1M` → [10000, 1000000]."""
    unit = {"k": 1000, "M": 1_000_000}
    found = [int(word.rstrip("kM")) * unit.get(word[-1:], 1) for word in text.split(",")]
    if min(found) < 10_000:
        raise ValueError("fewer than 10k crops are too few people to split")
    return found


def main(arguments: list[str]) -> int:
    """Measures all sizes and prints the table; returns the exit code."""
    options = parse(arguments)
    place = None
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        check_room(options.folder, max(options.sizes))
        place = Path(tempfile.mkdtemp(prefix="data-scale-", dir=options.folder))
        render_tiles(place / "tiles", TILES)
        rows = []
        for crops in options.sizes:
            print(f"{crops:,} crops", file=sys.stderr)
            folder = place / str(crops)
            folder.mkdir()
            rows.append(row(measure(folder, crops, options.steps)))
            if not options.keep:
                shutil.rmtree(folder)
        print(HEAD.strip(), *rows, sep="\n")
    except BlinkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if place is not None and not options.keep:
            shutil.rmtree(place, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
