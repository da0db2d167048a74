"""Measures bundles on the CPU at hand. One file; needs Python 3.10, numpy and onnxruntime.

    python benchmark.py BUNDLE_OR_ONNX … [--against FOREIGN.onnx] [--quick] [--check] [--out FILE]

Copy it to the target together with the bundles. It checks the bundles' hashes and golden answers,
then runs every graph in turn with the *empty graph*, call by call, and the graphs in turn, burst
by burst: one crop a call, one thread, in several fresh processes on one core. Every answer of a
timed call is compared with the expected one, outside of what is timed. Without --quick it goes on
to several threads and batches, to cold starts, memory and energy; where Blink itself is installed,
it also times the way from a raw crop to its answer.

The empty graph is the yardstick: one Identity node, float32 1×1×32×32. What it takes is the price
of calling ONNX Runtime from Python at all; microseconds change with the machine and its mood,
ratios to the empty graph far less.

The result is written beside each bundle as `latency-<cpu>.json`, or all of it in the FILE of --out,
and then printed. Beside a bundle it replaces no record that has more, and with --check none at all.
docs/latency.md says how to measure and what the fields mean, and
docs/latency.schema.json has them for machines. `blink bundle attach` brings a file home.

Exit codes: 0; 1 where something could not be measured, or --check could not tell; 2 where --check
found a graph that has become slower, and where the command line is wrong; 130 after Ctrl-C, SIGTERM
or SIGHUP, with nothing written.
"""

import argparse
import base64
import contextlib
import datetime
import gc
import hashlib
import importlib
import io
import json
import math
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # it would report to its makers
import onnxruntime as ort

VERSION = 2
EMPTY_GRAPH = base64.b64decode(
    "CAg6UwoQCgF4EgF5IghJZGVudGl0eRIFZW1wdHlaGwoBeBIWChQIARIQCgIIAQoCCAEKAgggCgIIIGIbCgF5EhYKFAgBEhAKAggBCgIIAQoCCCAKAgggQgQKABAN"
)
LEAST_CALLS = 10_000
"""Below so many calls fewer than ten lie beyond p99.9, and nobody can say where it is."""

BLOCKS = 20
"""Of rounds, in each process. Neighbouring calls share the machine's mood, so a process counts by
the median of its blocks, and the bootstrap of p99.9 draws processes and blocks, no single calls."""

T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201)
"""Two-sided 95 % of Student's t for 2 to 12 processes; for more the last, which is a bit wide."""

UNCHECKED = 24
"""Answers are compared after so many rounds, and the round thereafter is not counted: comparing
after each call made the calls up to 15 % slower, since it takes the caches from them."""

WINDOW, ALIKE, NEAR = 0.05, 3, 0.02
WARM_UP = (
    f"windows of {1000 * WINDOW:.0f} ms until the median round of {ALIKE} in a row lies within "
    f"{NEAR:.0%} of the one before, at most {{longest:g}} s"
)
THREADS, BATCHES = (1, 2, 4), (1, 8, 64)
REPETITIONS = 3
"""Of each pair of threads and batch, minutes apart rather than one after the other."""

CELL_SECONDS, ENERGY_SECONDS = 0.15, 0.5
TOLERANCES = {"int8": 0.01}
"""Largest |Δp| to golden answers; 1e-4 for all other precisions, as `Detector.verify` has it."""

OWN_TOLERANCE = 1e-5
"""Largest difference of a graph to its own earlier answer, in units of the largest value."""

MARGIN, UNLIKE = 0.05, 3
"""Noise of a ratio between runs, and how many times that the empty graph itself may be off: on a
busy machine a ratio moves by about a third of what the empty graph does, see docs/latency.md."""

CROPS = ((64, 64), (64, 64, 3))
"""Shapes of the raw crops of which the way to the answer is timed: grey and RGB."""

FLAGS = re.compile(
    r"avx2|fma|f16c|avx512(f|bw|vl|_vnni|_bf16|_fp16)|avx_vnni(_int8)?|amx_(int8|bf16)"
    r"|asimd(hp|dp)?|i8mm|bf16|sve2?"
)
TYPES = {"float": "float32", "double": "float64"}
"""Those that numpy names otherwise than ONNX Runtime."""

