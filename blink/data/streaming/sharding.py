"""Shards are written: training people's crops, brought to the working size, mixed, in blocks."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from math import ceil
from pathlib import Path

import numpy as np
from litdata.streaming.fs_provider import _get_fs_provider
from litdata.streaming.writer import BinaryWriter
from numpy.typing import NDArray

from blink.contract import ConfigError, DataError, InputSpec, StorageError, atomic_folder
from blink.data.cached.packed import pixels_key
from blink.data.images import decode
from blink.data.manifest import Manifest
from blink.data.parallel import in_parallel
from blink.data.split import Split
from blink.data.streaming.shards import INDEX, Block, Shards, is_remote, shards_text
from blink.runtime.preprocessing import pixels

_MIXED = 64  # blocks among which crops are mixed as they are written; that many are in memory


def write_shards(
    manifest: Manifest,
    split: Split,
    spec: InputSpec,
    out: str,
    *,
    block: int = 512,
    megabytes: int = 64,
) -> Shards:
    """Writes the training people's labelled crops as shards.

    64 blocks are in memory, and label, weight and number of every row: at most 13 bytes a crop.

    Crops of neighbouring rows are near-duplicates of one person; they are mixed within stretches of
    64 blocks, so that the blocks of one moment of training are not all of one person. A crop whose
    `label_weight` is 0 is left out. The same data give the same bytes.

    Args:
        manifest: The data set.
        split: Its people's roles.
        spec: Size and colour wanted: the working size that augmentation starts from.
        out: A folder, replaced if it is there, or a URL (s3://, gs://), to which every shard is
            sent as soon as it is full, so that the disk holds one of them.
        block: Crops that are read together.
        megabytes: Size of a shard.

    Raises:
        ConfigError: A number is below 1, or nothing can be sent to such a URL.
        DataError: A picture is damaged, or there is no crop to train on.
        StorageError: The disk is full, or the object store refuses.
    """
    if block < 1 or megabytes < 1:
        raise ConfigError(f"block ({block}) and megabytes ({megabytes}) must be at least 1.")
    if not is_remote(out):
        with atomic_folder(Path(out)) as folder:
            return _write(manifest, split, spec, folder, (block, megabytes), lambda _: None)
    send = _sender(out)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shards = _write(manifest, split, spec, folder, (block, megabytes), send)
        send(folder / "index.json")
        send(folder / INDEX)  # last: without it they are no shards
    return shards


def _write(
    manifest: Manifest,
    split: Split,
    spec: InputSpec,
    folder: Path,
    sizes: tuple[int, int],
    done: Callable[[Path], None],
) -> Shards:
    block, megabytes = sizes
    blocks = _blocks(manifest, split, spec, block)
    crops, content = write_blocks(blocks, folder, megabytes, done)
    prints = manifest.fingerprint, split.fingerprint
    shards = Shards(*prints, pixels_key(spec), crops, block, content)
    (folder / INDEX).write_text(shards_text(shards), encoding="utf-8", newline="\n")
    return shards


def write_blocks(
    blocks: Iterable[Block],
    folder: Path,
    megabytes: int,
    done: Callable[[Path], None] = lambda _: None,
) -> tuple[int, str]:
    """Writes blocks as litdata keeps them, one an item.

    Args:
        blocks: In the order in which they are to be numbered.
        folder: Is made; holds nothing yet.
        megabytes: Size of a shard.
        done: Called with every shard that is full.

    Returns:
        Number of crops in them, and a hash over all of them.
    """
    writer = BinaryWriter(str(folder), chunk_bytes=megabytes << 20)
    digest, crops = hashlib.sha256(), 0
    for number, block in enumerate(blocks):
        checksum = np.array([block.checksum()], np.int64)
        digest.update(checksum.tobytes())
        crops += len(block.rows)
        values = {field.name: getattr(block, field.name) for field in fields(block)}
        if (full := writer.add_item(number, {**values, "checksum": checksum})) is not None:
            done(Path(full))
    for rest in writer.done():
        done(Path(rest))
    writer.merge()
    return crops, digest.hexdigest()[:16]


def _blocks(manifest: Manifest, split: Split, spec: InputSpec, size: int) -> Iterator[Block]:
    labels, weights = _columns(manifest)
    rows = split.rows(manifest, "train")
    rows = rows[(labels[rows] >= 0) & (weights[rows] > 0)]
    if not len(rows):
        raise DataError(
            f"{manifest.folder} has no labelled crop of training people with a label_weight above "
            "0: there is nothing to write shards of."
        )
    generator = np.random.default_rng(0)
    crops = _crops(manifest, rows, spec)
    stretch = size * _MIXED
    for start in range(0, len(rows), stretch):
        chosen = rows[start : start + stretch]
        held = np.stack([next(crops) for _ in chosen])
        order = generator.permutation(len(chosen))
        for number in range(ceil(len(chosen) / size)):
            places = order[number * size : (number + 1) * size]
            own = chosen[places]
            yield Block(held[places], labels[own].astype(np.uint8), weights[own], own)


def _columns(manifest: Manifest) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Label (-1 not known) and weight of every row."""
    labels, weights = [], []
    for batch in manifest.batches(["label", "label_weight"]):
        labels.append(batch["label"].fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int8))
        weights.append(batch["label_weight"].to_numpy().astype(np.float32))
    return np.concatenate(labels), np.concatenate(weights)


def _crops(
    manifest: Manifest, rows: NDArray[np.int64], spec: InputSpec
) -> Iterator[NDArray[np.uint8]]:
    def prepare(numbered: tuple[np.int64, bytes]) -> NDArray[np.uint8]:
        row, encoded = numbered
        try:
            return pixels(decode(encoded), spec)
        except (DataError, ValueError) as error:
            raise DataError(
                f"{manifest.folder}: row {row} cannot be written: {error}. Import the data set "
                "again."
            ) from error

    numbered = zip(rows, manifest.encoded(rows), strict=True)
    return in_parallel(prepare, numbered, len(rows), f"Sharding {spec.key}")


def _sender(url: str) -> Callable[[Path], None]:
    """Sends a file to an object store and removes it here."""
    try:
        store = _get_fs_provider(url)
    except Exception as error:  # an unknown scheme, a client that is not installed, no credentials
        raise ConfigError(
            f"Nothing can be sent to {url} ({error}). Name a folder, or s3:// or gs://, with its "
            "client installed and credentials set."
        ) from error

    def send(path: Path) -> None:
        target = f"{url.rstrip('/')}/{path.name}"
        try:
            store.upload_file(str(path), target)
        except Exception as error:  # every object store has errors of its own
            raise StorageError(f"Could not send {target} ({error}).") from error
        path.unlink()

    return send
