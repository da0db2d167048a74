"""Targets and footprints to weigh."""

from pathlib import Path
from typing import Any

from blink.evaluation.advice import Footprint
from blink.target import Target, read_target

TARGETS = Path(__file__).parents[3] / "conf" / "target"

QUICK = Footprint(
    bundle="eye",
    precision="int8",
    size_kb=60.0,
    p50_us=100.0,
    p99_us=200.0,
    cpu="a CPU",
    source="measured now",
    ram_mb=70.0,
    bare_ram_mb=60.0,
)


def target(name: str, latency_ms: float | None = None, **hosting: Any) -> Target:
    """One of the project's, with another latency budget and other assumptions."""
    read = read_target(name, TARGETS)
    fields = read.model_dump() | {"product": read.product}
    fields["hosting"] |= hosting
    if latency_ms is not None:
        fields["environment"]["budget"]["latency_ms"] = latency_ms
    return Target.model_validate(fields)
