"""Training crops in shards, which are read over a network, without a disk that could hold them."""

import hashlib
import json
import tempfile
import threading
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from litdata import StreamingDataset
from litdata.streaming.downloader import get_downloader
from numpy.typing import NDArray

from blink.contract import DataError
from blink.data.manifest import Manifest
from blink.data.split import Split

INDEX = "shards.json"
FORMAT = 1
_ADVICE = "Write them with: blink data shard DATA_SET --split SPLIT --out URL_OR_FOLDER"


@dataclass(frozen=True)
class Block:
    """Crops that are stored and read together.

    Attributes:
        pixels: uint8 (N, H, W, C).
        labels: uint8 (N,): 1 closed, 0 open.
        weights: float32 (N,), `label_weight` of the manifest.
        rows: int64 (N,), their numbers in the manifest.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    weights: NDArray[np.float32]
    rows: NDArray[np.int64]

    def checksum(self) -> int:
        """CRC-32 over everything in it."""
        total = 0
        for array in (self.pixels, self.labels, self.weights, self.rows):
            total = zlib.crc32(np.ascontiguousarray(array).data, total)
        return total


@dataclass(frozen=True)
class Shards:
    """What `shards.json` says of the shards beside it.

    Attributes:
        manifest: Fingerprint of the data set.
        split: Fingerprint of the split whose training people they hold.
        pixels: Key of the input spec whose pixels they hold, and hash of the preprocessing.
        crops: Crops in all of them.
        block: Crops in each block but the last.
        content: Hash over all blocks.
    """

    manifest: str
    split: str
    pixels: str
    crops: int
    block: int
    content: str

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return ceil(self.crops / self.block)

    @property
    def fingerprint(self) -> str:
        """Hash over all of the above."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:16]

    def check(self, url: str, manifest: Manifest, split: Split, pixels: str) -> None:
        """Compares the shards with the data that they stand for.

        Raises:
            DataError: They were written from other data or another split, or for another size.
        """
        expected = {"manifest": manifest.fingerprint, "split": split.fingerprint, "pixels": pixels}
        for name, value in expected.items():
            if getattr(self, name) != value:
                raise DataError(
                    f"The shards in {url} were written for {name} {getattr(self, name)}, but the "
                    f"run has {value}. {_ADVICE}"
                )


def is_remote(url: str) -> bool:
    """Whether shards lie in an object store: s3://, gs:// and what else litdata knows."""
    return "://" in url


def read_shards(url: str) -> Shards:
    """Reads what a folder or an object store says of its shards.

    Raises:
        DataError: There are none, they are damaged, or of a later format.
    """
    try:
        text = _fetched(url) if is_remote(url) else (Path(url) / INDEX).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"{url} holds no shards: {INDEX} is missing. {_ADVICE}") from None
    except Exception as error:  # every object store has errors of its own
        raise DataError(f"{url}/{INDEX} cannot be read ({error}). {_ADVICE}") from error
    try:
        values: Mapping[str, Any] = json.loads(text)
        if values["format"] != FORMAT:
            raise DataError(
                f"{url}/{INDEX} is of format {values['format']}; this version reads {FORMAT}. "
                f"{_ADVICE}"
            )
        return Shards(**values["shards"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{url}/{INDEX} is damaged ({error}). {_ADVICE}") from error


def shards_text(shards: Shards) -> str:
    """The content of `shards.json`."""
    values = {"format": FORMAT, "shards": asdict(shards)}
    return json.dumps(values, indent=2, sort_keys=True) + "\n"


def _fetched(url: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / INDEX
        get_downloader(url, folder, []).download_file(f"{url.rstrip('/')}/{INDEX}", str(path))
        return path.read_text(encoding="utf-8")


class BlockReader:
    """Reads blocks by number, from several threads at once; of an object store, ranges alone.

    litdata fetches the byte range of one block: no shard is kept on a disk but the index of them.

    Args:
        url: Where the shards lie.
        shards: What they say of themselves.
        cache: Folder for their index.
    """

    def __init__(self, url: str, shards: Shards, cache: Path) -> None:
        self._shards, self._url = shards, url
        # Keyed by content: litdata would go on with an index that it kept of older shards.
        folder = cache / "shards" / f"index-{shards.fingerprint}"
        self._open = partial(StreamingDataset, url, str(folder), batch_decode=0)
        self._own = threading.local()  # litdata's reader remembers where it was

    def read(self, number: int) -> Block:
        """The block of this number.

        Raises:
            DataError: It is missing, damaged, or cannot be fetched.
        """
        try:
            if not hasattr(self._own, "dataset"):
                self._own.dataset = self._open()
            values = dict(self._own.dataset[number])
            expected = int(values.pop("checksum")[0])
            block = Block(**values)
        except Exception as error:  # every object store has errors of its own
            raise DataError(
                f"Block {number} of the shards in {self._url} cannot be read ({error}). {_ADVICE}"
            ) from error
        first, size = number * self._shards.block, len(block.rows)
        if block.checksum() != expected or size != min(
            self._shards.block, self._shards.crops - first
        ):
            raise DataError(f"Block {number} of the shards in {self._url} is damaged. {_ADVICE}")
        return block

    def all(self) -> Iterator[Block]:
        """All blocks, in the order in which they were written."""
        return map(self.read, range(self._shards.blocks))
