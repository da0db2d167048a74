"""The folder of all runs, as a config names it: `paths.runs`."""

import sys
from collections.abc import Callable
from pathlib import Path

from blink.contract import ConfigError


def below_root_or_exit(runs: object, name: Callable[[Path], Path]) -> str:
    """A folder below that of all runs, while Hydra composes a config.

    Where there can be none, the process ends with a sentence: within Hydra an error would be buried
    under the traceback of its parser.

    Args:
        runs: `paths.runs` as it was written: 2026 is a number.
        name: Names the folder below that of all runs, which is made if it is not there.
    """
    if runs in (None, ""):
        sys.exit("paths.runs names no folder for runs. Name one: paths.runs=FOLDER")
    root = Path(str(runs))
    try:
        folder = name(root)
        root.mkdir(parents=True, exist_ok=True)
    except ConfigError as error:
        sys.exit(str(error))
    except OSError as error:
        made = error.filename
        sys.exit(f"Cannot make {made} for runs ({error.strerror}). Name another: paths.runs=FOLDER")
    return str(folder)
