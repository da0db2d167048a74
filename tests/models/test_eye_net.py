import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from blink.contract import ConfigError
from blink.models import EyeNet

LAYERS = [(16, 2), (24, 1), (32, 2), (48, 2)]
MODELS = Path(__file__).parents[2] / "conf" / "model"


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


@pytest.mark.parametrize(
    ("layer", "padded", "side"),
    [
        ((8, 1), True, 32),
        ((8, 2), True, 16),
        ((8, 2, 4), True, 16),
        ((8, 4, 6), True, 8),
        ((8, 4, 2), True, 8),
        ((8, 2, 5), True, 16),
        ((8, 1, 4), True, 33),
        ((8, 1), False, 30),
        ((8, 2), False, 15),
        ((8, 4, 6), False, 7),
    ],
)
def test_eye_net_leaves_so_many_places_when_a_layer_is_given_so(
    layer: tuple[int, ...], padded: bool, side: int
) -> None:
    net = EyeNet(1, [layer], padded=padded)
    assert net.features(torch.zeros(1, 1, 32, 32)).shape == (1, 8, side, side)


@pytest.mark.parametrize(
    ("layers", "padded", "side"),
    [(LAYERS, True, 1), (LAYERS, False, 19), ([(8, 3, 5), (8, 1)], False, 11)],
)
def test_eye_net_says_what_side_it_needs_when_the_input_is_smaller(
    layers: Sequence[tuple[int, ...]], padded: bool, side: int
) -> None:
    net = EyeNet(1, layers, padded=padded).eval()
    assert net.smallest_side == side
    assert net(torch.zeros(1, 1, side, side)).shape == (1,)
    if side > 1:
        with pytest.raises(ConfigError, match=f"input is {side}×{side - 1}.* at least {side}"):
            net(torch.zeros(1, 1, side, side - 1))


@pytest.mark.parametrize("layer", [(8,), (8, 2, 3, 1), (8, 0), (8.0, 1), (True, 1), 8, "ab"])
def test_eye_net_refuses_a_layer_when_it_is_no_pair_or_triple(layer: Any) -> None:
    with pytest.raises(ConfigError, match=r"must be \[width, stride\] or"):
        EyeNet(1, [layer])


@pytest.mark.parametrize("layers", [[], "big", 8, None])
def test_eye_net_is_refused_when_it_has_no_list_of_layers(layers: Any) -> None:
    with pytest.raises(
        ConfigError, match=r"model.layers is .*'model.layers=\[\[16,2\],\[32,1\]\]'"
    ):
        EyeNet(1, layers)


@pytest.mark.parametrize("share", [-0.1, 1, "half"])
def test_eye_net_is_refused_when_its_dropout_leaves_nothing(share: Any) -> None:
    with pytest.raises(ConfigError, match=r"model\.dropout is .* 0 to below 1"):
        EyeNet(1, LAYERS, dropout=share)


def test_eye_net_drops_features_when_training_only() -> None:
    torch.manual_seed(0)
    net = EyeNet(1, [(8, 2)], dropout=0.5)
    images = torch.rand(4, 1, 16, 16)
    assert not torch.equal(net(images), net(images))
    net.eval()
    assert torch.equal(net(images), net(images))


def test_eye_net_gives_two_logits_a_crop_when_it_has_two_outputs() -> None:
    net = EyeNet(1, [(8, 2), (8, 2)], outputs=2)
    assert net(torch.zeros(1, 1, 32, 32)).shape == (1, 2)
    with pytest.raises(ConfigError, match=r"1 output .* or 2 .*, not 3"):
        EyeNet(1, [(8, 2)], outputs=3)


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


def test_eye_net_takes_other_norms_and_activations_when_they_are_given() -> None:
    torch.manual_seed(0)
    net = EyeNet(
        1, LAYERS, norm=partial(nn.InstanceNorm2d, affine=True), activation=nn.Hardswish
    ).eval()
    kinds = [type(module) for module in net.features]
    assert kinds == [nn.Conv2d, nn.InstanceNorm2d, nn.Hardswish] * len(LAYERS)
    images = torch.randn(2, 1, 32, 32)
    assert not torch.equal(net(images)[0], net(images)[1])


def test_last_layer_tells_places_apart_when_its_kernel_covers_all_that_are_left() -> None:
    torch.manual_seed(0)
    meaning = EyeNet(1, [(8, 1, 1)]).eval()
    weighing = EyeNet(1, [(8, 1, 1), (8, 1, 12)], padded=False).eval()
    top, bottom = torch.zeros(1, 1, 12, 12), torch.zeros(1, 1, 12, 12)
    top[:, :, :4], bottom[:, :, 8:] = 1, 1
    torch.testing.assert_close(meaning(top), meaning(bottom))
    assert weighing(top).sub(weighing(bottom)).abs() > 1e-3


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.yaml")), ids=lambda path: path.stem)
def test_configured_model_is_as_its_comment_says_when_it_is_built(path: Path) -> None:
    said = re.match(
        r"# (\d+) k parameters, ([\d.]+) million multiplications at (\d+)×(\d+)\.", path.read_text()
    )
    assert said is not None
    thousands, millions, *sides = map(float, said.groups())
    with initialize_config_dir(str(MODELS.parent), version_base=None):
        config = compose("train", [f"model={path.stem}"])
    one = config.model.get("net") or config.model  # of a committee each
    assert one.outputs == 1  # so that the prompt can say model.outputs=2
    net = instantiate(config.model, channels=1).eval()
    with FlopCounterMode(display=False) as counter:
        assert net(torch.zeros(2, 1, *map(int, sides))).shape == (2,)
    assert round(sum(weight.numel() for weight in net.parameters()) / 1e3) == thousands
    assert round(counter.get_total_flops() / 4e6, 1) == millions
