import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from blink.contract import DataError, InputSpec, whole_file
from blink.data.images import decode
from blink.data.manifest import Manifest
from blink.data.parallel import in_parallel
from blink.runtime.preprocessing import pixels

log = logging.getLogger(__name__)


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

        Args:
            manifest: The data set.
            spec: Size and colour wanted.
            folder: Where packed crops are kept.

        Raises:
            DataError: A picture of the manifest is damaged.
            StorageError: The disk is full; nothing is left behind.
        """
        path = folder / f"{manifest.fingerprint}-{spec.key}-{_behaviour(spec)}.npy"
        shape = (len(manifest), spec.height, spec.width, spec.channels)
        if path.is_file():
            array = _mapped(path, shape)
            if array is not None:
                return cls(path, array)
            log.warning("%s is damaged. Making it anew.", path)
        with whole_file(path) as temporary, temporary.open("wb") as file:
            _write(file, shape, _packed(manifest, spec))
        array = _mapped(path, shape)
        if array is None:
            raise DataError(f"{path} changed while it was read. Delete it and run again.")
        return cls(path, array)


def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The file's array, or None unless it is exactly what it should be."""
    try:
        array: object = np.load(path, mmap_mode="r")
    except (ValueError, OSError, EOFError):
        return None
    if not isinstance(array, np.memmap) or array.dtype != np.uint8 or array.shape != shape:
        return None
    return array if array.offset + array.nbytes == path.stat().st_size else None


def _write(file: BinaryIO, shape: tuple[int, ...], rows: Iterator[NDArray[np.uint8]]) -> None:
    # Plain writes, never through a map: a full disk is then an error, not a killed process.
    head = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, head)
    for row in rows:
        file.write(row.tobytes())


def _packed(manifest: Manifest, spec: InputSpec) -> Iterator[NDArray[np.uint8]]:
    def pack(numbered: tuple[int, bytes]) -> NDArray[np.uint8]:
        number, encoded = numbered
        try:
            return pixels(decode(encoded), spec)
        except (DataError, ValueError) as error:
            raise DataError(
                f"{manifest.folder}: row {number} ({manifest.table['id'].iloc[number]}) cannot be "
                f"packed: {error}. Delete the folder and import the data set again."
            ) from error

    what = f"Packing {spec.key}"
    return in_parallel(pack, enumerate(manifest.encoded()), len(manifest), what)


def _behaviour(spec: InputSpec) -> str:
    """Hash of what the preprocessing makes of a test picture in colour, shrunk and grown."""
    digest = hashlib.sha256()
    for side in (12, 300):
        ramp = np.arange(side * side * 3, dtype=np.uint32).reshape(side, side, 3)
        picture = ((ramp * 2654435761) >> 24).astype(np.uint8)
        digest.update(pixels(picture, spec).tobytes())
    return digest.hexdigest()[:8]
