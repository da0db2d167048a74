import copy
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blink.contract import ExportError
from blink.export.exportable import Exportable
from blink.export.search.chain import fold_batch_norm, links
from blink.models import scale

_BATCH = 1024
_LEAST = 1e-4
"""A channel whose largest value is below that of all by this factor is as good as dead."""


@torch.no_grad()
def equalise(exportable: Exportable, crops: NDArray[np.uint8]) -> Exportable:
    """Cross-layer equalisation: the channels between two convolutions share one scale fairly.

    All channels of a tensor are rounded in steps of the same size, so that one large channel takes
    the steps from all others. ReLU lets a factor through: what a channel's producer is divided by,
    its consumer's weights are multiplied with, and the net stays what it was. The factors even out
    what the rounding of the tensor and of the consumer's weights cost: largest value and largest
    share of a weight in its output channel become equal, both the root of their product.
    Source: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias
    Correction", section 4.1, with measured ranges of the tensors in place of the producers'
    weights, which have a scale for each channel here.

    Args:
        exportable: A trained net; left as it is.
        crops: Of training people, uint8 (N, C, H, W), as the graph takes them.

    Returns:
        The same intelligence, in other numbers and without batch norms.

    Raises:
        ExportError: See `links`; or something else reads what was divided, as a skip connection
            would.
    """
    graph = copy.deepcopy(exportable.graph).cpu().eval()
    images = scale(torch.tensor(crops), graph.spec)
    before = graph.net(images[:_BATCH])
    graph.net = fold_batch_norm(graph.net, images[:2])
    chain = links(graph.net, images[:2])
    producers = {link.relu: link.convolution for link in chain}
    sources = [link.source for link in chain]
    for link in chain:
        if link.source is None or sources.count(link.source) > 1:
            continue  # the crops are as they are, and two consumers would want two factors
        producer, consumer = (
            graph.net.get_submodule(name) for name in (producers[link.source], link.convolution)
        )
        assert isinstance(producer, nn.Conv2d)  # noqa: S101 - `links` saw to both
        assert isinstance(consumer, nn.Conv2d)  # noqa: S101
        if consumer.groups == 1:
            _share(producer, consumer, _largest(graph.net, link.source, images))
    if not torch.allclose(graph.net(images[:_BATCH]), before, rtol=1e-3, atol=1e-3):
        raise ExportError(
            "The net can neither have its channels evened out nor be trained on under rounding: "
            "something other than a convolution reads what a ReLU gives between two of them. "
            "Use recipes that do neither."
        )
    return replace(exportable, graph=graph)


def _share(producer: nn.Conv2d, consumer: nn.Conv2d, largest: Tensor) -> None:
    """Divides the producer's channels and multiplies the consumer's weights, in place."""
    weights = consumer.weight.abs().flatten(2).amax(2)
    shares = (weights / weights.amax(1, keepdim=True)).nan_to_num().amax(0)
    alive = (largest > _LEAST * largest.max()) & (shares > _LEAST)
    factors = torch.where(alive, (largest / shares).sqrt(), torch.ones(()))
    producer.weight /= factors[:, None, None, None]
    if producer.bias is not None:
        producer.bias /= factors
    consumer.weight *= factors[None, :, None, None]


def _largest(net: nn.Module, relu: str, images: Tensor) -> Tensor:
    """The largest value of each channel that a ReLU gives. Shape (channels,)."""
    found: list[Tensor] = []
    hook = net.get_submodule(relu).register_forward_hook(
        lambda _module, _read, gave: found.append(gave.amax((0, 2, 3)))
    )
    for batch in images.split(_BATCH):
        net(batch)
    hook.remove()
    return torch.stack(found).amax(0)
