"""What becomes of the checkpoints of a run that has finished."""

import logging
from pathlib import Path

log = logging.getLogger(__name__)


def checkpoints(folder: Path) -> list[Path]:
    """Those of a run, the latest first."""
    found = (folder / "checkpoints").glob("*.ckpt")
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def drop_checkpoints(folder: Path, *, keeps_last: bool) -> None:
    """Deletes the checkpoints of a run that will train no more.

    Args:
        folder: Of the run.
        keeps_last: Keep the latest, from which the run can be exported and judged again.
    """
    for path in checkpoints(folder)[int(keeps_last) :]:
        try:
            path.unlink()
        except OSError as error:
            log.warning("%s stays: %s", path, error.strerror)