UTC = datetime.timezone.utc  # noqa: UP017 - the shorter name came with Python 3.11
AGAIN = "Copy the bundle again, whole, or export it again."
HARMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What is raised where the content of a JSON file is not as agreed."""

POWERCAP = Path("/sys/class/powercap")
Feed = dict[str, Any]


class BundleError(Exception):
    """Something that cannot be measured; the message says why."""


# ---------------------------------------------------------------------------- what is measured


@dataclass
class Graph:
    """One ONNX file to measure.

    Attributes:
        kind: `bundle`, `model` (a bare file), `foreign`, or `empty`.
        source: Folder or file, as given; None for the empty graph.
        path: The ONNX file.
        sha256: Of it.
        size: Of it, bytes.
        bundle: The bundle's name; None without one.
        precision: Its name in the bundle; None without one.
        feeds: What is fed, a call each.
        expected: The answers to these, all outputs.
        tolerance: Largest difference to an answer.
        has_batches: Whether the first dimension of its only input is free.
        tensors: Name, type and shape of what is fed.
        golden_difference: Largest difference to golden answers before anything is timed.
        name: What tells it apart.
    """

    kind: str
    source: str | None
    path: str | None
    sha256: str
    size: int
    bundle: str | None = None
    precision: str | None = None
    feeds: list[Feed] = field(default_factory=list)
    expected: list[list[Any]] = field(default_factory=list)
    tolerance: float = 0.0
    has_batches: bool = False
    tensors: list[dict[str, Any]] = field(default_factory=list)
    golden_difference: float | None = None
    name: str = "empty graph"

    def load(self, threads: int = 1, *, spins: bool = False) -> Any:
        """A session.

        Raises:
            BundleError: The file has changed, or ONNX Runtime cannot load it.
        """
        if self.path is None:
            return session(EMPTY_GRAPH)
        model = Path(self.path).read_bytes()
        if digest(model) != self.sha256:
            raise BundleError(f"{self.path} changes while it is measured.")
        try:  # a bundle's graph is whole in itself; of others, weights may lie in a file beside it
            return session(model if self.kind == "bundle" else self.path, threads, spins=spins)
        except Exception as error:  # ONNX Runtime's errors share no base class but this
            raise BundleError(f"{self.path} cannot run here: {error}") from error


def session(model: bytes | str, threads: int = 1, *, spins: bool = False) -> Any:
    """A session on bytes or a path, as Blink's runtime makes one."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    if not spins:
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def digest(data: bytes) -> str:
    """SHA-256, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def check_ordinary(path: Path) -> None:
    """Refuses what is there but is no file: for a pipe's end one might wait for ever.

    Raises:
        BundleError: It is a folder, a pipe or a device.
    """
    if path.exists() and not path.is_file():
        raise BundleError(f"{path} is no ordinary file. Name one, or copy its content into one.")


def read(path: Path) -> bytes:
    """An ordinary file's bytes.

    Raises:
        BundleError: It is no file.
        OSError: It is missing, or cannot be read.
    """
    check_ordinary(path)
    return path.read_bytes()


def empty_graph() -> Graph:
    """The yardstick."""
    x = np.zeros((1, 1, 32, 32), np.float32)
    tensors = [{"name": "x", "type": "tensor(float)", "shape": list(x.shape)}]
    graph = Graph("empty", None, None, digest(EMPTY_GRAPH), len(EMPTY_GRAPH), tensors=tensors)
    graph.feeds, graph.expected, graph.tolerance = [{"x": x}], [[x]], OWN_TOLERANCE
    return graph


def read_bundle(folder: str) -> list[Graph]:
    """The graphs of a bundle whose files are all unchanged, and which gives its golden answers.

    Raises:
        BundleError: It is no bundle, a file of it is missing or changed, or it answers otherwise.
    """
    path = Path(folder) / "bundle.json"
    try:
        content = json.loads(read(path))
        rest = {key: value for key, value in content.items() if key != "sha256"}
        if digest(json.dumps(rest, sort_keys=True).encode()) != content["sha256"]:
            raise BundleError(f"{path} was changed after the export. {AGAIN}")
        for name, expected in content["files"].items():
            file = Path(folder) / Path(name).name  # nothing outside of the folder
            if digest(read(file)) != expected:
                raise BundleError(f"{file} was changed after the export. {AGAIN}")
        if not isinstance(content["name"], str) or not content["precisions"]:
            raise BundleError(f"{path} names no bundle, or no graph. {AGAIN}")
        crops = np.frombuffer(base64.b64decode(content["golden"]["crops"]), np.uint8)
        graphs = []
        for precision, name in sorted(content["precisions"].items()):
            golden = content["golden"]
            outputs = [name for name in ("p_closed", "openness") if name in golden]
            answers = np.stack([np.array(golden[name][precision], np.float64) for name in outputs])
            graph = _file("bundle", folder, Path(folder) / Path(name).name)
            graph.bundle, graph.precision = content["name"], precision
            _check_golden(graph, crops, answers)
            graphs.append(graph)
    except OSError as error:
        raise BundleError(f"{error.filename}: {error.strerror}. Is {folder} a bundle?") from error
    except HARMED as error:
        raise BundleError(
            f"{path} is no bundle.json that this script knows ({error!r}). {AGAIN}"
        ) from error
    return graphs


def _file(kind: str, source: str, path: Path) -> Graph:
    data = read(path)
    return Graph(kind, source, str(path), digest(data), len(data))


def _check_golden(graph: Graph, flat: Any, answers: Any) -> None:
    """Takes the bundle's golden crops and answers to be measured with, if it gives them here.

    The layout of a crop is the session's own business: channels last in schema 1, first in 2.
    """
    loaded = graph.load()
    entry = loaded.get_inputs()[0]
    crops = flat.reshape(-1, 1, *entry.shape[1:])
    if len(crops) == 0 or len(crops) != answers.shape[1]:
        raise BundleError(f"{graph.source} holds no golden crops to measure with.")
    feeds = [{entry.name: crop} for crop in crops]
    expected = [[np.array([one], np.float32) for one in answer] for answer in answers.T]
    tolerance = TOLERANCES.get(graph.precision or "", 1e-4)
    off = max(map(difference, _answers(loaded, feeds, graph), expected))
    if not off <= tolerance:
        raise BundleError(
            f"{graph.source} ({graph.precision}) does not give its golden answers on this CPU: "
            f"they are off by up to {off:.4f}, {tolerance} is allowed. Use another precision "
            "here, or another version of ONNX Runtime."
        )
    graph.golden_difference = off
    _ready(graph, loaded, feeds, expected, tolerance)


def read_model(path: str, kind: str, inputs: Any = None) -> Graph:
    """A bare or foreign ONNX file; what it is to answer is what it answers now.

    Args:
        path: The file.
        kind: `model` or `foreign`.
        inputs: Rows to feed, a call each; None for random ones, with dynamic dimensions set to 1.

    Raises:
        BundleError: It cannot be read or run, or does not repeat its answers.
    """
    if path.endswith(".blink"):
        raise BundleError(
            f"{path} is a packed bundle. Unpack it first: blink bundle unpack, or "
            "blink.runtime.packed.unpack_bundle."
        )
    try:
        graph = _file(kind, path, Path(path))
    except OSError as error:
        raise BundleError(f"{error.filename}: {error.strerror}.") from error
    loaded = graph.load()
    entries = loaded.get_inputs()
    if inputs is None:
        feeds = _random_feeds(entries, path)
    elif len(entries) == 1:
        feeds = [{entries[0].name: row[None]} for row in inputs]
    else:
        raise BundleError(f"{path} takes {len(entries)} inputs; --inputs is for graphs of one.")
    expected, again = (_answers(loaded, feeds, graph) for _ in range(2))
    outputs = [output for answer in expected for output in answer]
    if not all(isinstance(one, np.ndarray) and one.dtype.kind in "fiub" for one in outputs):
        raise BundleError(f"{path} answers with what is no array of numbers: nothing to verify.")
    sizes = [np.abs(one[np.isfinite(one)].astype(np.float64)) for one in outputs]
    largest = max((float(size.max(initial=1.0)) for size in sizes), default=1.0)
    tolerance = OWN_TOLERANCE * largest
    if not max(map(difference, again, expected)) <= tolerance:
        raise BundleError(
            f"{path} answers the same input otherwise the second time, so its answers cannot be "
            "verified while it is timed. Take what is random out of it."
        )
    _ready(graph, loaded, feeds, expected, tolerance)
    return graph


def _random_feeds(entries: Sequence[Any], path: str) -> list[Feed]:
    rng = np.random.default_rng(0)
    feeds: list[Feed] = [{} for _ in range(16)]
    for entry in entries:
        kind = re.fullmatch(r"tensor\((\w+)\)", entry.type)
        try:
            dtype = np.dtype(TYPES.get(kind[1], kind[1]) if kind else "")
        except TypeError:
            dtype = np.dtype("O")
        if dtype.kind not in "fiub":
            raise BundleError(f"{path} takes {entry.name} of type {entry.type}: not known here.")
        shape = [size if isinstance(size, int) and size > 0 else 1 for size in entry.shape]
        # 8 bits are pixels; larger whole numbers are mostly places in a table, so they stay small.
        high = {"f": 1, "b": 2}.get(dtype.kind, 128 if dtype.itemsize == 1 else 2)
        for feed in feeds:
            drawn = rng.random(shape) if dtype.kind == "f" else rng.integers(0, high, shape)
            feed[entry.name] = np.asarray(drawn).astype(dtype)
    return feeds


def _answers(loaded: Any, feeds: list[Feed], graph: Graph) -> list[list[Any]]:
    try:
        return [loaded.run(None, feed) for feed in feeds]
    except Exception as error:  # ONNX Runtime's errors share no base class but this
        fed = ", ".join(f"{name} {value.dtype}{value.shape}" for name, value in feeds[0].items())
        raise BundleError(f"{graph.path} does not run on {fed}: {error}") from error


def _ready(graph: Graph, loaded: Any, feeds: list[Feed], expected: Any, tolerance: float) -> None:
    entries = loaded.get_inputs()
    shapes = [list(feeds[0][entry.name].shape) for entry in entries]
    graph.feeds, graph.expected, graph.tolerance = feeds, expected, tolerance
    graph.tensors = [
        {"name": entry.name, "type": entry.type, "shape": shape}
        for entry, shape in zip(entries, shapes, strict=True)
    ]
    sizes = entries[0].shape if len(entries) == 1 else []
    graph.has_batches = len(sizes) > 0 and not isinstance(sizes[0], int)


def difference(found: Sequence[Any], expected: Sequence[Any]) -> float:
    """Largest difference between two answers: 0 for equal ones, infinite for other shapes."""
    if len(found) != len(expected):
        return math.inf
    return max(map(_apart, found, expected), default=0.0)


def _apart(found: Any, expected: Any) -> float:
    if np.shape(found) != expected.shape:
        return math.inf
    found, expected = np.asarray(found, np.float64), expected.astype(np.float64)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))  # infinite ones, too
    off = np.abs(found[~same] - expected[~same]).max(initial=0.0)
    return math.inf if math.isnan(off) else float(off)


def name_apart(graphs: list[Graph]) -> list[Graph]:
    """Gives each graph a name of its own, with the path only where that is needed."""
    names = [
        f"{graph.bundle} {graph.precision}" if graph.bundle else Path(graph.source or "").stem
        for graph in graphs
    ]
    longer = [
        f"{name} ({graph.source})" if names.count(name) > 1 else name
        for name, graph in zip(names, graphs, strict=True)
    ]
    if len(set(longer)) < len(longer):
        raise BundleError("The same graph is named twice. Name each once.")
    for graph, name in zip(graphs, longer, strict=True):
        graph.name = name
    return graphs


# ------------------------------------------------------------------------ where it is measured


def machine() -> dict[str, Any]:
    """CPU, system and versions."""
    return {
        "cpu": cpu_name(),
        "architecture": platform.machine() or "unknown",
        "flags": cpu_flags(),
        "cores": len(allowed_cores()),
        "governor": None,
        "pinned_core": None,
        "load_before": load_averages(),
        "load_after": None,
        "system": f"{platform.system()} {platform.release()}".strip(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": ort.__version__,
    }


def cpu_name() -> str:
    """What the CPU calls itself, or the architecture where it keeps silent."""
    fields = ("Model", "Hardware", "model name")
    found = re.findall(rf"^({'|'.join(fields)})\s*:\s*(.+)$", _cpu_info(), re.MULTILINE)
    if platform.machine().startswith("armv"):
        # 32 bits: the model name is the architecture's, and the hardware may be any that is
        # described by a device tree. Many boards share either.
        found = [line for line in found if not line[1].startswith("Generic DT")]
        found.sort(key=lambda line: fields.index(line[0]))
    if found:
        return " ".join(found[0][1].split())
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if answer.stdout.strip():
            return answer.stdout.strip()
    # ARM's servers give numbers alone: who made the core, and which one it is.
    parts = re.findall(r"^CPU (?:implementer|part)\s*:\s*(\S+)", _cpu_info(), re.MULTILINE)
    if parts:
        return " ".join([platform.machine(), *dict.fromkeys(parts)])
    return platform.processor() or platform.machine() or "unknown CPU"


def cpu_flags() -> list[str] | None:
    """Those instructions that matter to small nets; None where the system does not list any."""
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", _cpu_info(), re.MULTILINE)
    return sorted(filter(FLAGS.fullmatch, set(found[1].split()))) if found else None


def _cpu_info() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return ""  # no Linux


def allowed_cores() -> list[int]:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def governor(core: int | None) -> str | None:
    """How the clock of a core is steered; None where the system keeps silent."""
    path = Path(f"/sys/devices/system/cpu/cpu{core or 0}/cpufreq/scaling_governor")
    try:
        return path.read_text().strip() or None
    except OSError:
        return None


def load_averages() -> list[float] | None:
    """Load averages over 1, 5 and 15 minutes; None where the system has none."""
    try:
        return [round(value, 2) for value in os.getloadavg()]
    except (AttributeError, OSError):
        return None


def pin(cores: Sequence[int]) -> str | None:
    """Keeps this process on some cores, if any are named; says why where that cannot be."""
    if not cores:
        return None
    if not hasattr(os, "sched_setaffinity"):
        return f"{platform.system()} does not let a process choose its core"
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        return f"core {', '.join(map(str, cores))}: {error.strerror}"
    return None


def counters() -> tuple[dict[str, str], str]:
    """Readable energy counters of the CPU's packages, by name, and why there are none."""
    found = {}
    reason = f"this machine shows no energy counter in {POWERCAP}"
    for path in sorted(POWERCAP.glob("*/energy_uj")):
        try:
            name = (path.parent / "name").read_text().strip()
            if not name.startswith("package"):
                continue  # a part of a package, or the whole board
            int(path.read_text())
            found[name] = str(path.parent)
        except (OSError, ValueError) as error:
            reason = f"{path} cannot be read ({error}); as root it may"
    return found, reason


