"""One row of a manifest; apart from it, since processes that only make rows need no pandas."""

import hashlib
from typing import Any

from blink.contract import Crop
from blink.data.images import content_hash, decode_foreign

Row = dict[str, Any]
"""One crop: column name → value; what is left out is null."""


def make_row(
    dataset: str, source: str, image: bytes, crop: Crop | None = None, **columns: Any
) -> Row:
    """A manifest row with everything that follows from the picture itself.

    Args:
        dataset: Name of the data set.
        source: Path of the picture within its source; with `dataset` it makes the id.
        image: The encoded picture file.
        crop: The decoded picture, where the caller has it already.
        columns: Further columns; `subject` and `licence` are required, `label` and the attributes
            of `blink.contract.attributes` as far as they are known.

    Raises:
        DataError: The image cannot be decoded, or its 16 bits look like fewer.
    """
    crop = decode_foreign(image)[0] if crop is None else crop
    return {
        "id": hashlib.sha256(f"{dataset}/{source}".encode()).hexdigest()[:16],
        "content_hash": content_hash(crop),
        "dataset": dataset,
        "label_source": "archive",
        "label_weight": 1.0,
        "width": crop.shape[1],
        "height": crop.shape[0],
        "image": image,
        **columns,
    }
