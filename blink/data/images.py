"""Pictures between files and arrays. cv2 does the work; `torchvision.io` is not needed."""

import hashlib
import struct
import warnings
from io import BytesIO
from pathlib import PurePath
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from blink.contract import Crop, DataError

LARGEST_SIDE = 4096
"""No eye crop is larger; a picture that is gets refused before it is decoded."""

UNREAD = frozenset((".arw", ".cr2", ".cr3", ".dng", ".heic", ".heif", ".jxl", ".nef"))
"""Names of formats that phones and cameras write, and that are not read here."""

VIDEOS = frozenset(
    (".3gp", ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")
)
"""Names of formats that hold many pictures, of whole faces as a rule."""

_STORE = "scale them to 0..255 and store them as whole numbers of 8 bits, as PNG"

_TOO_DARK = 1 << 14
"""Of 16 bits: a picture that hardly reaches it has the levels of 14 bits at most, or is as dark."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG = b"\x89PNG\r\n\x1a\n"
_DAMAGE = (OSError, ValueError, SyntaxError, struct.error, IndexError, OverflowError)
"""What Pillow raises for heads that are not what they should be."""


def decode(encoded: bytes, largest_side: int = LARGEST_SIDE) -> Crop:
    """Decodes a picture file that a data set holds.

    Args:
        encoded: The bytes of a file that cv2 reads and whose head Pillow knows: PNG, JPEG, BMP,
            TIFF, GIF (its first picture), WebP, JPEG 2000, PGM and others. Of levels of 16 bits the
            upper eight are kept.
        largest_side: In pixels; a larger picture is refused before it is decoded.

    Returns:
        uint8 (H, W) for a grey file, (H, W, 3) in the order RGB for a colour file.

    Raises:
        DataError: The bytes are no picture that cv2 can read, or it is too large.
    """
    return _as_crop(_decode(encoded, largest_side, cv2.IMREAD_ANYCOLOR))


def decode_foreign(
    encoded: bytes, bits: int | None = None, largest_side: int = LARGEST_SIDE
) -> tuple[Crop, bool]:
    """Decodes a picture file of somebody else's, whose 16 bits may hold the levels of fewer.

    Args:
        encoded: See `decode`.
        bits: How many of 16 the camera has, 9 to 16. None: all, and a picture that looks like
            fewer is refused, since it would be almost black.
        largest_side: See `decode`.

    Returns:
        The picture as of `decode`, and whether it has to be encoded anew for `decode` to read the
        same: `bits` was given, and the upper eight of them were taken of levels of 16 bits.

    Raises:
        DataError: The bytes are no picture that cv2 can read, it is too large, too dark for 16
            bits, has levels beyond `bits`, or pixels of more than 16 bits, as floats.
    """
    levels = _decode(encoded, largest_side, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
    if levels.dtype == np.uint8:
        return _as_crop(levels), False
    if levels.dtype.itemsize > 2:
        raise DataError(f"its pixels are {levels.dtype}: {_STORE}")
    is_deep = levels.dtype.itemsize == 2
    if is_deep and bits is not None:
        return _as_crop(_upper_eight(levels, bits)), True
    if is_deep and np.percentile(levels, 99) < _TOO_DARK:
        raise DataError(
            "nearly all of its levels lie in the lowest quarter of 16 bits, as those of a camera "
            "with 10, 12 or 14 bits do: say so with --bits 10, 12 or 14 (16 where it is that "
            "dark), or store it in 8 bits"
        )
    return decode(encoded, largest_side), False


def _upper_eight(levels: NDArray[Any], bits: int) -> Crop:
    if levels.min() < 0 or levels.max() >> bits:
        raise DataError(f"it has levels of more than the {bits} bits that --bits {bits} says")
    return (levels >> (bits - 8)).astype(np.uint8)


def _decode(encoded: bytes, largest_side: int, flags: int) -> NDArray[Any]:
    """(H, W), or (H, W, 3) in cv2's order, of as many bits as the flags ask for."""
    if not encoded:
        raise DataError("the file is empty")
    width, height = size(encoded)
    if max(width, height) > largest_side:
        raise DataError(f"{width}×{height} pixels is no eye crop; it was not decoded")
    try:
        picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
    except cv2.error as error:
        raise DataError(f"cv2 cannot decode it ({error.msg or error})") from error
    if picture is None:
        raise DataError("it is no picture, or a damaged one")
    if sorted(picture.shape[:2]) != sorted((width, height)):  # turned by its EXIF, at most
        raise DataError("its size is other than its head says")
    return picture


def _as_crop(picture: NDArray[Any]) -> Crop:
    if picture.ndim == 2:
        return picture.astype(np.uint8, copy=False)
    return cast(Crop, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))


def size(encoded: bytes) -> tuple[int, int]:
    """Width and height that a picture file claims, read off its head alone.

    Raises:
        DataError: It has no head that Pillow knows.
    """
    if encoded.startswith(_PNG) and len(encoded) >= 24:
        return struct.unpack(">II", encoded[16:24])  # as Pillow does, at a thirtieth of its time
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(BytesIO(encoded)).size
    except UnidentifiedImageError:  # whose text has an address in memory, another in each run
        if encoded.startswith(_TIFF):
            raise DataError(
                "it is a TIFF of a kind that is not read here, such as colours in floats, or a "
                f"damaged one: if its pixels are no whole numbers of 8 or 16 bits, {_STORE}"
            ) from None
        raise DataError("it is no picture, or a damaged one") from None
    except (Image.DecompressionBombError, *_DAMAGE) as error:
        raise DataError(f"it is no picture, or a damaged one ({error})") from error


def advice(name: str) -> str:
    """What to do about a bad picture, to stand behind its fault; empty where its name says nothing.

    A name that promises such a format may lie, so that the picture is tried first.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in VIDEOS:
        return f"; {suffix} is a video: cut eye crops from it first"
    return f"; {suffix} is not read here: convert it to JPEG or PNG" if suffix in UNREAD else ""


def encode_png(crop: Crop) -> bytes:
    """Encodes a crop, (H, W) or RGB (H, W, 3), without loss."""
    picture = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_RGB2BGR)
    # cv2's own setting looks for runs alone: on small noisy pictures that is twice as fast as any
    # level that is asked for, and no larger. Rendering writes a thousand of them a second.
    done, encoded = cv2.imencode(".png", picture)
    if not done:
        raise DataError(f"cv2 cannot encode a crop of shape {crop.shape} as PNG.")
    return encoded.tobytes()


def content_hash(crop: Crop) -> str:
    """Hash of the pixels, the same for the same picture in another file format."""
    digest = hashlib.sha256(repr(crop.shape).encode())
    digest.update(np.ascontiguousarray(crop).data)
    return digest.hexdigest()[:16]
