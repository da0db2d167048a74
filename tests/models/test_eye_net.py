import pytest
import torch

from blink.models import EyeNet

LAYERS = [(16, 2), (24, 1), (32, 2), (48, 2)]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(32, 32), (24, 40), (8, 8)])
def test_eye_net_gives_one_logit_a_crop_when_sizes_vary(
    channels: int, size: tuple[int, int]
) -> None:
    net = EyeNet(channels, LAYERS).eval()
    for batch in (1, 5):
        assert net(torch.zeros(batch, channels, *size)).shape == (batch,)


def test_eye_net_is_small_when_built_as_usual() -> None:
    parameters = sum(parameter.numel() for parameter in EyeNet(1, LAYERS).parameters())
    weights = 9 * (16 + 16 * 24 + 24 * 32 + 32 * 48)
    assert parameters == weights + 2 * (16 + 24 + 32 + 48) + 48 + 1 < 60_000


def test_eye_net_drops_features_when_training_only() -> None:
    torch.manual_seed(0)
    net = EyeNet(1, [(8, 2)], dropout=0.5)
    images = torch.rand(4, 1, 16, 16)
    assert not torch.equal(net(images), net(images))
    net.eval()
    assert torch.equal(net(images), net(images))


def test_eye_net_learns_when_trained_on_two_pictures() -> None:
    torch.manual_seed(0)
    net = EyeNet(1, [(8, 2), (8, 2)])
    images, labels = torch.randn(2, 1, 16, 16), torch.tensor([0.0, 1.0])
    optimiser = torch.optim.Adam(net.parameters(), 0.02)
    for _ in range(40):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.1
