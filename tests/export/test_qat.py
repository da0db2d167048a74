import copy
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from blink.contract import Calibration, ExportError, InputSpec, OperatingPoint
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.export import Exportable
from blink.export.int8 import quantise
from blink.export.onnx_graph import to_onnx
from blink.export.parity import run_onnx
from blink.export.search.chain import fold_batch_norm, links
from blink.export.search.equalisation import equalise
from blink.export.search.fake_quant import FakeQuantNet
from blink.export.search.qat import train_qat
from blink.models import EyeGraph, EyeNet, scale
from tests.exported import run_torch

SPEC = InputSpec()
Crops = NDArray[np.uint8]


@dataclass(frozen=True)
class Eyes:
    """Rendered eyes of people to learn from, and of others."""

    crops: Crops
    labels: NDArray[np.int64]
    others: Crops


@pytest.fixture(scope="module")
def eyes(rendered: tuple[Manifest, Split], tmp_path_factory: pytest.TempPathFactory) -> Eyes:
    data = EyeDataModule(*rendered, SPEC, tmp_path_factory.mktemp("aware"))
    rows = data.labelled("train")
    others = np.concatenate([data.labelled("val"), data.labelled("test")])
    return Eyes(data.graph_input(rows), data.labels(rows), data.graph_input(others))


@pytest.fixture(scope="module")
def net(eyes: Eyes) -> Exportable:
    """A narrow net that was trained for a second."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        graph = EyeGraph(EyeNet(1, [(4, 2), (4, 2), (4, 2)]), SPEC, Calibration(1.3))
    images, labels = scale(torch.tensor(eyes.crops), SPEC), torch.tensor(eyes.labels).float()
    optimiser = torch.optim.Adam(graph.parameters(), 1e-2)
    for _ in range(60):
        loss = binary_cross_entropy_with_logits(graph.net(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return Exportable("narrow", "net", graph.eval(), OperatingPoint())


@pytest.fixture(scope="module")
def suffering(net: Exportable) -> Exportable:
    """The same intelligence with one channel between any two layers a hundred times too large."""
    graph = copy.deepcopy(net.graph)
    graph.net = fold_batch_norm(graph.net, torch.zeros(2, *SPEC.shape))
    convolutions = [layer for layer in graph.net.modules() if isinstance(layer, nn.Conv2d)]
    with torch.no_grad():
        for producer, consumer in pairwise(convolutions):
            assert producer.bias is not None
            producer.weight[1] *= 100
            producer.bias[1] *= 100
            consumer.weight[:, 1] /= 100
    return replace(net, graph=graph)


@pytest.fixture(scope="module")
def aware(suffering: Exportable, eyes: Eyes) -> Exportable:
    return train_qat(suffering, eyes.crops, eyes.labels, epochs=12, seed=0)


def int8_answers(
    exportable: Exportable, eyes: Eyes, crops: Crops, corrected: bool
) -> NDArray[np.float32]:
    rounded = quantise(to_onnx(exportable), eyes.crops, has_biases_corrected=corrected)
    return run_onnx(rounded.SerializeToString(), crops, is_fused=False)


def distance(answers: NDArray[np.float32], exportable: Exportable, crops: Crops) -> float:
    return float(np.abs(answers - run_torch(exportable.graph, crops)).mean())


def state(exportable: Exportable) -> dict[str, list[float]]:
    return {name: t.flatten().tolist() for name, t in exportable.graph.state_dict().items()}


@dataclass(frozen=True)
class Distances:
    """How far int8 is from the suffering net, in the mean of |Δp| over other people."""

    afterwards: float
    equal: float
    trained: float


@pytest.fixture(scope="module")
def distances(suffering: Exportable, aware: Exportable, eyes: Eyes) -> Distances:
    equal = equalise(suffering, eyes.crops)
    answers = [
        int8_answers(suffering, eyes, eyes.others, corrected=True),
        int8_answers(equal, eyes, eyes.others, corrected=False),
        int8_answers(aware, eyes, eyes.others, corrected=False),
    ]
    return Distances(*(distance(one, suffering, eyes.others) for one in answers))


def test_train_qat_brings_int8_nearer_to_float_than_rounding_when_channels_are_uneven(
    distances: Distances,
) -> None:
    assert distances.afterwards > 0.01
    assert distances.trained < distances.afterwards / 5


def test_train_qat_adds_to_equal_channels_when_it_trains(distances: Distances) -> None:
    assert distances.trained < 0.9 * distances.equal


def test_train_qat_hands_back_the_weights_that_int8_holds_when_it_ends(
    aware: Exportable,
) -> None:
    for layer in aware.graph.net.modules():
        if isinstance(layer, nn.Conv2d):
            whole = layer.weight / layer.weight.abs().amax((1, 2, 3), keepdim=True) * 127
            np.testing.assert_allclose(whole.numpy(), whole.round().numpy(), atol=1e-3)
    assert not any(
        isinstance(layer, (FakeQuantNet, nn.BatchNorm2d)) for layer in aware.graph.modules()
    )
    assert not any(layer._forward_hooks for layer in aware.graph.modules())


def test_train_qat_gives_the_same_bits_when_the_seed_is_the_same(
    net: Exportable, eyes: Eyes
) -> None:
    before = state(net)
    first, again, other = (
        train_qat(net, eyes.crops, eyes.labels, epochs=1, seed=seed) for seed in (3, 3, 4)
    )
    assert state(first) == state(again) != state(other)
    assert state(net) == before
    assert (first.name, first.kind, first.operating_point) == ("narrow", "net", OperatingPoint())
    assert first.graph.calibration == Calibration(1.3)


@pytest.mark.parametrize(
    ("count", "epochs", "labels"), [(0, 1, [0, 1]), (8, 0, [0, 1]), (8, 1, [1, 1])]
)
def test_train_qat_refuses_when_there_is_nothing_to_learn(
    net: Exportable, eyes: Eyes, count: int, epochs: int, labels: list[int]
) -> None:
    some = np.array(labels * 4, np.int64)[:count]
    with pytest.raises(ExportError, match="training people, open and closed"):
        train_qat(net, eyes.crops[:count], some, epochs=epochs, seed=0)


class Smooth(nn.Module):
    """A net whose convolution no ReLU follows."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(1, 4, 3)

    def forward(self, images: Tensor) -> Tensor:
        return torch.tanh(self.layer(images)).mean((1, 2, 3))


