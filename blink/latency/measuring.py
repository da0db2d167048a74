"""Latencies of bundles and graphs, measured by the one-file benchmark in processes of its own."""

import logging
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blink.contract import BlinkError, ConfigError
from blink.contract.places import BENCHMARK
from blink.contract.record import Record, is_number
from blink.contract.wording import plural
from blink.latency.entries import GraphEntry, Interval
from blink.latency.file import LatencyFile, read_latency_file
from blink.latency.slot import measuring
from blink.runtime.bundle import BESIDE, Bundle

log = logging.getLogger(__name__)

_LAST_LINES = 5
_GRACE = 5.0  # seconds for the benchmark to stop by itself
_LEAST = 5e-5
"""The largest ratio that the benchmark rounds to 0."""


@dataclass(frozen=True)
class Benchmark:
    """How graphs are measured on the CPU at hand: one thread, one crop a call, side by side.

    Attributes:
        program: `export/benchmark.py`, which is a program of its own and no module of Blink.
        seconds: That each of its processes times, all graphs together.
        processes: Fresh ones, one after the other, at least two; intervals are drawn over them, so
            the fewer, the wider.

    Raises:
        ConfigError: A number is none of these.
    """

    program: Path = BENCHMARK
    seconds: float = 0.6
    processes: int = 5

    def __post_init__(self) -> None:
        if not (is_number(self.seconds) and 0 < self.seconds < math.inf):
            raise ConfigError(
                f"The benchmark's seconds are {self.seconds!r}; name a number above 0."
            )
        if type(self.processes) is not int or self.processes < 2:
            raise ConfigError(
                f"The benchmark's processes are {self.processes!r}; name a whole number from 2, "
                "since intervals are drawn over them."
            )

    @property
    def words(self) -> list[str]:
        """What its command line says of that."""
        return f"--quick --seconds {self.seconds:g} --processes {self.processes}".split()


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


def measure_latency(
    benchmark: Benchmark | None, bundles: Sequence[Path]
) -> dict[tuple[Path, str], Latency]:
    """Runs the benchmark on bundles; its progress goes to stderr.

    The rest of what it can measure is for whoever runs it by hand. In a slot of its own where there
    is one (`blink.latency.slot`).

    Args:
        benchmark: How it is run; None for not at all.
        bundles: Folders, each once.

    Returns:
        (Folder of a bundle, precision) to latency; empty for no bundles, or no benchmark.

    Raises:
        BlinkError: The benchmark failed, or wrote something else than was agreed.
    """
    if benchmark is None or not bundles:
        return {}
    log.info("Measuring the latency of %s", plural(len(bundles), "bundle"))
    found = _run(benchmark, bundles, [])
    return {
        (Path(graph.source or ""), graph.precision or ""): _latency(found, graph)
        for graph in found.graphs
    }


def measure_graphs(
    benchmark: Benchmark, graphs: Mapping[str, bytes], inputs: NDArray[np.uint8]
) -> dict[str, GraphLatency]:
    """Measures bare graphs side by side, on the CPU at hand; its progress goes to stderr.

    In a slot of its own where there is one (`blink.latency.slot`).

    Args:
        benchmark: How it is run.
        graphs: Name → the ONNX file's bytes. All take the same input.
        inputs: uint8 (N, C, H, W); each row is a call of its own.

    Returns:
        Name → latency, in the order given; empty for no graphs.

    Raises:
        BlinkError: A graph cannot run, does not repeat its answers, or the benchmark failed.
    """
    if not graphs:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.onnx" for number in range(len(graphs))]
        for path, model in zip(paths, graphs.values(), strict=True):
            path.write_bytes(model)
        crops = Path(folder) / "inputs.npy"
        np.save(crops, inputs)
        found = _run(benchmark, paths, ["--cold-starts", "1", "--inputs", str(crops)])
    names = dict(zip((graph.name for graph in found.graphs), graphs, strict=True))
    return {names[graph.name]: _graph_latency(found, graph, names) for graph in found.graphs}


def _graph_latency(found: LatencyFile, graph: GraphEntry, names: dict[str, str]) -> GraphLatency:
    ratios = {}
    for pair in found.between:
        if pair.first == graph.name:
            ratios[names[pair.second]] = pair.ratio
        elif pair.second == graph.name:
            ratios[names[pair.first]] = Interval(
                value=1 / max(pair.ratio.value, _LEAST),
                low=1 / max(pair.ratio.high, _LEAST),
                high=1 / max(pair.ratio.low, _LEAST),
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
    Of several files of one CPU the newest counts, whatever it is called.

    Raises:
        BundleError: The bundle holds no such precision.
        ConfigError: One of the files is none of the benchmark's.
    """
    found = read_latencies(bundle.folder)
    digest = bundle.files[bundle.path(precision).name] if found else ""
    newest = {}
    for path, content in sorted(found, key=lambda pair: pair[1].date):
        for graph in content.graphs:
            if graph.sha256 == digest:
                newest[content.machine.cpu] = path, _latency(content, graph)
    yield from newest.values()


def _latency(found: LatencyFile, graph: GraphEntry) -> Latency:
    return Latency(
        p50_us=graph.p50_us,
        p99_us=graph.p99_us,
        ratio_to_empty_graph=graph.ratio_to_empty_graph.value,
        cpu=found.machine.cpu,
    )


def _run(benchmark: Benchmark, measured: Sequence[Path], words: Sequence[str]) -> LatencyFile:
    program = benchmark.program
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "latency.json"
        given = [*benchmark.words, *words, "--out", str(out)]
        paths = ["--", *map(str, measured)]  # a name may begin with -
        command = [sys.executable, str(program), *given, *paths]
        lines = []
        with (
            measuring(),
            subprocess.Popen(  # noqa: S603 - the program is the caller's choice
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            ) as process,
        ):
            assert process.stderr is not None  # noqa: S101 - it is piped
            try:
                for line in process.stderr:  # its progress, passed on as it comes
                    sys.stderr.write(line)
                    lines.append(line)
            except BaseException as stop:  # whoever is stopped stops it too
                if type(stop) is KeyboardInterrupt:  # which a terminal sends to both
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(_GRACE)
                process.terminate()
                raise
        if process.returncode:
            last = "".join(lines[-_LAST_LINES:]).strip()
            raise BlinkError(f"{program} failed with exit code {process.returncode}:\n{last}")
        if not out.is_file():
            raise BlinkError(f"{program} ended well but wrote nothing.")
        try:
            return read_latency_file(out)
        except ConfigError as error:
            raise BlinkError(
                f"{program} wrote something that this version of Blink does not know ({error}). "
                "Take both from the same commit."
            ) from error
