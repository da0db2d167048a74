"""Measures bundles on the CPU at hand. One file; needs numpy and onnxruntime, nothing of Blink.

    python benchmark.py BUNDLE [BUNDLE …] [--out FILE] [--processes 5] [--seconds 1.5]

Copy it to the target together with the bundles. It checks the bundles' hashes, then runs all
graphs of all bundles and the *empty graph* in turn, again and again, one crop a call, one thread,
in several fresh processes, and reports the median over the processes.

The empty graph is the yardstick: one Identity node, float32 1×1×32×32. What it takes is the price
of calling ONNX Runtime from Python at all; microseconds change with the machine and its mood,
ratios to the empty graph far less.

Result, beside each bundle as `latency-<cpu>.json` or all in FILE:

    {"cpu": str, "onnxruntime": str, "threads": 1, "empty_graph_us": float,
     "graphs": [{"bundle": str, "precision": str, "p50_us": float, "p99_us": float,
                 "ratio_to_empty_graph": float}]}
"""

import argparse
import base64
import gc
import hashlib
import json
import multiprocessing
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # it would report to its makers
import onnxruntime as ort

EMPTY_GRAPH = base64.b64decode(
    "CAg6UwoQCgF4EgF5IghJZGVudGl0eRIFZW1wdHlaGwoBeBIWChQIARIQCgIIAQoCCAEKAgggCgIIIGIbCgF5EhYKFAgBEhAKAggBCgIIAQoCCCAKAgggQgQKABAN"
)
WARM_UP = 0.2
"""Share of the time that runs unmeasured first: caches fill, the clock rises."""


class BundleError(Exception):
    """A bundle that cannot be measured; the message says why."""


@dataclass(frozen=True)
class Graph:
    """One ONNX file to measure.

    Attributes:
        bundle: The bundle's folder, as given.
        precision: Its name in the bundle.
        model: The file's bytes, those whose hash was checked.
        inputs: Golden crops, uint8 (N, height, width, 3), each a call of its own.
    """

    bundle: str
    precision: str
    model: bytes
    inputs: Any


def read_bundle(folder: str) -> list[Graph]:
    """The graphs of a bundle whose files are all unchanged.

    Raises:
        BundleError: It is no bundle, or a file of it is missing or changed.
    """
    path = Path(folder) / "bundle.json"
    try:
        content = json.loads(path.read_bytes())
        rest = {key: value for key, value in content.items() if key != "sha256"}
        if _hash(json.dumps(rest, sort_keys=True).encode()) != content["sha256"]:
            raise BundleError(f"{path} was changed after the export. Copy the bundle again.")
        files = {name: (Path(folder) / name).read_bytes() for name in content["files"]}
        for name, data in files.items():
            if _hash(data) != content["files"][name]:
                raise BundleError(
                    f"{Path(folder) / name} was changed after the export. Copy the bundle again."
                )
        spec = content["input_spec"]
        flat = np.frombuffer(base64.b64decode(content["golden"]["crops"]), np.uint8)
        inputs = flat.reshape(-1, 1, spec["height"], spec["width"], 3)
        if len(inputs) == 0:
            raise BundleError(f"{path} holds no golden crops to measure with.")
        return [
            Graph(folder, precision, files[name], inputs)
            for precision, name in sorted(content["precisions"].items())
        ]
    except OSError as error:
        raise BundleError(f"{error.filename}: {error.strerror}. Is {folder} a bundle?") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"{path} is no bundle.json that this script knows ({error!r})."
        ) from error


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _session(model: bytes) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _load(graph: Graph) -> Any:
    try:
        return _session(graph.model)
    except Exception as error:  # ONNX Runtime's errors share no base class but this
        raise BundleError(f"{graph.bundle} ({graph.precision}) cannot run here: {error}") from error


def time_calls(job: tuple[list[Graph], float]) -> list[tuple[float, float]]:
    """Runs the empty graph and all others in turn for some seconds; in a process of its own.

    Args:
        job: The graphs, and the seconds.

    Returns:
        (p50, p99) in microseconds of the empty graph, then of each graph.
    """
    graphs, seconds = job
    empty = _session(EMPTY_GRAPH), [{"x": np.zeros((1, 1, 32, 32), np.float32)}]
    lanes = [empty]
    for graph in graphs:
        session = _load(graph)
        name = session.get_inputs()[0].name
        lanes.append((session, [{name: crop} for crop in graph.inputs]))
    _rounds(lanes, seconds * WARM_UP)
    gc.disable()
    times = _rounds(lanes, seconds * (1 - WARM_UP))
    return [(float(p50), float(p99)) for p50, p99 in np.percentile(times, [50, 99], axis=0).T / 1e3]


