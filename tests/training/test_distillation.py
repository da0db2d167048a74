from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import blink.torchvision_mend  # noqa: F401 - before lightning

import numpy as np
import pytest
import torch
from lightning import Trainer
from torch import Tensor
from torch.nn.functional import interpolate
from torch.optim import AdamW

from blink.contract import ConfigError, InputSpec
from blink.data.batch import Batch
from blink.data.camera.normalised import normalised
from blink.data.datamodule import EyeDataModule
from blink.models import EyeNet
from blink.runtime import Bundle, Detector, load_bundle
from blink.runtime.preprocessing import stack
from blink.training import EyeClassifier
from blink.training.distillation import Distilled, check_teachers, resize_for_teacher
from blink.training.fitting import fit_net
from blink.training.loss import CrossEntropy, Loss
from blink.training.openness import WithOpenness
from blink.training.schedule import WarmupCosine
from tests.crafted import craft
from tests.exported import drawn


class Spy:
    """Keeps the labels that it is asked to compare with."""

    teachers: Sequence[Bundle] = ()
    learns_openness = False

    def __init__(self) -> None:
        self.labels = torch.empty(0)

    def __call__(self, logits: Tensor, batch: Batch) -> Tensor:
        self.labels = batch.labels
        return logits.sum()


def crops_of(bundle: Bundle, count: int = 12) -> Tensor:
    return torch.from_numpy(stack(list(drawn(count, seed=3)[0]), bundle.spec))


def batch_of(pixels: Tensor, labels: list[float]) -> Batch:
    return Batch(pixels, torch.tensor(labels), torch.full((len(labels),), torch.nan))


def test_distilled_gives_teachers_their_share_when_labels_are_known(
    bundle: Bundle, tmp_path: Path
) -> None:
    pixels, spy = crops_of(bundle), Spy()
    labels = [0.0, 1.0] * 6
    other = load_bundle(craft(tmp_path / "other"))  # of other weights, and a size of its own
    loss = Distilled(spy, [bundle.folder, other.folder], trust=0.7, precision="fp32")
    loss(torch.zeros(12), batch_of(pixels, labels))
    said = [
        Detector(one, "fp32").run(resize_for_teacher(pixels, one.spec).numpy())
        for one in (bundle, other)
    ]
    assert abs(said[0] - said[1]).max() > 0.1
    p = np.mean(said, axis=0)
    np.testing.assert_allclose(spy.labels, 0.3 * np.array(labels) + 0.7 * p, atol=1e-6)


def test_distilled_trusts_teachers_alone_when_a_label_is_not_known(bundle: Bundle) -> None:
    pixels, spy = crops_of(bundle, 2), Spy()
    Distilled(spy, [bundle.folder], trust=0.2)(torch.zeros(2), batch_of(pixels, [1.0, torch.nan]))
    p = Detector(bundle).run(pixels.numpy())
    assert spy.labels.tolist() == pytest.approx([0.8 + 0.2 * p[0], p[1]], abs=1e-6)


def test_teachers_see_crops_at_their_own_size_when_the_pupil_sees_larger_ones(
    bundle: Bundle,
) -> None:
    own = crops_of(bundle)
    larger = interpolate(own.float(), scale_factor=2).to(torch.uint8)
    said = Distilled(Spy(), [bundle.folder]).answers(larger)
    np.testing.assert_allclose(said, Detector(bundle).run(own.numpy()), atol=0.01)


@pytest.mark.parametrize(("side", "mode"), [(24, "area"), (60, "bilinear")])
def test_resize_for_teacher_takes_means_over_areas_when_crops_shrink(side: int, mode: str) -> None:
    crops = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 1, 40, 40), np.uint8))
    spec = InputSpec(side, side)
    expected = interpolate(crops.float(), (side, side), mode=mode).round().to(torch.uint8)
    assert torch.equal(resize_for_teacher(crops, spec), normalised(expected, spec))


