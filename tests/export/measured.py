"""What the benchmark would have written, made up; and the script itself, to call or to run."""

import importlib.util
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

SCRIPT = Path(__file__).parents[2] / "export" / "benchmark.py"
SHA = "ab" * 32


@cache
def script() -> ModuleType:
    """The benchmark as a module, of which single functions can be called."""
    spec = importlib.util.spec_from_file_location("benchmark", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs the script as a program of its own."""
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def interval(value: float) -> dict[str, float]:
    return {"value": value, "low": 0.9 * value, "high": 1.1 * value}


def graph(name: str = "net int8", ratio: float = 4.0, **changes: Any) -> dict[str, Any]:
    """The entry of a graph; `name` is that of its bundle and its precision."""
    bundle, _, precision = name.rpartition(" ")
    verified = {"calls": 20_000, "wrong": 0, "largest_difference": 0.0, "tolerance": 0.01}
    return {
        "name": name,
        "kind": "bundle",
        "source": bundle,
        "bundle": bundle,
        "precision": precision,
        "sha256": SHA,
        "size_bytes": 1000,
        "inputs": [{"name": "crops", "type": "tensor(uint8)", "shape": [1, 1, 32, 32]}],
        "calls": 20_000,
        "p50_us": 10.5,
        "p99_us": 20.5,
        "p999_us": interval(30.5),
        "ratio_to_empty_graph": interval(ratio),
        "verified": verified | {"expected": "golden"},
        "golden_difference": 0.0,
        "cold_start": None,
        "peak_memory_bytes": None,
        "throughput": [],
        "energy": None,
        "end_to_end": [],
        **changes,
    }


def measured(*graphs: dict[str, Any], cpu: str = "a CPU", **changes: Any) -> dict[str, Any]:
    """A whole file."""
    nothing = {"bundle": None, "precision": None, "source": None, "golden_difference": None}
    return {
        "version": 2,
        "date": "2026-11-24T13:05:00+00:00",
        "machine": {
            "cpu": cpu,
            "architecture": "x86_64",
            "flags": ["avx2"],
            "cores": 2,
            "governor": None,
            "pinned_core": 1,
            "load_before": [0.1, 0.2, 0.3],
            "load_after": None,
            "system": "Linux 6",
            "python": "3.11.7",
            "numpy": "2.4.6",
            "onnxruntime": "1.32.0",
        },
        "method": {
            "quick": True,
            "spinning": False,
            "processes": 5,
            "seconds": 0.6,
            "warm_up": "until it is steady",
            "steady": 5,
            "tail": "20,000 calls leave 20 beyond p99.9",
        },
        "empty_graph": graph("empty graph", 1.0, kind="empty", **nothing),
        "graphs": list(graphs) or [graph()],
        "between": [],
        "gaps": {},
        **changes,
    }
