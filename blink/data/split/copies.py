import numpy as np
from numpy.typing import NDArray

from blink.data.copies import count_shared, picture_keys
from blink.data.manifest import Manifest
from blink.data.split.table import TEST, TRAIN, VAL, Split


def pictures_across(manifest: Manifest, split: Split) -> int:
    """How many pictures lie in two roles, exactly the same; what is set aside does not count.

    A split that holds any is not refused: which of their people are wrong only a look can tell, and
    a picture that shows nothing may be everybody's. The manifest is streamed.

    Raises:
        DataError: The split was made for another manifest.
    """
    keys: dict[int, list[NDArray[np.uint64]]] = {TRAIN: [], VAL: [], TEST: []}
    for batch, roles in zip(manifest.batches(["content_hash"]), split.roles(manifest), strict=True):
        hashed = picture_keys(batch)
        for role, parts in keys.items():
            parts.append(hashed[roles == role])
    return count_shared(keys.values())
