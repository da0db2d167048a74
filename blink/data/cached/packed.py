import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, starmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from blink.contract import DataError, InputSpec, atomic_file, cores
from blink.data.cached.get_or_create import get_or_create
from blink.data.cached.mapped import header, read_mapped
from blink.data.cached.packing import pack_rows
from blink.data.manifest import FILE, Manifest
from blink.data.workers import crew
from blink.runtime.preprocessing import pixels

Packer = Callable[[], int | DataError | OSError]
"""Says what was done next, see `pack_rows`."""

_HEAD_START = 4096
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
        path = folder / f"{manifest.fingerprint}-{pixels_key(spec)}.npy"
        shape = (len(manifest), spec.height, spec.width, spec.channels)

        def make(path: Path) -> None:
            # Whoever made it before us was killed: nobody else is at it now.
            with atomic_file(path, stale_after=0) as temporary:
                temporary.write_bytes(header(np.uint8, shape))
                _pack(manifest, spec, temporary)

        return cls(path, get_or_create(path, lambda path: read_mapped(path, np.uint8, shape), make))


def _pack(manifest: Manifest, spec: InputSpec, target: Path) -> None:
    """Fills the file that holds a header with the crops of all rows.

    Processes share the work, since cv2 is too quick: threads would pass Python's lock around, and
    small crops would be packed no faster by two cores than by one. This process packs too, and some
    crops more than the others, which take half a second to start.
    """
    what = manifest.folder / FILE, target, spec, target.stat().st_size
    parts = _shares(len(manifest), cores())
    left, ahead = list(map(len, parts)), _HEAD_START
    with (
        crew(pack_rows.__module__, pack_rows.__name__, [(*what, p) for p in parts[1:]]) as others,
        tqdm(total=len(manifest), desc=f"Packing {spec.key}", unit="crop") as bar,
    ):
        packers: list[Packer] = [pack_rows(*what, parts[0]).__next__]
        packers += [other.receive for other in others]
        while any(left):
            for number in [0] if ahead > 0 else range(len(parts)):
                done = _unless_failed(packers[number](), manifest) if left[number] else 0
                left[number] -= done
                ahead -= done
                bar.update(done)


def _shares(crops: int, processes: int) -> list[range]:
    """The rows of each process; the first has a head start, or all of them where they are few."""
    rest = crops - _HEAD_START
    if rest <= 0:
        return [range(crops)]
    ends = [0, *(_HEAD_START + rest * n // processes for n in range(1, processes + 1))]
    return list(starmap(range, pairwise(ends)))


def _unless_failed(done: int | DataError | OSError, manifest: Manifest) -> int:
    if isinstance(done, DataError):
        raise DataError(
            f"{manifest.folder}: {done}. Delete the folder and import the data set again."
        )
    if isinstance(done, OSError):
        raise done
    return done


def pixels_key(spec: InputSpec) -> str:
    """Names the pixels that a spec and the preprocessing make of a picture."""
    return f"{spec.key}-{_behaviour(spec)}"


def _behaviour(spec: InputSpec) -> str:
    """Hash of what the preprocessing makes of a test picture in colour, shrunk and grown."""
    digest = hashlib.sha256()
    for side in (12, 300):
        ramp = np.arange(side * side * 3, dtype=np.uint32).reshape(side, side, 3)
        picture = ((ramp * 2654435761) >> 24).astype(np.uint8)
        digest.update(pixels(picture, spec).tobytes())
    return digest.hexdigest()[:8]
