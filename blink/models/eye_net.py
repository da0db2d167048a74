from collections.abc import Sequence

from torch import Tensor, nn

from blink.contract import ConfigError


class EyeNet(nn.Module):
    """A plain stack of dense convolutions with batch norm and ReLU, mean pool, one neuron.

    Dense convolutions and ReLU are what ONNX Runtime runs fastest in int8; depthwise ones have
    fewer multiplications and take longer. Time goes by layers and by the places at which they are
    evaluated, hardly by their weights: see experiments/latency.

    Args:
        channels: Channels of the input, 1 or 3.
        layers: (width, stride) or (width, stride, kernel) of each convolution, whose kernel is 3
            where none is named; widths in multiples of 8 quantise best.
        dropout: Share of the pooled features that training leaves out.
        padded: Whether a margin of zeros around each layer keeps its border: a side ends at
            side / stride. Without it a layer is evaluated where its kernel fits, and sides shrink.

    Raises:
        ConfigError: A layer is no such pair or triple of whole numbers from 1 up.
    """

    def __init__(
        self,
        channels: int,
        layers: Sequence[Sequence[int]],
        dropout: float = 0.0,
        padded: bool = True,
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        width = channels
        for layer in layers:
            wider, stride, kernel = _whole(layer)
            margin = _margin(stride, kernel) if padded else 0
            blocks += [
                nn.Conv2d(width, wider, kernel, stride, margin, bias=False),
                nn.BatchNorm2d(wider),
                nn.ReLU(inplace=True),
            ]
            width = wider
        self.features = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, 1)
        self.smallest_side = _smallest_side(layers, padded)

    def forward(self, images: Tensor) -> Tensor:
        """Scaled images, float (N, C, H, W) → logits of *closed*, float (N,).

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
        logits: Tensor = self.head(self.dropout(pooled)).squeeze(1)
        return logits


def _whole(layer: Sequence[int]) -> tuple[int, int, int]:
    """(Width, stride, kernel) of a layer, its kernel filled in."""
    if len(layer) not in (2, 3) or not all(type(size) is int and size >= 1 for size in layer):
        raise ConfigError(
            f"A layer is {list(layer)}; it must be [width, stride] or [width, stride, kernel], "
            "whole numbers from 1 up."
        )
    wider, stride, *named = layer
    return wider, stride, named[0] if named else 3


def _margin(stride: int, kernel: int) -> int:
    """Zeros at each border with which a side that the stride divides ends at side / stride."""
    return max(0, (kernel - stride + 1) // 2)


def _smallest_side(layers: Sequence[Sequence[int]], padded: bool) -> int:
    """Of an image, in pixels, so that one place is left behind the last layer."""
    side = 1
    for layer in reversed(layers):
        _, stride, kernel = _whole(layer)
        margin = _margin(stride, kernel) if padded else 0
        side = max(1, (side - 1) * stride + kernel - 2 * margin)
    return side
