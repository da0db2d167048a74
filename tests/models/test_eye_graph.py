import numpy as np
import pytest
import torch
from torch import Tensor, nn

from blink.contract import Calibration, InputSpec
from blink.models import EyeGraph, closed_logits, scale


class Mean(nn.Module):
    """A net whose logit is the mean of what it sees."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean((1, 2, 3))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_eye_graph_divides_logits_by_the_temperature_when_it_answers(temperature: float) -> None:
    graph = EyeGraph(Mean(), InputSpec(normalisation="unit"), Calibration(temperature))
    crops = torch.tensor([0, 102, 255], dtype=torch.uint8).reshape(3, 1, 1, 1).repeat(1, 1, 32, 32)
    expected = 1 / (1 + np.exp(-np.array([0.0, 0.4, 1.0]) / temperature))
    np.testing.assert_allclose(graph(crops).numpy(), expected, rtol=1e-6)


def test_eye_graph_gives_rgb_in_order_when_the_spec_is_rgb() -> None:
    class Red(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images[:, 0].mean((1, 2))

    spec = InputSpec(colour="rgb", normalisation="unit")
    crops = torch.zeros((2, 3, 32, 32), dtype=torch.uint8)
    crops[0, 0] = crops[1, 2] = 255
    p = EyeGraph(Red(), spec, Calibration())(crops)
    np.testing.assert_allclose(p.numpy(), [1 / (1 + np.exp(-1)), 0.5], rtol=1e-6)


@pytest.mark.parametrize(
    ("normalisation", "expected"), [("standardise", [-4, 0, 3.96875]), ("unit", [0, 128 / 255, 1])]
)
def test_scale_gives_what_the_net_sees_when_given_levels(
    normalisation: str, expected: list[float]
) -> None:
    levels = torch.tensor([0, 128, 255], dtype=torch.uint8).reshape(1, 1, 1, 3)
    seen = scale(levels, InputSpec.from_dict({"normalisation": normalisation}))
    torch.testing.assert_close(seen.flatten(), torch.tensor(expected))


def test_eye_graph_gives_openness_beside_p_closed_when_the_net_has_two_logits() -> None:
    class Two(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            mean = images.mean((1, 2, 3))
            return torch.stack([mean, 2 * mean], 1)

    spec = InputSpec(normalisation="unit")
    crops = torch.tensor([0, 102, 255], dtype=torch.uint8).reshape(3, 1, 1, 1).repeat(1, 1, 32, 32)
    graph = EyeGraph(Two(), spec, Calibration(3.0))
    p_closed, openness = graph.answers(crops)
    alone = EyeGraph(Mean(), spec, Calibration(3.0))
    torch.testing.assert_close(p_closed, alone(crops))
    torch.testing.assert_close(graph(crops), alone(crops))
    assert len(alone.answers(crops)) == 1
    expected = 1 / (1 + np.exp(-2 * np.array([0.0, 0.4, 1.0])))  # whatever the temperature
    np.testing.assert_allclose(openness.numpy(), expected, rtol=1e-6)
    assert closed_logits(graph.net(crops.float() / 255)).tolist() == pytest.approx([0, 0.4, 1.0])
