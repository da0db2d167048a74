"""Measures what streams crops best from shards: litdata, WebDataset, or litdata in blocks.

    python benchmarks/streaming.py [--crops 50000] [--repeats 3]

Side by side and in turn, over the same crops of 48×48, in batches of 128, shuffled, from local
shards, in one process:

- litdata: one item a crop, its own StreamingDataset and StreamingDataLoader;
- webdataset: one member of a tar a crop, its own shuffle buffer of 8,192;
- blocks: what Blink does, litdata with 512 crops an item, see `blink.data.streaming.shards`.

To go on in the middle of an epoch litdata loads a state; WebDataset has none, so its first half is
read again and thrown away. Prints medians over the repeats as a Markdown table.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import webdataset
from litdata import StreamingDataLoader, StreamingDataset
from litdata.streaming.writer import BinaryWriter

from blink.data.streaming.draws import Draws
from blink.data.streaming.epoch_order import EpochOrder
from blink.data.streaming.sharding import write_blocks
from blink.data.streaming.shards import Block, BlockReader, Shards

SIDE, BATCH, BLOCK, MEGABYTES, BUFFER = 48, 128, 512, 64, 8192


def crops(total: int) -> Iterator[Block]:
    """Blocks of random crops; a crop's row is its number."""
    generator = np.random.default_rng(0)
    for first in range(0, total, BLOCK):
        rows = np.arange(first, min(first + BLOCK, total), dtype=np.int64)
        shape = (len(rows), SIDE, SIDE, 1)
        pixels = generator.integers(0, 256, shape, dtype=np.uint8)
        yield Block(pixels, (rows % 2).astype(np.uint8), np.ones(len(rows), np.float32), rows)


def write_litdata(blocks: Iterable[Block], folder: Path) -> None:
    """One item a crop."""
    writer = BinaryWriter(str(folder), chunk_bytes=MEGABYTES << 20)
    for block in blocks:
        for pixels, label, row in zip(block.pixels, block.labels, block.rows, strict=True):
            writer.add_item(int(row), {"pixels": pixels, "label": int(label), "row": int(row)})
    writer.done()
    writer.merge()


def read_litdata(folder: Path, _total: int, skipped: int) -> Iterator[int]:
    """Sizes of batches, from a number of batches on."""
    dataset = StreamingDataset(str(folder), shuffle=True, seed=0)
    loader = StreamingDataLoader(dataset, batch_size=BATCH)
    if skipped:
        state = dataset.state_dict(skipped * BATCH, 0, BATCH)
        loader.load_state_dict(
            {"dataset": state, "current_epoch": 1, "num_samples_yielded": skipped * BATCH}
            | {"latest_worker_idx": 0}
        )
    for batch in loader:
        yield len(batch["label"])


def write_webdataset(blocks: Iterable[Block], folder: Path) -> None:
    """One member of a tar a crop."""
    folder.mkdir()
    pattern = str(folder / "%06d.tar")
    with webdataset.ShardWriter(pattern, maxsize=MEGABYTES << 20, verbose=0) as writer:
        for block in blocks:
            for pixels, label, row in zip(block.pixels, block.labels, block.rows, strict=True):
                key, label_text = f"{row:09d}", str(label)
                writer.write({"__key__": key, "bin": pixels.tobytes(), "txt": label_text})


def read_webdataset(folder: Path, _total: int, skipped: int) -> Iterator[int]:
    """Sizes of batches, from a number of batches on: those before are read, and thrown away."""

    def decode(sample: dict[str, Any]) -> tuple[torch.Tensor, int]:
        pixels = np.frombuffer(bytearray(sample["bin"]), np.uint8).reshape(SIDE, SIDE, 1)
        return torch.from_numpy(pixels), int(sample["txt"])

    urls = sorted(str(path) for path in folder.glob("*.tar"))
    dataset = webdataset.WebDataset(urls, shardshuffle=100, seed=0)
    batches = dataset.shuffle(BUFFER).map(decode).batched(BATCH)
    for _, labels in islice(batches, skipped, None):
        yield len(labels)


def write_in_blocks(blocks: Iterable[Block], folder: Path) -> None:
    """As Blink does."""
    write_blocks(blocks, folder, MEGABYTES)


def read_in_blocks(folder: Path, total: int, skipped: int) -> Iterator[int]:
    """Sizes of batches, from a number of batches on."""
    shards = Shards("", "", "", total, BLOCK, "")
    order = EpochOrder(total, BLOCK, 16, BATCH, 1, 0)
    draws = Draws(BlockReader(str(folder), shards, folder), order, 0)
    draws.start = skipped
    for _, labels, _ in draws:
        yield len(labels)


@dataclass(frozen=True)
class Way:
    """One way to stream.

    Attributes:
        write: Blocks, folder → shards.
        read: Folder, crops in it, batches to skip → sizes of the batches of an epoch.
    """

    write: Callable[[Iterable[Block], Path], None]
    read: Callable[[Path, int, int], Iterator[int]]


WAYS = {
    "litdata": Way(write_litdata, read_litdata),
    "webdataset": Way(write_webdataset, read_webdataset),
    "blocks": Way(write_in_blocks, read_in_blocks),
}


def measure(way: Way, blocks: list[Block], total: int, folder: Path) -> dict[str, float]:
    """Writes and reads once.

    Returns:
        Crops written a second, crops read a second, seconds to the first batch, and to the first
        batch where it goes on in the middle; crops that an epoch passed.
    """
    start = time.perf_counter()
    way.write(blocks, folder)
    written = time.perf_counter() - start
    start = time.perf_counter()
    batches = way.read(folder, total, 0)
    passed = next(batches)
    first = time.perf_counter() - start
    passed += sum(batches)
    read = time.perf_counter() - start
    start = time.perf_counter()
    next(way.read(folder, total, total // BATCH // 2))
    resumed = time.perf_counter() - start
    size = sum(path.stat().st_size for path in folder.iterdir()) / total
    return {
        "written/s": total / written,
        "read/s": total / read,
        "first batch, s": first,
        "first batch from the middle, s": resumed,
        "bytes a crop": size,
        "passed": passed,
    }


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crops", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    blocks = list(crops(options.crops))
    found: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for _ in range(options.repeats):
        for name, way in WAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                found[name].append(measure(way, blocks, options.crops, Path(folder) / name))
    medians = {
        name: {what: statistics.median(run[what] for run in runs) for what in runs[0]}
        for name, runs in found.items()
    }
    columns = list(medians["litdata"])
    lines = [f"| | {' | '.join(columns)} |", f"|---{'|---:' * len(columns)}|"]
    for name, values in medians.items():
        lines.append(f"| {name} | {' | '.join(f'{values[c]:,.4g}' for c in columns)} |")
    base = medians["webdataset"]
    for name in ("litdata", "blocks"):
        ratios = (f"{medians[name][c] / base[c]:.3g}" for c in columns)
        lines.append(f"| {name} / webdataset | {' | '.join(ratios)} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
