"""Measures how close packing comes to what decoding and preprocessing alone allow.

    python -m benchmarks.packing DATA_SET [DATA_SET …] [--size 48] [--repeats 3]

Of each data set (a folder with a manifest), side by side and in turn:

- pure: decode and preprocess pictures that lie in memory, one thread, times the cores;
- packing: from nothing to the opened file, reading, processes that start, and the flush included;
- opening the file that is there.

Prints the median over the repeats as a Markdown table. On a machine that has other work to do,
processes get their share of a core, not the core: there the ratio of CPU time says more, pure to
packing for the same crops. Where the two ratios agree, packing waits for nothing but the CPU.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2

from benchmarks.interleaved import cpu_times
from blink.contract import BlinkError, InputSpec, cores
from blink.data.cached.packed import PackedCrops
from blink.data.images import decode
from blink.data.manifest import Manifest, read_manifest
from blink.runtime.preprocessing import pixels

_PURE = 16_384
"""So many crops are enough to measure the pure rate."""


@dataclass(frozen=True)
class Rates:
    """What one repeat measured.

    Attributes:
        pure: Crops a second and core.
        packing: Crops a second over all cores.
        opening: Seconds.
        pure_cpu: Seconds of CPU time for a crop.
        packing_cpu: Likewise, of all processes together.
    """

    pure: float
    packing: float
    opening: float
    pure_cpu: float
    packing_cpu: float

    @property
    def ratio(self) -> float:
        """Of the packing rate to the pure rate times the cores."""
        return self.packing / (self.pure * cores())

    @property
    def cpu_ratio(self) -> float:
        """Of CPU time: how much of packing's is decoding and preprocessing."""
        return self.pure_cpu / self.packing_cpu


def measure(manifest: Manifest, spec: InputSpec, folder: Path) -> Rates:
    """Measures the pure rate, then packing, then opening.

    Args:
        manifest: The data set.
        spec: Size and colour wanted.
        folder: For the packed file, which must not be there yet.
    """
    clock = time.perf_counter
    pictures = list(islice(manifest.encoded(), _PURE))
    started, used = clock(), sum(cpu_times())
    for picture in pictures:
        pixels(decode(picture), spec)
    pure, pure_cpu = len(pictures) / (clock() - started), (sum(cpu_times()) - used) / len(pictures)
    started, used = clock(), sum(cpu_times())
    PackedCrops.open(manifest, spec, folder)
    packing, cpu = len(manifest) / (clock() - started), (sum(cpu_times()) - used) / len(manifest)
    started = clock()
    PackedCrops.open(manifest, spec, folder)
    return Rates(pure, packing, clock() - started, pure_cpu, cpu)


def row(manifest: Manifest, rates: list[Rates]) -> str:
    """One row of the table."""
    pure, packing, ratio, cpu, opening = (
        statistics.median(getattr(one, name) for one in rates)
        for name in ("pure", "packing", "ratio", "cpu_ratio", "opening")
    )
    return (
        f"| {', '.join(manifest.datasets)} | {len(manifest):,} | {pure * cores():,.0f} "
        f"| {packing:,.0f} | {ratio:.0%} | {cpu:.0%} | {opening * 1000:.1f} |"
    )


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures the rate of packing.")
    parser.add_argument("data_sets", nargs="+", type=Path, metavar="DATA_SET", help="a folder")
    parser.add_argument("--size", type=int, default=48, help="side of the packed crops, in pixels")
    parser.add_argument("--repeats", type=int, default=3, help="the median of them counts")
    options = parser.parse_args(arguments)
    if options.repeats < 1:
        parser.error("--repeats must be at least 1")
    return options


def main(arguments: list[str]) -> int:
    """Measures and prints the table; returns the exit code."""
    options = parse(arguments)
    cv2.setNumThreads(1)
    try:
        spec = InputSpec(options.size, options.size)
        print(f"{cores()} cores, crops of {spec.height}×{spec.width}, {options.repeats} repeats\n")
        print(
            "| data set | crops | pure × cores, crops/s | packing, crops/s | ratio "
            "| ratio of CPU time | open, ms |\n|---|--:|--:|--:|--:|--:|--:|",
            flush=True,
        )
        for folder in options.data_sets:
            manifest, rates = read_manifest(folder), []
            for _ in range(options.repeats):
                # Beside the data set: the packed file is to lie on the same disk.
                with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".packing-") as packed:
                    rates.append(measure(manifest, spec, Path(packed)))
            print(row(manifest, rates), flush=True)
    except BlinkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
