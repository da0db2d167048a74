"""Where a command may write: into no folder that holds something, nor into what it reads."""

import os
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


def refuse_occupied(out: Path, option: str = "--out") -> None:
    """Refuses a folder that is neither missing nor empty.

    Args:
        out: Where something is to be written.
        option: That names it.

    Raises:
        DataError: Something is there, which would be lost.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    raise DataError(
        f"{out} is there already, and is something else. Nothing is overwritten: name another "
        f"folder with {option}, or move that one away."
    )


def refuse_within(out: Path, place: Path, why: str, option: str = "--out") -> None:
    """Refuses to write into a folder that is read.

    Args:
        out: Where something is to be written.
        place: What is read, a folder or a file; links on the way are followed.
        why: What the folder is, and what would come of it, for the message.
        option: That names `out`.

    Raises:
        DataError: It lies within.
    """
    if place.is_dir() and Path(os.path.realpath(out)).is_relative_to(os.path.realpath(place)):
        raise DataError(f"{out} lies within {why}. Name a folder outside of it with {option}.")