# ------------------------------------------------------------- what the fresh processes measure


@dataclass
class Lane:
    """One of those that are called in turn.

    Attributes:
        function: What is called.
        arguments: Of each call.
        expected: Answers to these, all outputs.
        tolerance: Largest difference to an answer.
        wrong: How many answers were beyond it.
        largest: Largest difference so far.
        times: Nanoseconds of each call.
    """

    function: Callable[..., Any]
    arguments: Sequence[tuple[Any, ...]]
    expected: list[list[Any]]
    tolerance: float
    wrong: int = 0
    largest: float = 0.0
    times: "array[int]" = field(default_factory=lambda: array("q"))

    @classmethod
    def of(cls, graph: Graph) -> "Lane":
        """The bare session, one thread."""
        arguments = [(None, feed) for feed in graph.feeds]
        return cls(graph.load().run, arguments, graph.expected, graph.tolerance)

    def check(self, answer: Any, place: int) -> None:
        """Compares an answer, outside of the timed span."""
        expected = self.expected[place]
        outputs = answer if isinstance(answer, list) else [answer]
        if len(outputs) == 1 and np.array_equal(outputs[0], expected[0]):
            off = 0.0
        else:
            off = difference(outputs, expected)
        self.wrong += not off <= self.tolerance
        self.largest = max(self.largest, off)

    def forget(self) -> None:
        """Leaves no call, and no wrong answer."""
        del self.times[:]
        self.wrong, self.largest = 0, 0.0


def in_turn(lanes: Sequence[Lane], seconds: float, rounds: int = 1) -> int:
    """Calls lanes in turn, A B A B, for so long and so many rounds, the first not counted.

    Stops at five times the seconds, if there are any, whatever the rounds.

    Returns:
        How many rounds were timed.
    """
    clock = time.perf_counter_ns
    begin, done = clock(), 0
    end, latest = begin + seconds * 1e9, begin + 5e9 * (seconds or math.inf)
    kept: list[tuple[Lane, Any, int]] = []
    is_cold = True
    while (now := clock()) < end or (done < rounds and now < latest) or done < 1:
        for lane in lanes:
            place = done % len(lane.arguments)
            function, arguments = lane.function, lane.arguments[place]
            start = clock()
            answer = function(*arguments)
            took = clock() - start
            if not is_cold:
                lane.times.append(took)
                kept.append((lane, answer, place))
        done += not is_cold
        is_cold = len(kept) >= UNCHECKED * len(lanes)
        if is_cold:
            check_all(kept)
    check_all(kept)
    return done


def check_all(kept: list[tuple[Lane, Any, int]]) -> None:
    """Compares answers, and lets go of them."""
    for lane, answer, place in kept:
        lane.check(answer, place)
    kept.clear()


def warm_up(lanes: Sequence[Lane], longest: float) -> bool:
    """Runs unmeasured until the pace is steady: caches are full, the clock has risen.

    Returns:
        Whether it became steady before the longest time, in seconds, was over.
    """
    begin, medians, is_steady = time.perf_counter(), [], False
    while not is_steady:
        done = in_turn(lanes, min(WINDOW, longest))
        medians.append(float(np.median(np.sum([lane.times[-done:] for lane in lanes], axis=0))))
        last = medians[-ALIKE - 1 :]
        is_steady = len(last) > ALIKE and all(abs(b / a - 1) <= NEAR for a, b in pairwise(last))
        if time.perf_counter() - begin >= longest:
            break
    for lane in lanes:
        lane.forget()
    return is_steady


