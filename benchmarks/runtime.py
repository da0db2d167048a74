"""Measures what `blink.runtime` costs beside bare onnxruntime, numpy and cv2, interleaved.

    python -m benchmarks.runtime BUNDLE [--precision int8] [--starts 20] [--calls 5000] \
        [--batches 100] [--crops 1000] [--cpu-time]

Prints a Markdown table: medians of the bare way and of Blink's, which take turns in one run, their
ratio (of memory their difference) with a 95 % interval, and the aim beside it. A bare script is
what one would write without Blink: it imports the three, opens the very same ONNX file on one
thread and runs it once on an array that has the right shape already, unchecked. A bare run is
ONNX Runtime's `session.run` on such an array.

With --cpu-time all times are those that the process or thread was computing: on a machine that has
other work to do, these are what can be compared. Waiting for the disk is not in them.

The exit status says whether it was measured, not whether the aims were met: a busy machine is no
failure.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import onnxruntime as ort

from benchmarks.interleaved import Comparison, compare, in_turn
from blink.contract import BlinkError, Crop
from blink.runtime import Detector
from blink.runtime.preprocessing import stack

SIDE: Final = 64
"""Of the crops, in pixels."""

_SPENT: Final = """
import resource, time
spent = time.process_time()
try:
    pages = open("/proc/self/statm").read().split()[1]
    print(spent, int(pages) * resource.getpagesize())
