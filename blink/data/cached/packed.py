import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise, starmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from blink.contract import DataError, InputSpec, cores, whole_file
from blink.data.cached.made_once import made_once
from blink.data.cached.mapped import header, read_mapped
from blink.data.cached.packing import pack_rows
from blink.data.manifest import FILE, Manifest
from blink.data.workers import crew
from blink.runtime.preprocessing import pixels

Packer = Callable[[], int | DataError | OSError]
"""Says what was done next, see `pack_rows`."""

_FEW = 4096
"""So many crops are packed before further processes have started."""


@dataclass(frozen=True, eq=False)
class PackedCrops:
    """All crops of a manifest as the net sees them, in one file that is mapped, not loaded.

    Attributes:
        path: The .npy file.
        array: uint8 (rows, H, W, C), read-only, memory-mapped.
    """

    path: Path
    array: NDArray[np.uint8]

    @classmethod
    def open(cls, manifest: Manifest, spec: InputSpec, folder: Path) -> "PackedCrops":
        """Opens the packed crops, and packs them first where they are missing or damaged.

        The file is named after the manifest's fingerprint, the spec and what the preprocessing
        does to a test picture: new data, another size or another preprocessing make a new file.
        All cores pack; of several processes that want the same crops, one packs and the others
        wait for it.

        Args:
            manifest: The data set.
            spec: Size and colour wanted.
            folder: Where packed crops are kept.

        Raises:
            DataError: A picture of the manifest is damaged.
            StorageError: The disk is full; nothing is left behind.
        """
        path = folder / f"{manifest.fingerprint}-{spec.key}-{behaviour(spec)}.npy"
        shape = (len(manifest), spec.height, spec.width, spec.channels)

        def make(path: Path) -> None:
            # Whoever made it before us was killed: nobody else is at it now.
            with whole_file(path, stale_after=0) as temporary:
                temporary.write_bytes(header(np.uint8, shape))
                _pack(manifest, spec, temporary)

        return cls(path, made_once(path, lambda path: read_mapped(path, np.uint8, shape), make))


def _pack(manifest: Manifest, spec: InputSpec, target: Path) -> None:
    """Fills the file that holds a header with the crops of all rows."""
    what = manifest.folder / FILE, target, spec, target.stat().st_size
    crops = len(manifest)
    processes = cores() if crops > _FEW else 1
    ends = [crops * number // processes for number in range(processes + 1)]
    parts = list(starmap(range, pairwise(ends)))
    left = list(map(len, parts))
    with (
        _packers([(*what, part) for part in parts]) as packers,
        tqdm(total=crops, desc=f"Packing {spec.key}", unit="crop") as bar,
    ):
        while any(left):
            for number, packer in enumerate(packers):
                done = packer() if left[number] else 0
                if isinstance(done, DataError):
                    raise DataError(
                        f"{manifest.folder}: {done}. Delete the folder and import the data set "
                        "again."
                    )
                if isinstance(done, OSError):
                    raise done
                left[number] -= done
                bar.update(done)


@contextmanager
def _packers(jobs: list[tuple[Any, ...]]) -> Iterator[list[Packer]]:
    """One packer for each job: the next thing that `pack_rows` has to say of it.

    Processes, since cv2 is too quick: threads would pass Python's lock around, and small crops
    would be packed no faster by two cores than by one.
    """
    if len(jobs) == 1:
        yield [pack_rows(*jobs[0]).__next__]
        return
    with crew(pack_rows.__module__, pack_rows.__name__, jobs) as workers:
        yield [worker.receive for worker in workers]


def behaviour(spec: InputSpec) -> str:
    """Hash of what the preprocessing makes of a test picture in colour, shrunk and grown."""
    digest = hashlib.sha256()
    for side in (12, 300):
        ramp = np.arange(side * side * 3, dtype=np.uint32).reshape(side, side, 3)
        picture = ((ramp * 2654435761) >> 24).astype(np.uint8)
        digest.update(pixels(picture, spec).tobytes())
    return digest.hexdigest()[:8]
