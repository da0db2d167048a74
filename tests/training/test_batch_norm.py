from collections.abc import Iterator
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import pytest
import torch
from torch import Tensor, distributed, nn
from torch.optim import SGD

from blink.contract import InputSpec, TrainingError
from blink.data.batch import Batch
from blink.models import EyeNet
from blink.training import EyeClassifier
from blink.training.batch_norm import SharedBatchNorm2d, SharedBatchNorms
from blink.training.loss import CrossEntropy
from blink.training.schedule import WarmupCosine


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[None]:
    """A group of one process; two are in test_resume.py."""
    met = f"file://{tmp_path}/met"
    distributed.init_process_group("gloo", init_method=met, rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def _passed(norm: nn.BatchNorm2d, images: Tensor) -> list[Tensor]:
    """Outputs of two steps, and what they did to gradients and running moments."""
    images = images.clone().requires_grad_()
    outputs = [norm(images), norm(images * 2 + 1)]
    (outputs[0].square().sum() + outputs[1][:, :, 0].sum()).backward()
    norm.eval()
    outputs.append(norm(images))
    gradients = [part.grad for part in (images, norm.weight, norm.bias) if part is not None]
    moments = [norm.running_mean, norm.running_var, norm.num_batches_tracked]
    return [part for part in outputs + gradients + moments if part is not None]


IMAGES = torch.randn(6, 3, 5, 4, generator=torch.Generator().manual_seed(0)) * 4 + 7


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({}, 9),
        ({"momentum": None}, 9),
        ({"affine": False}, 7),
        ({"track_running_stats": False}, 6),
        ({"dtype": torch.float64}, 9),
    ],
)
def test_shared_batch_norm_is_batch_norm_when_there_is_one_process(
    options: dict[str, Any], parts: int
) -> None:
    images = IMAGES.to(options.get("dtype", torch.float32))
    ours, theirs = (
        _passed(kind(3, **options), images) for kind in (SharedBatchNorm2d, nn.BatchNorm2d)
    )
    assert len(ours) == len(theirs) == parts
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.usefixtures("alone")
def test_shared_batch_norm_is_batch_norm_when_convolutions_are_of_half_precision() -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(3, 2, 3)
    norms = [kind(2) for kind in (SharedBatchNorm2d, nn.BatchNorm2d)]
    with torch.autocast("cpu", torch.bfloat16):
        maps = convolution(IMAGES)
        ours, theirs = (norm(maps) for norm in norms)
    assert maps.dtype == torch.bfloat16
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(norms[0].running_var, norms[1].running_var)


@pytest.mark.usefixtures("alone")
def test_shared_batch_norm_is_refused_when_a_channel_has_one_value() -> None:
    norm = SharedBatchNorm2d(3)
    with pytest.raises(TrainingError, match="one value a channel"):
        norm(IMAGES[:1, :, :1, :1])
    torch.testing.assert_close(norm.running_var, torch.ones(3))
    assert norm(IMAGES[:2, :, :1, :1]).isfinite().all()


def test_shared_batch_norms_change_layers_back_when_training_ends() -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    before = net.state_dict()
    plugin = SharedBatchNorms()
    assert [type(layer) for layer in plugin.apply(net).children()][1] is SharedBatchNorm2d
    assert net.state_dict().keys() == before.keys()
    assert [type(layer) for layer in plugin.revert(net).children()][1] is nn.BatchNorm2d


def test_training_step_says_what_to_do_when_one_crop_leaves_a_batch_norm_one_value() -> None:
    net = EyeNet(1, [(8, 1, 8)], padded=False)
    classifier = EyeClassifier(net, InputSpec(8, 8), SGD, WarmupCosine, CrossEntropy())
    batch = Batch(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), torch.ones(1), torch.ones(1))
    with pytest.raises(TrainingError, match=r"Raise data\.loader\.batch_size"):
        classifier.training_step(batch, 0)
