"""Quantisation-aware training: float weights that still know a closed eye once they are rounded."""

import copy
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from blink.contract import CLOSED, OPEN, ExportError
from blink.export.exportable import Exportable
from blink.export.search.chain import links
from blink.export.search.equalisation import equalise
from blink.export.search.fake_quant import FakeQuantNet
from blink.latency.slot import give_way
from blink.models import scale

_BATCH = 128
_LEARNING_RATE = 1e-4
"""Three times as much took nets further from their answers than the rounding does."""

_SHIFT = 2
"""Crops are moved by up to so many pixels; the float net says what they are, wherever they are."""


def train_qat(
    exportable: Exportable,
    crops: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    epochs: int,
    seed: int,
) -> Exportable:
    """Trains a net on with the rounding of int8 in its way, towards its own float answers.

    The float net is the teacher: what is learnt is to stay the same intelligence, not to become
    another one, so that neither the recipe of the first training nor its augmentation is needed.
    Labels decide no more than that both classes count the same. Batch norm is folded first, since
    it is folded when int8 runs, and channels are made equal, see `equalise`: what training cannot
    mend in so few steps. The rounding is that of `FakeQuantNet`.
    Source: Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", section 3; the teacher: Hinton et al. 2015, "Distilling the
    Knowledge in a Neural Network".

    Args:
        exportable: The trained float net; left as it is.
        crops: Of training people, uint8 (N, C, H, W), as the graph takes them.
        labels: int64 (N,), 1 closed, 0 open; both occur.
        epochs: How often each crop is seen.
        seed: Decides order and shifts. The same seed gives the same bits on the same machine with
            as many threads.

    Returns:
        A float net of the same class whose convolutions' weights lie on the grid of int8, where
        the ordinary quantiser finds them again. Leave `correct_biases` out: biases were learnt.

    Raises:
        ExportError: There is nothing to learn from, or the net's convolutions do not follow each
            other as Conv2d, BatchNorm2d and ReLU modules, see `links`.
    """
    if not (len(crops) == len(labels) > 0 and epochs >= 1 and len(np.unique(labels)) == 2):
        raise ExportError(
            f"Quantisation-aware training got {len(crops)} crops with {len(labels)} labels of "
            f"{len(np.unique(labels))} classes and {epochs} epochs; give it crops of training "
            "people, open and closed, and one epoch at least."
        )
    images, weights = torch.tensor(crops), _class_weights(labels)
    graph = equalise(exportable, crops).graph
    teacher = copy.deepcopy(graph.net)
    fake_quant = FakeQuantNet(
        graph.net, links(graph.net, scale(images[:2], graph.spec)), graph.spec.scale
    )
    optimiser = torch.optim.Adam(graph.net.parameters(), _LEARNING_RATE)
    steps = epochs * -(-len(images) // _BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        fake_quant.observe(scale(images, graph.spec))
        for rows in torch.randperm(len(images), generator=generator).split(_BATCH):
            give_way()
            batch = scale(_shifted(images[rows], generator), graph.spec)
            with torch.no_grad():
                wanted = teacher(batch)
            apart = (fake_quant(batch) - wanted).square()
            loss = (weights[rows] * apart.reshape(len(rows), -1).sum(1)).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    fake_quant.observe(scale(images, graph.spec))
    fake_quant.convert()
    return replace(exportable, graph=graph.requires_grad_(False))


def _class_weights(labels: NDArray[np.int64]) -> Tensor:
    """Weights (N,) of mean 1 that give both classes the same total."""
    counts = np.array([np.sum(labels == OPEN), np.sum(labels == CLOSED)])
    weights = len(labels) / (2 * counts[labels])
    return torch.tensor(weights, dtype=torch.float32)


def _shifted(images: Tensor, generator: torch.Generator) -> Tensor:
    """A batch moved by a few pixels, edges repeated, and half of the time mirrored."""
    down, right, mirrored = torch.randint(0, 2 * _SHIFT + 1, (3,), generator=generator).tolist()
    height, width = images.shape[2:]
    padded = pad(images, [_SHIFT] * 4, mode="replicate")
    moved = padded[:, :, down : down + height, right : right + width]
    return moved.flip(3) if mirrored % 2 else moved
