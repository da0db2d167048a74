"""Pictures between files and arrays. cv2 does the work; `torchvision.io` is not needed."""

import hashlib
import struct
import warnings
from io import BytesIO
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

_TOO_DARK = 1 << 12
"""Of 16 bits: a picture that nowhere reaches it has at most a sixteenth of the range."""

_PNG = b"\x89PNG\r\n\x1a\n"
_DAMAGE = (OSError, ValueError, SyntaxError, struct.error, IndexError, OverflowError)
"""What Pillow raises for heads that are not what they should be."""


def decode(encoded: bytes, largest_side: int = LARGEST_SIDE) -> Crop:
    """Decodes a picture file.

    Args:
        encoded: The bytes of a file that cv2 reads and whose head Pillow knows: PNG, JPEG, BMP,
            TIFF, GIF (its first picture), WebP, JPEG 2000, PGM and others. Of levels of 16 bits the
            upper eight are kept.
        largest_side: In pixels; a larger picture is refused before it is decoded.

    Returns:
        uint8 (H, W) for a grey file, (H, W, 3) in the order RGB for a colour file.

    Raises:
        DataError: The bytes are no picture that cv2 can read, or it is too large, or its 16 bits
            hold the levels of fewer.
    """
    if not encoded:
        raise DataError("the file is empty")
    width, height = size(encoded)
    if max(width, height) > largest_side:
        raise DataError(f"{width}×{height} pixels is no eye crop; it was not decoded")
    picture = _decode(encoded, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
    if picture.dtype != np.uint8:
        _check_levels(picture)
        picture = _decode(encoded, cv2.IMREAD_ANYCOLOR)
    if sorted(picture.shape[:2]) != sorted((width, height)):  # turned by its EXIF, at most
        raise DataError("its size is other than its head says")
    if picture.ndim == 2:
        return picture.astype(np.uint8, copy=False)
    return cast(Crop, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))


def _decode(encoded: bytes, flags: int) -> NDArray[Any]:
    try:
        picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
    except cv2.error as error:
        raise DataError(f"cv2 cannot decode it ({error.msg or error})") from error
    if picture is None:
        raise DataError("it is no picture, or a damaged one")
    return picture


def _check_levels(picture: NDArray[Any]) -> None:
    """Refuses 10 or 12 bits of an infrared camera in a file of 16: they would be almost black."""
    if picture.dtype == np.uint16 and picture.max() < _TOO_DARK:
        raise DataError(
            f"its brightest level is {picture.max()} of 65535, so that it would be almost black: "
            "where a camera's 10 bits were stored in 16, multiply the levels by 64, where its 12 "
            "were, by 16"
        )


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
        raise DataError("it is no picture, or a damaged one") from None
    except (Image.DecompressionBombError, *_DAMAGE) as error:
        raise DataError(f"it is no picture, or a damaged one ({error})") from error


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
