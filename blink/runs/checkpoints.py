"""What becomes of the checkpoints of a run that will train no more."""

import logging
import re
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_EPOCH: Final = re.compile(r"epoch=(\d+)\.ckpt")
"""What is written at the end of an epoch; what is written within one is older by then."""


def checkpoints(folder: Path) -> list[Path]:
    """Those of a run, in the order of `last_first`."""
    return last_first(folder / "checkpoints")


def last_first(folder: Path) -> list[Path]:
    """The checkpoints in a folder, that of the last epoch first, what lies within one at the end.

    They are told apart by their names: the times of files lie once a clock was set back.
    """
    return sorted(folder.glob("*.ckpt"), key=_epoch, reverse=True)


def drop_checkpoints(folder: Path, *, keeps_last: bool) -> None:
    """Deletes the checkpoints of a run that will train no more.

    Args:
        folder: Of the run.
        keeps_last: Keep that of the last epoch, from which the run can be exported again.
    """
    for path in checkpoints(folder)[int(keeps_last) :]:
        try:
            path.unlink()
        except OSError as error:
            log.warning("%s stays: %s", path, error.strerror)


def _epoch(path: Path) -> int:
    found = _EPOCH.fullmatch(path.name)
    return int(found[1]) if found else -1
