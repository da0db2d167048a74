"""Measures what shapes of nets would cost on this CPU, before anybody trains them.

    python -m benchmarks.shapes [SHAPE …] [--unpadded] [--in-graph] [--side 32] [--seconds 3]

A SHAPE is the name of a file in `conf/model` or the layers of an `EyeNet`, such as
'[[8,2],[16,2],[16,1],[32,1]]' (width, stride and, where it is not 3, kernel); without any,
standard and pico. Each is built with random weights, exported in fp32 and in int8 as it would ship,
and timed in turn with all others and with the empty graph by `export/benchmark.py`: one thread, one
crop a call. Its answers are worth nothing; its time does not depend on them.

Prints a Markdown table: parameters, millions of multiplications, places behind the last layer, and
for either precision the nodes that run, the file, and its time as a multiple of the empty graph's
with the 95 % interval. Ratios of one run can be compared with each other; the more graphs a run
has, the colder is the cache in which each of them finds itself. Files of `conf/model` at the inputs
of `conf/input` are for `python -m benchmarks.models`.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import OmegaConf
from torch import nn
from torch.nn.functional import instance_norm
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.where_the_microseconds_go import count_nodes
from blink.contract import BlinkError, Calibration, ConfigError, InputSpec, OperatingPoint
from blink.export.exportable import Exportable
from blink.export.int8 import layers_of, quantise
from blink.export.onnx_graph import to_onnx
from blink.export.search.finish import finish
from blink.latency import Benchmark, GraphLatency, measure_graphs
from blink.models import EyeGraph, EyeNet

ROOT: Final = Path(__file__).parents[1]
MODELS: Final = ROOT / "conf" / "model"
PRECISIONS: Final = ("fp32", "int8")
FLOAT_FIRST: Final = "int8, first layer in float"


@dataclass(frozen=True)
class Shape:
    """A net that nobody has trained.

    Attributes:
        name: As given on the command line.
        parameters: All of them.
        multiplications: Of one crop, in its convolutions and linear layers.
        places: Height and width behind the last convolution.
        graphs: Precision → ONNX file.
    """

    name: str
    parameters: int
    multiplications: int
    places: tuple[int, int]
    graphs: Mapping[str, bytes]


class InGraph(nn.Module):
    """A net that normalises each crop itself, in floats, as nets until 0.1 did.

    Args:
        net: Reads what was normalised.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Images, float (N, C, H, W) → logits of *closed*, float (N,)."""
        logits: torch.Tensor = self.net(instance_norm(images, eps=1e-3))
        return logits


def build(shape: str, spec: InputSpec, padded: bool) -> nn.Module:
    """The net of a name in `conf/model`, or of layers in JSON.

    Raises:
        ConfigError: It is neither.
    """
    path = MODELS / f"{shape}.yaml"
    if path.is_file():
        net: nn.Module = instantiate(OmegaConf.load(path), channels=spec.channels)
        return net
    try:
        layers = json.loads(shape)
    except ValueError:
        known = ", ".join(sorted(path.stem for path in MODELS.glob("*.yaml")))
        raise ConfigError(
            f"{shape!r} is no model of conf/model ({known}) and no list of layers such as "
            "[[8,2],[16,2,5]]."
        ) from None
    if not isinstance(layers, list) or not all(isinstance(layer, list) for layer in layers):
        raise ConfigError(f"{shape} is no list of layers such as [[8,2],[16,2,5]].")
    return EyeNet(spec.channels, layers, padded=padded)


def describe(
    name: str,
    net: nn.Module,
    spec: InputSpec,
    crops: NDArray[np.uint8],
    precisions: Sequence[str] = PRECISIONS,
) -> Shape:
    """Counts and exports a net.

    Args:
        name: What the table calls it.
        net: Fresh; its batch norms are given something to fold.
        spec: What it sees.
        crops: That the int8 ranges are taken from, uint8 (N, C, H, W).
        precisions: Those of `PRECISIONS`, and `FLOAT_FIRST`.

    Raises:
        BlinkError: It cannot be exported.
    """
    _shuffle_statistics(net)
    multiplications, places = _count(net.eval(), spec)
    graph = EyeGraph(net, spec, Calibration())
    fp32 = to_onnx(Exportable(name, "net", graph, OperatingPoint()))
    makers = {
        "fp32": lambda: fp32,
        "int8": lambda: quantise(fp32, crops),
        FLOAT_FIRST: lambda: quantise(fp32, crops, in_float=layers_of(fp32)[:1]),
    }
    models = {precision: makers[precision]() for precision in precisions}
    return Shape(
        name,
        sum(parameter.numel() for parameter in net.parameters()),
        multiplications,
        places,
        {p: finish(model, crops).SerializeToString() for p, model in models.items()},
    )


def _shuffle_statistics(net: nn.Module) -> None:
    """Batch norms as training leaves them, so that they change weights and biases when folded."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.get_buffer("running_mean").normal_(0, 0.1)
            module.get_buffer("running_var").uniform_(0.5, 1.5)