def _rounds(lanes: list[tuple[Any, list[dict[str, Any]]]], seconds: float) -> Any:
    """Nanoseconds of each call: (rounds, lanes)."""
    clock = time.perf_counter_ns
    rows: list[list[int]] = []
    end = clock() + int(seconds * 1e9)
    while clock() < end or len(rows) < 20:
        row = []
        for session, feeds in lanes:
            feed = feeds[len(rows) % len(feeds)]
            start = clock()
            session.run(None, feed)
            row.append(clock() - start)
        rows.append(row)
    return np.array(rows)


def measure(graphs: list[Graph], processes: int, seconds: float) -> dict[str, Any]:
    """Measures all graphs in several fresh processes, one after the other.

    Returns:
        The result as the head of this file describes it; each number is the median over processes,
        the ratio that of the ratios within each process.
    """
    runs = []
    for number in range(processes):
        print(f"\rprocess {number + 1} of {processes} …", end="", file=sys.stderr, flush=True)
        # One process in the pool, thrown away after its one job: every run starts cold.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            runs.append(pool.apply(time_calls, ((graphs, seconds),)))
    print(file=sys.stderr)
    times = np.array(runs)  # (processes, 1 + graphs, 2)
    p50, p99 = np.median(times, axis=0).T
    ratios = np.median(times[:, :, 0] / times[:, :1, 0], axis=0)
    return {
        "cpu": cpu_name(),
        "onnxruntime": ort.__version__,
        "threads": 1,
        "empty_graph_us": round(float(p50[0]), 2),
        "graphs": [
            {
                "bundle": graph.bundle,
                "precision": graph.precision,
                "p50_us": round(float(p50[lane]), 2),
                "p99_us": round(float(p99[lane]), 2),
                "ratio_to_empty_graph": round(float(ratios[lane]), 3),
            }
            for lane, graph in enumerate(graphs, start=1)
        ],
    }


def cpu_name() -> str:
    """What the CPU calls itself, or the architecture where it keeps silent."""
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace")
        found = re.search(r"^(?:model name|Hardware|Model)\s*:\s*(.+)$", text, re.MULTILINE)
        if found:
            return " ".join(found[1].split())
    except OSError:
        pass  # no Linux
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if answer.stdout.strip():
            return answer.stdout.strip()
    return platform.processor() or platform.machine() or "unknown CPU"


def table(result: dict[str, Any], graphs: list[Graph]) -> str:
    """The result for people."""
    lines = [
        f"{result['cpu']} · ONNX Runtime {result['onnxruntime']} · 1 thread · "
        f"empty graph {result['empty_graph_us']:.1f} µs",
        "",
    ]
    head = ("bundle", "precision", "kB", "p50 µs", "p99 µs", "× empty graph")
    rows = [
        (
            row["bundle"],
            row["precision"],
            f"{len(graph.model) / 1000:.1f}",
            f"{row['p50_us']:.1f}",
            f"{row['p99_us']:.1f}",
            f"{row['ratio_to_empty_graph']:.2f}",
        )
        for row, graph in zip(result["graphs"], graphs, strict=True)
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def write(result: dict[str, Any], path: Path) -> None:
    """Writes the result whole: a killed process leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def save(result: dict[str, Any], out: Path | None) -> list[Path]:
    """Writes one file with everything, or beside each bundle what concerns it."""
    if out is not None:
        write(result, out)
        return [out]
    slug = re.sub(r"[^a-z0-9]+", "-", result["cpu"].lower()).strip("-")
    paths = []
    for bundle in dict.fromkeys(row["bundle"] for row in result["graphs"]):
        rows = [row for row in result["graphs"] if row["bundle"] == bundle]
        paths.append(Path(bundle) / f"latency-{slug}.json")
        write(result | {"graphs": rows}, paths[-1])
    return paths


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures bundles on the CPU at hand.")
    parser.add_argument("bundles", nargs="+", metavar="BUNDLE", help="folder of a bundle")
    parser.add_argument("--out", type=Path, help="one JSON file instead of one beside each bundle")
    parser.add_argument("--processes", type=int, default=5, help="fresh processes (default 5)")
    parser.add_argument("--seconds", type=float, default=1.5, help="time of each (default 1.5)")
    options = parser.parse_args(arguments)
    if options.processes < 1 or not options.seconds > 0:
        parser.error("--processes must be at least 1 and --seconds above 0")
    return options


def main(arguments: list[str]) -> int:
    """Measures, prints the table, writes the files; returns the exit code."""
    options = parse(arguments)
    try:
        graphs = [graph for folder in options.bundles for graph in read_bundle(folder)]
        result = measure(graphs, options.processes, options.seconds)
        print(table(result, graphs))
        print("written:", *save(result, options.out), sep="\n  ")
    except BundleError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: could not write {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
