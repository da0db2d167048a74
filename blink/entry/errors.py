import logging
import shlex
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

from hydra.core.hydra_config import HydraConfig
from hydra.errors import CompactHydraException
from hydra.types import RunMode

from blink.entry.watching import Ending, end_run, watched_folder
from blink.runs import State

log = logging.getLogger(__name__)

P = ParamSpec("P")


def reports_errors(main: Callable[P, None]) -> Callable[P, None]:
    """Ends an entry point with one readable message, and status 1, where the user can mend it.

    Ctrl-C ends it with status 130, SIGTERM with 143, and it says how it goes on. A defect of
    Blink's own keeps its traceback. Whatever happens, the run is noted as finished, failed or
    stopped, and W&B's with it. In a sweep (-m) the jobs after one that failed are run.
    """

    @wraps(main)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            main(*args, **kwargs)
        except BaseException as error:
            folder, ending = watched_folder(), Ending.of(error)
            end_run(error)
            if ending.message is None:
                _keep_traceback(error)
                raise
            if ending.state is State.STOPPED:
                log.warning("%s", _how_it_goes_on(folder))
                sys.exit(ending.code)
            log.error("%s", ending.message)  # noqa: TRY400 - the traceback would bury the message
            if _is_sweep():
                raise CompactHydraException(ending.message) from None
            sys.exit(ending.code)
        end_run(None)

    return wrapped


def _how_it_goes_on(folder: Path | None) -> str:
    if folder is None:
        return "Stopped."
    return f"Stopped. It goes on with: python train.py resume={shlex.quote(str(folder))}"


def _keep_traceback(error: BaseException) -> None:
    """Writes it to the run's log, if there is one; the terminal gets it when it is raised."""
    fault = (type(error), error, error.__traceback__)
    record = log.makeRecord(log.name, logging.ERROR, __file__, 0, "A defect:", (), fault)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handle(record)


def _is_sweep() -> bool:
    return HydraConfig.initialized() and HydraConfig.get().mode == RunMode.MULTIRUN
