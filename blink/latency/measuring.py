"""Latencies of bundles and graphs, measured by the one-file benchmark in processes of its own."""

import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blink.contract import BlinkError, BundleError, ConfigError, whole_file
from blink.contract.record import Record
from blink.contract.wording import plural
from blink.latency.entries import GraphEntry, Interval
from blink.latency.file import LatencyFile, read_latency_file
from blink.latency.slot import measuring
from blink.runtime.bundle import BESIDE, Bundle, load_bundle

log = logging.getLogger(__name__)

_LAST_LINES = 5


@dataclass(frozen=True, slots=True)
class Latency(Record):
    """One crop's time through the graph, on one CPU.

    Attributes:
        p50_us: Median, in microseconds.
        p99_us: 99th percentile, in microseconds.
        ratio_to_empty_graph: Median over that of a graph that does nothing.
        cpu: Where it was measured.
    """

    p50_us: float
    p99_us: float
    ratio_to_empty_graph: float
    cpu: str


@dataclass(frozen=True)
class GraphLatency:
    """One graph of several that were measured together, call by call in turn.

    Attributes:
        p50_us: Median, in microseconds.
        ratio_to_empty_graph: Median over that of a graph that does nothing.
        ratios_to: Name of another graph of the run → this one's median over that one's. Where the
            interval holds 1, the two are as fast as far as anybody can tell.
        peak_memory_bytes: Of a process that has run it; None where the system does not tell.
        cpu: Where it was measured.
    """

    p50_us: float
    ratio_to_empty_graph: Interval
    ratios_to: Mapping[str, Interval]
    peak_memory_bytes: int | None
    cpu: str


def measure_latency(benchmark: Path, bundles: Sequence[Path]) -> dict[tuple[Path, str], Latency]:
    """Runs the benchmark on bundles, on the CPU at hand; its progress goes to stderr.

    One thread, one crop a call, in a few seconds; the rest of what the benchmark can measure is
    for whoever runs it by hand. In a slot of its own where there is one (`blink.latency.slot`).

    Args:
        benchmark: `export/benchmark.py`, which is a program of its own and no module of Blink.
        bundles: Folders, each once.

    Returns:
        (Folder of a bundle, precision) to latency; empty for no bundles.

    Raises:
        BlinkError: The benchmark failed, or wrote something else than was agreed.
    """
    if not bundles:
        return {}
    log.info("Measuring the latency of %s", plural(len(bundles), "bundle"))
    found = _run(benchmark, [*map(str, bundles), "--quick"])
    return {
        (Path(graph.source or ""), graph.precision or ""): _latency(found, graph)
        for graph in found.graphs
    }


