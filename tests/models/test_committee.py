from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from blink.contract import Calibration, ConfigError, InputSpec, OperatingPoint
from blink.export.exportable import Exportable
from blink.export.int8 import quantise
from blink.export.onnx_graph import to_onnx
from blink.export.search.finish import finish
from blink.models import Committee, EyeGraph, EyeNet
from blink.runtime.graph import read_model
from blink.runtime.graph.check import follow

SPEC = InputSpec(24, 40)
NET: Callable[..., EyeNet] = partial(EyeNet, layers=[[8, 2], [8, 2]])


def committee(members: int = 3, **own: Any) -> Committee:
    torch.manual_seed(0)
    return Committee(1, members, NET, **own)


def images(count: int) -> torch.Tensor:
    return torch.randn(count, *SPEC.shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("outputs", [1, 2])
def test_committee_answers_with_the_mean_of_its_logits_when_it_is_judged(outputs: int) -> None:
    net, crops = committee(outputs=outputs).eval(), images(5)

    answers = net(crops)

    each = [member(crops) for member in net.members]
    assert not torch.allclose(each[0], each[1])
    torch.testing.assert_close(answers, sum(each) / 3)
    assert answers.shape == ((5,) if outputs == 1 else (5, 2))


@pytest.mark.parametrize("outputs", [1, 2])
def test_committee_deals_crops_out_in_turn_when_it_trains(outputs: int) -> None:
    net, crops = committee(outputs=outputs).train(), images(7)

    answers = net(crops)

    assert answers.shape == ((7,) if outputs == 1 else (7, 2))
    for first, member in enumerate(net.members):
        torch.testing.assert_close(answers[first::3], member.train()(crops[first::3]))


def test_every_member_gets_its_share_when_a_stretch_of_a_batch_was_augmented() -> None:
    net, crops = committee().train(), torch.zeros(12, *SPEC.shape)
    crops[5:11] = 1  # what befalls a batch befalls crops in a row
    shares: list[float] = []
    for member in net.members:
        member.register_forward_pre_hook(lambda _, given: shares.append(float(given[0].mean())))

    net(crops)

    assert shares == [0.5, 0.5, 0.5]


def test_members_learn_nothing_from_each_others_crops_when_they_train() -> None:
    net = committee().train()

    net(images(6))[1::3].sum().backward()

    moved = [
        any(bool(one.grad is not None and one.grad.any()) for one in member.parameters())
        for member in net.members
    ]
    assert moved == [False, True, False]


def test_committee_hands_on_what_its_nets_are_made_with_when_more_is_given() -> None:
    net = committee(dropout=0.25, outputs=2)

    shares = [m.p for m in net.modules() if isinstance(m, nn.Dropout)]
    assert shares == [0.25] * 3
    assert net(images(6)).shape == (6, 2)


@pytest.mark.parametrize("members", [1, 0, -1, True, 2.0, "4", None])
def test_committee_refuses_when_it_would_be_no_committee(members: Any) -> None:
    with pytest.raises(ConfigError, match=r"2 members or more, not"):
        committee(members)


def test_committee_refuses_a_batch_when_members_would_see_nothing_of_it() -> None:
    net = committee()

    with pytest.raises(ConfigError, match="A batch of 2 has none for some of the 3 members of"):
        net.train()(images(2))
    assert net.eval()(images(2)).shape == (2,)


def test_committee_is_a_graph_that_a_bundle_takes_when_it_is_exported() -> None:
    graph = EyeGraph(committee(), SPEC, Calibration())
    exportable = Exportable("committee", "net", graph, OperatingPoint())
    crops = np.random.default_rng(0).integers(0, 256, (4, *SPEC.shape), np.uint8)

    fp32 = to_onnx(exportable)

    for exported in (fp32, quantise(fp32, crops)):
        model = read_model(finish(exported, crops).SerializeToString())
        assert follow(model, SPEC, 4)["p_closed"].shape == (4,)
