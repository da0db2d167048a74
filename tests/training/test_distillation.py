from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import blink.torchvision_mend  # noqa: F401 - before lightning

import numpy as np
import pytest
import torch
from lightning import Trainer
from torch import Tensor

from blink.contract import ConfigError, InputSpec
from blink.data.batch import Batch
from blink.data.datamodule import EyeDataModule
from blink.runtime import Bundle, Detector
from blink.runtime.preprocessing import stack
from blink.training import EyeClassifier
from blink.training.distillation import Distilled, check_teachers
from blink.training.fitting import fit_net
from blink.training.openness import WithOpenness
from tests.exported import drawn


class Spy:
    """Keeps the labels that it is asked to compare with."""

    teachers: Sequence[Bundle] = ()

    def __init__(self) -> None:
        self.labels = torch.empty(0)

    def __call__(self, logits: Tensor, batch: Batch) -> Tensor:
        self.labels = batch.labels
        return logits.sum()


def crops_of(bundle: Bundle, count: int = 12) -> Tensor:
    return torch.from_numpy(stack(list(drawn(count, seed=3)[0]), bundle.spec))


def batch_of(pixels: Tensor, labels: list[float]) -> Batch:
    return Batch(pixels, torch.tensor(labels), torch.full((len(labels),), torch.nan))


def test_distilled_gives_teachers_their_share_when_labels_are_known(bundle: Bundle) -> None:
    pixels, spy = crops_of(bundle), Spy()
    labels = [0.0, 1.0] * 6
    loss = Distilled(spy, [bundle.folder, bundle.folder], trust=0.7, precision="fp32")
    loss(torch.zeros(12), batch_of(pixels, labels))
    p = Detector(bundle, "fp32").run(pixels.numpy())
    assert p.std() > 0.01
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
    larger = torch.nn.functional.interpolate(own.float(), scale_factor=2).to(torch.uint8)
    said = Distilled(Spy(), [bundle.folder]).answers(larger)
    np.testing.assert_allclose(said, Detector(bundle).run(own.numpy()), atol=0.01)


@pytest.mark.parametrize(("teachers", "trust"), [(0, 0.5), (1, 1.5), (1, -0.1)])
def test_distilled_is_refused_when_there_is_nobody_or_no_share(
    bundle: Bundle, teachers: int, trust: float
) -> None:
    with pytest.raises(ConfigError, match="at least one teacher"):
        Distilled(Spy(), [bundle.folder] * teachers, trust)


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