def measure_graphs(
    benchmark: Path,
    graphs: Mapping[str, bytes],
    inputs: NDArray[np.uint8],
    *,
    seconds: float = 0.6,
    processes: int = 5,
) -> dict[str, GraphLatency]:
    """Measures bare graphs side by side, on the CPU at hand; its progress goes to stderr.

    In a slot of its own where there is one (`blink.latency.slot`).

    Args:
        benchmark: `export/benchmark.py`.
        graphs: Name → the ONNX file's bytes. All take the same input.
        inputs: uint8 (N, C, H, W); each row is a call of its own.
        seconds: That each process times, all graphs together.
        processes: Fresh ones, one after the other, at least two; intervals are drawn over them, so
            the fewer, the wider.

    Returns:
        Name → latency, in the order given; empty for no graphs.

    Raises:
        BlinkError: A graph cannot run, does not repeat its answers, or the benchmark failed.
    """
    if not graphs:
        return {}
    words = ["--quick", "--seconds", f"{seconds:g}", "--processes", str(processes)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.onnx" for number in range(len(graphs))]
        for path, model in zip(paths, graphs.values(), strict=True):
            path.write_bytes(model)
        crops = Path(folder) / "inputs.npy"
        np.save(crops, inputs)
        given = [*map(str, paths), "--inputs", str(crops), "--cold-starts", "1"]
        found = _run(benchmark, [*given, *words])
    names = dict(zip((graph.name for graph in found.graphs), graphs, strict=True))
    return {names[graph.name]: _graph_latency(found, graph, names) for graph in found.graphs}


def _graph_latency(found: LatencyFile, graph: GraphEntry, names: dict[str, str]) -> GraphLatency:
    ratios = {}
    for pair in found.between:
        if pair.first == graph.name:
            ratios[names[pair.second]] = pair.ratio
        elif pair.second == graph.name:
            ratios[names[pair.first]] = Interval(
                value=1 / pair.ratio.value, low=1 / pair.ratio.high, high=1 / pair.ratio.low
            )
    return GraphLatency(
        p50_us=graph.p50_us,
        ratio_to_empty_graph=graph.ratio_to_empty_graph,
        ratios_to=ratios,
        peak_memory_bytes=graph.peak_memory_bytes,
        cpu=found.machine.cpu,
    )


def read_latencies(folder: Path) -> list[tuple[Path, LatencyFile]]:
    """The files of latencies that lie beside a bundle, by name.

    Raises:
        ConfigError: One of them is no such file.
    """
    return [(path, read_latency_file(path)) for path in sorted(folder.glob(BESIDE))]


def latencies_of(bundle: Bundle, precision: str | None = None) -> Iterator[tuple[Path, Latency]]:
    """What the files beside a bundle say of one of its graphs, and which file says so.

    Only entries of the very graph count, by its SHA-256: a file may hold rivals and foreign graphs.

    Raises:
        BundleError: The bundle holds no such precision.
        ConfigError: One of the files is none of the benchmark's.
    """
    found = read_latencies(bundle.folder)
    digest = bundle.files[bundle.path(precision).name] if found else ""
    for path, content in found:
        for graph in content.graphs:
            if graph.sha256 == digest:
                yield path, _latency(content, graph)


def attach(folder: Path, latency: Path) -> Path:
    """Brings home what was measured on a target: puts it beside the bundle, whole.

    It replaces an older file of the same CPU.

    Args:
        folder: The bundle.
        latency: What `export/benchmark.py` wrote.

    Returns:
        Where it lies now: `latency-<CPU>.json` in the bundle's folder, outside of what is hashed.

    Raises:
        BundleError: The folder is no bundle, or the file measured none of its graphs, or another
            export of it.
        ConfigError: The file is none of the benchmark's, or older than the one that lies there.
        StorageError: The folder could not be written.
    """
    bundle = load_bundle(folder)
    content = read_latency_file(latency)
    _check_belongs(bundle, content, latency)
    path = folder / f"latency-{slug(content.machine.cpu)}.json"
    if path.exists() and (there := read_latency_file(path).date) > content.date:
        raise ConfigError(
            f"{latency} is of {content.date}, and {path} of {there} is newer. Remove that file if "
            "the older one is to count."
        )
    text = latency.read_bytes()
    with whole_file(path) as temporary:
        temporary.write_bytes(text)
    return path


def slug(cpu: str) -> str:
    """A CPU's name as it stands in a file's name; the benchmark does the same."""
    return re.sub(r"[^a-z0-9]+", "-", cpu.lower()).strip("-") or "unknown-cpu"


def _check_belongs(bundle: Bundle, content: LatencyFile, latency: Path) -> None:
    known = {bundle.files[name] for name in bundle.precisions.values()}
    again = "Copy the bundle as it is now to the target, and measure again."
    for graph in content.graphs:
        if graph.bundle == bundle.name and graph.sha256 not in known:
            raise BundleError(
                f"{latency} measured {graph.name} of another export than {bundle.folder}: the "
                f"file's SHA-256 is {graph.sha256[:12]}…, and the bundle holds none such. {again}"
            )
    if not any(graph.sha256 in known for graph in content.graphs):
        measured = ", ".join(graph.name for graph in content.graphs)
        raise BundleError(
            f"{latency} measured no graph of {bundle.folder} ({bundle.name}), but {measured}. "
            f"{again}"
        )


def _latency(found: LatencyFile, graph: GraphEntry) -> Latency:
    return Latency(
        p50_us=graph.p50_us,
        p99_us=graph.p99_us,
        ratio_to_empty_graph=graph.ratio_to_empty_graph.value,
        cpu=found.machine.cpu,
    )


def _run(benchmark: Path, words: Sequence[str]) -> LatencyFile:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "latency.json"
        command = [sys.executable, str(benchmark), *words, "--out", str(out)]
        lines = []
        with (
            measuring(),
            subprocess.Popen(  # noqa: S603 - the program is the caller's choice
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            ) as process,
        ):
            assert process.stderr is not None  # noqa: S101 - it is piped
            for line in process.stderr:  # its progress, passed on as it comes
                sys.stderr.write(line)
                lines.append(line)
        if process.returncode:
            last = "".join(lines[-_LAST_LINES:]).strip()
            raise BlinkError(f"{benchmark} failed with exit code {process.returncode}:\n{last}")
        if not out.is_file():
            raise BlinkError(f"{benchmark} ended well but wrote nothing.")
        try:
            return read_latency_file(out)
        except ConfigError as error:
            raise BlinkError(
                f"{benchmark} wrote something that this version of Blink does not know ({error}). "
                "Take both from the same commit."
            ) from error
