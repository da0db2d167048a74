import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException

from blink.contract import BlinkError
from blink.training.callbacks import how_to_resume

log = logging.getLogger(__name__)

P = ParamSpec("P")


def speaking(main: Callable[P, None]) -> Callable[P, None]:
    """Ends an entry point with one readable message, and status 1, where the user can mend it.

    Ctrl-C ends it with status 130 and says how it goes on.

    A defect of Blink's own keeps its traceback.
    """

    @wraps(main)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            main(*args, **kwargs)
        except KeyboardInterrupt:
            started = HydraConfig.initialized()
            folder = HydraConfig.get().runtime.output_dir if started else None
            log.warning("%s", how_to_resume(folder) if folder else "Stopped.")
            sys.exit(130)
        except (BlinkError, HydraException) as error:
            log.error("%s", _message(error))  # noqa: TRY400 - the traceback would bury the message
            sys.exit(1)

    return spoken


def _message(error: BaseException) -> str:
    """Hydra wraps what a constructor raises; the person needs what was raised."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BlinkError):
            return str(cause)
        cause = cause.__cause__
    return str(error)
