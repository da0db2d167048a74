import torch
from torch import Tensor, nn

from blink.contract import Calibration, InputSpec


def scale(crops: Tensor, spec: InputSpec) -> Tensor:
    """Levels to what a net sees.

    Args:
        crops: (N, C, H, W), whole numbers from 0 to 255, normalised by
            `blink.runtime.preprocessing`.
        spec: What the net sees.

    Returns:
        float (N, C, H, W), (level - zero point) · scale.
    """
    return (crops.float() - spec.zero_point) * spec.scale


class EyeGraph(nn.Module):
    """Everything after the one preprocessing: what is exported, and what the runtime runs.

    Args:
        net: Scaled float (N, C, H, W) → logits (N,) of *closed*.
        spec: What the net sees.
        calibration: Temperature that the logits are divided by.
    """

    def __init__(self, net: nn.Module, spec: InputSpec, calibration: Calibration) -> None:
        super().__init__()
        self.net = net
        self.spec = spec
        self.calibration = calibration

    def forward(self, crops: Tensor) -> Tensor:
        """Crops from `preprocessing.stack`, uint8 (N, C, H, W) → p_closed, float32 (N,)."""
        logits = self.net(scale(crops, self.spec))
        return torch.sigmoid(logits / self.calibration.temperature)
