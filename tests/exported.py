"""Drawn eyes, a net that was trained on them for a second, and the bundle that it makes."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from blink.contract import Calibration, Crop, InputSpec, OperatingPoint, Probabilities
from blink.export import Exportable, Validation, export_bundle
from blink.export.onnx_graph import to_onnx
from blink.export.parity import run_torch_whole
from blink.heuristics import Gradient
from blink.models import EyeGraph, EyeNet, scale
from blink.runtime import Bundle
from blink.runtime.preprocessing import stack

PROVENANCE: dict[str, Any] = {
    "licence": "Weights trained on drawn eyes; free for any use.",
    "data": {"drawn": "0123abcd"},
    "held_out": ["drawn person 7"],
}


def draw(closed: bool, rng: np.random.Generator, side: int = 32) -> Crop:
    """A drawn eye, uint8 (side, side, 3): a lying stroke, or a dark disc in a white oval."""
    picture = np.full((side, side, 3), rng.integers(120, 200, 3), np.uint8)
    middle = (side // 2 + int(rng.integers(-2, 3)), side // 2 + int(rng.integers(-2, 3)))
    if closed:
        cv2.line(picture, (3, middle[1]), (side - 4, middle[1]), (40, 30, 30), 2)
    else:
        cv2.ellipse(picture, middle, (side // 3, side // 5), 0, 0, 360, (230, 230, 230), -1)
        cv2.circle(picture, middle, side // 6, (30, 30, 40), -1)
    noise = rng.normal(0, 8, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def drawn(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Drawn eyes, uint8 (count, 32, 32, 3), and labels, int64 (count,), half of them closed."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    return np.stack([draw(bool(label), rng) for label in labels]), labels


def golden() -> Sequence[Crop]:
    """Golden crops of several sizes and both ranks."""
    rng = np.random.default_rng(5)
    crops = [draw(bool(number % 2), rng, 20 + 13 * number) for number in range(6)]
    return [crop if number % 3 else crop[..., 0] for number, crop in enumerate(crops)]


@cache
def trained_net() -> Exportable:
    """A small net that tells drawn eyes apart."""
    torch.manual_seed(0)
    graph = EyeGraph(EyeNet(1, [(8, 2), (16, 2), (16, 2)], 0.1), InputSpec(), Calibration())
    crops, labels = drawn(256, seed=1)
    images = torch.from_numpy(stack(list(crops), graph.spec))
    target = torch.tensor(labels).float()
    optimiser = torch.optim.Adam(graph.parameters(), 1e-2)
    for _ in range(15):
        loss = binary_cross_entropy_with_logits(torch.logit(graph(images), eps=1e-6), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    graph.calibration = Calibration(1.5)
    return Exportable("drawn", "net", graph.eval(), OperatingPoint(0.45, "fixed for tests"))


def traced_net() -> onnx.ModelProto:
    """Its graph in ONNX, a copy of the caller's own; traced once for all who ask."""
    model = onnx.ModelProto()
    model.ParseFromString(_traced_net())
    return model


@cache
def _traced_net() -> bytes:
    traced: bytes = to_onnx(trained_net()).SerializeToString(deterministic=True)
    return traced


def run_torch(graph: EyeGraph, crops: NDArray[np.uint8]) -> Probabilities:
    """What torch says: uint8 (N, C, H, W) → p_closed, float32 (N,)."""
    return run_torch_whole(graph, crops)[0]


def heuristic() -> Exportable:
    """The gradient heuristic, fitted to drawn eyes."""
    crops, labels = drawn(128, seed=1)
    module = Gradient()
    spec = InputSpec(colour="rgb", normalisation="unit")
    module.fit(scale(torch.from_numpy(stack(list(crops), spec)), spec), labels)
    return Exportable(
        "gradient", "heuristic", EyeGraph(module, spec, Calibration()), OperatingPoint()
    )


def export(folder: Path, exportable: Exportable | None = None) -> Bundle:
    """Exports the trained net, or what is given, to a folder."""
    exportable = exportable or trained_net()
    calibration, _ = drawn(128, seed=2)
    crops, labels = drawn(200, seed=3)
    spec = exportable.graph.spec
    return export_bundle(
        folder,
        exportable,
        calibration=stack(list(calibration), spec),
        validation=Validation(stack(list(crops), spec), labels),
        golden=golden(),
        provenance=PROVENANCE,
    )


@cache
def drawn_bundle(folder: Path) -> Bundle:
    """The trained net's bundle below a folder; made once for all who ask."""
    return export(folder / "exported" / "drawn")


@cache
def net_with_openness() -> Exportable:
    """`trained_net` with a second logit, of openness: half of the first one, turned round."""
    exportable = copy.deepcopy(trained_net())
    net = exportable.graph.net
    assert isinstance(net, EyeNet)
    weight, bias = net.head.weight.detach(), net.head.bias.detach()
    net.head = nn.Linear(weight.shape[1], 2)
    net.head.weight = nn.Parameter(torch.cat([weight, -weight / 2]))
    net.head.bias = nn.Parameter(torch.cat([bias, -bias / 2]))
    return replace(exportable, name="opened", graph=exportable.graph.eval())


@cache
def bundle_with_openness(folder: Path) -> Bundle:
    """Its bundle below a folder; made once for all who ask."""
    return export(folder / "exported" / "opened", net_with_openness())
