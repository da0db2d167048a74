"""Where the project's own files lie, from whatever folder it is started."""

import os
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]
"""The folder that `blink` lies in: of an installed package no repository, but site-packages."""

CONF: Final = REPOSITORY / "conf"
"""The configs; they are part of the repository, not of the installed package."""

BENCHMARK: Final = REPOSITORY / "export" / "benchmark.py"
"""What measures latency; part of the repository, not of the installed package."""


def cache() -> Path:
    """Where imports, splits and packed crops are kept, as `conf/train.yaml` has it."""
    return Path(os.environ.get("BLINK_CACHE", "cache"))
