"""A small net, trained for a minute on rendered crops alone, judged on real people not tested on.

`python -m experiments.renderer.transfer --data FOLDER [--without NAME …] [--fitted FIT.json]`: the
folder holds the two archives. Test people of both are left out, see `COUNTERPARTS` of
`blink.synthesis.counterparts`. It is there to choose between large changes of the renderer, not to
tune one: a seed is worth a point.
"""

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from blink.contract import Crop
from blink.data.images import decode
from blink.runtime.preprocessing import grey
from blink.synthesis.counterparts import COUNTERPARTS, Counterpart
from blink.synthesis.portrait import sample_portrait
from blink.synthesis.tilt import Tilt, read_tilt

_KEPT: Final = 40
_SIDE: Final = 24
_BATCH: Final = 128
_WORLD: Final = 7
"""Seed of the rendered people; those of the next seed of the script have the next one."""

Eyes = tuple[Tensor, NDArray[np.int64]]
"""(N, 1, 40, 40) grey levels, (N,) labels."""


def small(crop: Crop) -> Crop:
    """The crop in grey, as it is kept."""
    kernel = cv2.INTER_AREA if min(crop.shape[:2]) >= _KEPT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey(crop), (_KEPT, _KEPT), interpolation=kernel), np.uint8)


def rendered(people: int, crops: int, without: list[str], world: int, tilt: Tilt | None) -> Eyes:
    """Rendered eyes that are open or closed."""
    portraits = [
        portrait
        for number in range(people)
        for crop in range(crops)
        if (portrait := sample_portrait(number, crop, world, None, without, tilt)).label is not None
    ]
    labels = np.array([portrait.label for portrait in portraits], np.int64)
    return stack([small(portrait.take()) for portrait in portraits]), labels


def real(counterpart: Counterpart, data: Path, every: int) -> Eyes:
    """Every so-manieth crop of an archive's people who are not tested on."""
    importer = counterpart.importer(data / counterpart.archive)
    crops, labels = [], []
    with importer.open() as archive:
        pictures = [
            picture
            for picture in importer.pictures(archive, lambda _member, _fault: None)
            if not counterpart.sealed(str(picture.columns["subject"]))
        ]
        for picture in pictures[::every]:
            crops.append(small(decode(archive.read(picture.member))))
            labels.append(int(picture.columns["label"]))
    return stack(crops), np.array(labels, np.int64)


def stack(crops: list[Crop]) -> Tensor:
    """(N, 1, 40, 40) float32."""
    return torch.from_numpy(np.stack(crops)).float()[:, None]


def standard(crops: Tensor) -> Tensor:
    """Each crop freed of its own brightness and contrast."""
    mean, variance = crops.mean((2, 3), keepdim=True), crops.var((2, 3), keepdim=True)
    return (crops - mean) / (variance + 4).sqrt()


def jittered(crops: Tensor) -> Tensor:
    """Mirrored, moved, turned and zoomed a little, at the net's size."""
    count = len(crops)
    zoom, angle = 1 + 0.12 * torch.randn(count), 0.08 * torch.randn(count)
    flip = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    cos, sin = zoom * torch.cos(angle), zoom * torch.sin(angle)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = flip * cos, -sin
    matrix[:, 1, 0], matrix[:, 1, 1] = flip * sin, cos
    matrix[:, :, 2] = 0.08 * torch.randn(count, 2)
    grid = functional.affine_grid(matrix, [count, 1, _SIDE, _SIDE], align_corners=False)
    moved = functional.grid_sample(crops, grid, padding_mode="reflection", align_corners=False)
    return standard(moved)


def build() -> nn.Sequential:
    """Four 3×3 convolutions, 34,725 parameters."""

    def block(before: int, after: int, stride: int) -> list[nn.Module]:
        layer = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        return [layer, nn.BatchNorm2d(after), nn.ReLU()]

    body = [*block(1, 12, 2), *block(12, 24, 1), *block(24, 40, 2), *block(40, 64, 1)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(64, 1)]
    return nn.Sequential(*body, *head)


def train(eyes: Eyes, epochs: int) -> nn.Sequential:
    """The net, after so many epochs."""
    crops, labels = eyes[0], torch.from_numpy(eyes[1]).float()
    net, steps = build(), len(labels) // _BATCH
    optimiser = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=epochs * steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(labels))[: steps * _BATCH].split(_BATCH):
            target = 0.02 + 0.96 * labels[rows]
            logits = net(jittered(crops[rows]))[:, 0]
            optimiser.zero_grad()
            functional.binary_cross_entropy_with_logits(logits, target).backward()
            optimiser.step()
            schedule.step()
    return net.eval()


@torch.no_grad()
def judge(net: nn.Sequential, eyes: Eyes) -> tuple[float, float]:
    """Balanced accuracy at 0.5 and AUC; the scores are means over a crop and its mirror image."""
    size, parts = [_SIDE, _SIDE], []
    for crops in eyes[0].split(512):
        seen = standard(functional.interpolate(crops, size, mode="bilinear", antialias=True))
        parts.append((net(seen).sigmoid() + net(seen.flip(3)).sigmoid())[:, 0] / 2)
    score, closed = torch.cat(parts).numpy(), eyes[1] == 1
    balanced = ((score[closed] > 0.5).mean() + (score[~closed] <= 0.5).mean()) / 2
    ranks = score.argsort().argsort()[closed]
    pairs = closed.sum() * (~closed).sum()
    above = ranks.sum() - closed.sum() * (closed.sum() - 1) / 2
    return float(balanced), float(above / pairs)


def main() -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--people", type=int, default=850)
    parser.add_argument("--crops", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--fitted", type=Path, help="what `python -m blink.synthesis fit` wrote")
    parser.add_argument("--seed", type=int, default=0, help="of the net and of the rendered people")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    tilt = None if arguments.fitted is None else read_tilt(arguments.fitted)
    world = _WORLD + arguments.seed
    eyes = rendered(arguments.people, arguments.crops, arguments.without, world, tilt)
    net = train(eyes, arguments.epochs)
    for counterpart, every in zip(COUNTERPARTS, (3, 1), strict=True):
        balanced, auc = judge(net, real(counterpart, arguments.data, every))
        kind = counterpart.importer.kind
        print(f"{kind}: balanced accuracy {balanced:.3f}, AUC {auc:.3f}")


if __name__ == "__main__":
    main()
