from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from torch import Tensor, nn

from blink.contract import ConfigError
from blink.contract.record import is_number

RELU: Final = partial(nn.ReLU, inplace=True)


class EyeNet(nn.Module):
    """A plain stack of dense convolutions with norm and activation, mean pool, one neuron.

    Dense convolutions and ReLU are what ONNX Runtime runs fastest in int8; depthwise ones have
    fewer multiplications and take longer. Time goes by layers and by the places at which they are
    evaluated, hardly by their weights: see docs/models.md and experiments/latency.

    A last layer whose kernel covers all places that are left, without padding, is a head that
    weighs each place by itself; the mean is then over one place.

    Args:
        channels: Channels of the input, 1 or 3.
        layers: (width, stride) or (width, stride, kernel) of each convolution, whose kernel is 3
            where none is named; widths in multiples of 8 quantise best.
        dropout: Share of the pooled features that training leaves out.
        padded: Whether a margin of zeros around each layer keeps its border: a side that the stride
            divides ends at side / stride, or at one more where an even kernel has stride 1. Without
            it a layer is evaluated where its kernel fits, and sides shrink.
        norm: Makes the norm of a width. Convolutions have no bias, so it has to bring one; batch
            norm alone costs nothing, since it is folded into the weights when exported. A bundle
            takes InstanceNorm2d, too, but not GroupNorm, whose export computes sizes.
        activation: Makes what follows each norm. ReLU alone is rounded together with its
            convolution; int8 stays possible with others, and goes to floats and back for each.
        outputs: 1 for the logit of *closed*, 2 for that and the logit of openness.

    Raises:
        ConfigError: There are no layers, one is no such pair or triple of whole numbers from 1 up,
            the dropout is no share, or outputs are neither 1 nor 2.
    """

    def __init__(
        self,
        channels: int,
        layers: Sequence[Sequence[int]],
        dropout: float = 0.0,
        padded: bool = True,
        norm: Callable[[int], nn.Module] = nn.BatchNorm2d,
        activation: Callable[[], nn.Module] = RELU,
        outputs: int = 1,
    ) -> None:
        super().__init__()
        check_outputs(outputs)
        check_dropout(dropout)
        blocks: list[nn.Module] = []
        width = channels
        sizes = _sizes(layers)
        for wider, stride, kernel in sizes:
            margin = _margin(stride, kernel) if padded else 0
            blocks += [
                nn.Conv2d(width, wider, kernel, stride, margin, bias=False),
                norm(wider),
                activation(),
            ]
            width = wider
        self.features = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, outputs)
        self.smallest_side = _smallest_side(sizes, padded)

    def forward(self, images: Tensor) -> Tensor:
        """Scaled images, float (N, C, H, W) → logits of *closed*, float (N,); or (N, 2).

        Raises:
            ConfigError: The images are so small that a layer's kernel does not fit.
        """
        height, width = images.shape[2:]
        if min(height, width) < self.smallest_side:
            raise ConfigError(
                f"The net's input is {height}×{width}, but its layers need sides of at least "
                f"{self.smallest_side}. Choose a larger `input`, fewer strides, or `padded: true`."
            )
        pooled = self.features(images).mean((2, 3))
        logits: Tensor = self.head(self.dropout(pooled))
        return logits.squeeze(1) if self.head.out_features == 1 else logits


def check_dropout(share: float) -> None:
    """Refuses a dropout that leaves out no share of the features.

    Raises:
        ConfigError: It is no number from 0 to below 1.
    """
    if not (is_number(share) and 0 <= share < 1):
        raise ConfigError(f"model.dropout is {share!r}; it must be a share from 0 to below 1.")


def check_outputs(outputs: int) -> None:
    """Refuses a number of outputs that means nothing.

    Raises:
        ConfigError: It is neither 1 nor 2.
    """
    if outputs not in (1, 2):
        raise ConfigError(f"A net has 1 output (closed) or 2 (closed, openness), not {outputs!r}.")


def _sizes(layers: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
    """(Width, stride, kernel) of each layer, the kernel filled in."""
    if not _is_list(layers) or not layers:
        raise ConfigError(
            f"model.layers is {layers!r}; it must be a list of one layer or more, such as "
            "'model.layers=[[16,2],[32,1]]'."
        )
    sizes = []
    for layer in layers:
        is_layer = _is_list(layer) and len(layer) in (2, 3)
        if not is_layer or not all(type(size) is int and size >= 1 for size in layer):
            raise ConfigError(
                f"A layer is {layer!r}; it must be [width, stride] or [width, stride, kernel], "
                "whole numbers from 1 up."
            )
        wider, stride, *named = layer
        sizes.append((wider, stride, named[0] if named else 3))
    return sizes


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _margin(stride: int, kernel: int) -> int:
    """Zeros at each border with which a side that the stride divides ends at side / stride.

    With stride 1 and an even kernel no margin that is the same at both borders does: it ends at one
    more, rather than at one less.
    """
    return max(0, (kernel - stride + 1) // 2)


def _smallest_side(sizes: Sequence[tuple[int, int, int]], padded: bool) -> int:
    """Of an image, in pixels, so that one place is left behind the last layer."""
    side = 1
    for _, stride, kernel in reversed(sizes):
        margin = _margin(stride, kernel) if padded else 0
        side = max(1, (side - 1) * stride + kernel - 2 * margin)
    return side