@pytest.mark.parametrize("teachers", [[], None])
def test_distilled_leaves_labels_as_they_are_when_it_has_no_teacher(
    bundle: Bundle, teachers: list[str] | None
) -> None:
    spy, labels = Spy(), torch.tensor([1.0, 0.0])
    loss = Distilled(spy, teachers)
    loss(torch.zeros(2), batch_of(crops_of(bundle, 2), labels.tolist()))
    assert torch.equal(spy.labels, labels)
    assert loss.teachers == []


@pytest.mark.parametrize("trust", [1.5, -0.1, "much"])
def test_distilled_is_refused_when_the_trust_is_no_share(bundle: Bundle, trust: float) -> None:
    with pytest.raises(ConfigError, match="name a share from 0 to 1"):
        Distilled(Spy(), [bundle.folder], trust)


def test_distilled_is_refused_when_the_teachers_are_no_list(bundle: Bundle) -> None:
    with pytest.raises(ConfigError, match=r"optim\.loss\.teachers=\[.*\]"):
        Distilled(Spy(), str(bundle.folder))


@pytest.mark.parametrize("around", [lambda loss: loss, WithOpenness])
def test_teachers_are_not_copied_when_a_net_that_learns_of_them_is(
    bundle: Bundle, around: Callable[[Loss], Loss]
) -> None:
    loss = around(Distilled(CrossEntropy(), [bundle.folder]))
    net = EyeClassifier(EyeNet(1, [(8, 2)]), bundle.spec, AdamW, WarmupCosine, loss)
    copied = deepcopy(net)
    assert copied.loss.teachers[0] is loss.teachers[0]
    assert next(copied.parameters()) is not next(net.parameters())


def test_distilled_learns_openness_when_the_loss_within_it_does() -> None:
    assert Distilled(WithOpenness(Spy()), []).learns_openness
    assert not Distilled(Spy(), []).learns_openness


def teacher_who_sees(spec: InputSpec) -> Bundle:
    origin: dict[str, Any] = {"data": "mrl, cew (m)", "held_out_people": "these"}
    return cast(Bundle, SimpleNamespace(folder="zoo/large", provenance=origin, spec=spec))


def data_that_hold_out(people: str) -> EyeDataModule:
    split = SimpleNamespace(held_out_hash=people)
    return cast(EyeDataModule, SimpleNamespace(split=split, spec=InputSpec()))


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        (InputSpec(normalisation="unit"), "normalisation of zoo/large is 'unit'"),
        (InputSpec(64, 64, "rgb"), "colour of zoo/large is 'rgb'"),
    ],
)
def test_teacher_is_refused_when_its_input_is_of_another_kind(spec: InputSpec, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        check_teachers([teacher_who_sees(spec)], data_that_hold_out("these"))


def test_teacher_is_refused_when_it_held_out_other_people() -> None:
    teacher = teacher_who_sees(InputSpec(64, 64))
    unknown = cast(Bundle, SimpleNamespace(folder="old", provenance={}))
    data, other = (data_that_hold_out(people) for people in ("these", "those"))
    check_teachers([teacher], data)
    with pytest.raises(ConfigError, match="zoo/large was trained on mrl, cew"):
        check_teachers([teacher], other)
    with pytest.raises(ConfigError, match=r"old was trained on \(unknown\)"):
        check_teachers([teacher, unknown], data)


def test_training_does_not_begin_when_a_loss_hides_a_teacher_who_knows_its_people(
    bundle: Bundle,
) -> None:
    loss = WithOpenness(Distilled(Spy(), [bundle.folder]))
    classifier = cast(EyeClassifier, SimpleNamespace(loss=loss))
    data = cast(EyeDataModule, SimpleNamespace(split=SimpleNamespace(held_out_hash="others")))
    with pytest.raises(ConfigError, match="A teacher must not know them"):
        fit_net(cast(Trainer, None), classifier, data)