def time_calls(job: dict[str, Any]) -> dict[str, Any]:
    """Times graphs, and the ways from raw crops to answers, each in turn with the empty graph.

    A burst is one of them and the empty graph, call by call; a block is a burst of each. So the
    yardstick always has the same company as what it measures, whoever else is in the run.
    """
    pinning = pin(job["cores"])
    empty, lanes = Lane.of(empty_graph()), [Lane.of(graph) for graph in job["graphs"]]
    ways, why_none = _ways(job["graphs"]) if job["ways"] else ([], None)
    lanes += [lane for _, _, lane in ways]
    steady = warm_up([empty, *lanes], job["longest"])
    gc.disable()
    rng, seconds = np.random.default_rng(job["seed"]), job["seconds"] / BLOCKS / len(lanes)
    sizes, yard = np.zeros((2, len(lanes), BLOCKS))
    for block in range(BLOCKS):
        for number in rng.permutation(len(lanes)):
            done = in_turn([empty, lanes[number]], seconds, job["calls"] // BLOCKS)
            sizes[number, block], yard[number, block] = done, np.median(empty.times[-done:])
    return {
        "pinning": pinning,
        "steady": steady,
        "ways": [[number, crop] for number, crop, _ in ways],
        "why_no_ways": why_none,
        "sizes": sizes.astype(np.int64),
        "yard": yard / 1e3,
        "lanes": [
            {"times": np.array(lane.times, np.int64), "wrong": lane.wrong, "largest": lane.largest}
            for lane in [empty, *lanes]
        ],
    }


def _ways(graphs: list[Graph]) -> tuple[list[tuple[int, list[int], Lane]], str | None]:
    """Number of a bundle's graph, shape of a raw crop, and the way from it; or why there are none.

    The answers to expect are Blink's own, before anything is timed.
    """
    ways = []
    try:
        detector = importlib.import_module("blink.runtime").Detector
        for number, graph in enumerate(graphs):
            if graph.kind != "bundle":
                continue
            predict = detector.load(graph.source, graph.precision).predict
            for shape in CROPS:
                calls = [([_enlarge(next(iter(f.values())), shape)],) for f in graph.feeds]
                answers = [[predict(*call)] for call in calls]
                lane = Lane(predict, calls, answers, graph.tolerance)
                ways.append((number, list(shape), lane))
    except ImportError as error:
        return [], f"Blink is not installed here ({error})"
    except Exception as error:  # of another version, whose errors this file does not know
        return [], f"Blink, as installed here, cannot run it: {error}"
    return ways, None


def _enlarge(crop: Any, shape: tuple[int, ...]) -> Any:
    """A raw crop that looks like a golden one: (1, C, H, W) or (1, H, W, 3) → shape."""
    plane = crop[0, 0] if crop.shape[1] in (1, 3) else crop[0, ..., 0]
    rows, columns = (np.arange(64) * side // 64 for side in plane.shape)
    picture = plane[rows][:, columns]
    return picture if len(shape) == 2 else np.repeat(picture[..., None], 3, axis=2)


def run_batches(job: dict[str, Any]) -> dict[str, Any]:
    """Crops a second of each graph and batch on so many threads."""
    pinning, found = pin(job["cores"]), []
    for batch in BATCHES:
        for number, graph in enumerate(job["graphs"]):
            if batch == 1 or graph.has_batches:
                lane = _batched(graph, batch, job)
                in_turn([lane], job["seconds"] / 3)
                lane.forget()
                calls = in_turn([lane], job["seconds"], 3)
                speed = batch * calls * 1e9 / sum(lane.times)
                found.append((number, batch, speed, calls, lane.wrong, lane.largest))
    return {"pinning": pinning, "found": found}


def _batched(graph: Graph, batch: int, job: dict[str, Any]) -> Lane:
    run = graph.load(job["threads"], spins=job["spins"]).run
    places = [place % len(graph.feeds) for place in range(batch)]
    feed = graph.feeds[0]
    if batch > 1:
        feed = {n: np.concatenate([graph.feeds[place][n] for place in places]) for n in feed}
    expected = run(None, feed)
    if graph.kind == "bundle":
        answers = zip(*(graph.expected[place] for place in places), strict=True)
        expected = [np.concatenate(each) for each in answers]  # of every output
    return Lane(run, [(None, feed)], [expected], graph.tolerance)


def count_energy(job: dict[str, Any]) -> dict[str, Any]:
    """Microjoules and calls of each graph, one crop a call, one thread."""
    pinning = pin(job["cores"])
    lanes = [Lane.of(graph) for graph in job["graphs"]]
    sums = np.zeros((len(lanes), 2), np.int64)
    for _ in range(REPETITIONS):
        for number, lane in enumerate(lanes):
            before = _read_counters(job["counters"])
            calls = _burn(lane, ENERGY_SECONDS)
            after = _read_counters(job["counters"])
            # A counter that has come to its end begins again at 0.
            used = sum((b - a) % (end + 1) for (a, end), (b, _) in zip(before, after, strict=True))
            sums[number] += used, calls
    return {"pinning": pinning, "sums": sums}


def _burn(lane: Lane, seconds: float) -> int:
    """Calls for so long; nothing is compared in between, which would be paid for, too."""
    end, calls = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        lane.function(*lane.arguments[calls % len(lane.arguments)])
        calls += 1
    return calls


def _read_counters(folders: list[str]) -> list[tuple[int, int]]:
    names = ("energy_uj", "max_energy_range_uj")
    texts = [[(Path(folder) / name).read_text() for name in names] for folder in folders]
    return [(int(now), int(end)) for now, end in texts]


COLD_START = """
import sys, time
begin = time.perf_counter()
import numpy as np
import os
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime as ort
imported = time.perf_counter()
options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
loaded = time.perf_counter()
with np.load(sys.argv[2]) as file:
    feed = dict(file)
ready = time.perf_counter()
session.run(None, feed)
answered = time.perf_counter()
now = time.monotonic()
for _ in range(20):
    session.run(None, feed)
try:
    # Linux's getrusage tells that of the parent, where it was larger before the child began.
    with open("/proc/self/status") as status:
        peak = int(next(line for line in status if line.startswith("VmHWM")).split()[1]) * 1024
except OSError:
    try:
        import resource
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
    except ImportError:
        peak = 0
print(now, imported - begin, loaded - imported, answered - ready, peak)
"""
"""A process of its own, as small as a product's can be: import, session, first answer, memory."""


# --------------------------------------------------------------- starting the fresh processes

WORK = {work.__name__: work for work in (time_calls, run_batches, count_energy)}


def _pack(value: Any) -> Any:
    """What JSON does not know, as it travels between processes; no pickle."""
    if isinstance(value, (np.ndarray, np.generic)):
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"array": [value.dtype.str, list(value.shape), data]}
    if isinstance(value, Graph):
        return {"graph": vars(value)}
    raise TypeError(f"{type(value).__name__} does not travel between processes")


def _unpack(value: dict[str, Any]) -> Any:
    if set(value) == {"array"}:
        dtype, shape, data = value["array"]
        return np.frombuffer(base64.b64decode(data), np.dtype(dtype)).reshape(shape)
    if set(value) == {"graph"}:
        return Graph(**value["graph"])
    return value


def work_as_told() -> int:
    """What a fresh process does: one job from standard input, its result to standard output."""
    name, job = json.loads(sys.stdin.read(), object_hook=_unpack)
    try:
        result = WORK[name](job)
    except BundleError as error:
        result = {"error": str(error)}
    print(json.dumps(result, default=_pack))
    return 0


def fresh(work: Callable[..., Any], job: dict[str, Any]) -> dict[str, Any]:
    """Does a job in a process that is thrown away afterwards: every run starts cold.

    Raises:
        BundleError: It could not be done, or the process died.
    """
    command = [sys.executable, str(Path(__file__).resolve()), "--work"]
    text = json.dumps([work.__name__, job], default=_pack)
    answer = _start(command, text)
    try:
        found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1], object_hook=_unpack)
    except (IndexError, ValueError) as error:
        last = " ".join(answer.stderr.strip().splitlines()[-1:])
        raise BundleError(
            f"A process that measured died with exit code {answer.returncode}. {last}".strip()
        ) from error
    if "error" in found:
        raise BundleError(found["error"])
    return found


