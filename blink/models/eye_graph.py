import torch
from torch import Tensor, nn

from blink.contract import Calibration, InputSpec
from blink.models.front import grey, normalise


class EyeGraph(nn.Module):
    """Everything after the resize: what is exported, and what the runtime runs.

    Args:
        net: Normalised float (N, C, H, W) → logits (N,) of *closed*.
        spec: What the net sees.
        calibration: Temperature that the logits are divided by.
    """

    def __init__(self, net: nn.Module, spec: InputSpec, calibration: Calibration) -> None:
        super().__init__()
        self.net = net
        self.spec = spec
        self.calibration = calibration

    def forward(self, crops: Tensor) -> Tensor:
        """Resized crops, uint8 (N, height, width, 3) RGB → p_closed, float32 (N,)."""
        rgb = crops.float()
        pixels = grey(rgb) if self.spec.colour == "grey" else rgb.permute(0, 3, 1, 2)
        logits = self.net(normalise(pixels, self.spec))
        return torch.sigmoid(logits / self.calibration.temperature)