@torch.no_grad()
def _count(net: nn.Module, spec: InputSpec) -> tuple[int, tuple[int, int]]:
    """Multiplications of one crop, and the places behind the last convolution."""
    places = spec.shape[1:]

    def note(_layer: nn.Module, _given: object, answer: torch.Tensor) -> None:
        nonlocal places
        places = (answer.shape[2], answer.shape[3])

    convolutions = [module for module in net.modules() if isinstance(module, nn.Conv2d)]
    hooks = [layer.register_forward_hook(note) for layer in convolutions]
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, *spec.shape))
    for hook in hooks:
        hook.remove()
    return counter.get_total_flops() // 2, places


def row(shape: Shape, latencies: Mapping[str, GraphLatency]) -> str:
    """One row of the table.

    Args:
        shape: The net.
        latencies: By precision.
    """
    cells = [
        shape.name,
        f"{shape.parameters:,}",
        f"{shape.multiplications / 1e6:.2f}",
        "×".join(map(str, shape.places)),
    ]
    for precision in PRECISIONS:
        model, ratio = shape.graphs[precision], latencies[precision].ratio_to_empty_graph
        cells += [
            f"{sum(count_nodes(model).values())}",
            f"{len(model) / 1000:.1f}",
            f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]",
        ]
    return f"| {' | '.join(cells)} |"


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures shapes of nets nobody has trained.")
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help="a model's name, or layers")
    parser.add_argument("--unpadded", action="store_true", help="layers as given have no margins")
    parser.add_argument(
        "--in-graph", action="store_true", help="each once more, normalising in the graph"
    )
    parser.add_argument("--side", type=int, default=32, help="of the net's input, in pixels")
    parser.add_argument("--seconds", type=float, default=3.0, help="that each process times")
    parser.add_argument(
        "--processes", type=int, default=5, help="intervals are over them; at least 2"
    )
    options = parser.parse_args(arguments)
    options.shapes = options.shapes or ["standard", "pico"]
    if len(set(options.shapes)) < len(options.shapes):
        parser.error("a shape is named twice")
    return options


def main(arguments: list[str]) -> int:
    """Builds, measures and prints; returns the exit code."""
    options = parse(arguments)
    torch.manual_seed(0)
    try:
        spec = InputSpec(options.side, options.side)
        crops = np.random.default_rng(0).integers(0, 256, (64, *spec.shape), dtype=np.uint8)
        nets = {name: build(name, spec, not options.unpadded) for name in options.shapes}
        if options.in_graph:
            nets |= {f"{name}, normalising": InGraph(net) for name, net in nets.items()}
        shapes = [describe(name, net, spec, crops) for name, net in nets.items()]
        graphs = {
            f"{shape.name} {precision}": shape.graphs[precision]
            for shape in shapes
            for precision in PRECISIONS
        }
        benchmark = Benchmark(seconds=options.seconds, processes=options.processes)
        found = measure_graphs(benchmark, graphs, crops[:16])
    except BlinkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    columns = " | ".join(f"{p} nodes | {p} kB | {p} × empty graph" for p in PRECISIONS)
    print(f"| shape | parameters | MMACs | places | {columns} |\n|---{'|--:' * 9}|")
    for shape in shapes:
        by_precision = {p: found[f"{shape.name} {p}"] for p in PRECISIONS}
        print(row(shape, by_precision))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
