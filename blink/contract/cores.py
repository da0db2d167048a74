import os
from typing import Final

from blink.contract.errors import ConfigError

CORES: Final = "BLINK_CORES"
"""Name of the environment variable that leaves a process fewer cores than the system would."""


def cores() -> int:
    """How many cores this process is to use.

    `BLINK_CORES` says so where it is set, as a search does for each trial that runs beside others;
    else the system says how many it may use; not every system does, then it is all of them.

    Raises:
        ConfigError: `BLINK_CORES` is no whole number from 1.
    """
    if (given := os.environ.get(CORES)) is not None:
        if not given.isdecimal() or int(given) < 1:
            raise ConfigError(
                f"{CORES} is {given!r}; it must be a whole number from 1, or not set at all."
            )
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
