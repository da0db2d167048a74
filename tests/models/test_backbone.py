from functools import partial
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before torchvision

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn

from blink.contract import Calibration, ConfigError, InputSpec, OperatingPoint
from blink.export.exportable import Exportable
from blink.export.int8 import quantise
from blink.export.onnx_graph import to_onnx
from blink.export.search.finish import finish
from blink.models import Backbone, EyeGraph
from blink.runtime.graph import read_model
from blink.runtime.graph.check import follow

SPEC = InputSpec(24, 40)


class Shuffling(nn.Module):
    """Half of the channels is passed on, as in ShuffleNet; it begins as it is told."""

    def __init__(self, first: nn.Module, num_classes: int) -> None:
        super().__init__()
        self.first, self.head = first, nn.Linear(8, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        passed, changed = self.first(images).chunk(2, dim=1)
        joined = torch.cat((passed, changed.relu()), dim=1)
        logits: Tensor = self.head(joined.mean((2, 3)))
        return logits


def shuffling(num_classes: int) -> Shuffling:
    torch.manual_seed(0)
    return Shuffling(nn.Conv2d(3, 8, 3), num_classes)


def test_backbone_sees_a_grey_crop_as_the_colour_net_does_when_all_channels_are_one() -> None:
    grey, colour = Backbone(1, shuffling), Backbone(3, shuffling)
    images = torch.randn(3, *SPEC.shape)

    answers = grey(images)

    assert answers.shape == (3,)
    torch.testing.assert_close(answers, colour(images.expand(-1, 3, -1, -1)))
    weights = [sum(map(torch.numel, net.parameters())) for net in (grey, colour)]
    assert weights[1] - weights[0] == 2 * 9 * 8


@pytest.mark.parametrize("first", [nn.Flatten(), nn.Conv2d(4, 8, 3), nn.Conv2d(3, 9, 3, groups=3)])
def test_backbone_refuses_when_the_net_does_not_begin_with_colours(first: nn.Module) -> None:
    with pytest.raises(ConfigError, match="Shuffling does not begin with a convolution of 3"):
        Backbone(1, partial(Shuffling, first))


def test_backbone_has_a_second_logit_when_it_has_two_outputs() -> None:
    net = Backbone(1, shuffling, outputs=2)
    assert net(torch.randn(3, *SPEC.shape)).shape == (3, 2)
    with pytest.raises(ConfigError, match=r"1 output .* or 2"):
        Backbone(1, shuffling, outputs=3)


def dropouts(backbone: Backbone) -> dict[str, float]:
    return {n: m.p for n, m in backbone.net.named_modules() if isinstance(m, nn.Dropout)}


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("mobilenet_v3_small", "classifier.2"),
        ("shufflenet_v2_x0_5", "fc.0"),
        ("mnasnet0_5", "classifier.0"),
    ],
)
def test_reference_leaves_out_what_is_said_when_it_has_a_dropout(name: str, layer: str) -> None:
    builder = getattr(torchvision.models, name)
    assert dropouts(Backbone(3, builder, 0.3)) == {layer: 0.3}
    own = {} if name.startswith("shuffle") else {layer: 0.2}
    assert dropouts(Backbone(3, builder)) == own  # torchvision's


def test_reference_ships_what_it_saw_lately_when_it_was_trained_for_few_steps() -> None:
    net = Backbone(3, torchvision.models.mnasnet0_5)
    norm = next(m for m in net.modules() if isinstance(m, nn.BatchNorm2d))
    for _ in range(40):
        norm(torch.full((2, norm.num_features, 1, 1), 5.0))
    assert norm.running_mean is not None
    assert norm.running_mean.tolist() == pytest.approx([5] * norm.num_features, rel=0.02)


@pytest.mark.parametrize("share", [1.5, "much"])
def test_backbone_refuses_a_dropout_when_it_is_no_share(share: Any) -> None:
    with pytest.raises(ConfigError, match=f"model.dropout is {share!r}; it must be a share"):
        Backbone(3, shuffling, share)


def test_backbone_refuses_a_dropout_when_there_is_no_place_for_it() -> None:
    net = nn.Sequential(nn.Conv2d(3, 1, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(ConfigError, match="Sequential has neither a dropout nor a linear layer"):
        Backbone(3, lambda num_classes: net, 0.3)


@pytest.mark.long  # ten seconds each
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mobilenet_v3_small", {}),
        ("shufflenet_v2_x0_5", {"dropout": 0.2, "outputs": 2}),
        ("mnasnet0_5", {"dropout": 0.2, "outputs": 2}),
    ],
)
def test_reference_is_a_graph_that_a_bundle_may_have_when_it_is_exported(
    name: str, options: dict[str, Any]
) -> None:
    net = Backbone(1, getattr(torchvision.models, name), **options)
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # as it is trained
    exportable = Exportable(name, "net", EyeGraph(net, SPEC, Calibration()), OperatingPoint())
    crops = np.random.default_rng(0).integers(0, 256, (4, *SPEC.shape), np.uint8)

    fp32 = to_onnx(exportable)

    for graph in (fp32, quantise(fp32, crops)):
        model = read_model(finish(graph, crops).SerializeToString())
        assert follow(model, SPEC, 4)["p_closed"].shape == (4,)
