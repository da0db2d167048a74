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


def closed_logits(outputs: Tensor) -> Tensor:
    """The logits of *closed*, (N,), of whatever a net gives: (N,), or (N, 2) with openness."""
    return outputs if outputs.ndim == 1 else outputs[:, 0]


def answers(outputs: Tensor, calibration: Calibration) -> tuple[Tensor, ...]:
    """What a net's logits mean.

    Args:
        outputs: Logits of *closed*, (N,); or (N, 2), the second ones of openness.
        calibration: What is done to the logits of *closed*.

    Returns:
        p_closed, (N,); of two logits a crop also its openness, (N,), 0 closed to 1 wide open.
    """
    temperature, offset = calibration.temperature, calibration.offset
    if outputs.ndim == 1:
        logits = outputs / temperature
        return (torch.sigmoid(logits + offset if offset else logits),)
    logits = outputs / outputs.new_tensor([temperature, 1.0])
    both = torch.sigmoid(logits + outputs.new_tensor([offset, 0.0]) if offset else logits)
    return both[:, 0], both[:, 1]


class EyeGraph(nn.Module):
    """Everything after the one preprocessing: what is exported, and what the runtime runs.

    Args:
        net: Scaled float (N, C, H, W) → logits (N,) of *closed*; or (N, 2), the second ones of
            openness.
        spec: What the net sees.
        calibration: What is done to the logits of *closed* before they become probabilities.
    """

    def __init__(self, net: nn.Module, spec: InputSpec, calibration: Calibration) -> None:
        super().__init__()
        self.net = net
        self.spec = spec
        self.calibration = calibration

    def forward(self, crops: Tensor) -> Tensor:
        """Crops from `preprocessing.stack`, uint8 (N, C, H, W) → p_closed, float32 (N,)."""
        return self.answers(crops)[0]

    def answers(self, crops: Tensor) -> tuple[Tensor, ...]:
        """Crops as `forward` takes them → p_closed, and openness if the net has it: (N,) each."""
        return answers(self.net(scale(crops, self.spec)), self.calibration)
