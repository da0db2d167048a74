"""Says which node of a bundle's graph takes how long, and what Python and preprocessing add.

    python -m benchmarks.where_the_microseconds_go BUNDLE [--precision int8] [--rounds 3000]

The graph that runs is not the one in the file: ONNX Runtime fuses nodes, and puts in others that
change the layout. So its optimised graph is written out and cut behind each node in turn; a node
takes what the graph that ends with it takes more than the one before. The differences add up to
the whole, while ONNX Runtime's own profiler adds one to two microseconds to every node that it
watches, more than most of them take. A difference holds what a longer graph saves, too (an answer
of one float is handed to Python faster than 16 kB), so it can be negative.

Everything in a table runs in turn, a call each, again and again, one thread, one crop: ratios
within a table hold, microseconds change with the machine's mood. Prints Markdown.
"""

import argparse
import runpy
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray

from blink.contract import BlinkError
from blink.contract.places import BENCHMARK
from blink.runtime import Detector
from blink.runtime.preprocessing import normalise, pixels, stack

SIDE: Final = 64
"""Of the raw crop, grey, from which the way to the answer is timed."""

EMPTY: Final = "empty graph"
WARM_UP: Final = 0.1
"""Share of the rounds that run first and do not count."""

_FATAL: Final = 4
Call = Callable[[], object]


def open_session(model: bytes, *, is_optimised: bool = False, out: Path | None = None) -> Any:
    """A session of one thread, on the CPU.

    Args:
        model: The ONNX file.
        is_optimised: It came from ONNX Runtime, and is to run as it is.
        out: Where the graph that runs is written.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL  # it warns that an optimised graph is for this CPU alone
    if is_optimised:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    if out is not None:
        options.optimized_model_filepath = str(out)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def optimised(model: bytes) -> onnx.ModelProto:
    """The graph that ONNX Runtime makes of a file on this CPU."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "optimised.onnx"
        open_session(model, out=path)
        return onnx.load(path)


def count_nodes(model: bytes) -> Counter[str]:
    """Operator → how many of it run, once ONNX Runtime has fused what it can."""
    return Counter(node.op_type for node in optimised(model).graph.node)


def cut_behind(whole: onnx.ModelProto, number: int) -> bytes:
    """The part of an optimised graph that ends with one of its nodes, whose output it answers."""
    part = onnx.ModelProto()
    part.CopyFrom(whole)
    graph = part.graph
    answer = graph.node[number].output[0]
    del graph.node[number + 1 :], graph.output[:]
    graph.output.append(onnx.ValueInfoProto(name=answer))  # ONNX Runtime works out its type
    read = {name for node in graph.node for name in node.input}
    constants = [tensor for tensor in graph.initializer if tensor.name in read]
    del graph.initializer[:]
    graph.initializer.extend(constants)
    cut: bytes = part.SerializeToString()
    return cut


def time_in_turn(calls: Mapping[str, Call], rounds: int) -> dict[str, float]:
    """Median microseconds of each call, all of them made one after the other in every round."""
    taken = {name: array("q") for name in calls}
    clock = time.perf_counter_ns
    for _ in range(rounds):
        for name, call in calls.items():
            started = clock()
            call()
            taken[name].append(clock() - started)
    skipped = int(WARM_UP * rounds)
    return {name: float(np.median(times[skipped:])) / 1000 for name, times in taken.items()}


def time_nodes(model: bytes, batch: NDArray[Any], rounds: int) -> list[tuple[str, float]]:
    """What each node that runs adds to the microseconds of a run.

    Args:
        model: The ONNX file.
        batch: Its input.
        rounds: Calls of each part of the graph.

    Returns:
        (Operator, microseconds) in order. First comes the empty graph, with all that it takes.
    """
    whole = optimised(model)
    calls = {EMPTY: run_empty_graph()}
    for number in range(len(whole.graph.node)):
        part = open_session(cut_behind(whole, number), is_optimised=True)
        calls[str(number)] = run(part, batch)
    taken = list(time_in_turn(calls, rounds).values())
    operators = [EMPTY, *(node.op_type for node in whole.graph.node)]
    return list(zip(operators, [taken[0], *np.diff(taken).tolist()], strict=True))


def time_way(detector: Detector, rounds: int) -> dict[str, float]:
    """Median microseconds of each step from a raw crop to its answer, and of all of them."""
    spec = detector.bundle.spec
    crop = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    resized, batch = pixels(crop, spec), stack([crop], spec)
    session = open_session(detector.bundle.path(detector.precision).read_bytes())
    calls: dict[str, Call] = {
        EMPTY: run_empty_graph(),
        "grey and resize": lambda: pixels(crop, spec),
        "normalise": lambda: normalise(resized, spec),
        "preprocessing, all of it": lambda: stack([crop], spec),
        "the bare graph": run(session, batch),
        "from the crop to its answer": lambda: detector.predict([crop]),
    }
    return time_in_turn(calls, rounds)


def run(session: Any, batch: NDArray[Any]) -> Call:
    """One run of a session, as Python calls it."""
    feed = {session.get_inputs()[0].name: batch}
    return lambda: session.run(None, feed)


def run_empty_graph() -> Call:
    """The yardstick: what it takes to call ONNX Runtime from Python at all."""
    empty = runpy.run_path(str(BENCHMARK))["EMPTY_GRAPH"]
    return run(open_session(empty), np.zeros((1, 1, 32, 32), np.float32))


def table(head: str, entries: list[tuple[str, float]], empty: float) -> str:
    """Markdown: name, microseconds, multiple of the empty graph."""
    rows = [f"| {name} | {taken:.2f} | {taken / empty:.2f} |" for name, taken in entries]
    return "\n".join([f"| {head} | µs | × empty graph |", "|---|--:|--:|", *rows])


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Says which node takes how long.")
    parser.add_argument("bundle", type=Path, help="a folder")
    parser.add_argument("--precision", help="which of its graphs; the bundle's choice by default")
    parser.add_argument("--rounds", type=int, default=3000, help="the median of them counts")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def main(arguments: list[str]) -> int:
    """Measures and prints the tables; returns the exit code."""
    options = parse(arguments)
    try:
        detector = Detector.load(options.bundle, options.precision)
    except BlinkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    bundle = detector.bundle
    model = bundle.path(detector.precision).read_bytes()
    nodes = time_nodes(model, bundle.golden_crops()[:1], options.rounds)
    way = time_way(detector, options.rounds)
    print(
        f"{bundle.name} {detector.precision}: {len(onnx.load_from_string(model).graph.node)} nodes "
        f"in the file, {len(nodes) - 1} that run; ONNX Runtime {ort.__version__}\n"
    )
    print(table("node", [*nodes, ("sum", sum(taken for _, taken in nodes))], nodes[0][1]))
    print()
    print(table(f"from {SIDE}×{SIDE} uint8", list(way.items()), way[EMPTY]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