def _start(command: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    # In a session of its own Ctrl-C reaches this process alone, which then ends the other.
    return subprocess.run(  # noqa: S603 - this very file, or the program above
        command, input=text, capture_output=True, text=True, check=False, start_new_session=True
    )


def say(words: str) -> None:
    """Progress, on one line of standard error."""
    is_terminal = sys.stderr.isatty()
    begin, end = "\r\033[K" if is_terminal else "", "" if is_terminal and words else "\n"
    with contextlib.suppress(OSError):  # a closed pipe: nobody reads it, and no run ends for that
        print(begin + words, end=end, file=sys.stderr, flush=True)


# --------------------------------------------------------------------------------- statistics


def interval(medians: Any) -> dict[str, float]:
    """Geometric mean over processes of the medians of their blocks, and its 95 % interval.

    Student's t over the logarithms: whole processes are what is drawn at random. Where they scatter
    log-normally it holds the truth in 95 % of cases for 2 to 20 processes; where they are as skewed
    as an exponential distribution in 88 to 93 %. A bootstrap would in 62, 80, 88 and 93 % for 2, 3,
    5 and 12 processes. No interval knows of what all processes have in common.

    Args:
        medians: (processes, BLOCKS), at least two processes.
    """
    logs = np.log(np.median(medians, axis=1))
    reach = T95[min(len(logs), 12) - 2] * logs.std(ddof=1) / len(logs) ** 0.5
    return _rounded(*np.exp([logs.mean(), logs.mean() - reach, logs.mean() + reach]))


def _rounded(value: float, low: float, high: float) -> dict[str, float]:
    # A drawn interval may miss the value where nearly all that is drawn is alike.
    return {
        "value": round(float(value), 4),
        "low": round(float(min(low, value)), 4),
        "high": round(float(max(high, value)), 4),
    }


def tail(blocks: list[list[Any]]) -> dict[str, float] | None:
    """p99.9 in microseconds with a bootstrap interval; None where too few calls were timed.

    Processes are drawn with replacement, and in each of them blocks. In a simulation of 11,000
    log-normal calls with stalls in a third of the blocks it held the truth in 96 to 99 % of cases.

    Args:
        blocks: Nanoseconds of calls, by process and block.
    """
    pooled = np.concatenate([block for each in blocks for block in each])
    if len(pooled) < LEAST_CALLS:
        return None
    rng, found = np.random.default_rng(0), []
    for _ in range(200):
        drawn = [
            blocks[process][block]
            for process in rng.integers(0, len(blocks), len(blocks))
            for block in rng.integers(0, BLOCKS, BLOCKS)
        ]
        found.append(np.percentile(np.concatenate(drawn), 99.9))
    low, high = np.percentile(found, [2.5, 97.5])
    return _rounded(np.percentile(pooled, 99.9) / 1e3, low / 1e3, high / 1e3)


# ------------------------------------------------------------------------------- measuring all


@dataclass
class Measuring:
    """What is measured, and what has been found so far.

    Attributes:
        options: The command line.
        graphs: All that were named.
        entries: Of the empty graph, then of each of these.
        medians: Microseconds of each of these, by process and block.
        gaps: What could not be measured, and why.
    """

    options: argparse.Namespace
    graphs: list[Graph]
    entries: list[dict[str, Any]] = field(default_factory=list)
    medians: list[Any] = field(default_factory=list)
    gaps: dict[str, str] = field(default_factory=dict)

    def fresh(self, work: Callable[..., Any], job: dict[str, Any]) -> dict[str, Any]:
        """Does a job in a fresh process; remembers why that could not be pinned."""
        found = fresh(work, job)
        if found["pinning"] or self.options.no_pinning:
            self.gaps.setdefault("pinned_core", found["pinning"] or "not asked for")
        return found


def measure(graphs: list[Graph], options: argparse.Namespace) -> dict[str, Any]:
    """Measures all graphs; the result as docs/latency.schema.json describes it.

    Raises:
        BundleError: A graph cannot run, or gave a wrong answer while it was timed.
    """
    measuring, where = Measuring(options, graphs), machine()
    date = datetime.datetime.now(UTC).isoformat(timespec="seconds")
    parts = time_all(measuring)
    describe(measuring, parts)
    if "pinned_core" not in measuring.gaps:
        where["pinned_core"] = _cores(options)[0]
    where["governor"] = governor(where["pinned_core"])
    measure_starts(measuring)
    measure_batches(measuring)
    measure_energy(measuring)
    say("")
    where["load_after"] = load_averages()
    return {
        "version": VERSION,
        "date": date,
        "machine": where,
        "method": {
            "quick": options.quick,
            "spinning": options.spinning,
            "processes": options.processes,
            "seconds": options.seconds,
            "warm_up": WARM_UP.format(longest=_longest(options)),
            "steady": sum(part["steady"] for part in parts),
            "tail": tell_tail(min(entry["calls"] for entry in measuring.entries[1:])),
        },
        "empty_graph": measuring.entries[0],
        "graphs": measuring.entries[1:],
        "between": compare_pairs(measuring),
        "gaps": measuring.gaps,
    }


def tell_tail(calls: int) -> str:
    """How far p99.9 can be believed."""
    told = f"{calls:,} calls of each graph, or more, leave {calls / 1000:.0f} beyond p99.9"
    if calls < LEAST_CALLS:
        return f"{told}: too few to say where it is. It takes {LEAST_CALLS:,}, which leave ten."
    return (
        f"{told}; at least ten are asked for. Calls of a process go slow together, so its interval "
        "is drawn from processes and blocks; it tells of this machine as busy as it was."
    )


def _cores(options: argparse.Namespace, threads: int = 1) -> list[int]:
    """The cores to pin to, none without pinning: the one that is asked for, then the last ones.

    The last, since the first has most of the interrupts to serve.
    """
    if options.no_pinning:
        return []
    cores = allowed_cores()[::-1]
    first = cores[0] if options.core is None else options.core
    return [first, *(core for core in cores if core != first)][:threads]


def _longest(options: argparse.Namespace) -> float:
    return min(0.4 if options.quick else 2.0, float(options.seconds))


def time_all(measuring: Measuring) -> list[dict[str, Any]]:
    """Times everybody in turn, in one fresh process after the other.

    Raises:
        BundleError: A graph cannot run, or gave a wrong answer.
    """
    options, graphs, parts = measuring.options, measuring.graphs, []
    has_bundle = any(graph.kind == "bundle" for graph in graphs)
    for number in range(options.processes):
        say(f"timing: process {number + 1} of {options.processes}")
        job = {
            "graphs": graphs,
            "ways": has_bundle and not options.quick,
            "seed": number,
            "seconds": options.seconds,
            "longest": _longest(options),
            "calls": 0 if options.quick else math.ceil(1.1 * LEAST_CALLS / options.processes),
            "cores": _cores(options),
        }
        parts.append(measuring.fresh(time_calls, job))
    ways, why_none = parts[0]["ways"], parts[0]["why_no_ways"]
    if odd := [part["why_no_ways"] for part in parts if part["ways"] != ways]:
        raise BundleError(f"Not every process could go from the raw crop: {odd[0] or why_none}")
    if not ways:
        why = "--quick measures the bare session alone" if has_bundle else "there is no bundle"
        measuring.gaps["end_to_end"] = why_none or why
    names = ["empty graph", *(graph.name for graph in graphs)]
    names += [f"{graphs[number].name} end to end" for number, _ in ways]
    for lane, name in enumerate(names):
        found = [part["lanes"][lane] for part in parts]
        wrong, calls = sum(f["wrong"] for f in found), sum(len(f["times"]) for f in found)
        _refuse_wrong(name, wrong, calls, max(f["largest"] for f in found))
    return parts


def _refuse_wrong(name: str, wrong: int, calls: int, largest: float) -> None:
    if wrong:
        raise BundleError(
            f"{name}: {wrong:,} of {calls:,} answers were wrong while it was timed, off by up to "
            f"{largest:.4g}. Its times mean nothing; do not ship it on this machine."
        )


def describe(measuring: Measuring, parts: list[dict[str, Any]]) -> None:
    """Makes an entry for each graph, with the ways from raw crops that go through it."""
    everybody = [empty_graph(), *measuring.graphs]
    for lane, graph in enumerate(everybody):
        times, medians = _times(graph, lane, parts)
        measuring.medians.append(medians)
        measuring.entries.append(
            {
                "name": graph.name,
                "kind": graph.kind,
                "source": graph.source,
                "bundle": graph.bundle,
                "precision": graph.precision,
                "sha256": graph.sha256,
                "size_bytes": graph.size,
                "inputs": graph.tensors,
                **times,
                "golden_difference": graph.golden_difference,
                "cold_start": None,
                "peak_memory_bytes": None,
                "throughput": [],
                "energy": None,
                "end_to_end": [],
            }
        )
    for lane, (number, crop) in enumerate(parts[0]["ways"], start=len(everybody)):
        times, medians = _times(measuring.graphs[number], lane, parts)
        times["verified"]["expected"] = "own"
        more = {"crop": crop, "ratio_to_session": interval(medians / measuring.medians[1 + number])}
        measuring.entries[1 + number]["end_to_end"].append(times | more)


def _times(graph: Graph, lane: int, parts: list[dict[str, Any]]) -> tuple[dict[str, Any], Any]:
    """Of a lane, and its medians in microseconds, by process and block."""
    found = [part["lanes"][lane] for part in parts]
    if lane:
        ends = [np.cumsum(part["sizes"][lane - 1])[:-1] for part in parts]
        blocks = [np.split(one["times"], end) for one, end in zip(found, ends, strict=True)]
        yard = np.array([part["yard"][lane - 1] for part in parts])
        medians = np.array([[np.median(block) / 1e3 for block in each] for each in blocks])
    else:
        blocks = [np.array_split(one["times"], BLOCKS) for one in found]
        medians = yard = np.array([np.median(part["yard"], axis=0) for part in parts])
    pooled = np.concatenate([one["times"] for one in found])
    p50, p99 = np.percentile(pooled, [50, 99]) / 1e3
    times = {
        "calls": len(pooled),
        "p50_us": round(float(p50), 3),
        "p99_us": round(float(p99), 3),
        "p999_us": tail(blocks),
        "ratio_to_empty_graph": interval(medians / yard),
        "verified": {
            "calls": len(pooled),
            "wrong": 0,
            "largest_difference": float(f"{max(one['largest'] for one in found):.3g}"),
            "tolerance": float(f"{graph.tolerance:.3g}"),
            "expected": "golden" if graph.kind == "bundle" else "own",
        },
    }
    return times, medians


def compare_pairs(measuring: Measuring) -> list[dict[str, Any]]:
    """The ratio of each graph to each later one, block by block."""
    names = [graph.name for graph in measuring.graphs]
    return [
        {"first": names[first], "second": names[second], "ratio": interval(ratio)}
        for first, second in combinations(range(len(names)), 2)
        for ratio in [measuring.medians[1 + first] / measuring.medians[1 + second]]
    ]


def measure_starts(measuring: Measuring) -> None:
    """Cold starts, and the memory of the processes that did them; fills the entries."""
    times = measuring.options.cold_starts
    if not times:
        measuring.gaps["cold_start"] = measuring.gaps["peak_memory_bytes"] = "not asked for"
        return
    with tempfile.TemporaryDirectory() as folder:
        path, feed = Path(folder) / "empty.onnx", Path(folder) / "feed.npz"
        path.write_bytes(EMPTY_GRAPH)
        for graph, entry in zip([empty_graph(), *measuring.graphs], measuring.entries, strict=True):
            say(f"cold starts: {graph.name}")
            np.savez(feed, **graph.feeds[0])
            command = [sys.executable, "-c", COLD_START, graph.path or str(path), str(feed)]
            found = np.median([_start_cold(command, graph.name) for _ in range(times)], axis=0)
            total, imported, loaded, answered = np.round(1e3 * found[:4], 3)
            entry["cold_start"] = {
                "runs": times,
                "total_ms": float(total),
                "import_ms": float(imported),
                "session_ms": float(loaded),
                "first_answer_ms": float(answered),
            }
            if peak := int(found[4]):
                entry["peak_memory_bytes"] = peak
            else:
                measuring.gaps["peak_memory_bytes"] = f"{platform.system()} does not tell it"


def _start_cold(command: list[str], name: str) -> list[float]:
    begin = time.monotonic()
    answer = _start(command)
    if answer.returncode:
        last = " ".join(answer.stderr.strip().splitlines()[-1:])
        raise BundleError(f"{name} does not start in a process of its own: {last}")
    answered, *rest = map(float, answer.stdout.split())
    return [answered - begin, *rest]


def measure_batches(measuring: Measuring) -> None:
    """Crops a second by threads and batch; fills the entries."""
    options = measuring.options
    if options.quick:
        measuring.gaps["throughput"] = "--quick measures one thread and batch 1 alone"
        return
    most = len(allowed_cores())
    several = sorted({threads for threads in (*THREADS, most) if threads <= most})
    speeds: dict[tuple[int, int, int], list[float]] = {}
    for number, threads in product(range(REPETITIONS), several):
        say(f"throughput, threads: {threads}; {number + 1} of {REPETITIONS}")
        job = {
            "graphs": measuring.graphs,
            "threads": threads,
            "cores": _cores(options, threads),
        }
        job |= {"spins": options.spinning, "seconds": min(CELL_SECONDS, options.seconds)}
        found = measuring.fresh(run_batches, job)["found"]
        for graph, batch, speed, calls, wrong, largest in found:
            name = f"{measuring.graphs[graph].name}, threads: {threads}, {batch} crops a call"
            _refuse_wrong(name, wrong, calls, largest)
            speeds.setdefault((graph, threads, batch), []).append(speed)
    for (graph, threads, batch), rates in sorted(speeds.items()):
        row = {"threads": threads, "batch": batch}
        more = {"crops_per_second": round(max(rates)), "slowest": round(min(rates))}
        measuring.entries[1 + graph]["throughput"].append(row | more)


def measure_energy(measuring: Measuring) -> None:
    """Microjoules a call, where the machine counts them; fills the entries."""
    found, reason = ({}, "not measured by --quick") if measuring.options.quick else counters()
    if not found:
        measuring.gaps["energy"] = reason
        return
    say("energy")
    everybody = [empty_graph(), *measuring.graphs]
    job = {"graphs": everybody, "counters": list(found.values())}
    job |= {"cores": _cores(measuring.options)}
    sums = measuring.fresh(count_energy, job)["sums"]
    for entry, (used, calls) in zip(measuring.entries, sums, strict=True):
        energy = {"microjoules": round(float(used / calls), 3), "counter": ", ".join(found)}
        entry["energy"] = energy | {"calls": int(calls)}


# ------------------------------------------------------------------------- comparing with before


def compare(
    result: dict[str, Any], recorded: dict[str, Any], margin: float
) -> list[tuple[str, str]]:
    """Compares ratios to the empty graph with recorded ones of the same graphs on the same CPU.

    A graph is the same by its hash, or else by the names of its bundle and precision: then another
    export of it. Where the empty graph itself takes another time, beyond `UNLIKE` margins, the
    machine is too busy, or was, and the ratio says nothing; where a change is beyond the margin and
    the two intervals overlap, it may be none.

    Returns:
        `SLOWER`, `UNCLEAR`, `faster` or `as before`, and a line, for each comparison.

    """
    found = []
    for name, was, now in _counterparts(recorded["graphs"], result["graphs"]):
        ratios = [times["ratio_to_empty_graph"] for times in (was, now)]
        before, after = (ratio["value"] for ratio in ratios)
        change, empties = after / before - 1, [was["p50_us"] / before, now["p50_us"] / after]
        told = f"{name}: {_ratio(ratios[0])} → {_ratio(ratios[1])}, {change:+.1%}"
        if abs(empties[1] / empties[0] - 1) > UNLIKE * margin:
            call = "UNCLEAR"
            told += "; beside it the empty graph took {:.1f} µs, now {:.1f}".format(*empties)
        elif abs(change) <= margin:
            call = "as before"
        elif max(ratio["low"] for ratio in ratios) <= min(ratio["high"] for ratio in ratios):
            call = "UNCLEAR"
            told += "; the intervals overlap"
        else:
            call = "SLOWER" if change > 0 else "faster"
        found.append((call, f"{call:9}  {told}"))
    return found


def _counterparts(
    old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> Iterable[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, earlier and present times of each graph and of each way through it."""
    for now in new:
        was = _alike(old, now["sha256"], now["bundle"], now["precision"])
        if was is not None:
            yield now["name"], was, now
            for way in now["end_to_end"]:
                for earlier in was["end_to_end"]:
                    if earlier["crop"] == way["crop"]:
                        yield f"{now['name']} from {_crop(way)}", earlier, way


def _alike(
    old: list[dict[str, Any]], sha256: str, bundle: str | None, precision: str | None
) -> dict[str, Any] | None:
    alike = [one for one in old if one["sha256"] == sha256]
    if bundle:
        alike += [one for one in old if (one["bundle"], one["precision"]) == (bundle, precision)]
    return alike[0] if alike else None


def read_record(path: Path, graphs: list[Graph]) -> dict[str, Any]:
    """An earlier result of these graphs on this CPU, with all that `compare` needs.

    Raises:
        BundleError: There is none, it is of another version or CPU, or no graph is the same.
    """
    try:
        content: dict[str, Any] = json.loads(read(path))
        if content["version"] != VERSION:
            raise BundleError(f"{path} is of version {content['version']}, not {VERSION}.")
        other = _other_cpu(content)
        old = content["graphs"]
        ways = [way for one in old for way in one["end_to_end"] if way["crop"]]
        numbers = [float(one["p50_us"]) for one in (*old, *ways)]
        ratios = [one["ratio_to_empty_graph"] for one in (*old, *ways)]
        numbers += [float(ratio[end]) for ratio in ratios for end in ("value", "low", "high")]
        same = [_alike(old, g.sha256, g.bundle, g.precision) for g in graphs]
    except (OSError, *HARMED) as error:
        raise BundleError(f"{path} holds no earlier result to compare with ({error!r}).") from error
    if not all(0 < number < math.inf for number in numbers):
        raise BundleError(
            f"{path} holds no earlier result to compare with, but times that are none."
        )
    if other:
        raise BundleError(f"{path} is {other}: ratios of two CPUs say nothing of changes.")
    if not any(same):
        raise BundleError(f"{path} holds none of these graphs, so nothing can be compared.")
    return content


def _other_cpu(content: dict[str, Any]) -> str | None:
    """Of which CPU a result is, and which this is, if they are two: some of one name differ."""
    there, here = content["machine"], machine()
    unlike = there["cpu"] != here["cpu"]
    if there["flags"] is not None and here["flags"] is not None:
        unlike |= set(there["flags"]) != set(here["flags"])
    return f"of {_cpu(there)}, this is {_cpu(here)}" if unlike else None


def _cpu(where: dict[str, Any]) -> str:
    flags = where["flags"]
    told = "instructions unknown" if flags is None else ", ".join(flags) or "none of note"
    return f"{where['cpu']} ({told})"


# ------------------------------------------------------------------------- for people, for disks


def table(result: dict[str, Any]) -> str:
    """The result for people."""
    where, how, empty = result["machine"], result["method"], result["empty_graph"]
    core = "not pinned" if where["pinned_core"] is None else f"core {where['pinned_core']}"
    parts = [
        f"{where['cpu']} · ONNX Runtime {where['onnxruntime']} · 1 thread, {core} · "
        f"empty graph {empty['p50_us']:.1f} µs · {how['processes']} processes, {how['steady']} of "
        "them steady",
        _columns([_HEAD, *(row for entry in result["graphs"] for row in _rows_of(entry))]),
    ]
    if result["between"]:
        pairs_ = [(p["first"], f"{_ratio(p['ratio'])} of", p["second"]) for p in result["between"]]
        parts.append(_columns([("time of", "", ""), *pairs_]))
    if any(entry["throughput"] for entry in result["graphs"]):
        parts.append(_columns(_speeds(result["graphs"])))
    parts.append("\n".join(f"no {name}: {reason}" for name, reason in result["gaps"].items()))
    parts.append(how["tail"])
    return "\n\n".join(part for part in parts if part)


_HEAD = ("graph", "kB", "p50 µs", "p99 µs", "p99.9 µs", "× empty graph", "cold ms", "MB", "µJ")


def _rows_of(entry: dict[str, Any]) -> Iterable[tuple[str, ...]]:
    start, memory, energy = entry["cold_start"], entry["peak_memory_bytes"], entry["energy"]
    yield (
        entry["name"],
        f"{entry['size_bytes'] / 1000:.1f}",
        *_figures(entry),
        f"{start['total_ms']:.0f}" if start else "–",
        f"{memory / 1e6:.1f}" if memory else "–",
        f"{energy['microjoules']:.1f}" if energy else "–",
    )
    for way in entry["end_to_end"]:
        yield (f"  from {_crop(way)}", "", *_figures(way), "", "", "")


def _figures(times: dict[str, Any]) -> tuple[str, ...]:
    last = times["p999_us"]
    return (
        f"{times['p50_us']:.1f}",
        f"{times['p99_us']:.1f}",
        f"{last['value']:.1f}" if last else "–",
        _ratio(times["ratio_to_empty_graph"]),
    )


def _crop(way: dict[str, Any]) -> str:
    return f"a {'×'.join(map(str, way['crop']))} crop"


def _ratio(found: dict[str, float]) -> str:
    return f"{found['value']:.2f} ({found['low']:.2f}–{found['high']:.2f})"


def _speeds(entries: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """A column for each pair of threads and batch: not every graph takes every batch."""
    found = [
        {(cell["threads"], cell["batch"]): f"{cell['crops_per_second']:,}" for cell in cells}
        for cells in (entry["throughput"] for entry in entries)
    ]
    pairs = sorted(set().union(*found))
    head = ("crops/s, threads × batch", *(f"{threads}t × {batch}" for threads, batch in pairs))
    names = [entry["name"] for entry in entries]
    rows = [
        (name, *(row.get(pair, "–") for pair in pairs))
        for name, row in zip(names, found, strict=True)
    ]
    return [head, *rows]


def _columns(rows: Sequence[Sequence[str]]) -> str:
    width = max(map(len, rows))
    filled = [[*row, *[""] * (width - len(row))] for row in rows]
    widths = [max(len(row[column]) for row in filled) for column in range(width)]
    return "\n".join(
        "  ".join(
            cell.ljust(size) if column == 0 else cell.rjust(size)
            for column, (cell, size) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in filled
    )


def write(result: dict[str, Any], path: Path) -> None:
    """Writes the result whole: a killed process leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path.parent, path.name)
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps(result, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _temporary(folder: Path, name: str) -> Path:
    return folder / f".{name}.{os.getpid()}"


def check_place(path: Path) -> None:
    """Tries, before anything is measured, whether a result can be written there.

    Raises:
        BundleError: It cannot, a bundle would hold what it must not hold, or the result of another
            CPU lies there.
    """
    way_out = "Name another file by --out."
    try:
        place = Path(os.path.realpath(path))
        if os.path.lexists(place) and not place.is_file():  # such as a link to itself
            raise BundleError(f"{path} is no ordinary file. {way_out}")
        folder = next(parent for parent in place.parents if os.path.lexists(parent))
        trial = _temporary(folder, place.name)
        trial.touch()
        trial.unlink()
        is_bundle = (folder / "bundle.json").exists()
    except OSError as error:
        raise BundleError(f"{path} cannot be written: {error.strerror}. {way_out}") from error
    new = place.relative_to(folder).parts[0]  # to that folder: the file, or a folder for it
    may_be_there = new.startswith(".") or (new == place.name and place.match("latency*.json"))
    if is_bundle and not may_be_there:
        raise BundleError(
            f"{folder} is a bundle, and with {new} in it Blink would refuse it: only latency*.json "
            f"may be added. {way_out}"
        )
    with contextlib.suppress(OSError, *HARMED):  # what is no result, whoever likes may replace
        if other := _other_cpu(json.loads(place.read_bytes())):
            raise BundleError(f"{path} is {other}, and would be replaced. {way_out}")


def beside(folder: str, cpu: str) -> Path:
    """Where the latencies of a bundle on this CPU lie."""
    slug = re.sub(r"[^a-z0-9]+", "-", cpu.lower()).strip("-") or "unknown-cpu"
    return Path(folder) / f"latency-{slug[:87]}.json"  # names in a bundle have 100 letters at most


def all_beside(graphs: list[Graph]) -> list[Path]:
    """Where the latencies of all bundles among these lie."""
    folders = dict.fromkeys(graph.source for graph in graphs if graph.kind == "bundle")
    return [beside(folder or "", cpu_name()) for folder in folders]


def save(result: dict[str, Any], out: Path | None) -> tuple[list[Path], dict[Path, list[str]]]:
    """Writes one file with everything, or beside each bundle what concerns it and its rivals.

    Returns:
        What was written, and which records beside bundles were kept, with what they have more.

    """
    if out is not None:
        write(result, out)
        return [out], {}
    paths, kept = [], {}
    bundles = [entry["source"] for entry in result["graphs"] if entry["kind"] == "bundle"]
    for folder in dict.fromkeys(bundles):
        graphs = [g for g in result["graphs"] if g["source"] == folder or g["kind"] != "bundle"]
        names = {graph["name"] for graph in graphs}
        between = [pair for pair in result["between"] if {pair["first"], pair["second"]} <= names]
        path = beside(folder, result["machine"]["cpu"])
        if more := _more(path, result["gaps"], graphs, folder):
            kept[path] = more
        else:
            write(result | {"graphs": graphs, "between": between}, path)
            paths.append(path)
    return paths, kept


def _more(
    path: Path, gaps: Iterable[str], graphs: Sequence[dict[str, Any]], folder: str
) -> list[str]:
    """What a record of a bundle's very graphs has and the result lacks; nothing where it is none.

    Whether a core was pinned is no part that is measured.
    """
    written = {graph["sha256"] for graph in graphs}
    own = {graph["sha256"] for graph in graphs if graph["source"] == folder}
    with contextlib.suppress(OSError, *HARMED):
        record = json.loads(path.read_bytes())
        measured = {graph["sha256"] for graph in record["graphs"]}
        if record["version"] == VERSION and own <= measured:
            more = set(gaps) - set(record["gaps"]) - {"pinned_core"}
            return sorted(more | ({"rivals"} if measured > written else set()))
    return []


# ------------------------------------------------------------------------------ the command line


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures bundles on the CPU at hand.")
    add = parser.add_argument
    add("graphs", nargs="*", metavar="BUNDLE_OR_ONNX", help="folder of a bundle, or a bare file")
    add("--against", action="append", default=[], metavar="FOREIGN.onnx", help="a rival, any ONNX")
    add("--inputs", type=Path, metavar="FILE.npy", help="for bare files: each row is a call")
    add("--quick", action="store_true", help="one thread, batch 1, no more; a few seconds")
    add("--processes", type=int, help="fresh processes (default 12; quick 5)")
    add("--seconds", type=float, help="timed in each (default 2; quick 0.6)")
    add("--cold-starts", type=int, help="of each graph (default 7; quick none)")
    add("--core", type=int, help="core to pin to (default: the last that is allowed)")
    add("--no-pinning", action="store_true", help="leave the choice of the core to the system")
    add("--spinning", action="store_true", help="let idle threads of ONNX Runtime spin")
    add("--out", type=Path, help="one JSON file instead of one beside each bundle")
    add("--check", nargs="?", type=Path, const=Path(), metavar="LATENCY.json")
    add("--margin", type=float, default=MARGIN, help=f"noise of --check (default {MARGIN})")
    options = parser.parse_args(arguments)
    given = {"processes": (5, 12), "seconds": (0.6, 2.0), "cold_starts": (0, 7)}
    for name, (quick, full) in given.items():
        if getattr(options, name) is None:
            setattr(options, name, quick if options.quick else full)
    if not options.graphs and not options.against:
        parser.error("name at least one bundle or ONNX file (before --check, if it names no file)")
    if options.processes < 2 or not options.seconds > 0 or options.cold_starts < 0:
        parser.error("--processes must be at least 2, --seconds above 0, --cold-starts at least 0")
    if not options.margin >= 0:
        parser.error("--margin must be at least 0")
    cores = allowed_cores()
    if options.core is not None and options.core not in cores:
        parser.error(f"--core must be one that this process may use: {', '.join(map(str, cores))}")
    if options.inputs is not None and not any(map(os.path.isfile, options.graphs)):
        parser.error("--inputs is for bare ONNX files, and none is named")
    return options


def read_inputs(path: Path) -> Any:
    """The rows of an array that numpy has saved.

    Raises:
        BundleError: It is no such file, or holds no row.
    """
    check_ordinary(path)
    try:
        with path.open("rb") as file:
            inputs = np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, MemoryError, *HARMED) as error:
        raise BundleError(
            f"{path} holds no inputs ({error}). Save one array of numbers by numpy.save."
        ) from error
    if inputs.ndim == 0 or len(inputs) == 0:
        raise BundleError(f"{path} holds no inputs: not one row.")
    return inputs


def read_all(options: argparse.Namespace) -> list[Graph]:
    """All graphs that were named.

    Raises:
        BundleError: One of them cannot be measured.
    """
    inputs = None if options.inputs is None else read_inputs(options.inputs)
    graphs: list[Graph] = []
    for place in options.graphs:
        if Path(place).is_file():
            graphs.append(read_model(place, "model", inputs))
        else:
            graphs += read_bundle(place)
    return name_apart([*graphs, *(read_model(place, "foreign") for place in options.against)])


def find_records(options: argparse.Namespace, graphs: list[Graph]) -> dict[Path, dict[str, Any]]:
    """What --check compares with: the file that it names, else those beside the bundles."""
    if options.check is None:
        return {}
    paths = all_beside(graphs) if options.check == Path() else [options.check]
    if not paths:
        raise BundleError("Bare graphs have no record beside them: --check LATENCY.json names one.")
    return {Path(os.path.realpath(path)): read_record(path, graphs) for path in paths}


def run(options: argparse.Namespace) -> int:
    """Measures, writes the files unless it only checks, and prints the table."""
    graphs = read_all(options)
    records = find_records(options, graphs)
    leaves_alone = options.check is not None and options.out is None
    if not leaves_alone:
        for place in all_beside(graphs) if options.out is None else [options.out]:
            check_place(place)
    result = measure(graphs, options)
    told = [table(result)]
    checks = [one for record in records.values() for one in compare(result, record, options.margin)]
    calls = {call for call, _ in checks}
    if checks:
        told += ["", *(line for _, line in checks)]
        told += [f"Ratios to the empty graph; up to {options.margin:.0%} count as noise."]
    if "UNCLEAR" in calls:
        told += ["Where it is UNCLEAR, check again while the machine is quiet, or for longer."]
    code = 2 if "SLOWER" in calls else 1 if "UNCLEAR" in calls else 0
    try:
        if leaves_alone:
            told += ["nothing written: the record stays as it is; --out FILE writes this result"]
        elif code and Path(os.path.realpath(options.out)) in records:
            told += ["nothing written: the record stays as it is"]
        else:
            told += ["", *_tell_saved(*save(result, options.out))]
    finally:
        show(told)  # only now: whatever goes wrong there costs no file
    return code


def _tell_saved(paths: list[Path], kept: dict[Path, list[str]]) -> list[str]:
    told = ["  written:", *(f"  {path}" for path in paths)] if paths else []
    for path, more in kept.items():
        told.append(f"  kept: {path}, since it has {', '.join(more)}, too; --out FILE writes this")
    return told or ["  nothing written: no bundle and no --out"]


def show(lines: list[str]) -> None:
    """Prints the result, as well as the terminal can, and for as long as somebody reads it."""
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:  # at its end Python would write once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    if arguments == ["--work"]:
        return work_as_told()
    options = parse(arguments)
    try:
        return run(options)
    except BundleError as error:
        print(f"\nerror: {error}" if sys.stderr.isatty() else f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def heed_signals() -> None:
    """Lets SIGTERM and SIGHUP, where the system has them, end all as Ctrl-C does."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    heeded = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]  # nohup

    def end(*_: object) -> None:
        for number in heeded:  # whoever ends a group may say so twice
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in heeded:
        signal.signal(number, end)


if __name__ == "__main__":
    heed_signals()
    sys.exit(main(sys.argv[1:]))
