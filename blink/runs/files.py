"""Names of what lies in a run folder, and the version of what several rooms read of it."""

from typing import Final

CONFIG: Final = "config.yaml"
"""As it was composed; what makes the run repeatable."""

METRICS: Final = "metrics.json"
"""What was found, see `docs/metrics.schema.json`."""

METRICS_VERSION: Final = 2
"""Counted up where a reader of the older `metrics.json` would stumble."""
