"""The run of this process: begun by `open_run`, ended by `reports_errors`."""

import logging
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import blink.torchvision_mend  # noqa: F401

from hydra.errors import HydraException
from lightning.pytorch.utilities import rank_zero_only

from blink.contract import BlinkError, causes, is_full
from blink.contract.termination import Terminated
from blink.runs import About, State, Watch, drop_checkpoints, read_run, watch

log = logging.getLogger(__name__)

_KILLED: Final = 255
"""W&B's own exit code for Ctrl-C."""

_watched: list["_Watched"] = []  # one at most: the jobs of a sweep (-m) follow each other


@dataclass(frozen=True)
class _Watched:
    watch: Watch
    keeps_checkpoint: bool


@dataclass(frozen=True)
class Ending:
    """How a run ended that did not finish.

    Attributes:
        state: Failed or stopped.
        code: The exit status.
        message: For a person; None for a defect, whose traceback says more.
    """

    state: State
    code: int
    message: str | None

    @classmethod
    def of(cls, error: BaseException) -> "Ending":
        """What an error means for the run in whose course it was raised."""
        if (stop := _stop(error)) is not None:
            signum = stop.signum if isinstance(stop, Terminated) else signal.SIGINT
            return cls(State.STOPPED, 128 + signum, str(stop) or "Stopped by Ctrl-C.")
        return cls(State.FAILED, 1, _message(error))


@rank_zero_only
def begin_run(folder: Path, about: About, *, keeps_checkpoint: bool) -> None:
    """Has the run of this process watched; of several that train together the first alone.

    Args:
        folder: Of the run.
        about: What lists show of it.
        keeps_checkpoint: Whether its last one stays when it has finished.

    Raises:
        ConfigError: Another process runs it.
        StorageError: The disk is full.
    """
    _watched.append(_Watched(watch(folder, about), keeps_checkpoint))


def end_run(error: BaseException | None) -> None:
    """Notes how the run of this process ended, here and for W&B, if it was begun.

    Args:
        error: What ended it; None if it finished.
    """
    ending = None if error is None else Ending.of(error)
    try:
        _end_wandb(_exit_code(ending))
    finally:
        for one in (_watched.pop() for _ in range(len(_watched))):
            if ending is None:
                drop_checkpoints(one.watch.folder, keeps_last=one.keeps_checkpoint)
                one.watch.end(State.FINISHED)
            else:
                one.watch.end(
                    ending.state, _line(ending.message or f"{type(error).__name__}: {error}")
                )
                if read_run(one.watch.folder).state is State.PRUNED:  # nobody goes on with it
                    drop_checkpoints(one.watch.folder, keeps_last=False)


def watched_folder() -> Path | None:
    """Where the run of this process lies; None if none was begun."""
    return _watched[-1].watch.folder if _watched else None


def _exit_code(ending: Ending | None) -> int:
    """For W&B; what a search has stopped since it failed has failed."""
    if ending is None:
        return 0
    state = ending.state
    if state is State.STOPPED and _watched and (said := _watched[-1].watch.said_by_search()):
        state, _ = said
    return 1 if state is State.FAILED else _KILLED


def _end_wandb(code: int) -> None:
    """Ends the open run of W&B, or the next job of a sweep would be logged into it."""
    wandb = sys.modules.get("wandb")
    if wandb is None or wandb.run is None:
        return
    try:
        wandb.run.finish(exit_code=code)
    except Exception as error:  # whatever W&B has to say, the run is over
        log.warning("W&B could not end its run: %s", error)


def _stop(error: BaseException) -> KeyboardInterrupt | None:
    """What stopped the run, if something did: Lightning makes a `SystemExit` of it."""
    at: BaseException | None = error
    while isinstance(at, SystemExit):
        at = at.__context__
    return at if isinstance(at, KeyboardInterrupt) else None


def _message(error: BaseException) -> str | None:
    """What a person needs."""
    for cause in causes(error):
        if isinstance(cause, BlinkError):
            return str(cause)
        if isinstance(cause, OSError) and is_full(cause):
            return (
                f"No space left to write {cause.filename or 'a file of the run'} "
                f"({cause.strerror}). Free some space (`blink runs ls --sort size`) or point "
                "BLINK_CACHE (caches) or paths.runs (runs) at a larger disk."
            )
    return str(error) if isinstance(error, HydraException) else None


def _line(message: str) -> str:
    first = message.strip().partition("\n")[0]
    return first if len(first) <= 300 else f"{first[:299]}…"
