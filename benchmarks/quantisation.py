"""Measures what each way of rounding a trained net costs, on the run's own validation people.

    python -m benchmarks.quantisation RUN [RUN …] [--uneven 30] [--epochs 4]

RUN is the folder of a run; its net comes from its checkpoint, its people from its config. Prints,
as Markdown, what the ways cost against fp32 and what each layer costs alone. With `--uneven` one
channel between any two convolutions is made so many times larger and its reader's weights as many
times smaller, which changes nothing in float: a net that suffers.
"""

import argparse
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import blink.torchvision_mend  # noqa: F401

import numpy as np
import onnx
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import nn

from blink.contract import Calibration, OperatingPoint
from blink.export import Exportable, Plan
from blink.export.gathering import gather
from blink.export.int8 import layers_of, quantise
from blink.export.onnx_graph import to_onnx
from blink.export.parity import mean_change, run_onnx
from blink.export.search import Material
from blink.export.search.chain import fold_batch_norm
from blink.export.search.equalisation import equalise
from blink.export.search.gate import Gate
from blink.export.search.qat import train_qat
from blink.export.search.recipes import Float32
from blink.export.search.sensitivity import sensitivity
from blink.models import EyeGraph
from blink.training.checkpoint import latest_checkpoint, load_weights, read_checkpoint

Way = tuple[str, Callable[[], onnx.ModelProto]]

COLUMNS = ("rounding", "difference in points [95 %]", "changed", "mean Δp", "largest Δp")


def read_run(folder: Path) -> tuple[Exportable, Material]:
    """The net of a run, and the people whom it was trained and is judged on."""
    cfg = OmegaConf.load(folder / "config.yaml")
    manifest, split = instantiate(cfg.data.collection, ledgers=None).prepare()
    spec = instantiate(cfg.input)
    data = instantiate(cfg.data.loader)(manifest, split, spec)
    net = instantiate(cfg.model, channels=spec.channels)
    path = latest_checkpoint(folder / "checkpoints")
    if path is None:
        raise SystemExit(f"{folder} has no checkpoint that can be read; name the folder of a run.")
    content = read_checkpoint(path)
    graph = EyeGraph(net, spec, Calibration.from_dict(content["calibration"]))
    load_weights(_Shell(net), spec, path)
    point = OperatingPoint.from_dict(content["operating_point"])
    exportable = Exportable(str(cfg.name), "net", graph.eval(), point)
    plan = Plan([Float32()], calibration_crops=512, learning_crops=4096)
    return exportable, gather(exportable, data, plan)


class _Shell(nn.Module):
    """Names a net's weights as a checkpoint does."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net


@torch.no_grad()
def make_uneven(exportable: Exportable, factor: float) -> Exportable:
    """The same intelligence with one channel between any two convolutions so many times larger."""
    graph = copy.deepcopy(exportable.graph)
    graph.net = fold_batch_norm(graph.net, torch.zeros(2, *graph.spec.shape))
    layers = [layer for layer in graph.net.modules() if isinstance(layer, nn.Conv2d)]
    for maker, reader in pairwise(layers):
        channel = len(maker.weight) // 2
        maker.weight[channel] *= factor
        if maker.bias is not None:
            maker.bias[channel] *= factor
        reader.weight[:, channel] /= factor
    return replace(exportable, graph=graph)


def ways(exportable: Exportable, material: Material, epochs: int) -> Iterator[Way]:
    """All ways of rounding that are compared."""
    calibration, learning = material.calibration, material.learning
    assert calibration is not None  # noqa: S101 - the plan names both
    assert learning is not None  # noqa: S101
    float_net = to_onnx(exportable)
    first = layers_of(float_net)[:1]
    yield "per channel", lambda: quantise(float_net, calibration)
    yield (
        "… biases not corrected",
        lambda: quantise(float_net, calibration, has_biases_corrected=False),
    )
    yield "… first layer in float", lambda: quantise(float_net, calibration, in_float=first)
    yield "… weights of 7 bits", lambda: quantise(float_net, calibration, is_reduced=True)
    yield "per tensor", lambda: quantise(float_net, calibration, per_channel=False)
    yield (
        "… biases not corrected",
        lambda: quantise(float_net, calibration, per_channel=False, has_biases_corrected=False),
    )
    even = to_onnx(equalise(exportable, calibration))
    yield "channels equalised", lambda: quantise(even, calibration)
    yield "… biases not corrected", lambda: quantise(even, calibration, has_biases_corrected=False)
    aware = to_onnx(train_qat(exportable, learning.crops, learning.labels, epochs=epochs, seed=0))
    yield (
        f"aware, {epochs} epochs",
        lambda: quantise(aware, calibration, has_biases_corrected=False),
    )
    yield "… biases corrected", lambda: quantise(aware, calibration)
    yield "… left in float", lambda: aware


def compare(exportable: Exportable, material: Material, epochs: int) -> None:
    """Prints the table of a net."""
    validation, threshold = material.validation, exportable.operating_point.threshold
    fp32 = run_onnx(to_onnx(exportable).SerializeToString(), validation.crops)
    right = (fp32 >= threshold) == (validation.labels == 1)
    recalls = [right[validation.labels == label].mean() for label in (0, 1)]
    people = "unknown" if validation.people is None else len(np.unique(validation.people))
    print(
        f"\n**{exportable.name}**: balanced accuracy of fp32 {np.mean(recalls):.4f}, on "
        f"{len(fp32):,} crops of {people} validation people.\n"
    )
    _print_row(COLUMNS)
    _print_row(["---", *["---:"] * (len(COLUMNS) - 1)])
    for name, make in ways(exportable, material, epochs):
        answers = run_onnx(make().SerializeToString(), validation.crops)
        judged = Gate().judge(fp32, answers, validation, threshold)
        found = judged.difference
        ends = "" if found.low is None else f" [{_points(found.low)}, {_points(found.high)}]"
        _print_row(
            [
                name,
                _points(found.value) + ends,
                f"{100 * judged.changed_decisions:.2f} %",
                f"{mean_change(fp32, answers):.5f}",
                f"{judged.largest_difference:.3f}",
            ]
        )


def list_layers(exportable: Exportable, material: Material) -> None:
    """Prints what each layer costs alone."""
    assert material.calibration is not None  # noqa: S101 - the plan names it
    print()
    _print_row(["layer alone", "points lost", "largest Δp"])
    _print_row(["---", "---:", "---:"])
    threshold = exportable.operating_point.threshold
    model = to_onnx(exportable)
    for cost in sensitivity(model, material.calibration, material.validation, threshold):
        lost = f"{100 * cost.balanced_accuracy_lost:+.2f}"
        _print_row([cost.layer, lost, f"{cost.largest_difference:.3f}"])


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:+.2f}"


def _print_row(cells: Sequence[str]) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Reads the runs and prints their tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--uneven", type=float, help="how many times larger one channel is made")
    parser.add_argument("--epochs", type=int, default=4, help="of quantisation-aware training")
    arguments = parser.parse_args()
    for folder in arguments.runs:
        exportable, material = read_run(folder)
        if arguments.uneven:
            exportable = make_uneven(exportable, arguments.uneven)
        compare(exportable, material, arguments.epochs)
        list_layers(exportable, material)


if __name__ == "__main__":
    main()
