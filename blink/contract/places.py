"""Where the project's own files lie, from whatever folder it is started."""

import os
from pathlib import Path
from typing import Final

_REPOSITORY: Final = Path(__file__).parents[2]

CONF: Final = _REPOSITORY / "conf"
"""The configs; they are part of the repository, not of the installed package."""

BENCHMARK: Final = _REPOSITORY / "export" / "benchmark.py"
"""What measures latency; part of the repository, not of the installed package."""


def cache() -> Path:
    """Where imports, splits and packed crops are kept, as `conf/train.yaml` has it."""
    return Path(os.environ.get("BLINK_CACHE", "cache"))
