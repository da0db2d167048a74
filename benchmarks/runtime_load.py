"""Measures what callers that all want the same detector at once have to wait.

    python -m benchmarks.runtime_load BUNDLE [--callers 1 2 4 8 16 32 64] [--seconds 60] \
        [--threads 1] [--spinning] [--precision int8]

Each caller is a thread that asks for one crop of 64×64 after the other, without a pause, and checks
every answer against the one that it got alone, to the bit. Two ways take turns, a slice of the time
each: Blink's, in which callers queue (`blink.runtime.fair_semaphore`), and the same without it,
every caller straight into ONNX Runtime. Prints a Markdown table: milliseconds from the call to
the answer, answers a second, how many answers the least and the most lucky caller got, and how
many answers were wrong or lost (an error, or a call that never ended).

Callers without a pause are the worst case: with n of them nobody can be quicker, on average, than
n times what an answer takes; what differs is how evenly the waiting is dealt out.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Final

import numpy as np
import onnxruntime as ort

from benchmarks.runtime import SIDE
from blink.contract import BlinkError, Crop, Probabilities, cores
from blink.runtime import Detector
from blink.runtime.preprocessing import stack

SLICE: Final = 5.0
"""Seconds that a way runs before it is the other's turn."""
CROPS: Final = 64
PATIENCE: Final = 60.0
"""Seconds that a call may take after the end, before it counts as lost."""

COLUMNS: Final = (
    *("p50, ms", "p99", "p99.9", "longest", "answers/s", "of a caller in a slice"),
    *("wrong", "lost"),
)

Way = Callable[[Sequence[Crop]], Probabilities]


@dataclass
class Waits:
    """What callers met with.

    Attributes:
        seconds: From the call to the answer, of every call.
        shares: How many answers each caller got in each slice.
        wrong: Answers that differ from those that a caller gets alone.
        lost: Calls that ended in an error or not at all.
        time: Seconds measured.
    """

    seconds: list[float] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)
    wrong: int = 0
    lost: int = 0
    time: float = 0.0

    def __str__(self) -> str:
        """Columns of the table: p50, p99, p99.9, longest, answers a second, shares, faults."""
        if not self.seconds:
            return f"| – | – | – | – | 0 | – | {self.wrong} | {self.lost} |"
        waited = 1e3 * np.quantile(self.seconds, [0.5, 0.99, 0.999, 1])
        cells = [*(f"{wait:.2f}" for wait in waited), f"{len(self.seconds) / self.time:,.0f}"]
        cells.append(f"{min(self.shares):,} to {max(self.shares):,}")
        return f"| {' | '.join(cells)} | {self.wrong} | {self.lost} |"


class Caller(Thread):
    """A thread that asks until it is told to stop."""

    def __init__(self, way: Way, crops: list[Crop], answers: list[float], start: Barrier) -> None:
        super().__init__(daemon=True)
        self._way, self._crops, self._answers, self._start_line = way, crops, answers, start
        self.seconds: list[float] = []
        self.wrong = self.asked = 0
        self.ends = Event()

    def run(self) -> None:
        """Asks for one crop after the other."""
        self._start_line.wait()
        while not self.ends.is_set():
            number = self.asked % len(self._crops)
            self.asked += 1
            began = time.perf_counter()
            answer = self._way([self._crops[number]])
            self.seconds.append(time.perf_counter() - began)
            self.wrong += answer.shape != (1,) or float(answer[0]) != self._answers[number]

    @property
    def lost(self) -> int:
        """Calls without an answer."""
        return self.asked - len(self.seconds)


def drive(way: Way, crops: list[Crop], answers: list[float], callers: int, seconds: float) -> Waits:
    """Lets so many callers ask for some seconds, and waits for all answers.

    Args:
        way: What they call.
        crops: What they ask about, each beginning at another place.
        answers: What they should hear.
        callers: How many.
        seconds: How long.
    """
    start = Barrier(callers + 1)
    several = [
        Caller(way, crops[n:] + crops[:n], answers[n:] + answers[:n], start)
        for n in (number % len(crops) for number in range(callers))
    ]
    for caller in several:
        caller.start()
    start.wait()
    began = time.perf_counter()
    time.sleep(seconds)
    for caller in several:
        caller.ends.set()
    spent = time.perf_counter() - began
    deadline = time.monotonic() + PATIENCE
    for caller in several:
        caller.join(max(0.0, deadline - time.monotonic()))
    return Waits(
        seconds=[wait for caller in several for wait in caller.seconds],
        shares=[len(caller.seconds) for caller in several],
        wrong=sum(caller.wrong for caller in several),
        lost=sum(caller.lost for caller in several),
        time=spent,
    )


def drive_in_turn(
    ways: dict[str, Way], crops: list[Crop], answers: list[float], callers: int, seconds: float
) -> dict[str, Waits]:
    """`drive`, slice by slice, A B A B; each way gets all of the seconds."""
    slices = max(1, round(seconds / SLICE))
    found = {name: Waits() for name in ways}
    for _ in range(slices):
        for name, way in ways.items():
            part, whole = drive(way, crops, answers, callers, seconds / slices), found[name]
            whole.seconds += part.seconds
            whole.shares += part.shares
            whole.wrong += part.wrong
            whole.lost += part.lost
            whole.time += part.time
    return found


def straight(detector: Detector, threads: int, spinning: bool) -> Way:
    """What `Detector.predict` does with a crop, without its queue."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    graph = detector.bundle.graph(detector.precision)
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def predict(crops: Sequence[Crop]) -> Probabilities:
        found: Probabilities = session.run(None, {name: stack(crops, detector.bundle.spec)})[0]
        return found

    return predict


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures what concurrent callers wait.")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="folder of a bundle")
    parser.add_argument("--callers", nargs="+", type=int, default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each way and number")
    parser.add_argument("--threads", type=int, default=1, help="threads within one run")
    parser.add_argument("--spinning", action="store_true", help="whether these wait actively")
    parser.add_argument("--precision", help="the bundle's own choice by default")
    options = parser.parse_args(arguments)
    if min(options.callers) < 1 or options.threads < 1 or not options.seconds > 0:
        parser.error("--callers, --threads and --seconds must be above 0")
    return options


def main(arguments: list[str]) -> int:
    """Measures and prints the table; returns 1 if an answer was wrong or lost."""
    options = parse(arguments)
    settings = {"threads": options.threads, "spinning": options.spinning}
    try:
        detector = Detector.load(options.bundle, options.precision, **settings)
    except BlinkError as error:
        print(error, file=sys.stderr)
        return 1
    ways: dict[str, Way] = {"queue": detector.predict, "straight": straight(detector, **settings)}
    random = np.random.default_rng(0)
    crops = list(random.integers(0, 256, (CROPS, SIDE, SIDE), np.uint8))
    answers = [float(detector.predict([crop])[0]) for crop in crops]
    print(f"{detector.bundle.name}, {detector.precision}, {cores()} cores, {settings}\n")
    print(f"| callers | way | {' | '.join(COLUMNS)} |")
    print("|--:|---" + "|--:" * len(COLUMNS) + "|", flush=True)
    faults = 0
    for callers in options.callers:
        found = drive_in_turn(ways, crops, answers, callers, options.seconds)
        for name, waits in found.items():
            print(f"| {callers} | {name} {waits}", flush=True)
            faults += waits.wrong + waits.lost
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