def test_train_qat_refuses_when_no_relu_follows_a_convolution(eyes: Eyes) -> None:
    smooth = Exportable("smooth", "net", EyeGraph(Smooth(), SPEC, Calibration()), OperatingPoint())
    with pytest.raises(ExportError, match="layer is not so"):
        train_qat(smooth, eyes.crops, eyes.labels, epochs=1, seed=0)


class Skipping(nn.Module):
    """A net in which a sum reads what a ReLU gives, too."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 1)
        self.before, self.after = nn.ReLU(), nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        kept = self.before(self.first(images))
        total: Tensor = kept + self.after(self.second(kept))
        return total.mean((1, 2, 3))


def test_equalise_refuses_when_a_sum_reads_between_two_convolutions(eyes: Eyes) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        graph = EyeGraph(Skipping(), SPEC, Calibration())
    with pytest.raises(ExportError, match="neither have its channels evened out nor be trained"):
        equalise(Exportable("skipping", "net", graph, OperatingPoint()), eyes.crops)


def test_fake_quant_net_answers_as_onnx_runtime_does_when_it_has_seen_the_calibration_set(
    net: Exportable, eyes: Eyes
) -> None:
    images = scale(torch.tensor(eyes.crops), SPEC)
    twin = fold_batch_norm(net.graph.net, images[:2])
    fake_quant = FakeQuantNet(twin, links(twin, images[:2]), SPEC.scale)
    fake_quant.observe(images)
    with torch.no_grad():
        ours = torch.sigmoid(fake_quant(scale(torch.tensor(eyes.others), SPEC)) / 1.3).numpy()
    fake_quant.convert()
    converted = replace(net, graph=EyeGraph(twin, SPEC, net.graph.calibration))
    theirs = int8_answers(converted, eyes, eyes.others, corrected=False)
    assert distance(theirs, net, eyes.others) > 1e-4
    assert np.mean(np.abs(ours - theirs) > 1e-5) < 0.1  # a tie that falls the other way


def test_equalise_changes_no_answer_and_helps_int8_when_a_channel_is_too_large(
    suffering: Exportable, eyes: Eyes, distances: Distances
) -> None:
    before = run_torch(suffering.graph, eyes.others)
    after = run_torch(equalise(suffering, eyes.crops).graph, eyes.others)
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-5)
    assert distances.equal < 0.3 * distances.afterwards


def test_fold_batch_norm_changes_no_answer_when_there_are_batch_norms(
    net: Exportable, eyes: Eyes
) -> None:
    images = scale(torch.tensor(eyes.others), SPEC)
    folded = fold_batch_norm(net.graph.net, images[:2])
    with torch.no_grad():
        torch.testing.assert_close(folded(images), net.graph.net(images), rtol=0, atol=1e-5)
    assert [type(layer).__name__ for layer in folded.modules()].count("BatchNorm2d") == 0
