"""Measures the models of `conf/model` at the inputs of `conf/input` on this CPU, in one table.

    python -m benchmarks.models [MODEL[@INPUT] …] [--seconds 2] [--processes 5]

A MODEL is the name of a file in `conf/model`, an INPUT one of a file in `conf/input` (grey32 where
none is named); without any, the family at the inputs that it is made for. Each is built with random
weights, exported as it would ship (in fp32, in int8, and in int8 with its first layer in float) and
timed by `export/benchmark.py`: one thread, one crop a call. What it answers is worth nothing; its
time does not depend on that.

Prints a Markdown table: parameters, millions of multiplications, and of each precision the file's
size, its median time and that as a multiple of the empty graph's, with the 95 % interval. Each
graph is timed call by call in turn with the empty graph, and burst by burst in turn with the others
of its input; one input follows the other.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import nn

from benchmarks.shapes import FLOAT_FIRST, MODELS, PRECISIONS, Shape, describe
from blink.contract import BlinkError, ConfigError, InputSpec
from blink.latency import Benchmark, GraphLatency, measure_graphs

INPUTS: Final = MODELS.parent / "input"
USUAL_INPUT: Final = "grey32"
FAMILY: Final = ("pico@grey32", "standard@grey32", "large@grey48")
ALL_PRECISIONS: Final = (*PRECISIONS, FLOAT_FIRST)


@dataclass(frozen=True)
class Entrant:
    """A model at an input.

    Attributes:
        model: Name of a file in `conf/model`.
        input: Name of a file in `conf/input`.
    """

    model: str
    input: str

    def describe(self) -> Shape:
        """Builds, counts and exports it.

        Raises:
            BlinkError: A file is not there, or the net is not one for the input.
        """
        spec, name = self.spec(), f"{self.model} | {self.input}"
        crops = np.random.default_rng(0).integers(0, 256, (64, *spec.shape), dtype=np.uint8)
        return describe(name, self.net(), spec, crops, ALL_PRECISIONS)

    def net(self) -> nn.Module:
        """The model with random weights.

        Raises:
            ConfigError: There is no such file.
        """
        config = OmegaConf.load(_file(MODELS, self.model))
        net: nn.Module = instantiate(config, channels=self.spec().channels)
        return net

    def spec(self) -> InputSpec:
        """What it sees.

        Raises:
            ConfigError: There is no such file.
        """
        spec: InputSpec = instantiate(OmegaConf.load(_file(INPUTS, self.input)))
        return spec


def _file(folder: Path, name: str) -> Path:
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        raise ConfigError(f"conf/{folder.name} has no {name!r}. It has: {known}.")
    return path


def measure(
    entrants: Sequence[Entrant], seconds: float, processes: int
) -> list[tuple[Shape, dict[str, GraphLatency]]]:
    """Shape and, by precision, latency of each, input by input.

    Args:
        entrants: Each once.
        seconds: That each process times a graph, with the empty one in turn.
        processes: Fresh ones for each input; intervals are over them.

    Raises:
        BlinkError: One of them cannot be built, exported or run.
    """
    found = []
    shapes = {entrant: entrant.describe() for entrant in entrants}  # faults show before the waiting
    for _, group in groupby(sorted(entrants, key=lambda one: one.input), lambda one: one.input):
        rivals = list(group)
        graphs = {
            f"{rival.model} {precision}": graph
            for rival in rivals
            for precision, graph in shapes[rival].graphs.items()
        }
        spec = rivals[0].spec()
        crops = np.random.default_rng(1).integers(0, 256, (16, *spec.shape), dtype=np.uint8)
        benchmark = Benchmark(seconds=seconds * len(graphs), processes=processes)
        latencies = measure_graphs(benchmark, graphs, crops)
        for rival in rivals:
            own = {p: latencies[f"{rival.model} {p}"] for p in ALL_PRECISIONS}
            found.append((shapes[rival], own))
    return found


def row(shape: Shape, latencies: Mapping[str, GraphLatency]) -> str:
    """One row of the table.

    Args:
        shape: The model at its input.
        latencies: By precision.
    """
    cells = [shape.name, f"{shape.parameters:,}", f"{shape.multiplications / 1e6:.2f}"]
    for precision in ALL_PRECISIONS:
        latency = latencies[precision]
        ratio = latency.ratio_to_empty_graph
        cells += [
            f"{len(shape.graphs[precision]) / 1000:.1f}",
            f"{latency.p50_us:.1f}",
            f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]",
        ]
    return f"| {' | '.join(cells)} |"


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures the models of conf/model.")
    parser.add_argument("entrants", nargs="*", metavar="MODEL[@INPUT]", default=list(FAMILY))
    parser.add_argument("--seconds", type=float, default=2.0, help="that a process times a graph")
    parser.add_argument(
        "--processes", type=int, default=5, help="intervals are over them; at least 2"
    )
    options = parser.parse_args(arguments)
    pairs = (entrant.partition("@") for entrant in options.entrants)
    options.entrants = [Entrant(model, seen or USUAL_INPUT) for model, _, seen in pairs]
    if len(set(options.entrants)) < len(options.entrants):
        parser.error("a model is named twice at the same input")
    return options


def main(arguments: list[str]) -> int:
    """Builds, measures and prints; returns the exit code."""
    options = parse(arguments)
    torch.manual_seed(0)
    try:
        found = measure(options.entrants, options.seconds, options.processes)
    except BlinkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    columns = " | ".join(f"{p}, kB | µs | × empty graph" for p in ALL_PRECISIONS)
    print(f"| model | input | parameters | MMACs | {columns} |\n|---|---{'|--:' * 11}|")
    for shape, latencies in found:
        print(row(shape, latencies))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
