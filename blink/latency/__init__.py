"""What a graph takes on a CPU: measured by the one-file benchmark, here or on a target."""

from blink.latency.attaching import attach
from blink.latency.measuring import (
    Benchmark,
    GraphLatency,
    Latency,
    latencies_of,
    measure_graphs,
    measure_latency,
    read_latencies,
)

__all__ = [
    "Benchmark",
    "GraphLatency",
    "Latency",
    "attach",
    "latencies_of",
    "measure_graphs",
    "measure_latency",
    "read_latencies",
]
