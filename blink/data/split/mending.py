from typing import TYPE_CHECKING

from blink.contract import DataError
from blink.data.history.versions import lineage_of
from blink.data.manifest import Manifest

if TYPE_CHECKING:
    from blink.data.split.table import Split


def is_of_older(split: "Split", manifest: Manifest) -> bool:
    """Whether a split was made for an older version of the data set, with all of its parts.

    That of a part of a merge says nothing of the other parts, whose people would all train.
    """
    if split.is_leaky or not set(manifest.datasets) <= set(split.table["dataset"]):
        return False
    try:
        older = lineage_of(manifest).versions[1:]
    except DataError:
        return False  # the record is damaged, and says nothing
    return split.manifest in {version.fingerprint for version in older}


def mend_split(split: "Split", manifest: Manifest, path: str) -> str:
    """What to do about a split that was made for another manifest, in a sentence or two.

    Args:
        split: It is not the manifest's.
        manifest: The data set that it is to be used with.
        path: Where the split lies, or what stands for that.
    """
    command = f"blink data split {manifest.folder} --out NEW.csv"
    if split.is_leaky:
        return f"Make one for it: {command} --leaky"
    if is_of_older(split, manifest):
        return (
            "That is an older version of the data set. For everybody to keep the same role: "
            f"{command} --like {path}"
        )
    return (
        f"If both are versions of one data set, {command} --like {path} lets everybody keep the "
        "same role; without --like roles are dealt anew, and who was tested may train."
    )