except OSError:  # no Linux: the peak stands in, which macOS counts in bytes
    print(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

THREE: Final = f"import numpy, onnxruntime, cv2; print(0, flush=True)\n{_SPENT}"
ROOM: Final = f"import blink.runtime; print(0, flush=True)\n{_SPENT}"

BARE: Final = f"""
import sys
import cv2
import numpy as np
import onnxruntime as ort
options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
entry = session.get_inputs()[0]
crop = np.full((1, *entry.shape[1:]), 120, np.uint8)
print(session.run(None, {{entry.name: crop}})[0][0], flush=True)
{_SPENT}"""

OURS: Final = f"""
import sys
import numpy as np
from blink.runtime import Detector
detector = Detector.load(sys.argv[2], sys.argv[3])
print(detector.predict([np.full(({SIDE}, {SIDE}), 120, np.uint8)])[0], flush=True)
{_SPENT}"""


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        what: What was measured.
        unit: The unit that it is shown in.
        found: The figures, in that unit.
        aim: The largest ratio that is aimed at, or difference where `is_added`; None if there is
            no aim.
        is_added: Whether the difference is what counts, and not the ratio.
    """

    what: str
    unit: str
    found: Comparison
    aim: float | None = None
    is_added: bool = False

    def __str__(self) -> str:
        found = self.found
        value, (low, high), sign = (
            (found.difference, found.difference_interval, "+")
            if self.is_added
            else (found.ratio, found.ratio_interval, "×")
        )
        aim = "–" if self.aim is None else f"{sign}{self.aim:g}"
        met = "" if self.aim is None else (" met" if value <= self.aim else " missed")
        return (
            f"| {self.what} | {found.rival:.1f} {self.unit} | {found.ours:.1f} {self.unit} "
            f"| {sign}{value:.2f} [{low:.2f}, {high:.2f}] | {aim}{met} | {found.rounds:,} |"
        )


def start(program: str, words: list[str], compiled: str) -> tuple[float, float, float]:
    """Starts `python -c` and waits for its first answer.

    Args:
        program: What it runs; prints a line, then what `_SPENT` prints.
        words: Its arguments.
        compiled: A folder for bytecode, which an installed package has from the start.

    Returns:
        Seconds until the first line, CPU seconds, and bytes that are resident.
    """
    began = time.perf_counter()
    command = [sys.executable, "-c", program, *words]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(  # noqa: S603 - our own
        command,
        stdout=subprocess.PIPE,
        text=True,
        env=environment | {"PYTHONPYCACHEPREFIX": compiled},
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it is piped
        process.stdout.readline()
        spent = time.perf_counter() - began
        rest = process.stdout.read()
    if process.returncode:
        raise BlinkError(f"A fresh Python failed with exit code {process.returncode}: see above.")
    computed, resident = rest.split()
    return spent, float(computed), float(resident)


def measure_starts(detector: Detector, options: argparse.Namespace) -> list[Line]:
    """From `python -c` to the first answer, and the memory that is resident then."""
    bundle = detector.bundle
    words = [str(bundle.path(detector.precision)), str(bundle.folder), detector.precision]
    programs = (THREE, ROOM, BARE, OURS)
    with TemporaryDirectory() as compiled:
        rounds = [
            [start(program, words, compiled) for program in programs]
            for _ in range(1 + options.starts)
        ]
    found = np.array(rounds[1:])  # the first one compiles, and reads from the disk
    three, room, bare, ours = 1e3 * found[:, :, int(options.cpu_time)].T
    megabytes = found[:, :, 2].T / 1e6
    return [
        Line("`import blink.runtime` beside the three imports", "ms", compare(three, room)),
        Line("`python -c` to the first answer", "ms", compare(bare, ours), 1.5),
        Line("memory after it", "MB", compare(megabytes[2], megabytes[3]), 15, is_added=True),
    ]


def measure_calls(detector: Detector, options: argparse.Namespace) -> list[Line]:
    """One crop, then many, in a process that is warm."""
    session = open_bare(detector)
    clock = time.process_time if options.cpu_time else time.perf_counter
    name = session.get_inputs()[0].name
    lines = []
    for look, crops in (("grey", _crops(options.crops)), ("RGB", _crops(options.crops, 3))):
        for count, rounds, unit, aim in (
            (1, options.calls, "µs", 2.0),
            (options.crops, options.batches, "ms", 1.3),
        ):
            few, batch = crops[:count], stack(crops[:count], detector.bundle.spec)
            rivals = (
                _timed(partial(session.run, None, {name: batch}), clock),
                _timed(partial(detector.predict, few), clock),
            )
            bare, ours = in_turn(rounds, rivals, rounds // 5).T * {"µs": 1e6, "ms": 1e3}[unit]
            what = f"{count:,} {look} {'crop' if count == 1 else 'crops'} of {SIDE}×{SIDE}"
            lines.append(Line(what, unit, compare(bare, ours), aim))
    return lines


def open_bare(detector: Detector) -> ort.InferenceSession:
    """A session of the detector's graph without Blink, on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    path = str(detector.bundle.path(detector.precision))
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _crops(count: int, channels: int | None = None) -> list[Crop]:
    shape = (SIDE, SIDE) if channels is None else (SIDE, SIDE, channels)
    random = np.random.default_rng(0)
    return [random.integers(0, 256, shape, np.uint8) for _ in range(count)]


def _timed(call: Callable[[], Any], clock: Callable[[], float]) -> Callable[[], float]:
    """The seconds that a call takes, each time it is asked for."""

    def seconds() -> float:
        began = clock()
        call()
        return clock() - began

    return seconds


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures what blink.runtime costs.")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="folder of a bundle")
    parser.add_argument("--precision", help="the bundle's own choice by default")
    parser.add_argument("--starts", type=int, default=20, help="fresh processes of each kind")
    parser.add_argument("--calls", type=int, default=5000, help="calls with one crop")
    parser.add_argument("--batches", type=int, default=100, help="calls with many crops")
    parser.add_argument("--crops", type=int, default=1000, help="how many are many")
    parser.add_argument("--cpu-time", action="store_true", help="time spent computing")
    options = parser.parse_args(arguments)
    if min(options.starts, options.calls, options.batches) < 2 or options.crops < 2:
        parser.error("--starts, --calls, --batches and --crops must be at least 2")
    return options


def main(arguments: list[str]) -> int:
    """Measures and prints the table; returns the exit code."""
    options = parse(arguments)
    try:
        detector = Detector.load(options.bundle, options.precision)
        times = "CPU time" if options.cpu_time else "time by the clock"
        print(f"{detector.bundle.name}, {detector.precision}, one thread, {times}\n")
        print("| | bare | Blink | ratio or difference, 95 % interval | aim | rounds |")
        print("|---|--:|--:|--:|--:|--:|", flush=True)
        for measured in (
            measure_starts(detector, options),
            measure_calls(detector, options),
        ):
            print(*measured, sep="\n", flush=True)
    except BlinkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
