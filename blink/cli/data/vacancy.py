from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from blink.contract import DataError

if TYPE_CHECKING:
    from blink.data.history.versions import Version


def is_there_already(out: Path, is_same: "Callable[[Version], bool]") -> bool:
    """Whether a folder holds the very version that would be written into it.

    Args:
        out: Where a data set is to stand.
        is_same: Whether a version is the one that would be written.

    Returns:
        False where the folder is missing or empty, and may be written.

    Raises:
        DataError: Something else is there, which would be lost.
    """
    from blink.data.history.versions import lineage_of

    if (out / "manifest.parquet").is_file() and is_same(lineage_of(out).head):
        return True
    refuse_occupied(out)
    return False


def refuse_occupied(out: Path) -> None:
    """Refuses a folder that is neither missing nor empty.

    Raises:
        DataError: Something is there, which would be lost.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    raise DataError(
        f"{out} is there already, and is something else. Nothing is overwritten: name another "
        "folder with --out, or move that one away."
    )
