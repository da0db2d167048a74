from collections.abc import Sequence

from torch import Tensor, nn


class EyeNet(nn.Module):
    """A plain stack of dense 3×3 convolutions with batch norm and ReLU, mean pool, one neuron.

    Dense convolutions and ReLU are what ONNX Runtime runs fastest in int8; depthwise ones have
    fewer multiplications and take longer.

    Args:
        channels: Channels of the input, 1 or 3.
        layers: (width, stride) of each convolution; widths in multiples of 8 quantise best.
        dropout: Share of the pooled features that training leaves out.
    """

    def __init__(
        self, channels: int, layers: Sequence[tuple[int, int]], dropout: float = 0.0
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        width = channels
        for wider, stride in layers:
            blocks += [
                nn.Conv2d(width, wider, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(wider),
                nn.ReLU(inplace=True),
            ]
            width = wider
        self.features = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images, float (N, C, H, W) → logits of *closed*, float (N,)."""
        pooled = self.features(images).mean((2, 3))
        logits: Tensor = self.head(self.dropout(pooled)).squeeze(1)
        return logits
