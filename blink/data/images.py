"""Pictures between files and arrays. cv2 does the work; `torchvision.io` is not needed."""

import hashlib
import struct
import warnings
from io import BytesIO
from typing import cast

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from blink.contract import Crop, DataError

LARGEST_SIDE = 4096
"""No eye crop is larger; a picture that is gets refused before it is decoded."""

_PNG = b"\x89PNG\r\n\x1a\n"
_DAMAGE = (OSError, ValueError, SyntaxError, struct.error, IndexError, OverflowError)
"""What Pillow raises for heads that are not what they should be."""


def decode(encoded: bytes, largest_side: int = LARGEST_SIDE) -> Crop:
    """Decodes a picture file.

    Args:
        encoded: A PNG, JPEG or BMP file's bytes.
        largest_side: In pixels; a larger picture is refused before it is decoded.

    Returns:
        uint8 (H, W) for a grey file, (H, W, 3) in the order RGB for a colour file.

    Raises:
        DataError: The bytes are no picture that cv2 can read, or it is too large.
    """
    if not encoded:
        raise DataError("the file is empty")
    width, height = size(encoded)
    if max(width, height) > largest_side:
        raise DataError(f"{width}×{height} pixels is no eye crop; it was not decoded")
    try:
        picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_ANYCOLOR)
    except cv2.error as error:
        raise DataError(f"cv2 cannot decode it ({error.msg or error})") from error
    if picture is None:
        raise DataError("it is no picture, or a damaged one")
    if sorted(picture.shape[:2]) != sorted((width, height)):  # turned by its EXIF, at most
        raise DataError("its size is other than its head says")
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
